"""Paints the names and values of studies at the top of their panes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PyQt6.QtGui import QColor, QPainter

from live_monitor.ui.charts import legend
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import LEGEND_HEIGHT, READOUT_HEIGHT
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import clip_to
from live_monitor.ui.charts.legend import LegendEntry
from live_monitor.ui.charts.look import Look

#: Logical pixels: left edge, between studies, between values.
_LEFT: Final = 12
_GAP: Final = 14
_VALUE_GAP: Final = 6
_PLATE: Final = 0.85


def legend_height(state: ChartState) -> int:
    """Logical pixels below the read-out that the studies over the candles take."""
    named = any(not placed.profiles for placed in state.board.over_price)
    return LEGEND_HEIGHT if named or state.compared.on else 0


class LegendLayer:
    """Paints above the crosshair, on a painter in device pixels. Columns only grow, so that figures do not dance."""

    def __init__(self, state: ChartState, look: Look) -> None:
        self._state = state
        self._look = look
        self._widths: dict[tuple[str, int], int] = {}

    def forget_widths(self) -> None:
        """Lets the columns shrink: for another series or font."""
        self._widths.clear()

    def paint(self, painter: QPainter) -> None:
        """Paints each line; what does not fit is left out."""
        for box, entries in self._rows():
            clip_to(painter, box)
            self._row(painter, box, entries)

    def footprint(self) -> list[Box]:
        """Everything that `paint` may touch now."""
        return [box for box, _ in self._rows()]

    def spoken(self) -> list[str]:
        """The same for assistive technology."""
        return legend.spoken(self._state, self._index()) if self._state.frame.bars else []

    def _index(self) -> int:
        frame, index = self._state.frame, self._state.crosshair.index
        return index if index is not None and index < frame.bars else frame.bars - 1

    def _rows(self) -> Iterator[tuple[Box, list[LegendEntry]]]:
        state, frame = self._state, self._state.frame
        if not frame.bars or not (state.board.placed or state.compared.on):
            return
        index, height, panes = self._index(), frame.px(LEGEND_HEIGHT), frame.panes
        if legend_height(state):
            top = panes.price.y + min(panes.price.height, frame.px(READOUT_HEIGHT))
            yield Box(panes.price.x, top, panes.price.width, height), legend.over_price(state, index)
        if panes.volume.height and state.board.over_volume:
            yield Box(panes.volume.x, panes.volume.y + 1, panes.volume.width, height), legend.over_volume(state, index)
        for pane, entry in zip(frame.lower, legend.own_panes(state, index), strict=False):
            if pane.box.height:
                yield Box(pane.box.x, pane.box.y + 1, pane.box.width, height), [entry]

    def _row(self, painter: QPainter, box: Box, entries: list[LegendEntry]) -> None:
        frame, ink = self._state.frame, self._look.ink
        face, middle = ink.readout, box.y + box.height // 2
        x = box.x + frame.px(_LEFT)
        placed: list[tuple[int, str, QColor]] = []
        for entry in entries:
            start = x
            row = [(x, entry.name, ink.color("muted"))]
            x += round(face.width(entry.name)) + frame.px(_VALUE_GAP)
            for number, value in enumerate(entry.values):
                color = QColor(value.color) if value.color.startswith("#") else ink.color(value.color)
                key = (entry.key, number)
                width = self._widths[key] = max(self._widths.get(key, 0), round(face.width(value.text)))
                row.append((x, value.text, color))
                x += width + frame.px(_VALUE_GAP)
            x += frame.px(_GAP) - frame.px(_VALUE_GAP)
            if x > box.right and start > box.x + frame.px(_LEFT):
                x = start
                break
            placed += row
        # Candles may reach up here: they are dimmed, not hidden.
        right = min(x, box.right)
        left = box.x + frame.px(_LEFT) - 2
        painter.fillRect(left, box.y, right - left, box.height, ink.color("panel", _PLATE))
        for left, text, color in placed:
            face.write(painter, color, left, middle, text)
