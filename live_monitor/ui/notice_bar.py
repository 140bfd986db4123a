"""One line at the top of the window: what went wrong, and what to do. Never a modal dialog.

The same cause shows again at most once a minute, however often it repeats.
"""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from live_monitor.clock import Clock
from live_monitor.ui import icons
from live_monitor.ui.alert_panel import look_of
from live_monitor.ui.theme import Theme

AGAIN_AFTER_S: Final = 60.0
MAX_TEXT: Final = 500
MAX_DETAIL: Final = 20_000
_MAX_CAUSES: Final = 200


class NoticeBar(QWidget):
    """Text, an optional traceback behind "Details", and a close button. Plain text only."""

    def __init__(self, theme: Theme, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._theme = theme
        self._level = "warning"
        self._shown_at: dict[str, float] = {}
        self.setProperty("notice", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Notice")
        self._icon = QLabel(self)
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details_button = QToolButton(self)
        self.details_button.setText("Details")
        self.details_button.setCheckable(True)
        self.details_button.setProperty("chip", True)
        self.details_button.setAccessibleName("Details of the notice")
        self.close_button = QToolButton(self)
        self.close_button.setProperty("bare", True)
        self.close_button.setAccessibleName("Close the notice")
        self.close_button.setToolTip("Close")
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setFixedSize(24, 22)
        self.close_button.clicked.connect(self.hide)
        self.detail = QPlainTextEdit(self)
        self.detail.setReadOnly(True)
        self.detail.setAccessibleName("Details")
        self.detail.setFixedHeight(160)
        self.detail.hide()
        self.details_button.toggled.connect(self.detail.setVisible)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget, stretch in ((self._icon, 0), (self.text, 1), (self.details_button, 0), (self.close_button, 0)):
            row.addWidget(widget, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.detail)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Icons in the colours of another theme."""
        self._theme = theme
        look = look_of(self._level)
        self._icon.setPixmap(icons.pixmap(look.icon, theme, look.role, 16, self.devicePixelRatioF()))
        self.close_button.setIcon(icons.icon("close", theme))

    def say(self, text: str, *, level: str = "warning", cause: str = "", detail: str = "") -> bool:
        """Shows a line; False when its `cause` (default: the text) was shown less than a minute ago."""
        key = cause or text
        now = self._clock.monotonic()
        if now - self._shown_at.get(key, -math.inf) < AGAIN_AFTER_S:
            return False
        if len(self._shown_at) >= _MAX_CAUSES:
            self._shown_at.clear()
        self._shown_at[key] = now
        self._level = level
        self.text.setText(text[:MAX_TEXT])
        self.detail.setPlainText(detail[:MAX_DETAIL])
        self.details_button.setVisible(bool(detail))
        self.details_button.setChecked(False)
        self.set_theme(self._theme)
        self.show()
        return True
