"""One cell of a quote sheet: what it says, or why it says nothing. Pure; no input raises.

A cell holds a number, a text that is one, a fraction of a future, a word for "not yet", an error of Excel, or what does
not belong there. The last good value is never replaced by a guess: nothing here turns a blank into 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from live_monitor import limits


class Absent(NamedTuple):
    """The cell holds no value. `none`: the sheet says that there is none (a price of 0); else it says nothing now."""

    reason: str
    none: bool = False


class Rejected(NamedTuple):
    """The cell holds what cannot be its value; to be counted."""

    reason: str


#: What the number of a column is. `price`, `size`: 0 is absent; `change`: signed, in USD; `volume`: 0 is a fact;
#: `percent`: a share (25 % is 0.25, as Excel has it); `number`: any other figure.
Kind = Literal["price", "change", "size", "volume", "percent", "number"]
Reading = float | Absent | Rejected

BLANK: Final = Absent("blank")
LOADING: Final = Absent("loading")
NONE: Final = Absent("0", none=True)

_WORDS: Final = {
    "": BLANK,
    **dict.fromkeys(("loading", "loading...", "loading…"), LOADING),
    **dict.fromkeys(("n/a", "!n/a"), Absent("N/A")),
    **dict.fromkeys(("-", "--", "---", "–", "—"), Absent("-")),
    "nan": Absent("NaN"),
}
#: Errors as Excel shows them, by the number that follows 2000 in its own numbering.
_ERRORS: Final = {
    0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A", 43: "#GETTING_DATA",
    45: "#SPILL!", 46: "#CONNECT!", 47: "#BLOCKED!", 48: "#UNKNOWN!", 49: "#FIELD!", 50: "#CALC!",
}  # fmt: skip
_ERROR_TEXTS: Final = {text: Absent(text) for text in (*_ERRORS.values(), "#BUSY!", "#PYTHON!", "#EXTERNAL!")}
#: COM hands an error over as an SCODE: this is the one of number 2000, and the last that Excel might give.
_FIRST_SCODE, _LAST_SCODE = -2_146_826_288, -2_146_826_189

_NUMBER: Final = re.compile(r"([+-]?)\$?((?:[0-9]{1,16}|[0-9]{1,3}(?:,[0-9]{3}){1,5})?(?:\.[0-9]{0,16})?)")
#: Whole part, a separator, one to three digits, perhaps half a 32nd (market rules 4.6). Dates do not look like it.
_FRACTION: Final = re.compile(r"([+-]?)([0-9]{1,7})['\-:]([0-9]{1,3})(\+?)")
#: A price and the letter of its exchange, as LASTX, BIDX and ASKX have it.
_WITH_EXCHANGE: Final = re.compile(r"(\S+) +[A-Z]")
#: The third digit of a price in 32nds cuts off the decimals of an eighth of it.
_EIGHTHS: Final = {"0": 0, "1": 1, "2": 2, "3": 3, "5": 4, "6": 5, "7": 6, "8": 7}
#: Digits behind the separator, at the most.
_WIDTH: Final = {32: 3, 64: 2, 8: 1}
_MAX_FIGURE: Final = 1e15
_MAX_SHARE: Final = 1e6
_MAX_TEXT_CELL: Final = 64
_PRICE_DECIMALS: Final = 8


def read_number(cell: object, kind: Kind, denominator: int = 0) -> Reading:
    """What `cell` says as a number of `kind`; a price in fractions only where `denominator` is 8, 32 or 64."""
    if type(cell) is float:
        return _BOUNDS[kind](cell) if cell == cell else _WORDS["nan"]
    if cell is None:
        return BLANK
    if isinstance(cell, str):
        return _number_of_text(cell, kind, denominator)
    if isinstance(cell, bool):
        return Rejected("true or false")
    if isinstance(cell, date | time | timedelta):
        return Rejected("date or time")
    if isinstance(cell, int):
        if cell.bit_length() > 64:
            return Rejected("out of range")
    elif isinstance(cell, Decimal):
        # Cells in a format of currency come over COM as decimals; one with a huge exponent must never be unfolded.
        if not cell.is_finite():
            return _WORDS["nan"] if cell.is_nan() else Rejected("not finite")
        if cell and abs(cell.adjusted()) > 30:
            return Rejected("out of range")
    elif not isinstance(cell, float):
        return Rejected("wrong type")
    value = float(cell)
    return _BOUNDS[kind](value) if value == value else _WORDS["nan"]


def read_text(cell: object) -> str | Absent | Rejected:
    """What `cell` says as one line of text, without control characters, cut at `limits.MAX_TEXT` characters."""
    if cell is None:
        return BLANK
    if isinstance(cell, str):
        plain = plain_line(cell, limits.MAX_TEXT)
        return missing(plain) or plain
    if isinstance(cell, bool | int | float):
        if type(cell) is not bool and (error := _error_of(cell)) is not None:
            return error
        if isinstance(cell, int) and cell.bit_length() > 64:
            return Rejected("out of range")
        return _WORDS["nan"] if cell != cell else f"{cell:.15g}" if isinstance(cell, float) else str(cell)
    if isinstance(cell, date | time):
        return cell.isoformat()
    return Rejected("wrong type")


def plain_line(text: str, most: int) -> str:
    """At most `most` characters of `text` as one line that can be shown anywhere, without control characters."""
    text = text[:most]
    return (text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)).strip()


def missing(text: str) -> Absent | None:
    """Why `text`, stripped, says nothing: blank, "loading", "N/A", an error of Excel; None when it says more."""
    return _ERROR_TEXTS.get(text.upper()) if text.startswith("#") else _WORDS.get(text.lower())


def _number_of_text(cell: str, kind: Kind, denominator: int) -> Reading:
    text = cell.strip()
    absent = missing(text)
    if absent is not None:
        return absent
    if len(text) > _MAX_TEXT_CELL:
        return Rejected("too long")
    if kind == "price" and (priced := _WITH_EXCHANGE.fullmatch(text)):
        text = priced[1]
    if number := _NUMBER.fullmatch(text):
        return _plain(number[1], number[2], kind)
    if fraction := _FRACTION.fullmatch(text):
        if kind not in ("price", "change"):
            return Rejected("fraction")
        return _fraction(fraction[1], fraction[2], fraction[3], fraction[4], kind, denominator)
    if text.endswith("%") and (share := _NUMBER.fullmatch(text[:-1].rstrip())):
        if kind not in ("percent", "number"):
            return Rejected("percent")
        value = _plain(share[1], share[2], "number")
        return _BOUNDS[kind](value / 100.0) if isinstance(value, float) else value
    return Rejected("not a number")


def _plain(sign: str, digits: str, kind: Kind) -> Reading:
    if digits in ("", "."):
        return Rejected("not a number")
    value = float(digits.replace(",", ""))
    return _BOUNDS[kind](-value if sign == "-" else value)


def _fraction(sign: str, whole: str, digits: str, plus: str, kind: Kind, denominator: int) -> Reading:
    """A price in parts of `denominator`, exactly; 0 where the contract is not quoted so."""
    if denominator not in _WIDTH:
        return Rejected("fraction of a symbol that is not quoted in fractions")
    eighths = 4 if plus else 0
    if len(digits) > _WIDTH[denominator] or (plus and (denominator != 32 or len(digits) == 3)):
        return Rejected("no such fraction")
    if len(digits) == 3:
        part = _EIGHTHS.get(digits[2])
        if part is None:
            return Rejected("no such fraction")
        digits, eighths = digits[:2], part
    if int(digits) >= denominator:
        return Rejected("no such fraction")
    value = Decimal(whole) + (Decimal(digits) + Decimal(eighths) / 8) / denominator
    return _BOUNDS[kind](float(-value if sign == "-" else value))


# -- bounds ------------------------------------------------------------------------------------


def _error_of(value: float) -> Absent | None:
    """The error of Excel that came as a number."""
    if not _FIRST_SCODE <= value <= _LAST_SCODE or value != int(value):
        return None
    text = _ERRORS.get(int(value) - _FIRST_SCODE)
    return _ERROR_TEXTS[text] if text else Absent("error of Excel")


def _price(value: float) -> Reading:
    if limits.MIN_PRICE <= value <= limits.MAX_PRICE:
        return value
    if value == 0:
        return NONE
    return _below(value)


def _size(value: float) -> Reading:
    if limits.MIN_SIZE <= value <= limits.MAX_SIZE:
        return value
    if value == 0:
        return NONE
    return _below(value)


def _volume(value: float) -> Reading:
    return value if 0 <= value <= limits.MAX_VOLUME else _below(value)


def _below(value: float) -> Reading:
    """What lies outside: an error that came as a number, or a number that cannot be."""
    return _error_of(value) or Rejected("negative" if -_MAX_FIGURE < value < 0 else _outside(value))


def _outside(value: float) -> str:
    return "not finite" if value - value != 0 else "out of range"


def _within(bound: float) -> Callable[[float], Reading]:
    def signed(value: float) -> Reading:
        error = _error_of(value)
        if error is not None:
            return error
        return value if -bound <= value <= bound else Rejected(_outside(value))

    return signed


_BOUNDS: Final[dict[Kind, Callable[[float], Reading]]] = {
    "price": _price,
    "size": _size,
    "volume": _volume,
    "change": _within(limits.MAX_PRICE),
    "percent": _within(_MAX_SHARE),
    "number": _within(_MAX_FIGURE),
}


def text_of(value: float) -> str:
    """A finite number as the documented quotes have it: as Excel keeps it, two decimals at least, never an exponent.

    "3.00", "110.515625". Excel keeps 15 digits: what a float says beyond them stands in no sheet.
    """
    text = f"{value:.15g}"
    if "e" in text:
        text = f"{Decimal(text):f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}" if len(decimals) < 2 else text


def price_text(value: float) -> str:
    """A price or a change of one: what lies behind the eighth decimal is left by a subtraction, and is no price.

    A 256th, the finest part of a price here (market rules 4.6), has eight decimals.
    """
    return text_of(round(value, _PRICE_DECIMALS) + 0.0)


def whole_text(value: float) -> str:
    """A number of shares: no decimals where it has none."""
    return f"{value:.0f}" if value.is_integer() else text_of(value)
