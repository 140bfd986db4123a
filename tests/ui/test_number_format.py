"""Figures as text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui import number_format as nf

NAN = math.nan


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (187.42, "187.42"),
        (187.5, "187.50"),
        (612345.5, "612,345.50"),
        (150.255, "150.2550"),
        (187.4201, "187.4201"),
        (0.4321, "0.4321"),
        (0.5, "0.5000"),
        (0.0, "0.00"),
        (-0.001, "−0.0010"),
        (NAN, "–"),
        (math.inf, "–"),
    ],
)
def test_price_has_two_decimals_or_four_when_the_print_needs_them(price: float, text: str) -> None:
    assert nf.format_price(price) == text


@given(st.integers(min_value=100, max_value=999_999_99))
def test_whole_cents_never_get_more_than_two_decimals(cents: int) -> None:
    text = nf.format_price(cents / 100)
    assert text.replace(",", "") == f"{cents // 100}.{cents % 100:02d}"


@pytest.mark.parametrize(
    ("size", "text"), [(100.0, "100"), (12_500.0, "12,500"), (0.25, "0.25"), (1.0001, "1.0001"), (NAN, "–"), (0.0, "0")]
)
def test_size_is_whole_shares_unless_fractional(size: float, text: str) -> None:
    assert nf.format_size(size) == text


@pytest.mark.parametrize(
    ("change", "text"), [(1.234, "+1.23"), (-0.4, "−0.40"), (0.0, "0.00"), (-0.001, "0.00"), (NAN, "–")]
)
def test_change_carries_its_sign_and_zero_none(change: float, text: str) -> None:
    assert nf.format_change(change) == text


def test_percent_is_signed() -> None:
    assert nf.format_percent(0.831) == "+0.83%"
    assert nf.format_percent(-12.0) == "−12.00%"
    assert nf.format_percent(NAN) == "–"


@pytest.mark.parametrize(
    ("count", "text"), [(950, "950"), (12_345, "12.3K"), (4_560_000, "4.56M"), (1.2e9, "1.20B"), (NAN, "–")]
)
def test_compact_counts(count: float, text: str) -> None:
    assert nf.format_compact(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (12.9, "12 s"), (61, "1 min"), (7_300, "2 h"), (200_000, "2 d"), (-3, "0 s")]
)
def test_age_is_rounded_down(seconds: float, text: str) -> None:
    assert nf.format_age(seconds) == text


@pytest.mark.parametrize(("ms", "text"), [(0.72, "0.7 ms"), (17.4, "17 ms"), (1_240, "1.2 s"), (NAN, "–")])
def test_latency(ms: float, text: str) -> None:
    assert nf.format_milliseconds(ms) == text


@given(st.floats())
def test_every_figure_can_be_written(number: float) -> None:
    for write in (nf.format_price, nf.format_size, nf.format_change, nf.format_percent, nf.format_compact):
        text = write(number)
        assert text
        assert "nan" not in text
        assert "inf" not in text


def test_arrow_goes_with_the_direction() -> None:
    assert [nf.arrow(nf.direction(change)) for change in (0.5, -0.5, 0.0, NAN)] == ["▲", "▼", "", ""]
