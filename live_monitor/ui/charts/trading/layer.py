"""Paints the tags of order lines and what the hand holds, and says which boxes of the chart a change concerns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QPainter, QRegion

from live_monitor.ui.charts.axis_tags import last_row, tagged_rows
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.price_axis import TAG_HEIGHT, footprint, paint_price_tag, price_text
from live_monitor.ui.charts.trading.hand import TradeHand
from live_monitor.ui.charts.trading.order_painter import OrderPainter
from live_monitor.ui.charts.trading.tags import Tag, beside, hit, place_tags
from live_monitor.ui.charts.trading.values import OrderLine, Part


class Painted(NamedTuple):
    """A tag as it is to be painted; `whole`: with its line and its price, which are not in the still picture."""

    tag: Tag
    hot: Part | None
    chosen: bool
    whole: bool

    def boxes(self, frame: Frame) -> list[Box]:
        """Everything that painting it may touch."""
        boxes = [self.tag.footprint(frame)]
        if self.whole and self.tag.inside:
            price, wide = frame.panes.price, frame.px(2)
            boxes += [Box(price.x, self.tag.row - wide, price.width, 2 * wide + 1), footprint(frame, self.tag.row)]
        return boxes


class OrderLayer:
    """Main thread; positions and painters are in device pixels."""

    def __init__(self, state: ChartState, look: Look, hand: TradeHand, exposed: Callable[[], QRegion]) -> None:
        """`exposed`: what the paint event at hand has to paint, in logical pixels."""
        self._state, self._look, self._hand, self._exposed = state, look, hand, exposed
        self._painter = OrderPainter()
        self._tags: list[Tag] = []
        self._tagged_for: object = None
        self._shown: list[Painted] = []

    # -- what is there --------------------------------------------------------------------------

    def tags(self) -> list[Tag]:
        """Tags that stand in a row: of orders, position and draft; not of the line in the hand."""
        frame, hand = self._state.frame, self._hand
        held = {line.id for line in (hand.dragged, hand.dropped) if line is not None}
        lines = [line for line in (*self._look.order_lines, *hand.draft_lines) if line.id not in held]
        wanted = (
            lines,
            frame.scale,
            frame.panes.price,
            frame.ratio,
            bool(frame.ticks.values),
            self._look.ink,
            hand.bar,
        )
        if wanted != self._tagged_for:
            self._tagged_for = wanted
            self._tags = place_tags(frame, self._look.ink, lines, hand.bar)
        return self._tags

    def hit(self, x: float, y: float, *, lines: bool) -> tuple[OrderLine, Part] | None:
        """Whose tag is here, or with `lines` whose line."""
        return hit(self._state.frame, self.tags(), x, y, lines=lines)

    def _wanted(self) -> list[Painted]:
        frame, hand = self._state.frame, self._hand
        drafts = {line.id for line in hand.draft_lines}
        found = [
            Painted(
                tag,
                hand.hot[1] if hand.hot is not None and hand.hot[0] == tag.line.id else None,
                tag.line.id == hand.selected,
                tag.line.id in drafts,
            )
            for tag in self.tags()
        ]
        for line in (hand.dropped, hand.preview, hand.dragged):
            if line is not None:
                loose = place_tags(frame, self._look.ink, [line])
                found += [
                    Painted(beside(tag, self._tags), None, line is hand.dragged, True) for tag in loose if tag.inside
                ]
        return found

    # -- painting -------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Paints what lies in the region that is exposed."""
        frame, ink, exposed = self._state.frame, self._look.ink, self._exposed()
        shown = self._wanted()
        self._paint_lines(painter, [each.tag for each in shown if each.whole and each.tag.inside])
        met = [each for each in shown if exposed.intersects(_logical(each.tag.footprint(frame), frame.ratio))]
        # What leads to one tag may pass another, and must not run through its words.
        for each in met:
            self._painter.lead(painter, frame, ink, each.tag)
        for each in met:
            self._painter.tag(painter, frame, ink, each.tag, hot=each.hot, chosen=each.chosen)

    def _paint_lines(self, painter: QPainter, tags: list[Tag]) -> None:
        """Lines that are not in the still picture, and their prices on the axis, where no other price stands."""
        frame, ink, hand = self._state.frame, self._look.ink, self._hand
        if not tags:
            return
        last = last_row(self._state)
        cross = self._state.crosshair.y
        taken = [*tagged_rows(frame, self._look), *(row for row in (last, cross) if row is not None)]
        for tag in tags:
            self._painter.line(painter, frame, ink, tag.line, tag.row)
            free = all(abs(tag.row - row) >= frame.px(TAG_HEIGHT) for row in taken)
            # What is in the hand is read while it moves, whatever it passes.
            if free or tag.line is hand.dragged:
                text = price_text(frame, tag.line.price)
                paint_price_tag(painter, frame, ink, tag.row, text, ink.color(tag.line.tone), others=taken)
                taken.append(tag.row)

    def changed_boxes(self) -> list[Box]:
        """What has to be painted again: where something is not as it was when this was last asked."""
        frame, before, now = self._state.frame, self._shown, self._wanted()
        if before == now:
            return []
        self._shown = now
        old, new = set(before), set(now)
        changed = [each for each in before if each not in new] + [each for each in now if each not in old]
        return list(dict.fromkeys(box for each in changed for box in each.boxes(frame)))


def _logical(box: Box, ratio: float) -> QRect:
    """A box in logical pixels, a pixel wider on each side."""
    left, top = math.floor(box.x / ratio) - 1, math.floor(box.y / ratio) - 1
    return QRect(left, top, math.ceil(box.width / ratio) + 2, math.ceil(box.height / ratio) + 2)
