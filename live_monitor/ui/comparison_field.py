"""A small field for the symbol to compare with."""

from __future__ import annotations

from typing import Final

from PyQt6.QtWidgets import QWidget

from live_monitor.limits import valid_symbol
from live_monitor.ui.small_field import FieldWords, SmallField

_WORDS: Final = FieldWords(
    "Compare with a symbol", "Symbol to compare with", "SPY", "Lies over the chart; both are then shown in percent"
)


class ComparisonField(SmallField):
    """Opens below the chart's buttons. `taken` carries a valid symbol. Main thread."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(_WORDS, _symbol, window)


def _symbol(text: str) -> str:
    symbol = text.strip().upper()
    if not valid_symbol(symbol):
        raise ValueError("A symbol has 1 to 32 of A–Z, 0–9 and . ^ / _ = -")
    return symbol
