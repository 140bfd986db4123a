"""What an account is made of beside orders and positions; small values that `AccountState` holds.

Closed orders and fills are kept packed, in about a third of their memory, because there may be thousands of them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from live_monitor.data.models.orders import ZERO, Order
from live_monitor.engine.paper.entries import Filled

_packer: Final = msgspec.msgpack.Encoder()
_reader: Final = msgspec.msgpack.Decoder()
#: Names take more room than what they name: an order is packed as its values alone, in this order.
_ORDER_FIELDS: Final = Order.__struct_fields__
_CLIENT: Final = _ORDER_FIELDS.index("client_order_id")


class FillRecord(Struct, frozen=True, gc=False, array_like=True):
    """A fill and what it did: `realized` in USD by average cost, without fees; `position_after` in shares."""

    filled: Filled
    realized: Decimal
    realized_fifo: Decimal
    position_after: Decimal


_fill_reader: Final = msgspec.msgpack.Decoder(FillRecord)


class DayBook(Struct):
    """What an exchange day (ISO date) counts. `net_liq`: where it started; `net_liq_last`: where it was seen last.

    `settles`: the next session, when what is sold on this day settles; empty where no calendar knew it.
    `trades`: orders that opened or added to a position. `realized`: without `fees`.
    """

    day: str
    began_ms: int
    net_liq: Decimal
    net_liq_last: Decimal
    settles: str = ""
    trades: int = 0
    realized: Decimal = ZERO
    fees: Decimal = ZERO


class Proceeds(Struct):
    """Cash of sales of `day` that settles on `settles`; until then it may be spent, but not what it buys sold."""

    amount: Decimal
    day: str
    settles: str


class BrokerWarning(NamedTuple):
    """What a broker would hold against the account."""

    at_ms: int
    reason: str
    text: str


class EquityPoint(NamedTuple):
    """Net liquidation (USD) at a market time."""

    at_ms: int
    net_liq: Decimal


def pack_order(order: Order) -> bytes:
    """A closed order, packed."""
    return _packer.encode(msgspec.structs.astuple(order))


def unpack_order(packed: bytes) -> Order:
    """The order that `pack_order` packed."""
    values = _reader.decode(packed)
    return msgspec.convert(dict(zip(_ORDER_FIELDS, values, strict=True)), Order)


def packed_client(packed: bytes) -> str:
    """Its client order id."""
    found: str = _reader.decode(packed)[_CLIENT]
    return found


def pack_fill(record: FillRecord) -> bytes:
    """A fill, packed."""
    return _packer.encode(record)


def unpack_fill(packed: bytes) -> FillRecord:
    """The fill that `pack_fill` packed."""
    return _fill_reader.decode(packed)
