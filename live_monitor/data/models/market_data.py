"""Market events as frozen values, and the dict shapes that scripts know.

The structs double as wire shapes: msgspec decodes a Polygon-style event straight into them (about
0.3 µs instead of the 2 µs of a dict plus a copy), so each carries the vendor's short field names as
`rename`. Inside the program only the long attribute names are used.

Units: prices in USD, sizes and volumes in shares, times in milliseconds since the epoch (UTC).
An absent number is NaN, never 0: a vendor's 0 is turned into NaN where it enters (see `limits`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, NotRequired, TypedDict

from msgspec import Meta, Struct

NAN = float("nan")

#: Bounds that msgspec checks while it decodes; an event outside them takes the slow path, where
#: `limits` says which field or message is refused and why. 4102444800000 is the year 2100.
Price = Annotated[float, Meta(ge=1e-6, le=10_000_000)]
#: 0: less than one share, of which `decimal_size` tells.
Size = Annotated[float, Meta(ge=0, le=1e12)]
Volume = Annotated[float, Meta(ge=0, le=1e15)]
TimeMs = Annotated[int, Meta(ge=315_532_800_000, lt=4_102_444_800_000)]
#: Rises per symbol and day; 0 where a source has none.
Sequence = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Text = Annotated[str, Meta(max_length=64)]
Exchange = int | Text | None
Conditions = Annotated[tuple[int | str, ...], Meta(max_length=16)]


class MarketEvent(Struct, frozen=True, gc=False):
    """Reads like a mapping too (`trade["price"]`), with the documented dict names as keys.

    Scripts that subclass `PolygonDataManager._process_trade` index events this way.
    Raises KeyError for a name that the documented shape does not have.
    """

    KEYS: ClassVar[dict[str, str]] = {}
    EVENT_TYPE: ClassVar[str] = ""

    def __getitem__(self, key: str) -> Any:
        if key == "event_type":
            return self.EVENT_TYPE
        attribute = self.KEYS.get(key)
        if attribute is None:
            raise KeyError(key)
        return getattr(self, attribute)

    def get(self, key: str, default: Any = None) -> Any:
        """`self[key]`, or `default` for a name that the shape does not have."""
        try:
            return self[key]
        except KeyError:
            return default

    def keys(self) -> list[str]:
        """The documented names, `event_type` first."""
        return ["event_type", *self.KEYS]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key == "event_type" or key in self.KEYS

    def __len__(self) -> int:
        return len(self.KEYS) + 1


class Trade(
    MarketEvent,
    frozen=True,
    gc=False,
    omit_defaults=True,
    tag_field="ev",
    tag="T",
    rename={
        "symbol": "sym",
        "price": "p",
        "size": "s",
        "timestamp_ms": "t",
        "conditions": "c",
        "exchange": "x",
        "id": "i",
        "sequence": "q",
        "trf_id": "trfi",
        "decimal_size": "ds",
    },
):
    """One print of the tape (`T`).

    `id` is unique only per exchange and TRF; `sequence` rises per symbol and day with gaps
    (market rules 1.5, 1.7). `received_ms` is our wall time of receipt, 0 where not stamped.
    """

    EVENT_TYPE: ClassVar[str] = "trade"
    KEYS: ClassVar[dict[str, str]] = {
        "symbol": "symbol",
        "timestamp": "timestamp_ms",
        "price": "price",
        "size": "size",
        "conditions": "conditions",
        "exchange": "exchange",
        "id": "id",
        "sequence": "sequence",
        "received_ms": "received_ms",
    }

    symbol: str
    price: Price
    size: Size
    timestamp_ms: TimeMs
    conditions: Conditions = ()
    exchange: Exchange = None
    id: Text = ""
    sequence: Sequence = 0
    trf_id: Sequence = 0
    decimal_size: Text = ""
    received_ms: int = 0


class Quote(
    MarketEvent,
    frozen=True,
    gc=False,
    omit_defaults=True,
    tag_field="ev",
    tag="Q",
    rename={
        "symbol": "sym",
        "timestamp_ms": "t",
        "bid_price": "bp",
        "bid_size": "bs",
        "ask_price": "ap",
        "ask_size": "as",
        "bid_exchange": "bx",
        "ask_exchange": "ax",
        "condition": "c",
        "sequence": "q",
    },
):
    """The best bid and offer (`Q`). A side that is absent has NaN price and NaN size."""

    EVENT_TYPE: ClassVar[str] = "quote"
    KEYS: ClassVar[dict[str, str]] = {
        "symbol": "symbol",
        "timestamp": "timestamp_ms",
        "bid_price": "bid_price",
        "bid_size": "bid_size",
        "ask_price": "ask_price",
        "ask_size": "ask_size",
        "exchange": "bid_exchange",
        "received_ms": "received_ms",
    }

    symbol: str
    timestamp_ms: TimeMs
    bid_price: Price = NAN
    bid_size: Volume = NAN
    ask_price: Price = NAN
    ask_size: Volume = NAN
    bid_exchange: Exchange = None
    ask_exchange: Exchange = None
    condition: int | None = None
    sequence: Sequence = 0
    received_ms: int = 0


_AGGREGATE_NAMES = {
    "symbol": "sym",
    "start_ms": "s",
    "end_ms": "e",
    "open": "o",
    "high": "h",
    "low": "l",
    "close": "c",
    "volume": "v",
    "vwap": "vw",
    "transactions": "n",
    "day_volume": "av",
    "day_open": "op",
    "day_vwap": "a",
}


class Aggregate(
    MarketEvent, frozen=True, gc=False, omit_defaults=True, tag_field="ev", tag="AM", rename=_AGGREGATE_NAMES
):
    """A minute bar (`AM`) of the window [`start_ms`, `end_ms`).

    A bar whose `start_ms` is already known is a replacement, never an addition (market rules 3.1).
    `day_volume`, `day_open`, `day_vwap` are values of the day up to `end_ms`. The stream carries
    no `transactions`; history does.
    """

    EVENT_TYPE: ClassVar[str] = "aggregate"
    KEYS: ClassVar[dict[str, str]] = {
        "symbol": "symbol",
        "timestamp": "start_ms",
        "open": "open",
        "high": "high",
        "low": "low",
        "close": "close",
        "volume": "volume",
        "vwap": "vwap",
        "transactions": "transactions",
    }

    symbol: str
    start_ms: TimeMs
    end_ms: TimeMs
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Volume
    vwap: Price = NAN
    transactions: Sequence | None = None
    day_volume: Volume = NAN
    day_open: Price = NAN
    day_vwap: Price = NAN


class SecondAggregate(
    Aggregate, frozen=True, gc=False, omit_defaults=True, tag_field="ev", tag="A", rename=_AGGREGATE_NAMES
):
    """A second bar (`A`); same fields as `Aggregate`."""


class Status(MarketEvent, frozen=True, gc=False, omit_defaults=True, tag_field="ev", tag="status"):
    """What a server says of the session: `connected`, `auth_failed`, `max_connections` …"""

    EVENT_TYPE: ClassVar[str] = "status"
    KEYS: ClassVar[dict[str, str]] = {"status": "status", "message": "message"}

    status: str
    message: str = ""


class Snapshot(MarketEvent, frozen=True, gc=False, omit_defaults=True):
    """A vendor's level-1 row. Any field may be absent (NaN); it is never turned into a trade.

    `day_volume` counts every volume-eligible print up to and including `sequence` (0 where the
    source has no sequence) or else `timestamp_ms`; `open`, `high`, `low` follow the daily rules.
    `partial_since_ms` says since when open, high, low and vwap count, where they do not cover the day.
    `net_change` is how far `last` is from where the vendor counts from, as the vendor says it; it may be negative or 0.
    """

    EVENT_TYPE: ClassVar[str] = "snapshot"
    KEYS: ClassVar[dict[str, str]] = {
        "symbol": "symbol",
        "timestamp": "timestamp_ms",
        "last": "last",
        "bid": "bid",
        "ask": "ask",
        "open": "open",
        "high": "high",
        "low": "low",
        "previous_close": "previous_close",
        "volume": "day_volume",
    }

    symbol: str
    timestamp_ms: TimeMs
    last: float = NAN
    last_size: float = NAN
    last_timestamp_ms: int = 0
    bid: float = NAN
    bid_size: float = NAN
    ask: float = NAN
    ask_size: float = NAN
    quote_timestamp_ms: int = 0
    open: float = NAN
    high: float = NAN
    low: float = NAN
    previous_close: float = NAN
    day_volume: float = NAN
    day_vwap: float = NAN
    sequence: Sequence = 0
    partial_since_ms: int = 0
    net_change: float = NAN


Event = Trade | Quote | Aggregate | SecondAggregate | Status


class TradeData(TypedDict):
    """A trade as scripts see it."""

    event_type: str
    symbol: str
    timestamp: int
    price: float
    size: float
    conditions: list[int | str]
    exchange: NotRequired[str]


class QuoteData(TypedDict):
    """A quote as scripts see it; an absent side is NaN."""

    event_type: str
    symbol: str
    timestamp: int
    bid_price: float
    bid_size: float
    ask_price: float
    ask_size: float
    exchange: NotRequired[str]


class AggregateData(TypedDict):
    """A bar as scripts see it; `timestamp` is the start of the bar in ms."""

    event_type: str
    symbol: str
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: NotRequired[float]
    transactions: NotRequired[int]


class TickerCalculationData(TypedDict):
    """The ticker as scripts see it: always floats, NaN where the number is absent.

    `last_update` is New York time `HH:MM:SS`; `market_state` is `open`, `closed`, `pre` or `post`.
    """

    last_price: float
    bid: float
    ask: float
    spread: float
    mid_price: float
    volume: float
    change: float
    change_percent: float
    day_high: float
    day_low: float
    day_open: float
    last_update: str
    market_state: str


class ChartData(TypedDict):
    """Payload of `chart_data_updated`: the whole list, or one bar when `is_update`."""

    symbol: str
    bars: list[AggregateData]
    is_update: bool
