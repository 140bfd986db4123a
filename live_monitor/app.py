"""The desktop, from the command line to the last goodbye.

     1  A display?               asked before Qt, which would abort the process
     2  Log and crash hooks      from here on no exception and no signal is lost
     3  Alone here?              a second start raises the first one's window and ends
     4  Settings                 damaged ones are put aside; defaults and a notice take their place
     5  The feed's process       started now, because it needs half a second and another core
     6  Qt, theme, the window    shown and painted without numpy, pyqtgraph or a socket
     7  Qt's loop runs asyncio   (qasync); `Desktop.main` is its one main coroutine
     8  Chart, manager, wire()   heavy imports, then every object is connected with the others, in one place
     9  connect                  as soon as the feed has named its port
    10  The end                  the window's close button, a signal, a measured run: one way out. The guard is armed,
                                 the window hides, settings are saved, timers and feed stop, `main` returns, and with
                                 it the loop. Nobody calls app.quit(): under a running main coroutine it aborts.

Everything heavy is imported in the step that needs it, so that the steps before it are quick.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from live_monitor.clock import Clock, SystemClock
from live_monitor.display import display_problem
from live_monitor.errors import LiveMonitorError, StartError
from live_monitor.log import FORMAT, RedactingFormatter, start_logging, stop_logging
from live_monitor.settings import (
    MAX_WATCHLIST,
    DataPaths,
    LoadedSettings,
    Provider,
    Settings,
    SettingsStore,
    data_paths,
)

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QApplication

    from live_monitor.runtime.crash_hooks import CrashHooks, FaultFile
    from live_monitor.runtime.exit_guard import ExitGuard
    from live_monitor.runtime.feed_process import FeedProcess
    from live_monitor.runtime.market_session import MarketSession
    from live_monitor.runtime.measure_run import MeasureRun
    from live_monitor.runtime.options import DesktopOptions
    from live_monitor.runtime.problems import Problem
    from live_monitor.runtime.quit_signals import QuitSignals
    from live_monitor.runtime.settings_keeper import SettingsKeeper
    from live_monitor.runtime.single_instance import SingleInstance
    from live_monitor.ui.charts.market_chart import MarketChart
    from live_monitor.ui.main_window import MainWindow
    from live_monitor.ui.problem_panel import ProblemPanel

_log = logging.getLogger(__name__)

EXIT_OK, EXIT_FAILED, EXIT_NO_DISPLAY = 0, 1, 2
#: A window that is never painted (a locked screen) must not keep the market away.
FIRST_PAINT_PATIENCE_S = 2.0


def run_desktop(options: DesktopOptions) -> int:
    """Steps 1 to 10; returns the exit code. Main thread, once per process."""
    if options.platform:
        os.environ["QT_QPA_PLATFORM"] = options.platform
    asked = ["--screenshot", "a picture"] if options.screenshot is not None else []
    problem = display_problem(asked, os.environ, sys.platform)
    if problem is not None:
        print(f"live-monitor: {problem}", file=sys.stderr)
        return EXIT_NO_DISPLAY
    if display_problem([], os.environ, sys.platform) is not None:
        # Only a picture is wanted, and no window can open: Qt paints into memory.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    paths = data_paths(options.data_dir, os.environ, Path(tempfile.gettempdir()))
    # Beside a desktop that runs already, two processes must not rotate the same file.
    door = start_logging(paths.logs, name="measure.log" if options.takes_measure else "live-monitor.log")
    try:
        return Start(options, paths, SystemClock(), door.notice).run()
    except LiveMonitorError as error:
        _log.error("%s", error)
        print(f"live-monitor: {error}", file=sys.stderr)
        return EXIT_FAILED
    finally:
        stop_logging(door)


class Start:
    """Steps 2 to 7, in order. Holds what must live as long as the process."""

    def __init__(self, options: DesktopOptions, paths: DataPaths, clock: Clock, notice: str) -> None:
        self._options = options
        self._paths = paths
        self._clock = clock
        self._notices = [notice]

    def run(self) -> int:
        """Returns the exit code. Raises LiveMonitorError with a remedy when the start is impossible."""
        from live_monitor.runtime.crash_hooks import CrashHooks, FaultFile
        from live_monitor.runtime.problems import ProblemBook
        from live_monitor.runtime.quit_signals import QuitSignals
        from live_monitor.runtime.single_instance import SingleInstance

        hooks, faults, signals = CrashHooks(ProblemBook(self._clock)), FaultFile(self._paths.logs), QuitSignals()
        hooks.install()
        signals.install()
        instance = SingleInstance(self._paths.runtime, Path(tempfile.gettempdir()))
        feed = None
        try:
            if not self._options.takes_measure:
                claim = instance.claim()
                if claim == "raised":
                    return EXIT_OK
                if claim == "silent":
                    raise StartError(
                        "Live Monitor runs already, but does not answer.",
                        "End that process, or start with another --data-dir.",
                    )
                self._notices.append(faults.open())
            store = SettingsStore(self._paths.settings_file)
            loaded = store.load()
            self._notices.append(loaded.notice)
            feed = self._start_feed(loaded.settings)
            return self._run_window(store, loaded, hooks, faults, signals, instance, feed)
        finally:
            if feed is not None:
                feed.stop()
            instance.release()
            signals.close()
            faults.close()
            hooks.uninstall()

    def _start_feed(self, settings: Settings) -> FeedProcess | None:
        from live_monitor.runtime.market_session import start_feed

        return start_feed(
            provider_of(self._options, settings), self._options, os.environ, self._paths.runtime, self._clock
        )

    def _run_window(
        self,
        store: SettingsStore,
        loaded: LoadedSettings,
        hooks: CrashHooks,
        faults: FaultFile,
        signals: QuitSignals,
        instance: SingleInstance,
        feed: FeedProcess | None,
    ) -> int:
        from PyQt6.QtWidgets import QApplication
        from qasync import QEventLoop

        from live_monitor.runtime.exit_guard import ExitGuard
        from live_monitor.runtime.settings_keeper import SettingsKeeper

        application = QApplication(["live-monitor"])
        application.setApplicationName("live-monitor")
        application.setApplicationDisplayName("Live Monitor")
        application.setDesktopFileName("live-monitor")
        # The last closed window must not stop the loop under `main`.
        application.setQuitOnLastWindowClosed(False)
        keeper = SettingsKeeper(store, loaded.settings, writes=not self._options.takes_measure)

        def last_words() -> None:
            faults.write_stacks()
            keeper.last_words()

        guard = ExitGuard(last_words)
        # On 3.11 asyncio.run would need a global policy, which then builds Qt loops in other threads too, and aborts.
        with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
            desktop = Desktop(application, self._options, self._clock, keeper, hooks, guard, feed)
            code = runner.run(desktop.main(signals, instance, [notice for notice in self._notices if notice]))
        desktop.dismantle()
        guard.disarm()
        return code


def provider_of(options: DesktopOptions, settings: Settings) -> Provider:
    """Where prices come from: as asked, else as the last time, but a replay needs its file named."""
    return options.provider or ("sim" if settings.provider == "replay" else settings.provider)


class Desktop:
    """Window, market session and settings while the loop runs. Main thread."""

    def __init__(
        self,
        application: QApplication,
        options: DesktopOptions,
        clock: Clock,
        keeper: SettingsKeeper,
        hooks: CrashHooks,
        guard: ExitGuard,
        feed: FeedProcess | None,
    ) -> None:
        from live_monitor.ui.main_window import MainWindow
        from live_monitor.ui.problem_panel import ProblemPanel
        from live_monitor.ui.theme import apply_theme, load_theme

        self.application, self.options, self.clock = application, options, clock
        self.keeper, self.settings, self.hooks, self.guard = keeper, keeper.settings, hooks, guard
        if options.theme is not None:
            self.settings.theme = options.theme
        self.theme = load_theme(self.settings.theme, colour_blind_safe=self.settings.colour_blind_safe)
        apply_theme(application, self.theme)
        self.window: MainWindow = MainWindow(self.theme, clock, reduce_motion=self.settings.reduce_motion)
        self.problems: ProblemPanel = ProblemPanel(self.theme, self.window)
        self.chart: MarketChart | None = None
        self.session: MarketSession | None = None
        self.measure: MeasureRun | None = None
        self._feed = feed
        self._quit = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._first_window_ms = math.nan
        self.exit_code = EXIT_OK

    @property
    def timeframe_ms(self) -> int:
        """Length of the bars on the screen."""
        return 1_000 if self.settings.timeframe == "1s" else 60_000

    # -- steps 7 to 10 -------------------------------------------------------------------------

    async def main(self, signals: QuitSignals, instance: SingleInstance, notices: list[str]) -> int:
        """The loop's main coroutine: shows the window, lets the market in, waits for the end. Returns the exit code."""
        asyncio.get_running_loop().set_exception_handler(self.hooks.on_loop_problem)
        signals.attach(self.quit, self.guard.arm)
        if not self.options.takes_measure:
            instance.raise_requested.connect(self.come_to_front)
            instance.listen()
        self.window.log_panel.attach(logging.getLogger(), RedactingFormatter(FORMAT, "%H:%M:%S"))
        for notice in notices:
            self.tell(notice)
        self.spawn(self._open(), "start")
        await self._quit.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._finish_measure()
        self._stop()
        return self.exit_code

    async def _open(self) -> None:
        """Shows the window, then imports and builds what is heavy."""
        from live_monitor.runtime.first_paint import FirstPaint
        from live_monitor.runtime.measure_run import MeasureRun

        first = FirstPaint(self.window)
        self._show_window()
        try:
            await asyncio.wait_for(first.painted.wait(), FIRST_PAINT_PATIENCE_S)
        except TimeoutError:
            _log.info("The window is not painted yet")
        self.keeper.end_restoring()
        self._first_window_ms = first.after_ms or math.nan
        _log.info("First window after %.0f ms", self._first_window_ms)
        self._load_chart()
        feed, self._feed = self._feed, None
        self.open_session(feed)
        if self.options.takes_measure:
            self.measure = MeasureRun(self.window.pacer, self.clock, self.timeframe_ms)
            self.spawn(self._measure(self.measure), "measure")

    def _show_window(self) -> None:
        if not self.options.takes_measure and self.settings.layout:
            if self.keeper.layout_is_safe():
                self.keeper.begin_restoring()
                if not self.window.restore_layout(self.settings.layout):
                    self.tell("The kept layout could not be used: the window shows the default one.")
            else:
                self.tell("The last start ended while it applied the kept layout: the window shows the default one.")
        if self.options.size is not None:
            self.window.resize(*self.options.size)
        self.window.tool_bar.set_timeframe(self.settings.timeframe)
        self.window.tool_bar.switcher.set_recent(self.settings.recent_symbols)
        self.window.set_watchlist(self.settings.watchlist)
        self.window.show()

    def _load_chart(self) -> None:
        from live_monitor.engine.market.sessions import us_equities
        from live_monitor.ui.charts.market_chart import MarketChart

        self.chart = MarketChart(self.theme, us_equities())
        self.chart.set_timeframe(self.settings.timeframe)
        self.window.set_chart(self.chart)
        wire(self, self.chart)

    def open_session(self, feed: FeedProcess | None) -> None:
        """Lets the market in: from `feed`, or from the server of the settings when it is None."""
        from live_monitor.runtime.market_session import MarketSession

        self.session = MarketSession(feed, self.options.server_url or self.settings.server_url, self.clock)
        wire_session(self, self.session)
        self.session.follow(self.options.symbol or self.settings.symbol, self.settings.watchlist)
        self.spawn(self.session.run(self.on_feed_trouble), "market session")

    async def _measure(self, measure: MeasureRun) -> None:
        """Takes the picture at its time and ends the program; without --after it only counts."""
        from live_monitor.runtime.measure_run import write_picture

        session, after_s = self.session, self.options.after
        if session is None:
            return
        try:
            if not await measure.wait(session.manager.hub, math.inf if after_s is None else after_s):
                print(
                    "live-monitor: no market data arrived; see the picture for the state of the link", file=sys.stderr
                )
            if self.options.screenshot is not None:
                write_picture(self.options.screenshot, self.window)
        except StartError as error:
            self._fail(error)
        self.quit("measured")

    def _finish_measure(self) -> None:
        from live_monitor.runtime.measure_run import write_figures

        if self.options.stats is None or self.measure is None or self.session is None:
            return
        try:
            write_figures(self.options.stats, self.measure.figures(self.session.manager.hub, self._first_window_ms))
        except StartError as error:
            self._fail(error)

    def _fail(self, error: LiveMonitorError) -> None:
        print(f"live-monitor: {error}", file=sys.stderr)
        self.exit_code = EXIT_FAILED

    def quit(self, reason: str) -> None:
        """Begins the end; more wishes to end change nothing."""
        if self._quit.is_set():
            return
        _log.info("Ending: %s", reason)
        self.guard.arm()
        self._quit.set()

    def end(self) -> None:
        """The window was closed, or code that runs inside Qt asks for the end."""
        self.quit("asked by the person")

    def _stop(self) -> None:
        """Timers, settings, feed, in this order: what the person set is safe before anything that may hang."""
        self.window.pacer.stop()
        self.keeper.save_now()
        self.window.hide()
        self.window.log_panel.detach()
        if self.session is not None:
            self.session.close()

    def dismantle(self) -> None:
        """Destroys the window while the application still lives; in the other order Qt may crash."""
        from PyQt6 import sip

        self.session = None
        sip.delete(self.window)

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> None:
        """Runs a coroutine until the end of the program; a failure is shown like any other."""
        task = asyncio.ensure_future(coroutine)
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"task {task.get_name()}", "exception": error}
            )

    # -- requests of the window ----------------------------------------------------------------

    def show_symbol(self, symbol: str) -> None:
        if self.session is not None:
            self.session.manager.change_symbol(symbol)

    def keep_symbol(self, symbol: str) -> None:
        """The focus changed: it is the one to come back to."""
        self.settings.remember_symbol(symbol)
        self.window.tool_bar.switcher.set_recent(self.settings.recent_symbols)
        self.keeper.changed()

    def show_timeframe(self, name: str) -> None:
        if self.chart is None or name not in ("1s", "1m"):
            return
        self.settings.timeframe = "1s" if name == "1s" else "1m"
        self.chart.set_timeframe(name)
        self.window.tool_bar.set_timeframe(name)
        self.window.pacer.request()
        self.keeper.changed()

    def load_older_bars(self, timeframe_ms: int) -> None:
        if self.session is not None:
            self.session.manager.hub.request_older(timeframe_ms)

    def watch(self, symbol: str) -> None:
        if symbol in self.settings.watchlist or self.session is None:
            return
        if len(self.settings.watchlist) >= MAX_WATCHLIST:
            self.tell(f"The watchlist holds {MAX_WATCHLIST} symbols; take one off first.")
            return
        self.settings.watchlist.append(symbol)
        self.session.manager.hub.acquire(symbol, "watchlist")
        self._watchlist_changed()

    def unwatch(self, symbol: str) -> None:
        if symbol not in self.settings.watchlist or self.session is None:
            return
        self.settings.watchlist.remove(symbol)
        self.session.manager.hub.release(symbol, "watchlist")
        self._watchlist_changed()

    def _watchlist_changed(self) -> None:
        self.window.set_watchlist(self.settings.watchlist)
        self.keeper.changed()

    def use_theme(self, name: str) -> None:
        self.settings.theme = "light" if name == "light" else "dark"
        self._apply_theme()

    def use_colour_blind_safe(self, on: bool) -> None:
        self.settings.colour_blind_safe = on
        self._apply_theme()

    def _apply_theme(self) -> None:
        from live_monitor.ui.theme import apply_theme, load_theme

        self.theme = load_theme(self.settings.theme, colour_blind_safe=self.settings.colour_blind_safe)
        apply_theme(self.application, self.theme)
        self.window.set_theme(self.theme)
        self.problems.set_theme(self.theme)
        self.keeper.changed()

    def use_reduce_motion(self, on: bool) -> None:
        self.settings.reduce_motion = on
        self.window.set_reduce_motion(on)
        self.keeper.changed()

    def come_to_front(self) -> None:
        """Somebody started the program again."""
        self.window.setWindowState(self.window.windowState() & ~self.window.windowState().WindowMinimized)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    # -- what happened -------------------------------------------------------------------------

    def on_hub_updated(self) -> None:
        """The hub has news: the oldest of it starts the clock from tick to paint."""
        if self.session is None:
            return
        hub = self.session.manager.hub
        if hub.oldest_unpainted is not None:
            self.window.pacer.note_tick(hub.oldest_unpainted)
            hub.oldest_unpainted = None
        self.window.pacer.request()

    def on_frame(self) -> None:
        """Once per frame at most: bars are brought up to date, then every panel looks at the hub."""
        if self.session is not None:
            hub = self.session.manager.hub
            hub.tick()
            self.window.refresh(hub, hub.clock.now_ms())

    def on_feed_trouble(self, text: str) -> None:
        """The feed's process died or does not start."""
        _log.error("%s", text)
        if self.session is not None:
            self.session.manager.hub.alert("urgent", "feed", "", text)
        self.tell(text)

    def on_problem(self, problem: Problem) -> None:
        """An exception that nobody caught."""
        self.problems.show_problem(problem.fingerprint, f"Internal error: {problem.text}", problem.detail)

    def tell(self, text: str) -> None:
        """One line for the person, in the quiet card."""
        self.problems.show_problem(text, text)


