"""One press, one order, for the symbol that the ticket showed all the while. Pure: times come in."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Final

#: So long after another symbol came to the ticket no press counts: a hand that was on its way meant the old one.
SETTLE_S: Final = 0.7
CHANGED: Final = "The ticket changed under the press: nothing was sent. Look and press again."
REPEATED: Final = "One press, one order: what came right after it was left out."


class PressGuard:
    """Judges presses of one ticket: a double click, a held key and a hammering hand are one press.

    `quiet_s`: after a press so long without another one, until the next counts.
    """

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._held: Hashable = None
        self._pressed_at = -math.inf
        self._came_at = -math.inf
        self._down_at = -math.inf

    def symbol_came(self, now: float) -> None:
        """Another symbol stands on the ticket from now (monotonic seconds) on."""
        self._came_at = now
        self._held = None

    def settling_s(self, now: float) -> float:
        """Seconds until a press counts again; 0 once it does."""
        return max(0.0, self._came_at + SETTLE_S - now)

    def press(self, offer: Hashable, now: float) -> None:
        """The button or the key went down while the ticket offered this."""
        self._held, self._down_at = offer, now

    def pressed_beside(self, now: float) -> None:
        """Another button was pressed that gives way to this one: what comes right after it was meant for that."""
        self._held, self._pressed_at = None, now

    def release(self, offer: Hashable, now: float) -> str:
        """It came up again: empty when the order may go, else why nothing is sent."""
        held, self._held = self._held, None
        too_soon = now - self._pressed_at < self._quiet_s
        self._pressed_at = now
        if held is None or held != offer:
            return CHANGED
        if self.settling_s(self._down_at) > 0:
            return "The symbol changed just now: nothing was sent. Look and press again."
        return REPEATED if too_soon else ""
