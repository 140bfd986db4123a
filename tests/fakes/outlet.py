"""An outlet that writes down what a feed puts, in order; a `ports.FeedOutlet` for tests without a window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from live_monitor.data.models.market_data import Event
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.wire.notices import Notice


class Outlet:
    """Everything by kind, each in the order of its arrival. Used on one loop."""

    def __init__(self) -> None:
        self.has_room = True
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.links: list[LinkStatus] = []
        self.problems: list[tuple[str, str]] = []
        self.providers: list[ProviderStatus] = []
        self.found: list[tuple[int, tuple[SymbolHit, ...]]] = []
        self._changed = asyncio.Event()

    @property
    def states(self) -> list[str]:
        """What the link went through."""
        return [link.state for link in self.links]

    async def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Waits until `condition` holds, looking again whenever something is put. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def put_events(self, events: list[Event], received: float) -> None:
        self.events += events
        self._changed.set()

    def put_notice(self, notice: Notice, received: float) -> None:
        self.notices.append(notice)
        self._changed.set()

    def put_status(self, status: LinkStatus) -> None:
        self.links.append(status)
        self._changed.set()

    def put_problem(self, symbol: str, reason: str) -> None:
        self.problems.append((symbol, reason))
        self._changed.set()

    def put_provider(self, status: ProviderStatus) -> None:
        self.providers.append(status)
        self._changed.set()

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        self.found.append((request_id, tuple(hits)))
        self._changed.set()
