"""Paints the bars and the volume of a run of bars from numpy, whatever its length and their looks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QBrush, QPainter

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.bars_view import BarsView
from live_monitor.ui.charts.candle_shapes import bar_rects, hollow_rects
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.column_batch import ColumnBatch
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import candle_rects, column_rects, volume_rects
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.line_painter import LinePainter, Run, extremes_of, joined, widened
from live_monitor.ui.charts.price_scale import Floats
from live_monitor.ui.charts.rect_batch import RectBatch

_LINE_WIDTH = 2


class BarsPainter:
    """Draws bars as the state says, or as one exact line per pixel column where several share one."""

    def __init__(self) -> None:
        self._batch = RectBatch()
        self._uprights = ColumnBatch()
        self._lines = LinePainter()

    def paint(self, painter: QPainter, state: ChartState, ink: Ink, run: tuple[int, int]) -> None:
        """Paints the bars `run` = first, last (exclusive) on a painter in device pixels, clipped by the caller."""
        series, frame = state.series, state.frame
        if series is None or run[1] <= run[0]:
            return
        if frame.dense:
            self._columns(painter, state, series, ink, run)
        else:
            self._volumes(painter, frame, series, ink, run)
            if state.kind in {"line", "area"}:
                self._closes(painter, state, ink, run)
            else:
                self._bars(painter, state, ink, run)

    def paint_last(self, painter: QPainter, state: ChartState, ink: Ink, first: int) -> None:
        """Paints the last bar, or the pixel column that it shares with the bars from `first` on."""
        series, frame = state.series, state.frame
        if series is None:
            return
        if state.kind in {"candles", "heikin_ashi"} or (frame.dense and state.kind not in {"line", "area"}):
            _last_candle(painter, frame, series, state.view, ink, first)
            return
        if state.kind in {"line", "area"}:
            _last_volume(painter, frame, series, state.view, ink, first)
            # Of a line the stretch from the bar before belongs to it.
            run = (max(0, first - 1), frame.bars)
            if frame.dense:
                grouped, closes = frame.columns.edges(*run), state.view.close
                self._line_columns(painter, state, ink, grouped, extremes_of(closes, grouped[1]))
            else:
                self._closes(painter, state, ink, run)
        else:
            self.paint(painter, state, ink, (first, frame.bars))

    def _bars(self, painter: QPainter, state: ChartState, ink: Ink, run: tuple[int, int]) -> None:
        frame, view, kind = state.frame, state.view, state.kind
        visible = slice(*run)
        ohlc = np.stack((view.open[visible], view.high[visible], view.low[visible], view.close[visible]))
        xs, widths = frame.columns.xs(*run), frame.candle_widths
        if kind not in {"hollow", "bars"} or widths.alike:
            up, down = candle_rects(xs, widths, frame.scale, ohlc)
            self._batch.draw(painter, up, ink.up)
            self._batch.draw(painter, down, ink.down)
            return
        with np.errstate(over="ignore", invalid="ignore"):
            valid = np.isfinite(ohlc.sum(axis=0))
            rising = ~(ohlc[3] < (ohlc[0] if kind == "bars" else _closes_before(view.close, ohlc, run)))
        rects_of, each = (bar_rects, 3) if kind == "bars" else (hollow_rects, 6)
        rects = rects_of(xs[valid], widths, frame.scale, ohlc[:, valid]).reshape(-1, each, 4)
        for part, brush in ((rising[valid], ink.up), (~rising[valid], ink.down)):
            self._batch.draw(painter, rects[part].reshape(-1, 4), brush)

    def _volumes(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink, run: tuple[int, int]) -> None:
        if not frame.volume_box.height:
            return
        visible = slice(*run)
        xs, width = frame.columns.xs(*run), frame.candle_widths.body
        volumes, kept = volume_rects(xs, width, frame.volume_box, frame.volume_top, series.volume[visible])
        with np.errstate(invalid="ignore"):
            rising = ~(series.close[visible][kept] < series.open[visible][kept])
        self._pair(painter, volumes, rising, ink)

    def _closes(self, painter: QPainter, state: ChartState, ink: Ink, run: tuple[int, int]) -> None:
        frame, closes = state.frame, state.view.close
        stretch = Run(frame.scale, *run)
        if state.kind == "area":
            fill = QBrush(ink.area)
            self._lines.area(painter, frame, closes, stretch, fill, frame.panes.price.bottom)
        self._lines.line(painter, frame, closes, None, stretch, ink.color("accent"), _LINE_WIDTH)

    def _columns(self, painter: QPainter, state: ChartState, series: BarSeries, ink: Ink, run: tuple[int, int]) -> None:
        frame, view = state.frame, state.view
        if state.kind in {"line", "area"}:
            run = widened(frame, Run(frame.scale, *run), len(series))
        xs, edges = frame.columns.edges(*run)
        found = state.pyramid.columns(view.low, view.high, series.volume, edges)
        with np.errstate(invalid="ignore"):
            rising = ~(view.close[edges[1:] - 1] < view.open[edges[:-1]])
        if frame.volume_box.height:
            volumes, kept = volume_rects(xs, 1, frame.volume_box, frame.volume_top, found.volume)
            colors = ink.volume_up.color(), ink.volume_down.color()
            self._uprights.draw(painter, volumes, frame.volume_box, colors, ~rising[kept])
        if state.kind not in {"line", "area"}:
            lines, kept = column_rects(xs, frame.scale, found.lowest, found.highest)
            self._uprights.draw(painter, lines, frame.panes.price, (ink.up.color(), ink.down.color()), ~rising[kept])
            return
        self._line_columns(painter, state, ink, (xs, edges), (found.lowest, found.highest))

    def _line_columns(
        self,
        painter: QPainter,
        state: ChartState,
        ink: Ink,
        grouped: tuple[NDArray[np.int32], NDArray[np.int64]],
        extremes: tuple[Floats, Floats],
    ) -> None:
        """A line of closes where several bars share a column; `grouped` and `extremes` as for `joined`."""
        frame = state.frame
        rects = joined(frame, frame.scale, [state.view.close], grouped, [extremes], [frame.px(1)])[0]
        if state.kind == "area":
            ground = rects.copy()
            ground[:, 3] = np.maximum(ground[:, 1], frame.panes.price.bottom - 1)
            self._batch.draw(painter, ground, QBrush(ink.area))
        self._uprights.keep(rects, ink.color("accent"))
        self._uprights.show(painter, frame.panes.price)

    def _pair(self, painter: QPainter, rects: np.ndarray, rising: np.ndarray, ink: Ink) -> None:
        self._batch.draw(painter, rects[rising], ink.volume_up)
        self._batch.draw(painter, rects[~rising], ink.volume_down)


def _last_volume(painter: QPainter, frame: Frame, series: BarSeries, view: BarsView, ink: Ink, first: int) -> None:
    """The volume of the last bar, or the largest of the bars from `first` on, which share its pixel column."""
    volume, box = -_least(-series.volume[first:]), frame.volume_box
    if not (0 < volume < math.inf and box.height):
        return
    # Of averaged bars too, volume has the colour of the real one.
    bars, opens = (view, first) if frame.dense else (series, -1)
    shrinks = float(bars.close[-1]) < float(bars.open[opens])
    width = frame.candle_widths.body
    height = min(box.height, max(1, math.ceil(min(1.0, volume / frame.volume_top) * box.height)))
    left = frame.columns.x(frame.bars - 1) - width // 2
    painter.fillRect(left, box.bottom - height, width, height, ink.volume_down if shrinks else ink.volume_up)


def _last_candle(painter: QPainter, frame: Frame, series: BarSeries, view: BarsView, ink: Ink, first: int) -> None:
    """The same pixels as `BarsPainter.paint`, by plain arithmetic: arrays of one element cost 0.1 ms more at a tick."""
    _last_volume(painter, frame, series, view, ink, first)
    run = slice(first, None)
    lowest, highest = (float(edge) for edge in (_least(view.low[run]), -_least(-view.high[run])))
    opened, closed = float(view.open[first]), float(view.close[-1])
    fall = closed < opened
    widths = frame.candle_widths
    x, width = frame.columns.x(frame.bars - 1), widths.body
    left, wick = x - width // 2, x - widths.wick // 2
    rows = [frame.scale.row(price) for price in (highest, lowest, opened, closed) if math.isfinite(price)]
    if len(rows) < 4 and not (frame.dense and len(rows) >= 2 and math.isfinite(lowest + highest)):
        return
    fill = ink.down if fall else ink.up
    if frame.dense:
        painter.fillRect(x, rows[0], 1, rows[1] - rows[0] + 1, fill)
        return
    if widths.alike:
        rows[:2] = [min(rows), max(rows)]
    painter.fillRect(wick, rows[0], widths.wick, rows[1] - rows[0] + 1, fill)
    top, bottom = min(rows[2:]), max(rows[2:])
    painter.fillRect(left, top, width, bottom - top + 1, fill)


def _closes_before(closes: Floats, ohlc: Floats, run: tuple[int, int]) -> Floats:
    """The close before each bar; of the very first its own open."""
    first, last = run
    return closes[first - 1 : last - 1] if first else np.concatenate((ohlc[0][:1], closes[: last - 1]))


def _least(values: Floats) -> float:
    """The smallest finite value; NaN where there is none."""
    if len(values) > 1:
        values = values[np.isfinite(values)]
    return float(values.min()) if len(values) else math.nan
