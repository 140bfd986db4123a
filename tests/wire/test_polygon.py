"""Polygon's stream: documented frames decode as documented; what cannot be is counted, and costs only itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Aggregate, Quote, SecondAggregate, Status, Trade
from live_monitor.limits import MAX_AHEAD_MS, Rejections
from live_monitor.wire import polygon
from live_monitor.wire.notices import PriceBands
from live_monitor.wire.polygon import PolygonDecoder
from live_monitor.wire.relay import RelayDecoder, encode, market_data_batch

NOW = 1_795_185_000_000
GOOD = {"ev": "T", "sym": "AAPL", "x": 4, "i": "7", "z": 3, "p": 150.25, "s": 100, "c": [14, 41], "t": NOW, "q": 7}
QUOTE = {"ev": "Q", "sym": "AAPL", "bx": 12, "bp": 150.2, "bs": 240, "ax": 11, "ap": 150.25, "as": 80, "t": NOW, "q": 8}
BAND = {"ev": "LULD", "T": "AAPL", "h": 165.2, "l": 135.1, "i": [21], "z": 3, "t": NOW * 1_000_000 + 3_385, "q": 290317}


class Far:
    """A decoder with its counter, as one connection has it."""

    def __init__(self) -> None:
        self.rejections = Rejections()
        self.decoder = PolygonDecoder(self.rejections)

    def take(self, raw: bytes | str) -> list[Any]:
        return self.decoder.decode(raw.encode() if isinstance(raw, str) else raw, NOW, NOW + MAX_AHEAD_MS)

    def events(self, *events: Any) -> list[Any]:
        return self.take(json.dumps(events))

    @property
    def reasons(self) -> dict[str, int]:
        return dict(self.rejections.by_reason)


@pytest.fixture
def far() -> Far:
    return Far()


def is_nan(value: float) -> bool:
    return value != value


# -- what is documented ----------------------------------------------------------------------------

#: What the stream of US stocks carries and this program uses.
_USED = {"T": Trade, "Q": Quote, "A": SecondAggregate, "AM": Aggregate, "LULD": PriceBands, "status": Status}


def test_every_documented_frame_of_stocks_decodes_as_documented(shared_data: Path) -> None:
    documents = json.loads((shared_data / "polygon_ws" / "documented_messages.json").read_text(encoding="utf-8"))
    seen = set()
    for document in documents:
        far, message = Far(), document["message"]
        events = far.events(*message)
        stocks = "/stocks" in document["source"] or "mock_server" in document["source"]
        expected = [item for item in message if stocks and item["ev"] in _USED]
        if not stocks and events:
            continue  # another market's event in the shape of a stock's: nobody subscribes to it
        assert [type(event) for event in events] == [_USED[item["ev"]] for item in expected], document["source"]
        assert far.rejections.total == len(message) - len(expected)
        for event, item in zip(events, expected, strict=True):
            seen.add(item["ev"])
            _compare(event, item)
    assert seen == set(_USED)


def _compare(event: Any, item: dict[str, Any]) -> None:
    if isinstance(event, Trade):
        assert (event.symbol, event.price, event.size) == (item["sym"], item["p"], item["s"])
        assert (event.timestamp_ms, event.sequence, event.id) == (item["t"], item["q"], item.get("i", ""))
        assert (list(event.conditions), event.exchange) == (item.get("c", []), item["x"])
        assert event.received_ms == NOW
    elif isinstance(event, Quote):
        assert (event.bid_price, event.bid_size, event.bid_exchange) == (item["bp"], item["bs"], item["bx"])
        assert (event.ask_price, event.ask_size, event.ask_exchange) == (item["ap"], item["as"], item["ax"])
        assert (event.symbol, event.timestamp_ms, event.condition) == (item["sym"], item["t"], item.get("c"))
    elif isinstance(event, Aggregate):
        prices = (event.open, event.high, event.low, event.close, event.vwap)
        assert prices == tuple(item[name] for name in ("o", "h", "l", "c", "vw"))
        assert (event.start_ms, event.end_ms, event.volume) == (item["s"], item["e"], item["v"])
        assert (event.day_volume, event.day_open, event.day_vwap) == (item["av"], item["op"], item["a"])
        # The stream counts no prints; the average size is not one.
        assert event.transactions is None
    elif isinstance(event, PriceBands):
        assert (event.symbol, event.upper, event.lower) == (item["T"], item["h"], item["l"])
        assert (event.at_ms, event.indicators) == (item["t"] // 1_000, item["i"])
    else:
        assert (event.status, event.message) == (item["status"], item["message"])


def test_the_size_in_decimals_is_the_size(far: Far) -> None:
    whole = {**GOOD, "s": 12, "ds": "12"}
    trades = far.events(
        whole, {**whole, "ds": "12.5"}, {**whole, "s": 0, "ds": "0.25"}, {**whole, "s": 3_000, "ds": "3000"}
    )
    assert [trade.size for trade in trades] == [12.0, 12.5, 0.25, 3_000.0]
    assert far.rejections.total == 0


@pytest.mark.parametrize("text", ["abc", "1_2", "nan", "-5", "1e999", "0", "1" * 40])
def test_m2_decimals_that_are_no_size_leave_the_whole_shares(far: Far, text: str) -> None:
    (trade,) = far.events({**GOOD, "s": 12, "ds": text})
    assert trade.size == 12.0
    assert far.rejections.total == 1
    assert far.events({**GOOD, "s": 0, "ds": text}) == []


def test_m11_the_time_of_bands_is_told_by_its_magnitude(far: Far) -> None:
    units = [NOW // 1_000, NOW, NOW * 1_000 + 9, NOW * 1_000_000 + 9]
    assert [bands.at_ms for bands in far.events(*({**BAND, "t": t} for t in units))] == [NOW] * 4
    assert far.decoder.saw_bands


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"t": 0}, "bands.at_ms: absent"),
        ({"t": (NOW + 3_600_000) * 1_000_000}, "bands.at_ms: in the future"),
        ({"t": -5}, "bands.at_ms: negative"),
        ({"T": "AA\u0000PL"}, "bands.symbol: bad characters or length"),
        ({"l": 170.0}, "bands: prices contradict one another"),
    ],
)
def test_m2_bands_that_cannot_be_are_refused(far: Far, fields: dict[str, Any], reason: str) -> None:
    assert [type(event) for event in far.events(GOOD, {**BAND, **fields}, QUOTE)] == [Trade, Quote]
    assert far.reasons == {reason: 1}
    assert not far.decoder.saw_bands


def test_bands_beside_what_is_no_event_are_each_their_own(far: Far) -> None:
    other = {**BAND, "T": "MSFT", "h": 300.0}
    found = far.events({**BAND, "p": 1.0}, {"ev": "XX"}, other, {**BAND, "l": 170.0}, GOOD)
    assert [(each.symbol, getattr(each, "upper", None)) for each in found] == [
        ("AAPL", 165.2),
        ("MSFT", 300.0),
        ("AAPL", None),
    ]
    assert far.events(GOOD, BAND)[1].upper == 165.2


def test_a_band_of_one_side_only_has_no_other(far: Far) -> None:
    (bands,) = far.events({**BAND, "h": 0})
    assert (is_nan(bands.upper), bands.lower) == (True, 135.1)
    (bands,) = far.events({**BAND, "l": "135.1"})
    assert (bands.upper, is_nan(bands.lower)) == (165.2, True)
    assert far.reasons == {"bands.lower: wrong type": 1}


def test_status_and_conditions_are_told_of_the_last_frame_only(far: Far) -> None:
    far.events({"ev": "status", "status": "connected", "message": "Connected Successfully"}, {**QUOTE, "c": 43})
    assert (far.decoder.saw_status, far.decoder.saw_condition, far.decoder.saw_bands) == (True, True, False)
    far.events(QUOTE, BAND)
    assert (far.decoder.saw_status, far.decoder.saw_condition, far.decoder.saw_bands) == (False, False, True)
    far.events(QUOTE)
    assert not far.decoder.saw_bands
    far.events({"ev": "XX"}, {**QUOTE, "c": 43}, BAND, {"ev": "status", "status": "success"})
    assert (far.decoder.saw_status, far.decoder.saw_condition, far.decoder.saw_bands) == (True, True, True)


# -- what cannot be ---------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["p", "s"])
@pytest.mark.parametrize(
    "value",
    ["NaN", "-Infinity", "1e999", "0", "-0.0", "-1", "1e308", "1e-12", '"1,029.90"', '"150.25"', "true", "null", "[]"],
)
def test_m2_a_bad_price_or_size_of_the_vendor_costs_only_its_print(far: Far, field: str, value: str) -> None:
    good = json.dumps(GOOD)
    bad = json.dumps({**GOOD, field: "?"}).replace('"?"', value)
    events = far.take(f"[{good},{bad},{good},{json.dumps(BAND)}]")
    assert [type(event) for event in events if type(event) is not PriceBands] == [Trade, Trade]
    assert far.rejections.total == 1
    assert all(event.price == 150.25 for event in events if type(event) is Trade)


@pytest.mark.parametrize("symbol", ["AA\u0000PL", "\u202eLPAA", "A" * 10_240, "../../x", "=cmd()", "<img src=x>", ""])
def test_m13_a_bad_symbol_of_the_vendor_is_refused(far: Far, symbol: str) -> None:
    assert far.events({**GOOD, "sym": symbol}, {**BAND, "T": symbol}, {**QUOTE, "sym": symbol}) == []
    assert far.rejections.total == 3


@pytest.mark.parametrize("raw", ["", "null", "7", "[{]", '[{"ev":"T"', "[[[", '"x"', "[1,null,[],true]", "\x00"])
def test_m1_what_is_no_frame_of_the_vendor_is_counted(far: Far, raw: str) -> None:
    assert far.take(raw) == []
    assert far.rejections.total >= 1
    assert len(far.events(GOOD)) == 1


def test_m4_depth_repeats_and_size_do_no_harm(far: Far) -> None:
    assert far.take("[" * 100_000 + "]" * 100_000) == []
    assert far.take(b"[" + b"1," * 600_000 + b"1]") == []
    assert far.take(b"[" + b"0," * 400_000 + b"0]") == []
    (trade,) = far.take(json.dumps([GOOD, GOOD]).replace('"p": 150.25', '"p": 1.0, "p": 150.25', 1))
    assert trade.price == 150.25
    assert set(far.reasons) == {
        "frame: nested too deeply",
        "frame: too large",
        "frame: too many events",
        "event: repeated field",
    }


@pytest.mark.parametrize("name", ['"p":', '"p" :', '"p"\n:', '"\\u0070":'])
@pytest.mark.parametrize("beside", [[], [{**QUOTE, "bp": 0}], [BAND, {**QUOTE, "pt": NOW}], [QUOTE] * 12])
def test_m4_a_price_said_twice_is_found_however_it_is_written(far: Far, name: str, beside: list[Any]) -> None:
    twice = json.dumps(GOOD, separators=(",", ":")).replace('"p":150.25', f'{name}1.0,"p":150.25')
    others = [json.dumps(each, separators=(",", ":")) for each in (GOOD, *beside)]
    found = far.take(f"[{','.join([*others, twice])}]")
    assert [event.price for event in found if type(event) is Trade] == [150.25]
    assert len(found) == len(others)
    assert far.reasons == {"event: repeated field": 1}


def test_a_frame_of_plain_events_is_read_at_once(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PolygonDecoder, "_decode_apart", lambda *_: pytest.fail("taken apart"))
    one_sided = {name: value for name, value in QUOTE.items() if name not in ("ap", "as")}
    assert len(far.events(GOOD, QUOTE, one_sided, BAND, {**QUOTE, "pt": NOW})) == 5


def test_m14_what_is_not_used_is_passed_over_and_counted(far: Far) -> None:
    noi = {
        "ev": "NOI",
        "T": "NTEST.Q",
        "t": NOW * 1_000_000,
        "at": 930,
        "a": "M",
        "i": 44,
        "o": 480,
        "p": 440,
        "b": 25.03,
    }
    fmv = {"ev": "FMV", "fmv": 189.22, "sym": "AAPL", "t": NOW}
    events = far.events(noi, GOOD, fmv, {"ev": "new"}, {"sym": "AAPL"}, {**QUOTE, "pt": NOW, "new": {"a": [1]}})
    assert [type(event) for event in events] == [Trade, Quote]
    assert far.reasons == {
        "event: unknown type 'NOI'": 1,
        "event: unknown type 'FMV'": 1,
        "event: unknown type 'new'": 1,
        "event: no type": 1,
    }


def test_a_bare_event_and_one_in_an_envelope_are_understood(far: Far) -> None:
    assert [type(event) for event in far.take(json.dumps(QUOTE))] == [Quote]
    assert [type(event) for event in far.take(json.dumps({"type": "market_data", "data": [GOOD, BAND]}))] == [
        Trade,
        PriceBands,
    ]


def test_m10_an_absent_side_is_absent(far: Far) -> None:
    (quote,) = far.events({**QUOTE, "bp": 0, "bs": 0, "c": 2})
    assert (is_nan(quote.bid_price), quote.ask_price, quote.condition) == (True, 150.25, 2)
    assert far.rejections.total == 0


_NUMBER = st.one_of(
    st.integers(-3, 10**18), st.floats(), st.none(), st.booleans(), st.sampled_from([0, 150.25, NOW, "12", "", []])
)
_EVENT = st.builds(
    lambda base, changes: {**base, **changes},
    st.sampled_from([GOOD, QUOTE]),
    st.dictionaries(st.sampled_from(["sym", "p", "s", "t", "bp", "as", "c", "q", "i", "x", "ds"]), _NUMBER, max_size=2),
)


@given(st.lists(_EVENT, max_size=6))
def test_m15_vendor_and_relay_agree_on_every_frame(events: list[dict[str, Any]]) -> None:
    far, relay = Far(), RelayDecoder(Rejections())
    raw = json.dumps(events)
    found = far.take(raw)
    assert repr(found) == repr(relay.decode(raw.encode(), NOW, NOW + MAX_AHEAD_MS))
    # What was believed is believed again.
    again = Far().take(market_data_batch([encode(event) for event in found]))
    assert repr(again) == repr(found)


# -- what is said ------------------------------------------------------------------------------------


def test_the_key_is_a_text_that_needs_no_care() -> None:
    assert json.loads(polygon.auth('k"1\\')) == {"action": "auth", "params": 'k"1\\'}


def test_subscriptions_go_in_frames_of_bounded_size() -> None:
    channels = [polygon.channel(topic, f"SYM{n}") for n in range(500) for topic in polygon.TOPICS]
    for messages, action in (
        (polygon.subscribe(channels), "subscribe"),
        (polygon.unsubscribe(channels), "unsubscribe"),
    ):
        told = [json.loads(message) for message in messages]
        assert {message["action"] for message in told} == {action}
        assert max(len(message["params"]) for message in told) <= polygon.MAX_PARAMS
        assert [name for message in told for name in message["params"].split(",")] == channels
    assert polygon.subscribe([]) == []


def test_only_the_first_dot_of_a_channel_separates() -> None:
    assert polygon.topic_of(polygon.channel("T", "BRK.B")) == ("T", "BRK.B")


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ("subscribed to: T.AAPL", ("subscribe", ("T.AAPL",))),
        ("unsubscribed to: T.BRK.B", ("unsubscribe", ("T.BRK.B",))),
        ("subscribed to: T.AAPL,Q.AAPL", ("subscribe", ("T.AAPL", "Q.AAPL"))),
        ("authenticated", ("", ())),
        ("", ("", ())),
    ],
)
def test_acknowledgements_are_read(message: str, meaning: tuple[str, tuple[str, ...]]) -> None:
    assert polygon.acknowledged(message) == meaning
