"""Paper trading beside a script's own connection: ledger and desk, and the timer that moves them. Main thread."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PyQt6.QtCore import QCoreApplication, QObject, Qt, QTimer, pyqtSignal

from live_monitor.data.polygon_data_manager import FRAME_MS
from live_monitor.engine.market.sessions import us_equities
from live_monitor.runtime.paper_trading import PaperTrading
from live_monitor.settings import SettingsStore

if TYPE_CHECKING:
    from live_monitor.clock import Clock
    from live_monitor.data.polygon_data_manager import PolygonDataManager
    from live_monitor.settings import DataPaths

_log = logging.getLogger(__name__)


class ScriptPaper(QObject):
    """What `scripting.open_paper` opens. Signals come on the main thread."""

    #: Orders are taken from now on; again after the market was away.
    opened = pyqtSignal()
    #: Orders are not taken (str: why, one line): the ledger cannot be used, no market is connected.
    stopped = pyqtSignal(str)
    #: The ledger is closed; no order is taken any more.
    closed = pyqtSignal()

    def __init__(self, manager: PolygonDataManager, paths: DataPaths, clock: Clock) -> None:
        super().__init__(manager)
        self._paper = PaperTrading(paths.paper, us_equities(), _accounts_in_use(paths), clock)
        #: Accounts, orders and fills, to be read; commands beside `place_order`: cancel, replace, flatten, choose.
        self.desk = self._paper.desk
        self.desk.told = lambda text: _log.error("%s", text)
        self.desk.follow(manager.hub)
        self._was_ready = False
        self._notice = ""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.close)

    def _tick(self) -> None:
        self.desk.tick()
        ready, notice = self.desk.ready, self.desk.notice
        if ready and not self._was_ready:
            self.opened.emit()
        elif notice and notice != self._notice:
            self.stopped.emit(notice)
        self._was_ready, self._notice = ready, notice

    def close(self) -> None:
        """Writes what waits and closes the ledger. May be called twice; the end of the Qt application calls it too."""
        if self._timer.isActive():
            self._timer.stop()
            self._paper.close()
            self.closed.emit()


def _accounts_in_use(paths: DataPaths) -> Mapping[str, str]:
    """Which account the desktop uses in which market, where its settings say it."""
    try:
        return SettingsStore(paths.settings_file).inspect().paper.accounts
    except (OSError, ValueError):
        return {}
