"""What the paper engines hear of the market: prints, quotes, level 1, the link, halts, splits. Main thread.

It stands between the hub and the engines of all accounts that trade at the prices of the hub's market. An account
whose market is another one hears nothing: another market's prices are no prices for it. Live prices of US equities are
the same whoever brings them (`providers.prices_of`), so that an account outlives a change of vendor.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from live_monitor.data.models.market_data import NAN, Quote, Snapshot, Trade
from live_monitor.data.models.providers import LIVE_US, prices_of
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.engine.paper.market_view import Now

if TYPE_CHECKING:
    from live_monitor.data.market_hub import MarketHub
    from live_monitor.engine.paper.order_engine import AccountEngine

#: For whom the hub follows symbols with open orders or positions.
OWNER: Final = "paper"
#: By so much market time may lag behind what was heard, at speed 1.
AHEAD_MS: Final = 1_000


class PaperMarket:
    """Passes on what one hub believes (`Level1Listener`); the hub holds `door` meanwhile."""

    def __init__(self, hub: MarketHub, door: AbstractContextManager[object]) -> None:
        self.hub = hub
        hub.door = door
        self._engines: tuple[AccountEngine, ...] = ()
        #: The hub's market when `_engines` were chosen: it may be another one before anybody has looked.
        self._of = ""
        self._link: tuple[bool, str] | None = None
        #: A server that greets has done so before its link is up; until then its market goes by its address.
        self._has_met = False
        self._halted: frozenset[str] = frozenset()
        #: Limit down and limit up that engines know, and when they were looked for: version of the book, market open.
        self._bands: dict[str, tuple[float, float]] = {}
        self._bands_seen: tuple[int, bool] | None = None
        self._followed: frozenset[str] = frozenset()
        hub.listen(self)
        hub.on_split = self._split

    def leave(self) -> None:
        """The hub is listened to no longer; engines are told nothing more."""
        self.hub.listen(None)
        self.hub.on_split = lambda symbol, ratio: None
        self.hub.door = nullcontext()
        self._engines = ()

    # -- what the hub says -----------------------------------------------------------------------

    def on_trade(self, trade: Trade, flags: int, received: float) -> None:
        """A print; a suspect one comes without the flags of its price, and fills nothing."""
        if self.hub.pages.market == self._of or self._is_the_same():
            for engine in self._engines:
                engine.on_trade(trade, flags, received)

    def on_quote(self, quote: Quote, received: float) -> None:
        """A quote."""
        if self.hub.pages.market == self._of or self._is_the_same():
            for engine in self._engines:
                engine.on_quote(quote, received)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Level 1 as the provider says it."""
        if self.hub.pages.market == self._of or self._is_the_same():
            received = self._as_old_as_it_says(snapshot)
            for engine in self._engines:
                engine.on_snapshot(snapshot, received)

    def _as_old_as_it_says(self, row: Snapshot) -> float:
        """When a row would have been received had it come when it was made: the engine sees to its parts."""
        now = self.now()
        return now.monotonic - max(now.ms - row.timestamp_ms, 0) / 1_000

    def _split(self, symbol: str, ratio: float) -> None:
        if self.hub.pages.market == self._of or self._is_the_same():
            for engine in self._engines:
                engine.split(symbol, Decimal(repr(ratio)), self.now())

    def _is_the_same(self) -> bool:
        """True where the hub's market is another one by now, of the same prices. Receipts name it from here on."""
        if not self._of or prices_of(self._of) != self.name:
            return False
        self.look()
        return True

    # -- who hears -------------------------------------------------------------------------------

    def now(self) -> Now:
        """Market time, and the monotonic time that ages are measured in."""
        return self.hub.instant()

    def now_for(self, symbol: str) -> Now:
        """The same, and never before what was heard of `symbol` last: the time of a feed runs between its clock frames
        and may lag behind its events a little. A stamp that is far ahead says nothing of the time.
        """
        now, state = self.now(), self.hub.states.get(symbol)
        newest_ms = max(state.quote_ms, state.last_ms) if state is not None else 0
        near_ms = AHEAD_MS * max(self.hub.clock.speed, 1.0)
        return Now(newest_ms, now.monotonic) if now.ms < newest_ms <= now.ms + near_ms else now

    @property
    def name(self) -> str:
        """Whose prices these are, for accounts; empty while the feed has not said it."""
        return prices_of(self.hub.pages.market)

    def serves(self, market: str) -> bool:
        """True when an account of `market` trades at these prices; one that names none does at any."""
        return not market or prices_of(market) == self.name

    @property
    def title(self) -> str:
        """What a first account here is called after: not a vendor where others may take its place."""
        return "US equities" if self.name == LIVE_US else self.label

    @property
    def is_known(self) -> bool:
        """True once the feed has said whose prices these are, and what time it is there."""
        return self._has_met and bool(self.name) and self.hub.course.time_is_known

    @property
    def label(self) -> str:
        """As it is painted: "SIMULATED", "REPLAY 2021-03-01"."""
        return self.hub.hello.label or self.hub.hello.provider or self.name

    def give_to(self, engines: Sequence[AccountEngine]) -> None:
        """These hear from now on; those that did not before are told how things stand."""
        new = [engine for engine in engines if engine not in self._engines]
        self._engines, self._of = tuple(engines), self.hub.pages.market
        if not new:
            return
        now = self.now()
        for engine in new:
            if self._link is not None:
                engine.feed_changed(*self._link, now)
            for symbol in sorted(self._halted):
                engine.halted(symbol, True, now)
            for symbol, band in self._bands.items():
                engine.bounded(symbol, *band)
            for state in self.hub.states.values():
                if state.quote_ms or state.last_ms:
                    row = _level_1(state)
                    engine.on_snapshot(row, self._as_old_as_it_says(row))

    def look(self) -> None:
        """Once per frame, and before anything is placed: whose market it is, the link, and what is halted."""
        now = self.now()
        self._has_met = self._has_met or self.hub.link.connected
        if self._of != self.hub.pages.market:
            self._of = self.hub.pages.market
            self._engines = tuple(engine for engine in self._engines if self.serves(engine.state.market))
        link = (self.hub.link.connected and not self.hub.feed_ended, self.label)
        if link != self._link:
            if self._link is not None and self._link[0] and link[0]:
                # Another source came, and nobody saw the link go in between: what the old one said ends there, too.
                ended = Now(now.ms, self.hub.link.since)
                for engine in self._engines:
                    engine.feed_changed(False, self._link[1], ended)
            self._link = link
            for engine in self._engines:
                engine.feed_changed(*link, now)
        halted = frozenset(self.hub.continuity.halted)
        if halted != self._halted:
            for symbol in sorted(halted ^ self._halted):
                for engine in self._engines:
                    engine.halted(symbol, symbol in halted, now)
            self._halted = halted
        book = self.hub.price_bands
        seen = (book.version, self.hub.calendar.market_state(now.ms) == "open")
        if seen != self._bands_seen:
            self._bands_seen = seen
            self._bound({symbol: (bands.lower, bands.upper) for symbol, bands in book.held(now.ms).items()})

    def _bound(self, bands: dict[str, tuple[float, float]]) -> None:
        """Tells where prices end, and where they do no longer."""
        for symbol in self._bands.keys() | bands.keys():
            if self._bands.get(symbol) != bands.get(symbol):
                for engine in self._engines:
                    engine.bounded(symbol, *bands.get(symbol, (NAN, NAN)))
        self._bands = bands

    def follow(self, symbols: frozenset[str]) -> None:
        """The hub follows these for the sake of orders and positions."""
        if symbols == self._followed:
            return
        for symbol in sorted(symbols - self._followed):
            self.hub.acquire(symbol, OWNER)
        for symbol in sorted(self._followed - symbols):
            self.hub.release(symbol, OWNER)
        self._followed = symbols


def _level_1(state: TickerState) -> Snapshot:
    """What the hub knows of a symbol, as a row."""
    return Snapshot(
        state.symbol, max(state.quote_ms, state.last_ms), last=state.last, last_size=state.last_size,
        last_timestamp_ms=state.last_ms, bid=state.bid, bid_size=state.bid_size, ask=state.ask,
        ask_size=state.ask_size, quote_timestamp_ms=state.quote_ms, previous_close=state.previous_close,
    )  # fmt: skip
