"""What makes an entry, and how strong it is."""

from __future__ import annotations

import math

import pytest

from live_monitor.engine.signals.rules import LONG, SHORT, Reading, RuleSet, find_entry, starter_rules
from tests.engine.signals.sample_bars import ohlc

NAN = math.nan
RULES = starter_rules()


def reading(
    close: float = 101.0,
    *,
    vwap: float = 100.0,
    fast: float = 100.6,
    slow: float = 100.5,
    atr: float = 1.0,
    volume: float = 1_500.0,
    mean_volume: float = 1_000.0,
    range_high: float = NAN,
    range_low: float = NAN,
) -> Reading:
    """A reading that is long in every respect, above VWAP in an up-trend on volume."""
    return Reading(
        ohlc(30, close, close, close, close, volume), fast, slow, vwap, atr, mean_volume, range_high, range_low
    )


def mirrored(readings: list[Reading]) -> list[Reading]:
    """The same readings upside down around 100."""

    def flip(price: float) -> float:
        return 200.0 - price

    return [
        Reading(
            bar=r.bar._replace(
                open=flip(r.bar.open), high=flip(r.bar.low), low=flip(r.bar.high), close=flip(r.bar.close)
            ),
            fast=flip(r.fast),
            slow=flip(r.slow),
            vwap=flip(r.vwap),
            atr=r.atr,
            mean_volume=r.mean_volume,
            range_high=flip(r.range_low),
            range_low=flip(r.range_high),
        )
        for r in readings
    ]


BELOW_VWAP = reading(99.9)
EMA_DOWN = reading(fast=100.5, slow=100.6)
INSIDE_RANGE = reading(100.8, range_high=100.9, range_low=99.0)
CASES = [
    ([BELOW_VWAP, reading()], "VWAP reclaim", "VWAP loss"),
    ([EMA_DOWN, reading()], "EMA cross up", "EMA cross down"),
    ([INSIDE_RANGE, reading(range_high=100.9, range_low=99.0)], "Opening range break up", "Opening range break down"),
]


@pytest.mark.parametrize(("readings", "long", "short"), CASES)
def test_each_trigger_enters_long_and_its_mirror_image_short(readings: list[Reading], long: str, short: str) -> None:
    up, down = find_entry(RULES, readings), find_entry(RULES, mirrored(readings))
    assert up is not None
    assert down is not None
    assert (up.side, up.trigger) == (LONG, long)
    assert (down.side, down.trigger) == (SHORT, short)
    assert up.strength == down.strength


@pytest.mark.parametrize(
    "spoiled",
    [
        reading(100.0),
        reading(fast=100.5, slow=100.5),
        reading(fast=100.4),
        reading(volume=1_199.0),
        reading(mean_volume=0.0),
        reading(atr=0.0),
        reading(atr=NAN),
        reading(vwap=NAN),
        reading(slow=NAN),
        reading(mean_volume=NAN),
    ],
)
def test_nothing_is_entered_where_one_condition_is_missing(spoiled: Reading) -> None:
    assert find_entry(RULES, [BELOW_VWAP, EMA_DOWN, spoiled]) is None


def test_volume_at_the_ratio_confirms() -> None:
    assert find_entry(RULES, [BELOW_VWAP, reading(volume=1_200.0)]) is not None


def test_a_cross_counts_for_some_bars_and_not_longer() -> None:
    after = [reading() for _ in range(RULES.fresh_bars)]
    assert find_entry(RULES, [BELOW_VWAP, *after]) is not None
    assert find_entry(RULES, [BELOW_VWAP, *after, reading()]) is None


def test_no_trigger_without_a_bar_before() -> None:
    assert find_entry(RULES, [reading()]) is None


def test_indicators_that_were_not_warm_before_are_no_cross() -> None:
    assert find_entry(RULES, [reading(fast=NAN, slow=NAN), reading(vwap=NAN), reading()]) is None


@pytest.mark.parametrize(
    ("changes", "strength"),
    [
        ({"volume": 2_000.0, "fast": 100.7}, "Strong"),
        ({"volume": 1_999.0, "fast": 100.7}, "Medium"),
        ({"volume": 2_000.0, "fast": 100.69}, "Medium"),
        ({"volume": 2_000.0, "fast": 100.7, "vwap": 97.9}, "Medium"),
        ({"volume": 1_999.0, "fast": 100.69}, "Weak"),
        ({"volume": 1_999.0, "fast": 100.69, "vwap": 97.9}, "Weak"),
    ],
)
def test_strength_counts_volume_trend_and_nearness_to_vwap(changes: dict[str, float], strength: str) -> None:
    setup = find_entry(RULES, [EMA_DOWN, reading(**changes)])
    assert setup is not None
    assert setup.strength == strength


def test_rules_can_be_made_stricter() -> None:
    strict = RuleSet(volume_ratio=1.6)
    assert find_entry(strict, [BELOW_VWAP, reading()]) is None
    assert find_entry(strict, [BELOW_VWAP, reading(volume=1_600.0)]) is not None
