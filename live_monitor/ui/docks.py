"""Dock panels with a slim title of our own: one quiet line instead of a frame inside a frame."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QSizePolicy, QToolButton, QWidget

from live_monitor.ui import icons
from live_monitor.ui.elided_label import ElidedLabel
from live_monitor.ui.theme import Theme

TITLE_HEIGHT: Final = 28


class DockTitle(QWidget):
    """Title, float and close. Dragging it moves the dock, as Qt provides for custom titles that ignore the mouse."""

    def __init__(self, dock: QDockWidget, theme: Theme) -> None:
        super().__init__(dock)
        self._title = dock.windowTitle()
        self._label = ElidedLabel(self)
        self._label.setProperty("note", False)
        self._label.setProperty("muted", True)
        self.set_note("")
        self._float = _button(f"Float {dock.windowTitle()}", self)
        self._float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self._close = _button(f"Hide {dock.windowTitle()}", self)
        self._close.clicked.connect(dock.close)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(TITLE_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 4, 0)
        row.setSpacing(0)
        row.addWidget(self._label, 1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        self.set_theme(theme)

    def set_note(self, note: str) -> None:
        """Says something beside the title, as far as there is room."""
        self._label.show_text(f"{self._title} · {note}" if note else self._title)

    def sizeHint(self) -> QSize:
        # A dock gives its title this height, whatever height the title has: less, and the title covers the panel.
        return QSize(super().sizeHint().width(), TITLE_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), TITLE_HEIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Colours and icons of another theme."""
        palette = self.palette()
        palette.setColor(self.backgroundRole(), theme.color("panel"))
        self.setPalette(palette)
        self._label.setFont(theme.font(11, 600))
        self._float.setIcon(icons.icon("float", theme, "muted"))
        self._close.setIcon(icons.icon("close", theme, "muted"))


class PanelDock(QDockWidget):
    """A dock that hands letters typed over it to the main window, also while it floats."""

    def __init__(self, name: str, title: str, content: QWidget, theme: Theme, window: QMainWindow) -> None:
        super().__init__(title, window)
        self._window = window
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setWidget(content)
        self._title = DockTitle(self, theme)
        self.setTitleBarWidget(self._title)
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)

    def set_theme(self, theme: Theme) -> None:
        """Title in the colours of another theme."""
        self._title.set_theme(theme)

    def set_note(self, note: str) -> None:
        """Says something beside the title; its name in menus stays."""
        self._title.set_note(note)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        # Key events stop at a window; a floating dock is one.
        if event is not None and self.isFloating():
            self._window.keyPressEvent(event)
            return
        super().keyPressEvent(event)


def _button(name: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setProperty("bare", True)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setIconSize(QSize(14, 14))
    button.setFixedSize(24, 22)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
