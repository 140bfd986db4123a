"""Other terms for orders that work: what they lose by it, and no way around what was judged when they were placed."""

from __future__ import annotations

from typing import Any

import pytest

from live_monitor.data.models.orders import AccountSettings, Bracket, Order, RiskLimits
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import Acme, D

SPACIOUS = RiskLimits(max_position=None, min_cash_reserve=None, max_portfolio_risk=D("0.02"))


def replace(trader: Acme, ms: int, order_id: str, **terms: Any) -> Order:
    return trader.engine.replace(order_id, trader.now(ms), **terms)


def refused(trader: Acme, ms: int, order_id: str, **terms: Any) -> str:
    trader.taken()
    with pytest.raises(InvalidPaperOrder) as problem:
        replace(trader, ms, order_id, **terms)
    assert trader.kinds() == []
    return problem.value.reason


def queued(**settings: Any) -> Acme:
    """An order for 100 shares at the bid, behind 500 others of which 200 have traded."""
    trader = Acme(fill_model="queue", **settings)
    trader.place(1, "BUY", 100, "LMT", limit="99.99")
    trader.time(30)
    trader.print(40, 99.99, 200)
    assert trader.why(trader.order("O1")).endswith("300 ahead")
    return trader


@pytest.mark.parametrize("latency", [0, 10])
def test_fewer_shares_keep_the_place_in_the_queue(latency: int) -> None:
    trader = queued(latency_ms=latency)
    replace(trader, 50, "O1", quantity=60)
    trader.time(80)
    assert trader.why(trader.order("O1")).endswith("300 ahead")
    trader.print(90, 99.99, 340)
    assert trader.fills() == [("O1", 40, "99.99")]


@pytest.mark.parametrize("latency", [0, 10])
def test_more_shares_stand_behind_all_that_is_displayed(latency: int) -> None:
    trader = queued(latency_ms=latency)
    replace(trader, 50, "O1", quantity=101)
    trader.time(80)
    assert trader.why(trader.order("O1")).endswith("500 ahead")
    trader.print(90, 99.99, 510)
    assert trader.fills() == [("O1", 10, "99.99")]


def test_another_price_and_back_loses_the_place() -> None:
    trader = queued()
    replace(trader, 50, "O1", limit_price="99.98")
    assert "known once the quote displays its price" in trader.why(trader.order("O1"))
    replace(trader, 60, "O1", limit_price="99.99")
    assert trader.why(trader.order("O1")).endswith("500 ahead")


def test_more_shares_where_the_quote_shows_another_price_have_no_known_place() -> None:
    trader = queued()
    trader.quote(45, 100.0, 100.01)
    replace(trader, 50, "O1", quantity=101)
    assert "known once the quote displays its price" in trader.why(trader.order("O1"))


def bracketed(**settings: Any) -> Acme:
    """An entry at 99 (O1) with its target at 101 (O2) and its stop at 98 (O3)."""
    trader = Acme(**settings)
    trader.place(1, "BUY", 100, "LMT", limit=99, bracket=Bracket(target_price=101, stop_price=98))
    return trader


@pytest.mark.parametrize(
    ("order_id", "terms"),
    [
        ("O1", {"limit_price": 98}),
        ("O1", {"limit_price": 101}),
        ("O2", {"limit_price": 99}),
        ("O3", {"stop_price": 99}),
    ],
)
def test_the_parts_of_a_bracket_do_not_pass_one_another(order_id: str, terms: dict[str, Any]) -> None:
    assert refused(bracketed(), 2, order_id, **terms) == "bracket_side"


def test_the_parts_of_a_bracket_move_between_one_another() -> None:
    trader = bracketed()
    replace(trader, 2, "O1", limit_price="98.01")
    replace(trader, 3, "O3", stop_price="98.00")
    replace(trader, 4, "O2", limit_price="98.02")
    trader.quote(5, 98.0, 98.01)
    trader.quote(6, 98.02, 98.03)
    assert trader.fills() == [("O1", 100, "98.01"), ("O2", 100, "98.02")]


