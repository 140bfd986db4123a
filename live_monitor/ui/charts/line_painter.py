"""Paints one value a bar as a line, as steps or as a histogram, whatever the number of bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QBrush, QColor, QPainter, QPolygonF

from live_monitor.ui.charts.column_batch import ColumnBatch
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Box, Rects
from live_monitor.ui.charts.line_batch import LineBatch, line_pen
from live_monitor.ui.charts.price_scale import PriceScale
from live_monitor.ui.charts.pyramid import LinePyramid
from live_monitor.ui.charts.rect_batch import RectBatch

Floats = NDArray[np.float64]

#: Bars of a run that is painted without arrays.
_FEW: Final = 2
_NONE: Final = np.empty((0, 4), np.int32)


class Run(NamedTuple):
    """Bars `first` to `last` (exclusive) of a line, on this scale."""

    scale: PriceScale
    first: int
    last: int


class _Dense(NamedTuple):
    """A line over bars that share pixel columns, until it is shown."""

    frame: Frame
    values: Floats
    pyramid: LinePyramid
    run: Run
    color: QColor
    thick: int


class LinePainter:
    """Keeps room for what it draws. Main thread; painters are in device pixels, clipped by the caller."""

    def __init__(self) -> None:
        self._rects = RectBatch()
        self._uprights = ColumnBatch()
        self._lines = LineBatch()
        self._waiting: list[_Dense] = []

    def line(
        self,
        painter: QPainter,
        frame: Frame,
        values: Floats,
        pyramid: LinePyramid | None,
        run: Run,
        color: QColor,
        width: int,
    ) -> None:
        """A line through the finite values; broken where one is missing. `pyramid` is needed where bars are dense.

        With it, nothing is painted before `show`: all lines of a pane are one picture then.
        """
        if run.last <= run.first:
            return
        if frame.dense and pyramid is not None:
            self._waiting.append(_Dense(frame, values, pyramid, run, color, frame.px(width)))
        elif run.last - run.first <= _FEW:
            self._short(painter, frame, values, run, color, width)
        else:
            self._lines.draw(painter, segments(frame, values, run), color, width * frame.ratio)

    def show(self, painter: QPainter, box: Box) -> None:
        """Paints the lines and histograms over dense bars since the last call, in their order, as far as in `box`."""
        self._join()
        self._uprights.show(painter, box)

    def _join(self) -> None:
        """Hands the lines that wait to the picture; those on one scale are placed together."""
        waiting, self._waiting = self._waiting, []
        for run, group in groupby(waiting, key=lambda line: line.run):
            lines = list(group)
            frame, values = lines[0].frame, [line.values for line in lines]
            grouped = frame.columns.edges(*widened(frame, run, len(values[0])))
            extremes = [line.pyramid.columns(line.values, grouped[1]) for line in lines]
            spans = joined(frame, run.scale, values, grouped, extremes, [line.thick for line in lines])
            for line, rects in zip(lines, spans, strict=True):
                self._uprights.keep(rects, line.color)

    def _short(self, painter: QPainter, frame: Frame, values: Floats, run: Run, color: QColor, width: int) -> None:
        """The same pixels by plain arithmetic: a tick paints one stretch of each line, and arrays cost 20 µs apiece."""
        first, last = widened(frame, run, len(values))
        points = [(frame.columns.middle(index), float(values[index])) for index in range(first, last)]
        placed = [QPointF(x, run.scale.y(value) + 0.5) if math.isfinite(value) else None for x, value in points]
        painter.setPen(line_pen(color.rgba(), width * frame.ratio))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for begin, end in pairwise(placed):
            if begin is not None and end is not None:
                painter.drawLine(begin, end)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def newest_column(
        self, painter: QPainter, frame: Frame, values: Floats, run: Run, color: QColor, width: int
    ) -> None:
        """The line in the pixel column that the newest bars, those of `run`, share, and from the bar before to there.

        The same pixels as `line`, by plain arithmetic and without a pyramid, which a tick would have to renew.
        """
        lowest, highest = _reach(values[run.first : run.last])
        if not math.isfinite(lowest):
            return
        columns, thick = frame.columns, frame.px(width)
        x, top, bottom = columns.x(run.first), run.scale.y(highest), run.scale.y(lowest)
        before = float(values[run.first - 1]) if run.first else math.nan
        begin = float(values[run.first])
        if math.isfinite(before + begin):
            old, new = run.scale.y(before), run.scale.y(begin)
            border = old + (new - old) * ((x - columns.offset) / columns.pitch - (run.first - 1))
            top, bottom = min(top, border), max(bottom, border)
            _upright(painter, x - 1, min(old, border), max(old, border), thick, color)
        _upright(painter, x, top, bottom, thick, color)

    def newest_bar(
        self, painter: QPainter, frame: Frame, values: Floats, run: Run, colors: tuple[QColor, QColor]
    ) -> None:
        """The histogram in that column: `colors` above and below zero."""
        lowest, highest = _reach(values[run.first : run.last])
        x, zero = frame.columns.x(run.first), run.scale.y(0.0)
        if highest >= 0:
            _upright(painter, x, run.scale.y(highest), zero, 1, colors[0])
        if lowest < 0:
            _upright(painter, x, zero, run.scale.y(lowest), 1, colors[1])

    def steps(self, painter: QPainter, frame: Frame, values: Floats, run: Run, color: QColor, width: int) -> None:
        """A level over each bar's whole slot, with nothing between different levels."""
        self._rects.draw(painter, step_rects(frame, values, run, frame.px(width)), QBrush(color))

    def histogram(
        self,
        painter: QPainter,
        frame: Frame,
        values: Floats,
        pyramid: LinePyramid | None,
        run: Run,
        colors: tuple[QColor, QColor],
    ) -> None:
        """Bars that stand on zero: `colors` above and below it. As for `line`, with a `pyramid` `show` paints them."""
        if pyramid is None and run.last - run.first == 1:
            self._one_bar(painter, frame, float(values[run.first]), run, colors)
            return
        up, down = histogram_rects(frame, values, pyramid, run)
        if frame.dense and pyramid is not None:
            self._join()
            self._uprights.keep(up, colors[0])
            self._uprights.keep(down, colors[1])
            return
        self._rects.draw(painter, up, QBrush(colors[0]))
        self._rects.draw(painter, down, QBrush(colors[1]))

    def _one_bar(self, painter: QPainter, frame: Frame, value: float, run: Run, colors: tuple[QColor, QColor]) -> None:
        """The same pixels by plain arithmetic, as every tick needs."""
        if not math.isfinite(value):
            return
        body, zero, row = max(1, frame.candle_widths.body), run.scale.row(0.0), run.scale.row(value)
        left, top = frame.columns.x(run.first) - body // 2, min(row, zero)
        painter.fillRect(left, top, body, abs(row - zero) + 1, colors[0] if value >= 0 else colors[1])

    def area(self, painter: QPainter, frame: Frame, values: Floats, run: Run, fill: QBrush, floor: int) -> None:
        """Ground between the line and row `floor`, where bars are not dense."""
        if run.last <= run.first:
            return
        first, last = widened(frame, run, len(values))
        ys = run.scale.ys(values[first:last])
        known = np.isfinite(ys)
        xs = (frame.columns.exact(first, last) + 0.5)[known]
        if len(xs) < 2:
            return
        points = [QPointF(x, y) for x, y in zip(xs.tolist(), ys[known].tolist(), strict=True)]
        points += [QPointF(xs[-1], floor), QPointF(xs[0], floor)]
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(points))


