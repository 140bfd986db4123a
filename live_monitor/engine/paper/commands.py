"""What people and scripts ask of an account: place, cancel, replace, flatten, settings, notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from live_monitor.data.models.orders import AccountSettings, Number, Order, OrderParams, Refusal
from live_monitor.engine.paper import order_rules, risk_limits, setting_rules
from live_monitor.engine.paper.account_fold import settings_problem
from live_monitor.engine.paper.ending import BY_PERSON, cancel
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import AccountArchived, AccountChanged, NoteWritten
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.notes import note_all
from live_monitor.engine.paper.placing import change, submit
from live_monitor.engine.paper.times import catch_up
from live_monitor.errors import InvalidPaperOrder

MAX_NAME: Final = 60
MAX_NOTE: Final = 10_000


def place(core: EngineCore, params: OrderParams, now: Now, known: Callable[[str], Order | None]) -> Order:
    """See `AccountEngine.place`."""
    _catch_up(core, now)
    state = core.state
    again = _again(core, params, known)
    if again is not None:
        return again
    order, children = order_rules.checked(
        params, state.account, state.next_order_id(), now.ms, settings=state.settings, calendar=core.calendar
    )
    placed, refused = submit(core, order, children, now)
    if refused is not None:
        raise _invalid(refused)
    return placed


def cancel_order(core: EngineCore, order_id: str, now: Now) -> Order:
    """See `AccountEngine.cancel`."""
    _catch_up(core, now)
    order = _open_order(core, order_id)
    cancel(core, order, BY_PERSON, "Canceled.", now)
    return order


def replace_order(core: EngineCore, order_id: str, now: Now, terms: Mapping[str, Number | None]) -> Order:
    """See `AccountEngine.replace`."""
    _catch_up(core, now)
    order = _open_order(core, order_id)
    refused = change(core, order, order_rules.changed(order, **terms), now)
    if refused is not None:
        raise _invalid(refused)
    return order


def cancel_all(core: EngineCore, symbol: str | None, now: Now) -> list[Order]:
    """See `AccountEngine.cancel_all`. Children first, so that no parent arms one on its way out."""
    _catch_up(core, now)
    orders = core.state.open_orders(symbol)
    for order in sorted(orders, key=lambda order: not order.parent_id):
        if order.is_open:
            cancel(core, order, BY_PERSON, "Canceled with all others.", now)
    return orders


def flatten(core: EngineCore, symbol: str | None, now: Now) -> list[Order]:
    """See `AccountEngine.flatten`."""
    cancel_all(core, symbol, now)
    state = core.state
    placed = []
    for position in list(state.held()):
        if symbol is not None and position.symbol != symbol:
            continue
        order = Order(
            order_id=state.next_order_id(),
            client_order_id="",
            account=state.account,
            symbol=position.symbol,
            side="SELL" if position.quantity > 0 else "BUY",
            quantity=abs(position.quantity),
            order_type="MKT",
            placed_ms=now.ms,
            # What protected the position is canceled: refused, this one would leave it bare.
            patient=True,
        )
        placed.append(submit(core, order, (), now).order)
    return placed


def change_account(core: EngineCore, now: Now, name: str | None, settings: AccountSettings | None) -> None:
    """See `AccountEngine.change`."""
    _catch_up(core, now)
    state = core.state
    name = state.name if name is None else name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidPaperOrder(f"An account needs a name of at most {MAX_NAME} characters.", reason="bad_name")
    settings = state.settings if settings is None else settings
    problem = setting_rules.problem(settings) or risk_limits.problem(settings.risk) or settings_problem(state, settings)
    if problem:
        raise InvalidPaperOrder(problem, reason="bad_settings")
    # What is followed depends on the model: what is known so far is written down by the old one.
    note_all(core, now, at_once=True)
    core.write(AccountChanged(account=state.account, at_ms=now.ms, name=name, settings=settings))
    core.rebuild()


def archive(core: EngineCore, now: Now) -> None:
    """See `AccountEngine.archive`."""
    if core.state.archived:
        return
    cancel_all(core, None, now)
    core.write(AccountArchived(account=core.state.account, at_ms=now.ms))


def write_note(core: EngineCore, day: str, text: str, now: Now) -> None:
    """See `AccountEngine.write_note`."""
    if not _is_day(day):
        raise InvalidPaperOrder("A note is about a day, as in 2026-11-20.", reason="bad_note")
    if len(text) > MAX_NOTE:
        raise InvalidPaperOrder(f"A note has at most {MAX_NOTE:,} characters.", reason="bad_note")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidPaperOrder("A note holds half a character, which cannot be kept.", reason="bad_note")
    core.write(NoteWritten(account=core.state.account, at_ms=now.ms, day=day, text=text))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except (TypeError, ValueError):
        return False


def _catch_up(core: EngineCore, now: Now) -> None:
    core.begin()
    if core.state.archived:
        raise InvalidPaperOrder("This account is archived: it can only be read.", reason="account_archived")
    catch_up(core, now)


def _again(core: EngineCore, params: OrderParams, known: Callable[[str], Order | None]) -> Order | None:
    """The order that was placed with this client order id before."""
    client = getattr(params, "client_order_id", "")
    # What cannot be one is refused with the rest of the terms; the journal is not asked for it.
    if not client or not isinstance(client, str) or not client.isascii():
        return None
    return core.state.order_of_client(client) or known(client)


def _open_order(core: EngineCore, order_id: str) -> Order:
    order = core.state.order(order_id)
    if order is None:
        raise InvalidPaperOrder(f"There is no order {order_id} that could change.", reason="unknown_order")
    if not order.is_open:
        raise InvalidPaperOrder(
            f"Order {order_id} can no longer change: it is {order.state.replace('_', ' ')}.", reason="not_open"
        )
    return order


def _invalid(refusal: Refusal) -> InvalidPaperOrder:
    return InvalidPaperOrder(refusal.text, reason=refusal.reason)
