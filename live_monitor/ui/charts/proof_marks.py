"""Small marks under bars whose comparison with the provider's found a difference.

A diamond below the candles: filled where shares are missing here, hollow where a print was late or counts by other
rules. Where bars are close it shrinks to a short line. Bars that agree, or that nothing is known of, carry none.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QBrush, QPainter

from live_monitor.engine.market.bar_columns import Proof
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Rects
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.rect_batch import RectBatch

#: Logical pixels: half the size of a diamond, and how far its middle stands above the floor of the price pane.
_HALF: Final = 3
_ABOVE_FLOOR: Final = 9
#: Below this distance of bars, in logical pixels, diamonds would touch each other.
_DIAMOND_PITCH: Final = 7.0
_LINE: Final = 4
#: Plain numbers: numpy asks an enumeration for a dozen things that it does not have.
_AGREES: Final = int(Proof.AGREES)
_MISSING: Final = int(Proof.MISSING_TRADES)


class ProofMarks:
    """Finds and paints the marks of the visible bars. Main thread."""

    def __init__(self) -> None:
        self._batch = RectBatch()

    def paint(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink) -> None:
        """Paints on a painter in device pixels, clipped by the caller."""
        bars, missing = marked(series, frame.first, frame.last)
        if not bars.size:
            return
        close = frame.columns.pitch < _DIAMOND_PITCH * frame.ratio
        rects = lines(frame, bars) if close else diamonds(frame, bars, missing)
        self._batch.draw(painter, rects, QBrush(ink.color("doubt")))


def marked(series: BarSeries, first: int, last: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Bars among `first` to `last` (exclusive) that differ from the provider's, and which of them miss shares."""
    proof = series.proof[first:last]
    found = np.flatnonzero(proof > _AGREES)
    return found + first, proof[found] == _MISSING


def diamonds(frame: Frame, bars: NDArray[np.intp], filled: NDArray[np.bool_]) -> Rects:
    """Rows of diamonds as rectangles, int32[n, 4]; only the edges of those that are not `filled`."""
    half, middle = frame.px(_HALF), _middle(frame)
    xs = np.floor(bars * frame.columns.pitch + frame.columns.offset).astype(np.int32)
    thick = frame.px(1)
    parts = []
    for row in range(-half, half + 1):
        reach = half - abs(row)
        spans = [(xs[filled] - reach, xs[filled] + reach)]
        hollow, inner = xs[~filled], min(reach, thick - 1)
        spans += [(hollow - reach, hollow - reach + inner), (hollow + reach - inner, hollow + reach)]
        parts += [_rows(left, right, middle + row, middle + row) for left, right in spans]
    return np.concatenate(parts)


def lines(frame: Frame, bars: NDArray[np.intp]) -> Rects:
    """One short upright line a pixel column with such a bar."""
    xs = np.unique(np.floor(bars * frame.columns.pitch + frame.columns.offset).astype(np.int32))
    middle, half = _middle(frame), frame.px(_LINE) // 2
    return _rows(xs, xs + (frame.px(1) - 1), middle - half, middle + half)


def _rows(left: NDArray[np.int32], right: NDArray[np.int32], top: int, bottom: int) -> Rects:
    rects = np.empty((left.size, 4), np.int32)
    rects[:, 0], rects[:, 1], rects[:, 2], rects[:, 3] = left, top, right, bottom
    return rects


def _middle(frame: Frame) -> int:
    return frame.panes.price.bottom - frame.px(_ABOVE_FLOOR)
