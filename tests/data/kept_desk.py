"""A desk whose hub keeps bars in a real store, and bars to keep there."""

from __future__ import annotations

import threading
from pathlib import Path

from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.ports import SeriesKey
from live_monitor.wire.relay import Hello
from tests.data.desk import NOW, Desk, minute

MARKET = "test-market"
KEY = SeriesKey(MARKET, "AAPL", MINUTE)


class KeptDesk(Desk):
    """A desk whose hub keeps bars in a real store on its own thread."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.bell = threading.Event()
        self.store = StoreThread(lambda: SqliteStore(path), self.clock)
        self.store.wake = self.bell.set
        self.hub.keep_bars(self.store)

    def greet(self, *timeframes: str, market: str = MARKET) -> None:
        hello = Hello(["history"], "live-monitor", "simulated", "SIMULATED", market=market, timeframes=[*timeframes])
        self.tell(hello)
        self.hub.take([LinkStatus("live", self.clock.monotonic())])

    def settle(self) -> None:
        """Waits until the store has done all that it was told, and takes its answers."""
        done: list[object] = []
        self.store.ask(lambda store: True, done.append)
        while not done:
            assert self.bell.wait(10)
            self.bell.clear()
            self.store.take()

    def kept(self, key: SeriesKey = KEY) -> BarColumns:
        found: list[BarColumns | None] = []
        self.store.ask(lambda store: store.read(key, 0, 2**50), found.append)
        self.settle()
        assert found[0] is not None
        return found[0]

    def asked(self, timeframe: str) -> list[tuple[str, str, int, int, int]]:
        return [page for page in self.pages if page[1] == timeframe]


def minutes(first: int, last: int) -> list[Aggregate]:
    return [minute("AAPL", index, 100 + index % 7) for index in range(first, last)]


def history_bars(first: int, last: int) -> BarColumns:
    return BarColumns.of(
        Bar(NOW + at * 60_000, 1.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1, BarSource.HISTORY) for at in range(first, last)
    )
