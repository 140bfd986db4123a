"""The starter rules: what makes an entry, and how strong it is. Pure functions of readings.

`docs/signals.md` says the same in words, with its limits.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec import Struct

from live_monitor.data.models.signals import Strength
from live_monitor.engine.market.bar_series import Bar

LONG: Final = 1
SHORT: Final = -1


class RuleSet(Struct, frozen=True, kw_only=True):
    """Numbers of the rules: lengths in one-minute bars, multiples of the average true range (ATR), R = entry to stop."""

    fast_ema: int = 9
    slow_ema: int = 21
    atr_length: int = 14
    volume_length: int = 20
    #: Bars of the session from which on the mean volume is taken to mean something.
    volume_minimum: int = 10
    #: An entry's bar has at least this many times the mean volume of the bars before it.
    volume_ratio: float = 1.5
    stop_atr: float = 1.5
    #: Stops and trails are never nearer than this; a spread would trigger them.
    least_ticks: int = 3
    target_r: float = 2.0
    trail_after_r: float = 1.0
    trail_atr: float = 1.5
    #: Bars after an exit in which nothing is entered.
    pause_bars: int = 5
    #: Minutes before the regular close from which on nothing is entered.
    no_entry_before_close_min: int = 15
    #: What `strength` counts, one point each.
    strong_volume_ratio: float = 2.5
    strong_trend_atr: float = 0.25
    near_vwap_atr: float = 1.0


_STARTER: Final = RuleSet()


def starter_rules() -> RuleSet:
    """The rule set that is in force until the trader chooses another."""
    return _STARTER


class Reading(NamedTuple):
    """A closed bar with the indicators after it, NaN while not warm; `mean_volume` is of the bars before it. USD, shares."""

    bar: Bar
    fast: float
    slow: float
    vwap: float
    atr: float
    mean_volume: float

    @property
    def volume_ratio(self) -> float:
        """The bar's volume over the mean of those before; NaN where there is none."""
        return self.bar.volume / self.mean_volume if self.mean_volume > 0.0 else float("nan")


class Setup(NamedTuple):
    """An entry that the rules found: `side` LONG or SHORT, the trigger's name, and how strong."""

    side: int
    trigger: str
    strength: Strength


_TRIGGERS: Final = {
    (LONG, True): "VWAP reclaim",
    (SHORT, True): "VWAP loss",
    (LONG, False): "EMA cross up",
    (SHORT, False): "EMA cross down",
}


def find_entry(rules: RuleSet, before: Reading, now: Reading) -> Setup | None:
    """The entry at the close of `now`, if there is one; `before` is the bar before it in the same session.

    Long: the close is above the session's VWAP, the fast EMA above the slow one, and at least one of
    the two has just become so, on `volume_ratio` times the usual volume. Short is the mirror image.
    A comparison with NaN is false, so nothing is found while an indicator is not warm.
    """
    if not (now.volume_ratio >= rules.volume_ratio and now.atr > 0.0):
        return None
    for side in (LONG, SHORT):
        if not (side * (now.bar.close - now.vwap) > 0.0 and side * (now.fast - now.slow) > 0.0):
            continue
        by_vwap = side * (before.bar.close - before.vwap) <= 0.0
        by_ema = side * (before.fast - before.slow) <= 0.0
        if by_vwap or by_ema:
            return Setup(side, _TRIGGERS[side, by_vwap], strength(rules, now))
    return None


def strength(rules: RuleSet, now: Reading) -> Strength:
    """Strong with all three of: outstanding volume, a clear trend, not run away from VWAP; Medium with two."""
    points = (
        (now.volume_ratio >= rules.strong_volume_ratio)
        + (abs(now.fast - now.slow) >= rules.strong_trend_atr * now.atr)
        + (abs(now.bar.close - now.vwap) <= rules.near_vwap_atr * now.atr)
    )
    if points == 3:
        return "Strong"
    return "Medium" if points == 2 else "Weak"
