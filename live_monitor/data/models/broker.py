"""An account at a broker, as the broker tells it: read, never traded. None is a figure that was not told."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class BrokerPosition(Struct, frozen=True):
    """What is held of one symbol; `quantity` is negative for a short. Money in USD."""

    symbol: str
    quantity: Decimal
    average_price: Decimal | None = None
    market_value: Decimal | None = None
    day_profit: Decimal | None = None
    open_profit: Decimal | None = None
    kind: str = ""
    description: str = ""


class BrokerBalances(Struct, frozen=True):
    """Money of an account in USD: the four figures of an account summary, and what brokers tell beside them."""

    buying_power: Decimal | None = None
    net_liquidation: Decimal | None = None
    cash: Decimal | None = None
    margin_balance: Decimal | None = None
    day_trading_buying_power: Decimal | None = None
    available_for_withdrawal: Decimal | None = None
    unsettled_cash: Decimal | None = None
    maintenance_requirement: Decimal | None = None
    long_market_value: Decimal | None = None
    short_market_value: Decimal | None = None


class BrokerOrder(Struct, frozen=True):
    """An order at the broker, read-only. `filled`: None where not told. Times are ms since the epoch, 0 where not."""

    id: str
    symbol: str
    side: str
    quantity: Decimal
    filled: Decimal | None
    kind: str
    status: str
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    entered_ms: int = 0
    closed_ms: int = 0
    time_in_force: str = ""
    description: str = ""


class BrokerAccount(Struct, frozen=True):
    """One account. `id` is the broker's own handle for it (a hash); `shown` its number, all but four digits masked.

    `as_of_ms`: our wall time at which the broker told it.
    """

    id: str
    shown: str
    kind: str = ""
    balances: BrokerBalances = BrokerBalances()
    positions: tuple[BrokerPosition, ...] = ()
    orders: tuple[BrokerOrder, ...] = ()
    as_of_ms: int = 0
    day_trader: bool | None = None
