"""Entry and exit signals as the tables show them and as scripts know them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict

Strength = Literal["Strong", "Medium", "Weak"]
Urgency = Literal["Urgent", "Warning", "Normal"]


class EntrySignal(TypedDict):
    """A reason to enter. `time` is New York `HH:MM:SS`, `price` text, `timestamp` aware (New York)."""

    time: str
    signal_type: Literal["LONG", "SHORT"]
    price: str
    signal: str
    strength: Strength
    notes: str
    timestamp: datetime
    symbol: str


class ExitSignal(TypedDict):
    """A reason to leave. `pnl` is percent of the entry price (`+0.83%`), `pnl_value` USD per share."""

    time: str
    exit_type: Literal["TARGET", "STOP", "TRAIL"]
    price: str
    pnl: str
    signal: str
    urgency: Urgency
    timestamp: datetime
    symbol: str
    pnl_value: float
