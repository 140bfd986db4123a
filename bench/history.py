"""`history`: scrolling back in the desktop, from the wish of the chart to the bars in its series."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PyQt6.QtCore import QCoreApplication, QEventLoop, QTimer

from bench.child import Child
from bench.rows import Row, Size
from live_monitor.clock import SystemClock
from live_monitor.data.models.timeframe import MINUTE, SECOND, Timeframe
from live_monitor.data.polygon_data_manager import PolygonDataManager
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.stores.sqlite_store import SqliteStore

PAGES = 12
#: Between two wishes of a person who scrolls.
PAUSE_S = 0.4
PATIENCE_S = 20.0


def _wait(manager: PolygonDataManager, ready: Callable[[], bool]) -> bool:
    """Lets Qt run until `ready()`; False when it did not come true in time."""
    deadline = time.monotonic() + PATIENCE_S
    loop = QEventLoop()
    manager.hub_updated.connect(loop.quit)
    nudge = QTimer()
    nudge.timeout.connect(loop.quit)
    nudge.start(200)
    while not ready() and time.monotonic() < deadline:
        loop.exec()
    nudge.stop()
    manager.hub_updated.disconnect(loop.quit)
    return ready()


def _rest(seconds: float) -> None:
    """Lets Qt run for so long."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def scrolled(url: str, folder: Path, timeframe: Timeframe, pages: int, pause_s: float) -> tuple[list[float], int]:
    """ms of every page that was asked for, one after the other, and how many bars there are in the end."""
    store = StoreThread(lambda: SqliteStore(folder / "bars.sqlite3"), SystemClock())
    manager = PolygonDataManager(url, store=store)
    manager.change_symbol("AAPL")
    manager.connect()
    hub = manager.hub
    taken: list[float] = []
    try:
        if not _wait(manager, lambda: len(hub.series(timeframe)) > 0 and not hub.history_state(timeframe).loading):
            return [], 0
        for _ in range(pages):
            _rest(pause_s)
            before = len(hub.series(timeframe))
            started = time.perf_counter()
            if not hub.history.older(timeframe):
                break
            if not _wait(manager, lambda: not hub.history_state(timeframe).loading):
                break
            if len(hub.series(timeframe)) == before:
                break
            taken.append((time.perf_counter() - started) * 1e3)
        return taken, len(hub.series(timeframe))
    finally:
        manager.disconnect()
        store.close()


def run(size: Size) -> Iterator[Row]:
    """Pages of minutes and seconds: from the feed's own process, then from the store that kept them."""
    application = QCoreApplication.instance() or QCoreApplication([])
    pages = 3 if size.tiny else PAGES
    with TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        ready = folder / "ready"
        options = ["--source", "sim", "--speed", "1", "--symbols", "AAPL,MSFT", "--port", "0"]
        with Child("live_monitor", "feed", *options, "--ready-file", str(ready), "--exit-with-parent"):
            deadline = time.monotonic() + PATIENCE_S
            while not ready.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            url = f"ws://127.0.0.1:{ready.read_text().strip()}/ws/bench"
            for timeframe in (MINUTE, SECOND):
                for source in ("feed", "store"):
                    taken, bars = scrolled(url, folder, timeframe, pages, 0.05 if size.tiny else PAUSE_S)
                    if taken:
                        case = f"page of {timeframe} bars from the {source}"
                        yield Row("history", f"{case}: median", statistics.median(taken), "ms")
                        yield Row("history", f"{case}: worst of {len(taken)}", max(taken), "ms")
                        yield Row("history", f"{case}: bars in the end", bars, "bars")
    del application
