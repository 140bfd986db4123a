"""Indicators over bars, one implementation for the live bar and for a million old ones.

Each has three ways in, with the same arguments: `update`, a bar has closed; `peek`, what `update` would say of the
forming bar, with nothing changed; `feed`, many closed bars as columns, the same values and the same state afterwards as
`update` one by one, so that live bars can follow. Values are NaN until an indicator is warm. A bar with a number that
is missing (NaN) or infinite has no value and leaves the state alone. `docs/indicators.md` says each formula, its
seed, and where it is from.

All have `__slots__`: the dict of an object that has ever been copied makes every later bar half as slow again.
"""

from live_monitor.engine.signals.averages import Ema, Sma
from live_monitor.engine.signals.oscillators import Macd, Rsi, Stochastic
from live_monitor.engine.signals.session_levels import OpeningRange, PreviousDay
from live_monitor.engine.signals.volatility import Atr, Bollinger
from live_monitor.engine.signals.volume_indicators import Obv, SessionVwap
from live_monitor.engine.signals.volume_profile import Profile, VolumeProfile

__all__ = [
    "Atr", "Bollinger", "Ema", "Macd", "Obv", "OpeningRange", "PreviousDay", "Profile", "Rsi", "SessionVwap", "Sma",
    "Stochastic", "VolumeProfile",
]  # fmt: skip
