"""What the person asks of paper trading: one slot a wish. Main thread.

A wish becomes a call of the paper desk; what it refuses is told in one line. Nothing here decides about an order.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol, cast

from msgspec.structs import replace

from live_monitor.data.models.orders import AccountSettings, OrderParams, PlacedOrder, Refusal
from live_monitor.desktop import Desktop
from live_monitor.ui.paper_view import NewAccount, PaperView, Replacement

#: Told once an order is kept on the disk, or why it was refused or could not be kept.
Placed = Callable[[PlacedOrder | Refusal], None]


class PaperOrders(PaperView, Protocol):
    """The paper desk as it is asked for things; `data.paper_desk.PaperDesk` is one. None of these raises.

    Those that answer with a Refusal have done nothing then.
    """

    def place(self, params: OrderParams, done: Placed, /) -> None: ...
    def replace(self, change: Replacement, /) -> Refusal | None: ...
    def cancel(self, order_id: str, /) -> Refusal | None: ...
    def cancel_all(self, symbol: str | None, /) -> Refusal | None: ...
    def flatten(self, symbol: str | None, /) -> Refusal | None: ...
    def write_note(self, day: str, text: str, /) -> Refusal | None: ...
    def choose_account(self, account_id: str, /) -> Refusal | None: ...
    def open_account(self, name: str, cash: Decimal, /) -> Refusal | None: ...
    def reset_account(self) -> Refusal | None: ...
    def change_settings(self, settings: AccountSettings, /) -> Refusal | None: ...


class OrderDesk:
    """Orders, the account and its journal; until `follow` there is no paper desk, and every wish says so."""

    def __init__(self, desktop: Desktop, new_id: Callable[[], str]) -> None:
        """`new_id` gives an id that no other order has, nor one of another run."""
        self._desktop, self._new_id = desktop, new_id
        self._paper: PaperOrders | None = None

    def follow(self, paper: PaperOrders) -> None:
        """There is a paper desk: what is asked from now on is asked of it."""
        self._paper = paper
        kept = self._desktop.settings.paper.account
        usable = [account_id for account_id, _name, archived in paper.accounts if not archived]
        if kept != paper.account_id and kept in usable:
            self._told(paper.choose_account(kept))

    # -- orders ---------------------------------------------------------------------------------

    def place(self, params: object) -> None:
        """Places an order (`OrderParams`); a name of its own makes it one order however often it is sent."""
        wanted = cast("OrderParams", params)
        if not wanted.client_order_id:
            wanted = replace(wanted, client_order_id=self._new_id())
        paper = self._asked()
        if paper is not None:
            paper.place(wanted, self._placed)

    def replace(self, change: object) -> None:
        """Gives a working order other terms (`Replacement`)."""
        paper = self._asked()
        self._told(paper.replace(cast("Replacement", change)) if paper is not None else None)

    def cancel(self, order_id: str) -> None:
        """Cancels an order."""
        paper = self._asked()
        self._told(paper.cancel(order_id) if paper is not None else None)

    def cancel_all(self, symbol: str) -> None:
        """Cancels every working order of a symbol, or of all."""
        paper = self._asked()
        self._told(paper.cancel_all(symbol or None) if paper is not None else None)

    def flatten(self, symbol: str) -> None:
        """Cancels what works in a symbol and closes its position at market; the person has confirmed it."""
        paper = self._asked()
        self._told(paper.flatten(symbol) if paper is not None else None)

    # -- the account ----------------------------------------------------------------------------

    def write_note(self, day: str, text: str) -> None:
        """Keeps a note about an exchange day."""
        paper = self._asked()
        self._told(paper.write_note(day, text) if paper is not None else None)

    def choose_account(self, account_id: str) -> None:
        """Trades in another account, also after the next start."""
        paper = self._asked()
        if paper is not None and self._told(paper.choose_account(account_id)):
            self._keep_account(paper)

    def open_account(self, account: object) -> None:
        """Opens an account (`NewAccount`) and trades in it."""
        paper, wanted = self._asked(), cast("NewAccount", account)
        if paper is not None and self._told(paper.open_account(wanted.name, wanted.cash)):
            self._keep_account(paper)

    def reset_account(self) -> None:
        """Archives the account and begins anew with its cash."""
        paper = self._asked()
        if paper is not None and self._told(paper.reset_account()):
            self._keep_account(paper)

    def change_settings(self, settings: object) -> None:
        """Lets the account trade in another way (`AccountSettings`)."""
        paper = self._asked()
        self._told(paper.change_settings(cast("AccountSettings", settings)) if paper is not None else None)

    def _keep_account(self, paper: PaperOrders) -> None:
        self._desktop.settings.paper.account = paper.account_id
        self._desktop.keeper.changed()

    # -- answers --------------------------------------------------------------------------------

    def _asked(self) -> PaperOrders | None:
        if self._paper is None:
            self._desktop.tell("Paper trading is not open yet.")
        self._desktop.window.pacer.request()
        return self._paper

    def _placed(self, answer: PlacedOrder | Refusal) -> None:
        self._told(answer if isinstance(answer, Refusal) else None)

    def _told(self, refusal: Refusal | None) -> bool:
        """True when it was done; else the person hears why not."""
        if refusal is not None:
            self._desktop.tell(refusal.text)
        self._desktop.window.pacer.request()
        return refusal is None
