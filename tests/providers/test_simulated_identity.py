"""Equal names of simulated markets mean equal bars, and what changes a bar changes the name."""

from __future__ import annotations

import pytest

from live_monitor.limits import valid_market
from live_monitor.providers import simulated_identity
from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket
from live_monitor.providers.simulated_identity import PLAIN_SAMPLE, market_identity, sample
from tests.providers.simulated_fold import HOUR, MINUTE

NATURAL = ("US equities", 1.0, 900, DEFAULT_START_MS)


def test_at_its_natural_rate_a_market_is_named_by_its_seed_alone() -> None:
    assert SimulatedMarket(86).market == "simulated-86"
    assert SimulatedMarket(86, ["F"]).market == SimulatedMarket(86, start_ms=DEFAULT_START_MS - HOUR).market
    assert SimulatedMarket(87, ["F"]).market == "simulated-87"


def test_one_name_means_equal_bars_whatever_the_start_and_the_company() -> None:
    now = DEFAULT_START_MS + HOUR
    markets = [
        SimulatedMarket(4, ["F"]),
        SimulatedMarket(4, ["QZPX", "F"], start_ms=now - 17 * MINUTE),
        SimulatedMarket(4, ["F"], start_ms=DEFAULT_START_MS - 26 * HOUR),
    ]
    assert len({market.market for market in markets}) == 1
    pages = []
    for market in markets:
        market.advance(now)
        pages.append([repr(market.history("F", width, now, 1_500)) for width in (1_000, MINUTE)])
    assert pages[0] == pages[1] == pages[2]


@pytest.mark.parametrize(
    "other",
    [
        ("US equities", 0.5, 900, DEFAULT_START_MS),
        ("US equities", 2.0, 900, DEFAULT_START_MS),
        ("US equities", 2.0, 600, DEFAULT_START_MS),
        ("US equities", 2.0, 900, DEFAULT_START_MS + MINUTE),
        ("NSE equities", 1.0, 900, DEFAULT_START_MS),
    ],
)
def test_what_changes_bars_changes_the_name(other: tuple[str, float, int, int]) -> None:
    names = {
        market_identity(86, *NATURAL),
        market_identity(86, "US equities", 2.0, 300, 0),
        market_identity(86, *other),
    }
    assert len(names) == 3
    assert all(valid_market(name) for name in names)


def test_what_changes_no_bar_does_not_change_the_name() -> None:
    assert market_identity(86, "US equities", 1.0, 300, 5) == market_identity(86, *NATURAL)
    slower = [market_identity(86, "US equities", 0.5, blocks, start) for blocks, start in ((900, 0), (300, HOUR))]
    assert slower[0] == slower[1]
    within_a_minute = [market_identity(86, "US equities", 2.0, 900, start) for start in (MINUTE, 2 * MINUTE - 1)]
    assert within_a_minute[0] == within_a_minute[1]


def test_a_faster_market_that_starts_elsewhere_has_other_bars_and_another_name() -> None:
    fast, later = (
        SimulatedMarket(4, ["F"], start_ms=start, events_per_second=50.0)
        for start in (DEFAULT_START_MS, DEFAULT_START_MS + 10 * MINUTE)
    )
    now = DEFAULT_START_MS + 12 * MINUTE
    for market in (fast, later):
        market.advance(now)
    assert fast.history("F", MINUTE, now, 10) != later.history("F", MINUTE, now, 10)
    assert fast.market != later.market


def test_a_generator_that_draws_otherwise_makes_another_market(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sample() == PLAIN_SAMPLE, "the prices have changed: leave the constant alone and expect another name"
    monkeypatch.setattr(simulated_identity, "sample", lambda: PLAIN_SAMPLE + 1)
    assert market_identity(86, *NATURAL) != "simulated-86"
    assert valid_market(market_identity(86, *NATURAL))
