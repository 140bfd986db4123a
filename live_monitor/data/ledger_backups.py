"""A checked copy of the ledger each day, on a thread of its own: neither the window nor an order waits for it."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from live_monitor.clock import Clock
from live_monitor.data.stores.ledger_backup import BackupStopped, back_up_daily
from live_monitor.errors import LedgerError

_log = logging.getLogger(__name__)

_DAY_MS = 86_400_000
#: Between two steps of a copy (2 MB) and of its check: it is in no hurry, and an order waits for the same disk.
_PAUSE_S = 0.02
_STOP_S = 5.0


class DailyBackups:
    """`look` and `close` on one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: Days since the epoch (UTC) of the last look; -1 before the first.
        self._day = -1
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self, path: Path) -> None:
        """Makes the copy of today of a ledger that has been proven, unless there is one; returns at once."""
        day = self._clock.wall_ms() // _DAY_MS
        if day == self._day or (self._thread is not None and self._thread.is_alive()):
            return
        self._day = day
        name = datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
        self._thread = threading.Thread(target=self._make, args=(path, name), name="backup of the ledger", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops a copy that is being made; it is made anew at the next start."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _make(self, path: Path, day: str) -> None:
        try:
            made = back_up_daily(path, day, lambda: self._ending.wait(_PAUSE_S))
            if made is not None:
                _log.info("The ledger of paper trading was copied to %s", made)
        except BackupStopped as stopped:
            _log.debug("%s", stopped)
        except LedgerError as problem:
            _log.warning("The ledger of paper trading was not copied today: %s", problem)
