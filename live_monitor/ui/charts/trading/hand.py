"""What is half done on the chart: nothing of it is an order before it is let go. No Qt.

So Escape needs no undo: it empties the hand, and nothing has happened.
"""

from __future__ import annotations

import math
from decimal import Decimal

from live_monitor.data.models.orders import ZERO
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.trading.values import DRAFT_ENTRY, DRAFT_STOP, Draft, Intent, OrderLine, Part


class TradeHand:
    """One for each chart. Main thread."""

    def __init__(self) -> None:
        #: A click places an order. Off until the person says so, in every run.
        self.armed = False
        #: The next drag draws a bracket.
        self.drawing = False
        self.selected = ""
        self.hot: tuple[str, Part] | None = None
        #: The line that follows the pointer, at its new price; and one that was let go, until the order is there.
        self.dragged: OrderLine | None = None
        self.dropped: OrderLine | None = None
        #: What a click here would place, and its line.
        self.intent: Intent | None = None
        self.preview: OrderLine | None = None
        self.draft: Draft | None = None
        self.draft_lines: list[OrderLine] = []
        #: USD that tells the sides of the market apart; NaN without one.
        self.market = math.nan
        #: Shares of a click, and percent of the account that a bracket may lose.
        self.shares = Decimal(100)
        self.risk_percent = Decimal("0.5")
        #: Where the bar of paper trading stands, in device pixels; None while there is none.
        self.bar: Box | None = None
        #: Why nothing can be placed at present; empty when something can.
        self.notice = ""

    @property
    def busy(self) -> bool:
        """True while something is half done."""
        return self.dragged is not None or self.draft is not None or self.drawing

    def let_go(self) -> bool:
        """Empties the hand, the innermost first; False when there was nothing in it."""
        if self.dragged is not None:
            self.dragged = None
            return True
        if self.draft is not None or self.drawing:
            self.draft, self.draft_lines, self.drawing = None, [], False
            return True
        return False

    def forget(self) -> None:
        """Another symbol: what was half done was of the one before."""
        self.drawing, self.selected, self.hot = False, "", None
        self.dragged = self.dropped = self.preview = None
        self.intent, self.draft, self.draft_lines = None, None, []


def with_price(draft: Draft, line_id: str, price: Decimal) -> Draft:
    """The draft with one of its prices moved; as it was where that would turn it inside out."""
    if line_id == DRAFT_ENTRY:
        found = draft._replace(entry=price)
    elif line_id == DRAFT_STOP:
        found = draft._replace(stop=price)
    else:
        found = draft._replace(target=price)
    return found if found.sound and found.side == draft.side else draft


def drawn(entry: Decimal, stop: Decimal) -> Draft | None:
    """A bracket from its entry to its stop, with a target twice as far; None where there is no distance, or no room."""
    found = Draft(entry, stop, entry + 2 * (entry - stop))
    if found.target <= ZERO:
        # A stop so far above that twice as far is below zero: half of the entry is as good a start as any.
        found = found._replace(target=(entry / 2).quantize(Decimal("0.01")))
    return found if found.sound else None
