"""Paints the names and values of studies at the top of their panes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QColor, QPainter, QRegion

from live_monitor.ui.charts import legend
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import LEGEND_HEIGHT, READOUT_HEIGHT
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import clip_to, legible
from live_monitor.ui.charts.legend import LegendEntry
from live_monitor.ui.charts.look import Look

#: Logical pixels: left edge, between studies, between values.
_LEFT: Final = 12
_GAP: Final = 14
_VALUE_GAP: Final = 6
_PLATE: Final = 0.85
_NAME: Final = -1


class _Piece(NamedTuple):
    """A name or a value where it stands; `key`: whose it is, and the number of the value, `_NAME` for the name."""

    box: Box
    text: str
    color: QColor
    key: tuple[str, int]


def legend_height(state: ChartState) -> int:
    """Logical pixels below the read-out that the studies over the candles take."""
    named = any(not placed.profiles for placed in state.board.over_price)
    return LEGEND_HEIGHT if named or state.compared.on else 0


class LegendLayer:
    """Paints above the crosshair, on a painter in device pixels. Columns only grow, so that figures do not dance.

    Names stand still: a tick asks for the values that it changed, and paints what lies in the region that is exposed.
    """

    def __init__(self, state: ChartState, look: Look, exposed: Callable[[], QRegion]) -> None:
        self._state = state
        self._look = look
        self._exposed = exposed
        self._widths: dict[tuple[str, int], int] = {}
        self._painted: dict[tuple[str, int], _Piece] = {}
        self._laid: tuple[object, list[_Piece]] = (None, [])

    def forget_widths(self) -> None:
        """Lets the columns shrink: for another series or font."""
        self._widths.clear()
        self._painted.clear()

    def paint(self, painter: QPainter) -> None:
        """Paints each line; what does not fit is left out."""
        pieces, region = self._pieces(), self._exposed()
        shown = {piece.key for piece in pieces}
        for key in [key for key, old in self._painted.items() if key not in shown and self._covers(region, old)]:
            del self._painted[key]
        for piece in pieces:
            box = piece.box
            if not region.intersects(self._place(piece)):
                continue
            if self._painted.get(piece.key) != piece:
                self._painted.pop(piece.key, None)
                # Of what is exposed in part only, the rest still shows what was there.
                if self._covers(region, piece):
                    self._painted[piece.key] = piece
            clip_to(painter, box)
            # Candles may reach up here: they are dimmed, not hidden.
            painter.fillRect(QRect(*box), self._look.ink.color("panel", _PLATE))
            self._look.ink.readout.write(painter, piece.color, box.x, box.y + box.height // 2, piece.text)

    def footprint(self) -> list[Box]:
        """Where anything else stands than was painted last: a wider value moves all to its right, names too."""
        gone = dict(self._painted)
        rows: dict[int, tuple[int, int, int]] = {}
        changed = []
        for piece in self._pieces():
            old = gone.pop(piece.key, None)
            if old is not piece and (old is None or (old.text, old.box) != (piece.text, piece.box)):
                changed += [piece.box] if old is None else [piece.box, old.box]
        # One stretch a line: a few figures that stand still cost less than a dozen more strips.
        for box in [*changed, *(old.box for old in gone.values())]:
            left, right, bottom = rows.get(box.y, (box.x, box.right, box.bottom))
            rows[box.y] = (min(left, box.x), max(right, box.right), max(bottom, box.bottom))
        return [Box(left, top, right - left, bottom - top) for top, (left, right, bottom) in rows.items()]

    def _covers(self, region: QRegion, piece: _Piece) -> bool:
        """True when all of a piece is exposed."""
        return QRegion(self._place(piece)).subtracted(region).isEmpty()

    def _place(self, piece: _Piece) -> QRect:
        """Where a piece stands in logical pixels."""
        box, ratio = piece.box, self._state.frame.ratio
        left, top = math.floor(box.x / ratio), math.floor(box.y / ratio)
        right, bottom = math.ceil(box.right / ratio), math.ceil(box.bottom / ratio)
        return QRect(left, top, right - left, bottom - top)

    def spoken(self) -> list[str]:
        """The same for assistive technology."""
        return legend.spoken(self._state, self._index()) if self._state.frame.bars else []

    def _index(self) -> int:
        frame, index = self._state.frame, self._state.crosshair.index
        return index if index is not None and index < frame.bars else frame.bars - 1

    def _pieces(self) -> list[_Piece]:
        state = self._state
        if not state.frame.bars or state.series is None or not (state.board.placed or state.compared.on):
            return []
        # Once for the footprint, once for the painting.
        other = state.compared
        second = (other.symbol, other.series, other.series.version if other.series is not None else 0)
        bars = (state.series, state.series.version, self._index())
        studies = [(placed, placed.study.choice) for placed in state.board.placed]
        laid = (state.frame, bars, studies, second, self._look.ink)
        if self._laid[0] != laid:
            self._laid = (laid, self._lay())
        return self._laid[1]

    def _lay(self) -> list[_Piece]:
        state, frame = self._state, self._state.frame
        index, height, panes = self._index(), frame.px(LEGEND_HEIGHT), frame.panes
        pieces: list[_Piece] = []
        if legend_height(state):
            top = panes.price.y + min(panes.price.height, frame.px(READOUT_HEIGHT))
            box = Box(panes.price.x, top, panes.price.width, height)
            pieces += self._row(box, legend.over_price(state, index))
        if panes.volume.height and state.board.over_volume:
            box = Box(panes.volume.x, panes.volume.y + 1, panes.volume.width, height)
            pieces += self._row(box, legend.over_volume(state, index))
        for pane, entries in zip(frame.lower, legend.own_panes(state, index), strict=False):
            if pane.box.height:
                pieces += self._row(Box(pane.box.x, pane.box.y + 1, pane.box.width, height), entries)
        return pieces

    def _row(self, box: Box, entries: list[LegendEntry]) -> list[_Piece]:
        frame, ink = self._state.frame, self._look.ink
        width_of, gap = ink.readout.width, frame.px(_VALUE_GAP)
        x = begin = box.x + frame.px(_LEFT)
        placed: list[_Piece] = []
        for entry in entries:
            name = math.ceil(width_of(entry.name)) + gap
            row = [_Piece(Box(x, box.y, name, box.height), entry.name, ink.color("muted"), (entry.key, _NAME))]
            end = x + name
            for number, value in enumerate(entry.values):
                color = legible(QColor(value.color), ink) if value.color.startswith("#") else ink.color(value.color)
                key = (entry.key, number)
                width = math.ceil(width_of(value.text)) + gap
                if value.label:
                    # A remark in place of values, which has no label, leaves no gap behind.
                    width = self._widths[key] = max(self._widths.get(key, 0), width)
                row.append(_Piece(Box(end, box.y, width, box.height), value.text, color, key))
                end += width
            if end > box.right and x > begin:
                break
            # Of what is too long by itself, as many values as there is room for.
            placed += [piece for piece in row if piece.box.right <= box.right]
            x = end + frame.px(_GAP) - gap
        return placed
