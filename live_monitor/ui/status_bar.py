"""The bottom line: is the feed well, and is the screen keeping up?"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from PyQt6.QtCore import QPointF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QStatusBar, QWidget

from live_monitor.clock import Clock
from live_monitor.ui.frame_pacer import FramePacer
from live_monitor.ui.hub_view import HubView
from live_monitor.ui.number_format import DASH, format_compact, format_milliseconds
from live_monitor.ui.theme import Theme

#: The figures change at most this often: faster they could not be read.
REFRESH_EVERY_S: Final = 0.5
_GAP: Final = 20.0
_STATE_ROLES: Final = {"live": "up", "failed": "down", "retrying": "warning", "connecting": "warning"}


class Item(NamedTuple):
    """One figure: caption, value, colour role of the value, dot before it or not, and its widest value."""

    caption: str
    value: str
    role: str = "text"
    dot: str = ""
    widest: str = ""


class RateMeter:
    """Events a second, smoothed over about two seconds."""

    def __init__(self) -> None:
        self._at = math.nan
        self._count = 0
        self.rate = 0.0

    def note(self, now: float, count: int) -> float:
        """Takes the running total at `now` (monotonic s); returns events a second."""
        elapsed = now - self._at
        if math.isfinite(elapsed) and elapsed > 0:
            fresh = max(0, count - self._count) / elapsed
            weight = 1 - math.exp(-elapsed / 2.0)
            self.rate += (fresh - self.rate) * weight
            if self.rate < 0.05:
                self.rate = 0.0
        self._at, self._count = now, count
        return self.rate


class StatusStrip(QWidget):
    """Captions and figures in fixed places, painted in one go."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: tuple[Item, ...] = ()
        self.setAccessibleName("Status of feed and screen")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._font = theme.font(12)
        self._value = theme.font(12, 500)
        self._metrics = QFontMetricsF(self._font)
        self._value_metrics = QFontMetricsF(self._value)
        self.update()

    def show_items(self, items: tuple[Item, ...]) -> None:
        """Repaints when a figure changed."""
        if items != self.items:
            self.items = items
            self.setAccessibleDescription(", ".join(f"{item.caption} {item.value}" for item in items))
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, middle = 12.0, self.height() / 2
        for item in self.items:
            x = self._paint_item(painter, item, x, middle) + _GAP
        painter.end()

    def _paint_item(self, painter: QPainter, item: Item, x: float, middle: float) -> float:
        theme, baseline = self._theme, middle + 4
        if item.dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(item.dot))
            painter.drawEllipse(QPointF(x + 4, middle), 3.5, 3.5)
            x += 13
        painter.setFont(self._font)
        painter.setPen(theme.color("muted"))
        painter.drawText(QPointF(x, baseline), item.caption)
        x += self._metrics.horizontalAdvance(item.caption) + 6
        painter.setFont(self._value)
        painter.setPen(theme.color(item.role))
        painter.drawText(QPointF(x, baseline), item.value)
        return x + max(self._value_metrics.horizontalAdvance(text) for text in (item.value, item.widest))

    def sizeHint(self) -> QSize:
        return QSize(400, 24)


class StatusBar(QStatusBar):
    """Provider, lag, rate, tick to paint, losses; messages come and go on the right."""

    def __init__(self, theme: Theme, clock: Clock, pacer: FramePacer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._pacer = pacer
        self._rate = RateMeter()
        self._refreshed_at = -math.inf
        self.strip = StatusStrip(theme, self)
        self.setSizeGripEnabled(False)
        self.addPermanentWidget(self.strip, 1)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.strip.set_theme(theme)

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Brings the figures up to date, at most every `REFRESH_EVERY_S`."""
        now = self._clock.monotonic()
        if now - self._refreshed_at < REFRESH_EVERY_S:
            return
        self._refreshed_at = now
        counters, link = hub.counters, hub.link
        rate = self._rate.note(now, counters.events)
        live = link.state == "live"
        lag = format_milliseconds(hub.lag_ms).replace(".0 ms", " ms") if live and counters.events else DASH
        paint = format_milliseconds(self._pacer.tick_to_paint.percentile(0.99))
        dropped = counters.dropped_trades
        state = link.state if not live else ""
        provider = " ".join(part for part in (link.provider or "no provider", state) if part)
        items = [
            Item("", provider, "text" if live else "muted", _STATE_ROLES.get(link.state, "muted")),
            Item("Feed lag", lag, "warning" if live and hub.lag_ms > 5_000 else "text", widest="888 ms"),
            Item("Ticks/s", format_compact(rate), widest="888.8K"),
            Item("Tick→paint p99", paint, widest="888 ms"),
            Item("Dropped", f"{dropped:,}", "warning" if dropped else "text", widest="0"),
        ]
        if counters.conflated_quotes:
            items.append(Item("Quotes conflated", format_compact(counters.conflated_quotes)))
        self.strip.show_items(tuple(items))
