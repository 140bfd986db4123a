"""What the read-out says."""

from __future__ import annotations

import math

import pytest

from live_monitor.engine.market.bar_series import BarSource, Proof
from live_monitor.ui.charts.reading import read_bar, timeframe_name
from live_monitor.ui.number_format import DASH
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, bar, series_of


def texts(index: int, *bars: object) -> dict[str, str]:
    return {part.key: part.text for part in read_bar(series_of(bars), index).parts}  # type: ignore[arg-type] # bars


def notes(index: int, *bars: object, gap: str = "") -> dict[str, str]:
    return {part.key: part.text for part in read_bar(series_of(bars), index, gap).notes}  # type: ignore[arg-type] # bars


def test_the_change_is_that_against_the_close_before() -> None:
    said = texts(1, bar(0, 100, 101, 99, 100), bar(1, 100.5, 102, 100, 101, 12_345.0))
    assert said["change"] == "+1.00%"
    assert said["C"] == "101.00"
    assert said["V"] == "12,345"
    assert said["time"] == "10:01"


def test_the_first_bar_changes_against_its_own_open() -> None:
    assert texts(0, bar(0, 100, 101, 99, 99))["change"] == "−1.00%"


def test_hundredths_of_a_cent_are_apart_from_the_cents() -> None:
    parts = {part.key: part for part in read_bar(series_of([bar(0, 100.125, 101, 99, 100)]), 0).parts}
    assert (parts["O"].text, parts["O"].tail) == ("100.12", "50")
    assert (parts["C"].text, parts["C"].tail) == ("100.00", "")


def test_prices_below_a_dollar_have_four_decimals() -> None:
    assert texts(0, bar(0, 0.0523, 0.06, 0.05, 0.0525))["O"] == "0.0523"


def test_absent_figures_are_a_dash_and_are_not_spoken() -> None:
    series = series_of([bar(0, 100, 101, 99, 100)._replace(vwap=math.nan)])
    reading = read_bar(series, 0)
    assert reading.parts[-1].text == "–"
    assert "VWAP" not in reading.spoken()


def test_a_bar_of_another_day_says_so() -> None:
    said = texts(0, bar(0, 1, 1, 1, 1), bar(24 * 60, 1, 1, 1, 1))
    assert said["time"] == "Mon 1 Mar 10:00"


def test_a_revised_bar_says_so() -> None:
    assert notes(0, bar(0, 1, 1, 1, 1)._replace(revised=True))["revised"] == "revised"
    assert "revised" not in notes(0, bar(0, 1, 1, 1, 1))


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (Proof.NONE, "not compared"),
        (Proof.AGREES, "checked: equals the provider’s bar"),
        (Proof.LATE_PRINT, "differs: a late print"),
        (Proof.CONDITION_RULE, "differs: other condition rules"),
        (Proof.MISSING_TRADES, "differs: missing trades"),
    ],
)
def test_a_bar_says_what_its_comparison_found(proof: Proof, words: str) -> None:
    assert notes(0, bar(0, 1, 1, 1, 1)._replace(proof=proof))["proof"] == words


@pytest.mark.parametrize("source", BarSource)
def test_a_bar_says_where_it_comes_from_and_how_many_trades_made_it(source: BarSource) -> None:
    said = notes(0, bar(0, 1, 1, 1, 1)._replace(source=source, trades=1_234))
    assert (said["source"], said["trades"]) == (source.name.lower(), "1,234")
    assert notes(0, bar(0, 1, 1, 1, 1)._replace(trades=-1))["trades"] == "–"


def test_prints_that_were_missed_are_told_and_spoken() -> None:
    reading = read_bar(series_of([bar(0, 1, 1, 1, 1)]), 0, "10:00:05–10:00:09 connection lost")
    assert reading.notes[-1].text == "10:00:05–10:00:09 connection lost"
    assert "prints missed 10:00:05–10:00:09 connection lost" in reading.spoken()


def test_a_bar_of_another_year_says_so() -> None:
    said = texts(0, bar(0, 1, 1, 1, 1), bar(400 * 24 * 60, 1, 1, 1, 1))
    assert said["time"] == "Mon 1 Mar 2021 10:00"


def test_a_bar_without_numbers_is_read_without_an_exception() -> None:
    said = texts(0, bar(0, math.nan, math.inf, -math.inf, math.nan, math.nan))
    assert said["C"] == said["change"] == said["V"] == "–"


def test_spoken_words_name_the_figures() -> None:
    said = read_bar(series_of([bar(0, 100, 101, 99, 100)]), 0).spoken()
    assert said.startswith("AAPL, 1m bar: 10:00, open 100.00, high 101.00, low 99.00, close 100.00")
    assert TEN_O_CLOCK % MINUTE == 0


@pytest.mark.parametrize(
    ("ms", "name"),
    [
        (1_000, "1s"),
        (15_000, "15s"),
        (MINUTE, "1m"),
        (3_600_000, "1h"),
        (86_400_000, "1D"),
        (7 * 86_400_000, "1W"),
        (30 * 86_400_000, "1M"),
        (7 * MINUTE, "7m"),
    ],
)
def test_timeframes_are_named_as_traders_do(ms: int, name: str) -> None:
    assert timeframe_name(ms) == name


@pytest.mark.parametrize("before", [-37.0, 0.0, math.inf, math.nan])
def test_of_a_price_that_is_not_above_zero_no_percentage_is_told(before: float) -> None:
    series = series_of([bar(0, before, before, before, before), bar(1, 10.0, 11.0, 9.0, 10.0)])
    change = next(part for part in read_bar(series, 1).parts if part.key == "change")
    assert (change.text, change.role) == (DASH, "muted")


def test_a_bar_that_closes_at_its_open_is_told_as_rising() -> None:
    series = series_of([bar(0, 10.0, 11.0, 9.0, 10.0)])
    close = next(part for part in read_bar(series, 0).parts if part.key == "C")
    assert close.role == "up"
