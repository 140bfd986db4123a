"""IQFeed's recorded ticks, line by line: each row is a print and the quote that stood at that moment.

Columns (IQFeed history protocol 6.0 to 6.2): time (New York, µs), last, last size, cumulative volume, bid, ask,
tick id (unique per market centre and day), basis (C regular, E extended hours, O other), market centre,
conditions (hex pairs); from 6.1 on also aggressor and day code. A request id and 6.2's `LH` may stand in front.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Quote, Trade
from live_monitor.limits import Refused, Rejections

PROVIDER: Final = "iqfeed"
ENCODING: Final = "iqfeed-ticks"
TIME_ZONE: Final = "America/New_York"
END_MARK: Final = b"!ENDMSG!"
#: A row takes about 75 bytes; what is longer is not a row.
MAX_LINE_BYTES: Final = 1_024

#: A row without anything odd. Digits are few enough that no number can leave the table in `limits`.
_ROW = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d):([0-5]\d):([0-5]\d)\.(\d{6}),"
    r"(\d{1,6}\.\d{1,6}),([1-9]\d{0,11}),(\d{1,15}),(\d{1,6}\.\d{1,6}),(\d{1,6}\.\d{1,6}),"
    r"(\d{1,18}),([CEO]),(\d{1,6}),((?:[0-9A-F]{2}){0,15}),[^,]{0,8},[^,]{0,8},?",
    re.ASCII,
)
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
        text = line.decode("latin-1")
        match = _ROW.fullmatch(text)
        if match is not None and (row := self._plain_row(match, sequence)) is not None:
            return row
        fields = _fields(text)
        time_ns = self.time_ns(fields[0])
        timestamp_ms = time_ns // 1_000_000
        quote = self._quote(fields, timestamp_ms)
        volume = self._number(fields[3], "cumulative volume", limits.volume)
        trade = self._trade(fields, timestamp_ms, sequence)
        return TickRow(time_ns, quote, trade, volume, fields[6], fields[8])

    def _plain_row(self, match: re.Match[str], sequence: int) -> TickRow | None:
        """The fast path, for nearly every row. None where a 0 needs a rule, or an hour or a condition is new."""
        hour, minute, second, micros, *fields = match.groups()
        start = self._hours.get(hour)
        price, size, volume, bid, ask, tick_id, basis, centre, pairs = fields
        conditions = self._conditions.get((basis, pairs))
        last, bid_price, ask_price = float(price), float(bid), float(ask)
        if start is None or conditions is None or not (last and bid_price and ask_price):
            return None
        time_ns = ((start + int(minute) * 60 + int(second)) * 1_000_000 + int(micros)) * 1_000
        at = time_ns // 1_000_000
        symbol = self.symbol
        quote = Quote(symbol, at, bid_price, NAN, ask_price)
        trade = Trade(symbol, last, float(size), at, conditions, int(centre), tick_id, sequence)
        return TickRow(time_ns, quote, trade, float(volume), tick_id, centre)

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
        bid, ask = self._number(fields[4], "bid", limits.price), self._number(fields[5], "ask", limits.price)
        if bid != bid and ask != ask:
            return None
        return Quote(self.symbol, timestamp_ms, bid_price=bid, ask_price=ask)

    def _trade(self, fields: list[str], timestamp_ms: int, sequence: int) -> Trade | None:
        conditions = self._basis_and_conditions(fields[7], fields[9])
        if conditions is None:
            return None
        if fields[2] == "0" and fields[7] == "O":
            return None  # the mark of an official open or close, which is no print
        price = self._number(fields[1], "price", limits.price, required=True)
        size = self._number(fields[2], "size", limits.size, required=True)
        if price != price or size != size:
            return None
        centre = fields[8]
        exchange = int(centre) if centre.isdecimal() and len(centre) <= 6 else None
        return Trade(self.symbol, price, size, timestamp_ms, conditions, exchange, fields[6][:32], sequence)

    def _number(self, text: str, name: str, rule: Callable[[float], float], *, required: bool = False) -> float:
        """A number by its rule in `limits`; NaN when it is absent (a price of 0 is) or refused, which is counted."""
        try:
            if not text:
                raise Refused("absent")
            if not _NUMBER.fullmatch(text):
                raise Refused("not a number")
            return rule(float(text))
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


def _fields(text: str) -> list[str]:
    """The columns from the time on. Raises Refused when they are not those of a tick."""
    if len(text) > MAX_LINE_BYTES:
        raise Refused("row: too long")
    if not text.isascii():
        raise Refused("row: not ASCII")
    fields = text.strip().split(",")
    first = next((at for at, field in enumerate(fields[: _MAX_PREFIX + 1]) if _DATE.match(field)), 0)
    columns = len(fields) - first
    if columns not in _COLUMNS and fields[-1] == "":
        columns -= 1  # the usual comma at the end of a line
    if columns not in _COLUMNS:
        raise Refused(f"row: {columns} columns")
    return fields[first:]
