"""What came of a what-if: its journal as a chain of digests, and the orders and fills that stand in it."""

from __future__ import annotations

from copy import copy
from typing import NamedTuple

from live_monitor.data.models.orders import AccountSnapshot, Order, PositionRow
from live_monitor.data.order_script import Act
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import Entry, Filled, OrderPlaced
from live_monitor.engine.paper.ledger import Chain, Draft, draft


class Denied(NamedTuple):
    """An act that was refused and of which the journal has no order: terms that cannot be read, a cancel too late.

    `order_id`: the order that a cancel or a replace was about; empty where there is none.
    """

    act: Act
    order_id: str
    reason: str
    text: str


class Played(NamedTuple):
    """How a what-if ended. `orders` stand in the order in which they were placed, children behind their entry.

    `lines`: order id to the line that placed it. `waiting`: order id to why it has not filled, of those still open.
    `repeats`: lines whose client order id was known already, with the order that answered them. `digest`: of the whole
    `journal`, 64 hexadecimal digits.
    """

    orders: tuple[Order, ...]
    fills: tuple[Filled, ...]
    denied: tuple[Denied, ...]
    lines: dict[str, int]
    repeats: tuple[tuple[int, str], ...]
    waiting: dict[str, str]
    account: AccountSnapshot
    positions: tuple[PositionRow, ...]
    digest: str
    journal: tuple[Draft, ...]


class PaperRecord:
    """Keeps what the engine of one account decides. One thread."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self._chain = Chain()
        #: Every entry, as a ledger takes it.
        self.journal: list[Draft] = []
        #: As they stood after their last entry: the account itself keeps those that are over compactly, or not at all.
        self.orders: dict[str, Order] = {}
        self.fills: list[Filled] = []
        #: The newest order of each client order id.
        self.ids: dict[str, str] = {}

    def take(self, entries: list[Entry]) -> list[str]:
        """Links `entries` to the journal and empties the list; returns the ids of the orders that they placed."""
        placed: list[str] = []
        for entry in entries:
            written = draft(entry)
            self._chain.link(written)
            self.journal.append(written)
            if isinstance(entry, OrderPlaced):
                order_id = entry.order.order_id
                self.orders[order_id] = entry.order
                placed.append(order_id)
                if entry.order.client_order_id:
                    self.ids[entry.order.client_order_id] = order_id
            elif isinstance(entry, Filled):
                self.fills.append(entry)
        for entry in entries:
            self._look_at(entry.order.order_id if isinstance(entry, OrderPlaced) else getattr(entry, "order_id", ""))
        entries.clear()
        return placed

    def _look_at(self, order_id: str) -> None:
        order = self._state.order(order_id) if order_id else None
        if order is not None:
            self.orders[order_id] = copy(order)

    @property
    def digest(self) -> str:
        """Names everything that was taken, in order."""
        return self._chain.hex_digest
