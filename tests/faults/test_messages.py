"""Rows M1-M4, M11, M13-M15 of the fault table: whatever a server sends, the decoder survives and counts."""

from __future__ import annotations

import json
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Aggregate, Quote, SecondAggregate, Trade
from live_monitor.limits import MAX_AHEAD_MS, valid_symbol
from live_monitor.wire.relay import encode, market_data, market_data_batch
from tests.faults.conftest import NOW, Far

GOOD = Trade("AAPL", 150.25, 100, NOW, (14, 41), 12, "1", 7)


def still_works(far: Far) -> bool:
    events = far.take(market_data(encode(GOOD)))
    return [(e.symbol, e.price, e.received_ms) for e in events if isinstance(e, Trade)] == [("AAPL", 150.25, NOW)]


def quickest(raw: bytes) -> float:
    """Seconds that a frame takes at best; what else the machine does is not meant."""
    times = []
    for _ in range(5):
        far = Far()
        started = time.perf_counter()
        far.take(raw)
        times.append(time.perf_counter() - started)
    return min(times)


_NOISE = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.integers(0, 120).map(lambda cut: market_data(encode(GOOD))[:cut]),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(_KEYS := ["ev", "sym", "p", "s", "t", "type", "data", "bp", "o", "h", "c"]),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(max_examples=2_000)
@given(raw=_NOISE)
def test_m1_noise_is_counted_and_the_next_good_message_is_handled(raw: bytes) -> None:
    far = Far()
    before = far.rejections.total
    events = far.take(raw)
    assert all(isinstance(event, Trade | Quote | Aggregate) or event.EVENT_TYPE == "status" for event in events)
    if not events and raw.lstrip()[:1] not in (b"[", b"{"):
        assert far.rejections.total == before + 1
    assert still_works(far)


@pytest.mark.parametrize(
    "raw",
    [b"\xff\xfe\x00", b'{"type":"market_data","data":{"ev":"T"', b"\x00\x01\x02\x03", b'{"ev":"T","sym":"\xc3"}', b""],
)
def test_m1_bytes_that_are_no_message(far: Far, raw: bytes) -> None:
    assert far.take(raw) == []
    assert far.rejections.total == 1
    assert still_works(far)


_BAD_NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "0",
    "-0",
    "-0.0",
    "0.0",
    "-1",
    "-150.25",
    "1e308",
    "-1e308",
    "1e-12",
    '"1,029.90"',
    '"150.25"',
    '""',
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "[150.25]",
    '{"p":1}',
    '"NaN"',
    "1e13",
    "99999999999999999999999999",
    "-99999999999999999999999999",
    "1E400",
    '"1e5"',
]


@pytest.mark.parametrize("field", ["p", "s"])
@pytest.mark.parametrize("value", _BAD_NUMBERS)
def test_m2_a_bad_price_or_size_rejects_the_trade_and_only_it(far: Far, field: str, value: str) -> None:
    fields = {"p": "150.25", "s": "100", field: value}
    bad = b'{"ev":"T","sym":"AAPL","p":%s,"s":%s,"t":%d}' % (fields["p"].encode(), fields["s"].encode(), NOW)
    events = far.take(market_data_batch([encode(GOOD), bad, encode(GOOD)]))
    assert [event.price for event in events if isinstance(event, Trade)] == [150.25, 150.25]
    assert far.rejections.total == 1
    attribute = {"p": "price", "s": "size"}[field]
    assert next(iter(far.rejections.by_reason)).startswith(f"trade.{attribute}: ")


@pytest.mark.parametrize("value", [v for v in _BAD_NUMBERS if v not in ("0", "-0", "-0.0", "0.0", "null", '""')])
def test_m2_a_bad_side_of_a_quote_is_absent_the_other_side_stands(far: Far, value: str) -> None:
    raw = b'{"ev":"Q","sym":"AAPL","bp":%s,"bs":100,"ap":150.25,"as":200,"t":%d}' % (value.encode(), NOW)
    (quote,) = far.take(market_data(raw))
    assert isinstance(quote, Quote)
    assert quote.bid_price != quote.bid_price
    assert quote.ask_price == 150.25
    assert far.rejections.total == 1


