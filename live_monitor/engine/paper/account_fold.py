"""What each kind of entry does to an account. Called by `AccountState.apply` alone.

Every function checks first and changes then, so that an entry that is refused has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from live_monitor.data.models.orders import ZERO, AccountSettings, Order
from live_monitor.engine.paper import order_fold, positions, settlement
from live_monitor.engine.paper.account_parts import BrokerWarning, DayBook, EquityPoint, FillRecord, pack_fill
from live_monitor.engine.paper.entries import (
    AccountArchived,
    AccountChanged,
    AccountOpened,
    DayBegan,
    Entry,
    EquityMarked,
    Filled,
    NoteWritten,
    OrderAccepted,
    OrderArrived,
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    OrderRejected,
    OrderReplaced,
    OrderTrailed,
    OrderTriggered,
    QueueMoved,
    RiskLocked,
    SplitApplied,
    Warned,
)
from live_monitor.engine.paper.money import LARGEST, cents, scaled
from live_monitor.engine.paper.order_life import after
from live_monitor.engine.paper.positions import Lot, Position
from live_monitor.engine.paper.reservations import reservation
from live_monitor.errors import LedgerError
from live_monitor.limits import MAX_SPLIT

if TYPE_CHECKING:
    from live_monitor.engine.paper.account import AccountState

#: What an account keeps at hand; the journal has all of it.
KEPT_DAYS: Final = 60
KEPT_FILLS: Final = 5_000
KEPT_EQUITY: Final = 2_000
KEPT_WARNINGS: Final = 50
KEPT_NOTES: Final = 400
_MAX_SPLIT: Final = Decimal(round(MAX_SPLIT))
YEAR_MS: Final = 365 * 86_400_000


def _opened(state: AccountState, _: AccountOpened) -> None:
    raise LedgerError(f"Account {state.account} was opened twice.")


def _changed(state: AccountState, entry: AccountChanged) -> None:
    problem = settings_problem(state, entry.settings)
    if problem:
        raise LedgerError(problem)
    state.name, state.settings = entry.name, entry.settings
    state.reserved = sum((reservation(order, state.settings) for order in state.orders.values()), ZERO)
    if state.settings.margin_enabled:
        settlement.settle_all(state)


def settings_problem(state: AccountState, settings: AccountSettings) -> str:
    """Why the account cannot have these settings now; empty when it can."""
    if settings.margin_enabled:
        return ""
    short = [position.symbol for position in state.held() if position.quantity < 0]
    if short:
        return f"A cash account holds nothing short: buy back {', '.join(short)} first."
    if state.cash < 0:
        return f"A cash account owes nothing: {-state.cash} USD are still borrowed."
    return ""


def _archived(state: AccountState, _: AccountArchived) -> None:
    if state.orders:
        raise LedgerError(f"Account {state.account} was archived with open orders.")
    state.archived = True


def _day_began(state: AccountState, entry: DayBegan) -> None:
    order_fold.sound(*entry.marks.values())
    _finite(entry.net_liq)
    before = state.day
    if before is not None:
        before.net_liq_last = entry.net_liq
    settlement.settle(state, entry.day)
    state.tally.day_began(entry)
    if entry.day == state.today:
        return
    state.today = entry.day
    book = state.days.pop(entry.day, None) or DayBook(entry.day, entry.at_ms, entry.net_liq, entry.net_liq)
    book.settles = entry.settles
    state.days[entry.day] = book
    for day in list(state.days)[:-KEPT_DAYS]:
        del state.days[day]
    state.executions.clear()
    for symbol, position in list(state.positions.items()):
        if not position.quantity:
            del state.positions[symbol]
            continue
        mark = entry.marks.get(symbol)
        cost = position.cost if position.quantity > 0 else -position.cost
        position.day_start = cost if mark is None else cents(position.quantity * mark)
        position.day_flow = ZERO


def _filled(state: AccountState, entry: Filled) -> None:
    if _is_known(state, entry):
        return
    order = order_fold.found(state, entry.order_id, "fill_part")
    value, fees = entry.quantity * entry.price, entry.fees.total
    amount = cents(value)
    moved = amount - fees if entry.side == "SELL" else -amount - fees
    _check_fill(state, order, entry, fees, moved)
    position = state.positions.get(entry.symbol)
    if position is None:
        position = state.positions[entry.symbol] = Position(entry.symbol)
    book = state.day
    lot = Lot(ZERO, ZERO, entry.at_ms, state.today)
    settlement.move(state, moved, lot)
    result = positions.fill(position, entry.side, entry.quantity, amount, fees, lot)
    position.day_flow += moved
    # What closes nothing realizes the very zero.
    if result.realized is not ZERO or result.realized_fifo is not ZERO:
        state.realized += result.realized
        state.realized_fifo += result.realized_fifo
    state.fees += fees
    tally = state.tally
    trades = len(tally.counted)
    tally.filled(entry.at_ms, entry.order_id, result.opened, result.trip)
    if book is not None:
        book.realized += result.realized
        book.fees += fees
        book.trades += len(tally.counted) - trades
    order_fold.release(state, order)
    order.filled += entry.quantity
    order.value += value
    order.fees += fees
    order.stage = ""
    if order.filled == order.quantity:
        order_fold.close(state, order, "fill_all", entry.at_ms)
    else:
        order.state = after(order.state, "fill_part")
        if entry.receipt.rule == "limit_marketable":
            # It was taking what is displayed, and goes on with the next quote: it does not rest yet.
            order.stage = "waiting"
        order_fold.hold(state, order)
    record = FillRecord(entry, result.realized, result.realized_fifo, position.quantity)
    state.executions_made += 1
    state.executions[entry.execution_id] = pack_fill(record)
    if len(state.executions) > KEPT_FILLS:
        del state.executions[next(iter(state.executions))]


def _is_known(state: AccountState, entry: Filled) -> bool:
    """True for an execution that counted already. Raises LedgerError where one before it is missing."""
    if entry.execution_id == state.next_execution_id():
        return False
    number = entry.execution_id[1:]
    if entry.execution_id[:1] == "E" and number.isdecimal() and 1 <= int(number) <= state.executions_made:
        return True
    raise LedgerError(f"Execution {entry.execution_id} came where {state.next_execution_id()} comes next.")


def _check_fill(state: AccountState, order: Order, entry: Filled, fees: Decimal, moved: Decimal) -> None:
    if entry.symbol != order.symbol or entry.side != order.side:
        raise LedgerError(f"Execution {entry.execution_id} is not one of order {order.order_id}.")
    order_fold.sound(entry.quantity, entry.price)
    if not (entry.quantity <= order.quantity - order.filled and ZERO <= fees < LARGEST):
        raise LedgerError(f"Execution {entry.execution_id} does not fit order {order.order_id}.")
    if entry.side == "BUY":
        if not state.settings.margin_enabled and state.cash + moved < ZERO:
            raise LedgerError(f"Execution {entry.execution_id} spends more than account {state.account} has.")
        return
    short = entry.quantity > max(state.quantity(entry.symbol), ZERO)
    if short and not (state.settings.margin_enabled and state.settings.allow_short):
        raise LedgerError(f"Execution {entry.execution_id} sells more than account {state.account} holds.")
    if moved < 0 and not state.settings.margin_enabled and state.cash + moved < 0:
        raise LedgerError(f"Execution {entry.execution_id} costs more than account {state.account} has.")


def _split(state: AccountState, entry: SplitApplied) -> None:
    if not (entry.ratio.is_finite() and 1 / _MAX_SPLIT <= entry.ratio <= _MAX_SPLIT):
        raise LedgerError(f"{entry.symbol} cannot be split {entry.ratio} for 1.")
    position = state.positions.get(entry.symbol)
    lots = [] if position is None else position.lots
    amounts = [lot.quantity for lot in lots] + [order.quantity for order in state.open_orders(entry.symbol)]
    if any(not scaled(amount, entry.ratio) for amount in amounts):
        raise LedgerError(f"A split of {entry.symbol} {entry.ratio} for 1 would leave nothing.")
    if position is not None:
        positions.split(position, entry.ratio)
    order_fold.split(state, entry.symbol, entry.ratio)


def _locked(state: AccountState, entry: RiskLocked) -> None:
    state.tally.locked(entry)


def _warned(state: AccountState, entry: Warned) -> None:
    state.warnings.append(BrokerWarning(entry.at_ms, entry.reason, entry.text))
    del state.warnings[:-KEPT_WARNINGS]
    if entry.reason == settlement.GOOD_FAITH:
        state.violations = [ms for ms in state.violations if ms > entry.at_ms - YEAR_MS] + [entry.at_ms]


def _noted(state: AccountState, entry: NoteWritten) -> None:
    state.notes.pop(entry.day, None)
    if entry.text:
        state.notes[entry.day] = entry.text
    for day in list(state.notes)[:-KEPT_NOTES]:
        del state.notes[day]


def _finite(amount: Decimal) -> None:
    if not amount.is_finite():
        raise LedgerError(f"An account cannot be worth {amount} USD.")


def _equity_marked(state: AccountState, entry: EquityMarked) -> None:
    _finite(entry.net_liq)
    state.equity.append(EquityPoint(entry.at_ms, entry.net_liq))
    if len(state.equity) > KEPT_EQUITY:
        del state.equity[0]
    if state.day is not None:
        state.day.net_liq_last = entry.net_liq


FOLDS: Final[dict[type[Entry], Callable[[AccountState, Any], None]]] = {
    AccountOpened: _opened,
    AccountChanged: _changed,
    AccountArchived: _archived,
    OrderPlaced: order_fold.placed,
    OrderRejected: order_fold.rejected,
    OrderAccepted: order_fold.accepted,
    OrderArrived: order_fold.arrived,
    OrderTriggered: order_fold.triggered,
    OrderTrailed: order_fold.trailed,
    QueueMoved: order_fold.queue_moved,
    OrderReplaced: order_fold.replaced,
    OrderCanceled: order_fold.canceled,
    OrderExpired: order_fold.expired,
    Filled: _filled,
    SplitApplied: _split,
    DayBegan: _day_began,
    RiskLocked: _locked,
    Warned: _warned,
    NoteWritten: _noted,
    EquityMarked: _equity_marked,
}
