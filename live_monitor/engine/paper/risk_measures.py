"""What an order would make of each limit of its account, in numbers.

Of an order only the shares count that open or add to a position; orders that already work count as if they were filled.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from live_monitor.data.models.orders import ZERO, Order, RiskLimits, Side
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.reservations import reservation
from live_monitor.engine.paper.risk_tally import RiskTally
from live_monitor.engine.paper.risk_words import Measured

_HUNDRED: Final = Decimal(100)


class Priced(Protocol):
    """A mark (`snapshots.Mark`)."""

    @property
    def price(self) -> Decimal: ...
    @property
    def source(self) -> str: ...


def net_liq(account: AccountState, marks: Mapping[str, Priced]) -> Decimal | None:
    """Cash and positions at their marks, in USD; None while a position has no price of today, only a close or none.

    After a start, before the first quote, no lock may spring from what nobody knows.
    """
    total = account.cash
    for position in account.positions.values():
        if not position.quantity:
            continue
        mark = marks.get(position.symbol)
        if mark is None or mark.source == "close":
            return None
        total += position.quantity * mark.price
    return total


def _worth(account: AccountState, marks: Mapping[str, Priced]) -> Decimal:
    """What shares of the portfolio are of: net liquidation as it is shown, where what has no mark counts at cost."""
    total = account.cash
    for position in account.held():
        mark = marks.get(position.symbol)
        at_cost = position.cost if position.quantity > 0 else -position.cost
        total += at_cost if mark is None else position.quantity * mark.price
    return total


def _sign(side: Side) -> int:
    return 1 if side == "BUY" else -1


class Openings(NamedTuple):
    """What other working orders than the one at hand would open.

    `orders`: those that open or add to a position. `value`: USD of those in the symbol and on the side at hand, at
    their own prices. `closing`: shares of the position at hand that they would close.
    """

    orders: list[Order]
    value: Decimal
    closing: Decimal


def openings(account: AccountState, beside: Order | None, price: Decimal) -> Openings:
    """One pass over the open orders without `beside` and its sibling; `price` (USD) for those that name none.

    Oldest first, orders on the other side of a position close it until nothing is left; of two that cancel one another
    only the larger counts. Held children wait for what they will close.
    """
    own = ("",) if beside is None else (beside.order_id, beside.sibling_id)
    left: dict[str, Decimal] = {}
    siblings: dict[str, Decimal] = {}
    found: list[Order] = []
    value = closing = ZERO
    for order in account.orders.values():
        if order.state == "held" or order.order_id in own:
            continue
        alike = beside is not None and order.symbol == beside.symbol and order.side == beside.side
        opens = order.quantity - order.filled
        if order.sibling_id:
            siblings[order.order_id] = opens
            opens = max(ZERO, opens - siblings.get(order.sibling_id, ZERO))
        position = account.quantity(order.symbol)
        if position and (position < ZERO) == (order.side == "BUY"):
            room = left.get(order.symbol, abs(position))
            closes = min(room, opens)
            left[order.symbol], opens = room - closes, opens - closes
            closing += closes if alike else ZERO
        if opens:
            found.append(order)
            if alike:
                value += opens * (order.limit_price or order.stop_price or order.reserve_price or price)
        elif order.sibling_id and any(other.order_id == order.sibling_id for other in found):
            found.append(order)
    return Openings(found, value, closing)


def opening(account: AccountState, order: Order, closing: Decimal) -> Decimal:
    """Shares of the rest of an order that open or add to a position, where others close `closing` shares of it.

    0: the order only closes, and no limit refuses it.
    """
    position = account.quantity(order.symbol)
    if position * _sign(order.side) >= 0:
        return order.remaining
    return max(ZERO, order.remaining - max(ZERO, abs(position) - closing))


def distance_to_stop(children: Sequence[Order], price: Decimal) -> Decimal | None:
    """USD per share between `price` and the stop of a bracket; None without one."""
    for child in children:
        if child.role != "stop":
            continue
        if child.stop_price is not None:
            return max(ZERO, (price - child.stop_price) * (1 if child.side == "SELL" else -1))
        if child.trail_amount is not None:
            return child.trail_amount
        if child.trail_percent is not None:
            return price * child.trail_percent / _HUNDRED
    return None


def trades_since(tally: RiskTally, since_ms: int) -> int:
    """Trades stamped at or after `since_ms`: also those that market time, having gone back, sees in the future."""
    return len(tally.trades_ms) - bisect_left(tally.trades_ms, since_ms)


@lru_cache(maxsize=8)
def day_start_ms(calendar: Calendar, day: date) -> int:
    """When an exchange day began; asked for with every order."""
    return calendar.span(day)[0]


def day_loss(tally: RiskTally, today: date, worth: Decimal) -> Decimal:
    """USD lost since the exchange day began, 0 where something was won.

    Measured from the best beginning of today and of days that market time has seen beyond it; where today is older than
    all that are remembered, from the newest.
    """
    iso, starts = today.isoformat(), tally.starts
    if not starts:
        return ZERO
    begun = [starts[day] for day in starts if day >= iso] or [starts[next(reversed(starts))]]
    loss = (begun[0] if len(begun) == 1 else max(begun)) - worth
    return loss if loss > ZERO else ZERO


class Asked(NamedTuple):
    """An order beside the market, as every limit looks at it. `price`: USD per share, None where none is known."""

    order: Order
    children: Sequence[Order]
    price: Decimal | None
    marks: Mapping[str, Priced]
    fees: Decimal
    now_ms: int
    calendar: Calendar


def locked(account: AccountState, now_ms: int) -> Measured | None:
    """The lock that ends last, of those in force."""
    in_force = [lock for lock in account.tally.locks.values() if lock.until_ms > now_ms]
    if not in_force:
        return None
    last = max(in_force, key=lambda lock: lock.until_ms)
    return Measured("locked", None, None, None, False, detail=last.text)


def measure(account: AccountState, asked: Asked) -> list[Measured]:
    """Every limit that is set, in the order in which they are judged; locks first, which no setting lifts."""
    lock = locked(account, asked.now_ms)
    found = [] if lock is None else [lock]
    limits, price = account.settings.risk, asked.price
    if price is None:
        mark = asked.marks.get(asked.order.symbol)
        price = None if mark is None else mark.price
    if not (found or limits.enabled):
        return found
    others = openings(account, asked.order, price or ZERO)
    opens = opening(account, asked.order, others.closing)
    if limits.enabled:
        worth = _worth(account, asked.marks)
        if limits.whitelist:
            found.append(_whitelist(limits, asked.order))
        found += _of_the_day(account, limits, asked, others)
        found += _of_the_size(account, limits, asked, Sizes(worth, opens, price, others.value))
    # An order that only closes is refused by nothing.
    return found if opens else [measured._replace(ok=True) for measured in found]


def _whitelist(limits: RiskLimits, order: Order) -> Measured:
    count = len(limits.whitelist)
    ok = order.symbol in limits.whitelist
    detail = order.symbol
    if not ok:
        of = "1 symbol" if count == 1 else f"{count:,} symbols"
        detail = f"{order.symbol} is not on the list of {of} that this account may trade."
    return Measured("whitelist", None, None, Decimal(count), ok, detail=detail)


def _of_the_day(account: AccountState, limits: RiskLimits, asked: Asked, others: Openings) -> list[Measured]:
    found, tally = [], account.tally
    today = asked.calendar.trade_date(asked.now_ms)
    newest = max(tally.starts, default="")
    seen = f" (counted to {newest}, because market time has gone back)" if newest > today.isoformat() else ""
    if limits.max_trades_per_day is not None:
        now = Decimal(trades_since(tally, day_start_ms(asked.calendar, today)))
        waiting = sum(1 for order in others.orders if order.order_id not in tally.counted)
        after = now + waiting + (0 if asked.order.order_id in tally.counted else 1)
        allowed = Decimal(limits.max_trades_per_day)
        detail = f", with {waiting} that {'wait' if waiting > 1 else 'waits'}{seen}" if waiting else seen
        found.append(Measured("max_trades", now, after, allowed, after <= allowed, detail=detail))
    if limits.losing_streak is not None:
        found.append(Measured("losing_streak", Decimal(tally.losses), None, Decimal(limits.losing_streak), True))
    if limits.daily_loss_limit is not None:
        found.append(_loss(account, limits.daily_loss_limit, asked, today, seen))
    return found


def _loss(account: AccountState, allowed: Decimal, asked: Asked, today: date, seen: str) -> Measured:
    known = net_liq(account, asked.marks)
    if known is None:
        return Measured("daily_loss", None, None, allowed, True, detail="prices are missing")
    loss = day_loss(account.tally, today, known)
    return Measured("daily_loss", loss, loss, allowed, loss < allowed, detail=seen)


class Sizes(NamedTuple):
    """`worth`: net liquidation in USD; `opens`: shares that the order opens, at `price`; `waiting`: USD of others."""

    worth: Decimal
    opens: Decimal
    price: Decimal | None
    waiting: Decimal


def _of_the_size(account: AccountState, limits: RiskLimits, asked: Asked, sizes: Sizes) -> list[Measured]:
    order, worth, price = asked.order, sizes.worth, sizes.price
    most, risk, reserve = limits.max_position, limits.max_portfolio_risk, limits.min_cash_reserve
    if price is None:
        if most is None and risk is None and reserve is None:
            return []
        detail = f"No price of {order.symbol} is known, so that its limits cannot be checked."
        return [Measured("no_price", None, None, None, False, detail=detail)]
    value, found = sizes.opens * price, []
    if most is not None:
        position, mark, allowed = account.quantity(order.symbol), asked.marks.get(order.symbol), most * worth
        now = abs(position) * (price if mark is None else mark.price)
        before = sizes.waiting + (now if position * _sign(order.side) > 0 else ZERO)
        after = before + value
        fits = _fitting(allowed - before, price)
        found.append(Measured("max_position", now, after, allowed, after <= allowed, worth, fits))
    if risk is not None:
        found.append(_to_the_stop(risk * worth, asked, sizes, price))
    if reserve is not None and order.side == "BUY":
        allowed = reserve * worth
        now = account.cash - account.reserved + _reserved_for(account, order)
        after = now - value - asked.fees
        fits = _fitting(now - asked.fees - allowed, price)
        found.append(Measured("cash_reserve", now, after, allowed, after >= allowed, worth, fits))
    return found


def _reserved_for(account: AccountState, order: Order) -> Decimal:
    """What an order that gets new terms holds back in its old ones."""
    known = account.orders.get(order.order_id)
    return ZERO if known is None else reservation(known, account.settings)


def _fitting(room: Decimal, each: Decimal) -> int:
    return max(0, int((room / each).to_integral_value(ROUND_FLOOR))) if each > 0 else 0


def _to_the_stop(allowed: Decimal, asked: Asked, sizes: Sizes, price: Decimal) -> Measured:
    distance = distance_to_stop(asked.children, price)
    if distance is None:
        return Measured("portfolio_risk", None, None, allowed, True, sizes.worth, detail="no stop")
    after = sizes.opens * distance
    fits = _fitting(allowed, distance)
    return Measured("portfolio_risk", None, after, allowed, after <= allowed, sizes.worth, fits)
