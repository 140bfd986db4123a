"""The paper engine of this program, as the desktop uses it: every order has its fees, its risk check, its receipt.

What it decides becomes journal entries; `durable` also writes them to a ledger on the disk, flushed.
"""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import structs

from bench.order_events import START_MS, SYMBOL, Level1, Resting
from bench.order_events import quotes as level_1
from live_monitor.clock import SystemClock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.models.market_data import Quote
from live_monitor.data.models.orders import AccountSettings, Order, OrderParams, RiskLimits
from live_monitor.data.stores.ledger_store import Ledger
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper.account import open_account
from live_monitor.engine.paper.entries import AccountOpened
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine

_ACCOUNT: Final = "bench"
_PATIENCE_S: Final = 10.0
#: Every check is made; none may refuse, whatever the bench places.
_RISK: Final = RiskLimits(
    max_position=Decimal(1), max_portfolio_risk=Decimal(1), min_cash_reserve=Decimal(0),
    max_trades_per_day=10_000, daily_loss_limit=Decimal(10**9), losing_streak=10_000,
)  # fmt: skip
_SETTINGS: Final = AccountSettings(costs="us_broker", risk=_RISK)


def _now(at_ms: int) -> Now:
    return Now(at_ms, (at_ms - START_MS) / 1000)


def _quote(quote: Level1) -> Quote:
    return Quote(SYMBOL, quote.at_ms, quote.bid, quote.bid_size, quote.ask, quote.ask_size)


def _market(buy: bool, number: int) -> OrderParams:
    return OrderParams(symbol=SYMBOL, side="BUY" if buy else "SELL", quantity=1, client_order_id=f"order {number}")


class Ours:
    """One cash account with 100,000,000 USD, whose limits are checked and never met."""

    def __init__(self) -> None:
        opened = AccountOpened(account=_ACCOUNT, at_ms=START_MS, name="Bench", cash=Decimal(10**8), settings=_SETTINGS)
        self.engine = AccountEngine(open_account(opened), us_equities())
        self.engine.out.append(opened)
        self.engine.feed_changed(True, "BENCH", _now(START_MS))
        self._quiet(level_1(1)[0])

    def _quiet(self, quote: Level1) -> None:
        self.engine.on_quote(_quote(quote), _now(quote.at_ms).monotonic)

    def rest(self, orders: list[Resting]) -> None:
        if not orders:
            return
        now = _now(START_MS + 1)
        # The limits walk over all open orders for each that is placed; here it only matters that they rest.
        self.engine.change(now, settings=structs.replace(_SETTINGS, risk=RiskLimits(enabled=False)))
        # Shares for the sells, of a quote that displays no sizes.
        self.engine.on_quote(Quote(SYMBOL, START_MS + 1, 99.9, ask_price=99.92), now.monotonic)
        self.engine.place(OrderParams(symbol=SYMBOL, side="BUY", quantity=len(orders)), now)
        for order in orders:
            side = "BUY" if order.buy else "SELL"
            params = OrderParams(
                symbol=SYMBOL, side=side, quantity=1, order_type="LMT", limit_price=order.price, time_in_force="GTC"
            )
            self._open(self.engine.place(params, now))
        self.engine.change(now, settings=_SETTINGS)

    @staticmethod
    def _open(order: Order) -> None:
        if order.state != "accepted":
            raise RuntimeError(f"an order that should rest is {order.state}: {order.text}")

    def quotes(self, quotes: list[Level1]) -> float:
        """CPU seconds for all of them."""
        told = [(_quote(quote), _now(quote.at_ms).monotonic) for quote in quotes]
        take = self.engine.on_quote
        self.engine.out.clear()
        started = time.process_time()
        for quote, received in told:
            take(quote, received)
        took = time.process_time() - started
        if self.engine.out:
            raise RuntimeError("a quote that should trigger nothing did")
        return took

    def orders(self, quotes: list[Level1]) -> list[float]:
        """CPU seconds of each market order, one at every quote, buys and sells in turn, filled when it returns."""
        found: list[float] = []
        for number, quote in enumerate(quotes):
            self._quiet(quote)
            params = _market(number % 2 == 0, number)
            now = _now(quote.at_ms)
            started = time.thread_time()
            order = self.engine.place(params, now)
            found.append(time.thread_time() - started)
            if order.state != "filled":
                raise RuntimeError(f"a market order is {order.state}: {order.text}")
            self.engine.out.clear()
        return found


def bytes_a_closed_order(count: int) -> float:
    """Memory that an account keeps for each order that was filled, its fill and its client order id included.

    The first orders are not counted: interpreter and account make room once.
    """
    subject, walk = Ours(), level_1(count + count // 4)
    subject.orders(walk[: count // 4])
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    subject.orders(walk[count // 4 :])
    gc.collect()
    return (tracemalloc.get_traced_memory()[0] - before) / count


def durable(count: int) -> dict[str, float]:
    """Market orders, decided, filled and flushed to the disk: `p50`, `p99` in ms one after the other, `rate` in 1/s
    when they come as fast as they are decided, a frame's worth at a time."""
    with TemporaryDirectory(prefix="bench-ledger") as folder:
        thread = LedgerThread(lambda: Ledger(Path(folder) / "ledger.sqlite3"), SystemClock())
        try:
            _until_ready(thread)
            subject, walk = Ours(), level_1(2 * count)
            _flushed(thread, _append(thread, subject))
            alone = [_alone(thread, subject, quote, number) for number, quote in enumerate(walk[:count])]
            started = time.perf_counter()
            ticket = 0
            for number, quote in enumerate(walk[count:]):
                subject._quiet(quote)
                subject.engine.place(_market(number % 2 == 0, count + number), _now(quote.at_ms))
                if number % 10 == 9:
                    ticket = _append(thread, subject)
            if subject.engine.out:
                ticket = _append(thread, subject)
            _flushed(thread, ticket)
            rate = count / (time.perf_counter() - started)
        finally:
            thread.close()
    ranked = statistics.quantiles(alone, n=100, method="inclusive")
    return {"p50": ranked[49] * 1e3, "p99": ranked[98] * 1e3, "rate": rate}


def _until_ready(thread: LedgerThread) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while thread.condition.kind != "ready":
        thread.take()
        if time.monotonic() > deadline:
            raise RuntimeError(f"the ledger is {thread.condition}")
        time.sleep(0.01)


def _append(thread: LedgerThread, subject: Ours) -> int:
    entries = list(subject.engine.out)
    subject.engine.out.clear()
    return thread.append(entries)


def _flushed(thread: LedgerThread, ticket: int) -> None:
    problem = thread.wait(ticket, _PATIENCE_S)
    if problem:
        raise RuntimeError(problem)
    thread.take()


def _alone(thread: LedgerThread, subject: Ours, quote: Level1, number: int) -> float:
    """Seconds from the press of the button to the answer."""
    subject._quiet(quote)
    started = time.perf_counter()
    subject.engine.place(_market(number % 2 == 0, number), _now(quote.at_ms))
    ticket = _append(thread, subject)
    problem = thread.wait(ticket, _PATIENCE_S)
    took = time.perf_counter() - started
    if problem:
        raise RuntimeError(problem)
    thread.take()
    return took