def wire(desktop: Desktop, chart: MarketChart) -> None:
    """Connects everything that lives as long as the window; `wire_session` connects what goes with a source."""
    from PyQt6.QtCore import Qt

    window, keeper = desktop.window, desktop.keeper
    window.symbol_requested.connect(desktop.show_symbol)
    window.timeframe_requested.connect(desktop.show_timeframe)
    window.watch_added.connect(desktop.watch)
    window.watch_removed.connect(desktop.unwatch)
    window.bar_requested.connect(chart.scroll_to)
    window.theme_requested.connect(desktop.use_theme)
    window.colour_blind_safe_requested.connect(desktop.use_colour_blind_safe)
    window.reduce_motion_requested.connect(desktop.use_reduce_motion)
    window.closed.connect(desktop.end)
    window.pacer.frame.connect(desktop.on_frame)
    chart.older_bars_requested.connect(desktop.load_older_bars)
    keeper.save_failed.connect(desktop.tell)
    # A hook runs in the thread that failed, perhaps in the middle of a paint: the window hears of it a turn later.
    queued = Qt.ConnectionType.QueuedConnection
    hooks = desktop.hooks
    hooks.problem_met.connect(desktop.on_problem, queued)  # type: ignore[call-arg]  # PyQt6's stubs forget the type
    hooks.quit_wanted.connect(desktop.end, queued)  # type: ignore[call-arg]  # PyQt6's stubs forget the type

    def collect(settings: Settings) -> None:
        settings.layout = window.layout_state()

    keeper.collect = collect


def wire_session(desktop: Desktop, session: MarketSession) -> None:
    """Connects one source of prices; the connections go with its manager."""
    manager = session.manager
    manager.hub_updated.connect(desktop.on_hub_updated)
    manager.symbol_changed.connect(desktop.keep_symbol)
