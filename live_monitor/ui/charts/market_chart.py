"""The candle chart beside the hub: which series, which markers, what is written behind them.

Imports numpy, so the window puts it in after its first paint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_monitor.data.models.market_data import NAN
from live_monitor.data.models.timeframe import MINUTE, MONTH, SECOND, WEEK, Timeframe
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.gaps import holes_of
from live_monitor.ui.charts.look import AlertLine
from live_monitor.ui.charts.markers import ChartMarker, MarkerKind
from live_monitor.ui.charts.time_ticks import DAY_MS, SessionTable, bar_label, date_label
from live_monitor.ui.provider_names import unreal
from live_monitor.ui.theme import Theme
from live_monitor.ui.trust import Trust, price_trust

if TYPE_CHECKING:
    from live_monitor.data.history import HistoryState
    from live_monitor.data.models.signals import EntrySignal, ExitSignal

#: A page that comes sooner is not announced: a word that flashes disturbs more than it tells.
_PATIENCE_MS: Final = 300
#: Days that are loaded for studies of the trading day, at most: a long weekend, and the day before it.
_DAYS_FOR_STUDIES: Final = 6
_LOADING: Final = "Loading older bars…"
#: Nothing is to be waited for: a sheet of quotes has neither prints nor a past.
_NO_BARS: Final = "its source has quotes and no bars.\nFor a chart choose a provider with history."


class MarketChart(QWidget):
    """Reads the hub once per frame. Main thread."""

    #: The user nears the oldest bar; payload: the `Timeframe` of the bars shown (as object).
    older_bars_requested = pyqtSignal(object)

    def __init__(self, theme: Theme, sessions: SessionTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = CandleChart(theme, self, sessions=sessions)
        self.timeframe = MINUTE
        self.extended = True
        self._series: BarSeries | None = None
        self._signals_seen: object = None
        #: A bar asked for since the last frame, and one to scroll to as soon as the new series has bars.
        self._asked_ms: int | None = None
        self._wanted_ms: int | None = None
        self._looked_from_ms = 0
        #: What stood when older bars were last asked for without the person's doing.
        self._asked_at: object = None
        self._loading_for_long = False
        self._alerts_seen: object = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._lost_patience)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.chart)
        self.setFocusProxy(self.chart)
        self.chart.older_bars_requested.connect(lambda _start_ms: self.older_bars_requested.emit(self.timeframe))

    def show_bars(self, timeframe: Timeframe, *, extended: bool) -> None:
        """Shows bars of this length from the next frame on; `extended`: also those outside the regular session."""
        self.timeframe, self.extended = timeframe, extended

    def scroll_to(self, bar_ms: object) -> None:
        """Brings the bar at this market time (ms) into sight, if it is loaded.

        When the next frame shows another series (the alert was one of another symbol), it is meant there.
        """
        if isinstance(bar_ms, int):
            self._wanted_ms, self._asked_ms = None, bar_ms
            self.chart.scroll_to(bar_ms)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.chart.set_theme(theme)

    def refresh(self, hub: Any, now_ms: int) -> bool:
        """Takes over what changed; True when something was painted."""
        series = hub.series(self.timeframe, extended=self.extended)
        self.chart.lean_on(hub.series(MINUTE) if self.timeframe.base == SECOND else None)
        if series is not self._series:
            self._series = series
            self._signals_seen = None
            self.chart.set_series(series)
            self._wanted_ms, self._looked_from_ms = self._asked_ms, 0
        self._asked_ms = None
        self._look_for_wanted(series)
        focus = hub.focus or ""
        without_bars = not hub.has_prints and "history" not in hub.hello.features
        self.chart.set_symbol(focus, hub.problems.get(focus, "") or (_NO_BARS if without_bars else ""))
        state = hub.focus_state
        self.chart.set_newest(NAN if hub.has_prints or state is None else state.last)
        self.chart.set_watermark(unreal(hub.link.label))
        standing = bool(hub.feed_ended) or hub.clock.speed == 0
        market = hub.calendar.market_state(now_ms)
        trust = price_trust(hub.link.state, market, hub.focus_flow(), heard=True, standing=standing)
        self.chart.set_stale(trust is Trust.STALE)
        seen = (hub.generation, hub.signals_version)
        if seen != self._signals_seen:
            self._signals_seen = seen
            self.chart.set_markers([marker_of(signal) for signal in hub.signals])
        self.chart.set_holes(*holes_of(hub.counters.gaps, focus))
        self._compare(hub)
        self._show_alerts(hub, focus)
        bands = hub.price_bands.of(focus, now_ms)
        self.chart.set_price_band(*((NAN, NAN) if bands is None else (bands.lower, bands.upper)))
        painted = self.chart.refresh()
        self._look_back(hub, series)
        return painted

    def _look_back(self, hub: Any, series: BarSeries) -> None:
        """Says what is known of older bars, and asks for them as long as a screen is not full of bars."""
        state, bars = hub.history_state(self.timeframe), hub.focus_bars
        # Made of others, there may be no bar yet although there are some of those.
        wanted = self.chart.near_oldest or not len(series)
        # Studies of a day take it from minutes where bars are seconds, of which a day is too many to load.
        lacking = MINUTE if self.timeframe.base == SECOND else self.timeframe
        if not wanted and self.chart.waits_for_older and _days_loaded(hub, lacking) < _DAYS_FOR_STUDIES:
            wanted, asked = hub.history_state(lacking).more, lacking
        else:
            wanted, asked = wanted and state.more, self.timeframe
        stands = (series, bars.reach_ms(self.timeframe.base), bars.reach_ms(MINUTE), hub.link.connected)
        if wanted and not hub.history_state(asked).loading and stands != self._asked_at:
            # Once only as things stand: a feed that is lost or silent must not be asked at every frame.
            self._asked_at = stands
            self.older_bars_requested.emit(asked)
            state = hub.history_state(self.timeframe)
        if not state.loading:
            self._patience.stop()
            self._loading_for_long = False
        elif not self._loading_for_long and not self._patience.isActive():
            self._patience.start()
        begins = _begin(int(series.start_ms[0]), self.timeframe) if len(series) else ""
        announced = self._loading_for_long
        text = past_text(state, begins, announced=announced)
        self.chart.set_past(text, loading=state.loading and announced)

    def _lost_patience(self) -> None:
        self._loading_for_long = True
        self.chart.set_past(_LOADING, loading=True)

    def _compare(self, hub: Any) -> None:
        """Shows the compared symbol beside the one in focus, if there is one."""
        symbol = hub.compared
        series = hub.compared_series(self.timeframe, extended=self.extended) if symbol else None
        self.chart.set_compared(symbol or "", series)

    def _show_alerts(self, hub: Any, focus: str) -> None:
        """Shows the prices of the symbol in focus that are waited for."""
        alerts = hub.price_alerts
        # Versions begin anew with another source of prices.
        seen = (alerts, focus, alerts.version)
        if seen != self._alerts_seen:
            self._alerts_seen = seen
            self.chart.set_alert_lines([AlertLine(alert.id, alert.price, alert.note) for alert in alerts.of(focus)])

    def _look_for_wanted(self, series: BarSeries) -> None:
        """Scrolls to the bar that is waited for, once for each page of older bars until it is among them."""
        if self._wanted_ms is None or not len(series):
            return
        oldest_ms = int(series.start_ms[0])
        if oldest_ms == self._looked_from_ms:
            return
        self._looked_from_ms = oldest_ms
        self.chart.refresh()
        if self.chart.scroll_to(self._wanted_ms):
            self._wanted_ms = None


def _days_loaded(hub: Any, timeframe: Timeframe) -> float:
    """How many days the bars of a length span, nights and weekends counted."""
    starts = hub.series(timeframe).start_ms
    return (int(starts[-1]) - int(starts[0])) / DAY_MS if len(starts) else 0.0


def past_text(state: HistoryState, begins: str, *, announced: bool) -> str:
    """What is said at the oldest bar, which `begins` so; `announced`: that older ones are under way."""
    if state.loading:
        return _LOADING if announced else ""
    if not state.more:
        told = f": {state.notice}" if state.notice else f" · begins {begins}" if begins else ""
        return f"No more history{told}"
    return f"Older bars: {state.notice}" if state.notice else ""


def _begin(start_ms: int, timeframe: Timeframe) -> str:
    """When the oldest bar begins: weeks and months may begin before the history that they are made of."""
    if timeframe == MONTH:
        return f"in {bar_label(start_ms, timeframe.nominal_ms)}"
    date = date_label(start_ms, weekday=timeframe != WEEK, year=True)
    return f"in the week of {date}" if timeframe == WEEK else date


def marker_of(signal: EntrySignal | ExitSignal) -> ChartMarker:
    """The marker of a signal, in the last instant of the bar that gave it: a signal arises when its bar ends."""
    ended_ms = round(signal["timestamp"].timestamp() * 1000)
    kind = signal.get("exit_type") or signal.get("signal_type")
    try:
        price = float(signal["price"].replace(",", "").lstrip("$"))
    except ValueError:
        price = float("nan")
    text = f"{kind} {signal['price']}: {signal['signal']}"
    return ChartMarker(ended_ms - 1, cast("MarkerKind", kind), price, text)
