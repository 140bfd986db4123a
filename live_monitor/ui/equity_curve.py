"""The equity curve: net liquidation over time, painted as steps, with what it was under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.chips import Chip, Chips
from live_monitor.ui.equity_shape import EquityShape, shape_of, value_ticks
from live_monitor.ui.number_format import arrow, direction, format_change, format_price
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.text_cache import TextCache
from live_monitor.ui.theme import Theme

if TYPE_CHECKING:
    # The shell paints before numpy is loaded.
    import numpy as np
    from numpy.typing import NDArray

_EMPTY: Final = "The curve begins a minute after your first trade: what the account is worth, minute by minute."
_AXIS: Final = 76.0
_FOOT: Final = 20.0
_TOP: Final = 24.0
_LEAST_PLOT: Final = 24.0
_CHIPS: Final = (
    Chip("day", "Day", "The present exchange day"),
    Chip("all", "All", "Since the account was opened"),
)


def exchange_day_start(at_ms: int) -> int:
    """When the exchange day of an instant began, in market ms, by the calendar that paper accounts count days with."""
    calendar = us_equities()
    return calendar.span(calendar.trade_date(at_ms))[0]


class Read(NamedTuple):
    """The curve at one instant: market ms, and USD."""

    at_ms: int
    usd: float


class EquityPlot(QWidget):
    """Painted from a shape that is made anew when the curve or the size changed. Arrow keys walk along it."""

    def __init__(self, theme: Theme, wall_text: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wall_text = wall_text
        self._shape: EquityShape | None = None
        self._pointer: float | None = None
        self._curve: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None
        self._empty = _EMPTY
        self.setAccessibleName("Equity curve")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.set_theme(theme)

    @property
    def shape(self) -> EquityShape | None:
        """What is painted; None while there is no curve."""
        return self._shape

    @property
    def read(self) -> Read | None:
        """The curve under the pointer; None where no pointer is."""
        if self._shape is None or self._pointer is None:
            return None
        return Read(*self._shape.at(self._pointer))

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._text = TextCache(theme.font(11))
        self._strong = TextCache(theme.font(13, 600))
        self._line = QPen(theme.color("accent"), 1.5)
        self._dots = QPen(theme.color("muted"), 1, Qt.PenStyle.DotLine)
        self.update()

    def show_curve(self, ms: NDArray[np.int64], usd: NDArray[np.float64], empty: str = _EMPTY) -> None:
        """Takes a curve over: times that rise, and values of the same length; `empty` stands for less than two."""
        self._curve, self._empty = (ms, usd), empty
        self._reshape()

    def _reshape(self) -> None:
        if self._curve is not None:
            box = QRectF(8, _TOP, max(1.0, self.width() - _AXIS - 8), max(1.0, self.height() - _TOP - _FOOT))
            self._shape = shape_of(*self._curve, box)
            shape = self._shape
            self.setAccessibleDescription(
                self._empty if shape is None else f"{format_price(shape.last, 2)}, {self._change(shape.last)}"
            )
        self.update()

    def _change(self, usd: float) -> str:
        since = usd - self._shape.first if self._shape is not None else 0.0
        return f"{arrow(direction(round(since, 2)))} {format_change(since)}".strip()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter, theme, shape = QPainter(self), self._theme, self._shape
        painter.fillRect(self.rect(), theme.color("panel"))
        if shape is None:
            painter.setPen(theme.color("muted"))
            painter.setFont(theme.font(13))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(16, 16, -16, -16), int(flags), self._empty)
            painter.end()
            return
        box = shape.box
        if box.height() < _LEAST_PLOT:
            # The figure alone can be read.
            self._paint_reading(painter, shape)
            painter.end()
            return
        self._paint_values(painter, shape)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._dots)
        start = shape.y(shape.first)
        painter.drawLine(QPointF(box.left(), start), QPointF(box.right(), start))
        painter.setPen(self._line)
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in shape.points]))
        self._paint_times(painter, shape)
        self._paint_reading(painter, shape)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint_values(self, painter: QPainter, shape: EquityShape) -> None:
        for value, decimals in value_ticks(shape.low, shape.high, max(2, int(shape.box.height() // 40))):
            y = round(shape.y(value)) + 0.5
            painter.setPen(self._theme.color("grid"))
            painter.drawLine(QPointF(shape.box.left(), y), QPointF(shape.box.right(), y))
            painter.setPen(self._theme.color("muted"))
            self._text.right(painter, self.width() - 8, y + 4, format_price(value, decimals))

    def _paint_times(self, painter: QPainter, shape: EquityShape) -> None:
        painter.setPen(self._theme.color("muted"))
        first, last = self._wall_text(shape.begin_ms), self._wall_text(shape.end_ms)
        left = self._text.left(painter, shape.box.left(), self.height() - 6, first)
        if last != first and shape.box.right() - self._text.width(last) > left + 16:
            self._text.right(painter, shape.box.right(), self.height() - 6, last)

    def _paint_reading(self, painter: QPainter, shape: EquityShape) -> None:
        read = self.read
        at, usd = (shape.end_ms, shape.last) if read is None else read
        if read is not None and shape.box.height() >= _LEAST_PLOT:
            x = shape.x(at)
            painter.setPen(self._theme.color("crosshair"))
            painter.drawLine(QPointF(x, shape.box.top()), QPointF(x, shape.box.bottom()))
            painter.setBrush(self._theme.color("accent"))
            painter.drawEllipse(QPointF(x, shape.y(usd)), 3, 3)
        painter.setPen(self._theme.color("text"))
        end = self._strong.left(painter, 8, 16, format_price(usd, 2))
        painter.setPen(self._theme.direction_color(direction(round(usd - shape.first, 2))))
        end = self._text.left(painter, end + 8, 16, self._change(usd))
        painter.setPen(self._theme.color("muted"))
        when = self._wall_text(at)
        if end + 8 + self._text.width(when) < self.width() - 8:
            self._text.left(painter, end + 8, 16, when)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self._point(event.position().x())

    def leaveEvent(self, event: QEvent | None) -> None:
        self._pointer = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        steps = {Qt.Key.Key_Left: -8.0, Qt.Key.Key_Right: 8.0}
        step = steps.get(Qt.Key(event.key())) if event is not None else None
        if step is not None and self._shape is not None:
            at = self._shape.box.right() if self._pointer is None else self._pointer
            self._point(at + step)
            read = self.read
            if read is not None:
                self.setAccessibleDescription(f"{self._wall_text(read.at_ms)}: {format_price(read.usd, 2)}")
        elif event is not None and event.key() == Qt.Key.Key_Escape and self._pointer is not None:
            self._pointer = None
            self.update()
        else:
            super().keyPressEvent(event)

    def _point(self, x: float) -> None:
        if self._shape is not None:
            self._pointer = min(max(x, self._shape.box.left()), self._shape.box.right())
            self.update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._reshape()

    def sizeHint(self) -> QSize:
        return QSize(400, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 96)


class EquityCurve(QWidget):
    """The plot, of the present day or of all days. Main thread."""

    def __init__(
        self,
        theme: Theme,
        wall_text: Callable[[int], str],
        parent: QWidget | None = None,
        *,
        day_start: Callable[[int], int] = exchange_day_start,
    ) -> None:
        """`wall_text`: market ms as date and time of the exchange; `day_start`: when the exchange day of an instant
        began, both in market ms."""
        super().__init__(parent)
        self._seen: tuple[object, ...] = ()
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.chips = Chips("Stretch of the equity curve", _CHIPS, self)
        self.chips.setMaximumWidth(140)
        self.plot = EquityPlot(theme, wall_text, self)
        self.view = self.plot
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(4)
        layout.addWidget(self.chips)
        layout.addWidget(self.plot, 1)
        self.chips.chosen.connect(self._on_chip)
        self._day_start = day_start
        self._curve: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None
        self._now_ms = 0

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.plot.set_theme(theme)

    def refresh(self, paper: PaperView, now_ms: int) -> None:
        """Takes the curve over when it has grown, or its end has moved."""
        if not self.isVisible():
            return
        ms, usd = paper.equity()
        seen = (paper.account_id, len(ms), int(ms[-1]) if len(ms) else 0, float(usd[-1]) if len(usd) else 0.0)
        if seen == self._seen:
            return
        self._seen, self._curve, self._now_ms = seen, (ms, usd), now_ms
        self._cut()

    def _on_chip(self, _value: str) -> None:
        self._cut()

    def _cut(self) -> None:
        if self._curve is None:
            return
        ms, usd = self._curve
        first = 0
        if self.chips.value == "day" and len(ms):
            # One point before it: where the day began from.
            first = max(0, int(ms.searchsorted(self._day_start(self._now_ms))) - 1)
        # An account that has traded on other days does not begin today.
        empty = f"Nothing has changed today: {format_price(float(usd[-1]), 2)}." if len(ms) > 1 else _EMPTY
        self.plot.show_curve(ms[first:], usd[first:], empty)