def _reach(values: Floats) -> tuple[float, float]:
    """The lowest and highest finite value; NaN without any."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (math.nan, math.nan)


def _upright(painter: QPainter, x: int, top: float, bottom: float, thick: int, color: QColor) -> None:
    first = math.floor(top)
    painter.fillRect(x, first, thick, math.floor(bottom) - first + thick, color)


def widened(frame: Frame, run: Run, count: int) -> tuple[int, int]:
    """One bar more on either side where the run ends with the picture, so that the line goes to the very edge."""
    first = max(0, run.first - 1) if run.first == frame.first else run.first
    last = min(count, run.last + 1) if run.last == frame.last else run.last
    return first, last


def segments(frame: Frame, values: Floats, run: Run) -> Floats:
    """Lines from bar to bar, float64[m, 4], where both values are finite."""
    first, last = widened(frame, run, len(values))
    ys = run.scale.ys(values[first:last]) + 0.5
    xs = frame.columns.exact(first, last) + 0.5
    whole = np.isfinite(ys[:-1]) & np.isfinite(ys[1:]) if len(ys) > 1 else np.zeros(0, bool)
    lines = np.empty((int(whole.sum()), 4))
    lines[:, 0], lines[:, 1] = xs[:-1][whole], ys[:-1][whole]
    lines[:, 2], lines[:, 3] = xs[1:][whole], ys[1:][whole]
    return lines


def extremes_of(values: Floats, edges: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Lowest and highest finite value of each run, float64[c]: for a few bars, without a pyramid."""
    part = values[edges[0] : edges[-1]]
    part = np.where(np.isfinite(part), part, np.nan)
    starts = edges[:-1] - edges[0]
    return np.fmin.reduceat(part, starts), np.fmax.reduceat(part, starts)


