"""The simulated tape as events: sequence numbers, displayed sizes, exchanges, ids; objects on demand.

What only the stream shows is drawn here, so that history, which needs prints alone, stays cheap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Trade
from live_monitor.providers import simulated_prints as prints
from live_monitor.providers.simulated_bars import BarRows
from live_monitor.providers.simulated_flow import DRESS, Codes, FlowBlock, Ints
from live_monitor.providers.simulated_universe import FINRA, POINTS, TickerProfile, generator

#: Steps between the sequence numbers that one symbol shows: the others went to other symbols.
_SEQUENCE_STEP = prints.table([(1, 0.62), (2, 0.16), (3, 0.09), (4, 0.05), (6, 0.04), (9, 0.02), (17, 0.02)])
#: Sequence numbers a second that a block may use; far above any block's need.
_SEQUENCES_PER_SECOND = 4000

_FINRA = np.uint8(FINRA)


@dataclass(frozen=True, slots=True)
class TapeColumns:
    """What a block shows beyond its flow; sequence numbers count from `first_sequence`."""

    first_sequence: int
    quote_sequence: Ints
    trade_sequence: Ints
    bid_size: Ints
    ask_size: Ints
    bid_exchange: Codes
    ask_exchange: Codes
    trf_id: Codes

    @property
    def nbytes(self) -> int:
        """Memory of the columns."""
        return 14 * len(self.quote_sequence) + 5 * len(self.trade_sequence)


def tape_columns(
    seed: int, profile: TickerProfile, lot: int, ordinal: int, block: FlowBlock, scale: float
) -> TapeColumns:
    """The columns of `block`; quotes precede prints of the same millisecond."""
    quotes, trades = len(block.quote_ms), len(block.given_ms)
    rng = generator(seed, profile.key, ordinal, DRESS, block.first_s)
    draw = prints.draws(rng, quotes)
    sequence = np.cumsum(prints.pick(_SEQUENCE_STEP, prints.draw_column(rng, quotes + trades)), dtype=np.int32)
    depth = prints.LOTS_SHOWN * np.int32(max(round(profile.size_scale), 1) * lot)
    venues = prints.exchange_table(profile.listing)
    bid_size, ask_size = prints.pick(depth, draw[:, 0]), prints.pick(depth, draw[:, 1])
    bid_exchange, ask_exchange = (prints.pick(venues, draw[:, side]).astype(np.uint8) for side in (2, 3))
    bid_exchange[block.bid == 0] = 0
    ask_exchange[block.ask == 0] = 0
    trf = np.where(block.exchange == _FINRA, prints.pick(prints.TRF_ID, prints.draw_column(rng, trades)), 0)
    return TapeColumns(
        first_sequence=block.first_s * _SEQUENCES_PER_SECOND * max(int(np.ceil(scale)), 1),
        quote_sequence=sequence[np.arange(quotes) + np.searchsorted(block.given_ms, block.quote_ms, "left")],
        trade_sequence=sequence[np.arange(trades) + np.searchsorted(block.quote_ms, block.given_ms, "right")],
        bid_size=bid_size,
        ask_size=ask_size,
        bid_exchange=bid_exchange,
        ask_exchange=ask_exchange,
        trf_id=trf.astype(np.uint8),
    )


def quote_events(
    symbol: str, origin_ms: int, block: FlowBlock, tape: TapeColumns, window: slice
) -> tuple[NDArray[np.int32], list[Event]]:
    """Times (ms since 04:00) and quotes of the rows `window`. A side that is absent is NaN."""
    when, bid, ask = block.quote_ms[window], block.bid[window], block.ask[window]
    columns = [
        (when + np.int64(origin_ms)).tolist(),
        _absent(bid / POINTS, bid),
        _absent(tape.bid_size[window].astype(np.float64), bid),
        _absent(ask / POINTS, ask),
        _absent(tape.ask_size[window].astype(np.float64), ask),
        tape.bid_exchange[window].tolist(),
        tape.ask_exchange[window].tolist(),
        (tape.quote_sequence[window] + np.int64(tape.first_sequence)).tolist(),
    ]
    return when, [
        Quote(symbol, ms, bid_price, bid_size, ask_price, ask_size, bid_at or None, ask_at or None, None, sequence)
        for ms, bid_price, bid_size, ask_price, ask_size, bid_at, ask_at, sequence in zip(*columns, strict=True)
    ]


def _absent(values: NDArray[np.float64], side: Ints) -> list[float]:
    values[side == 0] = np.nan
    listed: list[float] = values.tolist()
    return listed


def trade_events(
    symbol: str, origin_ms: int, block: FlowBlock, tape: TapeColumns, window: slice
) -> tuple[NDArray[np.int32], list[Event]]:
    """Times of report (ms since 04:00) and prints of the rows `window`."""
    conditions = prints.CONDITIONS
    first_id = tape.first_sequence // 2 + window.start + 1
    columns = [
        (block.price[window] / POINTS).tolist(),
        block.size[window].astype(np.float64).tolist(),
        (block.trade_ms[window] + np.int64(origin_ms)).tolist(),
        block.code[window].tolist(),
        block.exchange[window].tolist(),
        (tape.trade_sequence[window] + np.int64(tape.first_sequence)).tolist(),
        tape.trf_id[window].tolist(),
    ]
    return block.given_ms[window], [
        Trade(symbol, price, size, ms, conditions[code], exchange, str(number), sequence, trf_id)
        for number, (price, size, ms, code, exchange, sequence, trf_id) in enumerate(
            zip(*columns, strict=True), first_id
        )
    ]


def bar_events(symbol: str, origin_ms: int, rows: BarRows, window: slice) -> tuple[NDArray[np.int64], list[Event]]:
    """Times at which they are given out (ms since 04:00) and bars of the rows `window`; without counts."""
    return rows.given_ms[window], list(bars(symbol, origin_ms, rows, window, None))


def bars(symbol: str, origin_ms: int, rows: BarRows, window: slice, trades: list[int] | None) -> list[Aggregate]:
    """Bars of the rows `window`: `Aggregate` for minutes and longer, `SecondAggregate` for seconds."""
    names = ("open", "high", "low", "close", "volume", "vwap", "day_volume", "day_open", "day_vwap")
    columns = [getattr(rows, name)[window].tolist() for name in names]
    kinds = [Aggregate if minute else SecondAggregate for minute in rows.minute[window].tolist()]
    starts = (rows.start_ms[window] + origin_ms).tolist()
    ends = (rows.end_ms[window] + origin_ms).tolist()
    counts: list[int | None] = [None] * len(starts) if trades is None else list(trades)
    return [
        kind(symbol, start, end, o, h, low, c, v, vw, count, av, op, a)
        for kind, start, end, count, o, h, low, c, v, vw, av, op, a in zip(
            kinds, starts, ends, counts, *columns, strict=True
        )
    ]
