"""The Qt application of the desktop: named, and closed to Qt's own way of ending."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, pyqtSignal
from PyQt6.QtWidgets import QApplication


class Application(QApplication):
    """One per process, made on the main thread before any widget."""

    #: The system (macOS' menu, a log-out) or `app.quit()` asks for the end; no payload. Main thread.
    quit_asked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__(["live-monitor"])
        self.setApplicationName("live-monitor")
        self.setApplicationDisplayName("Live Monitor")
        self.setDesktopFileName("live-monitor")
        # The last closed window must not stop the loop under its main coroutine: qasync would abort.
        self.setQuitOnLastWindowClosed(False)

    def event(self, event: QEvent | None) -> bool:
        # Overridden here, not as an event filter: a filter would be called for every event of every widget.
        if event is not None and event.type() == QEvent.Type.Quit:
            self.quit_asked.emit()
            # Refused, for the system's ears: the program ends by itself, a moment later.
            event.ignore()
            return True
        return super().event(event)
