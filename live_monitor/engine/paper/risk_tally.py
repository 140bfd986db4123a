"""What the limits of an account count, as a part of its state: a fold of its entries that no setting can change.

Trades are kept by their times, not as a counter of a day, and a lock by its end: so that a restart, other settings or
a clock that goes back take nothing away (docs/adr/0040).
"""

from __future__ import annotations

from bisect import insort
from decimal import Decimal
from typing import Final

from msgspec import Struct, field

from live_monitor.engine.paper.entries import DayBegan, RiskLocked

#: Exchange days whose beginning is remembered, and trades whose times are; of so many trades a limit may be.
KEPT_DAYS: Final = 16
KEPT_TRADES: Final = 10_000


class Lock(Struct, frozen=True):
    """No new entries before `until_ms`; `text` says why."""

    until_ms: int
    text: str


class RiskTally(Struct):
    """Counts for one account. Changed by `AccountState.apply` alone.

    `starts`: net liquidation at the beginning of each of the last exchange days (ISO), in the order in which they
    began. `trades_ms`: when each trade began, ascending. A trade is an order that opens or adds to a position; it
    counts once, with the first share that does, and exits do not count. `counted`: open orders that have counted
    already. `losses`: round trips in a row that lost. `locks`: by reason.
    """

    starts: dict[str, Decimal] = field(default_factory=dict)
    trades_ms: list[int] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    losses: int = 0
    locks: dict[str, Lock] = field(default_factory=dict)

    def day_began(self, entry: DayBegan) -> None:
        """The first beginning of a day counts, so that saying it again lifts nothing. A new day forgets lost trades."""
        if entry.day in self.starts:
            return
        self.starts[entry.day] = entry.net_liq
        for day in list(self.starts)[:-KEPT_DAYS]:
            del self.starts[day]
        self.losses = 0

    def filled(self, at_ms: int, order_id: str, opened: Decimal, trip: Decimal | None) -> None:
        """A fill. `opened`: its shares that opened or added to a position; `trip`: what the round trip brought in USD,
        fees taken off, where the fill ended one (`positions.FillResult`).
        """
        if opened and order_id not in self.counted:
            self.counted.append(order_id)
            # In order also where market time went back, so that trades of a day are found at once.
            insort(self.trades_ms, at_ms)
            if len(self.trades_ms) > KEPT_TRADES:
                del self.trades_ms[:-KEPT_TRADES]
        if trip is not None:
            self.losses = self.losses + 1 if trip < 0 else 0

    def order_ended(self, order_id: str) -> None:
        """An order has reached a final state."""
        if order_id in self.counted:
            self.counted.remove(order_id)

    def locked(self, entry: RiskLocked) -> None:
        """A lock of one reason only ever ends later than it did. A pause after losses begins the count of them anew."""
        known = self.locks.get(entry.reason)
        if known is None or entry.until_ms >= known.until_ms:
            self.locks[entry.reason] = Lock(entry.until_ms, entry.text)
        if entry.reason == "losing_streak":
            self.losses = 0
