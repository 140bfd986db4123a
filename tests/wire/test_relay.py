"""Notices of a server of ours: what cannot be is refused and counted, whoever sends it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from live_monitor.limits import MAX_AHEAD_MS, Rejections
from live_monitor.wire.relay import ClockFrame, Hello, HistoryPage, RelayDecoder, SnapshotFrame

NOW = 1_795_188_600_000


class Far:
    """A decoder with its counter, as one connection has it."""

    def __init__(self) -> None:
        self.rejections = Rejections()
        self.decoder = RelayDecoder(self.rejections)


@pytest.fixture
def far() -> Far:
    return Far()


def notice(far: Far, **fields: Any) -> object:
    return far.decoder.decode(json.dumps(fields).encode(), NOW, NOW + MAX_AHEAD_MS)


@pytest.mark.parametrize(
    "fields",
    [
        {"market_ms": 10**17},
        {"market_ms": -(10**15)},
        {"market_ms": 0},
        {"market_ms": NOW, "speed": 1e308},
        {"market_ms": NOW, "speed": -1.0},
    ],
)
def test_m11_a_clock_that_cannot_be_is_refused(far: Far, fields: dict[str, Any]) -> None:
    assert notice(far, type="clock", **fields) == []
    assert far.rejections.total == 1
    assert isinstance(notice(far, type="clock", market_ms=NOW, speed=1_000.0), ClockFrame)


def test_m2_a_snapshot_loses_the_fields_that_cannot_be_and_keeps_the_others(far: Far) -> None:
    row = {
        "symbol": "AAPL", "timestamp_ms": NOW, "last": -5, "bid": 0, "ask": 1e308, "high": 151.0, "low": 149.0,
        "day_volume": -3, "last_timestamp_ms": 2**62, "quote_timestamp_ms": NOW, "previous_close": 150.0,
    }  # fmt: skip
    frame = notice(far, type="snapshot", data=row)
    assert isinstance(frame, SnapshotFrame)
    data = frame.data
    assert [x for x in (data.last, data.bid, data.ask, data.day_volume) if x == x] == []
    assert (data.high, data.low, data.previous_close) == (151.0, 149.0, 150.0)
    assert (data.last_timestamp_ms, data.quote_timestamp_ms) == (0, NOW)
    assert far.rejections.by_reason == {
        "snapshot.last: negative": 1,
        "snapshot.ask: out of range": 1,
        "snapshot.day_volume: negative": 1,
        "snapshot.last_timestamp_ms: out of range": 1,
    }


@pytest.mark.parametrize(
    ("last", "net_change", "taken", "reason"),
    [
        (150.0, -1.25, -1.25, ""),
        (150.0, 0, 0.0, ""),
        (150.0, 1e9, None, "snapshot.net_change: out of range"),
        (150.0, 150.0, None, "snapshot.net_change: contradicts the last price"),
    ],
)
def test_m2_a_vendors_own_change_is_taken_where_there_can_be_a_price_that_it_counts_from(
    far: Far, last: float, net_change: float, taken: float | None, reason: str
) -> None:
    row = {"symbol": "AAPL", "timestamp_ms": NOW, "last": last, "net_change": net_change}
    frame = notice(far, type="snapshot", data=row)
    assert isinstance(frame, SnapshotFrame)
    assert frame.data.last == last
    assert frame.data.net_change == taken if taken is not None else frame.data.net_change != frame.data.net_change
    assert set(far.rejections.by_reason) == ({reason} if reason else set())


@pytest.mark.parametrize(
    "fields",
    [{"symbol": "<img src=file:///x>"}, {"symbol": "AAPL", "to_ms": 2**62}, {"symbol": "AAPL", "count": -7}],
)
def test_m13_a_fault_notice_that_cannot_be_is_refused(far: Far, fields: dict[str, Any]) -> None:
    assert notice(far, type="fault", kind="halt", message="x", **fields) == []
    assert far.rejections.total == 1


def test_m13_a_greeting_offers_symbols_only(far: Far) -> None:
    hello = notice(far, type="hello", features=[], symbols=["AAPL", "=bad\u202e", "<b>", "../x"])
    assert isinstance(hello, Hello)
    assert hello.symbols == ["AAPL"]
    assert far.rejections.total == 3


def test_a_page_of_history_holds_bars_of_its_timeframe_only(far: Far) -> None:
    bar = {"sym": "AAPL", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1, "s": NOW}
    bars = [{**bar, "ev": "AM", "e": NOW + 60_000}, {**bar, "ev": "A", "e": NOW + 1_000}]
    page = notice(far, type="history", symbol="AAPL", timeframe="1m", request_id=1, bars=bars)
    assert isinstance(page, HistoryPage)
    assert [found.end_ms for found in page.bars] == [NOW + 60_000]
