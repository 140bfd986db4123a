"""Somebody who trades ACME on one paper account, with a clock of their own: short words for tests of the engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from live_monitor.data.models.market_data import NAN, Quote, Snapshot, Trade
from live_monitor.data.models.orders import AccountSettings, Order, OrderParams, RiskLimits
from live_monitor.engine.market.conditions import ALL
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper.account import AccountState, open_account
from live_monitor.engine.paper.entries import AccountOpened, Entry, Filled
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine

SYMBOL: Final = "ACME"
#: Friday 2026-11-20, 10:00 in New York.
FRIDAY: Final = date(2026, 11, 20)
_HOURS = us_equities().times(FRIDAY)
assert _HOURS is not None
START_MS: Final = _HOURS.open_ms + 30 * 60_000
#: Ms from `START_MS` to the close and to the end of the late session of that day.
CLOSE_MS: Final = _HOURS.close_ms - START_MS
POST_MS: Final = _HOURS.post_ms - START_MS
DAY_MS: Final = 86_400_000
NO_LIMITS: Final = RiskLimits(enabled=False)
D = Decimal


class Acme:
    """Times are ms since `START_MS`; a word that takes one moves the clock there. `entries`: all that was written."""

    def __init__(self, cash: int = 100_000, *, quoted: bool = True, **settings: Any) -> None:
        settings.setdefault("risk", NO_LIMITS)
        self.opened = AccountOpened(
            account="A1", at_ms=START_MS - 1, name="Test", cash=Decimal(cash), settings=AccountSettings(**settings)
        )
        self.engine = AccountEngine(open_account(self.opened), us_equities())
        self.entries: list[Entry] = []
        self.ms = 0
        if quoted:
            self.quote(0, 99.99, 100.01)

    @property
    def state(self) -> AccountState:
        return self.engine.state

    def now(self, ms: int | None = None) -> Now:
        self.ms = self.ms if ms is None else ms
        return Now(START_MS + self.ms, self.ms / 1_000)

    def taken(self) -> list[Entry]:
        """What the engine wrote since the last time."""
        found = list(self.engine.out)
        self.engine.out.clear()
        self.entries += found
        return found

    def kinds(self) -> list[str]:
        """Names of what the engine wrote since the last time."""
        return [type(entry).__name__ for entry in self.taken()]

    def quote(
        self, ms: int, bid: float, ask: float, size: float = 500.0, *, symbol: str = SYMBOL, stamp: int | None = None
    ) -> None:
        now = self.now(ms)
        stamped = now.ms if stamp is None else START_MS + stamp
        self.engine.on_quote(Quote(symbol, stamped, bid, size, ask, size), now.monotonic)

    def print(
        self, ms: int, price: float, size: float = 100.0, *, flags: int = ALL, stamp: int | None = None,
        symbol: str = SYMBOL, conditions: tuple[int, ...] = (), suspect: bool = False,
    ) -> None:  # fmt: skip
        now = self.now(ms)
        stamped = now.ms if stamp is None else START_MS + stamp
        self.engine.on_trade(Trade(symbol, price, size, stamped, conditions), flags, now.monotonic, suspect=suspect)

    def snapshot(self, ms: int, **fields: float) -> None:
        now = self.now(ms)
        row: dict[str, Any] = {"bid": NAN, "ask": NAN, "last": NAN, **fields}
        self.engine.on_snapshot(Snapshot(SYMBOL, now.ms, **row), now.monotonic)

    def time(self, ms: int) -> None:
        self.engine.on_time(self.now(ms))

    def place(self, ms: int, side: str, quantity: int, kind: str = "MKT", **fields: Any) -> Order:
        """`limit`, `stop`, `amount`, `percent`, `tif`, `client` for short; the order as the account has it."""
        short = {
            "limit": "limit_price", "stop": "stop_price", "amount": "trail_amount", "percent": "trail_percent",
            "tif": "time_in_force", "client": "client_order_id",
        }  # fmt: skip
        terms = {short.get(name, name): value for name, value in fields.items()}
        terms.setdefault("symbol", SYMBOL)
        params = OrderParams(side=side, quantity=quantity, order_type=kind, **terms)
        return self.engine.place(params, self.now(ms))

    def hold(self, shares: int, price: float = 100.01) -> None:
        """Buys `shares` at `price` of a quote that displays many."""
        self.quote(self.ms, round(price - 0.02, 2), price, 1e9)
        self.place(self.ms, "BUY", shares)
        self.taken()

    def order(self, order_id: str) -> Order:
        found = self.state.order(order_id)
        assert found is not None
        return found

    def states(self) -> dict[str, str]:
        """States of all orders that the account keeps, by number of the order."""
        known = [*self.state.open_orders(), *self.state.closed_orders()]
        return {order.order_id: order.state for order in sorted(known, key=lambda order: int(order.order_id[1:]))}

    def fills(self) -> list[tuple[str, int, str]]:
        """Order, shares and price of every execution so far."""
        self.taken()
        return [
            (entry.order_id, int(entry.quantity), f"{entry.price:.2f}")
            for entry in self.entries
            if isinstance(entry, Filled)
        ]

    def why(self, order: Order) -> str:
        return self.engine.why(order.order_id, self.now())
