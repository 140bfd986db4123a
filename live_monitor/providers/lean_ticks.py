"""Ticks in the format of Lean (QuantConnect's engine), row by row, and the best bid and ask that quote rows make.

Columns of a trade: time, price, size, exchange, conditions, suspicious. Of a quote: time, bid, bid size, ask, ask size,
exchange, conditions, suspicious. Time is in ms since midnight in New York, with or without a fraction; prices are in
1/10,000 USD; an exchange is a letter of the tapes; conditions are a hexadecimal number with one bit each; suspicious is
0 or 1. A row names neither its symbol nor its date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Quote, Trade
from live_monitor.limits import Refused, Rejections

PROVIDER: Final = "lean"
ENCODING: Final = "lean-ticks"
TIME_ZONE: Final = "America/New_York"
#: A row takes about 40 bytes; what is longer is not a row.
MAX_LINE_BYTES: Final = 256
#: The condition of a print that the vendor's own check finds improbable. Lean has it in a column of its own.
SUSPICIOUS: Final = "suspicious"

_TIME: Final = r"(\d{1,8})(?:\.(\d{1,6}))?"
_NUMBER: Final = r"(\d{1,12}(?:\.\d{1,6})?)"
_TAIL: Final = r"([A-Za-z]{0,2}),([0-9A-Fa-f]{1,16}),([01])"
_TRADE: Final = re.compile(rf"{_TIME},{_NUMBER},{_NUMBER},{_TAIL}", re.ASCII)
_QUOTE: Final = re.compile(rf"{_TIME},{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER},{_TAIL}", re.ASCII)
_TRADE_COLUMNS: Final = ("time", "price", "size", "exchange", "conditions", "suspicious")
_QUOTE_COLUMNS: Final = ("time", "bid", "bid size", "ask", "ask size", "exchange", "conditions", "suspicious")
#: What each column must look like, for the reason that a row without the shape of a tick is refused with.
_SHAPES: Final = {
    "time": (re.compile(_TIME, re.ASCII), "not understood"),
    "exchange": (re.compile(r"[A-Za-z]{0,2}", re.ASCII), "not a letter of the tapes"),
    "conditions": (re.compile(r"[0-9A-Fa-f]{1,16}", re.ASCII), "not hexadecimal"),
    "suspicious": (re.compile(r"[01]", re.ASCII), "neither 0 nor 1"),
}
_ANY_NUMBER: Final = (re.compile(_NUMBER, re.ASCII), "not a number")
_SIGNED: Final = re.compile(r"-\d+(?:\.\d+)?", re.ASCII)
_PRICE_UNITS: Final = 10_000.0
_DAY_NS: Final = 86_400_000_000_000
_MAX_CACHED: Final = 4_096

#: Quotes of these conditions can be traded against: none stated, regular, slow, manual, opening, fast market.
_FIRM: Final = 0x1 | 0x2 | 0x4 | 0x800 | 0x200000
#: Closing, news (two kinds), trading range, order imbalance: no quote to trade against, whatever else is stated.
_NOT_FIRM: Final = 0x8 | 0x10 | 0x20 | 0x40 | 0x80


class Side(NamedTuple):
    """One side of a quote. NaN where the row says that nobody stands there (a size of 0)."""

    price: float
    size: float
    exchange: str | None


NOBODY: Final = Side(NAN, NAN, None)


class QuoteRow(NamedTuple):
    """A quote; a side is None where the row says nothing of it. `offset_ns`: since midnight in New York.

    `passed_over` says why it changes nothing: the vendor finds it suspicious, or it is not firm ("" when it counts).
    """

    offset_ns: int
    bid: Side | None
    ask: Side | None
    passed_over: str


class LeanTicks:
    """Translates rows of one symbol. Refused rows are counted in `rejections` as `field: reason`. One thread."""

    def __init__(self, symbol: str, rejections: Rejections) -> None:
        self.symbol = symbol
        self.rejections = rejections
        self._conditions: dict[tuple[str, str], tuple[str, ...]] = {}

    def trade(self, line: bytes, at_ms: int, sequence: int) -> tuple[int, Trade] | None:
        """Time of day (ns since midnight) and print of a row; None, counted, when any of it cannot be. Never raises.

        The print gets the time `at_ms` and the number `sequence`: the row says neither.
        """
        try:
            match = _TRADE.fullmatch(_text(line))
            if match is None:
                raise _odd(_text(line), _TRADE_COLUMNS)
            ms, fraction, price, size, exchange, bits, suspicious = match.groups()
            offset_ns = _offset_ns(ms, fraction)
            cost = _checked("price", limits.price, float(price) / _PRICE_UNITS)
            shares = _checked("size", limits.size, float(size))
            conditions = self._conditions.get((bits, suspicious))
            if conditions is None:
                conditions = self._new_conditions(bits, suspicious)
        except Refused as refused:
            self.rejections.note(refused.reason)
            return None
        return offset_ns, Trade(self.symbol, cost, shares, at_ms, conditions, exchange or None, "", sequence)

    def quote(self, line: bytes) -> QuoteRow | None:
        """The quote of a row; None, counted, when any of it cannot be. Never raises."""
        try:
            match = _QUOTE.fullmatch(_text(line))
            if match is None:
                raise _odd(_text(line), _QUOTE_COLUMNS)
            ms, fraction, bid, bid_size, ask, ask_size, exchange, bits, suspicious = match.groups()
            bid_side = _side("bid", bid, bid_size, exchange)
            ask_side = _side("ask", ask, ask_size, exchange)
            if bid_side is None and ask_side is None:
                raise Refused("quote: neither bid nor ask")
            return QuoteRow(_offset_ns(ms, fraction), bid_side, ask_side, _passed_over(bits, suspicious))
        except Refused as refused:
            self.rejections.note(refused.reason)
            return None

    def _new_conditions(self, bits: str, suspicious: str) -> tuple[str, ...]:
        """The bits that are set, each as its own number, lowest first: `20000020` is ("20", "20000000")."""
        mask = int(bits, 16)
        conditions = tuple(f"{1 << bit:x}" for bit in range(mask.bit_length()) if mask >> bit & 1)
        if suspicious == "1":
            conditions = (*conditions, SUSPICIOUS)
        if len(conditions) > limits.MAX_CONDITIONS:
            raise Refused("conditions: too many")
        if len(self._conditions) < _MAX_CACHED:
            self._conditions[bits, suspicious] = conditions
        return conditions


class BestQuote:
    """The best bid and ask of one symbol, from the vendor's quote rows. One thread.

    The rows already tell the national best: each change of it comes as one row for its bid and one for its ask, with
    the exchange that stands there. So the newest row of a side is that side, and its size that exchange's (ADR 25).
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self._bid = self._ask = NOBODY

    def take(self, rows: Iterable[QuoteRow], at_ms: int) -> Quote | None:
        """The quote after these rows, which are of one instant; None when it is as it was."""
        bid, ask = self._bid, self._ask
        for row in rows:
            if row.passed_over:
                continue
            bid = bid if row.bid is None else row.bid
            ask = ask if row.ask is None else row.ask
        # By identity first: a side that nobody stands on is not equal to itself, but it is one and the same object.
        if (bid is self._bid or bid == self._bid) and (ask is self._ask or ask == self._ask):
            return None
        self._bid, self._ask = bid, ask
        return Quote(self.symbol, at_ms, bid.price, bid.size, ask.price, ask.size, bid.exchange, ask.exchange)


