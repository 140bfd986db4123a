"""What a server of ours says besides events: new fields are believed within limits, absent ones mean "not said"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from live_monitor.limits import MAX_AHEAD_MS, MAX_SPLIT, Rejections
from live_monitor.wire import notices, relay
from live_monitor.wire.notices import FaultNotice, Hello, HistoryPage
from live_monitor.wire.relay import RelayDecoder

NOW = 1_795_188_600_000
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
#: Midnight of 2026-11-20 in New York.
MIDNIGHT_MS = 1_795_150_800_000


class Far:
    """A decoder with its counter, as one connection has it."""

    def __init__(self) -> None:
        self.rejections = Rejections()
        self.decoder = RelayDecoder(self.rejections)

    def says(self, **fields: Any) -> object:
        """What is believed of one frame."""
        return self.decoder.decode(json.dumps(fields).encode(), NOW, NOW + MAX_AHEAD_MS)

    def page(self, bars: list[dict[str, Any]], timeframe: str = "1m", **fields: Any) -> HistoryPage:
        """A page that must be believed, if not in whole."""
        found = self.says(type="history", symbol="AAPL", timeframe=timeframe, request_id=1, bars=bars, **fields)
        assert isinstance(found, HistoryPage)
        return found


@pytest.fixture
def far() -> Far:
    return Far()


def bar(start_ms: int, width_ms: int = MINUTE_MS) -> dict[str, Any]:
    kind = "A" if width_ms == 1_000 else "AM"
    return {"ev": kind, "sym": "AAPL", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1, "s": start_ms, "e": start_ms + width_ms}


def test_a_greeting_names_its_market_and_what_history_serves(far: Far) -> None:
    hello = far.says(type="hello", features=[], market="replay-iqfeed-2021-03-01", timeframes=["1s", "1m", "1D"])
    assert isinstance(hello, Hello)
    assert (hello.market, hello.timeframes) == ("replay-iqfeed-2021-03-01", ["1s", "1m", "1D"])
    assert far.rejections.total == 0


def test_a_server_of_an_earlier_version_says_no_market_and_serves_seconds_and_minutes(far: Far) -> None:
    hello = far.says(type="hello", features=["history"])
    assert isinstance(hello, Hello)
    assert (hello.market, hello.timeframes) == ("", ["1s", "1m"])
    page = far.page([bar(NOW)], more=True)
    assert (page.from_ms, page.more) == (0, True)
    assert far.rejections.total == 0


@pytest.mark.parametrize("market", ["Simulated", "a b", "-a", "a-", "a--b", "../x", "a" * 65, "ä"])
def test_a_market_that_is_no_identity_is_not_said(far: Far, market: str) -> None:
    hello = far.says(type="hello", features=["batch"], market=market)
    assert isinstance(hello, Hello)
    assert (hello.market, hello.features) == ("", ["batch"])
    assert far.rejections.by_reason == {"hello.market: bad characters or length": 1}


def test_timeframes_that_are_not_known_are_left_out(far: Far) -> None:
    hello = far.says(type="hello", features=[], timeframes=["1D", "1W", "1m", "1m", "x"])
    assert isinstance(hello, Hello)
    assert hello.timeframes == ["1m", "1D"]
    assert far.rejections.total == 1


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_day_is_as_long_as_the_clocks_make_it(far: Far, hours: int) -> None:
    page = far.page([bar(MIDNIGHT_MS, hours * HOUR_MS)], "1D")
    assert [found.end_ms for found in page.bars] == [MIDNIGHT_MS + hours * HOUR_MS]


@pytest.mark.parametrize("hours", [1, 22, 26, 7 * 24])
def test_what_is_no_day_is_no_bar_of_a_day(far: Far, hours: int) -> None:
    assert far.page([bar(MIDNIGHT_MS, hours * HOUR_MS)], "1D").bars == []
    assert far.rejections.by_reason == {"history: inconsistent bar": 1}


def test_a_page_of_a_timeframe_that_cannot_be_asked_for_is_refused(far: Far) -> None:
    assert far.says(type="history", symbol="AAPL", timeframe="5m", request_id=1, bars=[]) == []
    assert far.rejections.total == 1


def test_bars_of_a_page_ascend_and_start_on_the_grid(far: Far) -> None:
    starts = [NOW, NOW + MINUTE_MS, NOW + MINUTE_MS, NOW - MINUTE_MS, NOW + 2 * MINUTE_MS + 1, NOW + 3 * MINUTE_MS]
    page = far.page([bar(start) for start in starts])
    assert [found.start_ms for found in page.bars] == [NOW, NOW + MINUTE_MS, NOW + 3 * MINUTE_MS]
    assert far.rejections.total == 3


def test_a_page_says_from_when_on_nothing_is_missing(far: Far) -> None:
    assert far.page([bar(NOW)], from_ms=MIDNIGHT_MS).from_ms == MIDNIGHT_MS
    assert far.page([], from_ms=MIDNIGHT_MS).from_ms == MIDNIGHT_MS
    assert far.rejections.total == 0


@pytest.mark.parametrize("from_ms", [-1, 5, NOW + 1, 2**62])
def test_a_promise_that_cannot_be_is_none(far: Far, from_ms: int) -> None:
    page = far.page([bar(NOW)], from_ms=from_ms)
    assert (page.from_ms, len(page.bars)) == (0, 1)
    assert far.rejections.by_reason == {"history.from_ms: out of range": 1}


def test_a_page_that_lost_a_bar_is_whole_only_from_behind_it(far: Far) -> None:
    broken = {**bar(NOW + MINUTE_MS), "l": 2}
    page = far.page([bar(NOW), broken, bar(NOW + 2 * MINUTE_MS), bar(NOW + 3 * MINUTE_MS)], from_ms=NOW)
    assert [found.start_ms for found in page.bars] == [NOW, NOW + 2 * MINUTE_MS, NOW + 3 * MINUTE_MS]
    assert page.from_ms == NOW + 2 * MINUTE_MS
    assert far.page([bar(NOW), broken], from_ms=NOW).from_ms == 0


def test_m16_a_split_and_a_new_name_are_understood(far: Far) -> None:
    split = far.says(type="fault", kind="split", symbol="AAPL", from_ms=NOW, ratio=4, message="4 for 1")
    assert split == FaultNotice("split", "AAPL", NOW, message="4 for 1", ratio=4.0)
    renamed = far.says(type="fault", kind="renamed", symbol="FB", from_ms=NOW, new_symbol="META")
    assert renamed == FaultNotice("renamed", "FB", NOW, new_symbol="META")
    assert far.rejections.total == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "split", "symbol": "AAPL", "from_ms": NOW},
        {"kind": "split", "symbol": "AAPL", "ratio": 4},
        {"kind": "split", "from_ms": NOW, "ratio": 4},
        {"kind": "split", "symbol": "AAPL", "from_ms": NOW, "ratio": -4},
        {"kind": "split", "symbol": "AAPL", "from_ms": NOW, "ratio": MAX_SPLIT * 1.01},
        {"kind": "split", "symbol": "AAPL", "from_ms": NOW, "ratio": 1e-300},
        {"kind": "renamed", "symbol": "FB", "from_ms": NOW},
        {"kind": "renamed", "new_symbol": "META", "from_ms": NOW},
        {"kind": "renamed", "symbol": "FB", "from_ms": NOW, "new_symbol": "<b>"},
    ],
)
def test_m16_a_corporate_action_that_cannot_be_is_refused(far: Far, fields: dict[str, Any]) -> None:
    assert far.says(type="fault", **fields) == []
    assert far.rejections.total == 1


def test_what_a_notice_does_not_say_is_not_sent() -> None:
    assert b"ratio" not in relay.encode(FaultNotice("halt", "AAPL"))
    assert b"new_symbol" not in relay.encode(FaultNotice("halt", "AAPL"))


def test_history_is_asked_for_by_the_names_of_the_bases() -> None:
    assert notices.HISTORY_TIMEFRAMES == ("1s", "1m", "1D")


def test_price_bands_are_believed_as_far_as_they_can_be(far: Far) -> None:
    bands = far.says(type="bands", symbol="AAPL", at_ms=NOW, lower=140.0, indicators=[21])
    assert isinstance(bands, notices.PriceBands)
    assert (bands.lower, bands.upper != bands.upper, bands.indicators) == (140.0, True, [21])


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"symbol": "<img>"}, "bands.symbol: bad characters or length"),
        ({"at_ms": 5}, "bands.at_ms: out of range"),
        ({"lower": -1.0}, "bands: price out of range"),
        ({"upper": 1e300}, "bands: price out of range"),
        ({"lower": 170.0}, "bands: prices contradict one another"),
        ({"indicators": [1] * 17}, "bands.indicators: too long"),
    ],
)
def test_m2_price_bands_that_cannot_be_are_refused(far: Far, fields: dict[str, Any], reason: str) -> None:
    assert far.says(**{"type": "bands", "symbol": "AAPL", "at_ms": NOW, "lower": 140.0, "upper": 160.0, **fields}) == []
    assert far.rejections.by_reason == {reason: 1}
