"""IQFeed's recorded ticks, line by line: each row is a print and the quote that stood at that moment.

Columns (IQFeed history protocol 6.0 to 6.2): time (New York, µs), last, last size, cumulative volume, bid, ask,
tick id (unique per market centre and day), basis (C regular, E extended hours, O other), market centre,
conditions (hex pairs); from 6.1 on also aggressor and day code. A request id and 6.2's `LH` may stand in front.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Quote, Trade
from live_monitor.limits import Refused, Rejections

PROVIDER: Final = "iqfeed"
TIME_ZONE: Final = "America/New_York"
END_MARK: Final = b"!ENDMSG!"
#: A row takes about 75 bytes; what is longer is not a row.
MAX_LINE_BYTES: Final = 1_024

_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?", re.ASCII)
_HEX_PAIRS = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_BASES: Final = ("C", "E", "O")
_COLUMNS: Final = (10, 12)
#: Request id and `LH`.
_MAX_PREFIX: Final = 2
_MAX_CACHED: Final = 4_096


class TickRow(NamedTuple):
    """One row. `quote` is None when both sides are absent, `trade` when the row has no size or price.

    IQFeed marks the official open and close by rows of size 0: a fact for the record, not a print.
    `cumulative_volume` (shares, NaN where absent) is the day's volume up to and including this row.
    """

    time_ns: int
    quote: Quote | None
    trade: Trade | None
    cumulative_volume: float
    tick_id: str
    market_centre: str


def is_end(line: bytes) -> bool:
    """True for the line that ends a complete answer."""
    return END_MARK in line


class IqfeedTicks:
    """Translates rows of one symbol. Refused fields are counted in `rejections` as `field: reason`. One thread."""

    def __init__(self, symbol: str, rejections: Rejections) -> None:
        self.symbol = symbol
        self.rejections = rejections
        self._zone = ZoneInfo(TIME_ZONE)
        self._hours: dict[str, int] = {}
        self._conditions: dict[tuple[str, str], tuple[int | str, ...]] = {}

    def row(self, line: bytes, sequence: int) -> TickRow | None:
        """The row of `line`, or None, counted, when its time or its columns cannot be told.

        `sequence` becomes the trade's: the row's position in the recording, from 1 up. Never raises.
        """
        try:
            return self._row(line, sequence)
        except Refused as refused:
            self.rejections.note(refused.reason)
            return None

    def _row(self, line: bytes, sequence: int) -> TickRow:
        fields = _fields(line)
        time_ns = self.time_ns(fields[0])
        timestamp_ms = time_ns // 1_000_000
        quote = self._quote(fields, timestamp_ms)
        volume = self._optional(fields[3], "cumulative volume", positive=False)
        trade = self._trade(fields, timestamp_ms, sequence)
        return TickRow(time_ns, quote, trade, volume, fields[6], fields[8])

    def time_ns(self, text: str) -> int:
        """ns since the epoch of a New York time. Raises Refused."""
        match = _TIME.fullmatch(text)
        if match is None:
            raise Refused("time: not understood")
        hour, minute, second, fraction = match.groups()
        start = self._hours.get(hour)
        if start is None:
            start = self._hour_start_s(hour)
        seconds = start + int(minute) * 60 + int(second)
        micros = int(fraction.ljust(6, "0")) if fraction else 0
        return seconds * 1_000_000_000 + micros * 1_000

    def _hour_start_s(self, hour: str) -> int:
        # By the hour: New York changes its offset on the hour, so one look-up serves every row of it.
        try:
            local = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=self._zone)
        except ValueError as error:
            raise Refused("time: not understood") from error
        start = int(local.astimezone(UTC).timestamp())
        if not limits.MIN_TIME_MS <= start * 1000 < limits.MAX_TIME_MS:
            raise Refused("time: out of range")
        if len(self._hours) >= _MAX_CACHED:
            self._hours.clear()
        self._hours[hour] = start
        return start

    def _quote(self, fields: list[str], timestamp_ms: int) -> Quote | None:
        bid, ask = self._optional(fields[4], "bid"), self._optional(fields[5], "ask")
        if bid != bid and ask != ask:
            return None
        return Quote(self.symbol, timestamp_ms, bid_price=bid, ask_price=ask)

    def _trade(self, fields: list[str], timestamp_ms: int, sequence: int) -> Trade | None:
        conditions = self._basis_and_conditions(fields[7], fields[9])
        if conditions is None:
            return None
        price = self._optional(fields[1], "price", required=True)
        size = self._optional(fields[2], "size", required=True)
        if price != price or size != size:
            return None
        centre = fields[8]
        exchange = int(centre) if centre.isdecimal() and len(centre) <= 6 else None
        return Trade(
            self.symbol, price, size, timestamp_ms, conditions, exchange, id=fields[6][:32], sequence=sequence
        )  # fmt: skip

    def _optional(self, text: str, name: str, *, positive: bool = True, required: bool = False) -> float:
        """A number, NaN when it is absent (a price or size of 0 is) or refused."""
        if not text and not required:
            return NAN
        try:
            if not _NUMBER.fullmatch(text):
                raise Refused("absent" if not text else "not a number")
            number = float(text)
            if not positive:
                return limits.volume(number)
            return limits.size(number) if name == "size" else limits.price(number)
        except Refused as refused:
            if required or refused.reason != "absent":
                self.rejections.note(f"{name}: {refused.reason}")
            return NAN

    def _basis_and_conditions(self, basis: str, pairs: str) -> tuple[int | str, ...] | None:
        """The basis, then each hex pair: ("C", "87", "3D")."""
        known = self._conditions.get((basis, pairs))
        if known is not None:
            return known
        if basis not in _BASES:
            self.rejections.note("basis: unknown")
            return None
        if not _HEX_PAIRS.fullmatch(pairs) or len(pairs) // 2 >= limits.MAX_CONDITIONS:
            # The basis alone decides what a print may move; the pairs are for display.
            self.rejections.note("conditions: not hex pairs")
            return (basis,)
        conditions = (basis, *(pairs[at : at + 2].upper() for at in range(0, len(pairs), 2)))
        if len(self._conditions) < _MAX_CACHED:
            self._conditions[basis, pairs] = conditions
        return conditions


def _fields(line: bytes) -> list[str]:
    """The columns from the time on. Raises Refused when they are not those of a tick."""
    if len(line) > MAX_LINE_BYTES:
        raise Refused("row: too long")
    try:
        text = line.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise Refused("row: not ASCII") from error
    fields = text.split(",")
    if fields[-1] == "":
        fields.pop()
    prefix = 0
    while prefix < min(_MAX_PREFIX, len(fields)) and not _DATE.match(fields[prefix]):
        prefix += 1
    if prefix == len(fields) or not _DATE.match(fields[prefix]):
        prefix = 0
    if len(fields) - prefix not in _COLUMNS:
        raise Refused(f"row: {len(fields) - prefix} columns")
    return fields[prefix:] if prefix else fields
