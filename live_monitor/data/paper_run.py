"""A what-if: one recorded session, one paper account, and acts at times of the session.

Composition alone: what counts of the market is decided by `TickerState` and its guard, as in the hub; what becomes of
the orders by the paper engine; what is kept by the chain of the journal. Nothing here reads a clock, so the same
session and acts make the same journal, byte for byte (faults L17).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from heapq import heappop, heappush
from typing import Final, NamedTuple, Protocol

from live_monitor.data.models.market_data import Event, Quote, Snapshot, Trade
from live_monitor.data.models.orders import AccountSettings
from live_monitor.data.order_script import Act, CancelLine, PlaceLine, ReplaceLine
from live_monitor.data.paper_record import Denied, PaperRecord, Played
from live_monitor.engine.market.conditions import HELD_VOLUME, ConditionRules
from live_monitor.engine.market.print_guard import PrintGuard
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.engine.paper.account import open_account
from live_monitor.engine.paper.entries import AccountOpened
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine
from live_monitor.errors import InvalidPaperOrder

ACCOUNT: Final = "what-if"
_NEVER: Final = 2**62


class Told(Protocol):
    """What one frame of a session says (`providers.recorded_frames.Step`). `at_ms`: 0 where it has no market time."""

    @property
    def at_ms(self) -> int: ...

    @property
    def events(self) -> Sequence[Event]: ...

    @property
    def snapshot(self) -> Snapshot | None: ...


class Terms(NamedTuple):
    """What a what-if begins with: an account, and whose prices it hears.

    `source`: what receipts say of them ("REPLAY 2021-03-01"). `symbols`: others than these move the time only.
    """

    cash: Decimal
    settings: AccountSettings
    source: str
    symbols: tuple[str, ...]


class PaperRun:
    """Plays a session to one account; for one use. `start_ms`: market time of its first event. One thread."""

    def __init__(self, terms: Terms, calendar: Calendar, rules: ConditionRules, start_ms: int) -> None:
        opened = AccountOpened(
            account=ACCOUNT, at_ms=start_ms, name="What-if", cash=terms.cash, settings=terms.settings
        )
        self._calendar = calendar
        self._rules = rules
        self._latency_ms = terms.settings.latency_ms
        self._guard = PrintGuard()
        self._states = {symbol: TickerState(symbol, self._guard) for symbol in terms.symbols}
        for state in self._states.values():
            state.listener = self
        self._engine = AccountEngine(open_account(opened), calendar)
        self._record = PaperRecord(self._engine.state)
        self._record.take([opened])
        self._lines: dict[str, int] = {}
        self._denied: list[Denied] = []
        self._repeats: list[tuple[int, str]] = []
        self._acts: Sequence[Act] = ()
        self._next_act = 0
        self._start_ms = self._now_ms = start_ms
        self._edge_ms = self._edge_after(start_ms)
        #: Instants at which a latency may be over.
        self._due: list[int] = []
        self._engine.feed_changed(True, terms.source, self._now())
        self._note()

    def play(self, session: Iterable[Told], acts: Sequence[Act]) -> Played:
        """Plays `session` to its end, then lets time pass to the end of that trading day: day orders expire.

        `acts` ascend in time; each happens once everything stamped up to its time has been heard. One before the start
        happens at the start, before anything is known. Raises what reading the session raises.
        """
        self._acts = acts
        self._pass_to(self._start_ms)
        for told in session:
            self._hear(told)
        last_ms = max(self._now_ms, acts[-1].at_ms if acts else 0)
        bounds = self._calendar.session_bounds(last_ms)
        self._pass_to(last_ms if bounds is None else max(last_ms, bounds.post_ms), heard=True)
        return self._played()

    def _played(self) -> Played:
        engine, record, now = self._engine, self._record, self._now()
        engine.flush(now)
        self._note()
        return Played(
            orders=tuple(record.orders.values()),
            fills=tuple(record.fills),
            denied=tuple(self._denied),
            lines=self._lines,
            repeats=tuple(self._repeats),
            waiting={
                order.order_id: engine.why(order.order_id, now) for order in record.orders.values() if order.is_open
            },
            account=engine.snapshot(now),
            positions=tuple(engine.positions(now)),
            digest=record.digest,
            journal=tuple(record.journal),
        )

    # -- time ----------------------------------------------------------------------------------

    def _now(self) -> Now:
        # Ages are measured from the start: differences of small numbers keep their milliseconds.
        return Now(self._now_ms, (self._now_ms - self._start_ms) / 1000.0)

    def _pass_to(self, until_ms: int, *, heard: bool = False) -> None:
        """Time passes to `until_ms`, with all that happens on the way.

        An act at `until_ms` itself waits until everything of that instant is `heard`.
        """
        acts = self._acts
        while True:
            act_ms = acts[self._next_act].at_ms if self._next_act < len(acts) else _NEVER
            due_ms = self._due[0] if self._due else _NEVER
            stop_ms = min(act_ms if heard else act_ms + 1, due_ms, self._edge_ms)
            if stop_ms > until_ms:
                break
            first_ms = min(act_ms, due_ms, self._edge_ms)
            self._tick(first_ms)
            while self._due and self._due[0] <= first_ms:
                heappop(self._due)
            if self._edge_ms <= first_ms:
                self._turn(first_ms)
            if act_ms <= first_ms and (heard or act_ms < until_ms):
                self._next_act += 1
                self._act(acts[self._next_act - 1])
        self._tick(until_ms)

    def _tick(self, at_ms: int) -> None:
        self._now_ms = max(at_ms, self._now_ms)
        self._engine.on_time(self._now())
        self._note()

    def _edge_after(self, at_ms: int) -> int:
        """The next instant at which a session begins or ends, or a trading day."""
        day_ends_ms = self._calendar.span(self._calendar.trade_date(at_ms))[1]
        edges: tuple[int, ...] = self._calendar.session_bounds(at_ms) or ()
        return min((edge_ms for edge_ms in edges if edge_ms > at_ms), default=day_ends_ms)

    def _turn(self, at_ms: int) -> None:
        """Another session; on another day nothing is known of the market yet."""
        if at_ms >= self._calendar.span(self._calendar.trade_date(at_ms - 1))[1]:
            for state in self._states.values():
                state.reset_day()
        self._edge_ms = self._edge_after(at_ms)

    # -- the market ----------------------------------------------------------------------------

    def _hear(self, told: Told) -> None:
        for event in told.events:
            if isinstance(event, Quote | Trade):
                # One by one: of a frame with many, those before an act are known when it happens.
                if event.timestamp_ms > self._now_ms:
                    self._pass_to(event.timestamp_ms)
                self._fold(event)
        snapshot = told.snapshot
        at_ms = max(told.at_ms, snapshot.timestamp_ms if snapshot is not None else 0)
        if at_ms > self._now_ms:
            self._pass_to(at_ms)
        if snapshot is not None and snapshot.symbol in self._states:
            self._states[snapshot.symbol].on_snapshot(snapshot)
        self._note()

    def _fold(self, event: Quote | Trade) -> None:
        state = self._states.get(event.symbol)
        if state is None:
            return
        state.received = self._now().monotonic
        if isinstance(event, Trade):
            state.on_trade(event, self._rules.flags(event.conditions))
        else:
            state.on_quote(event)
            self._guard.look_again()
        self._guard.take_confirmed()
        self._note()

    def on_trade(self, trade: Trade, flags: int, received: float) -> None:
        """What a `TickerState` took (`Level1Listener`)."""
        self._engine.on_trade(trade, flags, received, suspect=bool(flags & HELD_VOLUME))

    def on_quote(self, quote: Quote, received: float) -> None:
        """As above."""
        self._engine.on_quote(quote, received)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """As above; received when it was made: how old its parts were then it says itself."""
        late_s = max(self._now_ms - snapshot.timestamp_ms, 0) / 1000.0
        self._engine.on_snapshot(snapshot, self._now().monotonic - late_s)

    # -- acts ----------------------------------------------------------------------------------

    def _act(self, act: Act) -> None:
        try:
            if isinstance(act, PlaceLine):
                self._place(act)
            else:
                self._amend(act)
        except InvalidPaperOrder as refusal:
            placed = self._note()
            if placed:
                # Sound terms, refused: the order stands in the journal with the reason.
                self._lines.update(dict.fromkeys(placed, act.number))
            else:
                self._denied.append(Denied(act, self._order_id(act), refusal.reason, str(refusal)))

    def _place(self, act: PlaceLine) -> None:
        order = self._engine.place(act.params, self._now())
        placed = self._note()
        if not placed:
            self._repeats.append((act.number, order.order_id))
        self._lines.update(dict.fromkeys(placed, act.number))

    def _amend(self, act: CancelLine | ReplaceLine) -> None:
        order_id = self._order_id(act)
        if not order_id:
            raise InvalidPaperOrder(
                f"No order was placed with the id {act.client_order_id or act.order_id}.", reason="unknown_order"
            )
        if isinstance(act, CancelLine):
            self._engine.cancel(order_id, self._now())
        else:
            self._engine.replace(order_id, self._now(), **act.terms)
        self._note()

    def _order_id(self, act: Act) -> str:
        if isinstance(act, PlaceLine):
            return ""
        if act.order_id:
            return act.order_id if act.order_id in self._record.orders else ""
        return self._record.ids.get(act.client_order_id, "")

    def _note(self) -> list[str]:
        """Keeps what the engine has decided; returns the ids of the orders that were placed."""
        if not self._engine.out:
            return []
        if self._latency_ms:
            heappush(self._due, self._now_ms + self._latency_ms)
        return self._record.take(self._engine.out)