def test_an_armed_target_passes_its_entry_that_is_over() -> None:
    trader = bracketed()
    trader.quote(2, 98.5, 99)
    replace(trader, 3, "O2", limit_price="98.60")
    trader.quote(4, 98.6, 98.7)
    assert trader.fills()[-1] == ("O2", 100, "98.60")


def test_the_stop_of_an_entry_that_works_moves_no_farther_than_the_risk_that_is_allowed() -> None:
    trader = Acme(risk=SPACIOUS)
    trader.place(1, "BUY", 1_000, "LMT", limit=99, bracket=Bracket(stop_price=98))
    assert refused(trader, 2, "O2", stop_price="96.99") == "portfolio_risk"
    replace(trader, 3, "O2", stop_price="97.00")


def test_a_stop_comes_nearer_although_it_risks_more_than_is_allowed_now() -> None:
    trader = Acme(risk=SPACIOUS)
    trader.place(1, "BUY", 1_000, "LMT", limit=99, bracket=Bracket(stop_price=97))
    tight = RiskLimits(max_position=None, min_cash_reserve=None, max_portfolio_risk=D("0.01"))
    trader.engine.change(trader.now(2), settings=AccountSettings(risk=tight))
    assert replace(trader, 3, "O2", stop_price="97.50").stop_price == D("97.50")


def test_an_entry_is_replaced_with_the_risk_to_its_stop() -> None:
    trader = Acme(risk=SPACIOUS)
    trader.place(1, "BUY", 1_000, "LMT", limit=99, bracket=Bracket(stop_price=98))
    assert refused(trader, 2, "O1", quantity=2_001) == "portfolio_risk"
    assert refused(trader, 3, "O1", limit_price="100.01") == "portfolio_risk"
    assert replace(trader, 4, "O1", limit_price="99.90").limit_price == D("99.90")


def armed() -> Acme:
    """100 shares with their target at 101 (O2) and their stop at 99 (O3)."""
    trader = Acme()
    trader.place(1, "BUY", 100, bracket=Bracket(target_price=101, stop_price=99))
    return trader


def test_a_smaller_target_leaves_the_stop_what_it_does_not_sell() -> None:
    trader = armed()
    trader.engine.replace("O2", trader.now(10), quantity=60)
    trader.quote(20, 101.0, 101.02)
    assert trader.fills()[1:] == [("O2", 60, "101.00")]
    stop = trader.order("O3")
    assert (stop.state, stop.quantity, trader.state.quantity("ACME")) == ("accepted", D(40), D(40))


def test_of_two_exits_the_larger_holds_shares() -> None:
    trader = armed()
    trader.engine.replace("O2", trader.now(10), quantity=60)
    assert trader.state.selling == {"ACME": D(100)}
    with pytest.raises(InvalidPaperOrder, match="of 100 held, 100 are in open sell orders"):
        trader.place(11, "SELL", 1, "LMT", limit=105)
    trader.engine.replace("O3", trader.now(12), quantity=50)
    assert trader.state.selling == {"ACME": D(60)}
    trader.place(13, "SELL", 40, "LMT", limit=105)
    assert trader.state.selling == {"ACME": D(100)}


@pytest.mark.parametrize("latency", [0, 5])
def test_other_terms_take_no_touched_stop_back_to_the_quote_before_the_gap(latency: int) -> None:
    trader = Acme(latency_ms=latency)
    trader.place(0, "BUY", 100)
    trader.time(50)
    stop = trader.place(60, "SELL", 100, "STP", stop=99)
    trader.time(70)
    trader.print(80, 98.0)
    replace(trader, 90, stop.order_id, quantity=50)
    trader.time(100)
    trader.quote(110, 97.0, 97.1)
    assert trader.fills()[-1] == (stop.order_id, 50, "97.00")
    assert len(trader.fills()) == 2
