"""The last lines of the log, as plain text, from any thread."""

from __future__ import annotations

import logging
from collections import deque
from typing import Final, NamedTuple

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from live_monitor.ui.theme import Theme

MAX_LINES: Final = 2_000
_LEVELS: Final = ((logging.INFO, "All"), (logging.WARNING, "Warnings"), (logging.ERROR, "Errors"))


class Line(NamedTuple):
    """One formatted record."""

    level: int
    text: str


class _Wake(QObject):
    #: Lines are waiting; no payload, from the logging thread (queued to the main thread).
    lines_waiting = pyqtSignal()


class PanelHandler(logging.Handler):
    """Hands lines over to the panel: a bounded queue and at most one queued wake-up, so that a storm of records costs
    the screen nothing. Any thread."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(formatter or logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
        self.waiting: deque[Line] = deque(maxlen=MAX_LINES)
        self.wake = _Wake()
        self._armed = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.waiting.append(Line(record.levelno, self.format(record)))
        except Exception:  # noqa: BLE001 - a record that cannot be formatted must not stop the thread that logs it
            self.handleError(record)
            return
        if not self._armed:
            self._armed = True
            self.wake.lines_waiting.emit()

    def take(self) -> list[Line]:
        """Removes and returns what waits. Main thread."""
        self._armed = False
        lines: list[Line] = []
        while self.waiting:
            lines.append(self.waiting.popleft())
        return lines


class LogPanel(QWidget):
    """A bounded, filterable view of the log. `attach` starts it, `detach` must be called before the program ends."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self._level = logging.INFO
        self._handler: PanelHandler | None = None
        self.view = QPlainTextEdit(self)
        self.view.setReadOnly(True)
        self.view.setMaximumBlockCount(MAX_LINES)
        self.view.setUndoRedoEnabled(False)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.setAccessibleName("Log")
        document = self.view.document()
        if document is not None:
            document.setDocumentMargin(12)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._filter_row())
        layout.addWidget(self.view, 1)
        self.set_theme(theme)

    def _filter_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(2)
        self._filters = QButtonGroup(self)
        for level, word in _LEVELS:
            button = QToolButton(self)
            button.setText(word)
            button.setCheckable(True)
            button.setChecked(level == self._level)
            button.setProperty("chip", True)
            button.setAccessibleName(f"Log: {word.lower()}")
            button.clicked.connect(lambda _checked, level=level: self.show_level(level))
            self._filters.addButton(button, level)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def set_theme(self, theme: Theme) -> None:
        """The face of the lines."""
        self.view.setFont(theme.font(12))

    def attach(self, logger: logging.Logger, formatter: logging.Formatter | None = None) -> None:
        """Shows what `logger` and those below it write from now on; `formatter` may redact."""
        self.detach()
        self._handler = PanelHandler(formatter)
        # Queued by Qt by itself: the wake-up is emitted in the logging thread, the panel lives in the main thread.
        # In the main thread a direct call is as good: nothing of the panel is held while a record is written.
        self._handler.wake.lines_waiting.connect(self._take)
        self._logger = logger
        logger.addHandler(self._handler)

    def detach(self) -> None:
        """Takes the handler off the logger again."""
        if self._handler is not None:
            self._logger.removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def show_level(self, level: int) -> None:
        """Shows lines from `level` (of the logging module) up."""
        self._level = level
        self.view.setPlainText("\n".join(line.text for line in self._lines if line.level >= level))
        self._to_end()

    def _take(self) -> None:
        if self._handler is None:
            return
        lines = self._handler.take()
        self._lines.extend(lines)
        shown = [line.text for line in lines if line.level >= self._level]
        if not shown:
            return
        bar = self.view.verticalScrollBar()
        at_end = bar is None or bar.value() >= bar.maximum() - 2
        self.view.appendPlainText("\n".join(shown))
        if at_end:
            self._to_end()

    def _to_end(self) -> None:
        bar = self.view.verticalScrollBar()
        if bar is not None:
            bar.setValue(bar.maximum())
