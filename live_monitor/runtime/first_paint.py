"""Notices when the window has painted for the first time."""

from __future__ import annotations

import asyncio

from PyQt6.QtCore import QEvent, QObject, QTimer

from live_monitor.runtime.measures import since_process_start_ms


class FirstPaint(QObject):
    """Watches one widget; leaves it alone after its first paint. Main thread."""

    def __init__(self, widget: QObject) -> None:
        super().__init__(widget)
        self._widget = widget
        #: Milliseconds from the start of the process to the end of the first paint; 0 before it.
        self.after_ms = 0.0
        self.painted = asyncio.Event()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Paint and watched is self._widget:
            self._widget.removeEventFilter(self)
            # The filter sees the event before the widget does; the next turn of the loop comes after its painting.
            QTimer.singleShot(0, self._done)
        return False

    def _done(self) -> None:
        self.after_ms = since_process_start_ms()
        self.painted.set()
