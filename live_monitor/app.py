"""The composition root of the desktop, from the command line to the last goodbye.

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
                                 settings are saved, the window hides, timers and feed stop, `main` returns, and with
                                 it the loop. Nobody calls app.quit(): under a running main coroutine it aborts.

Everything heavy is imported in the step that needs it, so that the steps before it are quick.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from live_monitor import wiring
from live_monitor.clock import Clock, SystemClock
from live_monitor.display import display_problem
from live_monitor.errors import LiveMonitorError, StartError
from live_monitor.log import start_logging, stop_logging
from live_monitor.settings import DataPaths, Settings, SettingsStore, data_paths

if TYPE_CHECKING:
    from live_monitor.data.store_thread import StoreThread
    from live_monitor.desk import Desk
    from live_monitor.desktop import Desktop
    from live_monitor.runtime.feed_process import FeedProcess
    from live_monitor.runtime.options import DesktopOptions
    from live_monitor.runtime.paper_trading import PaperTrading
    from live_monitor.sources import Sources
    from live_monitor.ui.application import Application

_log = logging.getLogger(__name__)

EXIT_OK, EXIT_FAILED, EXIT_NO_DISPLAY = 0, 1, 2


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
    # A measured run may start beside a desktop, and two processes must not rotate the same file.
    door = start_logging(paths.logs, name="measure.log" if options.takes_measure else "live-monitor.log")
    try:
        return Start(options, paths, SystemClock(), door.notice).run()
    except LiveMonitorError as error:
        _log.info("Not started: %s", error)
        print(f"live-monitor: {error}", file=sys.stderr)
        return EXIT_FAILED
    finally:
        stop_logging(door)


class Start:
    """Steps 2 to 9, in order; holds what must live as long as the process. Main thread."""

    def __init__(self, options: DesktopOptions, paths: DataPaths, clock: Clock, notice: str) -> None:
        from live_monitor.runtime.crash_hooks import CrashHooks, FaultFile
        from live_monitor.runtime.problems import ProblemBook
        from live_monitor.runtime.quit_signals import QuitSignals
        from live_monitor.runtime.single_instance import SingleInstance

        self._options, self._paths, self._clock = options, paths, clock
        self._hooks = CrashHooks(ProblemBook(clock))
        self._signals = QuitSignals()
        self._faults = FaultFile(paths.logs)
        self._instance = SingleInstance(paths.runtime, Path(tempfile.gettempdir()))
        self._sources = self._make_sources()
        self._feed: FeedProcess | None = None
        self._store: StoreThread | None = None
        self._paper: PaperTrading | None = None
        self._application: Application | None = None
        self._notices = [notice]

    def run(self) -> int:
        """Returns the exit code. Raises LiveMonitorError with a remedy when the start is impossible."""
        self._hooks.install()
        self._signals.install()
        try:
            if not self._options.takes_measure and not self._is_first():
                return EXIT_OK
            store = SettingsStore(self._paths.settings_file)
            loaded = store.load()
            self._notices.append(loaded.notice)
            self._feed = self._sources.process(self._options, loaded.settings)
            return self._run_window(store, loaded.settings)
        finally:
            if self._feed is not None:
                self._feed.stop()
            # First what cannot be had again.
            if self._paper is not None:
                self._paper.close()
            if self._store is not None:
                self._store.close()
            self._instance.release()
            self._signals.close()
            self._faults.close()
            self._hooks.uninstall()

    def _is_first(self) -> bool:
        """Step 3. Raises StartError when another one runs here and does not answer."""
        claim = self._instance.claim()
        if claim == "silent" and self._may_take_over():
            self._instance.end_owner()
            claim = self._instance.claim()
        if claim == "silent":
            raise StartError(
                "Live Monitor runs already, but does not answer.", "End that process, or start with another --data-dir."
            )
        if claim in ("raised", "starting"):
            _log.info("Live Monitor runs already")
            return False
        self._notices.append(self._faults.open())
        return True

    def _may_take_over(self) -> bool:
        """Asks the person, where there is one to ask."""
        if os.environ.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal")):
            return False
        from live_monitor.ui.takeover_dialog import ask_to_take_over

        self._make_application()
        return ask_to_take_over()

    def _make_application(self) -> Application:
        """Qt's application, of which there can be only one."""
        from live_monitor.ui.application import Application

        if self._application is None:
            self._application = Application()
        return self._application

    def _make_sources(self) -> Sources:
        from live_monitor.sources import Sources

        return Sources(self._paths, os.environ, self._clock)

    def _run_window(self, store: SettingsStore, settings: Settings) -> int:
        """Steps 6 to 10."""
        from qasync import QEventLoop

        from live_monitor.desktop import Desktop
        from live_monitor.runtime.exit_guard import ExitGuard
        from live_monitor.runtime.settings_keeper import SettingsKeeper
        from live_monitor.ui.theme import apply_theme

        application = self._make_application()
        self._instance.listen()
        keeper = SettingsKeeper(store, settings, writes=not self._options.takes_measure)

        def last_words() -> None:
            self._faults.write_stacks()
            keeper.last_words()

        guard = ExitGuard(last_words)
        # Not qasync.run: on 3.11 it sets a global policy, by which other threads would get Qt loops too, and abort.
        with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
            desktop = Desktop(
                self._options, self._clock, keeper, self._hooks, guard, lambda theme: apply_theme(application, theme)
            )
            # At a log-out there may be no time for more than this.
            application.commitDataRequest.connect(lambda _manager: keeper.save_now())
            application.quit_asked.connect(desktop.end)
            code = runner.run(self._main(desktop))
        desktop.dismantle()
        # What was acknowledged is on the disk; one that hangs must not hold the end.
        if self._paper is not None:
            self._paper.close()
        guard.disarm()
        return code

    async def _main(self, desktop: Desktop) -> int:
        self._signals.attach(desktop.quit, desktop.guard.arm)
        if not self._options.takes_measure:
            self._instance.raise_requested.connect(desktop.come_to_front)
        for notice in filter(None, self._notices):
            desktop.tell(notice)

        from live_monitor.desk import Desk

        def switch(options: DesktopOptions) -> None:
            desktop.spawn(self._switch(desktop, desk, options), "switch of the source")

        desk = Desk(desktop, switch, self._sources, self._paths.history, os.environ)
        wiring.wire(desktop, desk)
        return await desktop.main(lambda: self._open_market(desktop, desk))

    def _open_market(self, desktop: Desktop, desk: Desk) -> None:
        """Step 8: what is heavy to import comes after the first paint."""
        from live_monitor.engine.market.sessions import us_equities
        from live_monitor.runtime.drawing_files import DrawingFiles
        from live_monitor.ui.charts.drawings.json_form import unsound
        from live_monitor.ui.charts.market_chart import MarketChart

        chart = MarketChart(desktop.theme, us_equities())
        chart.show_bars(desktop.timeframe, extended=desktop.settings.extended_hours)
        desktop.chart = chart
        wiring.wire_chart(desktop, desk, chart)
        files = DrawingFiles(self._paths.drawings, unsound, desktop.tell)
        desk.chart.dress(us_equities(), files, writes=not self._options.takes_measure)
        desktop.window.set_chart(chart)
        self._open_paper(desktop, desk)
        desk.providers.look()
        feed, self._feed = self._feed, None
        self._open_session(desktop, desk, feed)

    def _open_paper(self, desktop: Desktop, desk: Desk) -> None:
        """The ledger opens on its own thread; orders are taken once it is proven."""
        from live_monitor import scripting
        from live_monitor.engine.market.sessions import us_equities
        from live_monitor.runtime.paper_trading import PaperTrading

        folder = None if self._options.takes_measure else self._paths.paper
        paper = self._paper = PaperTrading(folder, us_equities(), desktop.settings.paper.accounts, self._clock)
        paper.woken.connect(desktop.window.pacer.request)
        desk.orders.follow(paper.desk)
        desk.workbook.follow(paper.desk)
        scripting.bind(paper.desk)

    def _open_session(self, desktop: Desktop, desk: Desk, feed: FeedProcess | None) -> None:
        """Step 9. The session owns `feed` from here on."""
        from live_monitor.runtime.market_session import MarketSession

        options, settings = desktop.options, desktop.settings
        session = MarketSession(
            feed,
            options.server_url or settings.server_url,
            self._clock,
            self._bars_store(settings),
            prepare=self._sources.feed(options, settings),
        )
        desktop.session = session
        # The panels forget the market before, while the new one is still empty.
        desktop.on_frame()
        wiring.wire_session(desktop, desk, session)
        if self._paper is not None:
            self._paper.desk.follow(session.manager.hub)
        session.follow(options.symbol or settings.symbol, settings.watchlist)
        desktop.window.set_watchlist(session.watched)
        desktop.stop_watching = desktop.spawn(session.run(desktop.on_feed_trouble), "market session")

    def _bars_store(self, settings: Settings) -> StoreThread | None:
        """The thread that keeps bars, one for all sources of prices; none in a measured run, which leaves no trace."""
        from live_monitor.data.store_thread import StoreThread
        from live_monitor.data.stores.opening import open_store
        from live_monitor.runtime.store_upkeep import StoreUpkeep

        if self._store is None and not self._options.takes_measure:
            upkeep = StoreUpkeep(settings.history.keep_days, self._clock)
            folder, url = self._paths.history, settings.history.url
            self._store = StoreThread(lambda: open_store(url, folder, os.environ), self._clock, idle=upkeep.work)
        return self._store

    async def _switch(self, desktop: Desktop, desk: Desk, options: DesktopOptions) -> None:
        """Closes the present source and opens another one."""
        desktop.options = options
        desktop.stop_watching()
        if self._paper is not None:
            self._paper.desk.close()
        if desktop.session is not None:
            await desktop.session.closed()
        try:
            feed = self._sources.process(options, desktop.settings)
        except StartError as error:
            desktop.tell(str(error))
            return
        self._open_session(desktop, desk, feed)
