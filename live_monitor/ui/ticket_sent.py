"""The order that the ticket sent last, until the desk has answered it, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final

from live_monitor.data.models.orders import Order
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.ticket_words import Said, became

#: So long the ticket waits for an answer before it lets the person ask again.
ANSWER_S: Final = 6.0
WAITING: Final = "The order is being placed…"
_UNANSWERED: Final = "No answer yet. Press again to ask for the same order: it is placed once."


class SentOrder:
    """One order at a time. `new_id` gives an id that no other order has. Main thread."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._id = ""
        self._wish: Hashable = None
        self._sent_at = 0.0
        self._open = False
        self._order: Order | None = None
        self._said = Said()

    @property
    def said(self) -> Said:
        """What became of it, for the person."""
        return self._said

    def is_about(self, wish: Hashable) -> bool:
        """True while the ticket still shows what was sent last."""
        return wish == self._wish

    def waiting(self, now: float) -> bool:
        """True while the desk has not answered, and may still."""
        return self._open and now - self._sent_at < ANSWER_S

    def begin(self, wish: Hashable, now: float) -> str:
        """The id to send the order under: of an order that was not answered, the one that it was sent under before."""
        if not (self._open and wish == self._wish):
            self._id = self._new_id()
        self._wish, self._sent_at, self._open, self._order = wish, now, True, None
        self._said = Said(WAITING)
        return self._id

    def refused(self, text: str) -> None:
        """The desk has not taken it."""
        self._open, self._order = False, None
        self._said = Said(f"Refused: {text}", "warning")

    def tell(self, text: str) -> None:
        """Something else to say, such as why nothing was sent."""
        self._order = None
        self._said = Said(text, "warning")

    def follow(self, paper: PaperView, now: float) -> None:
        """Looks what became of it."""
        if self._open:
            self._order = next((order for order in paper.orders() if order.client_order_id == self._id), None)
            if self._order is not None:
                self._open = False
            elif not self.waiting(now):
                self._said = Said(_UNANSWERED, "warning")
        order = self._order
        if order is None:
            return
        pending = paper.pending(order.order_id)
        self._said = became(order, pending=pending, why=paper.why(order.order_id) if order.is_open else "")
        if not order.is_open and not pending:
            # It stays said until the next order.
            self._order = None
