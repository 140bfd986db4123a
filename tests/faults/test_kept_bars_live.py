"""Bars on the real path: socket, thread, hub, manager, and a real store on its own thread (rows D1, and the calls)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.models.timeframe import MINUTE, SECOND
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import BarSource
from live_monitor.ports import SeriesKey
from tests.fakes.chaos_server import MARKET_MS, ChaosServer, trade
from tests.fakes.fail_over import Feed

Make = Callable[..., PolygonDataManager]
#: As many minutes as fit between a page and the present.
PAST = 3_000


def past_bar(index: int) -> dict[str, Any]:
    start = MARKET_MS - (PAST - index) * 60_000
    close = 100 + index % 50 / 100
    return {"ev": "AM", "sym": "AAPL", "s": start, "e": start + 60_000, "o": close, "h": close + 0.01, "l": close,
            "c": close, "v": 100.0 + index, "vw": close, "n": 3}  # fmt: skip


def feed() -> Feed:
    return Feed("alpha", [trade("AAPL", 101.0)], pages={"1m": [past_bar(index) for index in range(PAST)]})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bars.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[StoreThread]:
    thread = StoreThread(lambda: SqliteStore(path), ManualClock(MARKET_MS))
    yield thread
    thread.close()


def opened(make: Make, url: str, store: StoreThread, qtbot: QtBot) -> PolygonDataManager:
    """A manager that shows AAPL, its newest page loaded and its print arrived."""
    data = make(url, ManualClock(MARKET_MS), store=store)
    data.change_symbol("AAPL")
    data.connect()
    qtbot.waitUntil(lambda: len(data.hub.series()) > 0 and data.hub.counters.trades == 1, timeout=10_000)
    qtbot.waitUntil(lambda: not data.hub.history_state(MINUTE).loading, timeout=10_000)
    return data


def scrolled(data: PolygonDataManager, qtbot: QtBot) -> int:
    """Asks for older minutes until there are none; how many there are then."""
    while data.hub.history.older(MINUTE):
        qtbot.waitUntil(lambda: not data.hub.history_state(MINUTE).loading, timeout=10_000)
    return int((data.hub.series().source == BarSource.HISTORY).sum())


def test_what_the_feed_gave_is_there_in_the_next_run_without_asking_it(
    manager: Make, store: StoreThread, path: Path, qtbot: QtBot
) -> None:
    with ChaosServer(feed().script()) as server:
        first = opened(manager, server.url, store, qtbot)
        assert scrolled(first, qtbot) == PAST
        assert not first.hub.history_state(MINUTE).more
        first.disconnect()
        asked = len([message for message in server.received if message.get("action") == "history"])
        second = opened(manager, server.url, store, qtbot)
        assert second.hub.history.older(MINUTE)
        qtbot.waitUntil(lambda: not second.hub.history_state(MINUTE).loading, timeout=10_000)
        assert int((second.hub.series().source == BarSource.HISTORY).sum()) == PAST
        again = [message for message in server.received if message.get("action") == "history"][asked:]
        edges = {MARKET_MS + 60_000, MARKET_MS - PAST * 60_000}
        assert {message["end_ms"] for message in again} <= edges, "the newest, and what is older than all that was kept"
    store.close()
    kept = SqliteStore(path)
    assert kept.read(SeriesKey("alpha", "AAPL", MINUTE), 0, 2**50).length == PAST
    kept.close()


def test_d1_a_damaged_store_says_so_stays_as_it_is_and_the_chart_goes_on(
    manager: Make, path: Path, qtbot: QtBot
) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 9_000)
    before = path.read_bytes()
    store = StoreThread(lambda: SqliteStore(path), ManualClock(MARKET_MS))
    with ChaosServer(feed().script()) as server:
        data = opened(manager, server.url, store, qtbot)
        assert scrolled(data, qtbot) == PAST, "every page came from the feed"
        qtbot.waitUntil(lambda: bool(data.hub.store_notice), timeout=10_000)
        assert "\n" not in data.hub.store_notice
        assert data.hub.state("AAPL") is not None
        data.disconnect()
    store.close()
    assert path.read_bytes() == before


def test_bars_as_a_frame_and_as_arrays(manager: Make, store: StoreThread, qtbot: QtBot) -> None:
    with ChaosServer(feed().script()) as server:
        data = opened(manager, server.url, store, qtbot)
        frame = data.get_bars_frame("1m")
        assert frame.index.is_monotonic_increasing
        assert str(frame.index.tz) == "UTC"
        assert frame["close"].iloc[-1] == 101.0, "the forming bar is the last one"
        assert len(frame) == len(data.hub.series())
        hours = data.get_bars_frame("1h", extended=False)
        assert len(hours) < len(frame) / 20
        arrays = data.get_last_bars("5m", 10)
        assert len(arrays["close"]) == 10
        assert arrays["close"][-1] == 101.0
        with pytest.raises(ValueError, match="no length of bars"):
            data.get_last_bars("5x")
        assert data.hub.series(SECOND).bar(-1).close == 101.0
