"""The paper desk: accounts, their engines, the ledger and the market of the hub, put together. No Qt.

Decisions are made at once, on what the hub believes, and written down; what is shown as done, answered to a script or
told to others is durable. When the ledger cannot write, everything that was not durable has not happened: the engines
are thrown away and begin again from what is kept.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.models.orders import AccountSettings, Number, Order, OrderParams, PlacedOrder
from live_monitor.data.paper_keeping import PaperKeeping
from live_monitor.data.paper_market import PaperMarket
from live_monitor.data.paper_opening import name_of, opening
from live_monitor.data.paper_readings import PaperReadings
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import Entry
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine
from live_monitor.errors import InvalidPaperOrder, LedgerError

if TYPE_CHECKING:
    from live_monitor.data.market_hub import MarketHub

_log = logging.getLogger(__name__)

#: What a first account begins with, in USD.
FIRST_CASH: Final = Decimal(100_000)
MAX_ACCOUNTS: Final = 50
#: After a write that failed, or a ledger that was locked, the next attempt is made after so long.
RETRY_S: Final = 2.0


class PaperDesk(PaperReadings):
    """Main thread; `place` may be called from any. `version` rises when there is something new to read."""

    def __init__(self, ledger: LedgerThread, calendar: Calendar, chosen: dict[str, str] | None = None) -> None:
        """`chosen`: which account was in use in which market."""
        super().__init__()
        self._ledger = ledger
        self._calendar = calendar
        #: Whose prices (`providers.prices_of`) to account: the person's choice; whoever listens to `chose` keeps it.
        self.chosen = dict(chosen or {})
        self.chose: Callable[[], None] = lambda: None
        #: Entries that have become durable, in order, each once: for a mirror, alerts, sounds.
        self.on_durable: Callable[[Sequence[Entry]], None] = lambda entries: None
        #: One line for the person.
        self.told: Callable[[str], None] = lambda text: None
        self._keeping = PaperKeeping(ledger)
        self._keeping.kept, self._keeping.lost = self._kept, self._lost
        #: A ledger that opened once is not opened anew behind a halt: what made it halt is for the person to see.
        self._has_begun = False
        #: The account that was in use before the present one.
        self._former = ""
        self._tried_s = 0.0
        #: Prices by which positions were marked in the last frame.
        self._seen: tuple[float, ...] = ()
        ledger.opened = self._begin

    # -- the market ------------------------------------------------------------------------------

    def follow(self, hub: MarketHub) -> None:
        """Another source of prices, before it connects."""
        with self._door:
            self.leave()
            self._market = PaperMarket(hub, self._door)

    def leave(self) -> None:
        """No source of prices any more: orders wait."""
        with self._door:
            if self._market is not None:
                self._market.leave()
            self._market, self._account = None, ""
            self.version += 1

    def tick(self) -> None:
        """Once per frame: what the ledger answered, links, halts, times in force, and what is to be written down."""
        # Nobody may decide between the news that a write has failed and the wish to begin anew, which comes after it.
        with self._door:
            self._ledger.take()
            market = self._market
            if market is None:
                return
            market.look()
            self._try_again(market.now().monotonic)
            if not market.is_known or not self._usable:
                self._let_hear()
                return
            self._choose(market)
            now = market.now()
            for engine in self._heard():
                engine.on_time(now)
            self._write()
            prices = self._prices()
            if prices != self._seen:
                self._seen = prices
                self.version += 1
        market.follow(self._wanted())

    def _heard(self) -> list[AccountEngine]:
        """Engines of the accounts that trade at this market's prices."""
        market = self._market
        if market is None:
            return []
        return [engine for engine in self._engines.values() if market.serves(engine.state.market)]

    def _let_hear(self) -> None:
        """Engines hear the market, but while nothing can be written: then nothing happens either."""
        if self._market is not None:
            self._market.give_to(self._heard())
            if self._reloading or self._failure or self._ledger.condition.kind == "halted":
                self._market.give_to(())

    def _choose(self, market: PaperMarket) -> None:
        """Takes the account that was in use in this market, or opens the first one."""
        shown = self._state
        if shown is not None and market.serves(shown.market):
            return
        heard = self._heard()
        # A choice that was made before vendors shared accounts stands under the vendor's name.
        wish = self.chosen.get(market.name, self.chosen.get(market.hub.pages.market))
        named = [engine for engine in heard if engine.state.account == wish]
        if heard:
            self._use((named or heard)[0].state.account)
        else:
            self._open(market, name_of(market.title), FIRST_CASH, AccountSettings())
        self._let_hear()

    def _use(self, account: str) -> None:
        if self._account in self._engines:
            self._former = self._account
        self._account = account
        self.version += 1
        market = self._market
        if market is not None and self.chosen.get(market.name) != account:
            self.chosen[market.name] = account
            self.chose()

    def _open(
        self, market: PaperMarket, name: str, cash: Decimal, settings: AccountSettings, old: AccountEngine | None = None
    ) -> None:
        number = sum(bool(state.market) and market.serves(state.market) for state in self._states()) + 1
        account = f"{market.name}.{number}"
        now, former = market.now(), old.state if old is not None else None
        state, entries = opening(account, now.ms, market.name, name, cash, settings, former)
        if old is not None:
            # Written together: an account that is gone would take its locks with it.
            old.archive(now)
        self._add_engine(state).out[:] = entries
        self._write()
        self._use(account)

    def _states(self) -> list[AccountState]:
        return [*(engine.state for engine in self._engines.values()), *self._archived.values()]

    def _wanted(self) -> frozenset[str]:
        """Symbols without which orders and positions would stand still."""
        symbols: set[str] = set()
        for engine in self._heard():
            symbols.update(order.symbol for order in engine.state.open_orders())
            symbols.update(position.symbol for position in engine.state.held())
        return frozenset(symbols)

    # -- the ledger ------------------------------------------------------------------------------

    @property
    def _usable(self) -> bool:
        return self._ledger.condition.kind == "ready" and not self._reloading and not self._failure

    def _try_again(self, at_s: float) -> None:
        """A disk that was full may have room again, a ledger that was locked may be free; no oftener than this."""
        if self._reloading or (not self._failure and self._ledger.condition.kind != "halted"):
            self._tried_s = at_s
        elif at_s - self._tried_s >= RETRY_S:
            self._tried_s = at_s
            if self._ledger.condition.kind == "halted":
                if not self._has_begun:
                    self._ledger.reload(self._begin)
            else:
                self._failure = ""
                self._let_hear()
                self.version += 1

    def _begin(self, states: dict[str, AccountState]) -> None:
        """The ledger is open, or was read again: everything begins from what is kept."""
        with self._door:
            self._reloading = False
            self._has_begun = self._has_begun or bool(states)
            before = self._engines
            self._engines, self._archived = {}, {}
            for account, state in states.items():
                if state.archived:
                    self._archived[account] = state
                    continue
                engine = self._add_engine(state)
                if account in before:
                    engine.take_market(before[account])
            if self._account not in states:
                # It was opened by what is not kept: the one before is in use again.
                self._account = ""
                if self._former in [engine.state.account for engine in self._heard()]:
                    self._use(self._former)
            self._let_hear()
            self.version += 1

    def _add_engine(self, state: AccountState) -> AccountEngine:
        engine = self._engines[state.account] = AccountEngine(state, self._calendar)
        engine.known = lambda client: self._ledger.find_client(state.account, client)
        return engine

    def _write(self, done: Callable[[str], None] | None = None) -> None:
        """Hands what was decided to the ledger; `done` hears once that, and all before it, is durable or lost."""
        entries: list[Entry] = []
        for engine in self._engines.values():
            entries += engine.out
            engine.out.clear()
        # What was decided upon something that is not kept goes with the engines.
        if self._reloading or not (entries or done is not None):
            return
        self.version += 1
        try:
            self._keeping.keep(entries, done)
        except LedgerError as problem:
            self._lost(problem.message)
            raise InvalidPaperOrder(problem.message, reason="not_durable") from problem

    def _kept(self, entries: Sequence[Entry]) -> None:
        self.version += 1
        self.on_durable(entries)

    def _lost(self, reason: str) -> None:
        """What was not durable has not happened."""
        if self._reloading:
            return
        self._reloading, self._failure = True, reason
        self._let_hear()
        self.version += 1
        _log.error("Paper trading goes back to what is kept: %s", reason)
        self.told(reason)
        self._ledger.reload(self._begin)

    # -- commands --------------------------------------------------------------------------------

    def _ready_engine(self) -> AccountEngine:
        """The account in use. Raises InvalidPaperOrder where nothing can be placed at present."""
        refusal = self._refusal_text()
        engine = self._engine
        if refusal or engine is None:
            raise InvalidPaperOrder(refusal or "No paper account is open yet.", reason="not_ready")
        return engine

    def place(self, params: OrderParams, timeout_s: float = 5.0) -> PlacedOrder:
        """Places an order and answers once it is durable. Blocks for at most `timeout_s`; any thread.

        Raises InvalidPaperOrder: refused, or not durable. What is not durable has not happened, except after
        `timeout_s`, when nobody knows yet: sent again with its client order id it is still one order.
        """
        with self._door:
            engine = self._prepared()
            try:
                answer = self._answer(engine, engine.place(params, self._now_for(params.symbol)))
            finally:
                # A refusal is a fact too.
                self._write()
            ticket = self._keeping.last_ticket
        reason = self._keeping.wait(ticket, timeout_s)
        if reason:
            raise InvalidPaperOrder(reason, reason="not_durable")
        return answer

    def request(self, params: OrderParams, done: Callable[[PlacedOrder | InvalidPaperOrder], None]) -> None:
        """Like `place`, for a window: `done` is called on the main thread, in a later `tick`, or at once if refused."""

        def over(reason: str) -> None:
            done(InvalidPaperOrder(reason, reason="not_durable") if reason else answer)

        with self._door:
            try:
                engine = self._prepared()
                answer = self._answer(engine, engine.place(params, self._now_for(params.symbol)))
                self._write(over)
            except InvalidPaperOrder as refusal:
                self._write()
                done(refusal)

    def _now_for(self, symbol: str) -> Now:
        return self._market.now_for(symbol) if self._market is not None else self._now()

    def _prepared(self) -> AccountEngine:
        engine = self._ready_engine()
        if self._market is not None:
            self._market.look()
        return engine

    def _answer(self, engine: AccountEngine, order: Order) -> PlacedOrder:
        now = self._now()
        return PlacedOrder(copy.copy(order), engine.snapshot(now), engine.position(order.symbol, now))

    def cancel(self, order_id: str) -> None:
        """Raises InvalidPaperOrder for an order that is over, or unknown."""
        self._do(lambda engine: engine.cancel(order_id, self._now()))

    def replace(
        self,
        order_id: str,
        *,
        quantity: Number | None = None,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        trail_amount: Number | None = None,
        trail_percent: Number | None = None,
    ) -> None:
        """Other terms for a working order. Raises InvalidPaperOrder; the order then stays as it is."""
        self._do(
            lambda engine: engine.replace(
                order_id, self._now(), quantity=quantity, limit_price=limit_price, stop_price=stop_price,
                trail_amount=trail_amount, trail_percent=trail_percent,
            )
        )  # fmt: skip

    def cancel_all(self, symbol: str | None = None) -> None:
        """Cancels every working order (of `symbol`)."""
        self._do(lambda engine: engine.cancel_all(symbol, self._now()))

    def flatten(self, symbol: str | None = None) -> None:
        """Cancels working orders and sells what is held (of `symbol`) at the market."""
        self._do(lambda engine: engine.flatten(symbol, self._now()))

    def change(self, *, name: str | None = None, settings: AccountSettings | None = None) -> None:
        """Other settings for the account in use."""
        self._do(lambda engine: engine.change(self._now(), name=name, settings=settings))

    def write_note(self, day: str, text: str) -> None:
        """The person's note of a day."""
        self._do(lambda engine: engine.write_note(day, text, self._now()))

    def _do(self, command: Callable[[AccountEngine], object]) -> None:
        with self._door:
            engine = self._prepared()
            try:
                command(engine)
            finally:
                self._write()

    # -- accounts --------------------------------------------------------------------------------

    def choose(self, account: str) -> None:
        """Uses another account of this market, or looks at an archived one; an unknown one changes nothing."""
        if account in self._engines and self._engines[account] in self._heard():
            self._use(account)
        elif account in self._archived and account in [known for known, _, _ in self.accounts]:
            self._account = account
            self.version += 1

    def open_account(self, name: str, cash: Decimal) -> None:
        """Opens another account in this market. Raises InvalidPaperOrder where that cannot be."""
        with self._door:
            engine = self._ready_engine()
            market = self._market
            if market is None or len(self._states()) >= MAX_ACCOUNTS:
                raise InvalidPaperOrder(f"No more than {MAX_ACCOUNTS} accounts can be kept.", reason="too_many")
            self._open(market, name, cash, engine.state.settings)
            self._let_hear()

    def reset(self, cash: Decimal | None = None) -> None:
        """Archives the account in use, readable for good, and goes on with a fresh one under the same name."""
        with self._door:
            engine = self._prepared()
            market = self._market
            if market is None:
                return
            old = engine.state
            self._open(market, old.name, cash if cash is not None else old.opening_cash, old.settings, engine)
            del self._engines[old.account]
            self._archived[old.account] = old
            self._let_hear()

    def close(self) -> None:
        """Writes down what moves between entries, and lets the market go. The ledger is closed by its owner."""
        with self._door:
            if self._usable and self._market is not None and self._market.is_known:
                now = self._now()
                for engine in self._heard():
                    engine.flush(now)
                self._write()
        self.leave()
