"""A trader with limits at a market that does as it is told, whose program may be started anew at any time.

Each start folds a new account from the bytes of the journal, and knows nothing else of the run before.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.data.models.orders import ZERO, AccountSettings, Order, OrderParams, RiskLimits
from live_monitor.engine.market.conditions import BAR_LAST
from live_monitor.engine.market.sessions import NEW_YORK, us_equities
from live_monitor.engine.paper import folding, ledger
from live_monitor.engine.paper.entries import AccountOpened, Entry, Filled, RiskLocked
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine
from live_monitor.errors import InvalidPaperOrder

ACCOUNT = "A1"
#: No limit at all, but for those that a test sets.
FREE: dict[str, Any] = dict.fromkeys(
    (
        "max_position",
        "max_portfolio_risk",
        "min_cash_reserve",
        "max_trades_per_day",
        "daily_loss_limit",
        "losing_streak",
    )
)


def at(text: str) -> int:
    """Market ms of a New York time: `2026-11-20 10:30`. On the night of a clock change of the earlier reading."""
    return round(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


def day_of(ms: int) -> str:
    """The date in New York, by the standard library alone."""
    return datetime.fromtimestamp(ms / 1000, NEW_YORK).date().isoformat()


class Trader:
    """`journal`: bytes of every entry. Time and prices stand still until they are told to move."""

    def __init__(self, when: str | int, cash: int = 100_000, **limits: Any) -> None:
        self.now_ms = at(when) if isinstance(when, str) else when
        self.monotonic = 1_000.0
        self.prices = {"IBM": Decimal(100)}
        self.journal: list[bytes] = []
        self.limits = RiskLimits(**(FREE | limits))
        opened = AccountOpened(
            account=ACCOUNT, at_ms=self.now_ms, name="T", cash=Decimal(cash), settings=AccountSettings(risk=self.limits)
        )
        self._keep([opened])
        self.restart()

    def _keep(self, entries: list[Entry]) -> None:
        self.journal += [ledger.draft(entry).body for entry in entries]

    def entries(self) -> list[Entry]:
        return [ledger.decoded(body) for body in self.journal]

    def restart(self) -> None:
        """The program ends, and begins with what the journal holds."""
        states: folding.States = {}
        for entry in self.entries():
            folding.fold(states, entry)
        self.engine = AccountEngine(states[ACCOUNT], us_equities())
        self.engine.feed_changed(True, "TEST", self.now)
        self._look()

    @property
    def now(self) -> Now:
        return Now(self.now_ms, self.monotonic)

    def _look(self) -> None:
        """A fresh quote and print of everything, then a frame."""
        for symbol, price in self.prices.items():
            cent = 0.01
            self.engine.on_quote(
                Quote(symbol, self.now_ms, float(price) - cent, 10_000, float(price), 10_000), self.monotonic
            )
            self.engine.on_trade(Trade(symbol, float(price), 100, self.now_ms, (), 12, "", 0), BAR_LAST, self.monotonic)
        self.engine.on_time(self.now)
        self._take()

    def _take(self) -> None:
        self._keep(self.engine.out)
        self.engine.out.clear()

    def pass_to(self, when: str | int) -> None:
        """Market time goes on, or is set back; the monotonic clock only goes on."""
        target = at(when) if isinstance(when, str) else when
        self.monotonic += max(target - self.now_ms, 1_000) / 1000
        self.now_ms = target
        self._look()

    def price(self, price: str | int | Decimal, symbol: str = "IBM") -> None:
        """The market moves, in the next minute."""
        self.prices[symbol] = Decimal(price)
        self.pass_to(self.now_ms + 60_000)

    def order(self, side: str, quantity: int = 10, symbol: str = "IBM", **terms: Any) -> Order:
        """Places an order at the market, one second later. Raises InvalidPaperOrder."""
        self.pass_to(self.now_ms + 1_000)
        try:
            return self.engine.place(OrderParams(symbol=symbol, side=side, quantity=quantity, **terms), self.now)
        finally:
            self._take()

    def refused(self, side: str = "BUY", quantity: int = 10, symbol: str = "IBM", **terms: Any) -> str:
        """The code by which an order is refused; empty when it is taken."""
        try:
            self.order(side, quantity, symbol, **terms)
        except InvalidPaperOrder as refusal:
            return refusal.reason
        return ""

    def set_limits(self, **limits: Any) -> None:
        """Other limits; what is not said stays as it was made."""
        given = {name: getattr(self.limits, name) for name in self.limits.__struct_fields__} | limits
        self.engine.change(self.now, settings=AccountSettings(risk=RiskLimits(**given)))
        self._take()

    @property
    def held(self) -> Decimal:
        return self.engine.state.quantity("IBM")

    def beyond(self, limit: int) -> list[str]:
        """By the journal alone: days with more than `limit` orders that opened, and what was opened under a lock."""
        held: dict[str, Decimal] = {}
        opened: dict[str, set[str]] = {}
        until: list[int] = []
        wrong = []
        for entry in self.entries():
            if isinstance(entry, RiskLocked):
                until.append(entry.until_ms)
            if not isinstance(entry, Filled):
                continue
            before = held.get(entry.symbol, ZERO)
            after = before + (entry.quantity if entry.side == "BUY" else -entry.quantity)
            held[entry.symbol] = after
            if abs(after) > abs(before) or after * before < 0:
                opened.setdefault(day_of(entry.at_ms), set()).add(entry.order_id)
                wrong += [f"{entry.order_id} opened under a lock" for end in until if entry.at_ms < end]
        return wrong + [f"{day}: {len(orders)} trades" for day, orders in opened.items() if len(orders) > limit]
