"""Time and sales: every print of the symbol in focus, newest on top.

Painted row by row from the tape: a table view would need a model row per print. Scrolling down stops
the list so that it can be read; going back to the top lets it run again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from PyQt6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from live_monitor.clock import Clock
from live_monitor.engine.market.exchanges import exchange_name
from live_monitor.ui.hub_view import HubView, TapeRowView, TapeView
from live_monitor.ui.number_format import format_compact, format_size, split_price
from live_monitor.ui.text_cache import TextCache
from live_monitor.ui.text_keys import typed_letter
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip

#: The list is repainted at most this often; faster than 20 Hz nobody reads.
REFRESH_EVERY_S: Final = 0.05
ROW_HEIGHT: Final = 20
HEADER_HEIGHT: Final = 26
#: What stands in an empty list: prints may come, or never will.
NO_PRINT_YET: Final = "No print yet"
NO_PRINTS: Final = "This source has no prints"
_PAD: Final = 10.0
_VENUE_WIDTH: Final = 62.0
_MAX_VENUES: Final = 256
#: Names too long for the column; the rest of each stays unmistakable.
_SHORT_NAMES: Final = {
    "FINRA TRF/ADF": "FINRA",
    "NYSE American": "NYSE Am.",
    "NYSE National": "NYSE Nat.",
    "NYSE Texas": "NYSE Tex.",
    "Cboe EDGA": "EDGA",
    "Cboe EDGX": "EDGX",
    "Cboe BYX": "BYX",
    "Cboe BZX": "BZX",
    "NASDAQ BX": "BX",
    "NASDAQ PSX": "PSX",
    "MIAX Pearl": "Pearl",
}


class TimeAndSales(QAbstractScrollArea):
    """Time, price, size and venue of the newest prints.

    A print that may not move the last price (odd lot, late, average price …) is dimmed. Buyers' prints (at or above
    the ask) carry the up colour and ▲, sellers' the down colour and ▼.
    """

    #: More prints came than were painted: another frame is wanted.
    frame_wanted = pyqtSignal()

    def __init__(
        self,
        theme: Theme,
        clock: Clock,
        clock_text: Callable[[int], str],
        describe: Callable[[str, int | str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._clock_text = clock_text
        self._describe = describe
        self._tape: TapeView | None = None
        self._rows: Sequence[TapeRowView] = ()
        self._total = 0
        self._nothing = NO_PRINT_YET
        self._focus = ""
        self._provider = ""
        self._paused_at: int | None = None
        self._newer = 0
        self._refreshed_at = -math.inf
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(round(REFRESH_EVERY_S * 1000))
        self._later.timeout.connect(self.frame_wanted)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Time and sales")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._bar = self.verticalScrollBar()
        assert self._bar is not None
        self._bar.valueChanged.connect(self._on_scrolled)
        self.set_theme(theme)

    @property
    def rows(self) -> Sequence[TapeRowView]:
        """Prints as shown, newest first."""
        return self._rows

    @property
    def paused(self) -> bool:
        """True while the list stands still for reading."""
        return self._paused_at is not None

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._text = TextCache(theme.font(12))
        self._tail = TextCache(theme.font(10))
        self._caption = TextCache(theme.font(11))
        self._venues: dict[int | str | None, str] = {}
        self._update_all()

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Takes over new prints, at most every `REFRESH_EVERY_S`; asks for a later frame when it was too soon."""
        tape = hub.tape
        focus = hub.focus or ""
        nothing = NO_PRINT_YET if hub.has_prints else NO_PRINTS
        if nothing != self._nothing:
            self._nothing = nothing
            self._update_all()
        if tape.total == self._total and focus == self._focus:
            return
        now = self._clock.monotonic()
        if now - self._refreshed_at < REFRESH_EVERY_S and focus == self._focus:
            if not self._later.isActive():
                self._later.start()
            return
        self._refreshed_at = now
        if focus != self._focus:
            self._focus = focus
            self._paused_at = None
            self._bar_to_top()
        if hub.link.provider != self._provider:
            self._provider = hub.link.provider
            self._venues.clear()
        self._total = tape.total
        if self._paused_at is not None:
            self._newer = tape.total - self._paused_at
            self._viewport().update(0, 0, self._viewport().width(), HEADER_HEIGHT + ROW_HEIGHT)
            return
        # Only what can be seen, and one page more to scroll into: making a row costs a microsecond.
        self._rows = tape.newest(2 * self._visible_rows())
        self._tape = tape
        self._fit_bar(len(tape))
        self._update_all()

    def resume(self) -> None:
        """Lets the list run again."""
        self._paused_at = None
        self._newer = 0
        self._total = -1
        self._bar_to_top()
        self.frame_wanted.emit()

    def _viewport(self) -> QWidget:
        viewport = self.viewport()
        assert viewport is not None
        return viewport

    def _visible_rows(self) -> int:
        return max(1, (self._viewport().height() - HEADER_HEIGHT) // ROW_HEIGHT + 1)

    def _fit_bar(self, count: int) -> None:
        page = max(1, self._visible_rows() - 1)
        assert self._bar is not None
        self._bar.setPageStep(page)
        self._bar.setRange(0, max(0, count - page))

    def _bar_to_top(self) -> None:
        assert self._bar is not None
        self._bar.blockSignals(True)
        self._bar.setValue(0)
        self._bar.blockSignals(False)

    def _on_scrolled(self, value: int) -> None:
        if value > 0 and self._paused_at is None:
            # Take all rows now: the tape goes on beneath, and what is being read must stand still.
            self._paused_at = self._total
            self._newer = 0
            if self._tape is not None:
                self._rows = self._tape.newest(len(self._tape))
        elif value == 0 and self._paused_at is not None:
            self.resume()
        self._update_all()

    def _update_all(self) -> None:
        self._viewport().update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        viewport = self._viewport()
        painter = QPainter(viewport)
        theme = self._theme
        width = float(viewport.width())
        painter.fillRect(viewport.rect(), theme.color("panel"))
        columns = self._columns(width)
        self._paint_header(painter, width, columns)
        first = self._bar.value() if self._bar is not None else 0
        top = float(HEADER_HEIGHT)
        if self.paused:
            self._paint_pause(painter, width, top)
            top += ROW_HEIGHT
        for row in self._rows[first : first + self._visible_rows()]:
            self._paint_row(painter, row, top, columns)
            top += ROW_HEIGHT
        if not self._rows:
            painter.setPen(theme.color("muted"))
            left = (width - self._text.width(self._nothing)) / 2
            self._text.left(painter, left, HEADER_HEIGHT + 36, self._nothing)
        painter.end()

    def _columns(self, width: float) -> tuple[float, float, float, float]:
        """Left of the time, right ends of price and size, left of the venue (0 when there is no room for it)."""
        time_left = _PAD
        time_width = self._text.width("00:00:00")
        venue = _VENUE_WIDTH + _PAD if width >= 230 else 0.0
        right = width - _PAD - venue
        middle = time_left + time_width
        return time_left, middle + (right - middle) * 0.56, right, (width - venue + 2) if venue else 0.0

    def _paint_header(self, painter: QPainter, width: float, columns: tuple[float, float, float, float]) -> None:
        theme = self._theme
        painter.setPen(theme.color("muted"))
        time_left, price_right, size_right, venue = columns
        self._caption.left(painter, time_left, 17, "Time")
        self._caption.right(painter, price_right, 17, "Price")
        self._caption.right(painter, size_right, 17, "Size")
        if venue:
            self._caption.left(painter, venue, 17, "Venue")
        painter.fillRect(QRectF(0, HEADER_HEIGHT - 1, width, 1), theme.color("line"))

    def _paint_pause(self, painter: QPainter, width: float, top: float) -> None:
        theme = self._theme
        painter.fillRect(QRectF(0, top, width, ROW_HEIGHT), theme.color("selection"))
        painter.setPen(theme.color("accent"))
        text = f"Paused · {format_compact(self._newer)} newer · click to go on"
        self._caption.left(painter, _PAD, top + 14, self._caption.elided(text, width - 2 * _PAD))

    def _paint_row(
        self, painter: QPainter, row: TapeRowView, top: float, columns: tuple[float, float, float, float]
    ) -> None:
        theme = self._theme
        time_left, price_right, size_right, venue = columns
        baseline = top + 14.5
        painter.setPen(theme.color("muted" if row.eligible else "stale"))
        self._text.left(painter, time_left, baseline, self._clock_text(row.timestamp_ms))
        if venue:
            self._text.left(painter, venue, baseline, self._venue(row.exchange))
        if row.eligible:
            painter.setPen(theme.direction_color(row.side) if row.side else theme.color("text"))
        cents, tail = split_price(row.price)
        if row.eligible and row.side:
            cents = ("▲ " if row.side > 0 else "▼ ") + cents
        # Decimal points stand below one another, whether a print has two decimals or four.
        self._text.right(painter, price_right, baseline, cents)
        if tail:
            self._tail.left(painter, price_right + 1, baseline, tail)
        if row.eligible:
            painter.setPen(theme.color("text"))
        self._text.right(painter, size_right, baseline, format_size(row.size))

    def _venue(self, exchange: int | str | None) -> str:
        text = self._venues.get(exchange)
        if text is None:
            name = exchange_name(exchange, self._provider) if exchange is not None else ""
            text = self._text.elided(_SHORT_NAMES.get(name, name), _VENUE_WIDTH)
            if len(self._venues) < _MAX_VENUES:
                self._venues[exchange] = text
        return text

    def row_at(self, y: float) -> TapeRowView | None:
        """The print under a height in the viewport."""
        top = HEADER_HEIGHT + (ROW_HEIGHT if self.paused else 0)
        first = self._bar.value() if self._bar is not None else 0
        number = int((y - top) // ROW_HEIGHT) + first
        return self._rows[number] if y >= top and 0 <= number < len(self._rows) else None

    def hint(self, row: TapeRowView) -> str:
        """What the conditions of a print mean, as plain text."""
        names = [self._describe(self._provider, condition) for condition in row.conditions]
        what = ", ".join(names) if names else "Regular sale"
        return what if row.eligible else f"{what}: does not move the last price"

    def viewportEvent(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self.row_at(event.pos().y())
            QToolTip.showText(event.globalPos(), plain_tooltip(self.hint(row)) if row is not None else "", self)
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and self.paused and event.position().y() < HEADER_HEIGHT + ROW_HEIGHT:
            self.resume()
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or typed_letter(event) or self._bar is None:
            if event is not None:
                event.ignore()
            return
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -20, Qt.Key.Key_PageDown: 20}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self._bar.setValue(self._bar.value() + step)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_Escape) and self.paused:
            self.resume()
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self._paused_at is None:
            self._total = -1
            self.frame_wanted.emit()

    def sizeHint(self) -> QSize:
        return QSize(260, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 120)
