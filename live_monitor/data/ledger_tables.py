"""The ledger as tables for people and other programs: orders, fills, and the journal itself, entry by entry.

Rows come as they are read, so that memory grows with open orders only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from live_monitor.data.models.orders import Order
from live_monitor.engine.paper import folding
from live_monitor.engine.paper.entries import (
    AccountOpened,
    Entry,
    Filled,
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    OrderRejected,
    SplitApplied,
)
from live_monitor.engine.paper.ledger import decoded

#: A cell: text, a number, or nothing.
Cell = str | int | Decimal | None

_ORDERS: Final = (
    "account", "order_id", "client_order_id", "symbol", "side", "quantity", "order_type", "limit_price", "stop_price",
    "trail_amount", "trail_percent", "time_in_force", "extended_hours", "parent_id", "role", "state", "placed_ms",
    "placed", "accepted_ms", "closed_ms", "filled", "average_price", "fees", "reason", "text",
)  # fmt: skip
_FILLS: Final = (
    "seq", "account", "execution_id", "order_id", "symbol", "side", "quantity", "price", "at_ms", "at", "commission",
    "sec", "taf", "fees", "fee_rates", "fill_model", "rule", "source", "latency_ms", "slippage", "queue_ahead",
    "queue_traded", "quote_at_ms", "quote_age_ms", "bid", "bid_size", "ask", "ask_size", "trade_at_ms", "trade_age_ms",
    "trade_price", "trade_size",
)  # fmt: skip
_JOURNAL: Final = ("seq", "account", "kind", "order_id", "client_order_id", "at_ms", "at", "body", "digest")
_NONE: Final = (None,) * 6
_FINAL: Final = (OrderRejected, OrderCanceled, OrderExpired)


class Table(NamedTuple):
    """Names of the columns, and what gives the rows; `account` None: of all of them."""

    columns: tuple[str, ...]
    rows: Callable[[sqlite3.Connection, str | None], Iterator[tuple[Cell, ...]]]


def _entries(connection: sqlite3.Connection, account: str | None) -> Iterator[tuple[int, Entry, bytes, bytes]]:
    question = "SELECT seq, CAST(body AS BLOB), digest FROM journal WHERE ? IS NULL OR account = ? ORDER BY seq"
    for seq, body, digest in connection.execute(question, (account, account)):
        yield seq, decoded(body), body, digest


def _time(ms: int) -> str | None:
    """ISO 8601, UTC, to the millisecond; None for no time."""
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="milliseconds") if ms else None


class _Story(NamedTuple):
    """An order that may still change: how it was placed, and what happened since."""

    opened: AccountOpened
    placed: OrderPlaced
    later: list[Entry]

    def order(self) -> Order:
        return folding.order_alone(self.opened, self.placed, self.later)


def _orders(connection: sqlite3.Connection, account: str | None) -> Iterator[tuple[Cell, ...]]:
    """Orders as they ended, in the order in which they did; then those that are open, by age."""
    accounts: dict[str, AccountOpened] = {}
    stories: dict[tuple[str, str], _Story] = {}
    for _, entry, _, _ in _entries(connection, account):
        if isinstance(entry, AccountOpened):
            accounts[entry.account] = entry
            continue
        if isinstance(entry, OrderPlaced):
            stories[entry.account, entry.order.order_id] = _Story(accounts[entry.account], entry, [])
            continue
        if isinstance(entry, SplitApplied):
            for (owner, _), story in stories.items():
                if owner == entry.account:
                    story.later.append(entry)
            continue
        key = entry.account, getattr(entry, "order_id", "")
        if (found := stories.get(key)) is None:
            continue
        found.later.append(entry)
        if isinstance(entry, (*_FINAL, Filled)) and not (order := found.order()).is_open:
            del stories[key]
            yield _order_row(order)
    for story in stories.values():
        yield _order_row(story.order())


def _order_row(order: Order) -> tuple[Cell, ...]:
    return (
        order.account, order.order_id, order.client_order_id, order.symbol, order.side, order.quantity,
        order.order_type, order.limit_price, order.stop_price, order.trail_amount, order.trail_percent,
        order.time_in_force, int(order.extended_hours), order.parent_id, order.role, order.state, order.placed_ms,
        _time(order.placed_ms), order.accepted_ms or None, order.closed_ms or None, order.filled,
        order.average_price, order.fees, order.reason, order.text,
    )  # fmt: skip


def _fills(connection: sqlite3.Connection, account: str | None) -> Iterator[tuple[Cell, ...]]:
    for seq, entry, _, _ in _entries(connection, account):
        if not isinstance(entry, Filled):
            continue
        fees, receipt = entry.fees, entry.receipt
        quote, trade = receipt.quote, receipt.trade
        yield (
            seq, entry.account, entry.execution_id, entry.order_id, entry.symbol, entry.side, entry.quantity,
            entry.price, entry.at_ms, _time(entry.at_ms), fees.commission, fees.sec, fees.taf, fees.total, fees.rates,
            receipt.model, receipt.rule, receipt.source, receipt.latency_ms, receipt.slippage, receipt.queue_ahead,
            receipt.queue_traded,
            *((quote.at_ms, quote.age_ms, quote.bid, quote.bid_size, quote.ask, quote.ask_size) if quote else _NONE),
            *((trade.at_ms, trade.age_ms, trade.price, trade.size) if trade else _NONE[:4]),
        )  # fmt: skip


def _journal(connection: sqlite3.Connection, account: str | None) -> Iterator[tuple[Cell, ...]]:
    question = (
        "SELECT seq, account, kind, order_id, client, CAST(body AS BLOB), digest FROM journal "
        "WHERE ? IS NULL OR account = ? ORDER BY seq"
    )
    for seq, owner, kind, order_id, client, body, digest in connection.execute(question, (account, account)):
        at_ms = decoded(body).at_ms
        yield seq, owner, kind, order_id, client, at_ms, _time(at_ms), body.decode(), digest.hex()


#: By name, in the order of the sheets.
TABLES: Final[dict[str, Table]] = {
    "orders": Table(_ORDERS, _orders),
    "fills": Table(_FILLS, _fills),
    "journal": Table(_JOURNAL, _journal),
}