def test_m2_zero_is_how_an_absent_side_is_written_and_no_error(far: Far) -> None:
    (quote,) = far.take_event(ev="Q", sym="AAPL", bp=0, bs=0, ap=150.25, **{"as": 200}, t=NOW)
    assert isinstance(quote, Quote)
    assert quote.bid_price != quote.bid_price
    assert far.rejections.total == 0


@pytest.mark.parametrize("value", ['"1e999999"', "1e999999", '"' + "9" * 1000 + '"', "9" * 4000])
@pytest.mark.parametrize("field", ["p", "s", "t", "q"])
def test_m3_huge_numbers_are_refused_without_computing_them(far: Far, field: str, value: str) -> None:
    fields = {"p": "150.25", "s": "100", "t": str(NOW), "q": "1", field: value}
    body = ",".join(f'"{name}":{text}' for name, text in fields.items())
    frame = market_data(b'{"ev":"T","sym":"AAPL",' + body.encode() + b"}")
    events = far.take(frame)
    assert quickest(frame) < 5 * 0.001
    assert far.rejections.total == 1
    assert len(events) == (1 if field == "q" else 0)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (
            b'{"type":"market_data","data":{' + b",".join(b'"k%d":1' % n for n in range(70_000)) + b"}}",
            "too many fields",
        ),
        (
            b'{"type":"market_data","data":{"ev":"T","sym":"AAPL","p":1,"p":2,"s":5,"t":1795188600000}}',
            "repeated field",
        ),
        (b'[{"ev":"T","sym":"AAPL","p":1,"p":2,"s":5,"t":1795188600000}]', "repeated field"),
    ],
)
def test_m4_nesting_field_counts_and_repeated_fields_are_refused_fast(far: Far, raw: bytes, reason: str) -> None:
    assert far.take(raw) == []
    assert quickest(raw) < 5 * 0.010
    assert any(reason in known for known in far.rejections.by_reason)
    assert still_works(far)


_SECONDS = NOW // 1000
_TIMES: list[tuple[object, int | None]] = [
    (NOW, NOW),
    (float(NOW), NOW),
    (_SECONDS, NOW),
    (_SECONDS + 0.5, NOW + 500),
    (NOW * 1_000, NOW),
    (NOW * 1_000_000, NOW),
    (NOW * 1_000_000 + 10_003_385, NOW + 10),
    (NOW + MAX_AHEAD_MS, NOW + MAX_AHEAD_MS),
    (NOW - 86_400_000, NOW - 86_400_000),
    (1_000_000_000_000, 1_000_000_000_000),
    (0, None),
    (-1, None),
    (-NOW, None),
    (1, None),
    (86_400, None),
    (NOW + 3_600_000, None),
    (_SECONDS + 3_600, None),
    ((NOW + 3_600_000) * 1_000_000, None),
    (9_214_646_400_000, None),
    (9_214_646_400, None),
    (9_223_372_036_854_775_807, None),
    (2**63, None),
    (2**64, None),
    (10**30, None),
    (2**31, None),
    (4_102_444_800_000, None),
    (None, None),
    (True, None),
    ("1795188600000", None),
    ([], None),
]


@pytest.mark.parametrize(("sent", "expected"), _TIMES)
def test_m11_times_are_normalised_by_magnitude_or_refused(far: Far, sent: object, expected: int | None) -> None:
    events = far.take_event(ev="T", sym="AAPL", p=150.25, s=100, t=sent)
    assert [event.timestamp_ms for event in events if isinstance(event, Trade)] == (
        [] if expected is None else [expected]
    )
    assert far.rejections.total == (1 if expected is None else 0)


