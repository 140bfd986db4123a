"""Time and sales of one symbol."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from live_monitor.data.models.market_data import Trade
from live_monitor.engine.market.conditions import BAR_LAST
from live_monitor.limits import MAX_TAPE_ROWS


class TapeRow(NamedTuple):
    """One print as time and sales shows it.

    `side` is +1 at or above the ask, -1 at or below the bid, 0 between or unknown; `eligible` says
    whether the print may move the last price.
    """

    timestamp_ms: int
    price: float
    size: float
    side: int
    conditions: tuple[int | str, ...]
    exchange: int | str | None
    eligible: bool


class Tape:
    """The newest prints, bounded; rows are made only when somebody looks. Main thread."""

    def __init__(self, limit: int = MAX_TAPE_ROWS) -> None:
        self._prints: deque[tuple[Trade, float, float, int]] = deque(maxlen=limit)
        self.total = 0

    def add(self, trade: Trade, bid: float, ask: float, flags: int) -> None:
        """Appends a print with the quote that stood when it arrived."""
        self._prints.append((trade, bid, ask, flags))
        self.total += 1

    def clear(self) -> None:
        """Forgets every print; `total` goes on, so that a view sees the change."""
        self._prints.clear()
        self.total += 1

    def __len__(self) -> int:
        return len(self._prints)

    def __iter__(self) -> Iterator[TapeRow]:
        return (_row(*item) for item in self._prints)

    def newest(self, count: int) -> list[TapeRow]:
        """At most `count` rows, newest first."""
        return [_row(*item) for item in islice(reversed(self._prints), count)]


def _row(trade: Trade, bid: float, ask: float, flags: int) -> TapeRow:
    side = 1 if trade.price >= ask else -1 if trade.price <= bid else 0
    return TapeRow(
        trade.timestamp_ms, trade.price, trade.size, side, trade.conditions, trade.exchange, bool(flags & BAR_LAST)
    )
