from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.conditions import ALL, BAR_VOLUME, DAY_VOLUME, VOLUME_ONLY, rules_for
from live_monitor.engine.market.exchanges import venues
from live_monitor.providers import simulated_prints as prints
from live_monitor.providers.simulated_universe import generator


def test_a_code_stands_for_the_conditions_that_its_bits_name() -> None:
    assert prints.CONDITIONS[0] == ()
    assert prints.CONDITIONS[prints.ODD_LOT | prints.SWEEP | prints.TRADE_THROUGH_EXEMPT] == (14, 37, 41)
    assert prints.CONDITIONS[prints.FORM_T | prints.ODD_LOT] == (12, 37)
    assert prints.CONDITIONS[prints.LATE | prints.ODD_LOT] == (32, 37)
    specials = {
        prints.OFFICIAL_OPEN: 16,
        prints.OFFICIAL_CLOSE: 15,
        prints.OPENING: 25,
        prints.OPENING_TRADE: 17,
        prints.CLOSING: 8,
        prints.CLOSING_TRADE: 19,
    }
    assert {code: prints.CONDITIONS[code] for code in specials} == {code: (one,) for code, one in specials.items()}


def test_flags_by_code_are_those_of_the_conditions() -> None:
    flags, rules = prints.condition_flags(), rules_for("polygon")
    assert [int(flag) for flag in flags] == [rules.flags(conditions) for conditions in prints.CONDITIONS]
    assert flags[0] == ALL
    assert flags[prints.ODD_LOT] == VOLUME_ONLY == BAR_VOLUME | DAY_VOLUME
    assert flags[prints.OFFICIAL_CLOSE] == 0


def test_a_table_gives_answers_as_often_as_their_weights_say() -> None:
    answers = prints.table([(7, 3.0), (9, 1.0)])
    draw = prints.draw_column(generator(1), 200_000)
    picked = prints.pick(answers, draw)
    assert set(picked.tolist()) == {7, 9}
    assert np.mean(picked == 7) == pytest.approx(0.75, abs=0.01)


@given(st.integers(0, 30))
def test_draws_have_the_asked_length_and_depend_on_the_stream_alone(count: int) -> None:
    first, second = (prints.draw_column(generator(4), count) for _ in range(2))
    assert len(first) == count
    assert np.array_equal(first, second)
    assert prints.draws(generator(4), count).shape == (count, 4)


def test_a_chance_is_the_share_of_draws_below_it() -> None:
    draw = prints.draw_column(generator(2), 200_000)
    assert np.mean(draw < prints.chance(0.3)) == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("lot", [1, 10, 40, 100])
@pytest.mark.parametrize("scale", [1.0, 6.0])
def test_sizes_are_below_a_round_lot_as_often_as_asked(lot: int, scale: float) -> None:
    sizes = prints.size_table(lot, 0.7, scale)
    assert sizes.min() >= 1
    assert np.mean(sizes < lot) == pytest.approx(0.7 if lot > 1 else 0.0, abs=0.01)
    assert np.mean(sizes == 1) > 0.05
    assert np.mean(sizes >= 5 * lot) > 0.01


def test_displayed_trading_goes_to_known_venues_most_of_it_to_the_listing_market() -> None:
    for listing in (10, 12):
        ids, counts = np.unique(prints.exchange_table(listing), return_counts=True)
        assert set(ids.tolist()) < {venue for venue, row in venues().items() if row.mic is not None}
        assert ids[np.argmax(counts)] == listing
        assert len(ids) >= 14
