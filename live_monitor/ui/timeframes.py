"""Lengths of bars as the screen offers and names them. Pure, no Qt."""

from __future__ import annotations

from typing import Final

from live_monitor.data.models.timeframe import Timeframe

#: One button each in the tool bar, in this order; Ctrl+1 to Ctrl+8.
BUTTONS: Final = ("1s", "5s", "15s", "1m", "5m", "15m", "1h", "1D")
#: In the menu beside them.
MORE: Final = ("30s", "2m", "3m", "7m", "10m", "30m", "4h", "1W", "1M")
#: Which buttons stay where there is no room for all, the most wanted first.
WANTED_FIRST: Final = ("1m", "5m", "1D", "1h", "15m", "1s", "15s", "5s")

_UNITS: Final = {"s": "second", "m": "minute", "h": "hour", "D": "day", "W": "week", "M": "month"}
#: Units that mean one thing only, whichever way they are written; `m` and `M` are minutes and months.
_OTHER_CASE: Final = {"S": "s", "H": "h", "d": "D", "w": "W"}


def spoken(name: str) -> str:
    """`1 second`, `15 minutes`, `1 day`. Raises ValueError for what is no length of bars."""
    timeframe = Timeframe.parse(name)
    return f"{timeframe.count} {_UNITS[timeframe.unit]}{'' if timeframe.count == 1 else 's'}"


def read_timeframe(text: str) -> Timeframe:
    """Reads what a person types: `7m`, `1 h`, `1d`. Raises ValueError, in words for people, for what is none."""
    name = "".join(text.split())
    if name[-1:] in _OTHER_CASE:
        name = name[:-1] + _OTHER_CASE[name[-1]]
    return Timeframe.parse(name)


def ignores_hours(name: str) -> bool:
    """True for days, weeks and months, which hold the whole trade date whatever hours are shown."""
    return Timeframe.parse(name).by_calendar
