"""The codec of Schwab's streamer: requests, answers, and the recorded pairs of raw frame and named fields."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor import limits
from live_monitor.data.models.market_data import Aggregate, Quote
from live_monitor.limits import Rejections
from live_monitor.wire.schwab import Frame, Requests, Response, SchwabDecoder, StreamerIds, ours, theirs

NOW = 1_795_188_600_000
IDS = StreamerIds("CUSTOMER", "CORREL", "N9", "APIAPP")


def _decoded(*frames: str | bytes, now_ms: int = NOW) -> tuple[list[Frame], Rejections]:
    rejections = Rejections()
    decoder = SchwabDecoder(rejections)
    raws = [frame.encode() if isinstance(frame, str) else frame for frame in frames]
    return [decoder.decode(raw, now_ms, now_ms + 300_000) for raw in raws], rejections


def _data(service: str, *records: Any, at_ms: int = NOW) -> str:
    return json.dumps({"data": [{"service": service, "timestamp": at_ms, "command": "SUBS", "content": records}]})


def _sent(message: bytes) -> dict[str, Any]:
    (request,) = json.loads(message)["requests"]
    found: dict[str, Any] = request
    return found


# -- requests -----------------------------------------------------------------------------------


def test_the_log_in_names_who_and_carries_the_bare_token() -> None:
    sent = _sent(Requests(IDS).login("TOKEN").message)
    assert sent == {
        "service": "ADMIN",
        "command": "LOGIN",
        "requestid": "0",
        "SchwabClientCustomerId": "CUSTOMER",
        "SchwabClientCorrelId": "CORREL",
        "parameters": {"Authorization": "TOKEN", "SchwabClientChannel": "N9", "SchwabClientFunctionId": "APIAPP"},
    }


def test_subscriptions_are_numbered_upwards_and_ask_for_ascending_fields_with_the_symbol() -> None:
    requests = Requests(IDS)
    first = requests.subscribe("LEVELONE_EQUITIES", ["AAPL", "BRK.B"], anew=True)
    second = requests.subscribe("CHART_EQUITY", ["MSFT"], anew=False)
    third = requests.unsubscribe("CHART_EQUITY", ["MSFT"])
    assert [request.number for request in (first, second, third)] == [0, 1, 2]
    assert [request.command for request in (first, second, third)] == ["SUBS", "ADD", "UNSUBS"]
    sent = _sent(first.message)["parameters"]
    assert sent["keys"] == "AAPL,BRK/B"
    fields = [int(number) for number in sent["fields"].split(",")]
    assert fields[0] == 0
    assert fields == sorted(set(fields))
    assert _sent(third.message)["parameters"] == {"keys": "MSFT"}
    assert first.symbols == ("AAPL", "BRK.B")


def test_view_and_log_out_name_no_symbol() -> None:
    requests = Requests(IDS)
    assert "keys" not in _sent(requests.view("LEVELONE_EQUITIES").message)["parameters"]
    assert _sent(requests.logout().message)["command"] == "LOGOUT"


@pytest.mark.parametrize(("here", "there"), [("AAPL", "AAPL"), ("BRK.B", "BRK/B")])
def test_shares_of_a_class_are_spelled_as_schwab_does(here: str, there: str) -> None:
    assert (theirs(here), ours(there)) == (there, here)


def test_a_symbol_that_turns_delayed_while_it_streams_is_news() -> None:
    records = [{"key": "AAPL", "1": 150.0, "delayed": False}, {"key": "AAPL", "1": 150.1, "delayed": False},
               {"key": "AAPL", "1": 150.2, "delayed": True}, {"key": "AAPL", "1": 150.3}]  # fmt: skip
    frames, _ = _decoded(*(_data("LEVELONE_EQUITIES", record) for record in records))
    assert [frame.fresh for frame in frames] == [True, False, True, False]


# -- answers ------------------------------------------------------------------------------------


def test_answers_name_their_request_and_say_whether_it_was_granted() -> None:
    answer = {"service": "CHART_EQUITY", "requestid": "7", "command": "ADD", "timestamp": NOW}
    (granted, refused), _ = _decoded(
        json.dumps({"response": [{**answer, "content": {"code": 28, "msg": "ADD command succeeded"}}]}),
        json.dumps({"response": [{**answer, "content": [{"code": 19, "msg": "Reached symbol limit"}]}]}),
    )
    assert granted.responses == [Response(7, "CHART_EQUITY", "ADD", 28, "ADD command succeeded")]
    assert granted.responses[0].done
    assert not refused.responses[0].done


def test_what_the_server_says_of_itself_belongs_to_no_request() -> None:
    (stopped, alive), rejections = _decoded(
        json.dumps({"notify": [{"service": "ADMIN", "timestamp": NOW, "content": {"code": 30, "msg": "stop"}}]}),
        '{"notify":[{"heartbeat":"1591499624412"}]}',
    )
    assert [(one.number, one.code) for one in stopped.responses] == [(-1, 30)]
    assert alive.heartbeat
    assert rejections.total == 0


# -- recorded -----------------------------------------------------------------------------------


def _recorded(shared_data: Path, test: str) -> tuple[str, dict[str, dict[str, Any]]]:
    cases = json.loads((shared_data / "schwab_py/share_streaming_equity.json").read_text())["cases"]
    case = next(case for case in cases if case["test"] == test)
    return json.dumps(case["raw"]), {row["key"]: row for row in case["relabelled"]["content"]}


def test_recorded_level_1_says_what_its_named_fields_say(shared_data: Path) -> None:
    raw, named = _recorded(shared_data, "test_level_one_quote_handler")
    (frame,), rejections = _decoded(raw, now_ms=1_715_777_956_200)
    assert {snapshot.symbol for snapshot in frame.snapshots} == {"MSFT", "GOOG"}
    for snapshot in frame.snapshots:
        row = named[snapshot.symbol]
        assert (snapshot.last, snapshot.last_size, snapshot.day_volume, snapshot.previous_close) == (
            row["LAST_PRICE"], row["LAST_SIZE"], row["TOTAL_VOLUME"], row["CLOSE_PRICE"],
        )  # fmt: skip
        assert snapshot.last_timestamp_ms == row["TRADE_TIME_MILLIS"]
        assert [str(value) for value in (snapshot.open, snapshot.high, snapshot.low)] == ["nan"] * 3, (
            "0 before the open"
        )
    for quote in (event for event in frame.events if isinstance(event, Quote)):
        row = named[quote.symbol]
        assert (quote.bid_price, quote.ask_price, quote.timestamp_ms) == (
            row["BID_PRICE"], row["ASK_PRICE"], row["QUOTE_TIME_MILLIS"],
        )  # fmt: skip
        for size, lots in ((quote.bid_size, row["BID_SIZE"]), (quote.ask_size, row["ASK_SIZE"])):
            assert size == lots * 100 if lots else size != size
        assert (quote.bid_exchange, quote.ask_exchange) == (row["BID_MIC_ID"], row["ASK_MIC_ID"])
    assert len(frame.events) == 2
    assert rejections.total == 0


def test_recorded_bars_say_what_their_named_fields_say(shared_data: Path) -> None:
    raw, named = _recorded(shared_data, "test_chart_equity_handler")
    (frame,), rejections = _decoded(raw, now_ms=1_715_908_546_100)
    assert rejections.total == 0
    assert len(frame.events) == 2
    for bar in frame.events:
        assert isinstance(bar, Aggregate)
        row = named[bar.symbol]
        assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.start_ms) == (
            row["OPEN_PRICE"], row["HIGH_PRICE"], row["LOW_PRICE"], row["CLOSE_PRICE"], row["VOLUME"],
            row["CHART_TIME_MILLIS"],
        )  # fmt: skip


def test_recorded_answers_are_understood(shared_data: Path) -> None:
    recorded = json.loads((shared_data / "schwab_py/share_streaming_equity.json").read_text())["control_frames"]
    frames, rejections = _decoded(*(json.dumps(frame) for frame in recorded))
    codes = [response.code for frame in frames for response in frame.responses]
    assert codes == [0, 21, 22]
    assert rejections.total == 0


# -- bars ---------------------------------------------------------------------------------------

START = NOW - 60_000
AS_SENT = {"key": "AAPL", "1": 630, "2": 150.2, "3": 150.4, "4": 150.1, "5": 150.3, "6": 1200, "7": START, "8": 20777}
AS_DOCUMENTED = {"key": "MSFT", "1": 410.2, "2": 410.4, "3": 410.1, "4": 410.3, "5": 900, "6": 630, "7": START, "8": 1}


@pytest.mark.parametrize(
    ("record", "prices"),
    [(AS_SENT, (150.2, 150.4, 150.1, 150.3, 1200)), (AS_DOCUMENTED, (410.2, 410.4, 410.1, 410.3, 900))],
)
def test_the_order_of_a_bars_fields_is_found_by_its_prices(record: Any, prices: tuple[float, ...]) -> None:
    (frame,), _ = _decoded(_data("CHART_EQUITY", record))
    bar = frame.events[0]
    assert isinstance(bar, Aggregate)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == prices


def test_an_order_that_was_found_stays() -> None:
    (frame,), rejections = _decoded(_data("CHART_EQUITY", AS_SENT, {**AS_DOCUMENTED, "key": "MSFT"}))
    assert [event.symbol for event in frame.events if isinstance(event, Aggregate)] == ["AAPL"]
    assert rejections.by_reason["bar: prices contradict one another"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"3": 1.0},
        {"4": 0},
        {"2": "150"},
        {"6": -1},
        {"7": START + 1},
        {"7": NOW + 3_600_000},
        {"7": None},
        {"key": "a b"},
    ],
)
def test_a_bar_that_cannot_be_is_refused_and_counted(change: dict[str, Any]) -> None:
    (frame,), rejections = _decoded(_data("CHART_EQUITY", {**AS_SENT, **change}))
    assert frame.events == []
    assert rejections.total == 1


# -- damage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00\xff", b"[1]", b"null", b'{"data":1', b'{"data":[],"data":[]}', b"[" * 100_000,
        b'{"data":[{"service":"LEVELONE_EQUITIES","content":[{"key":"A","1":NaN}]}]}', b'{"a":' + b"9" * 5_000 + b"}",
        b'{"what":{}}', b'{"data":[3]}', b'{"data":[{"content":[3]}]}', b'{"response":[3]}', b'{"response":[{}]}',
    ],
)  # fmt: skip
def test_what_is_no_frame_is_counted_and_dropped(raw: bytes) -> None:
    (frame,), rejections = _decoded(raw)
    assert frame == Frame()
    assert rejections.total == 1


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
_NAMES = st.sampled_from(["key", "1", "2", "3", "4", "5", "7", "8", "10", "32", "34", "35", "delayed", "seq", "?"])
_SERVICES = st.sampled_from(["LEVELONE_EQUITIES", "CHART_EQUITY", "ACCT_ACTIVITY", "?"])


@given(_SERVICES, st.lists(st.dictionaries(_NAMES, _VALUES, max_size=8) | _VALUES, max_size=4))
def test_no_record_raises_and_no_impossible_number_comes_out(service: str, records: list[Any]) -> None:
    keyed = [{"key": "AAPL", **record} if isinstance(record, dict) else record for record in records]
    (frame,), _ = _decoded(_data(service, *keyed))
    for event in frame.events:
        assert not isinstance(event, Quote) or not (event.bid_price <= 0 or event.ask_price <= 0 or event.bid_size < 0)
    for row in frame.snapshots:
        assert not any(value < 0 for value in (row.last, row.day_volume, row.last_timestamp_ms))


def test_a_frame_of_deep_nesting_costs_little() -> None:
    begun = time.perf_counter()
    _decoded(b'{"data":' + b'[{"content":' * 50_000)
    assert time.perf_counter() - begun < 0.5


# -- bounds -------------------------------------------------------------------------------------

#: Where the sequence is the price, a bar fits both orders of its fields.
FITS_BOTH = {"key": "IBM", "1": 150, "2": 150, "3": 150, "4": 150, "5": 150, "6": 900, "7": START, "8": 1}


@pytest.mark.parametrize(("next_one", "told"), [(AS_SENT, 1200), (AS_DOCUMENTED, 900)])
def test_a_bar_that_fits_both_orders_is_read_as_sent_and_decides_nothing(next_one: Any, told: float) -> None:
    (frame,), rejections = _decoded(_data("CHART_EQUITY", FITS_BOTH, next_one))
    assert [event.volume for event in frame.events if isinstance(event, Aggregate)] == [900, told]
    assert rejections.total == 0


def test_what_was_let_go_begins_anew() -> None:
    decoder = SchwabDecoder(Rejections())
    for let_go, record in ((False, {"key": "AAPL", "1": 150.0, "3": 150.1}), (True, {"key": "AAPL", "2": 150.2})):
        if let_go:
            decoder.forget(["AAPL", "NEVER"])
            assert decoder.row("AAPL", NOW) is None
        decoder.decode(_data("LEVELONE_EQUITIES", record).encode(), NOW, NOW + 1)
    row = decoder.row("AAPL", NOW)
    assert row is not None
    assert (row.ask, str(row.bid), str(row.last)) == (150.2, "nan", "nan")


def test_a_frame_has_no_more_records_and_a_stream_no_more_symbols_than_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{"key": "AAPL", "1": float(number)} for number in range(1, 2_002)]
    (frame,), _ = _decoded(_data("LEVELONE_EQUITIES", *records))
    assert len(frame.events) == 2_000
    monkeypatch.setattr(limits, "MAX_SYMBOLS", 2)
    (frame,), rejections = _decoded(_data("LEVELONE_EQUITIES", *({"key": key, "1": 1.0} for key in ("A", "B", "C"))))
    assert frame.heard == {"A", "B"}
    assert rejections.by_reason == {"level1: too many symbols": 1}


def test_a_frame_that_claims_to_be_of_the_future_holds_until_now_at_most() -> None:
    record = {"key": "AAPL", "1": 150.0, "3": 150.1}
    (frame,), _ = _decoded(_data("LEVELONE_EQUITIES", record, at_ms=NOW + 3_600_000))
    assert frame.snapshots[0].timestamp_ms == NOW + 300_000
    (quote,) = frame.events
    assert isinstance(quote, Quote)
    assert quote.timestamp_ms == NOW + 300_000


def test_a_future_keeps_the_stroke_that_it_begins_with() -> None:
    assert ours("/ESZ26") == "/ESZ26"


@pytest.mark.parametrize(("status", "told"), [("Normal", [("AAPL", False)]), ("Halted", [("AAPL", True)])])
def test_a_symbol_that_was_let_go_in_a_halt_is_told_how_it_stands_when_it_comes_back(status: str, told: Any) -> None:
    decoder = SchwabDecoder(Rejections())
    found: list[Any] = []
    for now in ("Normal", "Halted", status, status):
        if len(found) == 2:
            decoder.forget(["AAPL"])
        frame = _data("LEVELONE_EQUITIES", {"key": "AAPL", "32": now})
        found.append(decoder.decode(frame.encode(), NOW, NOW + 1).halts)
    assert found == [[], [("AAPL", True)], told, []]
