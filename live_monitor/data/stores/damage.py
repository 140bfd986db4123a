"""Bars whose check sum is wrong: put aside in the same file, never shown, never thrown away."""

from __future__ import annotations

import logging
import sqlite3
from typing import NamedTuple

from live_monitor.data.stores import covers
from live_monitor.ports import SeriesKey

_log = logging.getLogger(__name__)


class Damaged(NamedTuple):
    """A block (`block` is its number) or a row (`block` 0) that is not what was written."""

    series: int
    key: SeriesKey
    #: As in `periods.Period`.
    day: int
    from_ms: int
    to_ms: int
    block: int = 0


class DamageBook:
    """What was found damaged. Reads note it; `settle` puts it aside in a transaction of its caller."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, int, int], Damaged] = {}
        #: Those of them that the present transaction has moved.
        self._moved: set[tuple[int, int, int]] = set()
        #: Found since the store was opened.
        self.count = 0
        self._last = ""

    @property
    def notice(self) -> str:
        """One line for the person; empty while nothing was found."""
        if not self.count:
            return ""
        return (
            f"The store of bars holds {self.count} damaged part{'s' if self.count > 1 else ''}, the last one of "
            f"{self._last}: left out, kept aside, and fetched anew where a history offers it."
        )

    @property
    def waiting(self) -> bool:
        """True while something is to be settled."""
        return bool(self._waiting)

    def note(self, damaged: Damaged) -> None:
        """Remembers and logs it, once."""
        mark = (damaged.series, damaged.from_ms, damaged.block)
        if mark in self._waiting:
            return
        self._waiting[mark] = damaged
        self.count += 1
        self._last = f"{damaged.key.symbol} {damaged.key.timeframe} of {damaged.day}"
        _log.warning("Damaged bars of %s (%s) are left out and kept aside", self._last, damaged.key.market)

    def sound_from(self, series: int, start_ms: int, end_ms: int) -> int | None:
        """From when on [`start_ms`, `end_ms`) holds nothing that waits to be put aside; None for never."""
        for each in self._waiting.values():
            if each.series == series and each.from_ms < end_ms:
                start_ms = max(start_ms, each.to_ms)
        return start_ms if start_ms < end_ms else None

    def settle(self, connection: sqlite3.Connection) -> None:
        """Moves everything noted out of the way, and says of its time that bars are missing."""
        for mark, each in self._waiting.items():
            # A number that was freed may be a fresh block's by now.
            if mark not in self._moved:
                move(connection, each)
                self._moved.add(mark)

    def settled(self, committed: bool) -> None:
        """The transaction of `settle` is over."""
        if committed:
            for mark in self._moved:
                del self._waiting[mark]
        self._moved.clear()


def move(connection: sqlite3.Connection, damaged: Damaged) -> None:
    """Moves one damaged block or row to the table `damaged`; its time is covered no more."""
    values = (damaged.from_ms, damaged.to_ms)
    if damaged.block:
        connection.execute(
            "INSERT INTO damaged (series, from_ms, to_ms, data) SELECT series, ?, ?, data FROM blocks WHERE id = ?",
            (*values, damaged.block),
        )
        connection.execute("DELETE FROM blocks WHERE id = ?", (damaged.block,))
    else:
        row = (damaged.series, damaged.from_ms)
        connection.execute(
            "INSERT INTO damaged (series, from_ms, to_ms, data) "
            "SELECT series, ?, ?, value FROM bars WHERE series = ? AND start_ms = ?",
            (*values, *row),
        )
        connection.execute("DELETE FROM bars WHERE series = ? AND start_ms = ?", row)
    covers.remove(connection, damaged.series, *values)
