"""Run as `python -m tests.e2e.desktop_subject STATE [OPTIONS OF THE DESKTOP]`: the real desktop, brought into a state.

As soon as the state is there it prints `STATE` and asks to end, by SIGTERM to itself unless the state says otherwise.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QTimer

from live_monitor import app
from live_monitor.cli.desktop import parse
from live_monitor.desktop import Desk, Desktop

KEPT: list[object] = []


def terminate() -> None:
    """What a session manager does at logout."""
    print("STATE", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


class Stage:
    """What a state needs to be brought about."""

    def __init__(self, desktop: Desktop, desk: Desk) -> None:
        self.desktop, self.desk = desktop, desk
        self._watch = QTimer()
        KEPT.append(self._watch)

    def when(self, ready: Callable[[], bool], then: Callable[[], object]) -> None:
        """Calls `then` once, as soon as `ready` is true."""

        def look() -> None:
            if ready():
                self._watch.stop()
                then()

        self._watch.timeout.connect(look)
        self._watch.start(5)

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


def frozen(seconds: float) -> None:
    """The main thread is busy when the signal comes, and stays so."""
    QTimer.singleShot(0, lambda: (terminate(), time.sleep(seconds)))


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
    stage.desk.use_server("ws://127.0.0.1:1/ws/{client_id}")
    stage.desk.use_simulated_market()
    terminate()


def stop_feed(stage: Stage, number: int) -> None:
    os.kill(stage.pid_of_feed, number)
    terminate()


def nobody_can_write(stage: Stage) -> None:
    """The disk is full, or the folder gone."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    import live_monitor.settings

    live_monitor.settings.write_atomically = refuse
    stage.desk.use_reduce_motion(True)
    terminate()


def dialogs(stage: Stage) -> None:
    stage.desktop.window.show_about()
    stage.desk.ask_for_session()
    stage.desk.ask_for_server()
    QTimer.singleShot(50, terminate)


#: State -> when it is there, and what is done then.
STATES: dict[str, Callable[[Stage], None]] = {
    "before the first paint": lambda stage: terminate(),
    "shown": lambda stage: stage.when(lambda: stage.shown, terminate),
    "close button": lambda stage: stage.when(lambda: stage.shown, lambda: close_button(stage)),
    "live": lambda stage: stage.when(lambda: stage.live, terminate),
    "backfill": lambda stage: stage.when(lambda: stage.link_state == "live", terminate),
    "connecting": lambda stage: stage.when(lambda: stage.link_state == "connecting", terminate),
    "retrying": lambda stage: stage.when(lambda: stage.link_state == "retrying", terminate),
    "saving": lambda stage: stage.when(
        lambda: stage.shown, lambda: (stage.desk.use_theme("light"), stage.desktop.keeper.save_now(), terminate())
    ),
    "disk full": lambda stage: stage.when(lambda: stage.shown, lambda: nobody_can_write(stage)),
    "dialogs open": lambda stage: stage.when(lambda: stage.shown, lambda: dialogs(stage)),
    "minimised": lambda stage: stage.when(
        lambda: stage.shown, lambda: (stage.desktop.window.showMinimized(), QTimer.singleShot(50, terminate))
    ),
    "palette open": lambda stage: stage.when(
        lambda: stage.shown, lambda: (stage.desktop.window.palette_box.open(), QTimer.singleShot(50, terminate))
    ),
    "feed killed": lambda stage: stage.when(lambda: stage.live, lambda: stop_feed(stage, signal.SIGKILL)),
    "feed frozen": lambda stage: stage.when(lambda: stage.live, lambda: stop_feed(stage, signal.SIGSTOP)),
    "feed starting": lambda stage: stage.when(lambda: stage.shown and stage.link_state == "idle", terminate),
    "storm of exceptions": lambda stage: stage.when(lambda: stage.shown, storm),
    "symbols switching": lambda stage: stage.when(lambda: stage.live, lambda: switch_symbols(stage)),
    "source switching": lambda stage: stage.when(lambda: stage.live, lambda: switch_source(stage)),
    "main thread busy": lambda stage: stage.when(lambda: stage.shown, lambda: frozen(0.5)),
    "main thread stuck": lambda stage: stage.when(lambda: stage.shown, lambda: frozen(120)),
    "stubborn task": lambda stage: stage.when(lambda: stage.shown, lambda: stubborn(stage)),
}

#: Not a state: raises in a slot and goes on, until a signal comes from outside.
STATES["exception"] = lambda stage: stage.when(
    lambda: stage.shown,
    lambda: (QTimer.singleShot(0, fail), QTimer.singleShot(200, lambda: tell_problems(stage))),
)
#: Switches to another market and back, then says what is on the screen.
STATES["another market"] = lambda stage: stage.when(lambda: stage.live, lambda: another_market(stage))


def tell_problems(stage: Stage) -> None:
    print("PROBLEMS", len(stage.desktop.problems.shown), stage.desktop.problems.isVisible(), flush=True)


def another_market(stage: Stage) -> None:
    assert stage.desktop.session is not None
    old = stage.desktop.session.manager
    stage.desk.use_simulated_market()
    second = Stage(stage.desktop, stage.desk)

    def fresh() -> bool:
        session = stage.desktop.session
        return session is not None and session.manager is not old and second.live

    def tell() -> None:
        assert stage.desktop.session is not None
        hub = stage.desktop.session.manager.hub
        print("MARKET", hub.focus, hub.link.provider, len(hub.series(60_000)), flush=True)
        terminate()

    second.when(fresh, lambda: QTimer.singleShot(300, tell))


def main(state: str, arguments: list[str]) -> int:
    connect = app.wire

    def wire(desktop: Desktop, desk: Desk) -> None:
        connect(desktop, desk)
        STATES[state](Stage(desktop, desk))

    app.wire = wire
    logging.captureWarnings(True)
    return app.run_desktop(parse(arguments))


if __name__ == "__main__":
    command: list[Any] = sys.argv[1:]
    raise SystemExit(main(command[0], command[1:]))
