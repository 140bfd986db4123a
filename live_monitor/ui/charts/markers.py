"""Signals on the chart: a shape and a letter at their bar, so that colour never stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPoint, QPointF, QRectF
from PyQt6.QtGui import QPainter, QPolygon

from live_monitor.engine.market.bar_series import MINUTE_MS, BarSeries
from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.time_ticks import DAY_MS

MarkerKind = Literal["LONG", "SHORT", "TARGET", "STOP", "TRAIL"]

#: Letter, colour role and side (+1 above the bar, -1 below it) of each kind.
_SIGNS: Final[dict[str, tuple[str, str, int]]] = {
    "LONG": ("L", "up", -1),
    "SHORT": ("S", "down", 1),
    "TARGET": ("T", "accent", 1),
    "STOP": ("X", "warning", 1),
    "TRAIL": ("R", "warning", 1),
}
#: Logical pixels: half the size of a marker, the gap to its bar and to the next marker.
_HALF: Final = 8
_HALF_SMALL: Final = 3
_GAP: Final = 6
_STACK_GAP: Final = 3
_REACH: Final = 11
_MOST_STACKED: Final = 3
#: Below this pitch in logical pixels letters would run into each other.
_LETTER_PITCH: Final = 2.5


class ChartMarker(NamedTuple):
    """One signal, on the bar that holds the market time `at_ms`.

    `price` in USD (NaN when it has none) gets a notch at the bar; `text` is shown on hover.
    """

    at_ms: int
    kind: MarkerKind
    price: float
    text: str


class PlacedMarker(NamedTuple):
    """A marker with its middle in device pixels."""

    marker: ChartMarker
    x: int
    y: int


def bar_index(series: BarSeries, ms: int) -> int:
    """The bar that holds the time `ms`, or the last one before it; -1 when all are later."""
    return int(np.searchsorted(series.start_ms, ms, side="right")) - 1


def place_markers(frame: Frame, series: BarSeries, markers: Sequence[ChartMarker]) -> list[PlacedMarker]:
    """Markers on visible bars; several on one side of a bar are stacked away from it."""
    if not markers or frame.last <= frame.first:
        return []
    times = np.array([marker.at_ms for marker in markers], np.int64)
    bars = np.searchsorted(series.start_ms, times, side="right") - 1
    seen = np.flatnonzero((bars >= frame.first) & (bars < frame.last) & _held(series, bars, times))
    half, box = _half(frame), frame.panes.price
    # Not into the read-out, nor out of the pane.
    highest, lowest = box.y + min(box.height // 3, frame.px(READOUT_HEIGHT)) + half, box.bottom - half - 1
    step = 2 * half + frame.px(_STACK_GAP)
    stacked: dict[tuple[int, int], list[int]] = {}
    placed: list[PlacedMarker] = []
    for at in seen.tolist():
        marker, bar = markers[at], int(bars[at])
        side = _SIGNS[marker.kind][2]
        extreme = float(series.high[bar] if side > 0 else series.low[bar])
        if not np.isfinite(extreme):
            continue
        stack = stacked.setdefault((bar, side), [])
        y = frame.scale.row(extreme) - side * (frame.px(_GAP) + half + len(stack) * step)
        if stack and (not highest <= y <= lowest or len(stack) == _MOST_STACKED):
            # A long bar holds many signals: those that find no room are told with the outermost one.
            outer = placed[stack[-1]]
            told = outer.marker._replace(text=f"{outer.marker.text}\n{marker.text}")
            placed[stack[-1]] = outer._replace(marker=told)
            continue
        stack.append(len(placed))
        placed.append(PlacedMarker(marker, frame.columns.x(bar), max(highest, min(y, lowest))))
    return placed


def _held(series: BarSeries, bars: NDArray[np.intp], times: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each time lies within its bar: a signal outside the hours that are shown is on none.

    Bars of seconds may be missing in the minute whose end gave the signal; the one before them stands for it.
    """
    if series.timeframe_ms >= DAY_MS:
        return bars >= 0
    held: NDArray[np.bool_] = times - series.start_ms[np.maximum(bars, 0)] < max(series.timeframe_ms, MINUTE_MS)
    return held


def paint_markers(painter: QPainter, frame: Frame, ink: Ink, placed: Sequence[PlacedMarker]) -> None:
    """Shapes, letters, and a notch at the price."""
    if not placed:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half, letters = _half(frame), _letters(frame)
    for marker, x, y in placed:
        letter, role, _ = _SIGNS[marker.kind]
        painter.setBrush(ink.color(role))
        # An outline in the panel's colour keeps the marker apart from candles and from its neighbours.
        painter.setPen(ink.pen("panel"))
        _shape(painter, marker.kind, x, y, half)
        if letters:
            _letter(painter, ink, x, y, letter)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for marker, x, _ in placed:
        if np.isfinite(marker.price) and letters:
            row, reach = frame.scale.row(marker.price), frame.px(5)
            painter.fillRect(x - reach, row, 2 * reach + 1, frame.px(1), ink.color("text"))
    painter.restore()


def marker_at(frame: Frame, placed: Sequence[PlacedMarker], x: float, y: float) -> PlacedMarker | None:
    """The marker nearest to a point, within reach of it."""
    reach = frame.px(_REACH)
    near = [(abs(m.x - x) + abs(m.y - y), m) for m in placed if abs(m.x - x) <= reach and abs(m.y - y) <= reach]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _letters(frame: Frame) -> bool:
    return frame.columns.pitch >= _LETTER_PITCH * frame.ratio


def _half(frame: Frame) -> int:
    return frame.px(_HALF if _letters(frame) else _HALF_SMALL)


def _shape(painter: QPainter, kind: str, x: int, y: int, half: int) -> None:
    if kind == "TARGET":
        painter.drawEllipse(QPoint(x, y), half, half)
    elif kind == "STOP":
        painter.drawRect(QRectF(x - half + 1, y - half + 1, 2 * half - 2, 2 * half - 2))
    elif kind == "TRAIL":
        painter.drawPolygon(
            QPolygon([QPoint(x, y - half), QPoint(x + half, y), QPoint(x, y + half), QPoint(x - half, y)])
        )
    else:
        way = -1 if kind == "LONG" else 1
        corners = ((0, half + half // 3), (half, half // 4), (half, -half + 1), (-half, -half + 1), (-half, half // 4))
        painter.drawPolygon(QPolygon([QPoint(x + dx, y + way * dy) for dx, dy in corners]))


def _letter(painter: QPainter, ink: Ink, x: int, y: int, letter: str) -> None:
    face = ink.letter
    painter.setFont(face.font)
    painter.setPen(ink.color("panel"))
    painter.drawText(QPointF(x + 0.5 - face.width(letter) / 2, y + 0.5 + face.drop), letter)
