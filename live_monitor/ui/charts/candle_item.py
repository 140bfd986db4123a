"""Paints candles and volume of a run of bars from numpy, whatever its length."""

from __future__ import annotations

import numpy as np
from PyQt6.QtGui import QPainter

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import body_width, candle_rects, column_rects, volume_rects
from live_monitor.ui.charts.ink import Ink
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

    def _candles(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink, run: tuple[int, int]) -> None:
        visible = slice(*run)
        xs = frame.columns.xs(*run)
        width = body_width(frame.columns.pitch)
        ohlc = np.stack((series.open[visible], series.high[visible], series.low[visible], series.close[visible]))
        volumes, kept = volume_rects(xs, width, frame.volume_box, frame.volume_top, series.volume[visible])
        with np.errstate(invalid="ignore"):
            rising = ~(ohlc[3][kept] < ohlc[0][kept])
        self._pair(painter, volumes, rising, ink, volume=True)
        up, down = candle_rects(xs, width, frame.scale, ohlc)
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
