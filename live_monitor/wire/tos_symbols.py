"""Symbols as thinkorswim writes them ↔ ours, and in which fractions a contract is quoted. Pure.

| thinkorswim | ours | |
|---|---|---|
| `BRK/B` | `BRK.B` | a class of shares, with a dot as the tape has it; `EUR/USD` stays |
| `/ES:XCME`, `/ES` | `/ES` | a future keeps its slash, so that it is never the stock `ES`; its exchange goes |
| `./EWJ25C5725:XCME` | `./EWJ25C5725` | an option on a future |
| `.SPY250417C550` | the same | an option |
| `$DJT` | `^DJT` | an index |
| `AAPL&N` | refused | the quote of one exchange is not the best of all |
"""

from __future__ import annotations

import re
from typing import Final

from live_monitor import limits
from live_monitor.limits import Refused

_SHARE_CLASS: Final = re.compile(r"([A-Z]{1,5})/([A-Z])")
_OUR_SHARE_CLASS: Final = re.compile(r"([A-Z]{1,5})\.([A-Z])")
_WITH_EXCHANGE: Final = re.compile(r"(\.?/[A-Z0-9.]+):X[A-Z]{3}")
_ONE_EXCHANGE: Final = re.compile(r"[^&]+&[A-Z0-9]")
#: Root of a future, without month and year.
_FUTURE: Final = re.compile(r"/([A-Z0-9]{1,4}?)(?:[FGHJKMNQUVXZ][0-9]{1,2})?")
#: Root of an option on a future of the Treasury: `./OZBZ25C117`, `./ZNF6P110.5`.
_TREASURY_OPTION: Final = re.compile(r"\./O?(?:ZB|UB|ZN|TN|ZF|ZT)[FGHJKMNQUVXZ][0-9]{1,2}[CP][0-9.]+")

#: Parts of a point (32nds: a third digit counts their eighths), and of a cent for grains (market rules 4.6).
_PARTS: Final = {**dict.fromkeys(("ZB", "UB", "ZN", "TN", "ZF", "ZT"), 32), **dict.fromkeys(("ZC", "ZW", "ZS"), 8)}
#: What RTD wants behind the root of a future.
_EXCHANGES: Final = {
    **dict.fromkeys(("ES", "MES", "NQ", "MNQ", "RTY", "M2K", "6A", "6B", "6C", "6E", "6J", "6S"), "XCME"),
    **dict.fromkeys(("YM", "MYM", *_PARTS), "XCBT"),
    **dict.fromkeys(("CL", "MCL", "NG", "RB", "HO", "PL", "PA"), "XNYM"),
    **dict.fromkeys(("GC", "MGC", "SI", "SIL", "HG"), "XCEC"),
}


def our_symbol(text: str) -> str:
    """Our spelling of a symbol of thinkorswim, or of one that is ours already. Raises Refused."""
    name = text.strip()
    # Before letters become capitals: those of other alphabets may become two of ours.
    if not name.isascii():
        raise Refused("bad characters or length")
    name = name.upper()
    if _ONE_EXCHANGE.fullmatch(name):
        raise Refused("quote of a single exchange")
    if with_exchange := _WITH_EXCHANGE.fullmatch(name):
        name = with_exchange[1]
    elif share_class := _SHARE_CLASS.fullmatch(name):
        name = f"{share_class[1]}.{share_class[2]}"
    elif name.startswith("$"):
        name = f"^{name[1:]}"
    return limits.symbol(name)


def tos_symbol(text: str) -> str:
    """The spelling that thinkorswim's RTD wants; idempotent with `our_symbol`. Raises Refused."""
    name = our_symbol(text)
    if given := _WITH_EXCHANGE.fullmatch(text.strip().upper()):
        return given[0]
    if share_class := _OUR_SHARE_CLASS.fullmatch(name):
        return f"{share_class[1]}/{share_class[2]}"
    if name.startswith("^"):
        return f"${name[1:]}"
    exchange = _EXCHANGES.get(_root(name))
    return f"{name}:{exchange}" if exchange else name


def fraction_of(symbol: str) -> int:
    """Into how many parts a point of `symbol` (ours) is divided where it is quoted in fractions: 8, 32, 64; else 0."""
    if symbol[:1] not in "/.":
        return 0
    if _TREASURY_OPTION.fullmatch(symbol):
        return 64
    return _PARTS.get(_root(symbol), 0)


def _root(symbol: str) -> str:
    """`ES` of `/ES` and of `/ESZ25`; empty for what is no future."""
    future = _FUTURE.fullmatch(symbol)
    return future[1] if future else ""
