"""Run as `python -m tests.e2e.desktop_subject STATE [OPTIONS OF THE DESKTOP]`: the real desktop, brought into a state.

As soon as the state is there it prints `STATE` and asks to end, by SIGTERM to itself unless the state says otherwise.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QSemaphore, QTimer
from PyQt6.QtWidgets import QApplication

from live_monitor import app, wiring
from live_monitor.cli.desktop import parse
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.polygon_data_manager import PolygonDataManager
from live_monitor.desk import Desk
from live_monitor.desktop import Desktop

KEPT: list[object] = []


def terminate() -> None:
    """What a session manager does at logout."""
    print("STATE", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


class Stage:
    """What a state needs to be brought about."""

    def __init__(self, desktop: Desktop, desk: Desk) -> None:
        self.desktop, self.desk = desktop, desk

    def when(self, ready: Callable[[], bool], then: Callable[[], object]) -> None:
        """Calls `then` once, as soon as `ready` is true."""
        watch = QTimer()
        KEPT.append(watch)

        def look() -> None:
            if ready():
                watch.stop()
                then()

        watch.timeout.connect(look)
        watch.start(5)

    @property
    def shown(self) -> bool:
        return self.desktop.session is not None and self.desktop.window.isVisible()

    @property
    def live(self) -> bool:
        return self.desktop.session is not None and self.desktop.session.manager.hub.counters.events > 0

    @property
    def link_state(self) -> str:
        return self.desktop.session.manager.hub.link.state if self.desktop.session is not None else ""

    @property
    def manager(self) -> PolygonDataManager:
        assert self.desktop.session is not None
        return self.desktop.session.manager

    @property
    def bars(self) -> int:
        return len(self.manager.hub.series(MINUTE))

    @property
    def shown_last(self) -> bool:
        """True once the ticker panel shows the price of the present market."""
        state = self.manager.hub.focus_state
        return state is not None and self.desktop.window.ticker_panel.figures.symbol == state.symbol

    @property
    def pid_of_feed(self) -> int:
        assert self.desktop.session is not None
        feed = self.desktop.session.feed
        assert feed is not None
        assert feed.pid is not None
        return feed.pid


def every_turn(action: Callable[[], object]) -> None:
    """Calls `action` on every turn of the loop, from now on."""
    timer = QTimer()
    timer.timeout.connect(action)
    timer.start(0)
    KEPT.append(timer)


def fail() -> None:
    raise ValueError("boom")


def stubborn(stage: Stage) -> None:
    """A task that does not let itself be cancelled."""

    async def never_ends() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    stage.desktop.spawn(never_ends(), "stubborn")
    terminate()


def in_turn(*steps: Callable[[], object]) -> Callable[[], None]:
    """One step after the other."""

    def run() -> None:
        for step in steps:
            step()

    return run


def frozen(seconds: float) -> None:
    """The main thread is busy when the signal comes, and stays so."""
    QTimer.singleShot(0, in_turn(terminate, lambda: time.sleep(seconds)))


def stuck_in_c() -> None:
    """The main thread waits for ever inside Qt, where no handler of Python's runs; then the signal comes."""
    threading.Timer(0.2, terminate).start()
    QSemaphore(0).acquire()


def switch_symbols(stage: Stage) -> None:
    symbols = ["AAPL", "MSFT", "NVDA", "TSLA"]

    def next_symbol() -> None:
        symbols.append(symbols.pop(0))
        stage.desk.show_symbol(symbols[0])

    every_turn(next_symbol)
    QTimer.singleShot(100, terminate)


def storm() -> None:
    every_turn(fail)
    QTimer.singleShot(200, terminate)


def close_button(stage: Stage) -> None:
    print("STATE", flush=True)
    stage.desktop.window.close()


def switch_source(stage: Stage) -> None:
    stage.desk.providers.use_server("ws://127.0.0.1:1/ws/{client_id}")
    stage.desk.providers.use_simulated_market()
    terminate()


def stop_feed(stage: Stage, number: int) -> None:
    os.kill(stage.pid_of_feed, number)
    terminate()


