"""The read-out in the upper left corner: the figures of the bar under the crosshair, or of the last one.

While the crosshair is on a bar, a second line says where that bar comes from and whether it can be believed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPainter

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.gaps import Hole, said_at
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import clip_to
from live_monitor.ui.charts.legend_layer import legend_height
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.reading import Part, Reading, read_bar
from live_monitor.ui.charts.wall_clock import WallClock

#: Logical pixels.
_LEFT: Final = 12
_GAP: Final = 12
_LABEL_GAP: Final = 5
#: The second line stands in the room that is kept free above the highest price.
_NOTES_HEIGHT: Final = 20
_PLATE: Final = 0.85
#: Parts that are sentences: as long as there is room.
_SENTENCES: Final = {"gap", "healed"}


class PlacedPart(NamedTuple):
    """A figure with the left edges of its label and its text, in device pixels."""

    part: Part
    label_x: int
    text_x: int


class ReadoutLayer:
    """Paints above the crosshair, on a painter in device pixels.

    Its columns only grow while one series is shown, so that figures do not dance.
    """

    def __init__(self, state: ChartState, look: Look) -> None:
        self._state = state
        self._look = look
        self._crosshair = state.crosshair
        self._widths: dict[str, int] = {}
        self._read: tuple[BarSeries, int, int, tuple[Hole, ...], tuple[Hole, ...], WallClock] | None = None
        self._reading: Reading | None = None

    def forget_widths(self) -> None:
        """Lets the columns shrink: for another series or font."""
        self._widths.clear()

    def reading(self) -> Reading | None:
        """The figures to show; None without bars."""
        series, bars = self._state.series, self._state.frame.bars
        if series is None or not bars:
            return None
        index = self._crosshair.index
        index = index if index is not None and index < bars else bars - 1
        read = (series, series.version, index, self._look.holes, self._look.healed, self._look.wall)
        if read != self._read or self._reading is None:
            self._read, self._reading = read, self._read_bar(series, index)
        return self._reading

    def _read_bar(self, series: BarSeries, index: int) -> Reading:
        wall = self._look.wall
        healed = said_at(series, self._look.healed, index, wall)
        return read_bar(series, index, said_at(series, self._look.holes, index, wall), wall, healed=healed)

    def paint(self, painter: QPainter) -> None:
        """Paints the line of figures; what does not fit is left out, the least needed first."""
        frame, ink, reading = self._state.frame, self._look.ink, self.reading()
        if reading is None:
            return
        box = self._box(frame)
        middle, muted = box.y + box.height // 2, ink.color("muted")
        clip_to(painter, box)
        x = box.x + frame.px(_LEFT)
        ink.readout_strong.write(painter, ink.color("text"), x, middle, reading.symbol)
        name = f"· {reading.timeframe}"
        x += round(ink.readout_strong.width(reading.symbol)) + frame.px(_LABEL_GAP)
        ink.readout.write(painter, muted, x, middle, name)
        x += round(ink.readout.width(name)) + frame.px(_GAP)
        self._write(painter, frame, self.place(reading.parts, frame, x), middle)
        if self._shows_notes:
            box = self._notes_box(frame)
            clip_to(painter, box)
            placed = self.place(reading.notes, frame, box.x + frame.px(_LEFT))
            # Candles may reach up here while one looks at another bar: they are dimmed, not hidden.
            end = placed[-1].text_x + round(ink.readout.width(placed[-1].part.text)) + frame.px(_LABEL_GAP)
            painter.fillRect(box.x, box.y, min(end, box.right) - box.x, box.height, ink.color("panel", _PLATE))
            self._write(painter, frame, placed, box.y + box.height // 2 - frame.px(2))

    def _write(self, painter: QPainter, frame: Frame, figures: list[PlacedPart], middle: int) -> None:
        ink = self._look.ink
        for placed in figures:
            if placed.part.label:
                ink.readout.write(painter, ink.color("muted"), placed.label_x, middle, placed.part.label)
            color, text = ink.color(placed.part.role), placed.part.text
            if placed.part.key in _SENTENCES:
                room = frame.panes.price.right - frame.px(_LEFT) - placed.text_x
                text = ink.readout.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            ink.readout.write(painter, color, placed.text_x, middle, text)
            if placed.part.tail:
                after = placed.text_x + ink.readout.width(placed.part.text) + frame.px(1)
                ink.tail.write(painter, color, after, middle, placed.part.tail)

    @property
    def _shows_notes(self) -> bool:
        """True while the person looks at one bar."""
        return self._crosshair.index is not None and self._crosshair.index < self._state.frame.bars

    def place(self, parts: list[Part], frame: Frame, x: int) -> list[PlacedPart]:
        """Columns for the parts that fit between `x` and the right edge of the plot."""
        gap, label_gap, width = frame.px(_GAP), frame.px(_LABEL_GAP), self._look.ink.readout.width
        tail_width = self._look.ink.tail.width
        room = self._box(frame).right - x
        columns = []
        for part in parts:
            label = round(width(part.label)) + label_gap if part.label else 0
            needed = round(width(part.text) + tail_width(part.tail)) + (frame.px(3) if part.tail else 0)
            # What was missed is told in a sentence: the next one owes its length nothing.
            kept = needed if part.key in _SENTENCES else max(self._widths.get(part.key, 0), needed)
            self._widths[part.key] = kept
            columns.append((part, label, label + kept + gap))
            room -= label + kept + gap
        while room < 0 and any(part.rank for part, _, _ in columns):
            # Figures of one rank go together: a low without its high would only puzzle.
            least = max(part.rank for part, _, _ in columns)
            room += sum(advance for part, _, advance in columns if part.rank == least)
            columns = [column for column in columns if column[0].rank != least]
        placed = []
        for part, label, advance in columns:
            placed.append(PlacedPart(part, x, x + label))
            x += advance
        return placed

    def footprint(self) -> list[Box]:
        """Everything that `paint` may touch now, or touched at the last time."""
        frame = self._state.frame
        if not frame.bars:
            return []
        return [self._box(frame), self._notes_box(frame)] if self._shows_notes else [self._box(frame)]

    def _box(self, frame: Frame) -> Box:
        price = frame.panes.price
        return Box(price.x, price.y, price.width, min(price.height, frame.px(READOUT_HEIGHT)))

    def _notes_box(self, frame: Frame) -> Box:
        above, below = self._box(frame), frame.px(legend_height(self._state))
        height = min(frame.px(_NOTES_HEIGHT), frame.panes.price.height - above.height - below)
        return Box(above.x, above.bottom + below, above.width, max(0, height))
