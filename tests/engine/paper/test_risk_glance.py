"""A glance at the limits never lets an order through that a full measure would refuse."""

from __future__ import annotations

import random
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from live_monitor.data.models.orders import Bracket, OrderParams, RiskLimits
from live_monitor.engine.paper import order_rules, risk
from live_monitor.engine.paper.money import arithmetic
from live_monitor.engine.paper.risk_glance import surely_fits
from live_monitor.engine.paper.risk_measures import Asked, measure
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import SYMBOL, Acme

D = Decimal


def limits(draw: random.Random) -> RiskLimits:
    def some(*values: Any) -> Any:
        return draw.choice((None, *values))

    return RiskLimits(
        enabled=draw.random() < 0.9,
        max_position=some(D("0.05"), D("0.3"), D(1)),
        max_portfolio_risk=some(D("0.001"), D("0.02")),
        min_cash_reserve=some(D("0.2"), D("0.9")),
        max_trades_per_day=some(1, 3, 10),
        daily_loss_limit=some(D(5), D(500)),
        losing_streak=some(1, 3),
        whitelist=draw.choice(((), (SYMBOL,), ("OTHER",))),
    )


@pytest.mark.parametrize("seed", range(40))
def test_what_a_glance_lets_through_no_limit_refuses(seed: int) -> None:
    draw = random.Random(seed)
    acme = Acme(20_000, risk=limits(draw))
    seen = [0, 0, 0]
    for step in range(60):
        middle = 100 + draw.gauss(0, 2)
        acme.quote(1 + step, round(middle - 0.01, 2), round(middle + 0.01, 2))
        kind = draw.choice(("MKT", "LMT"))
        at = round(middle, 2)
        params = OrderParams(
            symbol=SYMBOL,
            side=draw.choice(("BUY", "BUY", "SELL")),
            quantity=draw.choice((1, 10, 40, 100)),
            order_type=kind,
            limit_price=at if kind == "LMT" else None,
            bracket=Bracket(stop_price=round(at * 0.9, 2)) if draw.random() < 0.2 else None,
        )
        now = acme.now(1 + step)
        with arithmetic(), suppress(InvalidPaperOrder):
            order, children = order_rules.checked(params, "A1", acme.state.next_order_id(), now.ms)
            price, marks = D(str(at)), acme.engine._core.marks(now)
            asked = Asked(order, children, price, marks, D(0), now.ms, acme.engine.calendar)
            glance = surely_fits(acme.state, asked, price)
            fits = all(measured.ok for measured in measure(acme.state, asked))
            assert fits or not glance
            refused = risk.check(acme.state, order, children, price, marks, now.ms, acme.engine.calendar)
            assert (refused is None) == fits
            seen[0 if glance else 1 if fits else 2] += 1
        with suppress(InvalidPaperOrder):
            acme.engine.place(params, now)
    assert sum(seen) > 0
    _SEEN.append(tuple(seen))


def test_glances_suffice_for_most_orders_and_not_for_all() -> None:
    for seed in range(10):
        test_what_a_glance_lets_through_no_limit_refuses(seed)
    by_glance, by_measure, refused = (sum(column) for column in zip(*_SEEN, strict=True))
    assert by_glance > by_measure > 0
    assert refused > 0


_SEEN: list[tuple[int, ...]] = []


def test_exits_that_outlive_a_short_position_are_no_matter_for_a_glance() -> None:
    tight = RiskLimits(max_position=D("0.5"), max_portfolio_risk=None, min_cash_reserve=None)
    acme = Acme(20_000, risk=tight, margin_enabled=True, allow_short=True)
    acme.place(1, "SELL", 60, bracket=Bracket(target_price=90, stop_price=110))
    acme.place(2, "BUY", 60)
    assert acme.state.quantity(SYMBOL) == 0
    with pytest.raises(InvalidPaperOrder) as refusal:
        acme.place(3, "BUY", 60, "LMT", limit=90)
    assert refusal.value.reason == "max_position"
