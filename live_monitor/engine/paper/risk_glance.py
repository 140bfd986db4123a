"""A first look at the limits of an account: most orders are far from all of them, and need no figures in words."""

from __future__ import annotations

from decimal import Decimal

from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.risk_measures import (
    Asked,
    Openings,
    day_loss,
    day_start_ms,
    net_liq,
    trades_since,
)


def surely_fits(account: AccountState, asked: Asked, price: Decimal | None, others: Openings, opens: Decimal) -> bool:
    """True where no limit can refuse the order, whose `opens` shares at `price` open or add to a position.

    Rounded towards asking: False says nothing, and `risk_measures.measure` decides.
    """
    limits, tally, order = account.settings.risk, account.tally, asked.order
    if tally.locks and any(lock.until_ms > asked.now_ms for lock in tally.locks.values()):
        return False
    if not limits.enabled:
        return True
    if price is None or asked.children or (limits.whitelist and order.symbol not in limits.whitelist):
        return False
    # Where a mark is missing worth and loss are told apart; that is no matter for a glance.
    worth = net_liq(account, asked.marks)
    if worth is None:
        return False
    today = asked.calendar.trade_date(asked.now_ms)
    most = limits.max_trades_per_day
    if most is not None and trades_since(tally, day_start_ms(asked.calendar, today)) + len(others.orders) >= most:
        return False
    if limits.daily_loss_limit is not None and day_loss(tally, today, worth) >= limits.daily_loss_limit:
        return False
    value = opens * price
    if limits.max_position is not None:
        mark = asked.marks.get(order.symbol)
        held = abs(account.quantity(order.symbol)) * (price if mark is None else mark.price)
        if others.value + held + value > limits.max_position * worth:
            return False
    reserve = limits.min_cash_reserve
    return reserve is None or account.cash - account.reserved - value - asked.fees >= reserve * worth
