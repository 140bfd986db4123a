"""What the ticker panel says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.ticker_figures import Figures, compose
from live_monitor.ui.trust import Trust
from tests.ui.fake_hub import NAN, TEN, FakeState

PRICE = st.one_of(st.just(NAN), st.floats(min_value=0.0001, max_value=1_000_000))


def figures(state: FakeState | None) -> Figures:
    """`state` as shown, live and simulated."""
    return compose(state, "AAPL", "SIMULATED", Trust.LIVE, "", lambda ms: "10:31:07")


def test_plain_day() -> None:
    shown = figures(FakeState())
    assert (shown.last, shown.last_tail) == ("187.42", "")
    assert (shown.change, shown.percent, shown.way) == ("+1.23", "+0.66%", 1)
    assert shown.bid.value == "187.41 × 300"
    assert shown.ask.value == "187.43 × 1,200"
    assert shown.spread.value == "0.02"
    assert shown.mid.value == "187.420"
    assert shown.volume.value == "12,345,678"
    assert shown.day.low == "185.90"
    assert 0 < shown.day.marker < 1


@pytest.mark.parametrize(
    ("last", "change", "text"),
    [(264.73, 0.16, "+0.16"), (264.7325, 0.0025, "0.00"), (264.73, -1.12, "−1.12"), (0.4321, -0.0125, "−0.0125")],
)
def test_decimals_of_the_change_are_those_of_the_price(last: float, change: float, text: str) -> None:
    shown = figures(FakeState(last=last, change=change))
    assert shown.change == text
    assert shown.way == {"+": 1, "−": -1}.get(text[0], 0)


def test_nothing_is_invented_before_the_first_print() -> None:
    shown = figures(FakeState(last=NAN, bid=NAN, ask=NAN, change=NAN, change_percent=NAN, day_high=NAN, day_low=NAN))
    assert shown.last == shown.change == shown.percent == shown.bid.value == shown.ask.value == "–"
    assert shown.spread.value == shown.mid.value == shown.day.low == "–"
    assert math.isnan(shown.day.marker)


def test_unknown_symbol_is_all_dashes() -> None:
    shown = figures(None)
    assert {shown.last, shown.bid.value, shown.volume.value, shown.vwap.value, shown.day.high} == {"–"}


@pytest.mark.parametrize(
    ("bid", "ask", "caption"),
    [
        (187.45, 187.43, "Spread · crossed"),
        (187.43, 187.43, "Spread · locked"),
        (NAN, 187.43, "Spread · one-sided"),
        (187.41, NAN, "Spread · one-sided"),
        (NAN, NAN, "Spread"),
    ],
)
def test_odd_quote_has_no_spread_and_no_mid(bid: float, ask: float, caption: str) -> None:
    """Faults M10: 0 negative spreads shown."""
    shown = figures(FakeState(bid=bid, ask=ask))
    assert (shown.spread.caption, shown.spread.value, shown.mid.value) == (caption, "–", "–")


def test_zero_size_is_shown_but_makes_no_spread() -> None:
    shown = figures(FakeState(bid_size=0.0))
    assert shown.bid.value == "187.41 × 0"
    assert (shown.spread.value, shown.mid.value) == ("–", "–")


@given(PRICE, PRICE)
def test_no_quote_shows_a_negative_spread(bid: float, ask: float) -> None:
    text = figures(FakeState(bid=bid, ask=ask)).spread.value
    assert text == "–" or float(text.replace(",", "")) >= 0


def test_quote_without_sizes_shows_its_prices() -> None:
    assert figures(FakeState(bid_size=NAN)).bid.value == "187.41"


def test_hundredths_of_a_cent_stand_apart() -> None:
    shown = figures(FakeState(last=187.4275))
    assert (shown.last, shown.last_tail) == ("187.42", "75")


def test_part_of_a_day_says_since_when() -> None:
    shown = figures(FakeState(partial_since_ms=TEN, volume_known=False))
    assert shown.volume.value == "≥ 12,345,678"
    assert shown.volume.caption == "Volume since 10:31"
    assert shown.vwap.value == "≈ 187.02"
    assert shown.day.caption == "Range since 10:31"
    assert shown.volume.estimated
    assert shown.day.estimated


def test_volume_that_misses_prints_is_a_lower_bound_again() -> None:
    shown = figures(FakeState(volume_known=False))
    assert shown.volume.value == "≥ 12,345,678"
    assert shown.day.caption == "Day range"
    assert not shown.day.estimated


def test_screen_reader_hears_price_and_trust() -> None:
    spoken = figures(FakeState()).spoken()
    assert "AAPL" in spoken
    assert "187.42" in spoken
    assert "SIMULATED" in spoken
    assert "live" in spoken
