"""Rows of recorded IQFeed ticks to quotes and trades."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.limits import Rejections
from live_monitor.providers.iqfeed_ticks import IqfeedTicks, TickRow, is_end

ROW = b"2021-03-01 09:30:01.569893,1.6100,100,218212,1.6000,1.6300,164,C,5,873D17,0,1,"


@pytest.fixture
def ticks() -> IqfeedTicks:
    return IqfeedTicks("XYZ", Rejections())


def parsed(ticks: IqfeedTicks, line: bytes) -> TickRow:
    row = ticks.row(line, 7)
    assert row is not None
    return row


def changed(column: int, value: bytes) -> bytes:
    fields = ROW.split(b",")
    fields[column] = value
    return b",".join(fields)


@pytest.mark.parametrize("times", [1, 3])
def test_a_row_is_a_print_and_the_quote_that_stood(ticks: IqfeedTicks, times: int) -> None:
    # The third time takes the fast path, which knows the hour and the conditions by then.
    row = [parsed(ticks, ROW) for _ in range(times)][-1]
    assert row.time_ns == 1_614_609_001_569_893_000  # 14:30:01.569893 UTC
    assert row.quote is not None
    assert row.trade is not None
    assert (row.quote.symbol, row.quote.bid_price, row.quote.ask_price) == ("XYZ", 1.60, 1.63)
    assert math.isnan(row.quote.bid_size)
    assert math.isnan(row.quote.ask_size)
    assert row.quote.timestamp_ms == row.trade.timestamp_ms == 1_614_609_001_569
    assert (row.trade.price, row.trade.size, row.trade.conditions) == (1.61, 100.0, ("C", "87", "3D", "17"))
    assert (row.trade.exchange, row.trade.id, row.trade.sequence) == (5, "164", 7)
    assert (row.cumulative_volume, row.tick_id, row.market_centre) == (218_212.0, "164", "5")
    assert not ticks.rejections.by_reason


@pytest.mark.parametrize(
    ("local", "utc_s"),
    [
        (b"2026-03-06 09:30:00.000000", 1_772_807_400),  # the Friday before summer time
        (b"2026-03-09 09:30:00.000000", 1_773_063_000),  # the Monday after
        (b"2026-10-30 09:30:00.000000", 1_793_367_000),
        (b"2026-11-02 09:30:00.000000", 1_793_629_800),
        (b"2026-11-20 04:00:00", 1_795_165_200),  # without a fraction
        (b"2026-11-20 04:00:00.5", 1_795_165_200.5),
    ],
)
def test_new_york_time_becomes_utc_on_both_sides_of_a_clock_change(
    ticks: IqfeedTicks, local: bytes, utc_s: float
) -> None:
    assert parsed(ticks, changed(0, local)).time_ns == utc_s * 1e9


def test_a_side_of_zero_is_absent(ticks: IqfeedTicks) -> None:
    for _ in range(2):
        row = parsed(ticks, changed(4, b"0.0000"))
        assert row.quote is not None
        assert math.isnan(row.quote.bid_price)
        assert row.quote.ask_price == 1.63
    assert not ticks.rejections.by_reason


def test_without_both_sides_there_is_no_quote(ticks: IqfeedTicks) -> None:
    line = b"2018-04-17 17:51:22.123456,96.0700,1061909,0,0.0000,0.0000,4145784264,O,19,143A,2,17"
    row = parsed(ticks, line)
    assert row.quote is None
    assert row.trade is not None
    assert row.trade.conditions == ("O", "14", "3A")


def test_the_mark_of_an_official_close_is_no_print_and_no_mistake(ticks: IqfeedTicks) -> None:
    row = parsed(ticks, b"2021-03-01 16:00:00.046599,1.5900,0,4721517,1.5800,1.5900,632,O,11,2E,0,1,")
    assert row.trade is None
    assert row.quote is not None
    assert row.cumulative_volume == 4_721_517
    assert not ticks.rejections.by_reason


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (1, b"0.0000", "price: absent"),
        (1, b"", "price: absent"),
        (1, b"-1.6", "price: negative"),
        (1, b"nan", "price: not a number"),
        (1, b"inf", "price: not a number"),
        (1, b"1_0.5", "price: not a number"),
        (1, b"1e3", "price: not a number"),
        (1, b"99999999.0", "price: out of range"),
        (2, b"0", "size: absent"),
        (2, b"-5", "size: negative"),
        (2, b"9999999999999", "size: out of range"),
        (7, b"X", "basis: unknown"),
        (7, b"", "basis: unknown"),
    ],
)
def test_a_bad_field_of_the_print_costs_the_print_and_leaves_the_quote(
    ticks: IqfeedTicks, column: int, value: bytes, reason: str
) -> None:
    row = parsed(ticks, changed(column, value))
    assert row.trade is None
    assert row.quote is not None
    assert ticks.rejections.by_reason == {reason: 1}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (3, b"-1", "cumulative volume: negative"),
        (4, b"-1.0", "bid: negative"),
        (5, b"x", "ask: not a number"),
        (9, b"87Z", "conditions: not hex pairs"),
        (9, b"8" * 33, "conditions: not hex pairs"),
        (9, b"87" * 16, "conditions: not hex pairs"),
    ],
)
def test_a_bad_field_beside_the_print_costs_only_itself(
    ticks: IqfeedTicks, column: int, value: bytes, reason: str
) -> None:
    row = parsed(ticks, changed(column, value))
    assert row.trade is not None
    assert row.trade.price == 1.61
    assert row.trade.conditions[0] == "C"
    assert ticks.rejections.by_reason == {reason: 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (changed(0, b"2021-13-01 09:30:00"), "time: not understood"),
        (changed(0, b"2021-03-01 25:30:00"), "time: not understood"),
        (changed(0, b"2021-03-01 09:60:00"), "time: not understood"),
        (changed(0, b"1950-03-01 09:30:00"), "time: out of range"),
        (b"2021-03-01 04:00:00,1.52,1.52,1.52,1.52,1000,1000,0,", "row: 8 columns"),  # an interval
        (b"hello", "row: 1 columns"),
        (b"", "row: 0 columns"),
        (ROW + b"9" * 2_000, "row: too long"),
        (changed(0, "\uff12021-03-01 09:30:00".encode()), "row: not ASCII"),
        (b"\xff\xfe\x00", "row: not ASCII"),
    ],
)
def test_a_row_that_cannot_be_placed_is_refused(ticks: IqfeedTicks, line: bytes, reason: str) -> None:
    assert ticks.row(line, 1) is None
    assert ticks.rejections.by_reason == {reason: 1}


@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes) -> None:
    ticks = IqfeedTicks("XYZ", Rejections())
    row = ticks.row(line, 1)
    assert row is not None or ticks.rejections.total == 1


prices = st.integers(0, 999_999_999).map(lambda ticks: f"{ticks / 10_000:.4f}")


@given(
    prices, st.integers(0, 10**12), st.integers(0, 10**15), prices, prices, st.sampled_from("CEO"),
    st.sampled_from(["", "01", "3D87", "AB" * 15]), st.integers(0, 86_399), st.integers(0, 999_999),
)  # fmt: skip
def test_the_fast_and_the_forgiving_path_agree(
    price: str, size: int, volume: int, bid: str, ask: str, basis: str, pairs: str, second: int, micro: int
) -> None:
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{micro:06}"
    line = f"2021-03-01 {clock},{price},{size},{volume},{bid},{ask},17,{basis},5,{pairs}"
    fast, forgiving = IqfeedTicks("XYZ", Rejections()), IqfeedTicks("XYZ", Rejections())
    fast.row(f"{line},0,1,".encode(), 1)
    # Ten columns, as protocol 6.0 sends them, never take the fast path.
    assert repr(fast.row(f"{line},0,1,".encode(), 2)) == repr(forgiving.row(line.encode(), 2))


def test_the_recorded_variants_of_the_protocol_say_the_same(ticks: IqfeedTicks, shared_data: Path) -> None:
    variants = json.loads((shared_data / "iqfeed" / "protocol_lines.json").read_text())["historical_tick"]
    lines = [line.encode() for line in variants.values() if isinstance(line, str)]
    assert len(lines) >= 5
    assert len({repr(parsed(ticks, line)) for line in lines}) == 1
    assert not ticks.rejections.by_reason


def test_the_end_mark_is_known_with_and_without_a_request_id() -> None:
    assert is_end(b"!ENDMSG!,")
    assert is_end(b"XYZ,!ENDMSG!,")
    assert not is_end(ROW)
