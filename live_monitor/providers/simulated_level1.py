"""What is known of a simulated symbol at a moment: the level-1 row, and the final bars of a day."""

from __future__ import annotations

import numpy as np

from live_monitor.data.models.market_data import NAN, Aggregate, Snapshot
from live_monitor.engine.market.conditions import BAR_LAST
from live_monitor.providers.simulated_bars import DayTotals, added, bar_rows, grouped
from live_monitor.providers.simulated_day import SymbolDay
from live_monitor.providers.simulated_prints import condition_flags
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


def final_bars(symbol: str, day: SymbolDay, seconds: int, now_ms: int, end_ms: int) -> list[Aggregate]:
    """Bars of `seconds` that ended by `now_ms` and start before `end_ms` (epoch), with counts, oldest first."""
    origin = day.session.origin_ms
    now, before = now_ms - origin, end_ms - origin
    if before <= 0:
        return []
    cells = grouped(day.cells_until(now), seconds, origin // 1000 % seconds)
    start = cells.at.astype(np.int64) * 1000
    done = np.searchsorted(start, min(now - seconds * 1000 + 1, before), "left")
    opened, open_ms = day.official_open_by(now)
    sums = np.cumsum(cells.volume), np.cumsum(cells.value)
    totals = DayTotals(open=opened, open_ms=open_ms)
    rows = bar_rows(cells, seconds, start + seconds * 1000, sums, totals)
    real = np.flatnonzero(cells.open[:done])
    return bars(symbol, origin, rows, slice(0, len(real)), cells.trades[real].tolist())
