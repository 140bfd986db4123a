"""The price in focus and whether it can be trusted: one painted widget, read from across the desk."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_monitor.clock import Clock
from live_monitor.ui.hub_view import HubView, TickerView
from live_monitor.ui.number_format import format_age
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticker_figures import Figures, compose
from live_monitor.ui.ticker_painter import NARROW_HEIGHT, WIDE_FROM, WIDE_HEIGHT, TickerPainter
from live_monitor.ui.trust import LEGEND, Trust, price_trust

#: A blink is short, and a new one starts at most twice a second: three flashes a second are the limit of WCAG 2.3.1.
BLINK_MS: Final = 250
BLINK_EVERY_S: Final = 0.5
#: Level 1 that is younger has no age beside it while the market is open.
_OLD_FROM_S: Final = 60.0
_NO_FIGURES: Final = compose(None, "", "", Trust.INDICATIVE, "", str)
_MARKET_NOTES: Final = {
    "closed": "market closed",
    "pre": "pre-market",
    "post": "after hours",
    "unknown": "session unknown",
}


class TickerPanel(QWidget):
    """Last price, change, quote, spread, mid, volume, VWAP and day range of the symbol in focus."""

    #: The panel has painted; no payload, main thread. Ends a tick-to-paint measurement.
    painted = pyqtSignal()

    def __init__(
        self, theme: Theme, clock: Clock, clock_text: Callable[[int], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._clock_text = clock_text
        self._painter = TickerPainter(theme)
        self._figures = _NO_FIGURES
        self._seen: tuple[object, ...] = ()
        self._last_price = math.nan
        self._blink = 0
        self._blink_started = -math.inf
        self._blink_end = QTimer(self)
        self._blink_end.setSingleShot(True)
        self._blink_end.setInterval(BLINK_MS)
        self._blink_end.timeout.connect(self._end_blink)
        self._spoken_at = -math.inf
        self.reduce_motion = False
        self.trust = Trust.INDICATIVE
        self.age_s = math.nan
        self.standing = ""
        self.setObjectName("ticker_panel")
        self.setAccessibleName("Price of the symbol in focus")
        self.setToolTip("\n".join(text for _trust, text in LEGEND))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # Every pixel is painted here: Qt need not paint the ground beneath.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFixedHeight(WIDE_HEIGHT)

    @property
    def figures(self) -> Figures:
        """What is on the screen, as text."""
        return self._figures

    @property
    def blinking(self) -> int:
        """+1 or −1 while the last price is tinted, else 0."""
        return self._blink

    @property
    def blink_ms(self) -> int:
        """How long a blink lasts."""
        return self._blink_end.interval()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._painter = TickerPainter(theme)
        self.update()

    def refresh(self, hub: HubView, now_ms: int) -> bool:
        """Takes over what changed in the hub; True when a repaint follows."""
        symbol = hub.focus or ""
        state = hub.state(symbol) if symbol else None
        now = self._clock.monotonic()
        trust = self._judge(hub, state, now, now_ms)
        note = self._note(hub, state, trust, now_ms)
        seen = (symbol, id(state), state.version if state is not None else -1, trust, note, hub.link.label)
        if seen == self._seen:
            return False
        same_symbol = bool(self._seen) and self._seen[0] == symbol
        self._seen = seen
        figures = compose(state, symbol, hub.link.label, trust, note, self._clock_text)
        last = state.last if state is not None else math.nan
        blinked = same_symbol and trust is Trust.LIVE and self._start_blink(last, now)
        self._last_price = last
        if figures == self._figures and not blinked:
            return False
        self._figures = figures
        if now - self._spoken_at >= 1.0:
            self._spoken_at = now
            self.setAccessibleDescription(figures.spoken())
        self.update()
        return self.isVisible()

    def _judge(self, hub: HubView, state: TickerView | None, now: float, now_ms: int) -> Trust:
        received = state.received if state is not None else 0.0
        self.age_s = max(0.0, now - received) if received > 0 else math.nan
        flow = hub.focus_flow()
        # A feed that runs as fast as it can sends clock frames of speed 0 between its steps: only silence is a pause.
        paused = hub.clock.speed == 0 and flow != "live"
        self.standing = "ENDED" if hub.feed_ended else "PAUSED" if paused else ""
        self.trust = price_trust(
            hub.link.state,
            hub.calendar.market_state(now_ms),
            flow,
            heard=received > 0,
            standing=bool(self.standing),
        )
        return self.trust

    def _note(self, hub: HubView, state: TickerView | None, trust: Trust, now_ms: int) -> str:
        problem = hub.problems.get(hub.focus or "")
        if problem:
            return problem
        told_s = _told_age_s(hub, state, now_ms)
        if trust is Trust.STALE:
            age_s = max(self.age_s, told_s) if math.isfinite(told_s) else self.age_s
            if math.isfinite(age_s):
                return f"last update {format_age(age_s)} ago"
            return hub.link.message or "no data"
        market_note = _MARKET_NOTES.get(hub.calendar.market_state(now_ms), "")
        old = told_s >= _OLD_FROM_S or (trust is Trust.INDICATIVE and math.isfinite(told_s))
        age = f"{format_age(told_s)} old" if old else ""
        if trust is Trust.INDICATIVE:
            return _joined("indicative", self.standing.lower() or market_note or ("" if age else "no print yet"), age)
        return _joined(market_note, age)

    def _start_blink(self, last: float, now: float) -> bool:
        if not (math.isfinite(last) and math.isfinite(self._last_price)) or last == self._last_price:
            return False
        if self.reduce_motion or now - self._blink_started < BLINK_EVERY_S:
            return False
        self._blink = 1 if last > self._last_price else -1
        self._blink_started = now
        self._blink_end.start()
        return True

    def _end_blink(self) -> None:
        self._blink = 0
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        self._painter.paint(painter, self.width(), self.height(), self._figures, self._blink)
        painter.end()
        self.painted.emit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        wanted = WIDE_HEIGHT if self.width() >= WIDE_FROM else NARROW_HEIGHT
        if self.height() != wanted:
            self.setFixedHeight(wanted)

    def sizeHint(self) -> QSize:
        return QSize(WIDE_FROM, WIDE_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(420, WIDE_HEIGHT)


def _told_age_s(hub: HubView, state: TickerView | None, now_ms: int) -> float:
    """How old the price is by what the source says of it; NaN where prints say when they were.

    Of level 1 alone, say a workbook that was saved, the time of its coming says nothing of its age.
    """
    if state is None or hub.has_prints:
        return math.nan
    told_ms = state.last_ms if math.isfinite(state.last) else state.quote_ms
    return max(0.0, (now_ms - told_ms) / 1_000) if told_ms else math.nan


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
