"""The candle chart: candles, volume, axes, crosshair read-out, signal markers, follow-live.

Layers lie on top of each other: a still picture of everything that a tick leaves alone, then the
last bar and price, the crosshair and the read-out. A tick repaints the last bar's strip; a pan or
zoom paints one new picture from numpy, whose cost depends on pixels and not on bars.
"""

from __future__ import annotations

import html
from typing import Final

import numpy as np
from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QPushButton, QToolTip, QVBoxLayout, QWidget

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.axis_drags import PaneBorders, PriceAxisDrag, TimeAxisDrag
from live_monitor.ui.charts.canvas import ChartCanvas
from live_monitor.ui.charts.chart_face import ChartFace
from live_monitor.ui.charts.chart_state import Change, ChartState
from live_monitor.ui.charts.drawings.controller import ChartDrawings
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.layer_stack import LayerStack
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.markers import PlacedMarker, marker_at
from live_monitor.ui.charts.navigation import Navigator
from live_monitor.ui.charts.pointer import MenuPoint
from live_monitor.ui.charts.time_ticks import SessionTable
from live_monitor.ui.charts.trading.controller import ChartTrading
from live_monitor.ui.theme import Theme

_BUTTON_GAP: Final = 12
_KEYS_HINT: Final = (
    "Arrows walk from bar to bar, plus and minus zoom, Home and End go to the oldest and newest bar. "
    "Alt with 1 to 8 takes a drawing tool, brackets walk through the drawings."
)
_BY_KEYBOARD: Final = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
}


