"""Rows F6, F7, U6, U9, T4 and the documented API on the real path: socket, thread, inbox, hub, manager."""

from __future__ import annotations

import gc
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.feed_thread import STOP_WAIT_MS
from live_monitor.limits import MAX_BACKLOG_EVENTS
from live_monitor.wire.notices import LEVEL_ONE
from tests.fakes.chaos_server import MARKET_MS, ChaosServer, documented, greets, market_data, only_pongs, trade

OPEN_MS = MARKET_MS  # 10:00 New York on a trading day
CLOSED_MS = MARKET_MS + 24 * 3_600_000 + 6 * 3_600_000  # Saturday

Make = Callable[..., PolygonDataManager]


# -- silence --------------------------------------------------------------------------------------


def test_f6_silence_in_an_open_market_warns_resubscribes_then_reconnects(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(OPEN_MS)
    with ChaosServer(only_pongs(after=3)) as server:
        data = manager(server.url, clock)
        errors: list[str] = []
        data.error_occurred.connect(errors.append)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.counters.trades == 3, timeout=20_000)
        clock.advance(data.hub.flow.expected_gap_s + 1)
        assert data.hub.focus_flow() == "ageing"
        clock.advance(5)
        assert data.hub.focus_flow() == "stale"
        clock.advance(24)
        data.check_data_flow()
        assert [alert.kind for alert in data.hub.alerts] == ["no data"]
        assert "No data for AAPL" in errors[0]
        server.wait_for(lambda: sum(message.get("action") == "subscribe" for message in server.received) == 2)
        clock.advance(15)
        data.check_data_flow()
        server.wait_for(lambda: len(server.connections) == 2)


def test_f7_eight_hours_of_silence_in_a_closed_market_alarm_nobody(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(CLOSED_MS)
    with ChaosServer(only_pongs()) as server:
        data = manager(server.url, clock)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.link.connected, timeout=20_000)
        for _ in range(8 * 720):
            clock.advance(5)
            data.check_data_flow()
        assert list(data.hub.alerts) == []
        assert len(server.connections) == 1


# -- threads --------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts file descriptors where /proc has them")
def test_u6_three_hundred_starts_and_stops_leave_nothing_behind(manager: Make, qtbot: QtBot) -> None:
    with ChaosServer(documented()) as server:
        data = manager(server.url)
        data.change_symbol("AAPL")
        took: list[float] = []
        before: tuple[int, int] = (0, 0)
        for cycle in range(300):
            data.connect()
            if cycle % 50 == 0:
                qtbot.waitUntil(lambda: data.hub.link.connected, timeout=20_000)
            started = time.perf_counter()
            data.disconnect()
            took.append(time.perf_counter() - started)
            QCoreApplication.sendPostedEvents(None, 0)
            if cycle == 20:
                server.wait_for(lambda: not server.open_peers)
                gc.collect()
                before = (len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task")))
        gc.collect()
        # The far end, which lives in this process too, closes its sockets a little later.
        qtbot.waitUntil(lambda: len(os.listdir("/proc/self/fd")) <= before[0], timeout=10_000)
        qtbot.waitUntil(lambda: len(os.listdir("/proc/self/task")) <= before[1], timeout=10_000)
        # But for a few: a machine that stands still for a moment is not meant.
        assert sorted(took)[-5] <= 5 * 0.1
        assert max(took) < STOP_WAIT_MS / 1000


def test_u9_a_blocked_window_bounds_the_queue_and_shows_the_present_afterwards(manager: Make, qtbot: QtBot) -> None:
    clock = SystemClock()
    with ChaosServer(greets()) as server:
        data = manager(server.url, clock)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.counters.trades == 1, timeout=20_000)
        total = 60_000
        for first in range(2, total + 2, 500):
            batch = [trade("AAPL", 100.0 + n / 1e6, size=1, sequence=n) for n in range(first, first + 500)]
            server.push(market_data(batch))  # the main thread is busy here: nothing is drained
        deadline = time.monotonic() + 5
        while data.client.backlog < MAX_BACKLOG_EVENTS - 500 and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert data.client.backlog <= MAX_BACKLOG_EVENTS
        # What the main thread itself works: the feed's thread and the server share its cores here.
        started = time.thread_time()
        qtbot.waitUntil(lambda: data.hub.counters.trades + data.hub.counters.dropped == total + 1, timeout=30_000)
        assert time.thread_time() - started <= 5 * 0.2
        counters = data.hub.counters
        assert counters.dropped > 0
        assert sum(gap.symbol == "AAPL" for gap in counters.gaps) >= 1
        state = data.hub.focus_state
        assert state is not None
        server.wait_for(lambda: {"action": "snapshot", "symbols": ["AAPL"]} in server.received)
        assert not state.volume_known
        truth = {
            "symbol": "AAPL",
            "timestamp_ms": MARKET_MS,
            "last": 100.0,
            "day_volume": 61_000.0,
            "sequence": total + 1,
        }
        server.push(json.dumps({"type": "snapshot", "data": truth}))
        qtbot.waitUntil(lambda: state.volume_known, timeout=20_000)
        assert state.volume == 61_000


