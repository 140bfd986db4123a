"""Questions to Polygon's REST service, over real HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND
from live_monitor.errors import FatalFeedError
from live_monitor.providers.polygon_rest import PolygonRest
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.fakes.polygon_tape import Tape, trade
from tests.providers.polygon_service import HOUR, OPEN, PRE, at, rest_of


@pytest.fixture
def far(polygon_service: FarEnd) -> FarEnd:
    return polygon_service


@pytest.fixture
def rest(far: FarEnd) -> Iterator[PolygonRest]:
    asks = rest_of(far, clock=at(OPEN + HOUR))
    yield asks
    asks.close()


def _row(bar: Aggregate) -> tuple[Any, ...]:
    return (bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.transactions)


def _truth(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["t"], row["o"], row["h"], row["l"], row["c"], row["v"], row["n"]) for row in rows]


@pytest.mark.parametrize(("timeframe", "timespan"), [(SECOND, "second"), (MINUTE, "minute"), (DAY, "day")])
def test_bars_of_every_base_are_those_of_the_service(
    far: FarEnd, rest: PolygonRest, timeframe: Any, timespan: str
) -> None:
    far.do("walk", symbol="QZPX", seed=3, from_ms=OPEN - 600_000, to_ms=OPEN + 600_000)
    truth = far.do("bars", symbol="QZPX", timespan=timespan)["bars"]

    found = rest.aggregates("QZPX", timeframe, PRE - 12 * HOUR, OPEN + HOUR, 5_000)

    assert [_row(bar) for bar in found.bars] == _truth(truth)
    assert not found.more


def test_a_bar_outside_the_stretch_that_was_asked_for_is_left_out(far: FarEnd, rest: PolygonRest) -> None:
    far.do("walk", symbol="QZPX", seed=3, from_ms=OPEN, to_ms=OPEN + 300_000)

    found = rest.aggregates("QZPX", MINUTE, OPEN + 90_000, OPEN + 181_000, 5_000)

    # The service widens the stretch to whole minutes at both ends.
    assert [bar.start_ms - OPEN for bar in found.bars] == [120_000, 180_000]


def test_pages_are_followed_by_our_own_host_with_the_key_in_the_header(far: FarEnd, rest: PolygonRest) -> None:
    far.do("walk", symbol="QZPX", seed=5, from_ms=OPEN, to_ms=OPEN + 30 * 60_000)
    far.do("page", rows=7)
    truth = far.do("bars", symbol="QZPX", timespan="minute")["bars"]

    found = rest.aggregates("QZPX", MINUTE, OPEN, OPEN + HOUR, 5_000)

    requests = far.seen()["requests"]
    assert [_row(bar) for bar in found.bars] == _truth(truth)
    assert len(requests) == -(-len(truth) // 7)
    assert len({request["port"] for request in requests}) == 1  # one connection is enough
    assert {request["key"] for request in requests} == {"header"}
    assert not any(request["key_in_address"] for request in requests)
    assert requests[1]["query"].keys() == {"cursor"}


def test_prints_come_oldest_first_without_those_that_were_cancelled_or_corrected(
    far: FarEnd, rest: PolygonRest
) -> None:
    corrections = [None, 0, 1, 7, 8, 10, 11, 12]
    rows = [
        trade(100 + at, 100, OPEN + at * 1_000, at + 1, [14], **({} if kind is None else {"correction": kind}))
        for at, kind in enumerate(corrections)
    ]
    far.do("prints", symbol="QZPX", rows=rows)

    found = rest.trades("QZPX", OPEN, OPEN + HOUR, 1_000)

    assert found.whole
    assert [print_.price for print_ in found.trades] == [100, 101, 107]
    first = found.trades[0]
    assert (first.timestamp_ms, first.sequence, first.conditions, first.exchange) == (OPEN, 1, (14,), 12)


def test_a_size_in_decimals_is_the_size_as_it_is_on_the_stream(far: FarEnd, rest: PolygonRest) -> None:
    rows = [
        trade(10.0, 12, OPEN, 1, [12, 37], decimal_size="12.5"),
        trade(10.0, 0, OPEN + 1, 2, [37], decimal_size="0.25"),
        trade(10.0, 0, OPEN + 2, 3, [37]),
        trade(10.0, 5, OPEN + 3, 4, [37], decimal_size="1e99"),
    ]
    far.do("prints", symbol="QZPX", rows=rows)

    found = rest.trades("QZPX", OPEN, OPEN + HOUR, 100)

    assert [print_.size for print_ in found.trades] == [12.5, 0.25]
    assert rest.rejections.total == 2


def test_of_more_prints_than_wanted_it_says_that_they_are_not_all(far: FarEnd, rest: PolygonRest) -> None:
    far.do("walk", symbol="QZPX", seed=1, from_ms=OPEN, to_ms=OPEN + 60_000)
    far.do("page", rows=20)

    assert not rest.trades("QZPX", OPEN, OPEN + HOUR, 40).whole
    assert rest.trades("QZPX", OPEN, OPEN + HOUR, 4_000).whole


def test_the_newest_quote_is_the_one_that_stood_at_an_instant(far: FarEnd, rest: PolygonRest) -> None:
    far.do("quote", symbol="QZPX", bid=99.9, ask=100.1, at_ms=OPEN)
    far.do("quote", symbol="QZPX", bid=0, ask=100.2, at_ms=OPEN + 5_000)
    far.do("quote", symbol="QZPX", bid=98.0, ask=99.0, at_ms=OPEN + 9_000)

    quote = rest.newest_quote("QZPX", OPEN + 6_000)

    assert quote is not None
    assert (quote.ask_price, quote.timestamp_ms, quote.ask_size) == (100.2, OPEN + 5_000, 80)
    assert quote.bid_price != quote.bid_price  # the side is absent
    assert quote.bid_size != quote.bid_size
    assert rest.newest_quote("QZPX", OPEN - 1) is None


def test_level_1_is_asked_in_one_question_for_many_symbols(far: FarEnd, rest: PolygonRest) -> None:
    for symbol in ("AAA", "BBB", "CCC"):
        far.do("walk", symbol=symbol, seed=ord(symbol[0]), from_ms=OPEN, to_ms=OPEN + 60_000)
    far.do("now", ms=OPEN + 60_000)

    found = {snapshot.symbol: snapshot for snapshot in rest.snapshots(["AAA", "CCC", "NOPE"])}

    tape = Tape("AAA")
    tape.add(far.do("rows", symbol="AAA")["rows"])
    assert found.keys() == {"AAA", "CCC"}
    assert len(far.seen()["requests"]) == 1
    assert found["AAA"].day_volume == tape.volume()
    assert found["AAA"].open == tape.bars("day")[0]["o"]
    assert found["AAA"].previous_close != found["AAA"].previous_close


def test_level_1_that_nobody_asked_for_is_left_out(far: FarEnd, rest: PolygonRest) -> None:
    rows = [{"ticker": symbol, "prevDay": {"c": 101.5}} for symbol in ("AAA", "EVIL", "BBB")]
    far.do("fault", kind="raw", text=json.dumps({"status": "OK", "tickers": rows}))

    assert [snapshot.symbol for snapshot in rest.snapshots(["AAA", "BBB"])] == ["AAA", "BBB"]


def test_a_snapshot_that_was_cleared_has_the_previous_close_and_nothing_else(far: FarEnd, rest: PolygonRest) -> None:
    nothing = dict.fromkeys(("o", "h", "l", "c", "v", "vw"), 0)
    row = {"ticker": "QZPX", "day": nothing, "min": nothing, "prevDay": {**nothing, "c": 101.5}, "updated": 0}
    far.do("snapshot", symbol="QZPX", row=row)

    (found,) = rest.snapshots(["QZPX"])

    assert found.previous_close == 101.5
    assert found.timestamp_ms == OPEN + HOUR
    for absent in (found.last, found.bid, found.ask, found.open, found.high, found.low, found.day_volume):
        assert absent != absent
    assert rest.rejections.total == 0


def test_an_odd_lot_is_not_the_last_price_of_level_1(far: FarEnd, rest: PolygonRest) -> None:
    odd = {"c": [37], "p": 99.0, "s": 3, "t": OPEN * 1_000_000, "x": 4}
    row = {"ticker": "QZPX", "min": {"c": 100.5, "t": OPEN, "av": 700}, "lastTrade": odd, "updated": OPEN * 1_000_000}
    far.do("snapshot", symbol="QZPX", row=row)

    (found,) = rest.snapshots(["QZPX"])

    assert (found.last, found.last_timestamp_ms, found.day_volume) == (100.5, OPEN, 700)


def test_a_symbol_that_the_service_does_not_know_has_no_level_1(rest: PolygonRest) -> None:
    assert rest.snapshots(["NOPE"]) == []


def test_the_previous_close_is_keyed_by_its_day_although_it_is_stamped_at_the_close(
    far: FarEnd, rest: PolygonRest
) -> None:
    row = {
        "T": "QZPX",
        "o": 1.0,
        "h": 2.0,
        "l": 0.5,
        "c": 1.5,
        "v": 10,
        "vw": 1.2,
        "n": 3,
        "t": OPEN + 6 * HOUR + HOUR // 2,
    }
    far.do("say", path="/v2/aggs/ticker/QZPX/prev", body={"status": "OK", "results": [row]})

    bar = rest.previous_close("QZPX")

    assert bar is not None
    assert (bar.start_ms, bar.close) == (PRE - 4 * HOUR, 1.5)
    assert rest.previous_close("NOPE") is None


def test_a_search_puts_the_symbol_of_these_letters_first(far: FarEnd, rest: PolygonRest) -> None:
    rows = [{"ticker": "AAPL", "name": "Apple Inc.", "type": "CS", "primary_exchange": "XNAS"}, {"ticker": "bad one"}]
    rows += [{"ticker": "APLE", "name": "Apple Hospitality"}, {"ticker": "APL", "name": "Apl"}]
    far.do("say", path="/v3/reference/tickers", body={"status": "OK", "results": rows})

    hits = rest.search(" apl ")

    assert [hit.symbol for hit in hits] == ["APL", "APLE", "AAPL"]
    assert hits[2][1:] == ("Apple Inc.", "CS", "XNAS")
    assert rest.search("  ") == []
    assert len(far.seen()["requests"]) == 1


def test_an_address_that_would_send_the_key_without_tls_is_refused() -> None:
    for address in ("http://example.com", "ftp://example.com", "https://u:p@example.com", "nonsense", "https://"):
        with pytest.raises(FatalFeedError):
            PolygonRest(Secret("TESTKEY"), address, clock=ManualClock())


def test_a_symbol_with_a_slash_is_one_part_of_the_address(far: FarEnd, rest: PolygonRest) -> None:
    rest.aggregates("BRK/B", DAY, OPEN - HOUR, OPEN, 10)

    assert far.seen()["requests"][0]["path"].startswith("/v2/aggs/ticker/BRK%2FB/range/1/day/")


def test_the_official_prices_of_a_day_without_any_are_none(far: FarEnd, rest: PolygonRest) -> None:
    day = {"symbol": "QZPX", "from": "2026-11-20", "open": 1.5, "high": 2, "low": 1, "close": 1.75, "volume": 5}
    far.do("say", path="/v1/open-close/QZPX/2026-11-20", body={"status": "OK", **day})

    found = rest.open_close("QZPX", date(2026, 11, 20))

    assert found is not None
    assert (found.open, found.close, found.volume) == (1.5, 1.75, 5)
    assert found.pre_market != found.pre_market
    assert rest.open_close("QZPX", date(2026, 11, 21)) is None


def test_the_package_is_accepted_under_its_former_name_too(far: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    massive = pytest.importorskip("massive")
    former = ModuleType("polygon")
    former.RESTClient = massive.RESTClient  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "massive", None)
    monkeypatch.setitem(sys.modules, "polygon", former)
    rest = rest_of(far)

    assert rest.aggregates("QZPX", DAY, OPEN - HOUR, OPEN, 10).bars == []

    rest.close()
    monkeypatch.setitem(sys.modules, "polygon", None)
    without = rest_of(far)
    with pytest.raises(FatalFeedError, match="not installed"):
        without.aggregates("QZPX", DAY, OPEN - HOUR, OPEN, 10)
