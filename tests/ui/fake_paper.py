"""A paper desk made of plain values: what the panels read, set by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.orders import (
    AccountSettings,
    AccountSnapshot,
    DayFacts,
    Fees,
    Order,
    OrderParams,
    OrderState,
    PositionRow,
    QuoteFacts,
    Receipt,
    Refusal,
    TradeFacts,
)
from live_monitor.engine.paper.account_parts import FillRecord
from live_monitor.engine.paper.entries import Filled
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.preview import Preview
from live_monitor.engine.paper.risk_words import Measured, RiskLine
from tests.ui.fake_hub import TEN

D = Decimal
NAN = float("nan")
NAMES = ("AAPL", "MSFT", "NVDA", "IBM", "SPY", "TSLA", "AMD", "F")


def order(number: int = 1, state: OrderState = "accepted", **changes: Any) -> Order:
    """An order with an id; a limit order for 100 AAPL unless told otherwise."""
    terms: dict[str, Any] = {
        "order_id": f"O{number}",
        "client_order_id": f"c{number}",
        "account": "paper-1",
        "symbol": "AAPL",
        "side": "BUY",
        "quantity": D(100),
        "order_type": "LMT",
        "limit_price": D("187.40"),
        "state": state,
        "placed_ms": TEN + number * 1_000,
        "accepted_ms": TEN + number * 1_000,
    }
    return Order(**(terms | changes))


def fill(number: int = 1, realized: str = "0", after: str = "100", **changes: Any) -> FillRecord:
    """A fill of 100 AAPL at 187.43 with its receipt."""
    quote = QuoteFacts(TEN + number * 1_000 - 120, 120, D("187.41"), D(300), D("187.43"), D(1_200))
    terms: dict[str, Any] = {
        "account": "paper-1",
        "at_ms": TEN + number * 1_000,
        "execution_id": f"E{number}",
        "order_id": f"O{number}",
        "symbol": "AAPL",
        "side": "BUY",
        "quantity": D(100),
        "price": D("187.43"),
        "fees": Fees(D("1.00")),
        "receipt": Receipt("touch", "marketable", "SIMULATED", quote, TradeFacts(TEN, 80, D("187.42"), D(100))),
    }
    return FillRecord(Filled(**(terms | changes)), D(realized), D(realized), D(after))


def position(symbol: str = "AAPL", quantity: int = 100, **changes: Any) -> PositionRow:
    """A position with a mark in the middle."""
    terms: dict[str, Any] = {
        "symbol": symbol,
        "quantity": D(quantity),
        "average_cost": D("186.90"),
        "mark": D("187.42"),
        "mark_from": "mid",
        "mark_age_ms": 300,
        "market_value": D("187.42") * quantity,
        "unrealized": D("0.52") * quantity,
        "realized": D("12.30"),
        "day_pnl": D("0.52") * quantity + D("12.30"),
    }
    return PositionRow(**(terms | changes))


def snapshot(**changes: Any) -> AccountSnapshot:
    """An account that began with 100,000."""
    terms: dict[str, Any] = {
        "account": "paper-1",
        "name": "Paper 1",
        "at_ms": TEN,
        "cash": D("62516.00"),
        "settled_cash": D("58116.00"),
        "reserved": D("18740.00"),
        "market_value": D("37484.00"),
        "net_liq": D("100000.00"),
        "stock_buying_power": D("43776.00"),
        "option_buying_power": D("43776.00"),
        "day_trading_buying_power": D("43776.00"),
        "realized": D("412.35"),
        "unrealized": D("-104.20"),
        "day_pnl": D("308.15"),
        "fees": D("7.00"),
        "trades_today": 4,
    }
    return AccountSnapshot(**(terms | changes))


def market(symbol: str = "AAPL", received: float = 1_000.0, **changes: float) -> MarketView:
    """A two-sided quote that was received at `received` (monotonic seconds)."""
    view = MarketView(symbol)
    view.bid, view.bid_size, view.bid_left = 187.41, 300.0, 300.0
    view.ask, view.ask_size, view.ask_left = 187.43, 1_200.0, 1_200.0
    view.last, view.last_size, view.close = 187.42, 100.0, 186.19
    view.received = view.last_received = received
    view.source = "SIMULATED"
    for name, value in changes.items():
        setattr(view, name, value)
    return view


def risk_line(name: str, would_be: str, limit: str, ok: bool = True) -> RiskLine:
    """A limit in words."""
    return RiskLine(name, "0.00 %", would_be, limit, ok, Measured("max_position", D(0), D(0), D(0), ok))


RISK = (
    risk_line("Trades today", "5", "10"),
    risk_line("Day loss", "0.00", "1,000.00"),
    risk_line("Position size", "9.37 %", "10.00 %"),
    risk_line("Risk to the stop", "0.40 %", "2.00 %"),
    risk_line("Cash reserve", "43.78 %", "at least 20.00 %"),
)


@dataclass
class FakePaper:
    """Plain fields; `touch` after a change."""

    version: int = 1
    ready: bool = True
    notice: str = ""
    account_id: str = "paper-1"
    account: AccountSnapshot | None = field(default_factory=snapshot)
    settings: AccountSettings = field(default_factory=AccountSettings)
    accounts: list[tuple[str, str, bool]] = field(
        default_factory=lambda: [("paper-1", "Paper 1", False), ("paper-2", "Swing", False), ("paper-0", "Old", True)]
    )
    all_orders: list[Order] = field(default_factory=list)
    all_fills: list[FillRecord] = field(default_factory=list)
    held: list[PositionRow] = field(default_factory=list)
    unkept: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    receipts: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    facts: dict[str, DayFacts] = field(default_factory=dict)
    all_days: list[str] = field(default_factory=lambda: ["2026-11-20"])
    curve: tuple[NDArray[np.int64], NDArray[np.float64]] = (np.empty(0, np.int64), np.empty(0))
    quotes: dict[str, MarketView] = field(default_factory=dict)
    refusal: Refusal | None = None
    risk: tuple[RiskLine, ...] = RISK
    asked: list[OrderParams] = field(default_factory=list)
    on_why: Callable[[str], None] = lambda _order_id: None

    def touch(self) -> None:
        """Something changed."""
        self.version += 1

    def orders(self) -> Sequence[Order]:
        return self.all_orders

    def fills(self) -> Sequence[FillRecord]:
        return self.all_fills

    def positions(self) -> Sequence[PositionRow]:
        return self.held

    def why(self, order_id: str) -> str:
        self.on_why(order_id)
        return self.reasons.get(order_id, "Waits for an ask of 187.40 or less: now 187.43, 0.3 s old.")

    def receipt(self, execution_id: str) -> Sequence[str]:
        return self.receipts.get(execution_id, [])

    def pending(self, order_id: str) -> bool:
        return order_id in self.unkept

    def equity(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return self.curve

    def days(self) -> Sequence[str]:
        return self.all_days

    def note(self, day: str) -> str:
        return self.notes.get(day, "")

    def day_facts(self, day: str) -> DayFacts | None:
        return self.facts.get(day)

    def quote(self, symbol: str) -> MarketView | None:
        return self.quotes.get(symbol)

    def preview(self, params: OrderParams) -> Preview:
        self.asked.append(params)
        view = self.quotes.get(params.symbol)
        at, whose = (None, "")
        if params.limit_price is not None:
            at, whose = D(str(params.limit_price)), "limit"
        elif view is not None:
            at, whose = (D(str(view.ask)), "ask") if params.side == "BUY" else (D(str(view.bid)), "bid")
        power = self.account.stock_buying_power if self.account is not None else D(0)
        cost = None if at is None else at * D(str(params.quantity))
        after = None if cost is None else power - cost if params.side == "BUY" else power + cost
        return Preview(
            None, (), at, whose, cost, Fees(D("1.00"), rates="per share"), power, after, self.risk, self.refusal
        )


def busy_paper(orders: int = 200, fills: int = 2_000) -> FakePaper:
    """A desk in the middle of a busy day."""
    paper = FakePaper()
    types = ("LMT", "STP", "STP_LMT", "TRAIL")
    for number in range(1, orders + 1):
        kind = types[number % 4]
        paper.all_orders.append(
            order(
                number,
                symbol=NAMES[number % len(NAMES)],
                side="BUY" if number % 3 else "SELL",
                quantity=D(100 * (1 + number % 9)),
                order_type=kind,
                limit_price=D("187.40") - D(number) / 100 if kind in {"LMT", "STP_LMT"} else None,
                stop_price=D("180.10") if kind.startswith("STP") else None,
                trail_amount=D("0.50") if kind == "TRAIL" else None,
            )
        )
    for number in range(1, fills + 1):
        gained = (number * 37) % 200 - 90
        paper.all_fills.append(
            fill(
                number,
                realized=str(gained if number % 2 == 0 else 0),
                symbol=NAMES[number % len(NAMES)],
                side="BUY" if number % 2 else "SELL",
                price=D("187.43") + D(number % 50) / 100,
            )
        )
    paper.held = [
        position(name, 100 * (at + 1), unrealized=D(at * 31 - 90), day_pnl=D(at * 40 - 80))
        for at, name in enumerate(NAMES)
    ]
    paper.quotes = {name: market(name) for name in NAMES}
    return paper
