"""What the ticket says of an order."""

from __future__ import annotations

import pytest

from live_monitor.data.models.orders import Fees, OrderState
from live_monitor.engine.paper.preview import Preview
from live_monitor.ui.ticket_words import became, beside_limit, place_words, preview_figures, sized_words
from tests.ui.fake_paper import D, order, risk_line


@pytest.mark.parametrize(
    ("would_be", "limit", "shown"),
    [
        ("9.37 %", "10.00 %", "9.37 % of 10.00 %"),
        ("43.78 %", "at least 20.00 %", "43.78 %"),
        ("no stop", "2.00 %", "no stop"),
        ("–", "3", "0.00 % of 3"),
    ],
)
def test_limit_stands_beside_what_the_order_makes_of_it(would_be: str, limit: str, shown: str) -> None:
    assert beside_limit(risk_line("Limit", would_be, limit)) == shown


def test_sale_brings_what_a_purchase_costs() -> None:
    preview = Preview(None, (), D("100"), "bid", D(-10_000), Fees(), D(1), D(2), (), None)
    assert preview_figures("SELL", D(100), preview)[1][:2] == ("Proceeds", "10,000.00")
    assert [figure.value for figure in preview_figures("BUY", None, None)] == ["–"] * 4


def test_button_says_what_it_places() -> None:
    assert place_words("BUY", D(1_500), "AAPL") == "▲ Buy 1,500 AAPL"
    assert place_words("SELL", None, "") == "▼ Sell"
    assert sized_words(None, None) == "= no number of shares yet"
    assert sized_words(D(53), D("187.4")) == "= 53 shares at 187.40"


@pytest.mark.parametrize(
    ("state", "words", "role"),
    [
        ("accepted", "Working: Buy 100 AAPL, limit 187.40. Waits", "accent"),
        ("partially_filled", "Working: Buy 100 AAPL, limit 187.40, 40 filled. Waits", "accent"),
        ("filled", "Filled: Buy 40 AAPL at 187.40", "muted"),
        ("canceled", "Buy 100 AAPL, limit 187.40: By you.", "muted"),
        ("expired", "Buy 100 AAPL, limit 187.40: By you.", "warning"),
        ("rejected", "Refused: By you.", "warning"),
    ],
)
def test_what_became_of_an_order(state: OrderState, words: str, role: str) -> None:
    made = order(1, state, text="By you.")
    if state in {"partially_filled", "filled"}:
        made.filled, made.value = D(40), D("7496")
    assert became(made, pending=False, why="Waits") == (words, role)
    assert "being kept" in became(made, pending=True, why="").text
