"""Events find those who want them."""

from __future__ import annotations

from live_monitor.data.models.market_data import Aggregate, Quote, SecondAggregate, Trade
from live_monitor.server.relay_outbox import Outbox
from live_monitor.server.relay_routes import Routes


def test_each_kind_of_event_goes_to_its_channel() -> None:
    routes, one, two = Routes(), Outbox(), Outbox()
    routes.add(one, "AAPL", ["T", "AM"])
    routes.add(two, "AAPL", ["Q", "A"])
    takers = {kind: routes.table[kind].get("AAPL") for kind in (Trade, Quote, SecondAggregate, Aggregate)}
    assert takers == {Trade: [one], Quote: [two], SecondAggregate: [two], Aggregate: [one]}
    assert routes.table[Trade].get("MSFT") is None


def test_a_second_subscription_does_not_send_twice() -> None:
    routes, one = Routes(), Outbox()
    routes.add(one, "AAPL", ["T"])
    routes.add(one, "AAPL", ["T", "Q"])
    assert routes.table[Trade]["AAPL"] == [one]


def test_what_nobody_wants_any_more_is_forgotten() -> None:
    routes, one, two = Routes(), Outbox(), Outbox()
    assert not routes
    for outbox in (one, two):
        routes.add(outbox, "AAPL", ["T"])
    routes.remove(one, "AAPL", ["T", "Q"])
    assert routes.table[Trade]["AAPL"] == [two]
    assert routes
    routes.remove(two, "AAPL", ["T"])
    routes.remove(two, "AAPL", ["T"])
    assert "AAPL" not in routes.table[Trade]
    assert not routes
