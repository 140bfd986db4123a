"""The layers of the chart in their order, and how much of them a change repaints."""

from __future__ import annotations

import math

from live_monitor.ui.charts.canvas import ChartCanvas, LayerItem, StillItem, device_size
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.cross_layer import CrossLayer
from live_monitor.ui.charts.drawings.layer import DrawingLayer
from live_monitor.ui.charts.edge_layer import EdgeLayer
from live_monitor.ui.charts.focus_layer import FocusLayer
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.legend_layer import LegendLayer
from live_monitor.ui.charts.live_layer import LiveLayer, last_price
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.markers import PlacedMarker
from live_monitor.ui.charts.price_axis import axis_width
from live_monitor.ui.charts.reading import Reading
from live_monitor.ui.charts.readout import ReadoutLayer
from live_monitor.ui.charts.still_layer import StillLayer
from live_monitor.ui.charts.trading.layer import OrderLayer
from live_monitor.ui.theme import Theme


class LayerStack:
    """Paints `state` on `canvas`: still picture, last bar, drawings, crosshair, orders, read-out, focus frame.

    Main thread.
    """

    def __init__(
        self, canvas: ChartCanvas, state: ChartState, look: Look, drawings: DrawingLayer, orders: OrderLayer
    ) -> None:
        self._canvas = canvas
        self._state = state
        self._look = look
        self._still = StillLayer(state, look)
        self._live = LiveLayer(state, look)
        self._cross = CrossLayer(state, look)
        self._readout = ReadoutLayer(state, look)
        self._legend = LegendLayer(state, look, lambda: canvas.exposed_region)
        self._ground = StillItem("ground", self._still.paint, self._bars_changed, canvas.exposed)
        self._axis_width = 0
        #: What the moving layers touched when they were last asked to paint.
        self._touched: list[Box] = []
        canvas.add_layer(self._ground)
        canvas.add_layer(LayerItem("last bar", self._live.paint))
        canvas.add_layer(LayerItem("drawings", drawings.paint))
        canvas.add_layer(LayerItem("crosshair", self._cross.paint))
        canvas.add_layer(LayerItem("orders", orders.paint))
        self._edge = EdgeLayer(canvas, state, look)
        canvas.add_layer(LayerItem("left edge", self._edge.paint))
        canvas.add_layer(LayerItem("indicator values", self._legend.paint))
        canvas.add_layer(LayerItem("read-out", self._readout.paint))
        canvas.add_layer(LayerItem("drawing in hand", drawings.paint_moving))
        canvas.add_layer(LayerItem("focus", FocusLayer(state, look).paint))

    @property
    def markers(self) -> list[PlacedMarker]:
        """Where the signal markers stand in the picture."""
        return self._still.placed

    @property
    def reading(self) -> Reading | None:
        """What the read-out says."""
        return self._readout.reading()

    def spoken(self) -> str:
        """Read-out and values of indicators as a sentence; empty without bars."""
        reading = self.reading
        return ", ".join([reading.spoken(), *self._legend.spoken()]) if reading is not None else ""

    def start_anew(self) -> None:
        """Another series: what was broken is tried again, and every width is found anew."""
        for layer in self._canvas.layers:
            layer.mend()
        self._axis_width = 0
        self._readout.forget_widths()
        self._legend.forget_widths()

    def dress(self, theme: Theme) -> None:
        """Takes the colours and fonts of `theme` at the canvas' pixel density."""
        self._look.ink = Ink(theme, self._canvas.devicePixelRatioF())
        self.start_anew()

    def fit(self) -> None:
        """Fits the panes into the canvas; the price axis only grows while one series is shown."""
        viewport, ratio = self._canvas.viewport(), self._canvas.devicePixelRatioF()
        width, height = device_size(viewport.width(), viewport.height(), ratio)
        self._state.reframe()
        # A wider axis may bring other prices with longer labels into sight; it settles at the second look.
        for _ in range(2):
            last = last_price(self._state)
            needed = axis_width(self._state.frame, self._look.ink, last.price if last is not None else math.nan)
            self._axis_width = max(self._axis_width, needed)
            if not self._state.resize(width, height, self._axis_width, ratio):
                break
        self._state.crosshair.settle(self._state.frame)

    def repaint_all(self) -> None:
        """Everything is painted anew."""
        self._edge.follow()
        self._ground.discard()
        self._touched = self._footprint()
        self._canvas.repaint_all()

    def repaint_moving(self) -> None:
        """Repaints what the moving layers touch now and touched before; the ground below comes from its picture."""
        if self._still.markers_moved():
            self.repaint_all()
            return
        now = self._footprint()
        self._canvas.repaint_boxes(list(dict.fromkeys(self._touched + now)))
        self._touched = now

    def _footprint(self) -> list[Box]:
        moving = (self._live, self._cross, self._legend, self._readout)
        return [box for layer in moving for box in layer.footprint()]

    def _bars_changed(self) -> bool:
        """Asked before the ground is painted: True when its picture no longer shows the bars."""
        self._state.sync()
        return self._state.owes_everything
