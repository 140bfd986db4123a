"""A paper desk in memory: takes orders at once, fills none, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from live_monitor.data.models.orders import (
    ZERO,
    AccountSettings,
    AccountSnapshot,
    DayFacts,
    Fees,
    Order,
    OrderParams,
    PlacedOrder,
    PositionRow,
    Refusal,
    RiskLimits,
)
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.preview import Preview
from live_monitor.errors import InvalidPaperOrder
from live_monitor.ui.paper_view import FillView, Replacement

NO_LIMITS = AccountSettings(risk=RiskLimits(enabled=False))


def working(order_id: str, **terms: object) -> Order:
    """A working order: to buy 100 AAPL, unless `terms` say otherwise; prices as text."""
    values = {
        name: Decimal(value) if isinstance(value, str) and ("price" in name or "trail" in name) else value
        for name, value in terms.items()
    }
    plain: dict[str, object] = {
        "client_order_id": f"c-{order_id}", "account": "paper", "symbol": "AAPL", "side": "BUY",
        "quantity": Decimal(100), "order_type": "LMT", "state": "accepted",
    }  # fmt: skip
    return Order(order_id=order_id, **{**plain, **values})  # type: ignore[arg-type]  # terms as the test writes them


def position(quantity: int, cost: str, mark: str | None, symbol: str = "AAPL") -> PositionRow:
    """A position with its profit, or without where there is no mark."""
    shares, paid = Decimal(quantity), Decimal(cost)
    gain = None if mark is None else (Decimal(mark) - paid) * shares
    value = None if mark is None else Decimal(mark) * shares
    return PositionRow(
        symbol, shares, paid, None if mark is None else Decimal(mark), "mid", 10, value, gain, ZERO, gain
    )


class MemoryPaper:
    """Answers to `order_desk.PaperOrders`. `asked`: every request, in order."""

    def __init__(self, worth: str = "100000", settings: AccountSettings = NO_LIMITS) -> None:
        self.version = 1
        self.ready, self.notice, self.account_id = True, "", "paper"
        self.settings = settings
        self.accounts: list[tuple[str, str, bool]] = [("paper", "Paper", False), ("old", "Old", True)]
        self.worth = Decimal(worth)
        self.working: list[Order] = []
        self.held: list[PositionRow] = []
        self.quotes: dict[str, MarketView] = {}
        self.saving: set[str] = set()
        self.asked: list[object] = []
        self.refusal: Refusal | None = None
        self.ticks = 0
        self.chosen: dict[str, str] = {}
        self.chose: Callable[[], None] = lambda: None
        self.told: Callable[[str], None] = lambda text: None

    # What the test does

    def change_version(self) -> None:
        """Something is another thing."""
        self.version += 1

    def quoted(self, symbol: str, bid: float, ask: float) -> None:
        """The market of a symbol stands here."""
        view = self.quotes.setdefault(symbol, MarketView(symbol))
        view.bid, view.ask = bid, ask

    # What is read

    @property
    def account(self) -> AccountSnapshot | None:
        worth = self.worth
        return AccountSnapshot(
            account="paper", name="Paper", at_ms=0, cash=worth, settled_cash=worth, reserved=ZERO, market_value=ZERO,
            net_liq=worth, stock_buying_power=worth, option_buying_power=worth, day_trading_buying_power=worth,
            realized=ZERO, unrealized=ZERO, day_pnl=ZERO, fees=ZERO, trades_today=0,
        )  # fmt: skip

    def orders(self) -> Sequence[Order]:
        return sorted(self.working, key=lambda order: not order.is_open)

    def fills(self) -> Sequence[FillView]:
        return []

    def positions(self) -> Sequence[PositionRow]:
        return self.held

    def why(self, order_id: str, /) -> str:
        return f"{order_id} waits"

    def receipt(self, execution_id: str, /) -> Sequence[str]:
        return []

    def pending(self, order_id: str, /) -> bool:
        return order_id in self.saving

    def equity(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return np.empty(0, np.int64), np.empty(0)

    def days(self) -> Sequence[str]:
        return ["2026-11-20"]

    def note(self, day: str, /) -> str:
        return ""

    def day_facts(self, day: str, /) -> DayFacts | None:
        return None

    def preview(self, params: OrderParams, /) -> Preview:
        return Preview(None, (), None, "", None, Fees(), self.worth, None, (), self.refusal)

    def quote(self, symbol: str, /) -> MarketView | None:
        return self.quotes.get(symbol)

    # What is asked

    def tick(self) -> None:
        self.ticks += 1

    def request(self, params: OrderParams, done: Callable[[PlacedOrder | InvalidPaperOrder], None], /) -> None:
        self.asked.append(params)
        account = self.account
        assert account is not None
        if self.refusal is not None:
            done(InvalidPaperOrder(self.refusal.text, reason=self.refusal.reason))
            return
        order = working(
            f"O{len(self.working) + 1}", symbol=params.symbol, side=params.side, order_type=params.order_type,
            client_order_id=params.client_order_id, quantity=Decimal(str(params.quantity)),
            limit_price=None if params.limit_price is None else str(params.limit_price),
            stop_price=None if params.stop_price is None else str(params.stop_price),
        )  # fmt: skip
        self.working.append(order)
        self.change_version()
        done(PlacedOrder(order, account, None))

    def replace(
        self,
        order_id: str,
        /,
        *,
        quantity: Decimal | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        trail_amount: Decimal | None = None,
        trail_percent: Decimal | None = None,
    ) -> None:
        terms = Replacement(order_id, quantity, limit_price, stop_price, trail_amount, trail_percent)
        self._ask(terms)
        news = {name: value for name, value in terms._asdict().items() if value is not None and name != "order_id"}
        self._amend(order_id, **news)

    def cancel(self, order_id: str, /) -> None:
        self._ask(("cancel", order_id))
        self._amend(order_id, state="canceled")

    def cancel_all(self, symbol: str | None, /) -> None:
        self._ask(("cancel all", symbol))

    def flatten(self, symbol: str | None, /) -> None:
        self._ask(("flatten", symbol))

    def write_note(self, day: str, text: str, /) -> None:
        self._ask(("note", day, text))

    def choose(self, account: str, /) -> None:
        self.asked.append(("account", account))
        self.account_id = account
        self.chosen = {"simulated-7": account}
        self.chose()

    def open_account(self, name: str, cash: Decimal, /) -> None:
        self._ask(("open", name, cash))

    def reset(self) -> None:
        self._ask("reset")

    def change(self, *, settings: AccountSettings) -> None:
        self._ask(settings)
        self.settings = settings

    def _ask(self, request: object) -> None:
        self.asked.append(request)
        if self.refusal is not None:
            raise InvalidPaperOrder(self.refusal.text, reason=self.refusal.reason)

    def _amend(self, order_id: str, **news: object) -> None:
        self.working = [replace(order, **news) if order.order_id == order_id else order for order in self.working]
        self.change_version()
