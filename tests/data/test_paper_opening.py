"""The first entries of a paper account; what a desk does with them stands in test_paper_desk*.py."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.data.models.orders import AccountSettings
from live_monitor.data.paper_opening import name_of, opening


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("REPLAY 2021-03-01", "REPLAY 2021-03-01"),
        ("\x07bell\nand \u202ebidi ", "belland bidi"),
        ("A" * 300, "A" * 60),
        ("", "Paper account"),
        ("\x00 ", "Paper account"),
    ],
)
def test_a_first_account_is_called_as_its_market_is_painted_where_that_may_be_a_name(label: str, name: str) -> None:
    assert name_of(label) == name
    state, (opened,) = opening("m.1", 1, "m", name_of(label), Decimal(1_000), AccountSettings(), None)
    assert (state.name, state.cash, opened.account, opened.at_ms) == (name, Decimal(1_000), "m.1", 1)