def test_t4_events_ahead_of_the_clock_have_no_negative_age_and_the_skew_is_known(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(OPEN_MS)
    with ChaosServer(documented(market_data(trade("AAPL", 100.0, at_ms=OPEN_MS + 3_000)))) as server:
        data = manager(server.url, clock)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.counters.trades == 1, timeout=20_000)
        assert (data.hub.lag_ms, data.hub.skew_ms) == (0, 3_000)
        clock.step_wall(-3_600)
        assert data.hub.focus_age_s() >= 0


class FailingDataManager(PolygonDataManager):
    def _process_trade(self, trade: Any) -> None:
        super()._process_trade(trade)
        if trade["sequence"] == 2:
            raise ValueError("a mistake in a script")


def test_u1_an_error_in_a_scripts_step_is_reported_and_loses_no_other_print(manager: Make, qtbot: QtBot) -> None:
    with ChaosServer(documented(*(market_data(trade("AAPL", 150.0, sequence=n)) for n in range(1, 6)))) as server:
        data_manager = manager(server.url, kind=FailingDataManager)
        with qtbot.capture_exceptions() as caught:
            data_manager.change_symbol("AAPL")
            data_manager.connect()
            qtbot.waitUntil(lambda: data_manager.hub.counters.trades == 5, timeout=20_000)
        assert [str(error[1]) for error in caught] == ["a mistake in a script"]
        assert data_manager.hub.focus_state is not None
        assert data_manager.hub.focus_state.volume == 500
        assert len(data_manager.hub.tape) == 5


def test_f13_a_watched_symbol_keeps_its_prints_when_it_leaves_the_focus(manager: Make, qtbot: QtBot) -> None:
    with ChaosServer(documented()) as server:
        data_manager = manager(server.url)
        data_manager.change_symbol("AAPL")
        data_manager.hub.acquire("AAPL", "watchlist")
        data_manager.connect()
        server.wait_for(lambda: len(server.received) == 1)
        data_manager.change_symbol("MSFT")
        server.wait_for(lambda: any(message["symbols"] == ["MSFT"] for message in server.received))
        data_manager.change_symbol("TSLA")
        server.wait_for(lambda: server.received[-1] == {"action": "unsubscribe", "symbols": ["MSFT"]})
        let_go = [message["symbols"] for message in server.received if message["action"] == "unsubscribe"]
        assert let_go == [["MSFT"]]


def test_f6_the_silence_of_a_halted_symbol_has_a_reason_and_is_no_fault(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(OPEN_MS)
    with ChaosServer(only_pongs(after=3)) as server:
        data = manager(server.url, clock)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.counters.trades == 3, timeout=20_000)
        server.push(json.dumps({"type": "fault", "kind": "halt", "symbol": "AAPL"}))
        qtbot.waitUntil(lambda: bool(data.hub.problems), timeout=20_000)
        for _ in range(60):
            clock.advance(5)
            data.check_data_flow()
        assert [alert.kind for alert in data.hub.alerts] == ["halt"]
        assert len(server.connections) == 1


def test_f7_a_feed_of_level_1_alone_is_left_in_peace_and_its_prices_still_age(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(OPEN_MS)
    hello = {"type": "hello", "features": ["snapshot", LEVEL_ONE], "provider": "tos_excel"}
    with ChaosServer(only_pongs()) as server:
        data = manager(server.url, clock)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.link.connected, timeout=20_000)
        server.push(json.dumps(hello))
        row = {"symbol": "AAPL", "timestamp_ms": OPEN_MS, "last": 150.0, "previous_close": 149.0, "net_change": 30.0}
        server.push(json.dumps({"type": "snapshot", "data": row}))
        qtbot.waitUntil(lambda: data.hub.states["AAPL"].last == 150.0, timeout=20_000)
        told = data.calculation(data.hub.states["AAPL"])
        assert (told["change"], told["change_percent"]) == (30.0, 25.0), "the vendor's own"
        subscribed = len(server.received)
        for _ in range(60):
            clock.advance(5)
            data.check_data_flow()
        assert [alert.kind for alert in data.hub.alerts if alert.kind == "no data"] == []
        assert (len(server.connections), len(server.received)) == (1, subscribed)
        assert data.hub.focus_flow() == "stale"
