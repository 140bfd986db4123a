"""The seams between layers: protocols that one side implements and the other uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from live_monitor.data.models.broker import BrokerAccount
from live_monitor.data.models.market_data import Aggregate, Event, Quote, Snapshot, Trade
from live_monitor.data.models.orders import OrderParams, PlacedOrder
from live_monitor.data.models.providers import Capabilities, ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.limits import Rejections

if TYPE_CHECKING:
    # Numpy loads with it; a port is named long before a bar is met.
    from live_monitor.engine.market.bar_columns import Bar, BarColumns

    # Lies above this module; only the checker of types looks.
    from live_monitor.wire.notices import Notice


class PastPage(NamedTuple):
    """What a market's past holds: final bars, oldest first; `more` and `from_ms` as in `Page`."""

    bars: list[Aggregate]
    more: bool
    from_ms: int


class PastSearch(Protocol):
    """A question about a market's past that is answered in pieces, so that its live clients need not wait."""

    def step(self) -> bool:
        """Does one piece of work, some milliseconds at most; True when the page is complete."""
        ...

    def page(self) -> PastPage | None:
        """What is found so far, the newest bars; None when that is nothing yet. It says `more` until it is complete."""
        ...


class FoundPage(NamedTuple):
    """A search that was over at once (`PastSearch`)."""

    found: PastPage

    def step(self) -> bool:
        """True: nothing is left to do."""
        return True

    def page(self) -> PastPage:
        """The answer."""
        return self.found


