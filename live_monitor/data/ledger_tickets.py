"""What became of each batch of entries, for whoever waits for it. Any thread."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final, NamedTuple

#: Stretches of refused tickets that are remembered: who asks about one does so at once.
_REMEMBERED: Final = 1_000


class _Refused(NamedTuple):
    first: int
    last: int
    reason: str


class Tickets:
    """Numbers from 1 up, settled in order: kept ("") or refused with a reason."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._settled = 0
        self._refused: deque[_Refused] = deque(maxlen=_REMEMBERED)

    def settle(self, last: int, reason: str = "") -> None:
        """Everything up to and including `last` that was not settled yet is kept, or refused for `reason`."""
        with self._change:
            if last <= self._settled:
                return
            if reason:
                self._refused.append(_Refused(self._settled + 1, last, reason))
            self._settled = last
            self._change.notify_all()

    def wait(self, ticket: int, timeout_s: float) -> str:
        """ "" once it is kept, else why not; after `timeout_s` that nobody knows yet."""
        with self._change:
            if not self._change.wait_for(lambda: self._settled >= ticket, timeout_s):
                return f"The ledger has not answered within {timeout_s:g} s: whether it is kept is not known yet."
            return next((each.reason for each in self._refused if each.first <= ticket <= each.last), "")
