"""The place of the chart: a quiet ground until it is loaded, three buttons while there is no provider, then the chart.

Nothing of the chart is imported: pyqtgraph and numpy take longer to load than the window to paint.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple, Protocol, cast

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QStackedWidget, QWidget

from live_monitor.ui.empty_state import EmptyState
from live_monitor.ui.hub_view import HubView, LinkView
from live_monitor.ui.provider_names import provider_name
from live_monitor.ui.theme import Theme

#: One lost try may be a server that is just starting.
_TRIES: Final = 2
#: What is longer is no title.
_TITLE_CHARS: Final = 64


class Chart(Protocol):
    """What a chart answers to (`ui.charts.market_chart.MarketChart`)."""

    def refresh(self, hub: Any, now_ms: int, /) -> object: ...
    def set_theme(self, theme: Theme, /) -> object: ...


class Trouble(NamedTuple):
    """Why nothing can be shown; both empty while something can, or may come."""

    title: str
    reason: str
    #: Trying again does not help: only connecting differently does.
    over: bool = False


def trouble_of(hub: HubView) -> Trouble:
    """A link that failed, or was tried in vain more than once, before there was any price of the symbol in focus."""
    link, state = hub.link, hub.state(hub.focus) if hub.focus else None
    if state is not None and math.isfinite(state.last):
        return Trouble("", "")
    if link.state == "failed":
        return _failed(link)
    if link.state in {"retrying", "connecting"} and link.attempt >= _TRIES:
        return Trouble("The server cannot be reached", f"{link.message} It is tried again and again.".strip())
    return Trouble("", "")


def _failed(link: LinkView) -> Trouble:
    """What is missing stands in the title where it fits there: a key, a log-in, a workbook."""
    title = link.message.strip().removesuffix(".")
    if 0 < len(title) <= _TITLE_CHARS:
        return Trouble(title, link.remedy, over=True)
    who = provider_name(link.provider, link.label, link.state) if link.provider else "The server"
    return Trouble(f"{who} gives no prices", f"{link.message} {link.remedy}".strip(), over=True)


class ChartStage(QStackedWidget):
    """See the module. Main thread."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart: Chart | None = None
        self._trouble = Trouble("", "")
        #: What takes the keyboard here; None until there is a chart.
        self.keyboard: QWidget | None = None
        self._ground = QWidget(self)
        self.empty_state = EmptyState(theme, self)
        for widget in (self._ground, self.empty_state):
            widget.setProperty("panel", True)
            widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            self.addWidget(widget)

    def set_chart(self, chart: QWidget) -> None:
        """Puts `chart`, which answers to `Chart`, in place of the ground (or of the chart before it)."""
        old, shown = self._ground, self.currentWidget()
        self._chart = cast("Chart", chart)
        self._ground = chart
        self.addWidget(chart)
        if shown is old:
            self.setCurrentWidget(chart)
        self.removeWidget(old)
        old.deleteLater()
        # Tab goes to the proxy of a widget that takes no focus itself, and from there round again: what stands before
        # the chart would never be reached.
        self.keyboard = chart.focusProxy() or chart
        chart.setFocusProxy(None)

    def show_empty_state(self, shown: bool) -> None:
        """Shows the three ways to start, or the chart."""
        self.setCurrentWidget(self.empty_state if shown else self._ground)

    def minimumSizeHint(self) -> QSize:
        """That of what is shown: Qt would ask for the room of all pages, and take it from the panels beside."""
        shown = self.currentWidget()
        return shown.minimumSizeHint() if shown is not None else super().minimumSizeHint()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.empty_state.set_theme(theme)
        if self._chart is not None:
            self._chart.set_theme(theme)

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Lets the chart take over what changed; without a link and a price the three ways to start stand there."""
        trouble = trouble_of(hub)
        if trouble != self._trouble:
            self._trouble = trouble
            self.empty_state.set_reason(*trouble)
            self.show_empty_state(bool(trouble.title))
        if self._chart is not None:
            self._chart.refresh(hub, now_ms)
