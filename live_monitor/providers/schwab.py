"""Schwab's stream as a feed: level 1, final minute bars, and word of the account's orders. There are no prints.

userPreference ─► StreamLink ─► LOGIN ─► SUBS ─► wire.schwab ─► FeedOutlet
                                                      └─► on_account_activity
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from random import Random
from typing import Any, Final, NoReturn, Protocol, TypeVar

from websockets.asyncio.client import ClientConnection

from live_monitor import limits
from live_monitor.clock import Clock, SessionClock
from live_monitor.data.models.market_data import Quote, Snapshot
from live_monitor.data.models.providers import Capabilities
from live_monitor.data.models.timeframe import DAY, MINUTE
from live_monitor.errors import FatalFeedError, FeedError, LoginNeeded
from live_monitor.limits import Rejections
from live_monitor.net.stream_link import LinkTiming, StreamLink
from live_monitor.ports import FeedOutlet
from live_monitor.providers.history_answers import Answers, HistoryAnswers
from live_monitor.providers.schwab_door import Tokens
from live_monitor.providers.schwab_history import SchwabHistory, on_loop
from live_monitor.providers.schwab_rest import SchwabTraderAPI
from live_monitor.providers.schwab_subscriptions import SchwabSubscriptions
from live_monitor.wire.notices import LEVEL_ONE, ErrorNotice, FaultNotice, Hello, SnapshotFrame
from live_monitor.wire.schwab import (
    CLOSE_CONNECTION,
    LOGIN_DENIED,
    STOP_STREAMING,
    Frame,
    Request,
    Requests,
    Response,
    SchwabDecoder,
    StreamerIds,
)
from live_monitor.wire.schwab_activity import Activity

_T = TypeVar("_T")
CAPABILITIES: Final = Capabilities(
    streaming=False,
    history=True,
    accounts=True,
    search=True,
    timeframes=(MINUTE, DAY),
    needs=("schwab-app-key", "schwab-app-secret"),
)
_NOBODY: Final = StreamerIds("", "", "", "")
#: What a stream that had heartbeats may be silent before it is believed to be dead.
SILENCE_S: Final = 60.0
#: Symbols that one question may name.
_AT_A_TIME: Final = 100


class FeedTokens(Tokens, Protocol):
    """Tokens that also say what the person should know of the log-in."""

    @property
    def notice(self) -> str:
        """Empty, or one line: the log-in ends soon, a renewal fails …"""
        ...


class SchwabFeed:
    """A `MarketFeed`. Everything happens on the loop that runs `run`; `api` is closed when it ends.

    `server_url` takes the place of the address that Schwab tells, for tests. `on_account_activity` hears of every
    message about the account's orders, on the loop.
    """

    provider = "schwab"
    capabilities = CAPABILITIES

    def __init__(
        self,
        outlet: FeedOutlet,
        tokens: FeedTokens,
        api: SchwabTraderAPI,
        *,
        clock: Clock,
        random: Random,
        server_url: str = "",
        timing: LinkTiming | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.rejections = Rejections()
        self.on_account_activity: Callable[[Activity], None] = lambda activity: None
        self._outlet = outlet
        self._tokens = tokens
        self._api = api
        self._clock = clock
        self._feed_clock = SessionClock(clock)
        self._server_url = server_url
        self._silence_s = silence_s
        self._link = StreamLink(self._where, outlet, clock=clock, random=random, timing=timing)
        self._link.provider, self._link.label = self.provider, "SCHWAB"
        self._ids = _NOBODY
        self._decoder = SchwabDecoder(self.rejections)
        self._subscriptions = SchwabSubscriptions(self._send, outlet, clock, self._link.timing.ack_s)
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answers = HistoryAnswers(
            outlet,
            Answers(
                SchwabHistory(api, self._ask, clock),
                lambda symbols: self._ask(self._rows(symbols)),
                lambda text: self._ask(api.instruments(text)),
            ),
            clock,
            name="Schwab",
        )
        self._delayed = False
        #: The log-in to the stream was refused, and nothing has changed since but the token.
        self._denied = False
        self._told = ""
        self._hears_at = 0.0
        #: Monotonic second of the newest frame; whether there are heartbeats among them.
        self._heard_at, self._has_heartbeats = 0.0, False

    # -- the port -------------------------------------------------------------------------------

    async def run(self) -> None:
        """As in `MarketFeed`."""
        self._loop = asyncio.get_running_loop()
        try:
            await self._link.run(self._converse)
        finally:
            self._answers.close()
            await self._api.close()

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """As in `MarketFeed`. A symbol's bars that nobody wants any longer are left on while its quotes are wanted."""
        before, self._wanted = self._wanted, dict(wanted)
        self._answers.follow(wanted)
        gone = [symbol for symbol in before if symbol not in wanted]
        fresh = {symbol: asked for symbol, asked in wanted.items() if set(asked) - set(before.get(symbol, ()))}
        self._decoder.forget(gone)
        await self._subscriptions.change(gone, fresh)

    async def resubscribe(self) -> None:
        """As in `MarketFeed`."""
        await self._subscriptions.everything(self._wanted, account=False)

    async def reconnect(self, reason: str) -> None:
        """As in `MarketFeed`."""
        await self._link.reconnect(reason)

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """As in `MarketFeed`."""
        await self._answers.request_history(symbol, timeframe, end_ms, limit, request_id)

    async def request_snapshot(self, symbols: list[str]) -> None:
        """As in `MarketFeed`: from the rows that the stream keeps true; only what it has not brought is asked for."""
        now_ms, now = self._clock.wall_ms(), self._clock.monotonic()
        missing = []
        for symbol in symbols:
            row = self._decoder.row(symbol, now_ms)
            if row is None:
                missing.append(symbol)
            else:
                self._outlet.put_notice(SnapshotFrame(row), now)
        await self._answers.request_snapshot(missing)

    async def search_symbols(self, text: str, request_id: int) -> None:
        """As in `MarketFeed`."""
        await self._answers.search_symbols(text, request_id)

    # -- one connection ---------------------------------------------------------------------------

    async def _where(self) -> str:
        """The address of the stream; asked before each connection, since Schwab may move it."""
        preference = await self._api.user_preference()
        self._ids = preference.ids
        return self._server_url or preference.url

    async def _converse(self, socket: ClientConnection) -> NoReturn:
        self._decoder = SchwabDecoder(self.rejections)
        self._feed_clock.release()
        self._heard_at, self._has_heartbeats = self._clock.monotonic(), False
        requests = Requests(self._ids)
        await self._log_in(socket, requests)
        self._greet()
        self._subscriptions.begin(requests, self.rejections)
        watch = asyncio.create_task(self._watch(), name="schwab watch")
        try:
            await self._subscriptions.everything(self._wanted, account=True)
            while True:
                await self._take(self._decoded(await socket.recv(decode=False)))
        finally:
            self._subscriptions.begin(None)
            watch.cancel()

    async def _log_in(self, socket: ClientConnection, requests: Requests) -> None:
        token = await self._tokens.access()
        request = requests.login(token.reveal())
        await socket.send(request.message, text=True)
        async with asyncio.timeout(self._link.timing.open_s):
            while (response := self._answer_to(request, await socket.recv(decode=False))) is None:
                pass
        if response.code == LOGIN_DENIED:
            if self._denied:
                raise LoginNeeded(_said("Schwab refuses the log-in of the stream", response), "Log in at Schwab again.")
            self._denied = True
            await self._tokens.renewed(token)
            raise FeedError("Schwab refused the log-in of the stream; the access was renewed.")
        if not response.done:
            raise _ended(response)
        self._denied = False

    def _answer_to(self, request: Request, raw: bytes) -> Response | None:
        responses = self._decoded(raw).responses
        return next((one for one in responses if one.number == request.number or one.number < 0), None)

    def _greet(self) -> None:
        """Tells who is there. Prices that Schwab marks as delayed are another market: nobody may trade on them."""
        self._link.label = "SCHWAB · delayed" if self._delayed else "SCHWAB"
        hello = Hello(
            ["history", "snapshot", "fault", LEVEL_ONE],
            provider=self.provider,
            label=self._link.label,
            market="schwab-delayed" if self._delayed else "schwab",
            timeframes=[timeframe.name for timeframe in CAPABILITIES.timeframes],
        )
        self._outlet.put_notice(hello, self._clock.monotonic())
        self._link.live()

    def _decoded(self, raw: bytes) -> Frame:
        latest_ms = self._feed_clock.latest_ms() + limits.MAX_AHEAD_MS
        self._heard_at = self._clock.monotonic()
        return self._decoder.decode(raw, self._clock.wall_ms(), latest_ms)

    async def _take(self, frame: Frame) -> None:
        received = self._heard_at
        for response in frame.responses:
            if not await self._subscriptions.answered(response) and not response.done:
                raise _ended(response)
        self._has_heartbeats = self._has_heartbeats or frame.heartbeat
        if frame.fresh and self._is_delayed() is not self._delayed:
            self._delayed = not self._delayed
            self._greet()
            # It is another market now: what was told of the symbols before is told again.
            await self.request_snapshot([symbol for symbol in self._wanted if symbol in self._decoder.known])
            frame.halts[:0] = [(symbol, True) for symbol in self._decoder.halted if (symbol, True) not in frame.halts]
        self._subscriptions.heard(frame.heard)
        for snapshot in frame.snapshots:
            self._outlet.put_notice(SnapshotFrame(snapshot), received)
        if frame.events:
            if received >= self._hears_at:
                self._hears_at = received + 1.0
                newest_ms = max((one.timestamp_ms for one in frame.events if isinstance(one, Quote)), default=0)
                self._feed_clock.heard(newest_ms)
            self._outlet.put_events(frame.events, received)
        for symbol, halted in frame.halts:
            self._outlet.put_notice(FaultNotice("halt" if halted else "resume", symbol), received)
        for activity in frame.activities:
            self.on_account_activity(activity)

    def _is_delayed(self) -> bool:
        """One symbol is enough; only once every symbol has shown that it is not, nothing is delayed any more."""
        marked = self._decoder.delayed
        if self._delayed and not marked:
            return marked is None or not self._decoder.known >= self._wanted.keys()
        return bool(marked)

    async def _watch(self) -> None:
        """Marks what stays unanswered, notices a stream whose heart has stopped, passes on words about the log-in."""
        while True:
            self._tell_notice()
            await asyncio.sleep(min(1.0, self._link.timing.ack_s / 4))
            self._subscriptions.mark_late()
            if self._has_heartbeats and self._clock.monotonic() - self._heard_at > self._silence_s:
                await self._link.reconnect("Schwab's stream has been silent for too long.")

    def _tell_notice(self) -> None:
        notice = self._tokens.notice
        if notice != self._told:
            self._told = notice
            if notice:
                self._outlet.put_notice(ErrorNotice(notice), self._clock.monotonic())

    async def _send(self, request: Request) -> None:
        await self._link.send(request.message)

    # -- questions --------------------------------------------------------------------------------

    def _ask(self, question: Coroutine[Any, Any, _T]) -> _T:
        """Has a question answered on the feed's loop; called on a worker thread."""
        if self._loop is None:
            question.close()
            raise FeedError("Schwab is not connected yet.")
        return on_loop(self._loop)(question)

    async def _rows(self, symbols: Sequence[str]) -> list[Snapshot]:
        rows: list[Snapshot] = []
        for first in range(0, len(symbols), _AT_A_TIME):
            found = await self._api.quotes(symbols[first : first + _AT_A_TIME])
            # What has streamed meanwhile is newer, and what is late is no news where nobody is told that it is.
            old = self._decoder.known | (frozenset() if self._delayed else found.delayed)
            rows += [row for row in found.rows if row.symbol not in old]
            for symbol in found.unknown:
                self._outlet.put_problem(symbol, "Schwab does not know this symbol")
        return rows


def _said(what: str, response: Response) -> str:
    return f"{what}: {response.message or response.service} (code {response.code})."


def _ended(response: Response) -> FeedError:
    """What the end of a session means: only a second program on the same log-in is for good."""
    if response.code == CLOSE_CONNECTION:
        return FatalFeedError(
            _said("Schwab closed the stream, because another program streams with the same log-in", response),
            "Schwab allows one stream per person: close the other program, then connect again.",
        )
    if response.code == STOP_STREAMING:
        return FeedError(_said("Schwab stopped the stream", response))
    return FeedError(_said("Schwab ended the session", response))
