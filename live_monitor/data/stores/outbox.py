"""What the shared store does not have yet: stretches only, because the bars themselves are in the embedded store."""

from __future__ import annotations

from typing import Final

from live_monitor.data.stores.stretches import Stretches
from live_monitor.ports import SeriesKey

MAX_SERIES: Final = 4_000
#: Of one series; what lies between two that are joined is sent once more, which changes nothing.
MAX_STRETCHES: Final = 100


class Outbox:
    """Bounded, in memory. A stretch is called whole only when none of its series' bars are owed any more."""

    def __init__(self) -> None:
        #: Series that were let go because too many were owed.
        self.dropped = 0
        self._bars: dict[SeriesKey, Stretches] = {}
        self._covers: dict[SeriesKey, Stretches] = {}

    def __len__(self) -> int:
        """How many series something is owed of."""
        return len(self._bars.keys() | self._covers.keys())

    def owes_bars(self, key: SeriesKey) -> bool:
        """True while bars of this series wait."""
        return key in self._bars

    def add_bars(self, key: SeriesKey, from_ms: int, to_ms: int) -> None:
        """Bars of [`from_ms`, `to_ms`) are owed."""
        if from_ms < to_ms and self._has_room(key):
            owed = self._bars.setdefault(key, Stretches())
            owed.add(from_ms, to_ms)
            owed.join_to(MAX_STRETCHES)

    def add_cover(self, key: SeriesKey, from_ms: int, to_ms: int) -> None:
        """The word that nothing is missing in [`from_ms`, `to_ms`) is owed."""
        if from_ms < to_ms and self._has_room(key):
            owed = self._covers.setdefault(key, Stretches())
            owed.add(from_ms, to_ms)
            # Joined, they would cover what may be missing; a forgotten one is asked for again from the source.
            while len(owed) > MAX_STRETCHES:
                owed.remove(*next(iter(owed)))

    def next_bars(self) -> tuple[SeriesKey, int, int] | None:
        """A stretch whose bars are owed."""
        for key, owed in self._bars.items():
            return key, *next(iter(owed))
        return None

    def next_cover(self) -> tuple[SeriesKey, int, int] | None:
        """A stretch that can be called whole now."""
        for key, owed in self._covers.items():
            if key not in self._bars:
                return key, *next(iter(owed))
        return None

    def sent_bars(self, key: SeriesKey, from_ms: int, to_ms: int) -> None:
        """Bars of the stretch are owed no longer."""
        _strike(self._bars, key, from_ms, to_ms)

    def sent_cover(self, key: SeriesKey, from_ms: int, to_ms: int) -> None:
        """The word on the stretch is owed no longer."""
        _strike(self._covers, key, from_ms, to_ms)

    def _has_room(self, key: SeriesKey) -> bool:
        if key in self._bars or key in self._covers or len(self) < MAX_SERIES:
            return True
        self.dropped += 1
        return False


def _strike(owed: dict[SeriesKey, Stretches], key: SeriesKey, from_ms: int, to_ms: int) -> None:
    known = owed.get(key)
    if known is not None:
        known.remove(from_ms, to_ms)
        if not len(known):
            del owed[key]
