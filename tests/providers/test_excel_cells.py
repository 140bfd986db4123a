"""Every shape that a cell of a quote sheet has been seen in, and those that try to pass for one."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.providers.excel_cells import (
    BLANK,
    LOADING,
    NONE,
    Absent,
    Kind,
    Rejected,
    price_text,
    read_number,
    read_text,
    text_of,
    whole_text,
)

KINDS: tuple[Kind, ...] = ("price", "change", "size", "volume", "percent", "number")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (22.295, 22.295), (3, 3.0), ("22.295", 22.295), ("1,234.50", 1234.5),
        ("9,345,678", 9_345_678.0), ("$230.10", 230.1), ("  3.00 ", 3.0), ("\u00a03.00", 3.0), (".5", 0.5), ("7.", 7.0),
        ("145.57 B", 145.57), ("145.57  Q", 145.57), (Decimal("230.1"), 230.1), ("+1.25", 1.25),
    ],
)  # fmt: skip
def test_a_price_is_read_from_a_number_and_from_its_text(cell: object, expected: float) -> None:
    assert read_number(cell, "price") == expected


@pytest.mark.parametrize(
    ("text", "denominator", "expected"),
    [
        ("110'16", 32, 110.5), ("110-16", 32, 110.5), ("110:16", 32, 110.5), ("110'165", 32, 110.515625),
        ("110'005", 32, 110.015625), ("119-162", 32, 119.5078125), ("119-167", 32, 119.5234375),
        ("117'317", 32, 117.9921875), ("109-08+", 32, 109.265625), ("104'101", 32, 104.31640625), ("450'2", 8, 450.25),
        ("1'32", 64, 1.5), ("0'32", 64, 0.5), ("117'14", 32, 117.4375), ("110'165 B", 32, 110.515625),
        ("110.515625", 32, 110.515625), (110.515625, 32, 110.515625),
    ],
)  # fmt: skip
def test_a_price_in_fractions_is_exact(text: object, denominator: int, expected: float) -> None:
    assert read_number(text, "price", denominator) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("-0'06", -0.1875), ("+0'14", 0.4375), ("-0'01", -0.03125), ("0'00", 0.0),
    ("-1'16+", -1.515625)]
)  # fmt: skip
def test_a_change_in_fractions_has_its_sign(text: str, expected: float) -> None:
    assert read_number(text, "change", 32) == expected


@pytest.mark.parametrize(
    ("text", "denominator"),
    [
        ("110'32", 32), ("110'164", 32), ("110'169", 32), ("110'165+", 32), ("110'1655", 32), ("450'8", 8),
        ("450'02", 8),
        ("450'2+", 8), ("1'64", 64), ("1'032", 64), ("1'16+", 64), ("2026-11-20", 32), ("--0'06", 32), ("'16", 32),
        ("110' 16", 32), ("110''16", 32), ("99999999'16", 32),
    ],
)  # fmt: skip
def test_what_is_no_fraction_is_rejected(text: str, denominator: int) -> None:
    assert isinstance(read_number(text, "price", denominator), Rejected)


@pytest.mark.parametrize("text", ["9-30", "110'16", "1:30", "-0'06"])
def test_a_symbol_that_is_not_quoted_in_fractions_has_none(text: str) -> None:
    """`9-30` would be 9.9375, and may be a time or a date."""
    for kind in ("price", "change"):
        assert read_number(text, kind) == Rejected("fraction of a symbol that is not quoted in fractions")
    assert read_number(text, "volume", 32) == Rejected("fraction")


@given(st.integers(0, 9_999), st.integers(0, 255))
def test_what_the_platform_shows_of_a_price_in_32nds_is_read_back(whole: int, parts: int) -> None:
    """Back from n eighths of a 32nd: the third digit is what is left of its decimals."""
    text = f"{whole}'{parts // 8:02d}{int(1.25 * (parts % 8))}"
    expected = float(whole + Fraction(parts, 256))
    assert read_number(text, "price", 32) == (expected or NONE)


@pytest.mark.parametrize("cell", [None, "", " ", "   ", "\t", "\u00a0"])
def test_a_blank_is_absent_and_not_zero(cell: object) -> None:
    for kind in KINDS:
        assert read_number(cell, kind) == BLANK


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("N/A", "N/A"), ("!N/A", "N/A"), ("n/a", "N/A"), ("NaN", "NaN"), ("-", "-"), ("--", "-"), ("–", "-"),
        ("loading", "loading"), ("Loading", "loading"), ("loading...", "loading"), (" LOADING ", "loading"),
        ("#N/A", "#N/A"), ("#REF!", "#REF!"), ("#name?", "#NAME?"), ("#DIV/0!", "#DIV/0!"),
        ("#GETTING_DATA", "#GETTING_DATA"),
        (-2146826246, "#N/A"), (-2146826281, "#DIV/0!"), (-2146826288, "#NULL!"), (-2146826259, "#NAME?"),
        (-2146826252, "#NUM!"), (-2146826265, "#REF!"), (-2146826273, "#VALUE!"), (-2146826246.0, "#N/A"),
        (-2146826245, "#GETTING_DATA"), (-2146826200, "error of Excel"), (math.nan, "NaN"), (Decimal("NaN"), "NaN"),
    ],
)  # fmt: skip
def test_a_word_or_an_error_of_excel_says_why_there_is_no_number(cell: object, reason: str) -> None:
    for kind in KINDS:
        assert read_number(cell, kind) == Absent(reason)
    assert LOADING.none is False


def test_zero_is_absent_for_prices_and_a_fact_for_volumes_and_changes() -> None:
    for cell in (0, 0.0, -0.0, "0", "0.00", Decimal(0)):
        assert read_number(cell, "price") == NONE
        assert read_number(cell, "size") == NONE
        for kind in ("volume", "change", "percent", "number"):
            assert read_number(cell, kind) == 0.0
    assert read_number("0'00", "price", 32) == NONE
    assert NONE.none


@pytest.mark.parametrize(("cell", "expected"), [("25.3%", 0.253), ("-1.5 %", -0.015), ("0%", 0.0), (0.253, 0.253)])
def test_percent_is_a_share_as_excel_has_it(cell: object, expected: float) -> None:
    assert read_number(cell, "percent") == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("kind", ["price", "change", "size", "volume"])
def test_percent_is_no_price_and_no_volume(kind: Kind) -> None:
    assert read_number("25.3%", kind) == Rejected("percent")


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (True, "true or false"), (False, "true or false"), (datetime(2026, 11, 20), "date or time"),
        (date(2026, 11, 20), "date or time"), (time(9, 30), "date or time"), (timedelta(1), "date or time"),
        ("2026-11-20", "not a number"), ("1_000", "not a number"), ("Infinity", "not a number"),
        ("inf", "not a number"),
        ("1e5", "not a number"), ("1e999999", "not a number"), ("1.234,50", "not a number"), ("12,34", "not a number"),
        ("1,2345", "not a number"), ("1,234,56", "not a number"), ("٣٤", "not a number"), ("1.2.3", "not a number"),
        ("0x10", "not a number"), (".", "not a number"), ("+", "not a number"), ("$", "not a number"),
        ("−5", "not a number"), ("(1.25)", "not a number"), ("1.2M", "not a number"), ("#nothing", "not a number"),
        ("9" * 70, "too long"), (math.inf, "not finite"), (-math.inf, "not finite"), (1e308, "out of range"),
        (-1e308, "out of range"), (10**400, "out of range"), (-(10**400), "out of range"), (1e-12, "out of range"),
        (-5.0, "negative"), ("-5", "negative"), (Decimal("Infinity"), "not finite"), (Decimal("1e999999"),
        "out of range"),
        (Decimal("-1e-999999"), "out of range"), ([], "wrong type"), ({}, "wrong type"), (b"1.0", "wrong type"),
        (object(), "wrong type"), (1j, "wrong type"),
    ],
)  # fmt: skip
def test_what_is_no_price_is_rejected_with_a_reason(cell: object, reason: str) -> None:
    assert read_number(cell, "price") == Rejected(reason)


def test_an_exchange_belongs_to_a_price_only() -> None:
    assert read_number("145.57 B", "volume") == Rejected("not a number")
    assert read_number("145.57 BATS", "price") == Rejected("not a number")
    assert read_number("145.57 b", "price") == Rejected("not a number")


def test_sizes_and_volumes_have_bounds_and_keep_fractions_of_a_share() -> None:
    assert read_number(0.5, "size") == 0.5
    assert read_number("100.0", "volume") == 100.0
    assert read_number(-1.0, "volume") == Rejected("negative")
    assert read_number(1e16, "volume") == Rejected("out of range")
    assert read_number(-12.5, "change") == -12.5
    assert read_number(1e8, "change") == Rejected("out of range")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Apple Inc.", "Apple Inc."), (" NYSE ", "NYSE"), ("a\tb\nc", "a b c"), ("a\u202eb", "a b"), (5.0, "5"),
        (0.1, "0.1"), (7, "7"), (True, "True"), (date(2026, 11, 20), "2026-11-20"), ("loading", LOADING), (" ", BLANK),
        (None, BLANK), ("#N/A", Absent("#N/A")), (-2146826246, Absent("#N/A")), (math.nan, Absent("NaN")),
        (10**400, Rejected("out of range")), ([], Rejected("wrong type")),
    ],
)  # fmt: skip
def test_text_is_one_plain_line(cell: object, expected: object) -> None:
    assert read_text(cell) == expected
    assert len(str(read_text("x" * 10_000))) == 500


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3.0, "3.00"), (2.95, "2.95"), (110.515625, "110.515625"), (1e-6, "0.000001"), (1e16, "10000000000000000.00"),
     (-0.1875, "-0.1875"), (230.1, "230.10"), (0.0, "0.00")],
)  # fmt: skip
def test_numbers_of_a_quote_have_all_their_digits_and_no_exponent(value: float, expected: str) -> None:
    assert text_of(value) == expected


def test_shares_have_decimals_only_where_there_are_parts_of_one() -> None:
    assert [whole_text(value) for value in (123456.0, 0.0, 0.5, 1e15)] == ["123456", "0", "0.50", "1000000000000000"]


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_text_of_a_number_reads_back_as_its_fifteen_digits(value: float) -> None:
    assert float(text_of(value)) == float(f"{value:.15g}")
    assert "e" not in text_of(value)


@given(st.decimals(min_value=-100_000, max_value=100_000, places=6))
def test_a_price_of_a_sheet_is_printed_as_it_stands_there(price: Decimal) -> None:
    text = price_text(float(price))
    assert Decimal(text) == price
    assert len(text.partition(".")[2]) in range(2, 7)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0750000000000028, "1.075"), (650.25 - 648.1, "2.15"), (20_000.35 - 19_876.15, "124.20"), (0.1 + 0.2, "0.30"),
     (708_123.45 - 708_000.1, "123.35"), (-1e-12, "0.00"), (1e-6, "0.000001"), (0.00390625, "0.00390625")],
)  # fmt: skip
def test_what_a_subtraction_leaves_behind_a_price_is_not_printed(value: float, expected: str) -> None:
    assert price_text(value) == expected


ANYTHING: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(), st.binary(), st.datetimes(),
    st.dates(),
    st.times(), st.timedeltas(), st.complex_numbers(), st.lists(st.integers()),
    st.from_regex(r"[-+]?[0-9]*[-':][0-9]{0,4}\+?", fullmatch=True),
    st.from_regex(r"[-+$0-9,._eE% ]{0,12}", fullmatch=True),
)  # fmt: skip


@given(ANYTHING, st.sampled_from(KINDS), st.sampled_from([0, 8, 32, 64, -1, 7]))
def test_no_cell_raises_and_a_number_is_always_one(cell: object, kind: Kind, denominator: int) -> None:
    value = read_number(cell, kind, denominator)
    assert isinstance(value, float | Absent | Rejected)
    if isinstance(value, float):
        assert math.isfinite(value)
        assert kind not in ("price", "size") or value > 0
        assert kind != "volume" or value >= 0
    assert isinstance(read_text(cell), str | Absent | Rejected)
