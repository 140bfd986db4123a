"""The drawings as two layers: a transparent picture of those that rest, and on top what the hand holds.

A tick lays strips of the picture on; a pan paints it anew from the drawings that are in sight. It ends below the price
pane: through the other panes only upright lines lead, which are painted as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QPainter, QPixmap, QRegion, QTransform

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.drawings.easel import Easel
from live_monitor.ui.charts.drawings.shapes import Gathered, Shape, gather, shape_of, shapes_of
from live_monitor.ui.charts.drawings.sketch import Sketch
from live_monitor.ui.charts.drawings.stroke import Stroke, handle_boxes, paint_handles, shape_boxes
from live_monitor.ui.charts.drawings.values import MAX_WIDTH, Drawing
from live_monitor.ui.charts.frame import READOUT_HEIGHT
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import clip_to
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.reading import timeframe_name
from live_monitor.ui.charts.time_ticks import DAY_MS, bar_label
from live_monitor.ui.charts.wall_clock import WallClock

#: Logical pixels: padding and height of the hint, and its distance from the read-out.
_HINT: Final = (10, 24, 8)
_MOST_TIMES: Final = 2_000


class DrawingLayer:
    """Paints the drawings on the easel on a painter in device pixels. Main thread."""

    def __init__(
        self, state: ChartState, look: Look, easel: Easel, sketch: Sketch, exposed: Callable[[], list[QRegion]]
    ) -> None:
        """`exposed`: what has to be painted in the paint event at hand, in logical pixels and without overlaps."""
        self._state = state
        self._look = look
        self._easel = easel
        self._sketch = sketch
        self._exposed = exposed
        self._stroke = Stroke()
        self._gathered = gather(())
        self._gathered_for: object = None
        #: Labels of instants: a pan asks for the same ones at every frame.
        self._times: dict[tuple[int, int, int, WallClock], str] = {}
        self._shapes: list[Shape] = []
        self._shaped_for: object = None
        self._picture = QPixmap()
        self._painted_for: object = None
        #: Drawings that lead through the panes below the prices.
        self._upright: list[Shape] = []
        #: What the moving part touched when this was last asked.
        self._touched: list[Box] = []

    # What stands where

    def shapes(self) -> list[Shape]:
        """The drawings in sight, bottom to top, at their places in the frame that the chart shows."""
        frame, series = self._state.frame, self._state.series
        if series is None or not frame.bars or not self._easel.book.drawings:
            self._shaped_for = None
            return []
        # What a tick changes is not among it, unless it moves the axes.
        seen = (series, series.revision, len(series), frame.columns, frame.scale, frame.panes, frame.ratio, frame.base)
        key = (self._easel.book, self._easel.book.version, self._look.wall, seen)
        if key != self._shaped_for:
            self._shaped_for = key
            shown = self._shown(timeframe_name(series.timeframe_ms))
            self._shapes = shapes_of(shown, frame, series.start_ms, series.timeframe_ms, self._time_text)
        return self._shapes

    def _shown(self, timeframe: str) -> Gathered:
        """The drawings that are shown on bars of this length."""
        key = (self._easel.book, self._easel.book.version, timeframe)
        if key != self._gathered_for:
            self._gathered_for = key
            self._gathered = gather([each for each in self._easel.book.drawings if each.shown_on(timeframe)])
        return self._gathered

    def shape(self, drawing: Drawing) -> Shape | None:
        """Where a drawing stands, be it in the book or not; None out of sight."""
        series = self._state.series
        if series is None or not self._state.frame.bars:
            return None
        return shape_of(drawing, self._state.frame, series.start_ms, series.timeframe_ms, self._time_text)

    def _time_text(self, ms: int) -> str:
        series = self._state.series
        if series is None:
            return ""
        key = (ms, series.timeframe_ms, int(series.start_ms[-1]) // DAY_MS, self._look.wall)
        found = self._times.get(key)
        if found is None:
            if len(self._times) >= _MOST_TIMES:
                self._times.clear()
            found = self._times[key] = bar_label(ms, key[1], int(series.start_ms[-1]), self._look.wall)
        return found

    @property
    def _ground(self) -> Box:
        """Where drawings are painted: the plot without the line of the read-out, whose figures must not be crossed."""
        plot, head = self._state.frame.panes.plot, self._state.frame.px(READOUT_HEIGHT)
        return Box(plot.x, plot.y + head, plot.width, max(1, plot.height - head))

    # What rests

    def paint(self, painter: QPainter) -> None:
        """Lays the picture on, after painting it anew where it no longer fits."""
        shapes = self.shapes()
        if not shapes:
            self._painted_for = None
            return
        above, below = self._parts()
        if self._wanted() != self._painted_for:
            self._painted_for = self._wanted()
            self._renew(shapes, above)
        ratio = self._state.frame.ratio
        if ratio != int(ratio):
            # Strips of logical pixels have no edges in device pixels then, and would overlap.
            painter.drawPixmap(above.x, above.y, self._picture)
            self._paint_below(painter, QRect(*below))
            return
        # Strip by strip: within a single rectangle Qt paints many times as fast as within a dozen.
        scale = int(ratio)
        for part in self._exposed():
            whole = part.boundingRect()
            whole = QRect(whole.x() * scale, whole.y() * scale, whole.width() * scale, whole.height() * scale)
            box = whole.intersected(QRect(*above))
            if not box.isEmpty():
                if part.rectCount() == 1:
                    painter.setClipRect(box)
                else:
                    painter.setClipRegion(part if scale == 1 else QTransform.fromScale(scale, scale).map(part))
                painter.drawPixmap(box, self._picture, box.translated(-above.x, -above.y))
            self._paint_below(painter, whole.intersected(QRect(*below)))

    def _parts(self) -> tuple[Box, Box]:
        """Where the picture lies, and the rest of the ground below it."""
        ground, frame = self._ground, self._state.frame
        # A line along the floor of the prices is as thick as it is.
        split = max(ground.y + 1, min(ground.bottom, frame.panes.price.bottom + frame.px(MAX_WIDTH) + 2))
        above = Box(ground.x, ground.y, ground.width, split - ground.y)
        return above, Box(ground.x, split, ground.width, max(0, ground.bottom - split))

    def _paint_below(self, painter: QPainter, box: QRect) -> None:
        """Upright lines below the picture, as far as they lie in this box."""
        if box.isEmpty() or not self._upright:
            return
        frame, reach = self._state.frame, self._state.frame.px(MAX_WIDTH)
        left, right = box.left() - reach, box.right() + reach
        met = [shape for shape in self._upright if any(left <= line.x1 <= right for line in shape.lines)]
        if met:
            painter.setClipRect(box)
            self._stroke.paint_lines(painter, frame, self._look.ink, met)

    def _wanted(self) -> object:
        """What the picture has to be made for."""
        return (self._shaped_for, self._look.ink, self._sketch.lifted)

    def changed_boxes(self) -> list[Box]:
        """What has to be painted again since this was last asked: the plot, or only what moves."""
        now = self.footprint()
        boxes = list(dict.fromkeys(self._touched + now))
        self._touched = now
        self.shapes()
        if self._wanted() != self._painted_for and (self._shaped_for or self._painted_for):
            boxes.append(self._ground)
        return boxes

    def _renew(self, shapes: list[Shape], ground: Box) -> None:
        """Paints the picture, which lies at `ground`."""
        resting = [shape for shape in shapes if shape.id != self._sketch.lifted]
        self._upright = [shape for shape in resting if shape.drawing.kind == "vertical"]
        if self._picture.width() != ground.width or self._picture.height() != ground.height:
            self._picture = QPixmap(ground.width, ground.height)
        self._picture.fill(Qt.GlobalColor.transparent)
        inner = QPainter(self._picture)
        inner.translate(-ground.x, -ground.y)
        try:
            self._stroke.paint(inner, self._state.frame, self._look.ink, resting, replace=True)
        finally:
            inner.end()

    # What moves

    def paint_moving(self, painter: QPainter) -> None:
        """What the hand holds, handles, and the hint."""
        frame, ink, sketch = self._state.frame, self._look.ink, self._sketch
        painter.setClipRect(QRect(*self._ground))
        if sketch.preview is not None:
            shape = self.shape(sketch.preview)
            if shape is not None:
                self._stroke.paint(painter, frame, ink, [shape], replace=False)
                paint_handles(painter, frame, ink, shape)
        for shape in self._handled():
            paint_handles(painter, frame, ink, shape)
        if sketch.hint:
            box = self._hint_box()
            clip_to(painter, box)
            painter.fillRect(QRect(*box), ink.color("raised"))
            painter.fillRect(QRect(box.x, box.y, frame.px(2), box.height), ink.color("accent"))
            ink.readout.write(
                painter, ink.color("text"), box.x + frame.px(_HINT[0]), box.y + box.height // 2, sketch.hint
            )

    def footprint(self) -> list[Box]:
        """Everything that `paint_moving` may touch now."""
        frame, sketch = self._state.frame, self._sketch
        boxes = [box for shape in self._handled() for box in handle_boxes(frame, shape)]
        if sketch.hint:
            boxes.append(self._hint_box())
        if sketch.preview is not None:
            shape = self.shape(sketch.preview)
            if shape is not None:
                boxes += [*handle_boxes(frame, shape), *shape_boxes(frame, self._look.ink, shape)]
        return boxes

    def _handled(self) -> list[Shape]:
        """Those that show their handles: the selected one, and the one under the pointer."""
        wanted = {self._easel.book.selected, self._sketch.hovered} - {None, self._sketch.lifted}
        return [shape for shape in self.shapes() if shape.id in wanted] if wanted else []

    def _hint_box(self) -> Box:
        frame = self._state.frame
        pad, height, gap = (frame.px(length) for length in _HINT)
        pane, width = frame.panes.price, round(self._look.ink.readout.width(self._sketch.hint)) + 2 * pad
        top = pane.y + frame.px(READOUT_HEIGHT) + gap
        return Box(pane.x + max(0, (pane.width - width) // 2), top, min(width, pane.width), height)
