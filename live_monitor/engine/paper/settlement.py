"""When cash of sales is really there: T+1, and what a broker holds against buying with it before (market rules 10.3).

In a cash account proceeds may be spent at once, and selling what they bought before they settle is a good-faith
violation: it is warned of, not refused. Free-riding (selling what was never paid for) cannot happen here, because no
order is filled beyond the cash of the account. A margin account has no such rules.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from live_monitor.data.models.orders import ZERO, Refusal
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.account_parts import Proceeds
from live_monitor.engine.paper.money import arithmetic
from live_monitor.engine.paper.positions import Lot

if TYPE_CHECKING:
    from live_monitor.engine.paper.account import AccountState

#: Reason of the warning about a good-faith violation.
GOOD_FAITH: Final = "good_faith_violation"
#: So many of them within 12 months restrict an account at most US brokers.
ALLOWED_VIOLATIONS: Final = 3


def settles_on(calendar: Calendar, day: date) -> str:
    """The session (ISO) on which trades of `day` settle: the next one; empty where the calendar does not know it."""
    found = calendar.next_session(day)
    return "" if found is None else found.isoformat()


def move(state: AccountState, amount: Decimal, lot: Lot) -> None:
    """Moves `amount` USD (negative: spends) of a fill today; `lot` is told what it was paid with.

    Settled cash is spent first, then the proceeds that settle soonest.
    """
    state.cash += amount
    if state.settings.margin_enabled:
        state.settled += amount
        return
    if amount >= ZERO:
        _earn(state, amount)
        return
    if -amount <= state.settled:
        state.settled += amount
        return
    owed = -amount - max(state.settled, ZERO)
    state.settled -= -amount - owed
    while owed:
        first = state.proceeds[0]
        part = min(first.amount, owed)
        lot.unsettled += part
        lot.settles_on = max(lot.settles_on, first.settles)
        first.amount -= part
        owed -= part
        if not first.amount:
            del state.proceeds[0]


def _earn(state: AccountState, amount: Decimal) -> None:
    day = state.day
    settles = "" if day is None else day.settles
    last = state.proceeds[-1] if state.proceeds else None
    if last is not None and last.day == state.today and last.settles == settles:
        last.amount += amount
    elif amount:
        state.proceeds.append(Proceeds(amount, state.today, settles))


def settle(state: AccountState, day: str) -> None:
    """What settles by `day` (ISO) has settled. Going back to an earlier day, as a replay does, settles all."""
    waiting = []
    for proceeds in state.proceeds:
        if proceeds.day < day < proceeds.settles or proceeds.day == day:
            waiting.append(proceeds)
        else:
            state.settled += proceeds.amount
    state.proceeds = waiting
    for position in state.positions.values():
        for lot in position.lots:
            if lot.unsettled and not lot.day <= day < lot.settles_on:
                lot.unsettled, lot.settles_on = ZERO, ""


def settle_all(state: AccountState) -> None:
    """Everything counts as settled: the account has become a margin account."""
    state.settled, state.proceeds = state.cash, []
    for position in state.positions.values():
        for lot in position.lots:
            lot.unsettled, lot.settles_on = ZERO, ""


def good_faith_problem(state: AccountState, symbol: str, quantity: Decimal) -> Refusal | None:
    """What a broker would hold against selling `quantity` shares now; asked before the fill. None: nothing.

    It is a warning, not a refusal: the engine writes it as `Warned`, with the reason and text given here.
    """
    held = state.positions.get(symbol)
    if held is None or state.settings.margin_enabled:
        return None
    left, unsettled, when = quantity, ZERO, ""
    for lot in held.lots:
        if left <= 0:
            break
        if lot.unsettled:
            unsettled += lot.unsettled
            when = max(when, lot.settles_on)
        left -= lot.quantity
    if not unsettled:
        return None
    with arithmetic():
        count = len(state.violations) + 1
        text = (
            f"Good-faith violation: {symbol} was bought with {unsettled:,.2f} USD of proceeds that settle"
            f" {'on ' + when if when else 'on the next session'}, and is sold before. It is number {count}"
            " in 12 months."
        )
        if count >= ALLOWED_VIOLATIONS:
            text += " A broker would now hold the account to settled cash for 90 days."
    return Refusal(GOOD_FAITH, text)
