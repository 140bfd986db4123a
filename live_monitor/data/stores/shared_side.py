"""The shared store as the embedded one's partner: asked while it answers, left alone for a while when it does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from typing import Final, TypeVar

from live_monitor.clock import Clock
from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.errors import StoreError
from live_monitor.ports import HistoryStore

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: How long the shared store is left alone after its first failure in a row, the second, …
PAUSES_S: Final = (5.0, 15.0, 60.0, 300.0)


class Fate(Enum):
    """What became of bars that were to be sent."""

    SENT = "sent"
    REFUSED = "refused"  #: for good: sending them again would be useless
    LATER = "later"  #: the store does not answer; to be sent again


class SharedSide:
    """One thread at a time; `notice` may be read from any. An outage is logged once, however often it is met."""

    def __init__(self, store: HistoryStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._failures = 0
        self._again_at = 0.0
        self._outage = ""
        self._refusal = ""

    @property
    def notice(self) -> str:
        """One line while the store does not answer, or once it refused bars for good; else empty."""
        return self._outage or self._refusal

    @property
    def rests(self) -> bool:
        """True while it is left alone after a failure."""
        return self._failures > 0 and self._clock.monotonic() < self._again_at

    def ask(self, work: Callable[[HistoryStore], _T]) -> _T | None:
        """What the store answers; None while it does not."""
        if self.rests:
            return None
        try:
            answer = work(self._store)
        except StoreError as error:
            self._failed(error)
            return None
        if self._failures:
            self._failures, self._outage = 0, ""
            _log.info("The shared store answers again")
        return answer

    def send(self, work: Callable[[HistoryStore], None]) -> Fate:
        """Does `work`, which writes. That bars were refused for good is logged once and told by the notice."""

        def sent(store: HistoryStore) -> Fate:
            try:
                work(store)
            except RefusedBars as error:
                if not self._refusal:
                    _log.warning("%s", error)
                self._refusal = str(error)
                return Fate.REFUSED
            return Fate.SENT

        return self.ask(sent) or Fate.LATER

    def close(self) -> None:
        """Ends the work with the store."""
        self._store.close()

    def _failed(self, error: StoreError) -> None:
        if not self._failures:
            _log.warning("%s Until it answers, bars are kept on this machine only.", error)
        self._again_at = self._clock.monotonic() + PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
        self._failures += 1
        self._outage = f"{error} Until it answers, bars are kept on this machine only."
