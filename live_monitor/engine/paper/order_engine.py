"""The paper engine of one account: takes orders, hears the market, and says what became of both.

Pure and deterministic: times, prices and ids come in; the same calls in the same order write the same entries.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.data.models.orders import (
    AccountSettings,
    AccountSnapshot,
    Number,
    Order,
    OrderParams,
    PositionRow,
)
from live_monitor.engine.market.conditions import BAR_LAST, HELD_VOLUME
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper import commands, snapshots
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import Entry
from live_monitor.engine.paper.market_events import auction_wakes, quote_wakes, trade_wakes
from live_monitor.engine.paper.market_news import bound, change_feed, halt, split, take_snapshot
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.money import arithmetic
from live_monitor.engine.paper.notes import note_all
from live_monitor.engine.paper.preview import Preview, preview
from live_monitor.engine.paper.times import catch_up, each_frame
from live_monitor.engine.paper.why_not import why_not


class AccountEngine:
    """One account. One thread. What it decides is appended to `out`, in order; whoever keeps the journal takes it.

    Commands raise InvalidPaperOrder; events never raise for what a market can send. An engine that begins with the
    account of another one, and hears the same afterwards, decides the same: `state` is all that matters. Before it is
    thrown away in good order, `flush` writes down what moves between entries.
    """

    __slots__ = ("_core", "calendar", "known", "out", "state", "views")

    def __init__(self, state: AccountState, calendar: Calendar) -> None:
        with arithmetic():
            self._core = EngineCore(state, calendar)
        self.state = state
        self.calendar = calendar
        #: Entries since they were taken last; the same list always, so empty it in place.
        self.out: list[Entry] = self._core.out
        self.views: dict[str, MarketView] = self._core.views
        #: Asked for client order ids that `state` has forgotten; the journal knows them all.
        self.known: Callable[[str], Order | None] = lambda client_order_id: None

    # Commands ---------------------------------------------------------------------------------------------------------

    def place(self, params: OrderParams, now: Now) -> Order:
        """Takes an order, or raises InvalidPaperOrder. A refusal by the market, the account or its limits is journaled.

        The same client order id again is answered with the order that it made, as it stands, and nothing is journaled.
        """
        with arithmetic():
            return commands.place(self._core, params, now, self.known)

    def cancel(self, order_id: str, now: Now) -> Order:
        """Cancels an open order. Raises InvalidPaperOrder for one that is not open."""
        with arithmetic():
            return commands.cancel_order(self._core, order_id, now)

    def replace(
        self,
        order_id: str,
        now: Now,
        *,
        quantity: Number | None = None,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        trail_amount: Number | None = None,
        trail_percent: Number | None = None,
    ) -> Order:
        """Gives an open order other terms; None leaves a term. Raises InvalidPaperOrder, and then nothing changed."""
        terms = {
            "quantity": quantity,
            "limit_price": limit_price,
            "stop_price": stop_price,
            "trail_amount": trail_amount,
            "trail_percent": trail_percent,
        }
        with arithmetic():
            return commands.replace_order(self._core, order_id, now, terms)

    def cancel_all(self, symbol: str | None, now: Now) -> list[Order]:
        """Cancels every open order (of `symbol`); those that were canceled, the older first."""
        with arithmetic():
            return commands.cancel_all(self._core, symbol, now)

    def flatten(self, symbol: str | None, now: Now) -> list[Order]:
        """Cancels every open order (of `symbol`) and closes the positions at the market; the market orders.

        Where no price is usable they wait for one, whatever the account's settings say of market orders.
        """
        with arithmetic():
            return commands.flatten(self._core, symbol, now)

    def change(self, now: Now, *, name: str | None = None, settings: AccountSettings | None = None) -> None:
        """Gives the account another name or other settings; locks stay. Raises InvalidPaperOrder."""
        with arithmetic():
            commands.change_account(self._core, now, name, settings)

    def archive(self, now: Now) -> None:
        """Cancels every open order; the account takes none any more."""
        with arithmetic():
            commands.archive(self._core, now)

    def write_note(self, day: str, text: str, now: Now) -> None:
        """Notes `text` about an exchange day (ISO); empty takes the note away."""
        with arithmetic():
            commands.write_note(self._core, day, text, now)

    # The market -------------------------------------------------------------------------------------------------------

    def on_quote(self, quote: Quote, received: float) -> None:
        """A quote, received at `received` monotonic seconds. Below 1 µs where it wakes nothing, whatever rests."""
        core = self._core
        ms = quote.timestamp_ms
        if ms >= core.next_ms:
            with arithmetic():
                catch_up(core, Now(ms, received))
        book = core.books.get(quote.symbol) or core.book(quote.symbol)
        view = book.view
        view.bid = bid = quote.bid_price
        view.ask = ask = quote.ask_price
        view.bid_size = view.bid_left = quote.bid_size
        view.ask_size = view.ask_left = quote.ask_size
        view.quote_ms = ms
        view.received = received
        view.condition = quote.condition
        if ask <= book.ask_under or bid >= book.bid_over or ask >= book.ask_over or bid <= book.bid_under:
            with arithmetic():
                quote_wakes(core, book, Now(ms, received))

    def on_trade(self, trade: Trade, flags: int, received: float, *, suspect: bool = False) -> None:
        """A print; `flags`: bits of `engine.market.conditions` by which it counts. A suspect one fills nothing."""
        core = self._core
        ms = trade.timestamp_ms
        if ms >= core.next_ms:
            with arithmetic():
                catch_up(core, Now(ms, received))
        book = core.books.get(trade.symbol) or core.book(trade.symbol)
        view = book.view
        if suspect or flags & HELD_VOLUME:
            view.suspect, view.suspect_received = True, received
            return
        if flags & BAR_LAST:
            view.last = price = trade.price
            view.last_size = trade.size
            view.last_ms = ms
            view.last_received = received
            view.suspect = False
            if (price <= book.low or price >= book.high) and core.feed_up and not view.halted:
                with arithmetic():
                    trade_wakes(core, book, trade, flags, Now(ms, received))
        if book.awaits_auction:
            with arithmetic():
                auction_wakes(core, book, trade, Now(ms, received))

    def on_snapshot(self, snapshot: Snapshot, received: float) -> None:
        """Level 1 as the provider says it: a standing quote and a last price, no events; nothing is filled by it."""
        take_snapshot(self._core, snapshot, received)

    def on_time(self, now: Now) -> None:
        """Once a frame: latencies, times in force, the turn of the day, notes, a point of the equity curve a minute."""
        with arithmetic():
            each_frame(self._core, now)

    def feed_changed(self, up: bool, source: str, now: Now) -> None:
        """The link to the market came or went; `source`: whose prices come over it. Old quotes end with a link."""
        change_feed(self._core, up, source, now)

    def halted(self, symbol: str, on: bool, now: Now) -> None:
        """Trading in `symbol` is halted, or goes on."""
        halt(self._core, symbol, on, now)

    def bounded(self, symbol: str, low: float, high: float) -> None:
        """`symbol` trades from limit down to limit up only; NaN: no such limit is known."""
        bound(self._core, symbol, low, high)

    def split(self, symbol: str, ratio: Decimal, now: Now) -> None:
        """`ratio` new shares for 1, from now on."""
        with arithmetic():
            split(self._core, symbol, ratio, now)

    def take_market(self, other: AccountEngine) -> None:
        """Knows of the market what `other` knows: for an engine that takes the place of one that is thrown away."""
        self._core.take_market(other._core)

    def flush(self, now: Now) -> None:
        """Writes down what moves between entries (extremes of trailing orders, places in queues): before the end."""
        with arithmetic():
            note_all(self._core, now, at_once=True)

    # Questions --------------------------------------------------------------------------------------------------------

    def why(self, order_id: str, now: Now) -> str:
        """What an order waits for, or why it ended; empty for one that is not known here."""
        core = self._core
        order = core.state.order(order_id)
        if order is None:
            return ""
        with arithmetic():
            view = core.views.get(order.symbol)
            ahead, extreme = core.ahead(order), core.extreme(order)
            return why_not(
                order,
                view,
                core.state.settings,
                core.calendar,
                now,
                feed_up=core.feed_up,
                ahead=ahead,
                extreme=extreme,
            )

    def preview(self, params: OrderParams, now: Now) -> Preview:
        """What an order would cost and meet if it were placed now; nothing changes."""
        with arithmetic():
            return preview(self._core, params, now)

    def snapshot(self, now: Now) -> AccountSnapshot:
        """The account at the marks of now."""
        self._core.begin()
        with arithmetic():
            return snapshots.snapshot(self.state, self._core.marks(now), now.ms, self._core.working())

    def position(self, symbol: str, now: Now) -> PositionRow | None:
        """One of `positions`."""
        self._core.begin()
        with arithmetic():
            return snapshots.position_row(self.state, symbol, self._core.marks(now).get(symbol))

    def positions(self, now: Now) -> list[PositionRow]:
        """Positions at the marks of now, and those closed today."""
        self._core.begin()
        with arithmetic():
            return snapshots.position_rows(self.state, self._core.marks(now))
