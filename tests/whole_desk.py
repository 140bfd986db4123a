"""The desktop put together as `app` does, on a clock of its own and without a feed: for tests of the desks."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor import wiring
from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Batch, Noted
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.status import LinkStatus
from live_monitor.desk import Desk
from live_monitor.desktop import Desktop
from live_monitor.engine.market.sessions import us_equities
from live_monitor.runtime.crash_hooks import CrashHooks
from live_monitor.runtime.drawing_files import DrawingFiles
from live_monitor.runtime.exit_guard import ExitGuard
from live_monitor.runtime.market_session import MarketSession
from live_monitor.runtime.options import DesktopOptions
from live_monitor.runtime.problems import ProblemBook
from live_monitor.runtime.settings_keeper import SettingsKeeper
from live_monitor.secrets import SecretStore
from live_monitor.secrets.door import Keyring, NoKeyStore
from live_monitor.settings import Settings, SettingsStore, data_paths
from live_monitor.sources import Sources
from live_monitor.ui.charts.drawings.json_form import unsound
from live_monitor.ui.charts.market_chart import MarketChart
from live_monitor.ui.theme import apply_theme
from live_monitor.wire.relay import Hello
from tests.looks import same_looks

#: 2026-11-20 10:30 New York, in a regular session.
NOW = 1_795_188_600_000
MINUTE_MS = 60_000


def no_keyring() -> Keyring:
    """A machine without a key store: nothing of a test may end up in the real one."""
    raise NoKeyStore("this system has no key store that is running")


class WholeDesk:
    """Window, chart, desks and a hub that the test speaks to. `told`: lines for the person."""

    def __init__(self, folder: Path, qapp: QApplication, settings: Settings | None = None) -> None:
        self.folder, self.told = folder, list[str]()
        self.clock = ManualClock(NOW)
        self.store = SettingsStore(folder / "settings.json")
        self.keeper = SettingsKeeper(self.store, settings or self.store.load().settings, writes=True)
        self._looks = ExitStack()
        self._looks.enter_context(same_looks(qapp))
        hooks, self.guard = CrashHooks(ProblemBook(self.clock)), ExitGuard(lambda: None)
        self.desktop = Desktop(
            DesktopOptions(), self.clock, self.keeper, hooks, self.guard, lambda theme: apply_theme(qapp, theme)
        )
        self.desktop.tell = self.told.append  # type: ignore[method-assign, assignment]  # the card is tested with its panel
        paths = data_paths(folder, {}, folder)
        #: Where a switch of the source would lead; nothing is connected by itself.
        self.switched: list[DesktopOptions] = []
        self.sources = Sources(paths, {}, self.clock, SecretStore({}, folder, keyring=no_keyring))
        self.desk = Desk(self.desktop, self.switched.append, self.sources, folder / "history", {})
        wiring.wire(self.desktop, self.desk)
        self.window = self.desktop.window
        self.wishes = self.window.chart_wishes

    @property
    def hub(self) -> MarketHub:
        assert self.desktop.session is not None
        return self.desktop.session.manager.hub

    @property
    def chart(self) -> MarketChart:
        assert self.desktop.chart is not None
        return self.desktop.chart

    def open(self, qtbot: QtBot, symbol: str = "AAPL") -> None:
        """Shows the window, puts the chart in and follows `symbol`, as after the first paint."""
        desktop, window = self.desktop, self.window
        window.show()
        qtbot.waitExposed(window)
        chart = desktop.chart = MarketChart(desktop.theme, us_equities())
        chart.show_bars(desktop.timeframe, extended=True)
        wiring.wire_chart(desktop, self.desk, chart)
        files = DrawingFiles(self.folder / "drawings", unsound, desktop.tell)
        self.desk.chart.dress(us_equities(), files, writes=True)
        window.set_chart(chart)
        session = desktop.session = MarketSession(None, "ws://127.0.0.1:1/x", self.clock)
        wiring.wire_session(desktop, self.desk, session)
        session.follow(symbol, [symbol])
        hello = Hello(features=["history"], provider="simulated", label="SIMULATED", market="simulated-7")
        self.hub.take([Noted(hello, self.clock.monotonic()), LinkStatus("live", self.clock.monotonic())])
        self.frame()

    def stream(self, symbol: str, closes: list[float], first_ms: int = NOW) -> None:
        """Hands in one minute bar for each close."""
        bars = [
            Aggregate(symbol, at, at + MINUTE_MS, close - 0.3, close + 0.5, close - 0.5, close, 100.0, close)
            for at, close in ((first_ms + number * MINUTE_MS, close) for number, close in enumerate(closes))
        ]
        self.clock.advance(len(closes) * 60)
        self.hub.take([Batch(list(bars), self.clock.monotonic())])
        self.frame()

    def frame(self) -> None:
        """What the pacer asks for once per frame."""
        self.desktop.on_frame()
        self.desk.chart.on_frame()
        self.desk.orders.on_frame()

    def close(self, qtbot: QtBot) -> None:
        """Ends as the program does."""
        self.keeper.save_now()
        self.window.pacer.stop()
        # It would end the process of the tests.
        self.guard.disarm()
        self.window.close()
        self.guard.disarm()
        for deed in self.desktop.last_deeds:
            deed()
        session = self.desktop.session
        if session is not None:
            session.close()
            qtbot.waitUntil(lambda: not any(timer.isActive() for timer in session.manager.findChildren(QTimer)))
        self.desktop.dismantle()
        self._looks.close()
