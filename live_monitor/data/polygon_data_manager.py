"""`PolygonDataManager`: the hub's Qt face, with the documented signals and calls.

Every event reaches the hub; the signals are conflated to frames (60 Hz), so that a script that
follows them never holds the feed up. Dicts are fresh at every emission.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal, pyqtSlot

from live_monitor import limits
from live_monitor.clock import Clock, SystemClock
from live_monitor.data.bar_dicts import LastBars, bar_dict, last_bars
from live_monitor.data.bar_frame import bars_frame
from live_monitor.data.inbox import Item
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import (
    Aggregate,
    AggregateData,
    ChartData,
    MarketEvent,
    Quote,
    TickerCalculationData,
    Trade,
)
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.data.signal_book import Signal
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.websocket_client import DEFAULT_SERVER_URL, PolygonWebSocketClient
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSource
from live_monitor.engine.market.sessions import Calendar, hms, us_equities
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.wire import relay

if TYPE_CHECKING:
    import pandas  # noqa: TID251 - for the type only

_log = logging.getLogger(__name__)

HEARTBEAT_CHECK_INTERVAL_MS = 5_000
FRAME_MS = 16
NAN = float("nan")
_E = TypeVar("_E", bound=MarketEvent)


class PolygonDataManager(QObject):
    """Central door to market data. Create and use on the main thread; needs a Qt event loop.

    Subclasses may override `_process_trade`, `_process_quote`, `_process_aggregate`; each gets one
    event of the focus symbol (readable as attributes or like a mapping) and should call `super()`. What one raises goes
    to `sys.excepthook`, as from a slot; the events after it are folded all the same.
    """

    #: dict: `TickerCalculationData` of the focus symbol, from the first trade on. Main thread.
    market_data_updated = pyqtSignal(dict)
    #: dict: `ChartData`; all bars after a switch or a history page, else one minute bar that closed or was replaced.
    chart_data_updated = pyqtSignal(dict)
    #: dict: `TickerCalculationData`, also before the first trade (numbers then NaN).
    calculation_updated = pyqtSignal(dict)
    #: dict: `EntrySignal`, when it arises.
    entry_signal_generated = pyqtSignal(dict)
    #: dict: `ExitSignal`, when it arises.
    exit_signal_generated = pyqtSignal(dict)
    #: bool: the feed is connected.
    connection_status_changed = pyqtSignal(bool)
    #: str: what went wrong and what to do, one line.
    error_occurred = pyqtSignal(str)
    #: The hub has something new; at most once per drain of the inbox. For views that read the hub.
    hub_updated = pyqtSignal()
    #: object (list of str): the symbols that a server of ours serves, busiest first; before any of its data.
    symbols_offered = pyqtSignal(object)
    #: str: the focus symbol changed; its old state is gone.
    symbol_changed = pyqtSignal(str)
    #: The store of bars has answered.
    _store_woken = pyqtSignal()

    def __init__(
        self,
        server_url: str | None = None,
        parent: QObject | None = None,
        *,
        clock: Clock | None = None,
        calendar: Calendar | None = None,
        client: PolygonWebSocketClient | None = None,
        max_bars: int = limits.MAX_BARS,
        store: StoreThread | None = None,
        feed: Callable[[FeedOutlet], MarketFeed] | None = None,
    ) -> None:
        """`store`: where bars are kept and old ones are found; it stays its owner's to close.

        `feed` makes what is connected in place of a relay server; not beside a `client`, which has its own.
        """
        super().__init__(parent)
        self._clock = clock or SystemClock()
        self.max_bars = max_bars
        self.hub = MarketHub(self._clock, calendar or us_equities())
        self.client = client or PolygonWebSocketClient(
            server_url or DEFAULT_SERVER_URL, parent=self, clock=self._clock, feed=feed
        )
        self._is_relay = feed is None
        self._wire_hub()
        #: Hears what the hub has taken; nothing is done for it while there is none.
        self.listener: Callable[[list[Item]], None] | None = None
        self._store = store
        if store is not None:
            self.hub.keep_bars(store)
            # Emitted on the store's thread, so the connection queues by itself.
            self._store_woken.connect(self._on_store_woken)
            store.wake = self._store_woken.emit
        self.client.set_consumer(self._take)
        self.client.connection_status_changed.connect(self.connection_status_changed)
        self.client.error_occurred.connect(self.error_occurred)
        self.entry_signal_generated.connect(self._keep_own_signal)
        self.exit_signal_generated.connect(self._keep_own_signal)
        self._seen_version = -1
        self._seen_revision = (-1, -1)
        #: Start of the newest bar that scripts were told of.
        self._told_until_ms = -1
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._emit_frame)
        self._heartbeat = QTimer(self)
        self._heartbeat.setInterval(HEARTBEAT_CHECK_INTERVAL_MS)
        self._heartbeat.timeout.connect(self.check_data_flow)
        self._second = QTimer(self)
        self._second.setInterval(1_000)
        self._second.timeout.connect(self._on_second)

    def _wire_hub(self) -> None:
        hub, client = self.hub, self.client
        hub.subscriptions.changed = client.want
        hub.pages.request = client.request_history
        hub.request_snapshot = client.request_snapshot
        hub.on_signal = self._announce
        hub.on_bar = self._bar_closed
        hub.on_hello = lambda hello: self.symbols_offered.emit(hello.symbols)
        # A hook costs a call per event, so it stands in the path only where a subclass overrides it.
        own, base = type(self), PolygonDataManager
        if own._process_trade is not base._process_trade:
            hub.trade_step = _guarded(self._process_trade)
        if own._process_quote is not base._process_quote:
            hub.quote_step = _guarded(self._process_quote)
        if own._process_aggregate is not base._process_aggregate:
            hub.aggregate_step = _guarded(self._process_aggregate)

    # -- the documented calls ---------------------------------------------------------------

    def connect(self) -> None:
        """Starts connecting and watching the data flow; returns at once."""
        # Any other feed says itself whose prices it brings.
        self.hub.address = urlsplit(self.client.server_url).netloc.rpartition("@")[2] if self._is_relay else ""
        self.client.connect_to_server()
        self._heartbeat.start()
        self._second.start()

    def disconnect(self) -> None:
        """Ends the connection (within 100 ms) and the heartbeat."""
        self._heartbeat.stop()
        self._second.stop()
        self.client.disconnect_from_server()
        if self.hub.keeper is not None:
            self.hub.keeper.close()
        # What the client still delivered while it ended has armed the next frame.
        self._frame.stop()
        self.hub.take([LinkStatus("stopped", self._clock.monotonic())])
        self.hub_updated.emit()

    def change_symbol(self, symbol: str) -> None:
        """Puts `symbol` in focus: old state is cleared, the old subscription let go unless the watchlist holds it.

        What is not a symbol is refused with `error_occurred`.
        """
        name = symbol.strip().upper()
        if not limits.valid_symbol(name):
            self.error_occurred.emit(f"{symbol[:32]!r} is not a symbol. Use letters, digits and . ^ / _ = -")
            return
        if name == self.hub.focus:
            return
        self.hub.set_focus(name)
        self._seen_version, self._seen_revision = -1, (-1, -1)
        self._told_until_ms = -1
        self.symbol_changed.emit(name)
        self._emit_chart(name, [])
        self.hub_updated.emit()

    def get_accumulated_bars(self) -> list[AggregateData]:
        """A copy of the closed minute bars of the focus symbol, newest last, at most `max_bars`."""
        self.hub.bars.flush()
        minutes = self.hub.bars.minutes
        end = len(minutes)
        forming_ms = self.hub.clock.now_ms() - MINUTE_MS
        while end and minutes.start_ms[end - 1] > forming_ms and minutes.source[end - 1] == BarSource.OWN:
            end -= 1
        return [bar_dict(minutes.symbol, minutes.bar(index)) for index in range(max(0, end - self.max_bars), end)]

    def get_bars_frame(self, timeframe: str = "1m", *, extended: bool = True) -> pandas.DataFrame:
        """The loaded bars of the focus symbol as a pandas DataFrame, oldest first, the forming one last.

        `timeframe`: `1s`, `5s`, `1m`, `7m`, `1h`, `1D`, `1W`, `1M` or any other length. Index and columns are those of
        `bar_frame.bars_frame`. Raises ValueError for what is no length of bars. The first call imports pandas (0.2 s).
        """
        return bars_frame(self._bars(timeframe, extended=extended))

    def get_last_bars(self, timeframe: str = "1m", count: int = 500, *, extended: bool = True) -> LastBars:
        """The newest `count` loaded bars as arrays, oldest first, the forming one last; what is absent is NaN.

        Own copies of one length: `timestamp` (int64, start in ms), `open`, `high`, `low`, `close`, `volume` (float64).
        Raises ValueError for what is no length of bars.
        """
        return last_bars(self._bars(timeframe, extended=extended), count)

    def _bars(self, timeframe: str, *, extended: bool) -> BarColumns:
        self.hub.bars.flush()
        series = self.hub.series(Timeframe.parse(timeframe), extended=extended)
        self.hub.focus_bars.refresh()
        return series.columns()

    @pyqtSlot()
    def check_data_flow(self) -> None:
        """Every 5 s: warns after 30 s without data while the session is open, reconnects after 45 s."""
        hub = self.hub
        if hub.focus is None or not hub.link.connected or hub.feed_ended or hub.clock.speed == 0:
            return
        if hub.focus in hub.problems or not hub.has_prints:
            return  # halted or refused, which is shown; or told of by level 1 alone: its silence has a reason
        remedy = hub.flow.remedy(self._clock.monotonic(), session_open=hub.market_state() == "open")
        if remedy == "none":
            return
        age = round(hub.focus_age_s()) if remedy == "warn" else 45
        text = f"No data for {hub.focus} for {age} s while the market is open"
        _log.warning("%s", text)
        if remedy == "warn":
            hub.alert("warning", "no data", hub.focus, f"{text}; subscribing again.")
            self.error_occurred.emit(f"{text}. Subscribing again.")
            self.client.resubscribe()
        else:
            hub.alert("warning", "no data", hub.focus, f"{text}; connecting again.")
            self.client.reconnect("No data arrived while the market is open.")
        self.hub_updated.emit()

    def test_chart_update(self) -> None:
        """Sends a synthetic minute bar through the whole pipeline; it never reaches store, mirror or paper.

        The bar repeats the present minute as it stands (the last close with volume 0 where nothing
        was traded), so no price is invented. Before any bar is known it names the symbol `TEST`.
        """
        hub = self.hub
        hub.bars.flush()
        minutes = hub.bars.minutes
        now_ms = hub.clock.now_ms()
        start = now_ms - now_ms % MINUTE_MS
        if not len(minutes):
            self._emit_chart("TEST", [bar_dict("TEST", Bar(start, 100.0, 100.0, 100.0, 100.0, 0.0))])
            return
        last = minutes.bar(-1)
        if last.start_ms < start:
            last = Bar(start, last.close, last.close, last.close, last.close, 0.0)
        bar = Aggregate(
            minutes.symbol, last.start_ms, last.start_ms + MINUTE_MS, last.open, last.high, last.low, last.close,
            last.volume, last.vwap,
        )  # fmt: skip
        frame = relay.market_data(relay.encode(bar))
        events = relay.RelayDecoder(self.client.rejections).decode(frame, now_ms, now_ms + limits.MAX_AHEAD_MS)
        if isinstance(events, list):
            hub.ingest(events, self._clock.monotonic(), synthetic=True)
            self.hub_updated.emit()

    # -- hooks for subclasses -----------------------------------------------------------------

    def _process_trade(self, trade: Trade) -> None:
        """Folds a print of the focus symbol; override to add rules of your own."""
        self.hub.fold_trade(trade)

    def _process_quote(self, quote: Quote) -> None:
        """Folds a quote of the focus symbol."""
        self.hub.fold_quote(quote)

    def _process_aggregate(self, aggregate: Aggregate) -> None:
        """Folds a provider's bar of the focus symbol."""
        self.hub.fold_aggregate(aggregate)

    # -- inside -------------------------------------------------------------------------------

    def _take(self, items: list[Item]) -> None:
        hub = self.hub
        hub.take(items)
        if self.listener is not None:
            self.listener(items)
        hub.counters.rejected = self.client.rejections.by_reason
        if not self._frame.isActive():
            self._frame.start()
        self.hub_updated.emit()

    @pyqtSlot()
    def _on_store_woken(self) -> None:
        if self._store is not None and self._store.take():
            self._frame.start()
        self.hub_updated.emit()

    @pyqtSlot()
    def _on_second(self) -> None:
        """Bars close and days turn by the clock, also when nothing arrives."""
        if self.hub.tick():
            self._frame.start()
        self.hub_updated.emit()

    @pyqtSlot()
    def _emit_frame(self) -> None:
        hub = self.hub
        hub.tick()
        minutes = hub.bars.minutes
        revision = (hub.generation, minutes.revision)
        if revision != self._seen_revision:
            self._seen_revision = revision
            if len(minutes) and self.receivers(self.chart_data_updated) > 0:
                bars = self.get_accumulated_bars()
                self._told_until_ms = bars[-1]["timestamp"] if bars else -1
                self.chart_data_updated.emit(ChartData(symbol=minutes.symbol, bars=bars, is_update=False))
        state = hub.focus_state
        if state is None or state.version == self._seen_version:
            return
        self._seen_version = state.version
        if self.receivers(self.calculation_updated) > 0:
            self.calculation_updated.emit(self.calculation(state))
        if state.last == state.last and self.receivers(self.market_data_updated) > 0:
            self.market_data_updated.emit(self.calculation(state))

    def calculation(self, state: TickerState) -> TickerCalculationData:
        """The documented dict of a symbol: always floats, NaN where a number is absent or does not cover the day."""
        whole_day = state.partial_since_ms == 0
        now_ms = self.hub.clock.now_ms()
        market_state = self.hub.calendar.market_state(now_ms)
        return {
            "last_price": state.last,
            "bid": state.bid,
            "ask": state.ask,
            "spread": round(state.spread, 6),
            "mid_price": round(state.mid, 6),
            "volume": state.volume if state.volume_known else NAN,
            "change": round(state.change, 6),
            "change_percent": round(state.change_percent, 4),
            "day_high": state.day_high if whole_day else NAN,
            "day_low": state.day_low if whole_day else NAN,
            "day_open": state.day_open,
            "last_update": hms(max(state.last_ms, state.quote_ms) or now_ms),
            "market_state": market_state if market_state in ("open", "pre", "post") else "closed",
        }

    def _bar_closed(self, bar: Bar) -> None:
        """A new bar is an update, once; one that is told again goes out with the whole list of the next frame."""
        if bar.start_ms <= self._told_until_ms:
            self._seen_revision = (-1, -1)
            self._frame.start()
            return
        self._told_until_ms = bar.start_ms
        symbol = self.hub.bars.minutes.symbol
        self._emit_chart(symbol, [bar_dict(symbol, bar)])

    def _emit_chart(self, symbol: str, bars: list[AggregateData]) -> None:
        if self.receivers(self.chart_data_updated) > 0:
            self.chart_data_updated.emit(ChartData(symbol=symbol, bars=bars, is_update=bool(bars)))

    def _announce(self, signal: Signal) -> None:
        emitter = self.exit_signal_generated if "exit_type" in signal else self.entry_signal_generated
        emitter.emit(dict(signal))

    @pyqtSlot(dict)
    def _keep_own_signal(self, signal: dict[str, Any]) -> None:
        """A signal that a subclass emits itself joins the table; one of the hub's is there already."""
        signals = self.hub.signals
        if signal.get("symbol") == self.hub.focus and not any(dict(known) == signal for known in signals[-50:]):
            complete = {"strength": "Medium", "notes": "", "urgency": "Normal", "pnl": "", "pnl_value": NAN, **signal}
            complete.setdefault("timestamp", self.hub.calendar.to_new_york(self.hub.clock.now_ms()))
            self.hub.signal_book.add(complete)  # type: ignore[arg-type]  # the documented shape, completed
            self.hub_updated.emit()


def _guarded(step: Callable[[_E], None]) -> Callable[[_E], None]:
    """A script's step whose error is reported like one in a slot, and costs no other event of the batch its place."""

    def guarded(event: _E) -> None:
        try:
            step(event)
        except Exception:  # noqa: BLE001 - a script's code: whatever it raises is its own, the market goes on
            sys.excepthook(*sys.exc_info())

    return guarded
