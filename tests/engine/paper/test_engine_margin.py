"""Orders of a margin account, from placing to the fill: no way around what Regulation T asks for."""

from __future__ import annotations

import pytest

from live_monitor.data.models.orders import Bracket
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import Acme, D


def refused(trader: Acme, *order: object, **terms: object) -> str:
    with pytest.raises(InvalidPaperOrder) as problem:
        trader.place(*order, **terms)  # type: ignore[arg-type]  # terms of a test
    return problem.value.reason


def test_many_orders_to_sell_one_position_go_short_as_far_as_equity_carries() -> None:
    trader = Acme(10_000, margin_enabled=True, allow_short=True)
    trader.hold(100, 100.0)
    trader.place(10, "SELL", 100, "LMT", limit=101)
    trader.place(11, "SELL", 99, "LMT", limit=100.5)
    assert refused(trader, 12, "SELL", 100, "LMT", limit=101) == "insufficient_buying_power"
    trader.quote(20, 102, 102.02, 1e6)
    assert trader.state.quantity("ACME") == -99


@pytest.mark.parametrize("settings", [{"latency_ms": 40}, {"no_price": "wait"}])
def test_no_share_is_sold_short_while_its_price_is_not_known(settings: dict[str, object]) -> None:
    trader = Acme(10_000, quoted=False, margin_enabled=True, allow_short=True, **settings)
    assert refused(trader, 1, "SELL", 1_000_000) == "no_price"
    trader.quote(50, 99.99, 100.01, 1e9)
    trader.time(60)
    assert trader.fills() == []


def test_a_short_position_is_closed_and_turned_in_one_order() -> None:
    trader = Acme(10_000, margin_enabled=True, allow_short=True)
    trader.place(1, "SELL", 100)
    trader.quote(2, 99.49, 99.5, 1_000.0)
    trader.place(3, "BUY", 150)
    position = trader.state.positions["ACME"]
    assert (position.quantity, position.cost, position.realized) == (D(50), D(4_975), D(49))
    assert trader.state.cash == 10_000 + 49 - 4_975


def test_what_is_short_is_bought_back_without_any_price_known() -> None:
    trader = Acme(10_000, margin_enabled=True, allow_short=True, no_price="wait")
    trader.place(1, "SELL", 100)
    again = Acme(10_000, quoted=False, margin_enabled=True, allow_short=True, no_price="wait")
    for entry in trader.taken():
        again.state.apply(entry)
    assert again.place(5, "BUY", 100).stage == "waiting"
    assert refused(again, 6, "BUY", 1) == "no_price"  # another share of it would open


def test_flatten_buys_back_what_is_short() -> None:
    trader = Acme(10_000, margin_enabled=True, allow_short=True)
    trader.place(1, "SELL", 100)
    (order,) = trader.engine.flatten(None, trader.now(2))
    assert (order.side, order.state) == ("BUY", "filled")
    assert trader.state.quantity("ACME") == 0


def test_flatten_closes_a_short_position_whose_exits_work() -> None:
    trader = Acme(10_000, margin_enabled=True, allow_short=True)
    trader.place(1, "SELL", 100, bracket=Bracket(target_price=98, stop_price=102))
    trader.quote(5, 99.99, 100.01)
    trader.engine.flatten(None, trader.now(6))
    assert trader.state.quantity("ACME") == 0
    assert trader.state.open_orders() == []
