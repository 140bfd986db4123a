"""Paper orders as values: what is asked, what became of it, and why.

Money, quantities and prices of orders are `Decimal` (USD, shares); times are market milliseconds since the epoch.
Only `OrderParams` and `Bracket` come from outside, and take numbers as people write them; everything else is exact.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import Struct

Side = Literal["BUY", "SELL"]
OrderType = Literal["MKT", "LMT", "STP", "STP_LMT", "TRAIL"]
TimeInForce = Literal["DAY", "GTC", "IOC", "FOK", "OPG", "CLS"]
FillModelName = Literal["simple", "touch", "queue"]
CostScheme = Literal["none", "per_share", "us_broker"]
#: `held`: a child of a bracket whose parent is not filled yet. The last four are final.
OrderState = Literal["new", "held", "accepted", "partially_filled", "filled", "canceled", "expired", "rejected"]
FINAL_STATES: frozenset[OrderState] = frozenset({"filled", "canceled", "expired", "rejected"})
#: Where a working order is on its way to the market: in `flight` until its latency is over; `waiting` for its first
#: usable quote, after it arrived or was triggered, or for the next, because it took all that the last one displayed;
#: empty once it rests, or needs none.
OrderStage = Literal["", "flight", "waiting"]
#: What an order is within a bracket.
OrderRole = Literal["", "entry", "target", "stop"]
#: A number from outside; a float counts as the shortest text that reads back as it.
Number = Decimal | int | float | str
ZERO = Decimal(0)


class Bracket(Struct, frozen=True, kw_only=True):
    """Children of an order: a target (limit) and a stop, one of which cancels the other. At least one is given.

    The stop is `stop_price` (with `stop_limit_price`: a stop limit order), or trails by amount or percent.
    """

    target_price: Number | None = None
    stop_price: Number | None = None
    stop_limit_price: Number | None = None
    trail_amount: Number | None = None
    trail_percent: Number | None = None


class OrderParams(Struct, frozen=True, kw_only=True):
    """What a person or a script asks for. Checked by `engine.paper.order_rules`, not here.

    `client_order_id`: the same one sent again is answered with the order that it made, and changes nothing.
    """

    symbol: str
    side: str
    quantity: Number
    order_type: str = "MKT"
    limit_price: Number | None = None
    stop_price: Number | None = None
    trail_amount: Number | None = None
    trail_percent: Number | None = None
    time_in_force: str = "DAY"
    client_order_id: str = ""
    extended_hours: bool = False
    bracket: Bracket | None = None


class QuoteFacts(Struct, frozen=True, gc=False):
    """The quote that made a fill, or kept it waiting. A side that was absent is None; so is a size not displayed."""

    at_ms: int
    age_ms: int
    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None


class TradeFacts(Struct, frozen=True, gc=False):
    """The print that made a fill, or triggered a stop."""

    at_ms: int
    age_ms: int
    price: Decimal
    size: Decimal


class Fees(Struct, frozen=True, gc=False):
    """Costs of one fill in USD, cents rounded half up; `rates` names the dated table that they come from."""

    commission: Decimal = ZERO
    sec: Decimal = ZERO
    taf: Decimal = ZERO
    rates: str = ""

    @property
    def total(self) -> Decimal:
        return self.commission + self.sec + self.taf


class Receipt(Struct, frozen=True, gc=False, omit_defaults=True):
    """Why a fill happened as it did.

    `rule` is a code of `engine.paper.receipts`, which says it in words. `source`: whose prices ("SIMULATED",
    "REPLAY 2021-03-01"). `queue_ahead`: shares displayed ahead at placement; `queue_traded`: of them traded before.
    `slippage`: USD per share that the setting added against the order. `limit_price`, `stop_price`: of the order when
    it filled. `available`: shares of the quote's side, or of the print, that were still to be had; None where the
    source displays no size.
    """

    model: FillModelName
    rule: str
    source: str = ""
    quote: QuoteFacts | None = None
    trade: TradeFacts | None = None
    latency_ms: int = 0
    slippage: Decimal = ZERO
    queue_ahead: Decimal | None = None
    queue_traded: Decimal | None = None
    #: The print that triggered a stop, where there was one.
    trigger: TradeFacts | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    available: Decimal | None = None


class Order(Struct, kw_only=True, gc=False, omit_defaults=True):
    """One order as the fold of its entries; changed by `AccountState.apply` alone, read by everybody.

    `active_ms`: from when on it can trade (acceptance plus latency); no data stamped at or before `accepted_ms` counts
    for it. `expires_ms`: 0 never. `extreme`: best price since acceptance of a trailing order. `value`: sum of price
    times quantity of its fills. `queue_ahead`: shares still ahead of it, None where that is not followed;
    `queue_start`: the first that was known of them. `trigger`: the print that touched its stop, of OrderTriggered.
    """

    order_id: str
    client_order_id: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrderType
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    time_in_force: TimeInForce = "DAY"
    extended_hours: bool = False
    parent_id: str = ""
    sibling_id: str = ""
    role: OrderRole = ""
    state: OrderState = "new"
    stage: OrderStage = ""
    #: Of a market order: without a price it waits, whatever the account says (see `AccountEngine.flatten`).
    patient: bool = False
    placed_ms: int = 0
    accepted_ms: int = 0
    active_ms: int = 0
    expires_ms: int = 0
    triggered_ms: int = 0
    closed_ms: int = 0
    filled: Decimal = ZERO
    value: Decimal = ZERO
    fees: Decimal = ZERO
    extreme: Decimal | None = None
    queue_ahead: Decimal | None = None
    queue_start: Decimal | None = None
    #: When `extreme` or `queue_ahead` was written down last, in market ms.
    noted_ms: int = 0
    trigger: TradeFacts | None = None
    #: USD per share that a buy order without a limit holds back; None where its stop says it.
    reserve_price: Decimal | None = None
    #: Why it was refused, canceled or has expired; code, and words for people.
    reason: str = ""
    text: str = ""

    @property
    def remaining(self) -> Decimal:
        """Shares that are still to be filled."""
        return self.quantity - self.filled

    @property
    def is_open(self) -> bool:
        """True until it reaches a final state."""
        return self.state not in FINAL_STATES

    @property
    def average_price(self) -> Decimal | None:
        """USD per share over its fills; None before the first."""
        return self.value / self.filled if self.filled else None


class RiskLimits(Struct, frozen=True, kw_only=True):
    """What is checked before every order. Shares of the portfolio are fractions; None: no limit.

    `losing_streak`: so many losing trades in a row pause new entries for `cool_down_s`. `whitelist`: empty for any.
    """

    enabled: bool = True
    max_position: Decimal | None = Decimal("0.1")
    max_portfolio_risk: Decimal | None = Decimal("0.02")
    min_cash_reserve: Decimal | None = Decimal("0.2")
    max_trades_per_day: int | None = 10
    daily_loss_limit: Decimal | None = Decimal(1000)
    losing_streak: int | None = 3
    cool_down_s: int = 900
    whitelist: tuple[str, ...] = ()


class AccountSettings(Struct, frozen=True, kw_only=True):
    """How an account trades. `slippage`: USD per share against the order, on fills that take liquidity.

    `no_price`: what a market order meets without a usable quote. `fill_at_touch`: a print at the limit fills too.
    `marketable_only`: the simple model refuses a limit that is not marketable. `partial_arm`: children of a bracket
    become active with each part of their parent's fill instead of with the whole.
    """

    fill_model: FillModelName = "touch"
    costs: CostScheme = "none"
    per_share: Decimal = Decimal("0.005")
    minimum_fee: Decimal = Decimal(1)
    latency_ms: int = 0
    slippage: Decimal = ZERO
    max_quote_age_ms: int = 5_000
    no_price: Literal["refuse", "wait"] = "refuse"
    fill_at_touch: bool = False
    stop_trigger: Literal["last", "quote"] = "last"
    marketable_only: bool = False
    partial_arm: bool = False
    margin_enabled: bool = False
    allow_short: bool = False
    risk: RiskLimits = RiskLimits()


class PositionRow(Struct, frozen=True, gc=False):
    """A position as it is shown. `mark`: None where no price may be used; then what depends on it is None too.

    Cost and P&L are by average cost; `realized_fifo` and `lots` by first in, first out: (opened_ms, shares, USD paid),
    oldest first, shares negative when short.
    """

    symbol: str
    quantity: Decimal
    average_cost: Decimal
    mark: Decimal | None
    #: "mid", "last", "close"; empty without a mark.
    mark_from: str
    mark_age_ms: int
    market_value: Decimal | None
    unrealized: Decimal | None
    realized: Decimal
    day_pnl: Decimal | None
    realized_fifo: Decimal = ZERO
    lots: tuple[tuple[int, Decimal, Decimal], ...] = ()


class AccountSnapshot(Struct, frozen=True, gc=False, kw_only=True):
    """An account at one instant, in USD. `unmarked`: symbols held without a usable mark; they count at cost."""

    account: str
    name: str
    at_ms: int
    cash: Decimal
    settled_cash: Decimal
    reserved: Decimal
    market_value: Decimal
    net_liq: Decimal
    stock_buying_power: Decimal
    option_buying_power: Decimal
    day_trading_buying_power: Decimal
    realized: Decimal
    unrealized: Decimal
    day_pnl: Decimal
    fees: Decimal
    trades_today: int
    #: `realized` by lots, first in first out.
    realized_fifo: Decimal = ZERO
    #: Empty, or why no new entries are taken at present, with until when.
    locked: str = ""
    warnings: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()


class DayFacts(NamedTuple):
    """What an exchange day brought to the account, in USD; where it began, and where it stands or ended."""

    trades: int
    realized: Decimal
    fees: Decimal
    net_liq_start: Decimal
    net_liq_end: Decimal


class Refusal(NamedTuple):
    """Why something is not done: a code for programs, one line for people that names the remedy where there is one."""

    reason: str
    text: str


class PlacedOrder(NamedTuple):
    """The answer to `place_order`: as it stood when it was acknowledged and durable."""

    order: Order
    account: AccountSnapshot
    position: PositionRow | None
