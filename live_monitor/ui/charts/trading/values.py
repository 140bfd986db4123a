"""What lies on the chart for paper trading, as values. No Qt."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, NamedTuple

from live_monitor.data.models.orders import Side

#: Ids of lines that are no order.
POSITION: Final = "position"
ABOVE, BELOW = "above", "below"
DRAFT_ENTRY, DRAFT_STOP, DRAFT_TARGET = "draft entry", "draft stop", "draft target"
DRAFT_LINES: Final = frozenset({DRAFT_ENTRY, DRAFT_STOP, DRAFT_TARGET})

#: Where on a line the pointer is: its line, the tag, the button that places it, or the cross that ends it.
Part = Literal["line", "tag", "accept", "close"]


class OrderLine(NamedTuple):
    """One price that an order or the position stands at, in USD.

    `tone`: role of its colour. `badge`: what it is, in the fewest words ("BUY 100"). `text`: the rest ("LMT 99.50 ·
    312 ahead"). `gain`: +1, -1 or 0, the way of a profit that `text` names. `waiting`: it does not work yet.
    """

    id: str
    price: float
    tone: str
    badge: str
    text: str
    gain: int = 0
    waiting: bool = False
    moves: bool = False
    closes: bool = False
    #: What the button says that places it; empty without one.
    accept: str = ""

    @property
    def is_order(self) -> bool:
        """True for an order that works or waits."""
        return self.closes and self.id not in DRAFT_LINES

    @property
    def drawn(self) -> tuple[str, float, str, bool]:
        """What the line itself looks like, apart from its tag."""
        return self.id, self.price, self.tone, self.waiting


class Draft(NamedTuple):
    """A bracket that is not placed yet: prices in USD. Long where the stop lies below the entry."""

    entry: Decimal
    stop: Decimal
    target: Decimal

    @property
    def side(self) -> Side:
        """Of the entry."""
        return "BUY" if self.stop < self.entry else "SELL"

    @property
    def sound(self) -> bool:
        """True while the target and the stop lie on either side of the entry, and all are prices."""
        low, high = sorted((self.stop, self.target))
        return 0 < low < self.entry < high


class Intent(NamedTuple):
    """What a click at a price would place."""

    side: Side
    order_type: Literal["LMT", "STP"]
    price: Decimal
