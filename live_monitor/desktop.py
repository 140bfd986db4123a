"""The desktop while it runs: one window, one market session, the settings; and the one way out.

`app.py` builds it and connects it; this module names no vendor and opens no socket itself.
"""

from __future__ import annotations

import asyncio
import logging
import math
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PyQt6 import sip

from live_monitor.clock import Clock
from live_monitor.data.models.timeframe import MINUTE, Timeframe
from live_monitor.errors import LiveMonitorError, StartError
from live_monitor.log import FORMAT, RedactingFormatter
from live_monitor.runtime.crash_hooks import CrashHooks
from live_monitor.runtime.exit_guard import ExitGuard
from live_monitor.runtime.first_paint import FirstPaint
from live_monitor.runtime.options import DesktopOptions
from live_monitor.runtime.problems import Problem
from live_monitor.runtime.settings_keeper import SettingsKeeper
from live_monitor.settings import Settings
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.problem_panel import ProblemPanel
from live_monitor.ui.theme import Theme, load_theme

if TYPE_CHECKING:
    # Both load numpy, which would keep the first window waiting.
    from live_monitor.runtime.market_session import MarketSession
    from live_monitor.runtime.measure_run import MeasureRun
    from live_monitor.ui.charts.market_chart import MarketChart

_log = logging.getLogger(__name__)

#: A window that is never painted (a locked screen) must not keep the market away.
FIRST_PAINT_PATIENCE_S = 2.0
EXIT_OK, EXIT_FAILED = 0, 1


