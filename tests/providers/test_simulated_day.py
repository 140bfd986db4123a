from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.sessions import us_equities
from live_monitor.providers.simulated_bars import Cells, added, cells_of
from live_monitor.providers.simulated_day import BlockCache, SymbolDay, day_grid, fine_block_s
from live_monitor.providers.simulated_path import OfficialCloses
from live_monitor.providers.simulated_sessions import Session, Sessions
from live_monitor.providers.simulated_universe import profile_for
from tests.providers.simulated_days import FRIDAY, HALF_DAY, symbol_day, whole_day


def session_on(day: date = FRIDAY) -> Session:
    return Sessions(us_equities()).on(day)


@given(
    day=st.sampled_from([FRIDAY, HALF_DAY]),
    scale=st.sampled_from([0.1, 1.0, 50.0]),
    live_minute=st.integers(0, 1_100),
    block_s=st.sampled_from([900, 600, 60, 30, 5]),
)
def test_blocks_cover_the_day_once_and_every_auction_begins_one(
    day: date, scale: float, live_minute: int, block_s: int
) -> None:
    session = session_on(day)
    grid = day_grid(session, scale, live_minute * 60, block_s)
    assert grid[0].first_s == 0
    assert grid[-1].last_s == session.seconds
    assert all(left.last_s == right.first_s for left, right in pairwise(grid))
    assert {session.open_s, session.close_s} <= {span.first_s for span in grid}
    assert all(span.first_s % 60 == 0 for span in grid if span.last_s - span.first_s >= 60)
    assert all(span.first_s // 60 == (span.last_s - 1) // 60 for span in grid if span.last_s - span.first_s < 60)


def test_a_scale_above_one_spares_the_past_and_one_below_does_not() -> None:
    stress = day_grid(session_on(), 100.0, 21_600, 5)
    assert {span.scale for span in stress if span.first_s < 21_600} == {1.0}
    assert {span.scale for span in stress if span.first_s >= 21_600} == {100.0}
    assert {span.scale for span in day_grid(session_on(), 0.2, 21_600, 900)} == {0.2}


@pytest.mark.parametrize(
    ("busiest", "market", "seconds"), [(45, 220, 900), (2_000, 2_000, 30), (30_000, 30_000, 2), (1e6, 1e7, 1)]
)
def test_blocks_shorten_as_the_market_gets_busier(busiest: float, market: float, seconds: int) -> None:
    assert fine_block_s(busiest, market) == seconds


def test_the_block_of_a_second_holds_it_and_the_last_block_everything_after() -> None:
    day = symbol_day("AMD")
    for second in (0, 1_799, 1_800, 19_800, 43_199, 43_200, 57_599):
        span = day.grid[day.index_at(second)]
        assert span.first_s <= second < span.last_s
    assert day.index_at(99_999) == len(day.grid) - 1


def test_totals_and_cells_add_up_to_the_whole_tape() -> None:
    tape, day = whole_day("AMD"), symbol_day("AMD")
    counted = ~tape.with_condition(15) & ~tape.with_condition(16)
    totals = day.totals_before(len(day.grid))
    assert totals.volume == int(tape.size[counted].sum())
    assert totals.value == int((tape.size.astype(np.int64) * tape.price)[counted].sum())
    assert (totals.open, totals.first) == (day.path.open, day.path.open)
    cells = day.cells_until(90_000_000)
    assert int(cells.volume.sum()) == totals.volume
    assert np.all(np.diff(cells.at) > 0)


def test_cells_until_a_moment_know_nothing_of_what_was_reported_later() -> None:
    tape, day = whole_day("AMD"), symbol_day("AMD")
    for ms in (21_600_123, 21_599_999, 30_000_000):
        known = tape.given_ms <= ms
        by_hand = cells_of(*(getattr(tape, name)[known] for name in ("trade_ms", "price", "size", "code")))
        for name in Cells.__slots__:
            assert np.array_equal(getattr(day.cells_until(ms), name), getattr(by_hand, name))


def test_the_official_open_is_known_once_it_is_out() -> None:
    day = symbol_day("AAPL")
    price, at = day.official_open_by(57_000_000)
    assert price == day.path.open
    assert day.official_open_by(at) == (price, at)
    assert day.official_open_by(at - 1) == (0, 0)
    assert day.official_open_by(0) == (0, 0)


def test_blocks_that_were_dropped_come_back_the_same() -> None:
    profile, session = profile_for("F"), session_on()
    day = SymbolDay(5, profile, OfficialCloses(5, profile), session, day_grid(session, 1.0, 0, 900), BlockCache(1))
    first, rows = day.flow(12), day.rows(12)
    day.flow(13)
    day.forget_path()
    again = day.flow(12)
    assert again is not first
    assert np.array_equal(again.price, first.price)
    assert np.array_equal(day.rows(12).volume, rows.volume)


def test_the_cache_keeps_to_its_limit_and_drops_what_was_used_least_recently() -> None:
    profile, session = profile_for("AAPL"), session_on()
    cache = BlockCache(6_000_000)
    day = SymbolDay(5, profile, OfficialCloses(5, profile), session, day_grid(session, 1.0, 0, 900), cache)
    favourite = day.flow(20)
    for index in range(11, 40):
        day.tape(index)
        day.rows(index)
        assert day.flow(20) is favourite
        assert cache.nbytes <= 6_000_000
    assert cache.nbytes > 3_000_000


def test_the_past_is_summed_up_without_being_kept() -> None:
    profile, session = profile_for("AAPL"), session_on()
    cache = BlockCache()
    day = SymbolDay(5, profile, OfficialCloses(5, profile), session, day_grid(session, 1.0, 0, 900), cache)
    day.totals_before(len(day.grid))
    assert cache.nbytes == 0


def test_totals_before_a_block_do_not_depend_on_the_order_of_questions() -> None:
    forwards, backwards = symbol_day("F"), symbol_day("F")
    late = backwards.totals_before(30)
    assert [forwards.totals_before(index) for index in (10, 20, 30)][-1] == late
    assert backwards.totals_before(10) == forwards.totals_before(10)
    assert late == added(backwards.totals_before(29), backwards.flow(29), len(backwards.flow(29).price))
