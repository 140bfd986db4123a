"""The bottom line: is the feed well, and is the screen keeping up?"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from PyQt6.QtCore import QEvent, QPointF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QStatusBar, QToolTip, QWidget

from live_monitor.clock import Clock
from live_monitor.engine.market.sessions import hms
from live_monitor.ui.frame_pacer import FramePacer
from live_monitor.ui.hub_view import CountersView, GapView, HubView
from live_monitor.ui.number_format import DASH, format_compact, format_milliseconds
from live_monitor.ui.provider_names import provider_name
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip
from live_monitor.ui.trust import Trust, price_trust

#: The figures change at most this often: faster they could not be read.
REFRESH_EVERY_S: Final = 0.5
_GAP: Final = 20.0
#: Above this the machine's clock is said to be behind the exchange's (faults T4).
SKEW_SHOWN_MS: Final = 1_000
_LAG_WARNS_MS: Final = 5_000
#: Lag and skew are the least of so many readings: one late print is no lag.
_READINGS: Final = 3
_GAPS_TOLD: Final = 5
_KEPT: Final = (
    "Bars are kept as they close, and found again at the next start. File ▸ History… says where, and for how long."
)
_STATE_ROLES: Final = {"live": "up", "failed": "down", "retrying": "warning", "connecting": "warning"}
_STATE_WORDS: Final = {
    "idle": "not connected",
    "connecting": "connecting",
    "retrying": "reconnecting",
    "stopped": "disconnected",
    "failed": "failed",
}


class Item(NamedTuple):
    """One figure: caption, value, colour role of the value, dot before it or not, its widest value, and what the
    tooltip says (plain text, lines)."""

    caption: str
    value: str
    role: str = "text"
    dot: str = ""
    widest: str = ""
    detail: str = ""


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
        middle = self.height() / 2
        for item, left, _right in self._places():
            self._paint_item(painter, item, left, middle)
        painter.end()

    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent):
            item = self.item_at(event.pos().x())
            text = plain_tooltip(item.detail) if item is not None else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def item_at(self, x: float) -> Item | None:
        """The figure at `x` pixels from the left."""
        return next((item for item, left, right in self._places() if left <= x < right), None)

    def _places(self) -> Iterator[tuple[Item, float, float]]:
        """Each figure with its left and right edge in pixels."""
        x = 12.0
        for item in self.items:
            caption = self._metrics.horizontalAdvance(item.caption) + 6 if item.caption else 0.0
            value = max(self._value_metrics.horizontalAdvance(text) for text in (item.value, item.widest))
            right = x + (13 if item.dot else 0) + caption + value
            yield item, x, right
            x = right + _GAP

    def _paint_item(self, painter: QPainter, item: Item, x: float, middle: float) -> None:
        theme, baseline = self._theme, middle + 4
        if item.dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(item.dot))
            painter.drawEllipse(QPointF(x + 4, middle), 3.5, 3.5)
            x += 13
        painter.setFont(self._font)
        painter.setPen(theme.color("muted"))
        if item.caption:
            painter.drawText(QPointF(x, baseline), item.caption)
            x += self._metrics.horizontalAdvance(item.caption) + 6
        painter.setFont(self._value)
        painter.setPen(theme.color(item.role))
        painter.drawText(QPointF(x, baseline), item.value)

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
        self._link_state = ""
        self._lags: deque[float] = deque(maxlen=_READINGS)
        self._skews: deque[float] = deque(maxlen=_READINGS)
        self.strip = StatusStrip(theme, self)
        self.setSizeGripEnabled(False)
        self.addPermanentWidget(self.strip, 1)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.strip.set_theme(theme)

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Brings the figures up to date, at most every `REFRESH_EVERY_S`; a change of the link shows at once."""
        now = self._clock.monotonic()
        if now - self._refreshed_at < REFRESH_EVERY_S and hub.link.state == self._link_state:
            return
        self._link_state = hub.link.state
        self._refreshed_at = now
        counters = hub.counters
        rate = self._rate.note(now, counters.events)
        paint = format_milliseconds(self._pacer.tick_to_paint.percentile(0.99))
        items = [
            self._provider(hub, now_ms),
            self._lag(hub),
            Item(
                "Ticks/s", format_compact(rate), widest="888.8K", detail="Events received in a second, of all symbols."
            ),
            Item(
                "Tick→paint p99",
                paint,
                widest="888 ms",
                detail="99 of 100 events stand on the screen within this time after they arrived.",
            ),
            *losses(counters),
            *store_light(hub),
        ]
        skew = self._skew(hub)
        if skew > SKEW_SHOWN_MS:
            told = f"clock {skew / 1000:.1f} s behind the exchange"
            detail = "This machine's clock is behind the times in the events. Ages are counted without it."
            items.append(Item("", told, "warning", "warning", detail=detail))
        self.strip.show_items(tuple(items))

    def _provider(self, hub: HubView, now_ms: int) -> Item:
        """Where prices come from, and whether they come: a silent feed has no green dot."""
        link = hub.link
        name = provider_name(link.provider, link.label, link.state)
        if link.state != "live":
            state = _STATE_WORDS.get(link.state, link.state)
            return Item("", f"{name} · {state}", "muted", _STATE_ROLES.get(link.state, "muted"), detail=link.message)
        standing = bool(hub.feed_ended) or hub.clock.speed == 0
        market = hub.calendar.market_state(now_ms)
        trust = price_trust(link.state, market, hub.focus_flow(), heard=True, standing=standing)
        if trust is Trust.STALE:
            return Item("", f"{name} · silent", "warning", "warning", detail="Connected, but no data arrives.")
        return Item("", name, "text", _STATE_ROLES["live"], detail=hub.feed_ended or "Connected.")

    def _lag(self, hub: HubView) -> Item:
        detail = "How far the newest event of the symbol in focus lies behind market time."
        if hub.link.state != "live" or not hub.counters.events:
            self._lags.clear()
            return Item("Feed lag", DASH, widest="888 ms", detail=detail)
        self._lags.append(hub.lag_ms / _pace(hub))
        lag = min(self._lags)
        text = format_milliseconds(lag).replace(".0 ms", " ms")
        return Item("Feed lag", text, "warning" if lag > _LAG_WARNS_MS else "text", widest="888 ms", detail=detail)

    def _skew(self, hub: HubView) -> float:
        """How far the machine's clock is behind the exchange's, in ms; 0 while market time stands still or jumps."""
        if hub.link.state != "live" or hub.clock.speed == 0:
            self._skews.clear()
            return 0.0
        self._skews.append(hub.skew_ms / _pace(hub))
        return min(self._skews)