class MarketSource(Protocol):
    """A market that can be served: the simulated one, or a recorded session.

    Deterministic: the events depend on its arguments only, not on the steps of `advance`.
    Used from one thread.
    """

    #: Names the rules that apply to sale conditions: "simulated", "polygon", "iqfeed".
    provider: str
    #: Painted wherever a price is shown: "SIMULATED", "REPLAY 2021-03-01".
    label: str
    #: Identity of the prices, as in `SeriesKey`: markets of one name have equal bars.
    market: str
    #: Symbols that can be subscribed, busiest first.
    symbols: tuple[str, ...]
    #: Market time (ms) at which the stream starts and ends (`end_ms` 0: never).
    start_ms: int
    end_ms: int

    def advance(self, until_ms: int) -> list[Event]:
        """Every event up to `until_ms` that was not given yet, in order."""
        ...

    def snapshot(self, symbol: str) -> Snapshot | None:
        """Level 1 of `symbol` as of the last `advance`; None before anything is known."""
        ...

    def history(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> tuple[list[Aggregate], bool]:
        """At most `limit` final bars that start before `end_ms`, oldest first; and whether older ones exist.

        `timeframe_ms`: the `nominal_ms` of one of `timeframe.BASES`. Takes as long as it takes; see `search`.
        """
        ...

    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> PastSearch:
        """The same in pieces, between which the market may be moved on."""
        ...


class MarketSink(Protocol):
    """Receives everything that the hub folds: mirror, store, recorder. Called on the main thread; must not block.

    Synthetic events (`test_chart_update`) never reach a sink.
    """

    def on_trade(self, trade: Trade) -> None: ...

    def on_quote(self, quote: Quote) -> None: ...

    def on_aggregate(self, aggregate: Aggregate) -> None: ...


class FeedOutlet(Protocol):
    """Where a feed puts what it brings. Called on the feed's own loop; never blocks.

    `received` is the monotonic second of arrival.
    """

    @property
    def has_room(self) -> bool:
        """False while a feed that may lose nothing (a replay at full speed) has to wait."""
        ...

    def put_events(self, events: list[Event], received: float) -> None:
        """Prints, quotes and bars in the order of their arrival; the list belongs to the receiver from now on."""
        ...

    def put_notice(self, notice: Notice, received: float) -> None:
        """Anything else that the far end says: who it is, what time it is there, level 1, a page of bars, a fault."""
        ...

    def put_status(self, status: LinkStatus) -> None:
        """The state of the link changed."""
        ...

    def put_problem(self, symbol: str, reason: str) -> None:
        """One symbol was refused, or not answered for in time; the others go on."""
        ...

    def put_provider(self, status: ProviderStatus) -> None:
        """How a provider is doing; at most once a second unless its state changed."""
        ...

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        """The answer to `MarketFeed.search_symbols`."""
        ...


class MarketFeed(Protocol):
    """A live source of prices, kept alive by itself: connect, greet, subscribe, read, connect again.

    Everything runs on the loop that runs `run`. On every connection it puts a `Hello` (who, whose prices, what it can
    do) before anything else and the status `live` after it; the desired subscriptions are the truth and are sent anew.
    A stretch that was missed is told by the states of the link. What the far end cannot do is silently nothing.
    """

    #: As in `ProviderChoice`.
    provider: str
    capabilities: Capabilities
    #: What was refused, by reason.
    rejections: Rejections

    async def run(self) -> None:
        """Connects for ever; returns only after a fatal cause, told as `failed`. Cancel to stop: no handshake."""
        ...

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """Makes `wanted` (symbol → channels of T, Q, A, AM) the desired subscriptions; sends only what changed."""
        ...

    async def resubscribe(self) -> None:
        """Sends every desired subscription again; the far end may have forgotten them."""
        ...

    async def reconnect(self, reason: str) -> None:
        """Drops the connection; a new one follows by itself."""
        ...

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """Asks for a page of final bars; it comes as the notice `HistoryPage`. Returns at once."""
        ...

    async def request_snapshot(self, symbols: list[str]) -> None:
        """Asks for level 1 again; it comes as notices. Returns at once."""
        ...

    async def search_symbols(self, text: str, request_id: int) -> None:
        """Looks for symbols by name or letters; the answer comes by `put_found`. Returns at once."""
        ...


class AccountSource(Protocol):
    """Accounts at a broker, read and never traded. Used on one loop."""

    #: As in `ProviderChoice`.
    provider: str

    async def accounts(self) -> list[BrokerAccount]:
        """All accounts with balances, positions and today's orders. Raises FeedError (LoginNeeded: log in)."""
        ...

    async def close(self) -> None:
        """Lets connections go. May be called twice."""
        ...


class ReadingLock(Protocol):
    """Who may read Excel: one program at a time. Every call may block for a second; one thread at a time."""

    @property
    def held(self) -> bool:
        """True while nobody else may read. Any thread, at once."""
        ...

    def acquire(self) -> bool:
        """Takes it; False while another one has it. Raises OSError where there is no place for it."""
        ...

    def renew(self) -> bool:
        """To be called every three seconds. False: it is lost, and reading has to stop at once."""
        ...

    def release(self) -> None:
        """Gives it back; may be called twice, and without holding it."""
        ...


class SeriesKey(NamedTuple):
    """Whose bars of what: bars of two markets never mix (a simulated price is no price).

    `market` names the maker of the prices: "polygon", "iqfeed", "simulated-86", "replay-iqfeed-2021-03-01" (lower case
    letters, digits and hyphens, at most 64). `timeframe` is one of `timeframe.BASES`: all others are made from them.
    """

    market: str
    symbol: str
    timeframe: Timeframe


class Page(NamedTuple):
    """An answer to "the newest `limit` bars that start before `end_ms`": ascending, final, without holes.

    `from_ms`: from here to `end_ms` nothing is missing (at most the first bar's start; lower where the source says that
    nothing was traded before). `more`: older bars exist, also where the page holds fewer than `limit`.
    """

    bars: BarColumns
    from_ms: int
    more: bool


class HistorySource(Protocol):
    """Final bars of the past, page by page, newest first. Blocking: called on a worker thread, one call at a time."""

    #: As in `SeriesKey`.
    market: str
    #: What it gives without being asked to compute.
    timeframes: tuple[Timeframe, ...]

    def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
        """The newest `limit` bars that start before `end_ms`. Raises HistoryError, in words, when it cannot answer."""
        ...

    def close(self) -> None:
        """Lets connections go. May be called twice."""
        ...


class HistoryStore(Protocol):
    """Keeps bars. Blocking: used from one thread at a time. Every call may raise StoreError, in words for people.

    A bar with a known start replaces the known one unless that one ranks higher (`BarSource`; of equal rank the newer
    one wins), so that every write may be repeated. What a call has returned from is on the disk.
    """

    #: What the store is, for people, without secrets: a path, a server's address.
    name: str

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        """Keeps bars of one series, ascending. `covers`: [from_ms, to_ms) in which nothing is missing any more."""
        ...

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        """Keeps bars of many series as they close, in one transaction."""
        ...

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        """The kept bars that start in [`from_ms`, `to_ms`), ascending."""
        ...

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        """The newest `limit` kept bars that start before `end_ms`, ascending; whether or not holes lie between them."""
        ...

    def covered_from(self, key: SeriesKey, end_ms: int) -> int | None:
        """Start of the stretch that begins before `end_ms`, reaches it and misses nothing; None where there is none."""
        ...

    def series(self) -> list[SeriesKey]:
        """Every series of which bars are kept, sorted."""
        ...

    def close(self) -> None:
        """Ends the work with the store. May be called twice."""
        ...


class PaperDesk(Protocol):
    """Where orders of scripts go (`live_monitor.scripting`)."""

    def place(self, params: OrderParams, timeout_s: float = 5.0) -> PlacedOrder:
        """Places a paper order in the account in use; blocks until it is durable, for at most `timeout_s`. Any thread.

        Raises InvalidPaperOrder: refused, or not durable.
        """
        ...
