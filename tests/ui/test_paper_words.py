"""Money and orders in words."""

from __future__ import annotations

from typing import Any

import pytest

from live_monitor.ui.paper_words import (
    gain,
    gain_role,
    money,
    order_line,
    plain,
    price,
    shares,
    signed_money,
    state_text,
    terms,
    trail,
)
from tests.ui.fake_paper import D, order


@pytest.mark.parametrize(
    ("amount", "shown", "signed", "role"),
    [
        ("1234.5", "1,234.50", "+1,234.50", "up"),
        ("-0.005", "−0.01", "−0.01", "down"),
        ("0.004", "0.00", "0.00", "text"),
        ("-0.001", "0.00", "0.00", "text"),
        ("0", "0.00", "0.00", "text"),
    ],
)
def test_money_is_rounded_half_up_and_nothing_has_no_sign(amount: str, shown: str, signed: str, role: str) -> None:
    assert (money(D(amount)), signed_money(D(amount)), gain_role(D(amount))) == (shown, signed, role)


def test_absent_is_a_dash() -> None:
    assert {money(None), signed_money(None), gain(None), price(None), shares(None)} == {"–"}
    assert gain_role(None) == "muted"


def test_gain_carries_an_arrow() -> None:
    assert (gain(D(5)), gain(D(-5)), gain(D(0))) == ("▲ +5.00", "▼ −5.00", "0.00")


def test_amount_beyond_the_context_stays_readable() -> None:
    assert money(D("1e40")).startswith("1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order_type": "MKT", "limit_price": None}, "Market"),
        ({}, "Limit 187.40"),
        ({"limit_price": D("0.1234")}, "Limit 0.1234"),
        ({"order_type": "STP", "stop_price": D(180)}, "Stop 180.00"),
        ({"order_type": "STP_LMT", "stop_price": D(180)}, "Stop 180.00, limit 187.40"),
        ({"order_type": "TRAIL", "trail_amount": D("0.5")}, "Trail 0.50"),
        ({"order_type": "TRAIL", "trail_percent": D("1.50")}, "Trail 1.5 %"),
    ],
)
def test_order_is_said_with_its_prices(changes: dict[str, Any], words: str) -> None:
    assert terms(order(**changes)) == words


def test_order_in_a_line() -> None:
    assert order_line(order(side="SELL")) == "Sell 100 AAPL, limit 187.40"
    assert trail(None, None) == "–"


def test_state_says_how_much_is_filled() -> None:
    assert state_text(order(1, "partially_filled", filled=D(40))) == "Part filled 40"
    assert state_text(order(1, "canceled", filled=D(40))) == "Canceled 40"
    assert state_text(order(1, "filled", filled=D(100))) == "Filled"


def test_typed_numbers_have_no_exponent() -> None:
    assert [plain(D(text)) for text in ("1E+3", "0.10", "5.0", "0.0001")] == ["1000", "0.10", "5", "0.0001"]
