"""Longer bars as shorter ones come: in order, again, late; market rules 3.1, 3.4, 3.5."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market import resampler as resampler_module
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns
from live_monitor.engine.market.resampler import KEEP_MS, MIN_CHILDREN, BarResampler, resample
from live_monitor.engine.market.sessions import Calendar, cme_equity_futures, us_equities
from tests.engine.market.bar_samples import CALENDARS, assert_same, bar_at, bars_of, ms

NAMES = ("1s", "5s", "7s", "1m", "7m", "90m", "1h", "4h", "1D", "1W", "1M")
OPEN_MS = ms("2026-11-20 09:30")
MINUTE_MS = 60_000


def second(offset_s: int, price: float = 100.0, volume: float = 100.0) -> Bar:
    return Bar(OPEN_MS + offset_s * 1_000, price, price + 1, price - 1, price, volume, price, 1)


class Kept:
    """What a reader of the stream has: the newest form of every bar."""

    def __init__(self, resampler: BarResampler) -> None:
        self.resampler = resampler
        self.bars: dict[int, Bar] = {}

    def take(self, children: Iterable[Bar]) -> None:
        for child in children:
            made = self.resampler.add(child)
            if made is not None:
                self.bars[made.start_ms] = made

    def columns(self) -> BarColumns:
        return BarColumns.of(self.bars[start] for start in sorted(self.bars))


@given(st.data())
def test_in_order_they_are_those_made_at_once(data: st.DataObject) -> None:
    calendar = data.draw(st.sampled_from(CALENDARS))()
    name, extended = data.draw(st.sampled_from(NAMES)), data.draw(st.booleans())
    bars = data.draw(bars_of(calendar))
    kept = Kept(BarResampler(name, calendar, extended=extended))
    kept.take(bars)
    assert_same(kept.columns(), resample(BarColumns.of(bars), Timeframe.parse(name), calendar, extended=extended))


@st.composite
def arrivals(draw: st.DrawFn, calendar: Calendar) -> list[Bar]:
    """Bars around the open and the close of a day, several of them late or again, none later than 15 minutes."""
    times = calendar.times(calendar.trade_date(OPEN_MS))
    assert times is not None
    begin = draw(st.sampled_from([times.open_ms - 10 * MINUTE_MS, times.close_ms - 20 * MINUTE_MS]))
    newest = begin
    order: list[Bar] = []
    for _ in range(draw(st.integers(1, 60))):
        if order and draw(st.integers(0, 2)) == 0:
            oldest = newest - newest % MINUTE_MS - KEEP_MS
            known = [bar.start_ms for bar in order if bar.start_ms >= oldest]
            seconds_ago = draw(st.integers(0, (newest - oldest) // 1_000))
            start = draw(st.sampled_from([*known, newest - seconds_ago * 1_000]))
        else:
            newest += draw(st.sampled_from((1, 1, 1, 2, 30, 61, 200, 900))) * 1_000
            start = newest
        order.append(draw(bar_at(start)))
    return order


@given(st.data())
def test_late_and_corrected_children_give_the_bars_of_the_children_as_they_finally_stand(data: st.DataObject) -> None:
    calendar = data.draw(st.sampled_from(CALENDARS))()
    name, extended = data.draw(st.sampled_from(NAMES)), data.draw(st.booleans())
    order = data.draw(arrivals(calendar))
    kept = Kept(BarResampler(name, calendar, extended=extended))
    known: dict[int, Bar] = {}
    fewest = data.draw(st.sampled_from((1, MIN_CHILDREN)))
    for child in order:
        # After every single one, not just in the end: a chart shows what stands now.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(resampler_module, "MIN_CHILDREN", fewest)
            kept.take([child])
        known[child.start_ms] = child
        # A child that once had a price may be given again without one; the last form with a price stays on screen.
        expected = resample(
            BarColumns.of(known[start] for start in sorted(known)), Timeframe.parse(name), calendar, extended=extended
        )
        priced = set(expected.start_ms.tolist())
        kept.bars = {start: bar for start, bar in kept.bars.items() if start in priced}
        assert_same(kept.columns(), expected)
    assert kept.resampler.out_of_reach == 0


@pytest.mark.parametrize("name", ["5s", "1m", "7m", "1h", "4h", "1D", "1W"])
def test_two_hours_of_seconds_given_again_two_seconds_later_as_providers_do(name: str) -> None:
    kept = Kept(BarResampler(name))
    final: dict[int, Bar] = {}
    for offset in range(7_200):
        own = second(offset, 100 + offset % 37 / 8, 10.0)
        kept.take([own])
        final[own.start_ms] = own
        if offset >= 2:
            again = second(offset - 2, 100 + (offset - 2) % 41 / 8, 13.0)
            kept.take([again])
            final[again.start_ms] = again
        if offset % 600 == 599:  # and one a quarter of an hour later
            late = second(max(offset - 890, 0), 130.0 + offset, 1.0)
            kept.take([late])
            final[late.start_ms] = late
    expected = BarColumns.of(final[start] for start in sorted(final))
    assert_same(kept.columns(), resample(expected, Timeframe.parse(name), us_equities()))
    assert kept.resampler.out_of_reach == 0


def test_a_forming_child_is_counted_once() -> None:
    resampler = BarResampler("1m")
    resampler.add(second(0, volume=50.0))
    for volume in (1.0, 2.0):
        resampler.add(second(1, 101.0, volume))
    made = resampler.add(second(1, 101.0, 3.0))
    assert made is not None
    assert (made.volume, made.trades, made.close) == (53.0, 2, 101.0)


def test_what_is_older_than_a_quarter_of_an_hour_is_left_to_history_and_counted() -> None:
    resampler = BarResampler("1h", extended=False)
    for offset in range(2_000):
        resampler.add(second(offset))
    assert resampler.add(second(10, 500.0)) is None
    assert resampler.out_of_reach == 1
    made = resampler.add(second(1_999 - 15 * 60, 500.0))
    assert made is not None
    assert (made.high, made.volume) == (501.0, 200_000)


def test_a_window_that_was_let_go_whole_takes_no_late_child() -> None:
    resampler = BarResampler("1m")
    for offset in (10, *range(60, 16 * 60 + 1)):
        resampler.add(second(offset))
    # Half of its minute is no longer known: better nothing than half a bar.
    assert resampler.add(second(20)) is None
    assert resampler.out_of_reach == 1


def test_a_window_that_was_let_go_in_part_takes_a_late_child_into_the_whole() -> None:
    resampler = BarResampler("7m", extended=False)
    for offset in (0, *range(8 * 60, 16 * 60 + 1)):
        resampler.add(second(offset))
    made = resampler.add(second(5 * 60))
    assert made is not None
    assert (made.start_ms, made.volume) == (OPEN_MS, 200.0)


def test_memory_holds_a_quarter_of_an_hour_however_long_it_runs() -> None:
    resampler = BarResampler("1D")
    for offset in range(6 * 3_600):
        resampler.add(second(offset))
    assert len(resampler._children) <= 17 * 60
    assert len(resampler._marks) <= 17


def test_of_days_a_month_can_be_given_again() -> None:
    resampler = BarResampler("1M")
    days = [ms(f"2026-10-{day:02d} 00:00") for day in range(1, 31)]
    for start in days:
        resampler.add(Bar(start, 100.0, 101.0, 99.0, 100.0, 10.0))
    made = resampler.add(Bar(days[0], 90.0, 91.0, 89.0, 90.0, 20.0))
    assert made is not None
    assert (made.start_ms, made.open, made.low, made.close, made.volume) == (days[0], 90.0, 89.0, 100.0, 310.0)
    assert len(days) < MIN_CHILDREN


def test_outside_the_shown_hours_there_is_nothing_and_the_bar_before_stays() -> None:
    resampler = BarResampler("1W", extended=False)
    evening = OPEN_MS + 9 * 3_600_000
    assert resampler.add(second(0)) is not None
    assert resampler.add(second(0)._replace(start_ms=evening)) is None
    made = resampler.add(second(1))
    assert made is not None
    assert made.volume == 200


def test_without_a_price_there_is_no_bar_and_its_volume_counts_when_one_comes() -> None:
    resampler = BarResampler("1m")
    assert resampler.add(Bar(OPEN_MS, NAN, NAN, NAN, NAN, 7.0)) is None
    made = resampler.add(second(1))
    assert made is not None
    assert (made.open, made.volume) == (100.0, 107.0)


def test_a_futures_day_begins_the_evening_before_and_is_named_by_its_date() -> None:
    resampler = BarResampler("1D", cme_equity_futures())
    made = resampler.add(Bar(ms("2026-11-15 18:00"), 1.0, 2.0, 0.5, 1.0, 10.0))
    assert made is not None
    assert made.start_ms == ms("2026-11-16 00:00")
    made = resampler.add(Bar(ms("2026-11-16 16:59"), 1.0, 3.0, 0.5, 1.0, 10.0))
    assert made is not None
    assert (made.start_ms, made.high, made.volume) == (ms("2026-11-16 00:00"), 3.0, 20.0)
    made = resampler.add(Bar(ms("2026-11-16 18:00"), 1.0, 2.0, 0.5, 1.0, 10.0))
    assert made is not None
    assert made.start_ms == ms("2026-11-17 00:00")


def test_a_name_that_is_no_length_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="7x"):
        BarResampler("7x")
