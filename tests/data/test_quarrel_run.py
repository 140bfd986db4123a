"""What two feeds say of one symbol, item by item."""

from __future__ import annotations

import math

from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Batch, Noted
from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.data.quarrel_run import BESIDE, SHOWN, QuarrelRun
from live_monitor.wire.relay import SnapshotFrame

WALL = 1_795_185_000_000


def run() -> tuple[QuarrelRun, ManualClock]:
    clock = ManualClock(wall_ms=WALL, monotonic=3.0)
    return QuarrelRun("AAPL", clock), clock


def quote(bid: float, ask: float, symbol: str = "AAPL") -> Quote:
    return Quote(symbol, WALL - 80, bid, 100, ask, 100)


def test_quotes_of_both_feeds_are_compared_and_other_symbols_are_not() -> None:
    quarrel, _clock = run()
    quarrel.take(SHOWN, [Batch([quote(10.0, 10.02), quote(99.0, 99.5, "MSFT")], 1.0)])
    quarrel.take(BESIDE, [Batch([quote(10.0, 10.02)], 1.0)])
    quarrel.take(SHOWN, [Batch([quote(10.01, 10.03)], 2.0)])
    quarrel.take(BESIDE, [Batch([quote(10.01, 10.03)], 2.25)])
    reading = quarrel.reading()
    assert reading.sides[SHOWN].events == 2
    assert (reading.pairs, reading.lead_s) == (1, 0.25)
    assert math.isclose(reading.sides[SHOWN].late_s, 0.08)


def test_an_odd_lot_is_no_last_price() -> None:
    quarrel, _clock = run()
    quarrel.take(SHOWN, [Batch([Trade("AAPL", 10.5, 5, WALL, conditions=(37,))], 1.0)])
    assert math.isnan(quarrel.reading().sides[SHOWN].last)
    quarrel.take(SHOWN, [Batch([Trade("AAPL", 10.5, 100, WALL)], 1.0)])
    assert quarrel.reading().sides[SHOWN].last == 10.5


def test_a_level_1_row_speaks_for_a_feed_without_prints() -> None:
    quarrel, _clock = run()
    row = Snapshot("AAPL", WALL, last=10.4, bid=10.3, ask=10.5, quote_timestamp_ms=WALL - 2_000)
    quarrel.take(BESIDE, [Noted(SnapshotFrame(row), 3.0)])
    side = quarrel.reading().sides[BESIDE]
    assert (side.last, side.bid, side.ask, side.late_s) == (10.4, 10.3, 10.5, 2.0)


def test_another_symbol_starts_anew() -> None:
    quarrel, _clock = run()
    quarrel.take(SHOWN, [Batch([quote(10.0, 10.02)], 1.0)])
    quarrel.begin("MSFT")
    quarrel.take(SHOWN, [Batch([quote(10.0, 10.02)], 2.0)])
    assert quarrel.reading().sides[SHOWN].events == 0
