"""What stands in the journal: each entry is one fact, and an account is the fold of its entries.

The engine decides, writes an entry, and changes its own state by applying it: there is no other way to change it, so
that what is kept and what is in force are the same. Amounts are `Decimal`, times market ms.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from live_monitor.data.models.orders import AccountSettings, Fees, Order, OrderStage, Receipt, Side, TradeFacts


class Entry(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Of which account, and when it happened in market time."""

    account: str
    at_ms: int


class AccountOpened(Entry, frozen=True, gc=False, tag="account_opened"):
    """An account begins with `cash`; of an account that was reset, `replaces` names the archived one.

    `market`: whose prices it trades at (`ports.SeriesKey.market`); another market's are no prices for it. Empty: any.
    """

    name: str
    cash: Decimal
    settings: AccountSettings
    market: str = ""
    replaces: str = ""


class AccountChanged(Entry, frozen=True, gc=False, tag="account_changed"):
    """Other settings, or another name."""

    name: str
    settings: AccountSettings


class AccountArchived(Entry, frozen=True, gc=False, tag="account_archived"):
    """The account ends and stays readable; its open orders are canceled before."""


class OrderPlaced(Entry, frozen=True, gc=False, tag="order_placed"):
    """The intent, before any effect: the order in state `new` (or `held`, a child of a bracket). Applied as a copy."""

    order: Order


class OrderRejected(Entry, frozen=True, gc=False, tag="order_rejected"):
    """Refused: nothing is reserved."""

    order_id: str
    reason: str
    text: str


class OrderAccepted(Entry, frozen=True, gc=False, tag="order_accepted"):
    """It works from `active_ms` on (also a held child that is armed, with the quantity to protect)."""

    order_id: str
    active_ms: int
    expires_ms: int = 0
    stage: OrderStage = ""
    quantity: Decimal | None = None
    extreme: Decimal | None = None
    queue_ahead: Decimal | None = None


class OrderArrived(Entry, frozen=True, gc=False, tag="order_arrived"):
    """It has reached the market after its latency, or met its first usable quote: `stage` says where it is now."""

    order_id: str
    stage: OrderStage = ""
    extreme: Decimal | None = None
    queue_ahead: Decimal | None = None


class OrderTriggered(Entry, frozen=True, gc=False, tag="order_triggered"):
    """A stop is touched: from now on it is a market order, or a limit order, that waits for the next quote."""

    order_id: str
    by: TradeFacts | None = None


class OrderTrailed(Entry, frozen=True, gc=False, tag="order_trailed"):
    """The best price since acceptance has moved; at most one a second is written for an order."""

    order_id: str
    extreme: Decimal


class QueueMoved(Entry, frozen=True, gc=False, tag="queue_moved"):
    """Shares ahead of the order have traded; at most one a second is written for an order."""

    order_id: str
    queue_ahead: Decimal


class OrderReplaced(Entry, frozen=True, gc=False, tag="order_replaced"):
    """Other terms from `active_ms` on. With a `reason` another quantity alone: "sibling_filled", "parent_filled"."""

    order_id: str
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    queue_ahead: Decimal | None = None
    stage: OrderStage = ""
    active_ms: int = 0
    reason: str = ""


class OrderCanceled(Entry, frozen=True, gc=False, tag="order_canceled"):
    """Ends unfilled, or with the part that was filled."""

    order_id: str
    reason: str
    text: str


class OrderExpired(Entry, frozen=True, gc=False, tag="order_expired"):
    """Its time in force is over."""

    order_id: str
    reason: str
    text: str


class Filled(Entry, frozen=True, gc=False, tag="filled"):
    """An execution. `execution_id` is unique in the account; the same one applied twice counts once."""

    execution_id: str
    order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fees: Fees
    receipt: Receipt


class SplitApplied(Entry, frozen=True, gc=False, tag="split_applied"):
    """`ratio` new shares for 1: positions, lots and open orders go on in new shares; P&L does not change.

    Fractions of a share that the split leaves stay.
    """

    symbol: str
    ratio: Decimal


class DayBegan(Entry, frozen=True, gc=False, tag="day_began"):
    """Another exchange day (ISO date): counters start anew, cash settles. `net_liq`: where the day starts.

    `settles`: the next session after `day` (ISO), when what is sold on it settles; empty where no calendar knows.
    `marks`: prices (USD) of what is held at that moment, which the day's P&L counts from; cost where one is missing.
    """

    day: str
    net_liq: Decimal
    settles: str = ""
    marks: dict[str, Decimal] = {}


class RiskLocked(Entry, frozen=True, gc=False, tag="risk_locked"):
    """No new entries before `until_ms` (the next session, or the end of a cool-down)."""

    reason: str
    text: str
    until_ms: int


class Warned(Entry, frozen=True, gc=False, tag="warned"):
    """Something that a broker would hold against the account: a good-faith violation, a maintenance call."""

    reason: str
    text: str


class NoteWritten(Entry, frozen=True, gc=False, tag="note_written"):
    """What the person notes about a day; the last one of a day is in force."""

    day: str
    text: str


class EquityMarked(Entry, frozen=True, gc=False, tag="equity_marked"):
    """A point of the equity curve, at most one a minute and only while a position is open."""

    net_liq: Decimal


AnyEntry = (
    AccountOpened
    | AccountChanged
    | AccountArchived
    | OrderPlaced
    | OrderRejected
    | OrderAccepted
    | OrderArrived
    | OrderTriggered
    | OrderTrailed
    | QueueMoved
    | OrderReplaced
    | OrderCanceled
    | OrderExpired
    | Filled
    | SplitApplied
    | DayBegan
    | RiskLocked
    | Warned
    | NoteWritten
    | EquityMarked
)
