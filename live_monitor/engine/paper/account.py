"""An account as the fold of its entries: cash, positions, orders, day counts. Also its checkpoint, as JSON.

`AccountState.apply` is the only thing that changes one. An entry that cannot have happened (a fill of more shares than
were ordered, cash below zero in a cash account) raises LedgerError and changes nothing: such a journal is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct, field

from live_monitor.data.models.orders import ZERO, AccountSettings, Order
from live_monitor.engine.paper import account_fold
from live_monitor.engine.paper.account_parts import (
    BrokerWarning,
    DayBook,
    EquityPoint,
    FillRecord,
    Proceeds,
    unpack_fill,
    unpack_order,
)
from live_monitor.engine.paper.entries import AccountOpened, Entry
from live_monitor.engine.paper.money import arithmetic, cents
from live_monitor.engine.paper.positions import Position
from live_monitor.engine.paper.risk_tally import RiskTally
from live_monitor.errors import LedgerError


class AccountState(Struct, kw_only=True):
    """One account. Amounts in USD; orders, executions and times as the journal has them. One thread.

    `cash` is always `settled` plus the sum of `proceeds`, and the opening cash plus what every fill moved.
    `reserved`: USD that working buy orders hold back. `selling`: shares that working sell orders of a symbol hold, of
    two orders that cancel one another only one. `orders` are the open ones; `closed` and `executions` keep the last
    ones packed (see `order`, `fills`), older ones stand in the journal. `client_ids`: of all orders that are kept.
    """

    account: str
    name: str
    opened_ms: int
    opening_cash: Decimal
    settings: AccountSettings
    #: Whose prices it trades at; empty: any.
    market: str = ""
    replaces: str = ""
    archived: bool = False
    cash: Decimal
    settled: Decimal
    proceeds: list[Proceeds] = field(default_factory=list)
    reserved: Decimal = ZERO
    selling: dict[str, Decimal] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    closed: dict[str, bytes] = field(default_factory=dict)
    executions: dict[str, bytes] = field(default_factory=dict)
    client_ids: dict[str, str] = field(default_factory=dict)
    #: How many orders and executions there ever were: the next ids follow from them.
    orders_placed: int = 0
    executions_made: int = 0
    realized: Decimal = ZERO
    realized_fifo: Decimal = ZERO
    fees: Decimal = ZERO
    today: str = ""
    days: dict[str, DayBook] = field(default_factory=dict)
    tally: RiskTally = field(default_factory=RiskTally)
    warnings: list[BrokerWarning] = field(default_factory=list)
    #: Market ms of each good-faith violation of the last 12 months.
    violations: list[int] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    equity: list[EquityPoint] = field(default_factory=list)

    def apply(self, entry: Entry) -> None:
        """Takes one entry in. Raises LedgerError, and changes nothing, for one that cannot follow what stands here."""
        with arithmetic():
            self.take(entry)

    def take(self, entry: Entry) -> None:
        """As `apply`, for who computes within `money.arithmetic()` already."""
        if entry.account != self.account:
            raise LedgerError(f"An entry of account {entry.account} was given to {self.account}.")
        try:
            account_fold.FOLDS[type(entry)](self, entry)
        except ArithmeticError as problem:
            raise LedgerError(f"An entry of account {entry.account} holds a number that is none.") from problem

    # Questions --------------------------------------------------------------------------------------------------------

    @property
    def day(self) -> DayBook | None:
        """The present exchange day; None before the first."""
        return self.days.get(self.today)

    def next_order_id(self, ahead: int = 0) -> str:
        """The id that the next order gets; `ahead` counts further ones, as the children of a bracket need."""
        return f"O{self.orders_placed + 1 + ahead}"

    def next_execution_id(self) -> str:
        """The id that the next execution gets."""
        return f"E{self.executions_made + 1}"

    def order(self, order_id: str) -> Order | None:
        """The order, open or closed lately (then a copy); None for one that only the journal knows."""
        found = self.orders.get(order_id)
        if found is None and order_id in self.closed:
            return unpack_order(self.closed[order_id])
        return found

    def order_of_client(self, client_order_id: str) -> Order | None:
        """The order that was placed with this client order id; None where it is forgotten here, or never was."""
        order_id = self.client_ids.get(client_order_id)
        return None if order_id is None else self.order(order_id)

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Open orders (held children too), oldest first."""
        return [order for order in self.orders.values() if symbol is None or order.symbol == symbol]

    def closed_orders(self, since_ms: int = 0) -> list[Order]:
        """Orders that are still kept, newest first, back to the first that ended before `since_ms`. 4 µs each."""
        found: list[Order] = []
        for packed in reversed(self.closed.values()):
            order = unpack_order(packed)
            if order.closed_ms < since_ms:
                break
            found.append(order)
        return found

    @property
    def fills(self) -> list[FillRecord]:
        """Fills of the present exchange day that are still kept, oldest first. 3 µs each."""
        return [unpack_fill(packed) for packed in self.executions.values()]

    def fill(self, execution_id: str) -> FillRecord | None:
        """One of `fills`."""
        packed = self.executions.get(execution_id)
        return None if packed is None else unpack_fill(packed)

    def quantity(self, symbol: str) -> Decimal:
        """Shares held; negative when short, 0 when flat."""
        held = self.positions.get(symbol)
        return ZERO if held is None else held.quantity

    def held(self) -> Iterator[Position]:
        """Positions that are not flat, in the order in which they were first opened."""
        return (position for position in self.positions.values() if position.quantity)


def open_account(entry: AccountOpened) -> AccountState:
    """The account that an entry opens. Raises LedgerError for less than no cash."""
    if not entry.cash.is_finite() or entry.cash < 0 or cents(entry.cash) != entry.cash:
        raise LedgerError(f"Account {entry.account} was opened with {entry.cash} USD.")
    return AccountState(
        account=entry.account,
        name=entry.name,
        opened_ms=entry.at_ms,
        opening_cash=entry.cash,
        settings=entry.settings,
        market=entry.market,
        replaces=entry.replaces,
        cash=entry.cash,
        settled=entry.cash,
    )
