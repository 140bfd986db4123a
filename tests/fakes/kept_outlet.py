"""A `ports.FeedOutlet` that keeps everything, in order, for a test to wait for and look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from live_monitor.data.models.market_data import Event
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.wire.notices import Notice

Kind = TypeVar("Kind")


class KeptOutlet:
    """Used on the loop of the feed."""

    def __init__(self) -> None:
        #: All that came, in order: events, notices, states of the link, (symbol, reason) of problems.
        self.items: list[Any] = []
        self._changed = asyncio.Event()

    @property
    def has_room(self) -> bool:
        """Always: nothing is left out."""
        return True

    def put_events(self, events: list[Event], received: float) -> None:
        self._keep(*events)

    def put_notice(self, notice: Notice, received: float) -> None:
        self._keep(notice)

    def put_status(self, status: LinkStatus) -> None:
        self._keep(status)

    def put_problem(self, symbol: str, reason: str) -> None:
        self._keep((symbol, reason))

    def put_provider(self, status: ProviderStatus) -> None:
        self._keep(status)

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        self._keep((request_id, hits))

    def all(self, kind: type[Kind]) -> list[Kind]:
        """Everything of one type that came."""
        return [item for item in self.items if isinstance(item, kind)]

    @property
    def states(self) -> list[str]:
        """The states of the link, one after the other."""
        return [status.state for status in self.all(LinkStatus)]

    @property
    def problems(self) -> dict[str, str]:
        """Symbols that were refused or left unanswered."""
        return {item[0]: item[1] for item in self.items if isinstance(item, tuple) and isinstance(item[0], str)}

    async def until(self, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Waits until `condition` holds; looks again whenever something comes. Raises TimeoutError."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"came: {self.items[-20:]}") from None

    def _keep(self, *items: Any) -> None:
        self.items += items
        self._changed.set()