@pytest.mark.parametrize(
    "symbol",
    [
        "AA\u0000PL",
        "\ud800",
        "AAPL\u202e",
        "A" * 10_240,
        "../../x",
        "../../X",
        "=cmd()",
        "<img src=file:///x>",
        "aapl",
        "",
        " AAPL",
        "AAPL\n",
        "A" * 33,
        "ÄPL",
        "A:B",
        "A'B",
        'A"B',
        7,
        None,
        True,
        ["AAPL"],
    ],
)
@pytest.mark.parametrize("kind", ["T", "Q", "AM"])
def test_m13_only_tickers_pass_as_symbols(far: Far, kind: str, symbol: object) -> None:
    shared = {"ev": kind, "sym": symbol, "t": NOW, "p": 1.0, "s": NOW if kind == "AM" else 10}
    bars = {"o": 1.0, "h": 1.0, "l": 1.0, "c": 1.0, "v": 1} if kind == "AM" else {}
    assert far.take_event(**shared, **bars, bp=1.0, ap=1.1) == []
    assert far.rejections.total == 1


@given(text=st.text(max_size=40))
def test_m13_a_valid_symbol_can_be_a_file_name_and_a_key(text: str) -> None:
    if valid_symbol(text):
        assert text.isascii()
        assert not set(text) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.^/_=-")
        assert 1 <= len(text) <= 32


def test_m14_unknown_events_and_fields_are_ignored_and_counted_by_type(
    far: Far, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(50):
        assert far.take(b'[{"ev":"LULD","T":"AAPL","h":1,"l":1},{"sym":"AAPL","p":1}]') == []
    (trade,) = far.take_event(ev="T", sym="AAPL", p=150.25, s=100, t=NOW, brand_new={"a": [1]}, z=3, trft=NOW)
    assert isinstance(trade, Trade)
    assert far.rejections.by_reason == {"event: unknown type 'LULD'": 50, "event: no type": 50}
    assert len(caplog.records) == 2


def test_m14_the_number_of_counted_reasons_is_bounded(far: Far) -> None:
    for number in range(1_000):
        far.take_event(ev=f"X{number}")
    assert len(far.rejections.by_reason) <= 201
    assert far.rejections.total == 1_000


def test_bars_whose_prices_contradict_one_another_are_refused(far: Far) -> None:
    bar = SecondAggregate("AAPL", NOW, NOW + 1_000, 10.0, 9.0, 8.0, 8.5, 100.0)
    assert far.take(market_data(encode(bar))) == []
    assert far.rejections.by_reason == {"second: prices contradict one another": 1}


def _injured(random: Random, raw: bytes) -> bytes:
    """A valid frame with a few bytes changed, cut, repeated or put in."""
    body = bytearray(raw)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(body) + 1)
        kind = random.randrange(4)
        if kind == 0 and at < len(body):
            body[at] = random.randrange(256)
        elif kind == 1:
            del body[at : at + random.randrange(1, 20)]
        elif kind == 2:
            body[at:at] = body[at : at + random.randrange(1, 20)]
        else:
            body[at:at] = random.choice([b"{", b"[", b'"', b"NaN", b"1e999", b"\xff", b"\\ud800", b"null", b","])
    return bytes(body)


def test_m1_twenty_thousand_injured_frames_raise_nothing_and_stop_nothing() -> None:
    far, random = Far(), Random(20_000)
    bar = Aggregate("AAPL", NOW, NOW + 60_000, 1.0, 2.0, 1.0, 2.0, 10.0)
    frames = [
        market_data(encode(GOOD)),
        market_data_batch([encode(GOOD), encode(bar), encode(Quote("AAPL", NOW, 1.0, 1, 1.1, 1))]),
        b"[" + encode(GOOD) + b"," + encode(bar) + b"]",
        b'{"type":"hello","features":["batch"],"symbols":["AAPL"]}',
        b'{"type":"clock","market_ms":1795188600000,"speed":1.0}',
    ]
    for number in range(20_000):
        far.take(_injured(random, random.choice(frames)))
        if number % 1_000 == 0:
            assert still_works(far)
    assert still_works(far)
    assert far.rejections.total > 5_000
