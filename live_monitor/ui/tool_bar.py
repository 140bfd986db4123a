"""The tool bar: what is shown on the left, whether it can be trusted on the right."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QLabel, QSizePolicy, QToolBar, QWidget

from live_monitor.ui.session_bar import SessionBar
from live_monitor.ui.symbol_switcher import SymbolSwitcher
from live_monitor.ui.theme import Theme

#: Bars that can be shown: the name on the button, and how it is spoken.
TIMEFRAMES: Final = {"1s": "1 second", "1m": "1 minute"}


class MainToolBar(QToolBar):
    """Symbol, provider, timeframes; session and feed."""

    #: Show bars of this length. Payload: `1s` or `1m`.
    timeframe_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Main tool bar", parent)
        self.setObjectName("main_tool_bar")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.switcher = SymbolSwitcher(theme, self)
        self.addWidget(self.switcher)
        self.provider = QLabel("No provider", self)
        self.provider.setTextFormat(Qt.TextFormat.PlainText)
        self.provider.setProperty("muted", True)
        self.provider.setAccessibleName("Provider")
        self.provider.setMaximumWidth(200)
        self.addWidget(self.provider)
        group = QActionGroup(self)
        self.timeframes: dict[str, QAction] = {}
        for name, spoken in TIMEFRAMES.items():
            action = QAction(name, self)
            action.setCheckable(True)
            action.setToolTip(f"Bars of {spoken}")
            action.triggered.connect(lambda _checked, name=name: self.timeframe_requested.emit(name))
            group.addAction(action)
            self.addAction(action)
            self.timeframes[name] = action
            button = self.widgetForAction(action)
            if button is not None:
                button.setAccessibleName(f"Bars of {spoken}")
        space = QWidget(self)
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self.session = SessionBar(theme, self)
        self.addWidget(self.session)
        self.setIconSize(QSize(16, 16))

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.switcher.set_theme(theme)
        self.session.set_theme(theme)

    def set_timeframe(self, name: str) -> None:
        """Marks the timeframe that is shown; does not ask for it."""
        action = self.timeframes.get(name)
        if action is not None:
            action.setChecked(True)

    def set_provider(self, text: str) -> None:
        """Names the source of prices, as plain text."""
        if self.provider.text() != text:
            self.provider.setText(text)
