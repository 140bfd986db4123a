"""The tool bar: what is shown on the left, whether it can be trusted on the right."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QLabel, QSizePolicy, QToolBar, QWidget

from live_monitor.engine.market.sessions import hms
from live_monitor.ui.hub_view import HubView
from live_monitor.ui.provider_names import provider_name
from live_monitor.ui.session_bar import SessionBar
from live_monitor.ui.symbol_switcher import SymbolSwitcher
from live_monitor.ui.theme import Theme
from live_monitor.ui.trust import Trust, link_pill

#: Bars that can be shown: the name on the button, and how it is spoken.
TIMEFRAMES: Final = {"1s": "1 second", "1m": "1 minute"}


class MainToolBar(QToolBar):
    """Symbol, provider, timeframes; session and feed."""

    #: Show bars of this length. Payload: `1s` or `1m`.
    timeframe_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Main tool bar", parent)
        self._second = -1
        self._clock_text = ""
        self._hello: object = None
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

    def refresh(self, hub: HubView, now_ms: int, trust: Trust, age_s: float, standing: str) -> bool:
        """Takes over clock, session, link and focus; True when the symbol in focus is another one.

        `trust`, `age_s` and `standing` are those of the price panel, so that both say the same.
        """
        if now_ms // 1000 != self._second:
            self._second = now_ms // 1000
            self._clock_text = hms(now_ms)
        link = hub.link
        pill = link_pill(link.state, link.label, link.message, age_s, trust, standing)
        self.session.show_session(self._clock_text, hub.calendar.market_state(now_ms), pill)
        self.set_provider(provider_name(link.provider, link.label, link.state))
        if hub.hello is not self._hello:
            self._hello = hub.hello
            self.switcher.set_known(hub.hello.symbols)
        if not hub.focus or hub.focus == self.switcher.symbol:
            return False
        self.switcher.set_symbol(hub.focus)
        return True

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
