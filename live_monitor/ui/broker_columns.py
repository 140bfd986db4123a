"""Columns of what a broker tells of an account, declared as data."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from live_monitor.data.models.broker import BrokerAccount, BrokerOrder, BrokerPosition
from live_monitor.ui.figure_list import Figure
from live_monitor.ui.number_format import DASH, MINUS
from live_monitor.ui.paper_words import gain, gain_role, money, number
from live_monitor.ui.row_model import Column

_MONEY_WIDTH: Final = 104
#: The four figures of an account summary, and those that only some accounts have.
_BALANCES: Final = (
    ("Buying power", "buying_power", True),
    ("Net liquidation", "net_liquidation", True),
    ("Cash", "cash", True),
    ("Margin balance", "margin_balance", True),
    ("Day-trading power", "day_trading_buying_power", False),
    ("To withdraw", "available_for_withdrawal", False),
    ("Unsettled cash", "unsettled_cash", False),
    ("Maintenance", "maintenance_requirement", False),
    ("Long value", "long_market_value", False),
    ("Short value", "short_market_value", False),
)


def balance_figures(account: BrokerAccount) -> tuple[Figure, ...]:
    """Figures of an account; an absent one is an en dash, one that this kind of account never has is left out."""
    figures = []
    for caption, field, always in _BALANCES:
        amount: Decimal | None = getattr(account.balances, field)
        if always or amount is not None:
            figures.append(Figure(caption, money(amount), bold=field == "net_liquidation"))
    return tuple(figures)


def quantity(amount: Decimal) -> str:
    """Shares with their sign, no trailing zeros: `1,200`, `−5.25`."""
    text = f"{abs(amount):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{MINUS}{text}" if amount < 0 else text


def _filled(amount: Decimal | None) -> str:
    return DASH if amount is None else quantity(amount)


def _words(text: str) -> str:
    """A code of the broker's as words: `STOP_LIMIT` → `stop limit`."""
    return text.replace("_", " ").lower()


def _price(amount: Decimal | None) -> str:
    """Two to four decimals."""
    if amount is None:
        return DASH
    text = f"{amount:,.4f}"
    return text[:-2] if text.endswith("00") else text


def _gain(heading: str, read: Callable[[BrokerPosition], Decimal | None], hint: str) -> Column[BrokerPosition]:
    return Column(
        heading, lambda row: gain(read(row)), lambda row: number(read(row)), lambda row: gain_role(read(row)),
        numeric=True, width=_MONEY_WIDTH, live=True, hint=hint,
    )  # fmt: skip


POSITION_COLUMNS: Final[tuple[Column[BrokerPosition], ...]] = (
    Column("Symbol", lambda row: row.symbol, lambda row: row.symbol, width=120, bold=True),
    Column("Position", lambda row: quantity(row.quantity), lambda row: number(row.quantity), numeric=True, width=84),
    Column(
        "Cost", lambda row: _price(row.average_price), lambda row: number(row.average_price), numeric=True, width=92,
        hint="Average price, as the broker reckons it",
    ),
    Column(
        "Value", lambda row: money(row.market_value), lambda row: number(row.market_value), numeric=True,
        width=_MONEY_WIDTH, live=True, hint="As the broker values it",
    ),
    _gain("Day P&L", lambda row: row.day_profit, "Profit or loss of the day, as the broker reckons it"),
    _gain("Open P&L", lambda row: row.open_profit, "Profit or loss since it was bought, as the broker reckons it"),
    Column("Kind", lambda row: _words(row.kind), lambda row: row.kind, lambda _row: "muted"),
)  # fmt: skip


def order_columns(clock: Callable[[int], str]) -> tuple[Column[BrokerOrder], ...]:
    """`clock`: ms as a time of day."""
    return (
        Column(
            "Entered", lambda row: clock(row.entered_ms) if row.entered_ms else DASH,
            lambda row: row.entered_ms or math.nan, lambda _row: "muted", width=84,
        ),
        Column("Status", lambda row: _words(row.status), lambda row: row.status, width=112, bold=True),
        Column("Symbol", lambda row: row.symbol, lambda row: row.symbol, width=88, bold=True),
        Column("Side", lambda row: _words(row.side), lambda row: row.side, width=88),
        Column(
            "Filled", lambda row: f"{_filled(row.filled)} of {quantity(row.quantity)}",
            lambda row: number(row.quantity), numeric=True, width=96,
        ),
        Column("Order", lambda row: _words(row.kind), lambda row: row.kind, width=96),
        Column("Limit", lambda row: _price(row.limit_price), lambda row: number(row.limit_price), numeric=True),
        Column("Stop", lambda row: _price(row.stop_price), lambda row: number(row.stop_price), numeric=True),
        Column("In force", lambda row: _words(row.time_in_force), lambda row: row.time_in_force),
    )  # fmt: skip
