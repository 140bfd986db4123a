"""Rows of Lean's ticks to prints and quotes."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor import limits
from live_monitor.limits import Rejections
from live_monitor.providers.lean_ticks import SUSPICIOUS, BestQuote, LeanTicks, QuoteRow, day_of, day_span_ns

AT_MS = 1_381_152_630_000
TRADE = b"34230000,1821400,100,N,1,0"
BID = b"34230000,1821400,300,0,0,P,1,0"
ASK = b"34230000,0,0,1821500,200,Q,1,0"


@pytest.fixture
def ticks() -> LeanTicks:
    return LeanTicks("IBM", Rejections())


def quote_row(ticks: LeanTicks, line: bytes) -> QuoteRow:
    row = ticks.quote(line)
    assert row is not None, ticks.rejections.by_reason
    return row


def test_a_trade_has_price_size_venue_and_the_time_and_number_it_is_given(ticks: LeanTicks) -> None:
    found = ticks.trade(b"14400009.367,1374567,100,D,1,0", AT_MS, 7)
    assert found is not None
    offset_ns, trade = found
    assert offset_ns == 14_400_009_367_000
    assert (trade.symbol, trade.price, trade.size, trade.exchange) == ("IBM", 137.4567, 100.0, "D")
    assert (trade.timestamp_ms, trade.sequence, trade.conditions) == (AT_MS, 7, ("1",))


@pytest.mark.parametrize(
    ("bits", "suspicious", "conditions"),
    [
        ("0", "0", ()),
        ("1", "0", ("1",)),
        ("20000020", "0", ("20", "20000000")),
        ("80000000", "0", ("80000000",)),
        ("A0000020", "0", ("20", "20000000", "80000000")),
        ("a0000020", "1", ("20", "20000000", "80000000", SUSPICIOUS)),
        ("0", "1", (SUSPICIOUS,)),
    ],
)
def test_conditions_are_the_bits_that_are_set(
    ticks: LeanTicks, bits: str, suspicious: str, conditions: tuple[str, ...]
) -> None:
    for _ in range(2):  # the second time from the cache
        found = ticks.trade(f"1,10000,1,N,{bits},{suspicious}".encode(), AT_MS, 1)
        assert found is not None
        assert found[1].conditions == conditions


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "row: 1 columns"),
        (b"34230000,1821400,100,N,1", "row: 5 columns"),
        (BID, "row: 8 columns"),
        (b"x" * 300, "row: too long"),
        (b"34230000,1821400,100,\xc3,1,0", "row: not ASCII"),
        ("٣٤230000,1821400,100,N,1,0".encode(), "row: not ASCII"),
        (b"09:30:30,1821400,100,N,1,0", "time: not understood"),
        (b"-5,1821400,100,N,1,0", "time: negative"),
        (b"86400000,1821400,100,N,1,0", "time: after midnight"),
        (b"34230000,,100,N,1,0", "price: not a number"),
        (b"34230000,nan,100,N,1,0", "price: not a number"),
        (b"34230000,1e9,100,N,1,0", "price: not a number"),
        (b"34230000,-1821400,100,N,1,0", "price: negative"),
        (b"34230000,0,100,N,1,0", "price: absent"),
        (b"34230000,999999999999,100,N,1,0", "price: out of range"),
        (b"34230000,9999999999999999999999,100,N,1,0", "price: not a number"),
        (b"34230000,1821400,0,N,1,0", "size: absent"),
        (b"34230000,1821400,-100,N,1,0", "size: negative"),
        (b"34230000,1821400,100,1821400,1,0", "exchange: not a letter of the tapes"),
        (b"34230000,1821400,100,N,@F,0", "conditions: not hexadecimal"),
        (b"34230000,1821400,100,N,,0", "conditions: not hexadecimal"),
        (b"34230000,1821400,100,N,ffffffff,0", "conditions: too many"),
        (b"34230000,1821400,100,N,1,2", "suspicious: neither 0 nor 1"),
        (b"14400000,1815200,1818000,1815200,1818000,1283", "exchange: not a letter of the tapes"),
    ],
)
def test_a_row_that_cannot_be_a_print_is_counted_by_its_reason(ticks: LeanTicks, line: bytes, reason: str) -> None:
    assert ticks.trade(line, AT_MS, 1) is None
    assert ticks.rejections.by_reason == {reason: 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (TRADE, "row: 6 columns"),
        (b"34230000,0,0,0,0,N,1,0", "quote: neither bid nor ask"),
        (b"34230000,999999999999,1,0,0,N,1,0", "bid: out of range"),
        (b"34230000,0,0,999999999999,1,N,1,0", "ask: out of range"),
        (b"34230000,-1,1,0,0,N,1,0", "bid: negative"),
        (b"34230000,1,x,0,0,N,1,0", "bid size: not a number"),
        (b"86400000,1821400,300,0,0,P,1,0", "time: after midnight"),
    ],
)
def test_a_row_that_cannot_be_a_quote_is_counted_by_its_reason(ticks: LeanTicks, line: bytes, reason: str) -> None:
    assert ticks.quote(line) is None
    assert ticks.rejections.by_reason == {reason: 1}


@given(st.binary(max_size=80) | st.lists(st.sampled_from(["0", "1", "-1", "9" * 25, "N", "x", ""]), max_size=9).map(
    lambda fields: ",".join(fields).encode()
))  # fmt: skip
def test_no_bytes_make_it_raise_or_leave_the_limits(line: bytes) -> None:
    ticks = LeanTicks("IBM", Rejections())
    found = ticks.trade(line, AT_MS, 1)
    if found is not None:
        assert limits.MIN_PRICE <= found[1].price <= limits.MAX_PRICE
        assert len(found[1].conditions) <= limits.MAX_CONDITIONS
    row = ticks.quote(line)
    assert ticks.rejections.total == (found is None) + (row is None)


def test_the_bid_and_the_ask_row_of_one_instant_are_one_quote(ticks: LeanTicks) -> None:
    quote = BestQuote("IBM").take([quote_row(ticks, BID), quote_row(ticks, ASK)], AT_MS)
    assert quote is not None
    assert (quote.timestamp_ms, quote.bid_price, quote.bid_size, quote.bid_exchange) == (AT_MS, 182.14, 300, "P")
    assert (quote.ask_price, quote.ask_size, quote.ask_exchange) == (182.15, 200, "Q")


def test_a_row_says_nothing_of_the_other_side(ticks: LeanTicks) -> None:
    best = BestQuote("IBM")
    first = best.take([quote_row(ticks, ASK)], AT_MS)
    assert first is not None
    assert math.isnan(first.bid_price)
    assert math.isnan(first.bid_size)
    assert first.ask_price == 182.15
    then = best.take([quote_row(ticks, BID)], AT_MS)
    assert then is not None
    assert (then.bid_price, then.ask_price) == (182.14, 182.15)


def test_the_newest_row_of_a_side_is_the_side_whatever_other_exchanges_said(ticks: LeanTicks) -> None:
    """Rows are the national best: a lower bid of another exchange says that the higher one is gone."""
    best = BestQuote("IBM")
    best.take([quote_row(ticks, BID), quote_row(ticks, ASK)], AT_MS)
    lower = best.take([quote_row(ticks, b"34230001,1820000,500,0,0,Z,1,0")], AT_MS)
    assert lower is not None
    assert (lower.bid_price, lower.bid_size, lower.bid_exchange) == (182.0, 500, "Z")


def test_a_size_of_nothing_takes_the_side_away(ticks: LeanTicks) -> None:
    best = BestQuote("IBM")
    best.take([quote_row(ticks, BID), quote_row(ticks, ASK)], AT_MS)
    gone = quote_row(ticks, b"34230001,1821400,0,0,0,P,1,0")
    without = best.take([gone], AT_MS)
    assert without is not None
    assert math.isnan(without.bid_price)
    assert without.ask_price == 182.15
    assert best.take([gone], AT_MS) is None  # told once


@pytest.mark.parametrize("line", [BID, ASK])
def test_a_quote_that_is_as_it_was_is_not_told_again(ticks: LeanTicks, line: bytes) -> None:
    best = BestQuote("IBM")
    assert best.take([quote_row(ticks, line)], AT_MS) is not None
    assert best.take([quote_row(ticks, line)], AT_MS + 5) is None


def test_crossed_and_locked_quotes_are_given_as_they_are(ticks: LeanTicks) -> None:
    crossed = BestQuote("IBM").take([quote_row(ticks, b"1,1821600,100,1821500,100,N,1,0")], AT_MS)
    assert crossed is not None
    assert (crossed.bid_price, crossed.ask_price) == (182.16, 182.15)


@pytest.mark.parametrize(
    ("bits", "suspicious", "why"),
    [
        ("1", "1", "suspicious"), ("8", "0", "not firm"), ("11", "0", "not firm"), ("40", "0", "not firm"),
        ("2000", "0", "not firm"), ("0", "0", ""), ("1", "0", ""), ("800", "0", ""), ("200000", "0", ""),
    ],
)  # fmt: skip
def test_quotes_that_nobody_can_trade_against_change_nothing(
    ticks: LeanTicks, bits: str, suspicious: str, why: str
) -> None:
    row = quote_row(ticks, f"1,1821600,100,0,0,N,{bits},{suspicious}".encode())
    assert row.passed_over == why
    assert (BestQuote("IBM").take([row], AT_MS) is None) == bool(why)


@pytest.mark.parametrize(("day", "hours"), [(date(2013, 10, 7), 24), (date(2013, 3, 10), 23), (date(2013, 11, 3), 25)])
def test_days_are_those_of_new_york(day: date, hours: int) -> None:
    start_ns, end_ns = day_span_ns(day)
    assert end_ns - start_ns == hours * 3_600_000_000_000
    assert day_of(start_ns) == day_of(end_ns - 1) == day
    assert day_of(start_ns - 1) < day < day_of(end_ns)
