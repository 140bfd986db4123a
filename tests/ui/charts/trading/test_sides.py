"""Which order a price means."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.paper.market_view import MarketView
from live_monitor.ui.charts.trading.sides import entry_type, intent_at, market_price, tradable
from live_monitor.ui.charts.trading.values import Intent


def seen(bid: float = math.nan, ask: float = math.nan, last: float = math.nan) -> MarketView:
    view = MarketView("AAPL")
    view.bid, view.ask, view.last = bid, ask, last
    return view


@pytest.mark.parametrize(
    ("price", "stop", "side", "kind"),
    [
        (99.0, False, "BUY", "LMT"),
        (101.0, False, "SELL", "LMT"),
        (99.0, True, "SELL", "STP"),
        (101.0, True, "BUY", "STP"),
    ],
)
def test_the_side_of_the_market_says_what_a_click_places(price: float, stop: bool, side: str, kind: str) -> None:
    assert intent_at(price, 100.0, stop=stop) == Intent(side, kind, Decimal(f"{price:.2f}"))  # type: ignore[arg-type]  # as parametrized


@given(st.floats(1, 1000), st.floats(1, 1000), st.booleans())
def test_no_click_can_cross_the_market(price: float, market: float, stop: bool) -> None:
    """A limit never takes liquidity by mistake, and a stop is never triggered by the price that stands."""
    intent = intent_at(price, market, stop=stop)
    assert intent is not None
    far = float(intent.price)
    if (intent.side == "BUY") is (intent.order_type == "LMT"):
        assert far <= market
    else:
        assert far > market


def test_without_a_price_of_the_market_a_place_means_nothing() -> None:
    assert intent_at(99.0, math.nan, stop=False) is None
    assert intent_at(-1.0, 100.0, stop=False) is None
    assert intent_at(math.inf, 100.0, stop=True) is None


@pytest.mark.parametrize(
    ("view", "price"),
    [
        (seen(99.0, 101.0, 50.0), 100.0),
        (seen(last=98.5), 98.5),
        (seen(bid=99.0, last=98.5), 98.5),
        (seen(101.0, 99.0, 98.5), 98.5),
        (seen(0.0, 99.0), math.nan),
        (seen(), math.nan),
        (seen(last=0.0), math.nan),
        (None, math.nan),
    ],
)
def test_the_market_is_the_middle_of_a_sound_quote_else_the_last_price(view: MarketView | None, price: float) -> None:
    assert market_price(view) == pytest.approx(price, nan_ok=True)


@pytest.mark.parametrize(
    ("pixel", "price"),
    [(187.4187, "187.42"), (0.12345678, "0.1235"), (0.99999, "1.0000"), (1.0, "1.00"), (12_345.678, "12345.68")],
)
def test_a_pixel_means_a_price_that_an_order_may_have(pixel: float, price: str) -> None:
    assert str(tradable(pixel)) == price


@pytest.mark.parametrize("nothing", [math.nan, math.inf, 0.0, -3.0, 0.00001])
def test_what_is_no_price_is_none(nothing: float) -> None:
    assert tradable(nothing) is None


def test_an_entry_is_a_limit_on_the_near_side_and_a_stop_beyond() -> None:
    assert entry_type("BUY", Decimal(99), 100.0) == "LMT"
    assert entry_type("BUY", Decimal(101), 100.0) == "STP"
    assert entry_type("SELL", Decimal(101), 100.0) == "LMT"
    assert entry_type("SELL", Decimal(99), 100.0) == "STP"
    assert entry_type("SELL", Decimal(99), math.nan) == "LMT"
