from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.quarrel import HORIZON_S, WINDOW_S, Quarrel


def test_the_source_that_makes_a_move_earlier_leads_by_the_time_between() -> None:
    quarrel = Quarrel()
    for source in (0, 1):
        quarrel.quote(source, 10.00, 10.02, 1.0)
    for index in range(5):
        at, bid = 2.0 + index, 10.01 + index / 100
        quarrel.quote(0, bid, bid + 0.02, at)
        quarrel.quote(1, bid, bid + 0.02, at + 0.040)
    reading = quarrel.reading(8.0)
    assert reading.pairs == 5
    assert math.isclose(reading.lead_s, 0.040, abs_tol=1e-9)
    assert reading.first_leads == 1.0


def test_the_second_source_may_lead() -> None:
    quarrel = Quarrel()
    quarrel.last(0, 5.0, 1.0)
    quarrel.last(1, 5.0, 1.0)
    quarrel.last(1, 5.1, 2.0)
    quarrel.last(0, 5.1, 2.5)
    reading = quarrel.reading(3.0)
    assert (reading.pairs, reading.lead_s, reading.first_leads) == (1, -0.5, 0.0)


def test_arrivals_that_are_heard_a_little_out_of_order_keep_their_times() -> None:
    quarrel = Quarrel()
    for source in (0, 1):
        quarrel.last(source, 5.0, 1.0)
    quarrel.last(1, 5.1, 2.25)
    quarrel.last(0, 5.1, 2.20)
    reading = quarrel.reading(3.25)
    assert math.isclose(reading.lead_s, 0.05, abs_tol=1e-9)
    assert math.isclose(reading.compared_s, 2.25)


def test_where_a_source_stands_when_it_is_first_heard_is_no_move() -> None:
    quarrel = Quarrel()
    quarrel.quote(0, 10.0, 10.1, 1.0)
    quarrel.quote(1, 10.0, 10.1, 9.0)
    assert quarrel.reading(10.0).pairs == 0


def test_a_move_that_the_other_never_makes_is_unmatched_after_its_time() -> None:
    quarrel = Quarrel()
    quarrel.last(0, 5.0, 1.0)
    quarrel.last(0, 5.1, 2.0)
    assert quarrel.reading(2.0 + HORIZON_S - 0.1).unmatched == (0, 0)
    assert quarrel.reading(2.0 + HORIZON_S + 0.1).unmatched == (1, 0)


def test_the_time_apart_is_measured_not_counted_by_events() -> None:
    quarrel = Quarrel()
    quarrel.quote(0, 10.00, 10.02, 0.0)
    quarrel.quote(1, 10.00, 10.02, 0.0)
    quarrel.quote(0, 10.03, 10.05, 6.0)
    quarrel.quote(1, 10.03, 10.05, 8.0)
    reading = quarrel.reading(10.0)
    assert math.isclose(reading.compared_s, 10.0)
    assert math.isclose(reading.share_apart, 0.2)
    assert math.isclose(reading.worst, -0.03, abs_tol=1e-9)
    assert reading.worst_at == 6.0
    assert math.isclose(reading.apart, 0.0, abs_tol=1e-9)


def test_a_one_sided_or_crossed_quote_is_compared_by_the_last_price_and_else_not_at_all() -> None:
    quarrel = Quarrel()
    quarrel.quote(0, 10.0, math.nan, 0.0)
    quarrel.quote(1, 10.0, 10.2, 0.0)
    assert math.isnan(quarrel.reading(5.0).apart)
    assert math.isnan(quarrel.reading(5.0).share_apart)
    quarrel.last(0, 10.1, 5.0)
    assert math.isclose(quarrel.reading(6.0).apart, 0.0, abs_tol=1e-9)
    quarrel.quote(1, 10.3, 10.2, 6.0)
    assert math.isnan(quarrel.reading(7.0).apart)


def test_what_is_older_than_the_window_is_forgotten() -> None:
    quarrel = Quarrel()
    for source in (0, 1):
        quarrel.last(source, 5.0, 0.0)
    quarrel.last(0, 6.0, 1.0)
    quarrel.last(1, 6.0, 2.0)
    reading = quarrel.reading(3.0 + WINDOW_S)
    assert reading.pairs == 0
    assert reading.share_apart == 0.0
    assert len(reading.course) <= WINDOW_S + 1


def test_how_late_a_source_is_follows_its_stamps() -> None:
    quarrel = Quarrel()
    quarrel.heard(0, 1.0, stamped_ms=1_000_000, wall_ms=1_000_250)
    quarrel.heard(0, 2.0)
    side = quarrel.reading(2.0).sides[0]
    assert (side.late_s, side.heard, side.events) == (0.25, 2.0, 2)
    assert math.isnan(quarrel.reading(2.0).sides[1].late_s)


_PRICES = st.sampled_from([10.0, 10.01, 10.02, math.nan])


@given(st.lists(st.tuples(st.integers(0, 1), _PRICES, _PRICES, st.floats(0.0, 40.0)), max_size=80))
def test_exchanging_the_sources_turns_every_figure_around(steps: list[tuple[int, float, float, float]]) -> None:
    one, other, at = Quarrel(), Quarrel(), 0.0
    for source, bid, ask, wait in steps:
        at += wait
        for quarrel, name in ((one, source), (other, 1 - source)):
            quarrel.quote(name, bid, ask, at)
            quarrel.last(name, bid, at)
    here, there = one.reading(at), other.reading(at)
    assert here.pairs == there.pairs
    assert here.unmatched == there.unmatched[::-1]
    for value, turned in ((here.apart, there.apart), (here.lead_s, there.lead_s), (here.worst, there.worst)):
        assert math.isnan(value) == math.isnan(turned)
        assert math.isnan(value) or math.isclose(value, -turned, abs_tol=1e-9)
    assert math.isnan(here.share_apart) or 0.0 <= here.share_apart <= 1.0


def test_sources_that_never_agree_cost_no_more_and_stay_bounded() -> None:
    quarrel = Quarrel()
    for index in range(20_000):
        quarrel.last(0, 10.0 + index / 1_000, index / 2_000)
        quarrel.last(1, 500.0 + index / 1_000, index / 2_000)
    reading = quarrel.reading(10.0)
    assert reading.pairs == 0
    assert reading.unmatched == (0, 0)
    quarrel.last(1, 10.0 + 19_999 / 1_000, 10.5)
    assert quarrel.reading(10.5).pairs == 1
