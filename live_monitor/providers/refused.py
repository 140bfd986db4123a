"""A provider that cannot even be built, because a key or a workbook is missing: it says so, and does nothing."""

from __future__ import annotations

from collections.abc import Mapping

from live_monitor.clock import Clock
from live_monitor.data.models.providers import Capabilities
from live_monitor.data.models.status import LinkStatus
from live_monitor.errors import LiveMonitorError
from live_monitor.limits import Rejections
from live_monitor.ports import FeedOutlet


class RefusedFeed:
    """A `ports.MarketFeed` that failed before it began, so that the reason stands where all other reasons stand."""

    capabilities = Capabilities(streaming=False, quotes=False)

    def __init__(self, outlet: FeedOutlet, provider: str, error: LiveMonitorError, clock: Clock) -> None:
        self.provider = provider
        self.rejections = Rejections()
        self._outlet = outlet
        self._error = error
        self._clock = clock

    async def run(self) -> None:
        """Tells why it failed, and returns."""
        error = self._error
        self._outlet.put_status(
            LinkStatus("failed", self._clock.monotonic(), 0, error.message, error.remedy, self.provider)
        )

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """Nothing is given."""

    async def resubscribe(self) -> None:
        """Nothing is subscribed."""

    async def reconnect(self, reason: str) -> None:
        """Nothing was connected."""

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """Nothing is known."""

    async def request_snapshot(self, symbols: list[str]) -> None:
        """Nothing is known."""

    async def search_symbols(self, text: str, request_id: int) -> None:
        """Nothing is known."""
