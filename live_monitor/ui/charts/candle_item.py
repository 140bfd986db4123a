"""Paints candles and volume of a run of bars from numpy, whatever its length."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtGui import QPainter

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import candle_rects, column_rects, volume_rects
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.price_scale import Floats
from live_monitor.ui.charts.pyramid import ExtremesPyramid
from live_monitor.ui.charts.rect_batch import RectBatch


class BarsPainter:
    """Draws bars as candles, or as one exact line per pixel column where several share one."""

    def __init__(self) -> None:
        self._batch = RectBatch()

    def paint(
        self,
        painter: QPainter,
        frame: Frame,
        series: BarSeries,
        pyramid: ExtremesPyramid,
        ink: Ink,
        run: tuple[int, int],
    ) -> None:
        """Paints the bars `run` = first, last (exclusive) on a painter in device pixels, clipped by the caller."""
        first, last = run
        if last <= first:
            return
        if frame.dense:
            self._columns(painter, frame, series, pyramid, ink, run)
        else:
            self._candles(painter, frame, series, ink, run)

    def paint_last(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink, first: int) -> None:
        """Paints the last bar, or the pixel column that it shares with the bars from `first` on.

        The same pixels as `paint`, by plain arithmetic: arrays of one element cost 0.1 ms more at every tick.
        """
        run = slice(first, None)
        lowest, highest = (float(edge) for edge in (_least(series.low[run]), -_least(-series.high[run])))
        volume = -_least(-series.volume[run])
        opened, closed = float(series.open[first]), float(series.close[-1])
        fall = closed < opened
        widths = frame.candle_widths
        x, width = frame.columns.x(frame.bars - 1), widths.body
        left, wick = x - width // 2, x - widths.wick // 2
        if volume > 0:
            box = frame.volume_box
            height = min(box.height, max(1, math.ceil(volume / frame.volume_top * box.height)))
            fill = ink.volume_down if fall else ink.volume_up
            painter.fillRect(left, box.bottom - height, width, height, fill)
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

    def _candles(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink, run: tuple[int, int]) -> None:
        visible = slice(*run)
        xs = frame.columns.xs(*run)
        widths = frame.candle_widths
        ohlc = np.stack((series.open[visible], series.high[visible], series.low[visible], series.close[visible]))
        volumes, kept = volume_rects(xs, widths.body, frame.volume_box, frame.volume_top, series.volume[visible])
        with np.errstate(invalid="ignore"):
            rising = ~(ohlc[3][kept] < ohlc[0][kept])
        self._pair(painter, volumes, rising, ink, volume=True)
        up, down = candle_rects(xs, widths, frame.scale, ohlc)
        self._batch.draw(painter, up, ink.up)
        self._batch.draw(painter, down, ink.down)

    def _columns(
        self,
        painter: QPainter,
        frame: Frame,
        series: BarSeries,
        pyramid: ExtremesPyramid,
        ink: Ink,
        run: tuple[int, int],
    ) -> None:
        xs, edges = frame.columns.edges(*run)
        found = pyramid.columns(series.low, series.high, series.volume, edges)
        with np.errstate(invalid="ignore"):
            rising = ~(series.close[edges[1:] - 1] < series.open[edges[:-1]])
        volumes, kept = volume_rects(xs, 1, frame.volume_box, frame.volume_top, found.volume)
        self._pair(painter, volumes, rising[kept], ink, volume=True)
        lines, kept = column_rects(xs, frame.scale, found.lowest, found.highest)
        self._pair(painter, lines, rising[kept], ink, volume=False)

    def _pair(self, painter: QPainter, rects: np.ndarray, rising: np.ndarray, ink: Ink, *, volume: bool) -> None:
        up, down = (ink.volume_up, ink.volume_down) if volume else (ink.up, ink.down)
        self._batch.draw(painter, rects[rising], up)
        self._batch.draw(painter, rects[~rising], down)


def _least(values: Floats) -> float:
    """The smallest finite value; NaN where there is none."""
    if len(values) > 1:
        values = values[np.isfinite(values)]
    return float(values.min()) if len(values) else math.nan
