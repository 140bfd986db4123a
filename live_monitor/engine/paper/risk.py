"""Limits that are checked before every order, and the locks that stop an account (docs/adr/0040).

An order that only closes is never refused here. Pure: account, prices and times come in. Call it inside
`money.arithmetic()`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal

from live_monitor.data.models.orders import ZERO, Order, Refusal
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import RiskLocked
from live_monitor.engine.paper.figures import money_words, when_words
from live_monitor.engine.paper.risk_glance import surely_fits
from live_monitor.engine.paper.risk_measures import (
    Asked,
    Priced,
    day_loss,
    day_start_ms,
    measure,
    openings,
    trades_since,
)
from live_monitor.engine.paper.risk_words import RiskLine, line, refusal

__all__ = [
    "RiskLine",
    "after_fill",
    "carried_over",
    "check",
    "day_turn",
    "lines",
    "next_session_ms",
    "size_for",
    "stop_problem",
    "to_cancel",
]


def check(
    account: AccountState,
    order: Order,
    children: Sequence[Order],
    price: Decimal | None,
    marks: Mapping[str, Priced],
    now_ms: int,
    calendar: Calendar,
    *,
    fees: Decimal = ZERO,
) -> Refusal | None:
    """Why the limits of the account refuse an order, or an order in its new terms; None: they do not.

    `price`: USD per share that it would cost; None: the mark. `fees`: of its fill.
    """
    asked = Asked(order, children, price, marks, fees, now_ms, calendar)
    if surely_fits(account, asked, price):
        return None
    for measured in measure(account, asked):
        if not measured.ok:
            return refusal(measured, order)
    return None


def stop_problem(
    account: AccountState,
    order: Order,
    children: Sequence[Order],
    price: Decimal | None,
    marks: Mapping[str, Priced],
    now_ms: int,
    calendar: Calendar,
) -> Refusal | None:
    """Why the limits refuse the stop among `children`, in its new terms, of an entry that works already."""
    for measured in measure(account, Asked(order, children, price, marks, ZERO, now_ms, calendar)):
        if measured.code == "portfolio_risk" and not measured.ok:
            return refusal(measured, order)
    return None


def lines(
    account: AccountState,
    order: Order,
    children: Sequence[Order],
    price: Decimal | None,
    marks: Mapping[str, Priced],
    now_ms: int,
    calendar: Calendar,
    *,
    fees: Decimal = ZERO,
) -> tuple[RiskLine, ...]:
    """Every limit that is set, for the preview of an order; arguments as of `check`."""
    asked = Asked(order, children, price, marks, fees, now_ms, calendar)
    return tuple(line(measured) for measured in measure(account, asked))


def next_session_ms(now_ms: int, calendar: Calendar) -> int:
    """When the session after the exchange day of `now_ms` begins, with its pre-market.

    Where no table knows it: the beginning of the next exchange day that is no weekend.
    """
    today = calendar.trade_date(now_ms)
    session = calendar.next_session(today)
    times = None if session is None else calendar.times(session)
    if times is not None:
        return times.pre_ms
    following = today + timedelta(days=1)
    while following.weekday() >= 5:
        following += timedelta(days=1)
    return calendar.span(following)[0]


def day_turn(account: AccountState, now_ms: int, calendar: Calendar) -> str | None:
    """The exchange day (ISO) that has begun, and of which the account does not know; None: none.

    Days only go forward: what market time says when it has gone back is no new day.
    """
    today = calendar.trade_date(now_ms).isoformat()
    return today if today > max(account.tally.starts, default="") else None


def after_fill(account: AccountState, now_ms: int, calendar: Calendar, worth: Decimal | None) -> RiskLocked | None:
    """The lock that is due, to be journaled; None: none, or one is in force that lasts as long.

    To be asked after each fill, with each point of the equity curve, and before `check`; again after a lock was
    applied, until None. `worth`: net liquidation in USD.
    """
    limits, tally = account.settings.risk, account.tally
    if not limits.enabled:
        return None
    reason, text = _day_over(account, now_ms, calendar, worth)
    if reason:
        until_ms = next_session_ms(now_ms, calendar)
        if all(lock.until_ms < until_ms for lock in tally.locks.values()):
            return _lock(account, reason, text, now_ms, until_ms, calendar)
    if limits.losing_streak is not None and tally.losses >= limits.losing_streak:
        lost = "1 trade has lost" if tally.losses == 1 else f"{tally.losses} trades in a row have lost"
        pause_ms = now_ms + limits.cool_down_s * 1000
        return _lock(account, "losing_streak", f"{lost}: a pause.", now_ms, pause_ms, calendar)
    return None


def _day_over(account: AccountState, now_ms: int, calendar: Calendar, worth: Decimal | None) -> tuple[str, str]:
    """Code and words of the limit that ends the day; empty where none does."""
    limits, tally = account.settings.risk, account.tally
    today = calendar.trade_date(now_ms)
    if limits.daily_loss_limit is not None and worth is not None:
        loss = day_loss(tally, today, worth)
        if loss >= limits.daily_loss_limit:
            most = money_words(limits.daily_loss_limit)
            return "daily_loss", f"The daily loss limit of {most} USD is reached: {money_words(loss)} are lost."
    if limits.max_trades_per_day is not None:
        count = trades_since(tally, day_start_ms(calendar, today))
        if count >= limits.max_trades_per_day:
            made = "1 trade was made" if count == 1 else f"{count} trades were made"
            return "max_trades", f"{made} today, as many as the account allows."
    return "", ""


def _lock(account: AccountState, reason: str, text: str, now_ms: int, until_ms: int, calendar: Calendar) -> RiskLocked:
    until = f"No new positions before {when_words(until_ms, now_ms, calendar)}; closing is always possible."
    return RiskLocked(account=account.account, at_ms=now_ms, reason=reason, text=f"{text} {until}", until_ms=until_ms)


def to_cancel(account: AccountState, lock: RiskLocked) -> list[Order]:
    """Working orders that a new lock ends: those that would open or add to a position. A pause ends none."""
    return [] if lock.reason == "losing_streak" else openings(account, None, ZERO).orders


def carried_over(account: AccountState, to_account: str, now_ms: int) -> list[RiskLocked]:
    """Locks in force, for the account that takes the place of this one: a reset lifts none."""
    return [
        RiskLocked(account=to_account, at_ms=now_ms, reason=reason, text=lock.text, until_ms=lock.until_ms)
        for reason, lock in account.tally.locks.items()
        if lock.until_ms > now_ms
    ]


def size_for(fraction: Decimal, entry: Decimal, stop: Decimal, worth: Decimal) -> int:
    """Whole shares that lose at most `fraction` of `worth` (USD) between `entry` and `stop`; 0 where that says nothing.

    Limits of the account are not looked at.
    """
    distance = abs(entry - stop)
    if not distance or fraction <= 0 or worth <= 0:
        return 0
    return int((fraction * worth / distance).to_integral_value(ROUND_FLOOR))
