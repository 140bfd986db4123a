"""The place of the chart: a quiet ground until it is loaded, three buttons while there is no provider, then the chart,
which is fed from the hub here.

Nothing of the chart is imported: pyqtgraph and numpy take longer to load than the window to paint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QStackedWidget, QWidget

from live_monitor.ui.empty_state import EmptyState
from live_monitor.ui.hub_view import HubView
from live_monitor.ui.signal_columns import Signal, number, start_of_bar_ms
from live_monitor.ui.theme import Theme
from live_monitor.ui.trust import Trust


class Chart(Protocol):
    """What a chart answers to (`ui.charts.candle_chart.CandleChart`)."""

    def set_series(self, series: Any, /) -> None: ...
    def set_symbol(self, symbol: str, /) -> None: ...
    def set_watermark(self, text: str, /) -> None: ...
    def set_stale(self, stale: bool, /) -> None: ...
    def set_markers(self, markers: Sequence[Any], /) -> None: ...
    def set_theme(self, theme: Theme, /) -> None: ...
    def scroll_to(self, bar_ms: int, /) -> bool: ...
    def refresh(self) -> bool: ...


#: Makes a marker of start of bar (ms), kind, price (USD or NaN) and text: `ui.charts.markers.ChartMarker`.
MarkerMaker = Callable[[int, Any, float, str], object]


class ChartStage(QStackedWidget):
    """See the module. Main thread."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart: Chart | None = None
        self._make_marker: MarkerMaker | None = None
        self._timeframe_ms = 60_000
        self._series: object = None
        self._signals_version = -1
        self._ground = QWidget(self)
        self._ground.setProperty("panel", True)
        self._ground.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.empty_state = EmptyState(theme, self)
        self.empty_state.setProperty("panel", True)
        self.empty_state.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.addWidget(self._ground)
        self.addWidget(self.empty_state)

    def set_chart(self, chart: QWidget, make_marker: MarkerMaker) -> None:
        """Puts `chart`, which answers to `Chart`, in place of the ground; once."""
        shown = self.currentWidget()
        self._chart = cast("Chart", chart)
        self._make_marker = make_marker
        self.addWidget(chart)
        if shown is self._ground:
            self.setCurrentWidget(chart)
        self.removeWidget(self._ground)
        self._ground.hide()
        self._ground = chart
        self.setFocusProxy(chart)

    def show_empty_state(self, shown: bool) -> None:
        """Shows the three ways to start, or the chart."""
        self.setCurrentWidget(self.empty_state if shown else self._ground)

    def set_timeframe(self, timeframe_ms: int) -> None:
        """Bars of this length from the next frame on."""
        self._timeframe_ms = timeframe_ms

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.empty_state.set_theme(theme)
        if self._chart is not None:
            self._chart.set_theme(theme)

    def scroll_to(self, bar_ms: int) -> bool:
        """Brings the bar that holds this time into sight; False when it is not loaded."""
        return self._chart.scroll_to(bar_ms) if self._chart is not None else False

    def refresh(self, hub: HubView, trust: Trust) -> None:
        """Follows the hub's bars and signals; what did not change is not painted."""
        chart = self._chart
        if chart is None:
            return
        series = hub.series(self._timeframe_ms)
        if series is not self._series:
            self._series = series
            self._signals_version = -1
            chart.set_symbol(hub.focus or "")
            chart.set_series(series)
        chart.set_watermark(hub.link.label)
        chart.set_stale(trust is Trust.STALE)
        if hub.signals_version != self._signals_version:
            self._signals_version = hub.signals_version
            chart.set_markers(self._markers(hub.signals))
        chart.refresh()

    def _markers(self, signals: Sequence[Signal]) -> list[object]:
        assert self._make_marker is not None
        markers = []
        for signal in signals:
            start = start_of_bar_ms(signal)
            kind = signal.get("signal_type") or signal.get("exit_type")
            if start and kind:
                text = f"{kind} {signal.get('price', '')} {signal.get('signal', '')}".strip()
                markers.append(self._make_marker(start, kind, number(signal.get("price")), text))
        return markers