def nobody_can_write(stage: Stage) -> None:
    """The disk is full, or the folder gone."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    import live_monitor.settings

    live_monitor.settings.__dict__["write_atomically"] = refuse
    stage.desk.use_reduce_motion(True)
    terminate()


def dialogs(stage: Stage) -> None:
    stage.desktop.window.show_about()
    stage.desk.providers.ask_for_session()
    stage.desk.providers.connect.open("")
    stage.desk.show_history()
    stage.desktop.window.open_other_length()
    QTimer.singleShot(50, terminate)


#: State -> when it is there, and what is done then.
STATES: dict[str, Callable[[Stage], None]] = {
    "before the first paint": lambda stage: terminate(),
    "shown": lambda stage: stage.when(lambda: stage.shown, terminate),
    "close button": lambda stage: stage.when(lambda: stage.shown, lambda: close_button(stage)),
    "quit by the system": lambda stage: stage.when(
        lambda: stage.shown, in_turn(lambda: print("STATE", flush=True), QApplication.quit)
    ),
    "live": lambda stage: stage.when(lambda: stage.live, terminate),
    "backfill": lambda stage: stage.when(lambda: stage.link_state == "live", terminate),
    "connecting": lambda stage: stage.when(lambda: stage.link_state == "connecting", terminate),
    "retrying": lambda stage: stage.when(lambda: stage.link_state == "retrying", terminate),
    "saving": lambda stage: stage.when(
        lambda: stage.shown,
        in_turn(lambda: stage.desk.use_theme("light"), stage.desktop.keeper.save_now, terminate),
    ),
    "disk full": lambda stage: stage.when(lambda: stage.shown, lambda: nobody_can_write(stage)),
    "dialogs open": lambda stage: stage.when(lambda: stage.shown, lambda: dialogs(stage)),
    "minimised": lambda stage: stage.when(
        lambda: stage.shown,
        in_turn(stage.desktop.window.showMinimized, lambda: QTimer.singleShot(50, terminate)),
    ),
    "palette open": lambda stage: stage.when(
        lambda: stage.shown,
        in_turn(stage.desktop.window.palette_box.open, lambda: QTimer.singleShot(50, terminate)),
    ),
    "feed killed": lambda stage: stage.when(lambda: stage.live, lambda: stop_feed(stage, signal.SIGKILL)),
    "feed frozen": lambda stage: stage.when(lambda: stage.live, lambda: stop_feed(stage, signal.SIGSTOP)),
    "feed starting": lambda stage: stage.when(lambda: stage.shown and stage.link_state == "idle", terminate),
    "storm of exceptions": lambda stage: stage.when(lambda: stage.shown, storm),
    "symbols switching": lambda stage: stage.when(lambda: stage.live, lambda: switch_symbols(stage)),
    "source switching": lambda stage: stage.when(lambda: stage.live, lambda: switch_source(stage)),
    "main thread busy": lambda stage: stage.when(lambda: stage.shown, lambda: frozen(0.5)),
    "main thread stuck": lambda stage: stage.when(lambda: stage.shown, lambda: frozen(120)),
    "main thread stuck in C": lambda stage: stage.when(lambda: stage.shown, lambda: QTimer.singleShot(0, stuck_in_c)),
    "stubborn task": lambda stage: stage.when(lambda: stage.shown, lambda: stubborn(stage)),
}


def raise_and_tell(stage: Stage) -> None:
    QTimer.singleShot(0, fail)
    QTimer.singleShot(0, fail)

    def tell() -> None:
        print("PROBLEMS", len(stage.desktop.problems.shown), stage.desktop.problems.isVisible(), flush=True)
        terminate()

    stage.when(stage.desktop.problems.isVisible, tell)


def another_market(stage: Stage) -> None:
    """Leaves the market for a server that does not exist, and comes back to a new one."""
    assert stage.desktop.session is not None
    first = stage.desktop.session.manager
    stage.desk.providers.use_server("ws://127.0.0.1:1/ws/{client_id}")

    def back() -> None:
        stage.desk.providers.use_simulated_market()
        stage.when(lambda: stage.manager is not first and stage.bars > 100 and stage.shown_last, tell)

    def tell() -> None:
        print("MARKET", stage.manager.hub.focus, stage.manager.hub.link.provider, flush=True)
        terminate()

    stage.when(lambda: stage.manager is not first and stage.link_state == "retrying", back)


def feed_comes_back(stage: Stage) -> None:
    os.kill(stage.pid_of_feed, signal.SIGKILL)
    hub = stage.manager.hub

    def tell() -> None:
        print("ALERTS", *sorted({alert.kind for alert in hub.alerts}), flush=True)
        terminate()

    stage.when(lambda: hub.counters.reconnects > 0 and hub.link.state == "live", tell)


def arrange(stage: Stage, end: Callable[[], object]) -> None:
    """Changes everything that is kept, then ends."""
    window, desk = stage.desktop.window, stage.desk
    desk.use_theme("light")
    desk.use_colour_blind_safe(True)
    desk.use_reduce_motion(True)
    desk.show_symbol("NVDA")
    desk.show_timeframe("7m")
    desk.use_extended_hours(False)
    desk.keep_bars_for({"1s": 30, "1m": 365, "1D": 0})
    desk.unwatch("SPY")
    desk.watch("QQQ")
    desk.alerts.wait_for(1_234.5, note="sell")
    desk.alerts.wait_for(0.0)
    window.tape_dock.hide()
    window.tabs.setCurrentIndex(2)
    QTimer.singleShot(0, end)


def tell_arrangement(stage: Stage) -> None:
    window, settings = stage.desktop.window, stage.desktop.settings
    told = {
        "theme": stage.desktop.theme.name,
        "safe": stage.desktop.theme.colour_blind_safe,
        "motion": window.ticker_panel.reduce_motion,
        "focus": stage.manager.hub.focus,
        "bars": window.tool_bar.timeframes.custom.text(),
        "keep": settings.history.keep_days,
        "extended": window.tool_bar.timeframes.extended.isChecked(),
        "watchlist": list(window.watchlist.symbols()),
        "recent": settings.recent_symbols[:2],
        "alerts": [alert[1:4] for alert in stage.manager.hub.price_alerts.rows],
        "tape": window.tape_dock.isVisible(),
        "tab": window.tabs.currentIndex(),
        "told": [entry.text for entry in stage.desktop.problems.shown],
    }
    print("ARRANGEMENT", json.dumps(told), flush=True)
    terminate()


def wait_for_signal(stage: Stage) -> None:
    stage.desk.use_theme("light")
    print("STATE", flush=True)


def tell_cards(stage: Stage) -> None:
    print("CARDS", [(entry.text, entry.detail) for entry in stage.desktop.problems.shown], flush=True)
    terminate()


def connect_with_key(stage: Stage) -> None:
    """A key in the address, and an exception that carries it."""
    url = "ws://canary-user:canary-password@127.0.0.1:1/x?apiKey=canary-key-1234"

    def fail_with_url() -> None:
        raise ValueError(url)

    stage.desk.providers.use_server(url)
    QTimer.singleShot(0, fail_with_url)
    stage.when(
        lambda: stage.link_state == "retrying" and len(stage.desktop.problems.shown) > 1, lambda: tell_cards(stage)
    )


def tell_of_store(stage: Stage) -> None:
    """Waits until the card says that bars are not kept, then tells what it says and what the status bar says."""
    problems = stage.desktop.problems

    def told() -> bool:
        return any("history" in entry.text or "kept" in entry.text for entry in problems.shown)

    def tell() -> None:
        lights = [item.value for item in stage.desktop.window.status.strip.items if item.caption == "Bars"]
        print("STORE", json.dumps([[entry.text for entry in problems.shown], lights]), flush=True)
        terminate()

    stage.when(
        lambda: told() and any(item.value == "not kept" for item in stage.desktop.window.status.strip.items), tell
    )


#: Not states to end in: each tells something, and some wait for the test.
SCENES: dict[str, Callable[[Stage], None]] = {
    "exceptions": lambda stage: stage.when(lambda: stage.shown, lambda: raise_and_tell(stage)),
    "another market": lambda stage: stage.when(lambda: stage.live, lambda: another_market(stage)),
    "feed comes back": lambda stage: stage.when(lambda: stage.live, lambda: feed_comes_back(stage)),
    "arrange": lambda stage: stage.when(lambda: stage.shown, lambda: arrange(stage, terminate)),
    "arrange and close": lambda stage: stage.when(
        lambda: stage.shown, lambda: arrange(stage, lambda: close_button(stage))
    ),
    "tell arrangement": lambda stage: stage.when(lambda: stage.shown, lambda: tell_arrangement(stage)),
    "wait for a signal": lambda stage: stage.when(lambda: stage.shown, lambda: wait_for_signal(stage)),
    "connect with a key": lambda stage: stage.when(lambda: stage.shown, lambda: connect_with_key(stage)),
    "save in vain": lambda stage: stage.when(
        lambda: stage.live,
        in_turn(lambda: stage.desk.use_theme("light"), stage.desktop.keeper.save_now, lambda: tell_cards(stage)),
    ),
    "store fails": lambda stage: stage.when(lambda: stage.live, lambda: tell_of_store(stage)),
    "wait while live": lambda stage: stage.when(lambda: stage.live, lambda: print("STATE", flush=True)),
}


def main(state: str, arguments: list[str]) -> int:
    connect = wiring.wire

    def wire(desktop: Desktop, desk: Desk) -> None:
        connect(desktop, desk)
        (STATES | SCENES)[state](Stage(desktop, desk))

    wiring.wire = wire
    logging.captureWarnings(True)
    return app.run_desktop(parse(arguments))


if __name__ == "__main__":
    command: list[Any] = sys.argv[1:]
    raise SystemExit(main(command[0], command[1:]))
