"""Which client wants which events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from live_monitor.data.models.market_data import Event
from live_monitor.server.relay_frames import CHANNEL_OF
from live_monitor.server.relay_outbox import Outbox

_KIND_OF: Final = {channel: kind for kind, channel in CHANNEL_OF.items()}


class Routes:
    """Kind of event and symbol → the outboxes that take it; kept so that one event costs two dictionary look-ups."""

    def __init__(self) -> None:
        self._table: dict[type[Event], dict[str, list[Outbox]]] = {kind: {} for kind in CHANNEL_OF}
        self._taken = 0

    def __bool__(self) -> bool:
        """True while anybody wants anything."""
        return self._taken > 0

    @property
    def table(self) -> Mapping[type[Event], Mapping[str, list[Outbox]]]:
        """The look-up itself; a Status has no row."""
        return self._table

    def add(self, outbox: Outbox, symbol: str, channels: Iterable[str]) -> None:
        """From now on `outbox` takes these events; what it takes already, it takes once."""
        for channel in channels:
            takers = self._table[_KIND_OF[channel]].setdefault(symbol, [])
            if outbox not in takers:
                takers.append(outbox)
                self._taken += 1

    def remove(self, outbox: Outbox, symbol: str, channels: Iterable[str]) -> None:
        """`outbox` takes these events no longer."""
        for channel in channels:
            row = self._table[_KIND_OF[channel]]
            takers = row.get(symbol, [])
            if outbox in takers:
                takers.remove(outbox)
                self._taken -= 1
                if not takers:
                    del row[symbol]
