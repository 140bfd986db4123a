"""Marks of auctions, of every source that has some."""

from __future__ import annotations

import pytest

from live_monitor.data.models.market_data import Conditions
from live_monitor.engine.paper.auctions import Mark, mark_of, missed
from tests.engine.paper.entries_of import D, account, order

OPEN, CLOSE = Mark("open", official=False), Mark("close", official=False)
OFFICIAL_OPEN, OFFICIAL_CLOSE = Mark("open", official=True), Mark("close", official=True)


@pytest.mark.parametrize(
    ("conditions", "mark"),
    [
        ((), None),
        ((17,), OPEN),
        ((25, 41), OPEN),
        ((14, 25), OPEN),
        (("17",), OPEN),
        ((8,), CLOSE),
        ((19, 41), CLOSE),
        ((16,), OFFICIAL_OPEN),
        ((15,), OFFICIAL_CLOSE),
        ((18,), None),
        ((28,), None),
        ((9,), None),
        ((37,), None),
        ((38,), None),
        (("40",), OPEN),
        (("1", "80"), CLOSE),
        (("4000000",), OFFICIAL_OPEN),
        (("1000000",), OFFICIAL_CLOSE),
        (("100",), None),
        (("C", "40"), CLOSE),
        (("C", "40", "42"), CLOSE),
        (("O", "39"), OFFICIAL_OPEN),
        (("O", "2E"), OFFICIAL_CLOSE),
        (("C", "17"), None),
        (("E", "17", "3D"), None),
        (("O", "87"), None),
    ],
)
def test_a_print_is_known_by_its_conditions(conditions: Conditions, mark: Mark | None) -> None:
    assert mark_of(conditions) == mark


def test_why_an_auction_left_shares_is_told() -> None:
    unfilled = order(account(), "SELL", 100, "10.50", time_in_force="CLS")
    assert missed(unfilled, None).text == "No print of the closing auction came; the source may not mark them."
    assert missed(unfilled, D("10.49")).text == "The closing auction was at 10.49; the limit was 10.50."
    assert missed(unfilled, D("10.50")).text == "The closing auction printed too few shares: 100 are left."
    unfilled.filled = D(60)
    assert missed(unfilled, None).text == "The closing auction left 40 shares unfilled."
