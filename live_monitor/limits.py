"""One table of limits, and the rules by which bad input is refused.

Everything from outside passes here: a value is taken as it is, or refused with a reason that is
counted. Nothing is clamped and nothing is raised into a loop.
"""

from __future__ import annotations

import logging
import math
import re
import unicodedata
import zlib
from collections import Counter

_log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 2**20
MAX_QUEUED_FRAMES = 16
MAX_EVENT_FIELDS = 64
MAX_BACKLOG_EVENTS = 20_000
MAX_SYMBOLS = 10_000
MAX_SUBSCRIPTIONS = 500
MAX_BARS = 2_000
MAX_TAPE_ROWS = 2_000
MAX_ALERTS = 1_000
#: Prices that are waited for at a time, and characters of what is noted with one.
MAX_PRICE_ALERTS = 200
MAX_PRICE_ALERT_NOTE = 120
MAX_SIGNALS = 2_000
MAX_GAPS = 1_000
MAX_REASONS = 200
MAX_CONDITIONS = 16
MAX_HISTORY_BARS = 5_000
MAX_TEXT = 500
MAX_CLIENTS = 64
#: Drawings of one symbol.
MAX_DRAWINGS = 2_000

MIN_PRICE, MAX_PRICE = 1e-6, 10_000_000.0
MIN_SIZE, MAX_SIZE = 1e-6, 1e12
MAX_VOLUME = 1e15
#: Characters of a size in decimals.
_MAX_DECIMALS = 32
#: 1980-01-01 and 2100-01-01 in ms: the window of times that can be normalised without doubt.
MIN_TIME_MS, MAX_TIME_MS = 315_532_800_000, 4_102_444_800_000
#: How far an event may lie ahead of the clock of its feed before it is refused.
MAX_AHEAD_MS = 300_000
#: Market seconds per real second that a feed may claim.
MAX_SPEED = 10_000.0
#: New shares per old share that a split may have, and the other way round.
MAX_SPLIT = 10_000.0

_SYMBOL = re.compile(r"[A-Z0-9.^/_=-]{1,32}")


def valid_symbol(text: object) -> bool:
    """True for a ticker that may be shown, stored and used in a key. It may hold `/`, but never a way out (`..`)."""
    return isinstance(text, str) and _SYMBOL.fullmatch(text) is not None and ".." not in text


_MARKET = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_MARKET = 64


def valid_market(text: object) -> bool:
    """True for the identity of a market: lower case letters, digits and single hyphens between them, at most 64."""
    return isinstance(text, str) and len(text) <= _MAX_MARKET and _MARKET.fullmatch(text) is not None


def market_name(text: str) -> str:
    """The identity of a market made of words: `Replay IQFeed 2021-03-01` becomes `replay-iqfeed-2021-03-01`.

    Accents are dropped, everything else that is no letter or digit becomes a hyphen. What is too long ends in a
    checksum of the whole, so that different texts stay different. Raises ValueError when nothing is left.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not name:
        raise ValueError(f"{text!r} names no market")
    if len(name) <= _MAX_MARKET:
        return name
    return f"{name[: _MAX_MARKET - 9].rstrip('-')}-{zlib.crc32(name.encode()):08x}"


class Refused(Exception):
    """Why one value was refused; carried to the counter, never further."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _number(value: object) -> float:
    if value is None or value == "":
        raise Refused("absent")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("wrong type")
    if isinstance(value, int) and value.bit_length() > 64:
        raise Refused("out of range")
    number = float(value)
    if not math.isfinite(number):
        raise Refused("not finite")
    return number


def price(value: object) -> float:
    """USD per share. 0 is absent. Raises Refused."""
    number = _number(value)
    if number == 0:
        raise Refused("absent")
    if number < 0:
        raise Refused("negative")
    if not MIN_PRICE <= number <= MAX_PRICE:
        raise Refused("out of range")
    return number


def change(value: object) -> float:
    """USD per share up or down; 0 is a change like any other. Raises Refused."""
    number = _number(value)
    if not -MAX_PRICE <= number <= MAX_PRICE:
        raise Refused("out of range")
    return number


def size(value: object) -> float:
    """Shares of a print. 0 is absent. Raises Refused."""
    number = _number(value)
    if number == 0:
        raise Refused("absent")
    if number < 0:
        raise Refused("negative")
    if not MIN_SIZE <= number <= MAX_SIZE:
        raise Refused("out of range")
    return number


def decimal_size(text: str) -> float:
    """Shares of a print in decimals as text, "12.5"; they may be less than one. Raises Refused."""
    if len(text) > _MAX_DECIMALS or "_" in text:
        raise Refused("not a number")
    try:
        number = float(text)
    except ValueError:
        raise Refused("not a number") from None
    return size(number)


def volume(value: object) -> float:
    """Shares, where 0 is a fact (a displayed size, the volume of a window). Raises Refused."""
    number = _number(value)
    if number < 0:
        raise Refused("negative")
    if number > MAX_VOLUME:
        raise Refused("out of range")
    return number


def time_ms(value: object) -> int:
    """Milliseconds since the epoch from seconds, ms, µs or ns, told apart by magnitude (market rules 1.5)."""
    number = _number(value)
    if number == 0:
        raise Refused("absent")
    if number < 0:
        raise Refused("negative")
    whole = int(value) if isinstance(value, int) else int(number)
    if number < 1e11:
        milliseconds = int(number * 1000)
    elif number < 1e14:
        milliseconds = whole
    elif number < 1e17:
        milliseconds = whole // 1_000
    else:
        milliseconds = whole // 1_000_000
    if not MIN_TIME_MS <= milliseconds < MAX_TIME_MS:
        raise Refused("out of range")
    return milliseconds


def symbol(value: object) -> str:
    """A ticker. Raises Refused."""
    if not isinstance(value, str):
        raise Refused("wrong type" if value is not None else "absent")
    if not valid_symbol(value):
        raise Refused("bad characters or length")
    return value


def count(value: object) -> int:
    """A whole number from 0 up: a sequence, a number of trades. Raises Refused."""
    number = _number(value)
    if number < 0:
        raise Refused("negative")
    if number != int(number):
        raise Refused("not whole")
    if number > MAX_VOLUME * 10:
        raise Refused("out of range")
    return int(number)


class Rejections:
    """Counts what was refused, by reason; logs each reason once. Any thread (one writer)."""

    def __init__(self) -> None:
        self.by_reason: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """All refusals since the start."""
        return self.by_reason.total()

    def note(self, reason: str) -> None:
        """Counts one refusal. The number of distinct reasons is bounded."""
        if reason not in self.by_reason:
            if len(self.by_reason) >= MAX_REASONS:
                reason = "other"
            else:
                _log.warning("Rejected input: %s (counted from now on, not logged again)", reason)
        self.by_reason[reason] += 1
