"""Paper trading of this process: its ledger's thread and its desk, from the first paint to the end. Main thread."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from live_monitor.clock import Clock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.paper_desk import PaperDesk
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.market.sessions import Calendar

#: Frames end while the window is minimised, the market does not: what it does to orders is written down all the same.
BEAT_MS: Final = 250


class PaperTrading(QObject):
    """Opens the ledger below `folder`; without one, in a folder that goes with the process: a measured run keeps
    nothing. The desk's time passes by itself, at least this often, whether or not anybody calls its `tick`.
    """

    #: The ledger has something to say; emitted on its thread.
    woken = pyqtSignal()

    def __init__(self, folder: Path | None, calendar: Calendar, chosen: Mapping[str, str], clock: Clock) -> None:
        super().__init__()
        self._passing = tempfile.TemporaryDirectory(prefix="live-monitor-paper-") if folder is None else None
        path = Path(self._passing.name if self._passing is not None else folder or "") / FILE_NAME
        self._ledger = LedgerThread(lambda: Ledger(path), clock)
        self._ledger.wake = self.woken.emit
        self.desk = PaperDesk(self._ledger, calendar, dict(chosen))
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self.desk.tick)
        self._beat.start()

    def close(self) -> None:
        """Writes what waits and closes the ledger. May be called twice."""
        self._beat.stop()
        self.desk.close()
        self._ledger.close()
        if self._passing is not None:
            self._passing.cleanup()
