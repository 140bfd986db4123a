"""What the ticket says of an order."""

from __future__ import annotations

import pytest

from live_monitor.data.models.orders import Fees, OrderState, Refusal
from live_monitor.engine.paper.preview import Preview
from live_monitor.engine.paper.risk_words import Measured, RiskLine
from live_monitor.ui.ticket_words import became, beside_limit, place_words, preview_figures, short_reason, sized_words
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
    assert became(made, pending=False, why="waits")[:2] == (words, role)
    assert "being kept" in became(made, pending=True, why="").text


def refused(code: str, text: str, *lines: RiskLine, cost: str | None = None) -> Preview:
    """A preview of an order that is refused."""
    return Preview(
        None, (), D(100), "ask", None if cost is None else D(cost), Fees(), D(5_000), None, lines, Refusal(code, text)
    )


@pytest.mark.parametrize(
    ("would_be", "limit", "fits", "shown"),
    [
        ("25.62 %", "10.00 %", 39, "Position size 25.62 %, allowed 10.00 %."),
        ("12.10 %", "at least 20.00 %", 0, "Position size 12.10 %, needs at least 20.00 %. Not one share fits."),
    ],
)
def test_limit_that_refuses_is_said_in_a_line(would_be: str, limit: str, fits: int, shown: str) -> None:
    line = RiskLine(
        "Position size", "–", would_be, limit, False, Measured("max_position", D(0), D(1), D(1), False, D(9), fits)
    )
    assert short_reason("BUY 100 AAPL would make…", refused("max_position", "BUY…", line)) == shown


def test_short_words_for_a_missing_price_and_for_missing_cash() -> None:
    long = "Cannot fill market order: no live market price available: the quote is 5.1 s old."
    assert short_reason(long, refused("stale", long)) == "No live price: the quote is 5.1 s old."
    cash = refused("insufficient_cash", "Not enough cash: …", cost="18250")
    assert short_reason("Not enough cash: …", cash) == "Not enough cash: costs 18,250.00, free 5,000.00."
    assert short_reason("Type a price.", None) == "Type a price."
    assert short_reason("Halted.", refused("halted", "Halted.")) == "Halted."
