"""The starter rules: what makes an entry, and how strong it is. Pure functions of readings.

`docs/signals.md` says the same in words, with its limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from live_monitor.data.models.signals import Strength
from live_monitor.engine.market.bar_series import Bar

LONG: Final = 1
SHORT: Final = -1


class RuleSet(Struct, frozen=True, kw_only=True):
    """Numbers of the rules: lengths in one-minute bars, multiples of the ATR, R = entry to stop."""

    fast_ema: int = 9
    slow_ema: int = 21
    atr_length: int = 14
    volume_length: int = 10
    #: Bars of the session from which on their mean volume is taken to mean something.
    volume_minimum: int = 5
    #: An entry's bar has at least this many times the mean volume of the bars before it.
    volume_ratio: float = 1.2
    #: A cross counts for an entry in its own bar and in the bars up to this many after it.
    fresh_bars: int = 5
    #: Minutes from the open that make the opening range, and until which a break of it counts.
    range_min: int = 15
    range_until_min: int = 60
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
    strong_volume_ratio: float = 2.0
    strong_trend_atr: float = 0.2
    near_vwap_atr: float = 3.0


_STARTER: Final = RuleSet()


def starter_rules() -> RuleSet:
    """The rule set that is in force until the trader chooses another."""
    return _STARTER


class Reading(NamedTuple):
    """A closed bar with the indicators after it; NaN where one is not warm, or no longer counts. USD, shares.

    `mean_volume` is of the bars before this one. `range_high`, `range_low`: of the session's first minutes.
    """

    bar: Bar
    fast: float
    slow: float
    vwap: float
    atr: float
    mean_volume: float
    range_high: float
    range_low: float

    @property
    def volume_ratio(self) -> float:
        """The bar's volume over the mean of those before; NaN where there is none."""
        return self.bar.volume / self.mean_volume if self.mean_volume > 0.0 else float("nan")


class Setup(NamedTuple):
    """An entry that the rules found: `side` LONG or SHORT, the trigger's name, and how strong."""

    side: int
    trigger: str
    strength: Strength


def find_entry(rules: RuleSet, readings: Sequence[Reading]) -> Setup | None:
    """The entry at the close of the last of `readings`, if there is one: bars of one session, oldest first.

    Long: the close is above the session's VWAP and the fast EMA above the slow one; at most
    `fresh_bars` bars ago one of the two was not so, or the close was still inside the opening range
    that it has left upwards; and the bar has `volume_ratio` times the usual volume. Short is the
    mirror image. A comparison with NaN is false, so nothing is found while an indicator is not warm.
    """
    now = readings[-1]
    if not (now.volume_ratio >= rules.volume_ratio and now.atr > 0.0):
        return None
    for side in (LONG, SHORT):
        if side * (now.bar.close - now.vwap) > 0.0 and side * (now.fast - now.slow) > 0.0:
            trigger = _trigger(side, readings[-rules.fresh_bars - 1 :])
            return None if trigger is None else Setup(side, trigger, strength(rules, now))
    return None


def _trigger(side: int, fresh: Sequence[Reading]) -> str | None:
    """What has just turned in favour of `side`; None when all of it is old."""
    if any(side * (reading.bar.close - reading.vwap) <= 0.0 for reading in fresh):
        return "VWAP reclaim" if side == LONG else "VWAP loss"
    edge = fresh[-1].range_high if side == LONG else fresh[-1].range_low
    if side * (fresh[-1].bar.close - edge) > 0.0 and any(side * (reading.bar.close - edge) <= 0.0 for reading in fresh):
        return "Opening range break up" if side == LONG else "Opening range break down"
    if any(side * (reading.fast - reading.slow) <= 0.0 for reading in fresh):
        return "EMA cross up" if side == LONG else "EMA cross down"
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
