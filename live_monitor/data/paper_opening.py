"""The first entries of a paper account: what it is called, what it begins with, and the locks that it takes over."""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.orders import AccountSettings
from live_monitor.engine.paper import risk
from live_monitor.engine.paper.account import AccountState, open_account
from live_monitor.engine.paper.commands import MAX_NAME
from live_monitor.engine.paper.entries import AccountOpened, Entry
from live_monitor.engine.paper.money import LARGEST, cents
from live_monitor.errors import InvalidPaperOrder


def opening(
    account: str, at_ms: int, market: str, name: str, cash: Decimal, settings: AccountSettings, old: AccountState | None
) -> tuple[AccountState, list[Entry]]:
    """A fresh account and its entries. A fresh start is no way around a lock: those of `old` end when they would have.

    Raises InvalidPaperOrder for a name or an amount that no account can have.
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidPaperOrder(f"An account needs a name of at most {MAX_NAME} characters.", reason="bad_name")
    if not cash.is_finite() or not 0 <= cash < LARGEST or cents(cash) != cash:
        raise InvalidPaperOrder(f"An account cannot begin with {cash} USD.", reason="bad_cash")
    opened = AccountOpened(
        account=account, at_ms=at_ms, name=name, cash=cash, settings=settings, market=market,
        replaces=old.account if old is not None else "",
    )  # fmt: skip
    state = open_account(opened)
    entries: list[Entry] = [opened]
    for locked in risk.carried_over(old, account, at_ms) if old is not None else ():
        state.apply(locked)
        entries.append(locked)
    return state, entries


def name_of(label: str) -> str:
    """What a first account is called: as its market is painted, where that may be a name."""
    return "".join(letter for letter in label if letter.isprintable())[:MAX_NAME].strip() or "Paper account"
