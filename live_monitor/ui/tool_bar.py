"""The tool bar: what is shown on the left, whether it can be trusted on the right."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QToolBar, QWidget

from live_monitor.engine.market.sessions import hms
from live_monitor.ui.chart_bar import ChartBar
from live_monitor.ui.hub_view import HubView
from live_monitor.ui.provider_box import ProviderBox
from live_monitor.ui.provider_names import link_words, provider_name
from live_monitor.ui.session_bar import SessionBar
from live_monitor.ui.symbol_switcher import NARROW_WIDTH, WIDTH, SymbolSwitcher
from live_monitor.ui.theme import Theme
from live_monitor.ui.timeframe_bar import TimeframeBar
from live_monitor.ui.trust import Trust, link_pill


class MainToolBar(QToolBar):
    """Symbol, provider, lengths of bars, indicators, drawing tools, chart type; session and feed.

    Where there is no room the names of the chart's buttons go first, then the least wanted lengths of bars, then the
    name of the provider, which the status bar says as well; last of all its dot, because the session says the same.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Main tool bar", parent)
        self._folded: tuple[object, ...] = ()
        self._second = -1
        self._clock_text = ""
        self._hello: object = None
        self.setObjectName("main_tool_bar")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.switcher = SymbolSwitcher(theme, self)
        self.addWidget(self.switcher)
        self.provider = ProviderBox(theme, self)
        self._provider_place = self.addWidget(self.provider)
        self.timeframes = TimeframeBar(theme, self)
        self.addWidget(self.timeframes)
        self.chart = ChartBar(theme, self)
        self.addWidget(self.chart)
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
        detail = " ".join(filter(None, (link.message, link.remedy))) or link_words(link.state)[0]
        dot = pill.role if link.state == "live" else link_words(link.state)[1]
        self.set_provider(provider_name(link.provider, link.label, link.state), dot, detail)
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
        self.provider.set_theme(theme)
        self.timeframes.set_theme(theme)
        self.chart.set_theme(theme)
        self.session.set_theme(theme)

    def set_provider(self, text: str, dot: str = "muted", detail: str = "") -> None:
        """Names the source of prices, with a dot in a colour role, as plain text."""
        if self.provider.show_provider(text, dot, detail):
            self._fold()

    # -- Qt ----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            # A part of it wants another width.
            self._fold()
        return super().event(event)

    def _fold(self) -> None:
        """Leaves out what there is no room for."""
        layout, place = self.layout(), self._provider_place
        if layout is None or place is None:
            return
        inner, spacing = layout.contentsMargins(), layout.spacing()
        room = self.width() - inner.left() - inner.right() - WIDTH - 5 * spacing
        chart, session, box = self.chart, self.session.widths, self.provider
        wide, narrow = self.timeframes.sizeHint().width(), self.timeframes.minimumSizeHint().width()
        name, dot = box.width_as(named=True), box.width_as(named=False)
        place.setVisible(narrow + session[2] + dot + chart.width_as("bare") + NARROW_WIDTH - WIDTH <= room)
        dot = dot if place.isVisible() else 0
        bare = narrow + session[1] + dot + chart.width_as("icon") > room
        named = wide + session[0] + name + chart.width_as("named") <= room
        chart.set_shape("bare" if bare else "named" if named else "icon")
        box.set_named(not bare and narrow + session[1] + name + chart.width_as("icon") <= room)
        self.switcher.setFixedWidth(NARROW_WIDTH if bare else WIDTH)
        # Before the session loses a word, every length of bars but the one in force has gone into its menu.
        room -= box.width() if dot else 0
        gained = WIDTH - self.switcher.width() + chart.width_as("icon") - chart.width_as("bare") if bare else 0
        fits = next((width for width in session[1:] if narrow + width + chart.width_as("icon") <= room + gained), 0)
        self.session.setMinimumWidth(fits)
        folded = (self.width(), bare, named, dot, box.width(), fits)
        if folded != self._folded:
            # One layout more, by what the parts take now; asked for each time it would never come to an end.
            self._folded = folded
            self.chart.updateGeometry()
