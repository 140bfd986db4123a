"""What is known of a simulated symbol at a moment: the level-1 row, and the final bars of a day."""

from __future__ import annotations

import numpy as np

from live_monitor.data.models.market_data import NAN, Aggregate, Snapshot
from live_monitor.engine.market.conditions import BAR_LAST
from live_monitor.providers.simulated_bars import Cells, DayTotals, added, bar_rows, grouped
from live_monitor.providers.simulated_day import SymbolDay
from live_monitor.providers.simulated_prints import condition_flags
from live_monitor.providers.simulated_sessions import Session
from live_monitor.providers.simulated_tape import bars
from live_monitor.providers.simulated_universe import POINTS


def _usd(points: int) -> float:
    """Dollars; 0 points are an absent price."""
    return points / POINTS if points else NAN


def _last_print(day: SymbolDay, index: int, reported: int) -> tuple[int, float, int]:
    """Price in points, size, epoch ms of the last print that sets the last price; (0, NaN, 0) before the first."""
    while True:
        flow = day.flow(index)
        setting = np.flatnonzero(condition_flags()[flow.code[:reported]] & BAR_LAST)
        if len(setting):
            row = int(setting[-1])
            return int(flow.price[row]), float(flow.size[row]), day.session.origin_ms + int(flow.trade_ms[row])
        while index and not day.cells_before(index)[index - 1].open.any():
            index -= 1
        if not index:
            return 0, NAN, 0
        index -= 1
        reported = len(day.flow(index).price)


def _last_sequence(day: SymbolDay, index: int, prints: int, quotes: int) -> int:
    """Sequence number of the last print or quote; 0 before the first of the day."""
    if not prints and not quotes:
        if not index:
            return 0
        index -= 1
        prints, quotes = len(day.flow(index).price), len(day.flow(index).bid)
    shown = day.tape(index)
    of_print = int(shown.trade_sequence[prints - 1]) if prints else 0
    of_quote = int(shown.quote_sequence[quotes - 1]) if quotes else 0
    return shown.first_sequence + max(of_print, of_quote)


def snapshot(symbol: str, day: SymbolDay, now_ms: int) -> Snapshot:
    """Level 1 at `now_ms` (epoch), which is not before the day begins; after its end, its final state."""
    now = now_ms - day.session.origin_ms
    index = day.index_at(now // 1000)
    flow = day.flow(index)
    prints = int(np.searchsorted(flow.given_ms, now, "right"))
    quotes = int(np.searchsorted(flow.quote_ms, now, "right"))
    totals = added(day.totals_before(index), flow, prints)
    last, last_size, last_ms = _last_print(day, index, prints)
    at, row = (index, quotes - 1) if quotes or not index else (index - 1, -1)
    quote, shown = day.flow(at), day.tape(at)
    quoted = row >= 0 or at < index
    bid, ask = (int(quote.bid[row]), int(quote.ask[row])) if quoted else (0, 0)
    return Snapshot(
        symbol=symbol,
        timestamp_ms=now_ms,
        last=_usd(last),
        last_size=last_size,
        last_timestamp_ms=last_ms,
        bid=_usd(bid),
        bid_size=float(shown.bid_size[row]) if bid else NAN,
        ask=_usd(ask),
        ask_size=float(shown.ask_size[row]) if ask else NAN,
        quote_timestamp_ms=day.session.origin_ms + int(quote.quote_ms[row]) if quoted else 0,
        open=_usd(totals.first),
        high=_usd(totals.high),
        low=_usd(totals.low),
        previous_close=_usd(day.previous_close),
        day_volume=float(totals.volume),
        day_vwap=totals.value / (totals.volume * POINTS) if totals.volume else NAN,
        sequence=_last_sequence(day, index, prints, quotes),
    )


def bars_of(
    symbol: str,
    session: Session,
    cells: Cells,
    opened: tuple[int, int],
    seconds: int,
    before_ms: int,
    limit: int,
) -> tuple[list[Aggregate], bool]:
    """The newest `limit` bars of `seconds` of a day that start before `before_ms`, and whether the day has older ones.

    With counts, oldest first. `cells`: the day's, of windows that `seconds` is a multiple of. `opened`: the official
    open in points and its time since 04:00; (0, 0) before it.
    """
    origin = session.origin_ms
    grid = grouped(cells, seconds, origin // 1000 % seconds)
    end = int(np.searchsorted(grid.at.astype(np.int64) * 1000, before_ms - origin, "left"))
    real = np.flatnonzero(grid.open[:end])
    if not len(real):
        return [], False
    first = int(real[max(len(real) - limit, 0)])
    volume, value = np.cumsum(grid.volume[:end]), np.cumsum(grid.value[:end])
    shown = grid.rows(slice(first, end))
    ends = (shown.at.astype(np.int64) + seconds) * 1000
    totals = DayTotals(open=opened[0], open_ms=opened[1])
    rows = bar_rows(shown, seconds, ends, (volume[first:], value[first:]), totals)
    return bars(symbol, origin, rows, slice(None), shown.trades[shown.open > 0].tolist()), len(real) > limit
