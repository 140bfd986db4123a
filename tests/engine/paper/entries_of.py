"""Short ways to write the entries of one account, for tests of what they do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from live_monitor.data.models.orders import AccountSettings, Fees, Order, Receipt, Side
from live_monitor.engine.paper.account import AccountState, open_account
from live_monitor.engine.paper.entries import (
    AccountOpened,
    DayBegan,
    Filled,
    OrderAccepted,
    OrderCanceled,
    OrderPlaced,
    SplitApplied,
)

#: Short, because tests are full of them.
D = Decimal
ACCOUNT = "A1"
#: Monday 2026-11-23, 10:00 in New York.
MONDAY_MS = 1_795_446_000_000
DAYS = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01")
#: Account and time of an entry.
AT: dict[str, Any] = {"account": ACCOUNT, "at_ms": MONDAY_MS}
RECEIPT = Receipt(model="touch", rule="test")


def number(value: str | int | Decimal) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value)


def account(cash: str | int = 10_000, **settings: Any) -> AccountState:
    """An account on Monday morning."""
    state = open_account(
        AccountOpened(
            account=ACCOUNT, at_ms=MONDAY_MS, name="Test", cash=Decimal(cash), settings=AccountSettings(**settings)
        )
    )
    day(state, DAYS[0])
    return state


def day(state: AccountState, name: str, marks: dict[str, Decimal] | None = None) -> None:
    """Begins an exchange day that settles on the next one of `DAYS`."""
    following = DAYS[DAYS.index(name) + 1] if name in DAYS[:-1] else ""
    state.apply(
        DayBegan(
            account=ACCOUNT,
            at_ms=MONDAY_MS,
            day=name,
            net_liq=state.cash + sum((held.cost for held in state.held()), Decimal(0)),
            settles=following,
            marks=marks or {},
        )
    )


def order(
    state: AccountState, side: Side, quantity: str | int | Decimal, limit: str | Decimal | None = None, /, **more: Any
) -> Order:
    """An order as it would be placed next; a market order without `limit`."""
    more.setdefault("symbol", "IBM")
    more.setdefault("order_type", "MKT" if limit is None else "LMT")
    more.setdefault("client_order_id", "")
    return Order(
        order_id=state.next_order_id(),
        account=ACCOUNT,
        side=side,
        quantity=number(quantity),
        limit_price=None if limit is None else number(limit),
        placed_ms=MONDAY_MS,
        **more,
    )


def place(state: AccountState, placed: Order) -> str:
    """Places an order; it stays `new`, or `held`."""
    state.apply(OrderPlaced(account=ACCOUNT, at_ms=MONDAY_MS, order=placed))
    return placed.order_id


def accept(state: AccountState, order_id: str, **more: Any) -> str:
    state.apply(OrderAccepted(account=ACCOUNT, at_ms=MONDAY_MS, order_id=order_id, active_ms=MONDAY_MS, **more))
    return order_id


def cancel(state: AccountState, order_id: str) -> None:
    state.apply(OrderCanceled(account=ACCOUNT, at_ms=MONDAY_MS, order_id=order_id, reason="asked", text="As asked."))


def working(state: AccountState, side: Side, quantity: str | int, limit: str | None = None, /, **more: Any) -> str:
    """An order that is placed and works."""
    return accept(state, place(state, order(state, side, quantity, limit, **more)))


def execution(
    state: AccountState, order_id: str, quantity: str | int | Decimal, price: str | Decimal, fees: Fees | None = None
) -> Filled:
    """The next execution of an open order."""
    found = state.orders[order_id]
    return Filled(
        account=ACCOUNT,
        at_ms=MONDAY_MS,
        execution_id=state.next_execution_id(),
        order_id=order_id,
        symbol=found.symbol,
        side=found.side,
        quantity=number(quantity),
        price=number(price),
        fees=fees or Fees(),
        receipt=RECEIPT,
    )


def fill(
    state: AccountState, order_id: str, quantity: str | int | Decimal, price: str | Decimal, fees: Fees | None = None
) -> Filled:
    done = execution(state, order_id, quantity, price, fees)
    state.apply(done)
    return done


def trade(
    state: AccountState, side: Side, quantity: str | int, price: str, fees: str = "0", symbol: str = "IBM"
) -> str:
    """An order that is filled at once; its id."""
    order_id = working(state, side, quantity, symbol=symbol)
    fill(state, order_id, quantity, price, Fees(Decimal(fees)))
    return order_id


def split(state: AccountState, ratio: str, symbol: str = "IBM") -> None:
    state.apply(SplitApplied(account=ACCOUNT, at_ms=MONDAY_MS, symbol=symbol, ratio=Decimal(ratio)))
