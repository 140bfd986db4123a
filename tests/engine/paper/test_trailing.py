"""Trailing orders in cohorts against each order on its own."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.data.models.orders import Order, Side
from live_monitor.engine.paper.trailing import Trails, trail_stop

D = Decimal


def trailing(number: int, side: Side, amount: str | None, percent: str | None = None, accepted_ms: int = 0) -> Order:
    return Order(
        order_id=f"O{number}",
        client_order_id="",
        account="A1",
        symbol="ACME",
        side=side,
        quantity=D(1),
        order_type="TRAIL",
        trail_amount=None if amount is None else D(amount),
        trail_percent=None if percent is None else D(percent),
        accepted_ms=accepted_ms,
        active_ms=accepted_ms,
    )


class Alone:
    """What each order knows by itself: the rule, without any cleverness."""

    def __init__(self, side: Side) -> None:
        self.sign = -1 if side == "BUY" else 1
        self.orders: dict[str, tuple[Order, float]] = {}

    def observe(self, price: float, ms: int) -> None:
        for order_id, (order, extreme) in self.orders.items():
            if ms > order.accepted_ms and not extreme * self.sign >= price * self.sign:
                self.orders[order_id] = (order, price)

    def touched(self, price: float) -> set[str]:
        exact = D(repr(price))
        return {
            order_id
            for order_id, (order, extreme) in self.orders.items()
            if extreme == extreme and exact * self.sign <= trail_stop(order, D(repr(extreme))) * self.sign
        }


PRICE = st.integers(9_900, 10_100).map(lambda cents: cents / 100)
STEP = st.one_of(
    st.tuples(st.just("price"), PRICE, st.integers(0, 3)),
    st.tuples(
        st.just("add"), st.one_of(PRICE, st.just(math.nan)), st.sampled_from(("0.05", "0.2", "1", "0.1%", "1.5%"))
    ),
    st.tuples(st.just("drop"), PRICE, st.integers(0, 20)),
)


@pytest.mark.parametrize("side", ["BUY", "SELL"])
@settings(deadline=None)
@given(steps=st.lists(STEP, max_size=60))
def test_orders_in_cohorts_move_and_are_touched_as_each_would_be_alone(
    side: Side, steps: list[tuple[str, float, str | int]]
) -> None:
    trails, alone = Trails(buys=side == "BUY"), Alone(side)
    sign = alone.sign
    ms, number = 10, 0
    for what, price, extra in steps:
        ms += 2
        if what == "add":
            number += 1
            offset = str(extra)
            is_share = offset.endswith("%")
            order = trailing(number, side, None if is_share else offset, offset[:-1] if is_share else None, ms)
            trails.add(order, number, price)
            alone.orders[order.order_id] = (order, price)
        elif what == "drop":
            order_id = f"O{extra}"
            if order_id in alone.orders:
                trails.discard(order_id)
                del alone.orders[order_id]
        else:
            # Up to three steps back in time: late for some of the orders.
            before = {order_id: trails.extreme_of(order_id) for order_id in alone.orders}
            moved = trails.observe(price, ms - 4 * int(extra))
            alone.observe(price, ms - 4 * int(extra))
            after = {order_id: trails.extreme_of(order_id) for order_id in alone.orders}
            assert moved == (repr(before) != repr(after))
        assert len(trails) == len(alone.orders)
        for order_id, (_, extreme) in alone.orders.items():
            assert repr(trails.extreme_of(order_id)) == repr(extreme)
        known = [extreme for _, extreme in alone.orders.values() if extreme == extreme]
        assert trails.waits == (len(known) < len(alone.orders))
        assert math.isnan(trails.extreme) if not known else trails.extreme == sign * min(sign * each for each in known)
        assert trails.reached(math.nan) == []
        for probe in (round(price + step, 2) for step in (0.0, -0.07, 1.01) if price == price):
            touched = alone.touched(probe)
            assert touched <= set(trails.reached(probe))
            # Nothing is touched that the threshold does not tell.
            assert not touched or sign * probe <= sign * trails.stop


def test_the_nearest_stop_comes_first_and_then_the_older() -> None:
    trails = Trails(buys=False)
    for number, amount in ((1, "2"), (2, "0.5"), (3, "1"), (4, "0.5")):
        trails.add(trailing(number, "SELL", amount), number, 100.0)
    assert trails.reached(98.9) == ["O2", "O4", "O3"]
    assert trails.stop == pytest.approx(99.5)


def test_an_order_that_changes_its_trail_again_and_again_leaves_nothing_behind() -> None:
    trails = Trails(buys=False)
    for number in range(2):
        trails.add(trailing(number, "SELL", "1"), number, 100.0)
    for step in range(500):
        trails.discard("O1")
        trails.add(trailing(1, "SELL", f"{2 + step % 7}"), 1, 100.0)
    (cohort,) = trails._cohorts
    assert len(cohort.amounts) < 25
    assert trails.reached(97.9) == ["O0"]
    assert trails.reached(94.9) == ["O0", "O1"]


def test_a_rise_makes_one_cohort_of_all_that_it_passes() -> None:
    trails = Trails(buys=False)
    for number in range(1, 101):
        trails.add(trailing(number, "SELL", "1", accepted_ms=number), number, 200.0 - number)
    assert len(trails._cohorts) == 100
    trails.observe(150.5, 1_000)
    assert len(trails._cohorts) == 50
    assert [trails.extreme_of(f"O{number}") for number in (1, 49, 50, 100)] == [199.0, 151.0, 150.5, 150.5]


@pytest.mark.parametrize(
    ("side", "extreme", "amount", "percent", "stop"),
    [
        ("SELL", "100", "0.5", None, "99.50"),
        ("BUY", "100", "0.5", None, "100.50"),
        # To the tick that is further from the market.
        ("SELL", "100.0025", "0.5", None, "99.50"),
        ("BUY", "100.0025", "0.5", None, "100.51"),
        ("SELL", "100", None, "1.255", "98.74"),
        ("BUY", "100", None, "1.255", "101.26"),
        # Below a dollar the tick is finer.
        ("SELL", "1.01", "0.02", None, "0.9900"),
        ("SELL", "0.5", None, "0.33", "0.4983"),
    ],
)
def test_the_stop_is_the_extreme_less_the_trail_a_tick_away_from_the_market(
    side: Side, extreme: str, amount: str | None, percent: str | None, stop: str
) -> None:
    assert str(trail_stop(trailing(1, side, amount, percent), D(extreme))) == stop
