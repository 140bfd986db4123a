"""Names of the lengths of bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.timeframe import BASES, DAY, MINUTE, MONTH, SECOND, WEEK, Timeframe


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1s", "1s"), ("5s", "5s"), ("60s", "1m"), ("90s", "90s"), ("7m", "7m"), ("60m", "1h"), ("90m", "90m"),
        (" 4h ", "4h"), ("3600s", "1h"), ("86399s", "86399s"), ("1D", "1D"), ("1W", "1W"), ("1M", "1M"),
    ],
)  # fmt: skip
def test_a_name_is_read_and_written_in_its_shortest_form(text: str, name: str) -> None:
    assert Timeframe.parse(text).name == str(Timeframe.parse(text)) == name


@pytest.mark.parametrize(
    "text", ["", "m", "0m", "05m", "-5m", "1.5h", "5 m", "1d", "1w", "1S", "1H", "5m5", "1min", "٣m", "100000s", "1y"]
)
def test_what_is_no_name_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="no length of bars: write 1s, 5s, 7m"):
        Timeframe.parse(text)


@pytest.mark.parametrize("text", ["2D", "2W", "12M"])
def test_days_weeks_and_months_come_one_to_a_bar(text: str) -> None:
    with pytest.raises(ValueError, match="one to a bar"):
        Timeframe.parse(text)


@pytest.mark.parametrize("text", ["24h", "1440m", "86400s", "99999m"])
def test_what_does_not_fit_into_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 1D"):
        Timeframe.parse(text)


def test_a_long_text_is_not_repeated_in_full() -> None:
    with pytest.raises(ValueError, match=r"'x{16}' is no length") as refused:
        Timeframe.parse("x" * 10_000)
    assert len(str(refused.value)) < 120


@given(st.integers(1, 86_399))
def test_equal_lengths_are_equal_and_names_read_back(seconds: int) -> None:
    timeframe = Timeframe.parse(f"{seconds}s")
    assert timeframe.nominal_ms == seconds * 1_000
    assert Timeframe.parse(timeframe.name) == timeframe
    assert hash(Timeframe.parse(timeframe.name)) == hash(timeframe)
    assert not timeframe.by_calendar


@pytest.mark.parametrize(
    ("text", "base"),
    [("1s", SECOND), ("5s", SECOND), ("90s", SECOND), ("60s", MINUTE), ("7m", MINUTE), ("4h", MINUTE),
     ("1D", DAY), ("1W", DAY), ("1M", DAY)],
)  # fmt: skip
def test_every_length_is_made_of_the_longest_base_that_fits(text: str, base: Timeframe) -> None:
    timeframe = Timeframe.parse(text)
    assert timeframe.base == base
    assert base in BASES
    assert base.base == base


def test_lengths_are_ordered_from_seconds_to_months() -> None:
    ordered = [SECOND, Timeframe.parse("90s"), Timeframe.parse("7m"), Timeframe.parse("23h"), DAY, WEEK, MONTH]
    assert sorted([*ordered[4:], *ordered[:4]]) == ordered
    assert SECOND < MINUTE <= MINUTE < DAY
    assert MONTH > WEEK >= WEEK
