"""The tool bar: what is shown on the left, whether it can be trusted on the right."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QLabel, QSizePolicy, QToolBar, QWidget

from live_monitor.engine.market.sessions import hms
from live_monitor.ui.hub_view import HubView
from live_monitor.ui.provider_names import provider_name
from live_monitor.ui.session_bar import SessionBar
from live_monitor.ui.symbol_switcher import SymbolSwitcher
from live_monitor.ui.theme import Theme
from live_monitor.ui.timeframe_bar import TimeframeBar
from live_monitor.ui.trust import Trust, link_pill


class MainToolBar(QToolBar):
    """Symbol, provider, lengths of bars; session and feed."""

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
        self.timeframes = TimeframeBar(theme, self)
        self.addWidget(self.timeframes)
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
        self.timeframes.set_theme(theme)
        self.session.set_theme(theme)

    def set_provider(self, text: str) -> None:
        """Names the source of prices, as plain text."""
        if self.provider.text() != text:
            self.provider.setText(text)