def store_light(hub: HubView) -> list[Item]:
    """Whether bars are kept; nothing where none are to be kept."""
    if hub.store_notice:
        return [Item("Bars", "not kept", "warning", "warning", detail=hub.store_notice)]
    return [Item("Bars", "kept", dot="up", widest="not kept", detail=_KEPT)] if hub.keeps_bars else []


def losses(counters: CountersView) -> list[Item]:
    """What was lost or left out: prints dropped, stretches missed and not filled, quotes conflated."""
    dropped, stretches = counters.dropped_trades, _stretches(counters.gaps)
    left_open = sum(not stretch.healed for stretch in stretches)
    detail = loss_detail(counters)
    items = [Item("Dropped", f"{dropped:,}", "warning" if dropped else "text", widest="0", detail=detail)]
    if left_open:
        items.append(Item("Open gaps", f"{left_open:,}", "warning", detail=detail))
    if counters.conflated_quotes:
        told = "Quotes that newer ones of the same symbol overtook under load; no print is among them."
        items.append(Item("Quotes conflated", format_compact(counters.conflated_quotes), detail=told))
    return items


def loss_detail(counters: CountersView) -> str:
    """The newest gaps, and what was refused, as lines of plain text."""
    stretches = _stretches(counters.gaps)
    lines = [stretch.told() for stretch in reversed(stretches[-_GAPS_TOLD:])]
    if len(stretches) > _GAPS_TOLD:
        lines.append(f"and {len(stretches) - _GAPS_TOLD:,} older ones")
    lines += [f"refused: {reason} × {count:,}" for reason, count in sorted(counters.rejected.items())]
    return "\n".join(lines) or "Nothing was lost or refused, as far as is known."


class _Stretch:
    """One lost connection is one gap, however many symbols it held; it is filled once it is for all of them."""

    def __init__(self, gap: GapView) -> None:
        self._gap = gap
        self.symbols: list[str] = []
        self.healed = True

    def add(self, gap: GapView) -> None:
        self.symbols.append(gap.symbol or "all symbols")
        self.healed &= gap.healed

    def told(self) -> str:
        """`10:00:05–10:00:06 AAPL: prints missed (filled)`."""
        gap = self._gap
        who = self.symbols[0] if len(self.symbols) == 1 else f"{len(self.symbols)} symbols"
        filled = " (filled)" if self.healed and gap.to_ms > gap.from_ms else ""
        return f"{hms(gap.from_ms)}–{hms(gap.to_ms)} {who}: {gap.reason}{filled}"


def _stretches(gaps: Sequence[GapView]) -> list[_Stretch]:
    """Gaps by stretch and reason, in their order."""
    found: dict[tuple[int, int, str], _Stretch] = {}
    for gap in gaps:
        found.setdefault((gap.from_ms, gap.to_ms, gap.reason), _Stretch(gap)).add(gap)
    return list(found.values())


def _pace(hub: HubView) -> float:
    """Market seconds per real second, at least 1: lag and skew are told in real time."""
    return max(1.0, hub.clock.speed)
