"""Columns of the signal tables, declared as data."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final

from live_monitor.data.models.signals import EntrySignal, ExitSignal
from live_monitor.ui.number_format import DOWN_ARROW, MINUS, UP_ARROW
from live_monitor.ui.row_model import Column

Signal = EntrySignal | ExitSignal


def is_entry(signal: Signal) -> bool:
    """True for an entry signal; exit signals have no `signal_type`."""
    return "signal_type" in signal


def timestamp_ms(signal: Signal) -> int:
    """End of the signal's bar in ms since the epoch, 0 for a script's signal without a timestamp."""
    stamp: object = signal.get("timestamp")
    return round(stamp.timestamp() * 1000) if isinstance(stamp, datetime) else 0


def start_of_bar_ms(signal: Signal) -> int:
    """Start of the signal's minute: signals carry the end of their bar, charts know bars by their start. 0: unknown."""
    ended = timestamp_ms(signal)
    return ended - 60_000 if ended else 0


def number(text: object) -> float:
    """A number out of a text such as `1,234.50` or `+0.83%`; NaN sorts last."""
    try:
        return float(str(text).replace(",", "").replace("%", "").replace(MINUS, "-").replace("$", ""))
    except ValueError:
        return math.nan


def _field(name: str) -> Callable[[Signal], str]:
    def text(signal: Signal) -> str:
        value = signal.get(name)
        return "" if value is None else str(value)

    return text


def _entry_type(signal: Signal) -> str:
    kind = _field("signal_type")(signal)
    return f"{UP_ARROW} {kind}" if kind == "LONG" else f"{DOWN_ARROW} {kind}"


def _entry_role(signal: Signal) -> str:
    return "up" if signal.get("signal_type") == "LONG" else "down"


def _gain_role(signal: Signal) -> str:
    gain = number(signal.get("pnl", ""))
    return "up" if gain > 0 else "down" if gain < 0 else "text"


def _gain(signal: Signal) -> str:
    text = _field("pnl")(signal).replace("-", MINUS)
    gain = number(text)
    mark = UP_ARROW if gain > 0 else DOWN_ARROW if gain < 0 else ""
    return f"{mark} {text}".strip()


_EXIT_MARKS: Final = {"TARGET": "◆", "STOP": "■", "TRAIL": "↗"}
_STRENGTH_BARS: Final = {"Strong": 3.0, "Medium": 2.0, "Weak": 1.0}
_URGENCY_ORDER: Final = {"Urgent": 3.0, "Warning": 2.0, "Normal": 1.0}
_URGENCY_ROLES: Final = {"Urgent": "down", "Warning": "warning"}

#: Room for `1,234.5678`: a price cut short is a wrong price.
_PRICE_WIDTH: Final = 104

ENTRY_COLUMNS: Final[tuple[Column[Signal], ...]] = (
    Column("Time", _field("time"), timestamp_ms, lambda _signal: "muted", width=84),
    Column("Type", _entry_type, _field("signal_type"), _entry_role, width=84, bold=True),
    Column("Price", _field("price"), lambda signal: number(signal.get("price")), numeric=True, width=_PRICE_WIDTH),
    Column("Signal", _field("signal"), _field("signal"), width=180),
    Column(
        "Strength",
        _field("strength"),
        lambda signal: _STRENGTH_BARS.get(str(signal.get("strength")), 0.0),
        lambda signal: "text" if signal.get("strength") == "Strong" else "muted",
        width=84,
    ),
    Column("Notes", _field("notes"), _field("notes"), lambda _signal: "muted", width=220),
)

EXIT_COLUMNS: Final[tuple[Column[Signal], ...]] = (
    Column("Time", _field("time"), timestamp_ms, lambda _signal: "muted", width=84),
    Column(
        "Type",
        lambda signal: f"{_EXIT_MARKS.get(str(signal.get('exit_type')), '·')} {signal.get('exit_type', '')}",
        _field("exit_type"),
        width=92,
        bold=True,
    ),
    Column("Price", _field("price"), lambda signal: number(signal.get("price")), numeric=True, width=_PRICE_WIDTH),
    Column("P&L", _gain, lambda signal: number(signal.get("pnl")), _gain_role, numeric=True, width=92),
    Column("Signal", _field("signal"), _field("signal"), width=180),
    Column(
        "Urgency",
        _field("urgency"),
        lambda signal: _URGENCY_ORDER.get(str(signal.get("urgency")), 0.0),
        lambda signal: _URGENCY_ROLES.get(str(signal.get("urgency")), "muted"),
        width=84,
    ),
)
