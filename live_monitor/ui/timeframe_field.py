"""A small field for any other length of bars."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from live_monitor.ui.small_field import FieldWords, SmallField
from live_monitor.ui.timeframes import read_timeframe

_WORDS: Final = FieldWords(
    "Other length of bars", "Length of bars", "7m", "A number and s, m or h, such as 7m or 90s; 1D, 1W or 1M"
)


class TimeframeField(SmallField):
    """Opens below the menu of lengths, or with the first figure that is typed anywhere. Main thread."""

    #: Show bars of this length. Payload: a name that `Timeframe.parse` reads.
    timeframe_requested = pyqtSignal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(_WORDS, lambda text: read_timeframe(text).name, window)
        self.taken.connect(self.timeframe_requested)
