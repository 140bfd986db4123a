"""A hub on a desk of its own: what it asks of the feed is written down, what the feed says is handed in."""

from __future__ import annotations

import math

from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Batch, Noted
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Aggregate, Event, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.sessions import us_equities
from live_monitor.wire.relay import Hello, HistoryPage, Notice

NOW = 1_795_188_600_000  # 2026-11-20 10:30 New York, in a regular session


class Desk:
    """A hub with everything that it asks of the feed written down."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.hub = MarketHub(self.clock, us_equities())
        self.wanted: list[dict[str, tuple[str, ...]]] = []
        self.pages: list[tuple[str, str, int, int, int]] = []
        self.snapshots: list[list[str]] = []
        self.hub.subscriptions.changed = self.wanted.append
        self.hub.pages.request = lambda *page: self.pages.append(page)
        self.hub.request_snapshot = self.snapshots.append

    def connect(self, *features: str) -> None:
        self.tell(Hello(features=list(features), provider="simulated", label="SIMULATED"))
        self.hub.take([LinkStatus("live", self.clock.monotonic())])

    def drop(self) -> None:
        self.hub.take([LinkStatus("retrying", self.clock.monotonic(), 1, "The connection was lost.")])

    def feed(self, *events: Event) -> None:
        self.hub.take([Batch(list(events), self.clock.monotonic())])

    def tell(self, notice: Notice) -> None:
        self.hub.take([Noted(notice, self.clock.monotonic())])

    def answer(self, page: tuple[str, str, int, int, int], bars: list[Aggregate], *, more: bool = False) -> None:
        symbol, timeframe, _, _, number = page
        self.tell(HistoryPage(symbol, timeframe, number, list(bars), more))


def trade(symbol: str, sequence: int, price: float = 100.0, size: float = 10) -> Trade:
    return Trade(symbol, price, size, NOW + sequence, (), 12, str(sequence), sequence)


def minute(
    symbol: str, index: int, close: float = 100.0, volume: float = 50.0, day_volume: float = math.nan
) -> Aggregate:
    start = NOW + index * 60_000
    return Aggregate(symbol, start, start + 60_000, close, close, close, close, volume, close, None, day_volume)