class Desktop:
    """Lives on the main thread, inside the loop. `main` is the loop's one main coroutine."""

    def __init__(
        self,
        options: DesktopOptions,
        clock: Clock,
        keeper: SettingsKeeper,
        hooks: CrashHooks,
        guard: ExitGuard,
        paint_application: Callable[[Theme], None],
    ) -> None:
        """`paint_application` gives palette and style sheet to the whole application."""
        self.options, self.clock = options, clock
        self.keeper, self.settings, self.hooks, self.guard = keeper, keeper.settings, hooks, guard
        self.paint_application = paint_application
        if options.theme is not None:
            self.settings.theme = options.theme
        self.theme = load_theme(self.settings.theme, colour_blind_safe=self.settings.colour_blind_safe)
        paint_application(self.theme)
        self.window = MainWindow(self.theme, clock, reduce_motion=self.settings.reduce_motion)
        self.problems = ProblemPanel(self.theme, self.window)
        self.chart: MarketChart | None = None
        self.session: MarketSession | None = None
        self.stop_watching: Callable[[], object] = lambda: None
        #: What has to end before the session does: threads of desks.
        self.last_deeds: list[Callable[[], object]] = []
        self.first_window_ms = math.nan
        self.exit_code = EXIT_OK
        self._measure: MeasureRun | None = None
        self._store_notice = ""
        self._quit = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the course of a run ---------------------------------------------------------------------

    async def main(self, open_market: Callable[[], None]) -> int:
        """Shows the window, lets the market in by `open_market`, waits for the end. Returns the exit code."""
        asyncio.get_running_loop().set_exception_handler(self.hooks.on_loop_problem)
        self.window.log_panel.attach(logging.getLogger(), RedactingFormatter(FORMAT, "%H:%M:%S"))
        self.spawn(self._open(open_market), "start")
        await self._quit.wait()
        # First of all: what the person set is safe before anything that may hang.
        self.keeper.save_now()
        self._write_figures()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._stop()
        return self.exit_code

    async def _open(self, open_market: Callable[[], None]) -> None:
        first = FirstPaint(self.window)
        self._show_window()
        try:
            await asyncio.wait_for(first.painted.wait(), FIRST_PAINT_PATIENCE_S)
        except TimeoutError:
            _log.info("The window is not painted yet")
        self.keeper.end_restoring()
        self.first_window_ms = first.after_ms or math.nan
        _log.info("First window after %.0f ms", self.first_window_ms)
        open_market()
        if self.options.takes_measure:
            await self._take_measure()

    def _show_window(self) -> None:
        settings, window = self.settings, self.window
        if settings.layout and not self.options.takes_measure:
            if not self.keeper.layout_is_safe():
                self.tell("The last start ended while it applied the kept layout: the window shows the default one.")
            else:
                self.keeper.begin_restoring()
                if not window.restore_layout(settings.layout):
                    self.tell("The kept layout could not be used: the window shows the default one.")
        if self.options.size is not None:
            window.resize(*self.options.size)
        window.set_timeframe(self.timeframe.name)
        window.set_extended(settings.extended_hours)
        window.tool_bar.switcher.set_recent(settings.recent_symbols)
        window.set_watchlist(settings.watchlist)
        window.show()

    async def _take_measure(self) -> None:
        """Counts, takes the picture at its time and ends the program; without --after it only counts."""
        from live_monitor.runtime.measure_run import MeasureRun, write_picture  # noqa: PLC0415 - loads numpy

        session, after_s = self.session, self.options.after
        if session is None:
            return
        self._measure = MeasureRun(self.window.pacer, self.clock, self.timeframe)
        try:
            if not await self._measure.wait(
                session.manager.hub, math.inf if after_s is None else after_s, lambda: self.exit_code != EXIT_OK
            ):
                print("live-monitor: no market data arrived", file=sys.stderr)
            if self.options.screenshot is not None:
                write_picture(self.options.screenshot, self.window)
        except StartError as error:
            self.fail(error)
        self.quit("measured")

    def _write_figures(self) -> None:
        from live_monitor.runtime.measure_run import write_figures  # noqa: PLC0415 - loads numpy

        if self.options.stats is None or self._measure is None or self.session is None:
            return
        try:
            write_figures(self.options.stats, self._measure.figures(self.session.manager.hub, self.first_window_ms))
        except StartError as error:
            self.fail(error)

    def fail(self, error: LiveMonitorError) -> None:
        """What was asked for on the command line could not be done; the run ends with code 1."""
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
        """The window was closed, or code inside Qt asks for the end."""
        self.quit("asked by the person")

    def _stop(self) -> None:
        """Nothing moves any more, then the window goes, then the feed."""
        self.window.pacer.stop()
        self.window.hide()
        self.window.log_panel.detach()
        for deed in self.last_deeds:
            deed()
        if self.session is not None:
            self.session.close()

    def dismantle(self) -> None:
        """Destroys the window while the application still lives; in the other order Qt may crash."""
        self.session = None
        sip.delete(self.window)

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> Callable[[], object]:
        """Runs a coroutine until the program ends; a failure is shown like any other. Returns how to cancel it."""
        task = asyncio.ensure_future(coroutine)
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task.cancel

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"task {task.get_name()}", "exception": error}
            )

    @property
    def timeframe(self) -> Timeframe:
        """Length of the bars on the screen."""
        return timeframe_of(self.settings.timeframe)

    # -- what happened ---------------------------------------------------------------------------

    def on_hub_updated(self) -> None:
        """The hub has news: the oldest of it starts the clock from tick to paint."""
        if self.session is None:
            return
        hub = self.session.manager.hub
        if hub.oldest_unpainted is not None:
            self.window.pacer.note_tick(hub.oldest_unpainted)
            hub.oldest_unpainted = None
        self.window.pacer.request()

    def on_symbols_offered(self, symbols: list[str]) -> None:
        """The feed says what it has."""
        self.window.tool_bar.switcher.set_known(symbols)
        if self.session is not None and self.session.adapt(symbols, keep_focus=self.options.symbol is not None):
            self.window.set_watchlist(self.session.watched)

    def on_frame(self) -> None:
        """Once per frame at most: bars are brought up to date, then every panel looks at the hub."""
        if self.session is not None:
            hub = self.session.manager.hub
            hub.tick()
            self.window.refresh(hub, hub.clock.now_ms())
            if hub.store_notice != self._store_notice:
                self._store_notice = hub.store_notice
                self._tell_of_store()

    def _tell_of_store(self) -> None:
        """One line, and never again once it was put away: from then on the light in the status bar says it."""
        if self._store_notice:
            self.problems.show_problem("store of bars", self._store_notice)

    def collect_layout(self, settings: Settings) -> None:
        """Brings what only the window knows into the settings, before they are saved."""
        settings.layout = self.window.layout_state()

    def on_feed_trouble(self, text: str) -> None:
        """The feed's process died or does not start."""
        _log.error("%s", text)
        self.tell(text)
        if self.session is None:
            return
        self.session.manager.hub.alert("urgent", "feed", "", text)
        if self.options.takes_measure and self.session.manager.hub.counters.events == 0:
            # A picture of a feed that never came is not what was asked for.
            self.exit_code = EXIT_FAILED

    def on_problem(self, problem: Problem) -> None:
        """An exception that nobody caught."""
        self.problems.show_problem(problem.fingerprint, f"Internal error: {problem.text}", problem.detail)

    def tell(self, text: str) -> None:
        """One line for the person, in the quiet card."""
        self.problems.show_problem(text, text)

    def come_to_front(self) -> None:
        """Somebody started the program again."""
        _log.info("Another start asks for this window")
        window = self.window
        if window.isMinimized():
            window.showNormal()
        window.show()
        window.raise_()
        window.activateWindow()


def timeframe_of(name: str) -> Timeframe:
    """The kept length of bars; a minute where it cannot be read any more."""
    try:
        return Timeframe.parse(name)
    except ValueError:
        return MINUTE
