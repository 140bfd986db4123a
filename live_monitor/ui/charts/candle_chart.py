"""The candle chart: candles, volume, axes, crosshair read-out, signal markers, follow-live.

Three layers lie on top of each other: a still picture of everything that a tick leaves alone, the
live layer with the last bar and price, and the crosshair. A tick repaints the last bar's strip; a
pan or zoom paints one new picture from numpy, whose cost depends on pixels and not on bars.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QPushButton, QToolTip, QVBoxLayout, QWidget

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.canvas import ChartCanvas, LayerItem, StillItem
from live_monitor.ui.charts.chart_state import Change, ChartState
from live_monitor.ui.charts.crosshair import Crosshair, CrossLayer
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.live_layer import LiveLayer, last_price
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.markers import ChartMarker, PlacedMarker, marker_at
from live_monitor.ui.charts.navigation import Navigator
from live_monitor.ui.charts.price_axis import axis_width
from live_monitor.ui.charts.readout import ReadoutLayer
from live_monitor.ui.charts.still_layer import StillLayer
from live_monitor.ui.charts.time_ticks import SessionTable
from live_monitor.ui.theme import Theme

_BUTTON_GAP: Final = 12


class CandleChart(QWidget):
    """Shows one `BarSeries`; reads it in `refresh` and while painting, main thread only.

    `sessions` shades pre and post market and marks new days; without it nothing is shaded.
    """

    #: The user nears the oldest bar, which starts at this ms since the epoch (int, passed as object: 64 bits).
    older_bars_requested = pyqtSignal(object)
    #: The chart follows the market (True) or the user looks at the past (False).
    follow_changed = pyqtSignal(bool)
    #: The crosshair is on the bar that starts at this ms (int as object), or on none (None).
    crosshair_moved = pyqtSignal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, sessions: SessionTable | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Candle chart")
        self._theme = theme
        self._state = ChartState()
        self._look = Look(Ink(theme, self.devicePixelRatioF()), sessions)
        self._still_layer = StillLayer(self._state, self._look)
        self._live_layer = LiveLayer(self._state, self._look)
        self._crosshair = Crosshair()
        self._cross_layer = CrossLayer(self._state, self._look, self._crosshair)
        self._readout_layer = ReadoutLayer(self._state, self._look, self._crosshair)
        self.canvas = ChartCanvas(self)
        self._still = StillItem("ground", self._still_layer.paint, self._bars_changed, self.canvas.exposed)
        self._live = LayerItem("last bar", self._live_layer.paint)
        self._cross = LayerItem("crosshair", self._cross_layer.paint)
        self._readout = LayerItem("read-out", self._readout_layer.paint)
        self._axis_width = 0
        self._asked_for: int | None = None
        self._was_following = True
        self._hovered: PlacedMarker | None = None
        self._painted: list[Box] = []
        self._navigator = Navigator(self._state, self._crosshair, self._on_moved)
        self.back_to_now = QPushButton("Back to now ▸", self)
        self._assemble()
        self._wire()

    def _assemble(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        for layer in (self._still, self._live, self._cross, self._readout):
            self.canvas.add_layer(layer)
        self.canvas.viewport().setCursor(Qt.CursorShape.CrossCursor)
        self.back_to_now.setObjectName("backToNow")
        self.back_to_now.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back_to_now.setToolTip("Back to the newest bar (End)")
        self.back_to_now.hide()

    def _wire(self) -> None:
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.left.connect(self._on_left)
        self.canvas.dragged.connect(self._navigator.pan)
        self.canvas.zoomed.connect(self._navigator.zoom)
        self.canvas.resized.connect(self._on_resized)
        self.back_to_now.clicked.connect(self.scroll_to_end)

    # What the owner calls

    def set_series(self, series: BarSeries | None) -> None:
        """Shows another series from its end, or nothing; the crosshair goes."""
        for layer in self.canvas.layers:
            layer.mend()
        self._axis_width = 0
        self._asked_for = None
        self._crosshair.hide()
        self._readout_layer.forget_widths()
        self._look.symbol = series.symbol if series is not None else ""
        self._state.set_series(series)
        self._state.take_change()
        self._window_changed()

    def refresh(self) -> bool:
        """Follows the series, once per frame at most; True when something was painted."""
        change = self._state.take_change()
        if change is Change.NOTHING:
            return False
        if change is Change.EVERYTHING:
            self._window_changed()
        else:
            self._repaint_moving()
        return True

    def set_theme(self, theme: Theme) -> None:
        """Repaints everything in the colours of `theme`."""
        self._theme = theme
        self._on_resized()

    def set_watermark(self, text: str) -> None:
        """Names a market that is not the real one (`SIMULATED`, `REPLAY 2021-03-01`) behind the candles."""
        if text != self._look.watermark:
            self._look.watermark = text
            self._repaint_all()

    def set_symbol(self, symbol: str) -> None:
        """The symbol that the empty chart waits for, before there is a series."""
        if symbol != self._look.symbol:
            self._look.symbol = symbol
            self._repaint_all()

    def set_stale(self, stale: bool) -> None:
        """A stale feed greys the last price and strikes its clock."""
        if stale != self._look.stale:
            self._look.stale = stale
            self._repaint_moving()

    def set_markers(self, markers: Sequence[ChartMarker]) -> None:
        """Replaces all signal markers."""
        if list(markers) != self._look.markers:
            self._look.markers = list(markers)
            self._repaint_all()

    def scroll_to(self, bar_ms: int) -> bool:
        """Brings the bar that holds this time into sight, with the crosshair on it; False when it is not loaded."""
        return self._navigator.show(bar_ms)

    def scroll_to_end(self) -> None:
        """Back to now: shows the newest bar and follows again."""
        self._navigator.to_end()

    @property
    def following(self) -> bool:
        """True while the newest bar is in sight and new ones shift the chart."""
        return self._state.viewport.following

    def readout_text(self) -> str:
        """The read-out as a sentence; empty without bars."""
        reading = self._readout_layer.reading()
        return reading.spoken() if reading is not None else ""

    # What the user does

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or not self._navigator.press(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._place_button()

    def _on_hovered(self, x: float, y: float) -> None:
        crosshair, before = self._crosshair, self._crosshair.index
        crosshair.move_to(self._state.frame, x, y)
        self._repaint_moving()
        if crosshair.index != before:
            self._tell_crosshair()
        self._show_marker_text(x, y)

    def _on_left(self) -> None:
        self._crosshair.hide()
        self._repaint_moving()
        self._tell_crosshair()

    def _show_marker_text(self, x: float, y: float) -> None:
        marker = marker_at(self._state.frame, self._still_layer.placed, x, y)
        if marker is self._hovered:
            return
        self._hovered = marker
        if marker is None:
            QToolTip.hideText()
            return
        ratio = self.canvas.devicePixelRatioF()
        place = self.canvas.viewport().mapToGlobal(QPoint(round(marker.x / ratio), round(marker.y / ratio)))
        QToolTip.showText(place, html.escape(marker.marker.text), self.canvas)

    def _on_moved(self) -> None:
        """The user moved the window or the crosshair."""
        self._window_changed()
        self._tell_crosshair()
        series = self._state.series
        if series is None or not len(series):
            return
        if not self._state.near_oldest:
            self._asked_for = None
        elif self._asked_for != int(series.start_ms[0]):
            self._asked_for = int(series.start_ms[0])
            self.older_bars_requested.emit(self._asked_for)

    def _on_resized(self) -> None:
        """The canvas, its pixel density or the theme changed."""
        ratio = self.canvas.devicePixelRatioF()
        self._look.ink = Ink(self._theme, ratio)
        self._readout_layer.forget_widths()
        self._window_changed()

    # How it is painted

    def _bars_changed(self) -> bool:
        """Called before the still layer is painted: True when its picture no longer shows the bars."""
        self._state.sync()
        return self._state.owes_everything

    def _window_changed(self) -> None:
        """The frame is another one: everything is painted anew."""
        self._fit()
        following = self._state.viewport.following
        self.back_to_now.setVisible(not following)
        if not following:
            self._place_button()
        if following != self._was_following:
            self._was_following = following
            self.follow_changed.emit(following)
        self._repaint_all()

    def _fit(self) -> None:
        """Fits the panes into the canvas; the price axis only grows while one series is shown."""
        viewport, ratio = self.canvas.viewport(), self.canvas.devicePixelRatioF()
        width, height = round(viewport.width() * ratio), round(viewport.height() * ratio)
        self._state.reframe()
        for _ in range(2):
            last = last_price(self._state)
            needed = axis_width(self._state.frame, self._look.ink, last.price if last is not None else math.nan)
            self._axis_width = max(self._axis_width, needed)
            if not self._state.resize(width, height, self._axis_width, ratio):
                return

    def _repaint_all(self) -> None:
        self._still.discard()
        self._painted = self._footprint()
        self.canvas.repaint_all()

    def _repaint_moving(self) -> None:
        """Repaints what the moving layers touch now and touched before."""
        now = self._footprint()
        self.canvas.repaint_boxes(list(dict.fromkeys(self._painted + now)))
        self._painted = now

    def _footprint(self) -> list[Box]:
        """What the moving layers touch now."""
        return [
            *self._live_layer.footprint(),
            *self._cross_layer.footprint(),
            *self._readout_layer.footprint(),
        ]

    def _place_button(self) -> None:
        panes, ratio, button = self._state.panes, self.canvas.devicePixelRatioF(), self.back_to_now
        button.adjustSize()
        right, bottom = panes.price.right / ratio, panes.price.bottom / ratio
        button.move(round(right - button.width() - _BUTTON_GAP), round(bottom - button.height() - _BUTTON_GAP))

    def _tell_crosshair(self) -> None:
        """Says where the crosshair is, to the owner and to assistive technology."""
        index, series = self._crosshair.index, self._state.series
        known = series is not None and index is not None and index < len(series)
        self.crosshair_moved.emit(int(series.start_ms[index]) if series is not None and known else None)
        self.setAccessibleDescription(self.readout_text())
