"""What has been decided and is not on the disk yet, and who waits for it. One thread at a time, but for `wait`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.engine.paper.entries import Entry, OrderPlaced, OrderTrailed, QueueMoved


class PaperKeeping:
    """Hands entries to the ledger's thread and remembers which orders they are about until they are durable.

    `kept` gets entries in order once they are durable; `lost` hears, once, that something could not be written:
    everything from there on is gone, and whoever decided it has to begin from what is kept.
    """

    def __init__(self, ledger: LedgerThread) -> None:
        self._ledger = ledger
        self.kept: Callable[[Sequence[Entry]], None] = lambda entries: None
        self.lost: Callable[[str], None] = lambda reason: None
        self._waiting: Counter[str] = Counter()
        #: Of what was handed over last; 0 before the first.
        self.last_ticket = 0
        #: Batches whose fate is not known yet.
        self.under_way = 0

    def keep(self, entries: Sequence[Entry], done: Callable[[str], None] | None = None) -> int:
        """Writes `entries` down; `done` hears "" once they are durable, else why not. Returns the ticket.

        Raises LedgerError where they can never be written: then none of them is.
        """
        orders = [order for entry in entries if (order := order_of(entry))]

        def over(reason: str) -> None:
            self.under_way -= 1
            self._waiting.subtract(orders)
            for order in orders:
                if not self._waiting[order]:
                    del self._waiting[order]
            if reason:
                self.lost(reason)
            else:
                self.kept(entries)
            if done is not None:
                done(reason)

        # `over` is called later, and by whoever is in here now.
        self.last_ticket = self._ledger.append(entries, over)
        self._waiting.update(orders)
        self.under_way += 1
        return self.last_ticket

    def wait(self, ticket: int, timeout_s: float) -> str:
        """Waits until all up to `ticket` is durable: "", or why what it stands for is not. Any thread."""
        return self._ledger.wait(ticket, timeout_s) if ticket else ""

    def is_waiting(self, account: str, order_id: str) -> bool:
        """True while something about the order is not durable yet."""
        return f"{account}/{order_id}" in self._waiting


def order_of(entry: Entry) -> str:
    """Account and id of the order that an entry is about; empty where it is about none, and where it only notes how
    far an order has followed the market: that changes by the second, and nobody asked for it.
    """
    if isinstance(entry, OrderPlaced):
        return f"{entry.account}/{entry.order.order_id}"
    if isinstance(entry, OrderTrailed | QueueMoved):
        return ""
    order_id = getattr(entry, "order_id", "")
    return f"{entry.account}/{order_id}" if order_id else ""
