"""Draws one tile of the watchlist."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PyQt6.QtCore import QModelIndex, QObject, QRectF, QSize, Qt
from PyQt6.QtGui import QPainter
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from live_monitor.ui.number_format import arrow
from live_monitor.ui.text_cache import TextCache
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticker_painter import BLINK_SHARE

if TYPE_CHECKING:
    from live_monitor.ui.watchlist import Tile

TILE_ROLE: Final = Qt.ItemDataRole.UserRole + 1
TILE_HEIGHT: Final = 52
_PAD: Final = 12.0
_MARGIN: Final = 6.0


class TileDelegate(QStyledItemDelegate):
    """Symbol and last price above, day range and change below; the focus symbol has an accent edge."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Colours and fonts for the next paint."""
        self._theme = theme
        self._symbol = TextCache(theme.font(13, 600))
        self._last = TextCache(theme.font(14, 500))
        self._small = TextCache(theme.font(12, 500))
        self._note = TextCache(theme.font(11))
        self._tail = TextCache(theme.font(10, 500))
        self._tail_width = self._tail.width("00") + 1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(160, TILE_HEIGHT)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        tile: Tile | None = index.data(TILE_ROLE)
        if painter is None or tile is None:
            return
        theme = self._theme
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = option.state
        if tile.focused:
            painter.fillRect(box, theme.color("selection"))
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), theme.color("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("raised"))
        painter.fillRect(QRectF(box.left() + _PAD, box.bottom() - 1, box.width() - 2 * _PAD, 1), theme.color("line"))
        # Hundredths of a cent stand in the margin: with and without them the price keeps its place.
        left, right, top = box.left() + _PAD, box.right() - _MARGIN - self._tail_width, box.top()
        self._paint_numbers(painter, tile, left, right, top)
        self._paint_range(painter, tile, left, right, top)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -1.5))
        painter.restore()

    def _paint_numbers(self, painter: QPainter, tile: Tile, left: float, right: float, top: float) -> None:
        theme = self._theme
        # Grey on the tinted tile of the focus symbol would fall under the contrast limit; `muted` does not.
        grey = "muted" if tile.focused else "stale"
        width = self._last.width(tile.last)
        tail = self._tail_width if tile.tail else 0.0
        if tile.blink:
            ground = "selection" if tile.focused else "panel"
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.mixed("up" if tile.blink > 0 else "down", ground, BLINK_SHARE))
            painter.drawRoundedRect(QRectF(right - width - 4, top + 7, width + tail + 8, 20), 4, 4)
        painter.setPen(theme.color("text"))
        self._symbol.left(painter, left, top + 22, self._symbol.elided(tile.symbol, right - width - 8 - left))
        painter.setPen(theme.color("text" if tile.trusted else grey))
        self._last.right(painter, right, top + 22, tile.last)
        if tile.tail:
            self._tail.left(painter, right + 1, top + 22, tile.tail)
        if tile.problem:
            # The reason needs the whole line, and says more than the change of a price that does not move.
            return
        painter.setPen(theme.direction_color(tile.way) if tile.trusted else theme.color(grey))
        self._small.right(painter, right, top + 41, f"{arrow(tile.way)} {tile.percent}".strip())

    def _paint_range(self, painter: QPainter, tile: Tile, left: float, right: float, top: float) -> None:
        theme = self._theme
        if tile.problem:
            painter.setPen(theme.color("warning"))
            self._note.left(painter, left, top + 41, self._note.elided(tile.problem, right - left))
            return
        if not math.isfinite(tile.place):
            return
        width = min(72.0, (right - left) * 0.42)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("line"))
        painter.drawRoundedRect(QRectF(left, top + 35, width, 3), 1.5, 1.5)
        at = left + tile.place * width
        if math.isfinite(tile.opened):
            opened = left + tile.opened * width
            painter.setBrush(theme.mixed("muted", "panel", 0.7))
            painter.drawRect(QRectF(min(at, opened), top + 35, abs(at - opened), 3))
        painter.setBrush(theme.color("accent" if tile.trusted else "stale"))
        painter.drawRoundedRect(QRectF(at - 1.5, top + 32, 3, 9), 1.5, 1.5)
