"""`providers`: what the vendors' frames cost until they are values that were checked, beside the vendors' own code."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from massive.websocket.models import parse
from massive.websocket.models.common import Market

from bench.excel import excel
from bench.polygon_frames import START_MS, frames
from bench.rows import Row, Size, interleave, yield_of
from bench.schwab import schwab
from live_monitor.data.models.market_data import Snapshot
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.limits import Rejections
from live_monitor.wire.polygon import PolygonDecoder
from live_monitor.wire.relay import RelayDecoder

POLYGON_EVENTS: Final = 100_000
#: Every frame is refused as a whole because of one event in a hundred, and taken apart.
_BAD: Final = b'{"ev":"T","sym":"AAPL","p":"150.25","s":100,"t":1795185000000}'


def _per_second(work: Callable[[bytes], Any], taken: Sequence[bytes], events: int) -> Callable[[], float]:
    def measure() -> float:
        # CPU time of the best of five: neighbours on the machine only ever add to it.
        best = float("inf")
        for _ in range(5):
            started = time.process_time()
            for frame in taken:
                work(frame)
            best = min(best, time.process_time() - started)
        return events / best

    return measure


def polygon(size: Size) -> Iterator[Row]:
    """Frames to checked values, beside the vendor's parser, which checks nothing."""
    count = size.count(POLYGON_EVENTS)
    silent = logging.getLogger("bench.providers")
    for per_frame in (100, 10, 1):
        taken = frames(count, per_frame)
        decoder = PolygonDecoder(Rejections())
        found = interleave(
            size.rounds,
            {
                "ours": _per_second(lambda raw, d=decoder: d.decode(raw, START_MS, 2 * START_MS), taken, count),  # type: ignore[misc]  # a default binds the loop's decoder
                "peer": _per_second(lambda raw: parse(json.loads(raw), silent, Market.Stocks), taken, count),
            },
        )
        if decoder.rejections.total:
            raise AssertionError(f"good frames were refused: {decoder.rejections.by_reason}")
        case = f"Polygon, decoded and checked, frames of {per_frame}"
        yield yield_of("providers", case, found["ours"], "events/s of CPU", "massive", found["peer"])
    taken = [b"[%b,%b" % (_BAD, frame[1:]) for frame in frames(count // 100 * 100, 100)]
    decoder = PolygonDecoder(Rejections())
    work = _per_second(lambda raw: decoder.decode(raw, START_MS, 2 * START_MS), taken, count)
    found = interleave(size.rounds, {"ours": work})
    yield yield_of("providers", "Polygon, one bad event in each frame of 101", found["ours"], "events/s of CPU")


def relayed(size: Size) -> Iterator[Row]:
    """The same prints and quotes as a relay sends them: what the two have in common may not make small frames slow."""
    count = size.count(POLYGON_EVENTS)
    for per_frame in (100, 10, 1):
        taken = [raw for raw in frames(count, per_frame) if b'"LULD"' not in raw]
        taken = [b'{"type":"market_data","data":%b}' % (raw[1:-1] if per_frame == 1 else raw) for raw in taken]
        decoder = RelayDecoder(Rejections())
        work = _per_second(lambda raw, d=decoder: d.decode(raw, START_MS, 2 * START_MS), taken, len(taken) * per_frame)  # type: ignore[misc]  # a default binds the loop's decoder
        found = interleave(size.rounds, {"ours": work})
        if decoder.rejections.total:
            raise AssertionError(f"good frames were refused: {decoder.rejections.by_reason}")
        yield yield_of(
            "providers", f"Relay, decoded and checked, frames of {per_frame}", found["ours"], "events/s of CPU"
        )


def level_one(size: Size) -> Iterator[Row]:
    """Rows of level 1, as workbooks bring them, folded into the state of their symbol."""
    count = size.count(POLYGON_EVENTS)
    states = [TickerState(f"S{number}") for number in range(500)]
    rows = [Snapshot(state.symbol, START_MS, last=150.0, previous_close=149.0, net_change=1.0) for state in states]

    def fold() -> float:
        started = time.process_time()
        for _ in range(max(1, count // len(rows))):
            for state, row in zip(states, rows, strict=True):
                state.on_snapshot(row, has_prints=False)
        return max(1, count // len(rows)) * len(rows) / (time.process_time() - started)

    found = interleave(size.rounds, {"ours": fold})
    yield yield_of("providers", "Level 1 folded, 500 symbols", found["ours"], "rows/s of CPU")


def run(size: Size) -> Iterator[Row]:
    """Rows of each vendor."""
    yield from polygon(size)
    yield from relayed(size)
    yield from level_one(size)
    yield from excel(size)
    yield from schwab(size)
