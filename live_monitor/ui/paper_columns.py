"""Columns of the tables of paper trading, declared as data."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from live_monitor.data.models.orders import Order, PositionRow
from live_monitor.ui.number_format import DASH
from live_monitor.ui.paper_view import FillView
from live_monitor.ui.paper_words import (
    ROLE_WORDS,
    STATE_ROLES,
    gain,
    gain_role,
    is_old,
    money,
    number,
    price,
    shares,
    side_role,
    side_text,
    state_text,
    terms,
)
from live_monitor.ui.provider_names import source_name
from live_monitor.ui.row_model import Column, source_column

_PRICE_WIDTH: Final = 92
_MONEY_WIDTH: Final = 104


class OrderRow(NamedTuple):
    """An order, and whether it is not kept on the disk yet."""

    order: Order
    pending: bool
    #: Whose prices it meets.
    source: str = ""


def order_mark(row: OrderRow) -> tuple[object, ...]:
    """What of an order can change; orders are changed in place."""
    order = row.order
    return (
        row.pending, row.source, order.state, order.filled, order.value, order.quantity, order.limit_price,
        order.stop_price, order.trail_amount, order.trail_percent, order.queue_ahead, order.text,
    )  # fmt: skip


def order_columns(clock: Callable[[int], str], note: Callable[[OrderRow], str]) -> tuple[Column[OrderRow], ...]:
    """`clock`: market ms as a time of day; `note`: what an order waits for, or why it ended."""
    return (
        Column("State", _state, _state_key, _state_role, width=112, bold=True),
        Column("Time", lambda row: clock(row.order.placed_ms), lambda row: row.order.placed_ms, _muted, width=84),
        Column("Symbol", lambda row: row.order.symbol, lambda row: row.order.symbol, width=68, bold=True),
        Column(
            "Side", lambda row: side_text(row.order.side), lambda row: row.order.side,
            lambda row: side_role(row.order.side), width=68,
        ),
        Column(
            "Quantity", lambda row: shares(row.order.quantity), lambda row: number(row.order.quantity), numeric=True,
            width=78,
        ),
        Column("Order", _order_words, lambda row: terms(row.order), width=184),
        Column(
            "Average", lambda row: price(row.order.average_price), lambda row: number(row.order.average_price),
            numeric=True, width=_PRICE_WIDTH, hint="Mean price of what is filled",
        ),
        Column(
            "Ahead", _ahead, lambda row: number(row.order.queue_ahead), _muted, numeric=True, width=56, live=True,
            hint="Shares that must trade first, where the fill model follows the queue",
        ),
        Column("In force", _force, _force, _muted, width=68),
        source_column(lambda row: source_name(row.source), "Whose prices it meets"),
        Column("Waits for, or ended", note, note, _muted, width=300, live=True),
    )  # fmt: skip


def fill_columns(clock: Callable[[int], str]) -> tuple[Column[FillView], ...]:
    """`clock`: market ms as a time of day."""
    return (
        Column("Time", lambda row: clock(row.filled.at_ms), lambda row: float(row.filled.at_ms), _muted_fill, width=80),
        Column("Symbol", lambda row: row.filled.symbol, lambda row: row.filled.symbol, width=64, bold=True),
        Column(
            "Side", lambda row: side_text(row.filled.side), lambda row: row.filled.side,
            lambda row: side_role(row.filled.side), width=64,
        ),
        Column(
            "Quantity", lambda row: shares(row.filled.quantity), lambda row: number(row.filled.quantity), numeric=True,
            width=68,
        ),
        Column(
            "Price", lambda row: price(row.filled.price), lambda row: number(row.filled.price), numeric=True,
            width=_PRICE_WIDTH,
        ),
        Column(
            "Realized", lambda row: gain(row.realized or None), lambda row: number(row.realized or None),
            lambda row: gain_role(row.realized or None), numeric=True, width=92,
            hint="Profit or loss by average cost, before fees",
        ),
        Column("Fees", lambda row: money(row.filled.fees.total), _fees, _muted_fill, numeric=True, width=60),
        Column(
            "Position", lambda row: shares(row.position_after), lambda row: number(row.position_after), numeric=True,
            width=64, hint="Shares held afterwards",
        ),
        source_column(lambda row: source_name(row.filled.receipt.source), "Whose prices made it"),
        Column("Model", _model, _model, _muted_fill, width=56, hint="The fill model; the receipt says what it did"),
    )  # fmt: skip


def _size_words(row: PositionRow) -> str:
    if not row.quantity:
        return "Closed"
    return f"{'Long' if row.quantity > 0 else 'Short'} {shares(abs(row.quantity))}"


def _mark_words(row: PositionRow) -> str:
    if not row.quantity:
        return ""
    return DASH if row.mark is None else f"{price(row.mark)} {row.mark_from}".strip()


def _mark_role(row: PositionRow) -> str:
    return "stale" if is_old(row) else "text"


def _cost_words(row: PositionRow) -> str:
    return price(row.average_cost) if row.quantity else ""


def _value_words(row: PositionRow) -> str:
    return money(row.market_value) if row.quantity else ""


def _value_role(row: PositionRow) -> str:
    """What is reckoned from an old mark looks like it."""
    return "stale" if row.quantity and is_old(row) else "text"


def _gain_column(
    heading: str, read: Callable[[PositionRow], Decimal | None], hint: str, *, by_mark: bool = True
) -> Column[PositionRow]:
    def role(row: PositionRow) -> str:
        return "stale" if by_mark and _value_role(row) == "stale" else gain_role(read(row))

    return Column(
        heading, lambda row: gain(read(row)), lambda row: number(read(row)), role,
        numeric=True, width=_MONEY_WIDTH, live=True, hint=hint,
    )  # fmt: skip


_POSITION_COLUMNS: Final[tuple[Column[PositionRow], ...]] = (
    Column("Symbol", lambda row: row.symbol, lambda row: row.symbol, width=76, bold=True),
    Column("Position", _size_words, lambda row: number(row.quantity), numeric=True, width=96),
    Column("Cost", _cost_words, lambda row: number(row.average_cost), numeric=True, width=92),
    Column(
        "Mark", _mark_words, lambda row: number(row.mark), _mark_role, numeric=True, width=128, live=True,
        hint="The price it is valued at: the middle of the quote, else the last price, else a close",
    ),
    Column(
        "Value", _value_words, lambda row: number(row.market_value), _value_role, numeric=True, width=_MONEY_WIDTH,
        live=True,
    ),
    _gain_column("Open P&L", lambda row: row.unrealized, "What closing at the mark would bring, before fees"),
    _gain_column("Realized", lambda row: row.realized, "What was closed has brought, before fees", by_mark=False),
    _gain_column("Day P&L", lambda row: row.day_pnl, "Change since the day began"),
)  # fmt: skip


def position_columns(source: Callable[[PositionRow], str]) -> tuple[Column[PositionRow], ...]:
    """`source`: whose price a position is valued at."""
    symbol, size, cost, mark, *rest = _POSITION_COLUMNS
    return (symbol, size, cost, mark, source_column(source, "Whose price the mark is"), *rest)


def _state(row: OrderRow) -> str:
    return "Saving…" if row.pending else state_text(row.order)


def _state_key(row: OrderRow) -> tuple[float, ...]:
    """Working ones above those that ended, the newest first."""
    return (1.0 if row.order.is_open else 0.0, float(row.order.placed_ms))


def _state_role(row: OrderRow) -> str:
    return "stale" if row.pending else STATE_ROLES.get(row.order.state, "muted")


def _order_words(row: OrderRow) -> str:
    role = ROLE_WORDS[row.order.role]
    return f"{terms(row.order)} · {role.lower()}" if role else terms(row.order)


def _ahead(row: OrderRow) -> str:
    ahead = row.order.queue_ahead
    return shares(ahead) if ahead is not None and row.order.is_open else ""


def _force(row: OrderRow) -> str:
    force = row.order.time_in_force
    return f"{force} ext" if row.order.extended_hours else force


def _model(row: FillView) -> str:
    return row.filled.receipt.model


def _fees(row: FillView) -> float:
    return number(row.filled.fees.total) or math.nan


def _muted(_row: OrderRow) -> str:
    return "muted"


def _muted_fill(_row: FillView) -> str:
    return "muted"