class CandleChart(ChartFace):
    """Shows one `BarSeries`; reads it in `refresh` and while painting, main thread only.

    `sessions` shades pre and post market and marks new days; without it nothing is shaded.
    """

    #: The user nears the oldest bar, which starts at this ms since the epoch (int, passed as object: 64 bits).
    older_bars_requested = pyqtSignal(object)
    #: The chart follows the market (True) or the user looks at the past (False).
    follow_changed = pyqtSignal(bool)
    #: The person dragged panes to other heights; payload: `pane_heights()` (dict, as object).
    pane_heights_changed = pyqtSignal(object)
    #: A menu is wanted; payload: a `MenuPoint` (as object).
    menu_requested = pyqtSignal(object)
    #: The crosshair is on the bar that starts at this ms (int as object), or on none (None).
    crosshair_moved = pyqtSignal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, sessions: SessionTable | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Candle chart")
        self.setAccessibleDescription(_KEYS_HINT)
        self._theme = theme
        self._state = ChartState()
        self._look = Look(Ink(theme, self.devicePixelRatioF()), sessions)
        self.canvas = ChartCanvas(self)
        #: Lines, levels and notes of the person.
        self.drawings = ChartDrawings(self.canvas, self._state, self._look, self._on_moved, self)
        #: Orders and the position, and new orders by mouse.
        self.trading = ChartTrading(self.canvas, self._state, self._look, lambda: self.drawings.tool == "pointer", self)
        self._layers = LayerStack(self.canvas, self._state, self._look, self.drawings.layer, self.trading.layer)
        self.trading.repaint_all = self._layers.repaint_all
        self._navigator = Navigator(self._state, self._on_moved)
        self._price_drag = PriceAxisDrag(self._state, self._on_moved)
        self._asked_for: int | None = None
        self._was_following = True
        self._hovered: PlacedMarker | None = None
        self.back_to_now = self._make_button()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._wire()

    def _make_button(self) -> QPushButton:
        button = QPushButton("Back to now ▸", self)
        button.setObjectName("backToNow")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip("Back to the newest bar (End)")
        button.hide()
        return button

    def _wire(self) -> None:
        self.canvas.hovered.connect(self._on_hovered)
        self.canvas.left.connect(self._on_left)
        self.canvas.dragged.connect(self._navigator.pan)
        self.canvas.lifted.connect(self._price_drag.lift)
        self.canvas.menu_asked.connect(self._on_menu_asked)
        borders = PaneBorders(self._state, self._on_rearranged, self._on_heights_chosen)
        self.drawings.said.connect(self.setAccessibleDescription)
        self.trading.said.connect(self.setAccessibleDescription)
        self.trading.selected.connect(lambda: self.drawings.easel.select(None))
        self.drawings.tool_changed.connect(self.trading.on_drawing_tool)
        self.canvas.route.tools += [borders, self._price_drag, TimeAxisDrag(self._state, self._navigator)]
        self.canvas.zoomed.connect(self._navigator.zoom)
        self.canvas.resized.connect(self._on_resized)
        self.back_to_now.clicked.connect(self.scroll_to_end)

    # What the owner calls

    def set_series(self, series: BarSeries | None) -> None:
        """Shows another series from its end, or nothing; the crosshair goes."""
        self._asked_for = None
        self._look.symbol = series.symbol if series is not None else ""
        self._layers.start_anew()
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
            self._layers.repaint_moving()
        return True

    @property
    def near_oldest(self) -> bool:
        """True while less than half a screen of older bars is left."""
        return self._state.near_oldest

    def scroll_to(self, bar_ms: int) -> bool:
        """Brings the bar that holds this time into sight, with the crosshair on it.

        Where that bar is not loaded it goes to the oldest one, which asks for older ones, and returns False.
        """
        return self._navigator.show(bar_ms)

    def reset_view(self) -> None:
        """The newest bar at the first zoom."""
        self._navigator.reset()

    def scroll_to_end(self) -> None:
        """Back to now: shows the newest bar and follows again."""
        self._navigator.to_end()

    @property
    def following(self) -> bool:
        """True while the newest bar is in sight and new ones shift the chart."""
        return self._state.viewport.following

    def readout_text(self) -> str:
        """The read-out as a sentence; empty without bars."""
        return self._layers.spoken()

    # What the user does

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        trading = self.trading
        hands = (trading.press_key, self.drawings.press_key, trading.press_last, self._navigator.press)
        if event is None or not any(press(event) for press in hands):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        if event is not None:
            self.trading.release_key(event)
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        super().focusInEvent(event)
        self._look.focused = event is not None and event.reason() in _BY_KEYBOARD
        self.canvas.repaint_all()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self._look.focused = False
        self.canvas.repaint_all()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._place_button()

    def _on_hovered(self, x: float, y: float) -> None:
        before = self._state.crosshair.index
        self._state.sync()
        self._state.crosshair.move_to(self._state.frame, x, y)
        self._layers.repaint_moving()
        if self._state.crosshair.index != before:
            self._tell_crosshair()
        self._show_marker_text(x, y)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        if event is None or event.reason() != QContextMenuEvent.Reason.Keyboard:
            return
        event.accept()
        x, y = self._keyboard_place()
        ratio = self.canvas.devicePixelRatioF()
        place = self.canvas.viewport().mapToGlobal(QPoint(round(x / ratio), round(y / ratio)))
        self._on_menu_asked(x, y, place)

    def _keyboard_place(self) -> tuple[float, float]:
        """Where the selected drawing or the crosshair is, else the newest close in sight."""
        selected = self.drawings.selected_place()
        if selected is not None:
            return selected
        frame, crosshair, series = self._state.frame, self._state.crosshair, self._state.series
        index = crosshair.index if crosshair.index is not None else frame.last - 1
        if series is None or not 0 <= index < len(series):
            return frame.panes.price.width / 2, frame.panes.price.height / 2
        y = crosshair.y if crosshair.y is not None else frame.scale.row(float(series.close[index]))
        return float(frame.columns.x(index)), float(y)

    def _on_menu_asked(self, x: float, y: float, place: QPoint) -> None:
        self._state.sync()
        frame, series = self._state.frame, self._state.series
        names = ["price", "volume", *(pane.name for pane in self._state.board.own_panes)]
        boxes = [frame.panes.price, frame.panes.volume, *frame.panes.lower]
        pane = next((name for name, box in zip(names, boxes, strict=False) if box.holds(x, y)), "")
        pane = pane or ("time_axis" if y >= frame.panes.time_axis.y else "price_axis")
        price = frame.scale.price_at(y) if pane == "price" and frame.ticks.values else np.nan
        ms = 0
        if series is not None and len(series):
            ms = int(series.start_ms[max(0, min(len(series) - 1, frame.columns.index_at(x)))])
        self.menu_requested.emit(MenuPoint(place, ms, price, pane, x, y))

    def _on_left(self) -> None:
        self._state.crosshair.hide()
        self._layers.repaint_moving()
        self._tell_crosshair()

    def _show_marker_text(self, x: float, y: float) -> None:
        marker = marker_at(self._state.frame, self._layers.markers, x, y)
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

    def _on_heights_chosen(self) -> None:
        self.pane_heights_changed.emit(self.pane_heights())

    def _on_resized(self) -> None:
        """The canvas, its pixel density or the theme changed."""
        self._layers.dress(self._theme)
        self._window_changed()

    def _window_changed(self) -> None:
        """The frame is another one: everything is painted anew."""
        self._layers.fit()
        self.drawings.follow()
        self.trading.follow()
        following = self._state.viewport.following
        self.back_to_now.setVisible(not following)
        if not following:
            self._place_button()
        if following != self._was_following:
            self._was_following = following
            self.follow_changed.emit(following)
        self._layers.repaint_all()

    def _place_button(self) -> None:
        panes, ratio, button = self._state.panes, self.canvas.devicePixelRatioF(), self.back_to_now
        button.adjustSize()
        right, bottom = panes.price.right / ratio, panes.price.bottom / ratio
        button.move(round(right - button.width() - _BUTTON_GAP), round(bottom - button.height() - _BUTTON_GAP))

    def _tell_crosshair(self) -> None:
        """Says where the crosshair is, to the owner and to assistive technology."""
        index, series = self._state.crosshair.index, self._state.series
        if series is None or index is None or index >= len(series):
            self.crosshair_moved.emit(None)
            self.setAccessibleDescription(_KEYS_HINT)
        else:
            self.crosshair_moved.emit(int(series.start_ms[index]))
            # Qt tells assistive technology whenever this text changes.
            self.setAccessibleDescription(self.readout_text())
