"""A first look at the limits of an account: most orders are far from all of them, and need no figures in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor.data.models.orders import ZERO
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.risk_measures import (
    Asked,
    day_loss,
    day_start_ms,
    net_liq,
    trades_since,
)

#: A reservation is rounded to cents, a value is not.
_ROUNDING: Final = Decimal("0.01")


def surely_fits(account: AccountState, asked: Asked, price: Decimal | None) -> bool:
    """True where no limit can refuse the order at `price`. It costs the same with any number of open orders.

    Rounded towards asking: False says nothing, and `risk_measures.measure` decides. All open orders count as trades to
    come, and all that buys hold back as waiting for this symbol.
    """
    limits, tally, order = account.settings.risk, account.tally, asked.order
    held, shares = account.quantity(order.symbol), order.quantity - order.filled
    if order.side == "SELL":
        # Shares of a position that no other order is to sell: it only closes. Whatever opens is measured.
        return shares + account.selling.get(order.symbol, ZERO) <= held
    if held < 0 or account.settings.allow_short:
        # Exits of a short position hold nothing back, and may outlive it.
        return False
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
    if most is not None and trades_since(tally, day_start_ms(asked.calendar, today)) + len(account.orders) >= most:
        return False
    if limits.daily_loss_limit is not None and day_loss(tally, today, worth) >= limits.daily_loss_limit:
        return False
    value = shares * price
    if limits.max_position is not None:
        mark = asked.marks.get(order.symbol)
        waiting = account.reserved + _ROUNDING * len(account.orders)
        if waiting + held * (price if mark is None else mark.price) + value > limits.max_position * worth:
            return False
    reserve = limits.min_cash_reserve
    return reserve is None or account.cash - account.reserved - value - asked.fees >= reserve * worth
