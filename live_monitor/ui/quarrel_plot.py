"""The two painted parts of a provider quarrel: the comparison as a small table, and the distance over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_monitor.engine.market.quarrel import TOLERANCE, WINDOW_S
from live_monitor.ui.quarrel_words import QuarrelRow, signed
from live_monitor.ui.theme import Theme

_LINE: Final = 22
_BASELINE: Final = 15.0
_CAPTIONS: Final = (52.0, 80.0)
_COLUMN: Final = 76.0
#: So wide a column grows for a long title.
_WIDEST: Final = 132.0
#: Left free between columns.
_ROOM: Final = 8.0
_GAP: Final = 16.0
_TOP: Final = 16.0
_FOOT: Final = 16.0


class QuarrelTable(QWidget):
    """Prices of both sources with their difference, and beside them how they are doing; nothing around them moves."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = ("", "")
        self._rows: tuple[QuarrelRow, ...] = ()
        self.setAccessibleName("Both sources side by side")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_theme(theme)

    @property
    def rows(self) -> Sequence[QuarrelRow]:
        """What is shown."""
        return self._rows

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self.update()

    def show_rows(self, titles: tuple[str, str], rows: tuple[QuarrelRow, ...]) -> None:
        """Takes the comparison over; paints only when something changed."""
        if (titles, rows) == (self._titles, self._rows):
            return
        grown = len(rows) != len(self._rows) or titles != self._titles
        self._titles, self._rows = titles, rows
        self.setAccessibleDescription(
            "; ".join(f"{row.caption}: {titles[0]} {row.first}, {titles[1]} {row.second}" for row in rows)
        )
        if grown:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lines = max((len(rows) for rows in self._blocks()), default=0)
        one, other = self._widths()
        return QSize(round(sum(_CAPTIONS) + 2 * (one + other) + _COLUMN + _GAP), (lines + 1) * _LINE)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        theme, painter = self._theme, QPainter(self)
        quiet, figures = theme.font(12), theme.font(13, 500)
        widths = (*self._widths(), _COLUMN)
        left = 0.0
        for rows, caption in zip(self._blocks(), _CAPTIONS, strict=True):
            columns = 3 if any(row.difference for row in rows) else 2
            edges = tuple(accumulate(widths[:columns], initial=left + caption))
            heads = ("", *self._titles, "Difference")[: columns + 1]
            self._paint_line(painter, (left, *edges), _BASELINE, heads, (quiet, "muted", "muted"))
            for at, row in enumerate(rows, start=1):
                texts = (row.caption, row.first, row.second, row.difference)[: columns + 1]
                self._paint_line(painter, (left, *edges), at * _LINE + _BASELINE, texts, (figures, "text", row.role))
            left = edges[-1] + _GAP
        painter.end()

    def _blocks(self) -> tuple[tuple[QuarrelRow, ...], tuple[QuarrelRow, ...]]:
        """What can be compared, and what belongs to each source alone."""
        rows = self._rows
        return tuple(row for row in rows if row.difference), tuple(row for row in rows if not row.difference)

    def _widths(self) -> tuple[float, float]:
        """Of the columns of the two sources: as wide as their titles, within reason."""
        metrics = QFontMetricsF(self._theme.font(12))
        one, other = (metrics.horizontalAdvance(title) + _ROOM for title in self._titles)
        return min(max(one, _COLUMN), _WIDEST), min(max(other, _COLUMN), _WIDEST)

    def _paint_line(
        self,
        painter: QPainter,
        edges: tuple[float, ...],
        base: float,
        texts: tuple[str, ...],
        look: tuple[QFont, str, str],
    ) -> None:
        """`edges`: left edge of the caption, then those between the columns; `base`: baseline."""
        theme, (font, role, last_role) = self._theme, look
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("muted"))
        painter.drawText(QPointF(edges[0], base), texts[0])
        painter.setFont(font)
        metrics = QFontMetricsF(painter.font())
        for column, (text, (begin, end)) in enumerate(zip(texts[1:], pairwise(edges[1:]), strict=True)):
            painter.setPen(theme.color(last_role if column == 2 else role))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, end - begin - _ROOM)
            painter.drawText(QPointF(end - metrics.horizontalAdvance(shown), base), shown)


class DistancePlot(QWidget):
    """The largest distance of each second of the window, up for the second source above the first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._course: tuple[tuple[int, float], ...] = ()
        self._now = 0.0
        self.setAccessibleName("Difference over the last five minutes")
        self.setMinimumSize(160, 72)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self.update()

    def show_course(self, course: tuple[tuple[int, float], ...], now: float) -> None:
        """Takes the seconds over (`QuarrelReading.course`); `now` is the right edge, in monotonic seconds."""
        if (course, int(now)) != (self._course, int(self._now)):
            self._course, self._now = course, now
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        box = QRectF(0, _TOP, self.width() - 64, max(8.0, self.height() - _TOP - _FOOT))
        middle = round(box.center().y()) + 0.5
        painter.setPen(theme.color("line"))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        largest = max((abs(apart) for _, apart in self._course), default=0.0)
        # A cent is the least that is worth the whole height: rounding must not look like a quarrel.
        scale = (box.height() / 2) / max(largest, 0.01)
        width = box.width() / WINDOW_S
        for second, apart in self._course:
            if abs(apart) < TOLERANCE / 10:
                continue
            left = box.right() - (math.floor(self._now) + 1 - second) * width
            if left < box.left():
                continue
            top = middle - max(apart, 0.0) * scale
            painter.fillRect(
                QRectF(left, top, max(1.0, width), abs(apart) * scale),
                theme.color("warning" if abs(apart) > TOLERANCE else "muted"),
            )
        self._paint_words(painter, box, max(largest, 0.01))
        painter.end()

    def _paint_words(self, painter: QPainter, box: QRectF, largest: float) -> None:
        theme = self._theme
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("muted"))
        for apart, at in ((largest, box.top() + 8), (-largest, box.bottom())):
            painter.drawText(QPointF(box.right() + 8, at), signed(apart))
        painter.drawText(QPointF(0, self.height() - 3.0), "5 min ago")
        metrics = QFontMetricsF(painter.font())
        painter.drawText(QPointF(box.right() - metrics.horizontalAdvance("now"), self.height() - 3.0), "now")