def is_quote(line: bytes) -> bool:
    """True for a row with the columns of a quote, which has two more than a trade."""
    return line.count(b",") >= len(_QUOTE_COLUMNS) - 1


def day_span_ns(day: date) -> tuple[int, int]:
    """First instant of a date in New York and of the next one, ns since the epoch."""
    zone = ZoneInfo(TIME_ZONE)
    first, after = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    return int(first.timestamp()) * 1_000_000_000, int(after.timestamp()) * 1_000_000_000


def day_of(time_ns: int) -> date:
    """The date in New York of an instant (ns since the epoch)."""
    return datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).astimezone(ZoneInfo(TIME_ZONE)).date()


def _text(line: bytes) -> str:
    # Every byte is a character here; those that are not ASCII match no column.
    return line.decode("latin-1")


def _offset_ns(ms: str, fraction: str | None) -> int:
    offset = int(ms) * 1_000_000 + (int(fraction.ljust(6, "0")) if fraction else 0)
    if offset >= _DAY_NS:
        raise Refused("time: after midnight")
    return offset


def _checked(name: str, rule: Callable[[object], float], value: float) -> float:
    try:
        return rule(value)
    except Refused as refused:
        raise Refused(f"{name}: {refused.reason}") from refused


def _side(name: str, price: str, size: str, exchange: str) -> Side | None:
    cost, shares = float(price), float(size)
    if not cost:
        return None
    if not shares:
        return NOBODY
    cost = _checked(name, limits.price, cost / _PRICE_UNITS)
    return Side(cost, _checked(f"{name} size", limits.volume, shares), exchange or None)


def _passed_over(bits: str, suspicious: str) -> str:
    if suspicious == "1":
        return "suspicious"
    mask = int(bits, 16)
    firm = not mask or (mask & _FIRM and not mask & _NOT_FIRM)
    return "" if firm else "not firm"


def _odd(text: str, columns: tuple[str, ...]) -> Refused:
    """Why a row does not have the shape of a tick."""
    if len(text) > MAX_LINE_BYTES:
        return Refused("row: too long")
    if not text.isascii():
        return Refused("row: not ASCII")
    fields = text.split(",")
    if len(fields) != len(columns):
        return Refused(f"row: {min(len(fields), 99)} columns")
    for name, field in zip(columns, fields, strict=True):
        shape, reason = _SHAPES.get(name, _ANY_NUMBER)
        if not shape.fullmatch(field):
            return Refused(f"{name}: negative" if _SIGNED.fullmatch(field) else f"{name}: {reason}")
    return Refused("row: not a tick")
