from __future__ import annotations

import numpy as np
import pytest

from live_monitor.engine.market.exchanges import venues
from live_monitor.providers.simulated_universe import (
    UNIVERSE,
    generator,
    profile_for,
    round_lot,
    tick_points,
)


def test_a_dozen_tickers_of_different_character_are_known() -> None:
    symbols = {profile.symbol for profile in UNIVERSE}
    assert {"AAPL", "MSFT", "NVDA", "TSLA", "AMZN", "META", "GOOGL", "AMD", "SPY", "QQQ"} < symbols
    assert len(UNIVERSE) == 12
    assert sum(profile.price < 1 for profile in UNIVERSE) == 1
    assert sum(1 < profile.price < 20 for profile in UNIVERSE) == 1
    assert {profile.listing for profile in UNIVERSE} <= set(venues())


def test_the_whole_market_makes_150_to_250_events_a_second_at_ten_and_the_first_is_busiest() -> None:
    rates = [profile.natural_rate for profile in UNIVERSE]
    assert 150 < sum(rates) < 250
    assert max(rates) == rates[0]


@pytest.mark.parametrize("symbol", ["IBM", "ZZZZ", "BRK.B", "S007"])
def test_any_other_ticker_has_a_character_of_its_own_that_stays(symbol: str) -> None:
    profile = profile_for(symbol)
    assert profile == profile_for(symbol)
    assert profile.symbol == symbol
    assert 10 < profile.price < 400
    assert 0.5 < profile.trades_per_second < 4
    assert profile.price != profile_for(symbol + "X").price


@pytest.mark.parametrize(
    ("average", "shares"),
    [(12.0, 100), (250.0, 100), (250.01, 40), (1_000.0, 40), (1_000.01, 10), (10_000.0, 10), (10_000.01, 1)],
)
def test_round_lots_follow_the_average_close_of_the_month_before(average: float, shares: int) -> None:
    assert round_lot(average) == shares


def test_the_tick_is_a_cent_from_one_dollar_up() -> None:
    assert (tick_points(1.0), tick_points(0.9999)) == (100, 1)


def test_random_streams_depend_on_every_part_of_their_key() -> None:
    first = generator(1, 2, 3).random(4)
    assert np.array_equal(first, generator(1, 2, 3).random(4))
    for key in [(0, 2, 3), (1, 0, 3), (1, 2, 0), (1, 2)]:
        assert not np.array_equal(first, generator(*key).random(4))
