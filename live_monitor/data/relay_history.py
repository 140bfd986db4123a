"""History of a relay server over a connection of its own, which waits for each answer: for commands, not windows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, TypeVar
from urllib.parse import quote

from websockets.exceptions import InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, reconnect

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.models.timeframe import BASES, Timeframe
from live_monitor.engine.market.bar_page import columns_of
from live_monitor.errors import FatalFeedError, HistoryError
from live_monitor.limits import Rejections
from live_monitor.net.addresses import is_loopback, socket_address
from live_monitor.ports import Page
from live_monitor.wire import relay
from live_monitor.wire.reconnect import judge

_Notice = TypeVar("_Notice", bound=relay.Notice)
_ENDINGS = (OSError, WebSocketException)


class HistoryTiming(NamedTuple):
    """Time-outs in seconds; tests shorten them."""

    open_s: float = 10.0
    hello_s: float = 3.0
    answer_s: float = 30.0


class _Lost(HistoryError):
    """The connection ended in the middle of a question."""


class _DirectConnect(reconnect):
    """Follows no redirect, as the link of the desktop does not."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class RelayHistory:
    """`HistorySource` of a relay server. Connects when made; raises HistoryError, in words, when that fails.

    It subscribes to nothing, so nothing but answers arrives. A connection that was lost is made anew once per `page`.
    `symbols`: what the server has, empty when it does not say; `label`: to be shown beside its prices; `now_ms`: market
    time when the connection was made. One thread.
    """

    def __init__(self, server_url: str, client_id: str, clock: Clock, *, timing: HistoryTiming | None = None) -> None:
        self.url = server_url.replace("{client_id}", quote(client_id, safe=""))
        self.rejections = Rejections()
        self._clock = clock
        self._timing = timing or HistoryTiming()
        self._decoder = relay.RelayDecoder(self.rejections)
        self._number = 0
        self._connection = contextlib.ExitStack()
        self._socket: ClientConnection | None = None
        self.now_ms = 0
        hello = self._connect()
        self.market = hello.market
        self.label = hello.label
        self.symbols = tuple(hello.symbols)
        self.timeframes = tuple(each for each in BASES if each.name in hello.timeframes)

    def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
        """As in `HistorySource`. Blocks until the answer is there, at most for `HistoryTiming.answer_s`."""
        if timeframe not in self.timeframes:
            offered = ", ".join(each.name for each in self.timeframes) or "none"
            raise HistoryError(f"The server has no history of {timeframe} bars.", f"It has {offered}.")
        if self.symbols and symbol not in self.symbols:
            raise HistoryError(f"The server does not know {symbol}.", f"It has {', '.join(self.symbols[:20])}.")
        if self._socket is None and self._connect().market != self.market:
            self._drop()
            raise HistoryError("The server serves another market than before.", "Start again.")
        answer = self._ask(symbol, timeframe, end_ms, min(limit, limits.MAX_HISTORY_BARS))
        columns = columns_of(bar for bar in answer.bars if bar.start_ms < end_ms)
        first_ms = int(columns.start_ms[0]) if columns.length else end_ms
        return Page(columns, min(answer.from_ms or first_ms, first_ms), answer.more)

    def _ask(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> relay.HistoryPage:
        for attempt in ("first", "last"):
            if self._socket is None and self._connect().market != self.market:
                self._drop()
                raise HistoryError("The server serves another market than before.", "Start again.")
            self._number += 1
            try:
                self._send(relay.request_history(symbol, timeframe.name, end_ms, limit, self._number))
                return self._wait(
                    relay.HistoryPage, self._timing.answer_s, lambda page: page.request_id == self._number
                )
            except _Lost:
                if attempt == "last":
                    raise
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """As in `HistorySource`."""
        self._drop()

    # -- the connection ------------------------------------------------------------------------

    def _connect(self) -> relay.Hello:
        """Opens the connection and greets. Raises HistoryError."""
        options: dict[str, Any] = {}
        try:
            host = socket_address(self.url).hostname or ""
            if host == "localhost" or is_loopback(host):
                options["proxy"] = None
            opening = _DirectConnect(
                self.url,
                open_timeout=self._timing.open_s,
                close_timeout=1,
                max_size=limits.MAX_MESSAGE_BYTES,
                compression=None,
                **options,
            )
            self._socket = self._connection.enter_context(opening)
        except ValueError as error:
            self._fail(InvalidURI(self.url, str(error)), HistoryError)
        except (*_ENDINGS, FatalFeedError) as error:
            self._fail(error, HistoryError)
        hello = self._wait(relay.Hello, self._timing.hello_s, lambda _: True, "The server does not greet as ours do.")
        if "history" not in hello.features or not hello.timeframes:
            self._drop()
            raise HistoryError("The server offers no history.", "Ask another server.")
        self.now_ms = self._clock.wall_ms()
        if "clock" in hello.features:
            self._send(relay.accept_features(["clock", "history"]))
            self.now_ms = self._wait(relay.ClockFrame, self._timing.hello_s, lambda _: True).market_ms
        # Without the clock from here on: frames that nobody reads for minutes would fill the connection.
        self._send(relay.accept_features(["history"]))
        return hello

    def _wait(self, kind: type[_Notice], seconds: float, fits: Callable[[_Notice], bool], silence: str = "") -> _Notice:
        """The next notice of this kind that fits. Raises HistoryError, also for what the server refuses in words."""
        deadline = self._clock.monotonic() + seconds
        while True:
            try:
                raw = self._connected().recv(timeout=max(deadline - self._clock.monotonic(), 0.0), decode=False)
            except TimeoutError:
                # An answer that still comes must not be taken for that to another question.
                self._drop()
                raise HistoryError(
                    silence or f"The server did not answer within {seconds:g} s.", "Try again later."
                ) from None
            except _ENDINGS as error:
                self._fail(error)
            notice = self._decoder.decode(raw, self._clock.wall_ms(), limits.MAX_TIME_MS)
            if isinstance(notice, kind) and fits(notice):
                return notice
            if isinstance(notice, relay.ErrorNotice):
                raise HistoryError(
                    f"The server refuses: {notice.message[: limits.MAX_TEXT]}", "Ask for something else."
                )

    def _send(self, message: bytes) -> None:
        try:
            self._connected().send(message, text=True)
        except _ENDINGS as error:
            self._fail(error)

    def _connected(self) -> ClientConnection:
        assert self._socket is not None, "connected by the caller"
        return self._socket

    def _fail(self, error: Exception, kind: type[HistoryError] = _Lost) -> NoReturn:
        self._drop()
        verdict = judge(error)
        raise kind(verdict.message, verdict.remedy or "Try again later.") from error

    def _drop(self) -> None:
        self._socket = None
        self._connection.close()
