"""Draws the ticker panel. One pass over prepared texts, about 0.3 ms: no labels, no layout, no style sheet."""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen

from live_monitor.ui import icons
from live_monitor.ui.text_cache import TextCache
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticker_figures import Cell, Figures, Range
from live_monitor.ui.trust import Trust

#: From this width on the figures stand right of the price, below it they stand under it.
WIDE_FROM: Final = 740
WIDE_HEIGHT: Final = 96
NARROW_HEIGHT: Final = 164
#: How much of its colour a blink lays over the ground: seen from the corner of the eye, text still readable.
BLINK_SHARE: Final = 0.22
_MARGIN: Final = 16.0
_LEFT_BLOCK: Final = 332.0
_NUMBER_ROLE: Final = {Trust.AGEING: "muted", Trust.STALE: "stale"}


class TickerPainter:
    """Holds fonts, metrics and pens of one theme; `paint` draws one state of the panel."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._caption = TextCache(theme.font(11))
        self._value = TextCache(theme.font(15, 500))
        self._bound = TextCache(theme.font(12, 500))
        self._change = TextCache(theme.font(15, 600))
        self._chip = TextCache(theme.font(10, 600))
        self._last = TextCache(theme.font(36, 600))
        self._last_indicative = TextCache(theme.font(36))
        self._tail = TextCache(theme.font(20, 500))

    def paint(self, painter: QPainter, width: float, height: float, figures: Figures, blink: int) -> None:
        """Draws `figures` into `width` × `height`; `blink` tints the last price up (+1), down (−1) or not (0)."""
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(0, 0, width, height), theme.color("panel"))
        right = self._paint_heading(painter, figures)
        self._paint_price(painter, figures, blink)
        if width >= WIDE_FROM:
            self._paint_note(painter, figures, _MARGIN, 90, _LEFT_BLOCK - 24)
            self._paint_grid(painter, figures, _LEFT_BLOCK, width - _MARGIN, 12)
            painter.fillRect(QRectF(_LEFT_BLOCK - 17, 16, 1, height - 32), theme.color("line"))
        else:
            self._paint_note(painter, figures, right, 25, width - _MARGIN)
            painter.fillRect(QRectF(_MARGIN, 84, width - 2 * _MARGIN, 1), theme.color("line"))
            self._paint_grid(painter, figures, _MARGIN, width - _MARGIN, 87)

    def _paint_heading(self, painter: QPainter, figures: Figures) -> float:
        """Symbol, and the name of a market that is not the real one; returns where what follows may start."""
        theme = self._theme
        painter.setPen(theme.color("text"))
        x = self._change.left(painter, _MARGIN, 26, figures.symbol or "No symbol") + 10
        if figures.label:
            x = self._paint_chip(painter, x, figures.label, theme.color("accent")) + 8
        return x

    def _paint_note(self, painter: QPainter, figures: Figures, x: float, baseline: float, right: float) -> None:
        """Why the price is not live, with the mark of its look."""
        theme = self._theme
        if figures.trust is Trust.STALE:
            mark = icons.pixmap("clock-off", theme, "warning", 16, _ratio(painter))
            painter.drawPixmap(QPointF(x, baseline - 12), mark)
            x += 20
        elif figures.trust is Trust.INDICATIVE:
            painter.setPen(QPen(theme.color("muted"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x + 5, baseline - 4), 3.5, 3.5)
            x += 14
        if figures.note:
            painter.setPen(theme.color("warning" if figures.trust is Trust.STALE else "muted"))
            self._caption.left(painter, x, baseline, self._caption.elided(figures.note, right - x))

    def _paint_chip(self, painter: QPainter, x: float, text: str, color: QColor) -> float:
        width = self._chip.width(text) + 12
        box = QRectF(x + 0.5, 12.5, width, 17)
        painter.setPen(QPen(color, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        self._chip.left(painter, box.left() + 6, 24.5, text)
        return box.right()

    def _paint_price(self, painter: QPainter, figures: Figures, blink: int) -> None:
        theme = self._theme
        face = self._last_indicative if figures.trust is Trust.INDICATIVE else self._last
        width = face.width(figures.last)
        number = theme.color(_NUMBER_ROLE.get(figures.trust, "text"))
        if blink and figures.trust is Trust.LIVE:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.mixed("up" if blink > 0 else "down", "panel", BLINK_SHARE))
            painter.drawRoundedRect(QRectF(_MARGIN - 6, 37, width + 12, 40), 4, 4)
        painter.setPen(number)
        x = face.left(painter, _MARGIN, 71, figures.last)
        if figures.last_tail:
            self._tail.left(painter, x + 1, 71, figures.last_tail)
        x += self._tail.width("00") + 10
        flat = figures.trust in _NUMBER_ROLE
        painter.setPen(number if flat else theme.direction_color(figures.way))
        mark = "▲ " if figures.way > 0 else "▼ " if figures.way < 0 else ""
        self._change.left(painter, x, 53, mark + figures.change)
        self._change.left(painter, x, 72, figures.percent)

    def _paint_grid(self, painter: QPainter, figures: Figures, left: float, right: float, top: float) -> None:
        width = right - left
        columns = [left, left + width * 0.30, left + width * 0.60, left + width * 0.80]
        role = _NUMBER_ROLE.get(figures.trust, "text")
        row = 36
        for x, cell in zip(columns, (figures.bid, figures.ask, figures.spread, figures.mid), strict=True):
            self._paint_cell(painter, x, top, cell, role)
        self._paint_cell(painter, columns[0], top + row, figures.volume, role)
        self._paint_cell(painter, columns[1], top + row, figures.vwap, role)
        self._paint_range(painter, columns[2], right, top + row, figures.day, figures.trust)

    def _paint_cell(self, painter: QPainter, x: float, top: float, cell: Cell, role: str) -> None:
        self._paint_caption(painter, x, top, cell.caption)
        painter.setPen(self._theme.color(role))
        end = self._value.left(painter, x, top + 29, cell.value)
        if cell.estimated:
            self._underline(painter, x, top + 33, end - x)

    def _paint_caption(self, painter: QPainter, x: float, top: float, text: str) -> None:
        painter.setPen(self._theme.color("muted"))
        self._caption.left(painter, x, top + 12, text)

    def _underline(self, painter: QPainter, x: float, y: float, width: float) -> None:
        painter.setPen(QPen(self._theme.color("warning"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, y + 0.5), QPointF(x + width, y + 0.5))

    def _paint_range(self, painter: QPainter, left: float, right: float, top: float, day: Range, trust: Trust) -> None:
        theme = self._theme
        self._paint_caption(painter, left, top, day.caption)
        painter.setPen(theme.color(_NUMBER_ROLE.get(trust, "text")))
        low_end = self._bound.left(painter, left, top + 28, day.low)
        high_start = self._bound.right(painter, right, top + 28, day.high)
        if day.estimated:
            self._underline(painter, left, top + 33, low_end - left)
            self._underline(painter, high_start, top + 33, right - high_start)
        start, end = low_end + 10, high_start - 10
        if end - start < 24:
            return
        track = QRectF(start, top + 22, end - start, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(track, 2, 2)
        if math.isfinite(day.marker):
            at = start + day.marker * (end - start)
            if math.isfinite(day.opened):
                opened = start + day.opened * (end - start)
                painter.setBrush(theme.mixed("muted", "panel", 0.55))
                painter.drawRect(QRectF(min(at, opened), track.top(), abs(at - opened), 4))
            painter.setBrush(theme.color("stale" if trust is Trust.STALE else "accent"))
            painter.drawRoundedRect(QRectF(at - 2, track.top() - 4, 4, 12), 2, 2)


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return device.devicePixelRatioF() if device is not None else 1.0