def joined(
    frame: Frame,
    scale: PriceScale,
    lines: Sequence[Floats],
    grouped: tuple[NDArray[np.int32], NDArray[np.int64]],
    extremes: Sequence[tuple[Floats, Floats]],
    thick: Sequence[int],
) -> list[Rects]:
    """One upright line per pixel column, int32[m, 4], as far as each line from bar to bar reaches within it.

    `grouped`: the columns and edges of `Columns.edges`; for each of `lines`: lowest and highest value of each column,
    and the thickness. Beyond them the line runs to where it crosses the border to the columns on either side, so that
    it never breaks.
    """
    xs, edges = grouped
    columns, inner = len(xs), edges[1:-1]
    # The last value of each column and the first one of the next, and the extremes: placed by one call.
    picked = np.empty((len(lines), 4 * columns - 2))
    parts = columns - 1, 2 * columns - 2, 3 * columns - 2
    ends, begins, lows, highs = np.split(picked, parts, axis=1)
    for at, (values, (lowest, highest)) in enumerate(zip(lines, extremes, strict=True)):
        values.take(inner - 1, out=ends[at])
        values.take(inner, out=begins[at])
        lows[at], highs[at] = lowest, highest
    endless = np.isinf(picked)
    if endless.any():
        picked[endless] = np.nan
    end, begin, bottom, top = np.split(scale.ys(picked), parts, axis=1)
    border = begin - end
    border *= (xs[1:] - frame.columns.offset) / frame.columns.pitch - (inner - 1)
    border += end
    np.fmax(bottom[:, :-1], border, out=bottom[:, :-1])
    np.fmax(bottom[:, 1:], border, out=bottom[:, 1:])
    np.fmin(top[:, :-1], border, out=top[:, :-1])
    np.fmin(top[:, 1:], border, out=top[:, 1:])
    known = ~np.isnan(bottom)
    beyond = np.array(thick)[:, None] - 1
    rects = np.empty((*bottom.shape, 4), np.int32)
    rects[:, :, 0] = xs
    rects[:, :, 2] = xs + beyond
    with np.errstate(invalid="ignore"):
        rects[:, :, 1] = np.floor(top)
        rects[:, :, 3] = np.floor(bottom) + beyond
    return list(rects) if known.all() else [spans[seen] for spans, seen in zip(rects, known, strict=True)]


def step_rects(frame: Frame, values: Floats, run: Run, thick: int) -> Rects:
    """One rectangle for each run of bars with the same finite value, int32[m, 4]."""
    part = values[run.first : run.last]
    if not len(part):
        return _NONE
    starts = np.flatnonzero(np.concatenate(([True], part[1:] != part[:-1])))
    ends = np.append(starts[1:], len(part))
    known = np.isfinite(part[starts])
    starts, ends = starts[known], ends[known]
    rects = np.empty((len(starts), 4), np.int32)
    pitch, offset = frame.columns.pitch, frame.columns.offset
    rects[:, 0] = np.floor((starts + run.first - 0.5) * pitch + offset)
    rects[:, 2] = np.maximum(np.floor((ends + run.first - 0.5) * pitch + offset) - 1, rects[:, 0])
    rects[:, 1] = run.scale.rows(part[starts])
    rects[:, 3] = rects[:, 1] + (thick - 1)
    return rects


def histogram_rects(frame: Frame, values: Floats, pyramid: LinePyramid | None, run: Run) -> tuple[Rects, Rects]:
    """Rectangles above and below zero, int32[m, 4] each; zero itself is one row high."""
    zero = run.scale.row(0.0)
    if frame.dense and pyramid is not None:
        xs, edges = frame.columns.edges(run.first, run.last)
        below, above = pyramid.columns(values, edges)
        sides = [(xs, np.where(above >= 0, above, np.nan), 0, 0), (xs, np.where(below < 0, below, np.nan), 0, 0)]
    else:
        part, xs = values[run.first : run.last], frame.columns.xs(run.first, run.last)
        body = max(1, math.floor(frame.candle_widths.body))
        left, right = -(body // 2), body - 1 - body // 2
        sides = [
            (xs, np.where(part >= 0, part, np.nan), left, right),
            (xs, np.where(part < 0, part, np.nan), left, right),
        ]
    found = []
    for xs, heights, left, right in sides:
        known = np.isfinite(heights)
        rows = run.scale.rows(heights[known])
        rects = np.empty((len(rows), 4), np.int32)
        rects[:, 0], rects[:, 2] = xs[known] + left, xs[known] + right
        rects[:, 1], rects[:, 3] = np.minimum(rows, zero), np.maximum(rows, zero)
        found.append(rects)
    return found[0], found[1]
