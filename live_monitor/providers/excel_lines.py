"""What the process that reads a workbook says, one line of JSON each; and the order that it may be given.

Every line is a sign of life. `within_s` says until when the next one has to come at the latest, where that is longer
than usual: reading a large saved file takes its time, and is no hang.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import Struct

from live_monitor.data.models.market_data import NAN

#: `excel`: the values that Excel shows now; `file`: those that were saved last.
SourceKind = Literal["excel", "file"]
#: A line is refused beyond this; 500 rows take about 150 kB.
MAX_LINE: Final = 8 * 2**20


class SheetRow(Struct, frozen=True, omit_defaults=True):
    """Level 1 as one row of the sheet says it; units as in `Snapshot`. NaN: the sheet says that there is none.

    `unknown`: fields of which the cell says nothing at present, and what stands in it: "loading", "#N/A", "blank".
    """

    symbol: str
    last: float = NAN
    last_size: float = NAN
    bid: float = NAN
    bid_size: float = NAN
    ask: float = NAN
    ask_size: float = NAN
    open: float = NAN
    high: float = NAN
    low: float = NAN
    previous_close: float = NAN
    day_volume: float = NAN
    net_change: float = NAN
    unknown: dict[str, str] = {}


#: The fields of a row that hold a number.
FIELDS: Final = tuple(name for name in SheetRow.__struct_fields__ if name not in ("symbol", "unknown"))


class Attached(Struct, frozen=True, tag_field="type", tag="attached"):
    """The workbook is being read from now on. `name` is for people."""

    kind: SourceKind
    name: str


class Rows(Struct, frozen=True, tag_field="type", tag="rows", omit_defaults=True):
    """Rows that changed, all of them after `Attached`; `at_ms`: when they were read, or the file was saved.

    `symbols`: what the sheet holds, in its order, where that changed; None: as before. `quotes`: the same rows as
    documented dicts, with every column of the sheet, where they were asked for.
    """

    at_ms: int
    rows: list[SheetRow]
    symbols: list[str] | None = None
    quotes: list[dict[str, str]] = []


class Beat(Struct, frozen=True, tag_field="type", tag="beat", omit_defaults=True):
    """Alive; nothing changed. `within_s` 0: the next line comes as soon as usual."""

    within_s: float = 0.0


class Trouble(Struct, frozen=True, tag_field="type", tag="trouble", omit_defaults=True):
    """Nothing can be read at present, and what helps. `fatal`: trying again does not."""

    code: str
    message: str
    remedy: str = ""
    fatal: bool = False


class Refusals(Struct, frozen=True, tag_field="type", tag="refusals"):
    """How often something was refused since the last line, by reason."""

    by_reason: dict[str, int]


class Remarks(Struct, frozen=True, tag_field="type", tag="remarks"):
    """What is not understood about the headings, and left out; in words."""

    texts: list[str]


Line = Attached | Rows | Beat | Trouble | Refusals | Remarks


class Order(Struct, frozen=True):
    """What the reading process may be told: `reattach` drops every object of Excel and takes new ones."""

    do: Literal["reattach"]


_encoder = msgspec.json.Encoder()
_lines: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
_orders = msgspec.json.Decoder(Order)


def encode(message: Line | Order) -> bytes:
    """One line, with its end. A NaN of a row has to be left out (the default): another one would become null."""
    return _encoder.encode(message) + b"\n"


def decode(line: bytes) -> Line:
    """Raises msgspec.DecodeError for what is no line of the protocol."""
    return _lines.decode(line)


def decode_order(line: bytes) -> Order:
    """Raises msgspec.DecodeError."""
    return _orders.decode(line)
