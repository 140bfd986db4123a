"""`PolygonWebSocketClient`: the relay connection with a Qt face.

The asyncio loop runs in a QThread of its own. Events come up through one bounded inbox with at
most one queued wake-up; a manager takes them in batches, a script gets `data_received`, one dict
per message in the documented shape `{"type": "market_data", "data": {…}}`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from random import Random, SystemRandom
from typing import Any

import msgspec
from PyQt6.QtCore import QCoreApplication, QObject, Qt, QTimer, pyqtSignal, pyqtSlot

from live_monitor import limits
from live_monitor.clock import Clock, SystemClock
from live_monitor.data.fail_over import FailOverFeed
from live_monitor.data.feed_thread import FeedThread
from live_monitor.data.feed_watch import watched
from live_monitor.data.inbox import Batch, Inbox, Item, Loss, SubscriptionProblem
from live_monitor.data.models.market_data import Event
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.relay_link import RelayLink, Wanted
from live_monitor.limits import Rejections
from live_monitor.net.resolver import resolve
from live_monitor.net.stream_link import LinkTiming
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.wire import relay

_log = logging.getLogger(__name__)

DEFAULT_SERVER_URL = "ws://localhost:8200/ws/{client_id}"
DEFAULT_CHANNELS = ("T", "Q", "AM")
#: The main thread empties the inbox at most this often, and for at most this long at a stretch.
DRAIN_INTERVAL_MS = 4
DRAIN_BUDGET_S = 0.005
DRAIN_STEP_EVENTS = 1_000


class PolygonWebSocketClient(QObject):
    """Keeps one connection to a relay server. Create and use on the main thread; needs a Qt event loop.

    It never gives up: attempts follow one another after 1 s doubling to 30 s. Only a refusal for
    good (certificate, credentials, too many connections) stops it, with `error_occurred`.
    """

    #: dict: one validated message `{"type": "market_data", "data": {…}}`. Main thread.
    data_received = pyqtSignal(dict)
    #: bool: frames can arrive (True) or the connection is gone (False). Main thread.
    connection_status_changed = pyqtSignal(bool)
    #: str: what went wrong and what to do, one line. Main thread.
    error_occurred = pyqtSignal(str)
    #: Something waits in the inbox; emitted on the feed thread, at most one under way.
    _woken = pyqtSignal()

    def __init__(
        self,
        server_url: str = DEFAULT_SERVER_URL,
        client_id: str = "live_monitor",
        parent: QObject | None = None,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
        timing: LinkTiming | None = None,
        resolver: Callable[[str, int], Awaitable[list[str]]] = resolve,
        feed: Callable[[FeedOutlet], MarketFeed] | None = None,
    ) -> None:
        """`feed` makes what is connected in place of a relay server; it is called anew for every connection that
        `connect_to_server` begins, and `server_url` is then of no account.
        """
        super().__init__(parent)
        self._clock = clock or SystemClock()
        self._inbox = Inbox(self._woken.emit)
        self._random = random or SystemRandom()
        self._timing = timing
        self._resolver = resolver
        self._server_url = server_url
        self._client_id = client_id
        self._build = watched(feed or self._relay, self._clock)
        self._link: MarketFeed | None = None
        self._thread: FeedThread | None = None
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._consumer: Callable[[list[Item]], None] | None = None
        self._connected = False
        self._last_drain = 0.0
        self._drain_timer = QTimer(self)
        self._drain_timer.setSingleShot(True)
        self._drain_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._drain_timer.timeout.connect(self._drain)
        # Emitted on the feed thread, so the connection queues by itself.
        self._woken.connect(self._on_woken)
        # A script that ends without disconnecting would leave a running thread behind, and Qt aborts on that.
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.disconnect_from_server)

    # -- the documented calls ---------------------------------------------------------------

    @property
    def server_url(self) -> str:
        """Where `connect_to_server` connects to; `{client_id}` stands for the client's name."""
        return self._server_url

    @server_url.setter
    def server_url(self, url: str) -> None:
        self._server_url = url

    def connect_to_server(self) -> None:
        """Starts connecting; returns at once. Does nothing while connected or connecting."""
        if self._thread is not None and self._thread.isRunning():
            return
        self._stop_thread()
        link = self._build(self._inbox)
        wanted = dict(self._wanted)

        async def run() -> None:
            await link.want(wanted)
            await link.run()

        self._link = link
        self._thread = FeedThread(run, self)
        self._thread.start()

    def _relay(self, outlet: FeedOutlet) -> MarketFeed:
        return RelayLink(
            self._server_url,
            self._client_id,
            outlet,
            clock=self._clock,
            random=self._random,
            timing=self._timing,
            resolver=self._resolver,
        )

    def subscribe(self, symbols: list[str] | str, channels: Sequence[str] = DEFAULT_CHANNELS) -> None:
        """Adds symbols to the desired subscriptions. A symbol that is not one is refused with `error_occurred`."""
        names = [symbols] if isinstance(symbols, str) else list(symbols)
        wanted = dict(self._wanted)
        for name in names:
            if not limits.valid_symbol(name):
                self.error_occurred.emit(f"{name[:32]!r} is not a symbol. Use letters, digits and . ^ / _ = -")
            elif len(wanted) >= limits.MAX_SUBSCRIPTIONS:
                self.error_occurred.emit("Too many symbols are subscribed. Remove some first.")
            else:
                wanted[name] = tuple(channels)
        self.want(wanted)

    def unsubscribe(self, symbols: list[str] | str) -> None:
        """Takes symbols out of the desired subscriptions."""
        names = {symbols} if isinstance(symbols, str) else set(symbols)
        self.want({name: channels for name, channels in self._wanted.items() if name not in names})

    def change_symbol(self, symbol: str) -> None:
        """Makes `symbol` the only subscription."""
        if not limits.valid_symbol(symbol):
            self.error_occurred.emit(f"{symbol[:32]!r} is not a symbol. Use letters, digits and . ^ / _ = -")
            return
        self.want({symbol: self._wanted.get(symbol, DEFAULT_CHANNELS)})

    def disconnect_from_server(self) -> None:
        """Stops within 100 ms from any state: the socket is aborted without a closing handshake."""
        self._stop_thread()
        self._drain_timer.stop()
        self._deliver(self._inbox.take(2 * limits.MAX_BACKLOG_EVENTS))
        self._set_connected(False)

    # -- for the manager --------------------------------------------------------------------

    @property
    def rejections(self) -> Rejections:
        """What the present (or last) connection refused, by reason."""
        return self._link.rejections if self._link is not None else Rejections()

    @property
    def conflated_quotes(self) -> int:
        """Quotes that were superseded before the main thread could look at them."""
        return self._inbox.conflated_quotes

    @property
    def backlog(self) -> int:
        """Events that wait for the main thread."""
        return self._inbox.backlog

    def set_consumer(self, consumer: Callable[[list[Item]], None] | None) -> None:
        """Hands every item, in order and in batches, to `consumer` on the main thread."""
        self._consumer = consumer

    def want(self, wanted: Wanted) -> None:
        """Makes `wanted` (symbol → channels) the desired subscriptions."""
        self._wanted = dict(wanted)
        if self._link is not None:
            self._submit(self._link.want(dict(wanted)))

    def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """Asks for bars that start before `end_ms`; the page comes as an item, if the server offers history."""
        if self._link is not None:
            self._submit(self._link.request_history(symbol, timeframe, end_ms, limit, request_id))

    def request_snapshot(self, symbols: Sequence[str]) -> None:
        """Asks for level 1 again, to put day figures right after a loss."""
        if self._link is not None and symbols:
            self._submit(self._link.request_snapshot(list(symbols)))

    def search_symbols(self, text: str, request_id: int) -> None:
        """Looks for symbols; the answer comes as an item, from a provider that can search."""
        if self._link is not None:
            self._submit(self._link.search_symbols(text, request_id))

    def use_first(self) -> None:
        """Of two providers, takes the first again; see `FailOverFeed.use_first`. One alone is always in use."""
        if isinstance(self._link, FailOverFeed):
            self._submit(self._link.use_first())

    def resubscribe(self) -> None:
        """Sends every subscription again on the present connection."""
        if self._link is not None:
            self._submit(self._link.resubscribe())

    def reconnect(self, reason: str) -> None:
        """Drops the present connection; the next one follows by itself."""
        if self._link is not None:
            self._submit(self._link.reconnect(reason))

    # -- inside ------------------------------------------------------------------------------

    def _submit(self, coroutine: Any) -> None:
        if self._thread is None:
            coroutine.close()
        else:
            self._thread.submit(coroutine)

    def _stop_thread(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
            thread.deleteLater()

    @pyqtSlot()
    def _on_woken(self) -> None:
        if self._thread is None:
            return  # a wake-up from before the end: everything was delivered when it ended
        waited_ms = (self._clock.monotonic() - self._last_drain) * 1000
        if waited_ms >= DRAIN_INTERVAL_MS:
            self._drain()
        elif not self._drain_timer.isActive():
            self._drain_timer.start(max(1, round(DRAIN_INTERVAL_MS - waited_ms)))

    @pyqtSlot()
    def _drain(self) -> None:
        started = self._clock.monotonic()
        while items := self._inbox.take(DRAIN_STEP_EVENTS):
            self._deliver(items)
            if self._clock.monotonic() - started > DRAIN_BUDGET_S:
                self._drain_timer.start(0)  # let the window breathe, then go on
                break
        self._last_drain = self._clock.monotonic()

    def _deliver(self, items: list[Item]) -> None:
        for item in items:
            if type(item) is LinkStatus:
                self._set_connected(item.connected)
                if item.state == "failed":
                    self.error_occurred.emit(f"{item.message} {item.remedy}".strip())
            elif type(item) is SubscriptionProblem:
                self.error_occurred.emit(f"{item.symbol}: {item.reason}")
            elif type(item) is Loss:
                self.error_occurred.emit(f"{item.symbol}: {item.trades} prints were left out, the volume is put right")
        if self._consumer is not None:
            self._consumer(items)
        if self.receivers(self.data_received) > 0:
            for item in items:
                if type(item) is Batch:
                    self._emit_each(item.events)

    def _emit_each(self, events: list[Event]) -> None:
        for event in events:
            # As it stands in JSON: a list of conditions, no field that only we know.
            message = msgspec.json.decode(relay.encode(event))
            message.pop("received_ms", None)
            self.data_received.emit({"type": "market_data", "data": message})

    def _set_connected(self, connected: bool) -> None:
        if connected != self._connected:
            self._connected = connected
            self.connection_status_changed.emit(connected)
