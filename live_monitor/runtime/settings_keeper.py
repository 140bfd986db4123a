"""Writes the settings soon after they changed, and tells a start that died of its own layout from a sound one."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from live_monitor.atomic_file import private_folder
from live_monitor.settings import Settings, SettingsStore

_log = logging.getLogger(__name__)

#: Changes in a row (a dock that is dragged) are written once.
SAVE_DELAY_MS = 500


class SettingsKeeper(QObject):
    """Owner of the settings while the desktop runs. Main thread, but for `last_words`."""

    #: str: settings cannot be saved, and why; once per cause. Main thread.
    save_failed = pyqtSignal(str)

    def __init__(self, store: SettingsStore, settings: Settings, *, writes: bool) -> None:
        """`writes` False: a run that only measures leaves the file as it is."""
        super().__init__()
        self.settings = settings
        #: Called before each save to bring what only the window knows (its layout) into the settings.
        self.collect: Callable[[Settings], None] = lambda settings: None
        self._store = store
        self._writes = writes
        self._marker = store.path.with_name("restoring-layout")
        self._failure = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_DELAY_MS)
        self._timer.timeout.connect(self.save_now)

    def changed(self) -> None:
        """Something changed: it is written within half a second."""
        if self._writes:
            self._timer.start()

    def save_now(self) -> None:
        """Writes what changed; a failure is told, never raised."""
        self._timer.stop()
        if not self._writes:
            return
        self.collect(self.settings)
        try:
            self._store.save(self.settings)
            self._failure = ""
        except OSError as problem:
            failure = f"Settings are not saved: {problem.strerror or problem}."
            if failure != self._failure:
                self._failure = failure
                _log.warning("%s", failure)
                self.save_failed.emit(failure)

    def last_words(self) -> None:
        """Writes the settings as they are, without asking the window: it hangs. Any thread. Raises OSError."""
        if self._writes:
            self._store.save(self.settings)

    def layout_is_safe(self) -> bool:
        """False when the last start ended while it applied the kept layout: then the default one is the way in."""
        if not self._writes or not self._marker.exists():
            return True
        self._marker.unlink(missing_ok=True)
        return False

    def begin_restoring(self) -> None:
        """Says, by a file beside the settings, that a kept layout is about to be applied.

        It needs no flush to the disk: what dies here is the process, not the machine.
        """
        if self._writes:
            with contextlib.suppress(OSError):
                private_folder(self._marker.parent)
                self._marker.touch(mode=0o600)

    def end_restoring(self) -> None:
        """The window has been painted with the layout: it is sound."""
        if self._writes:
            with contextlib.suppress(OSError):
                self._marker.unlink(missing_ok=True)
