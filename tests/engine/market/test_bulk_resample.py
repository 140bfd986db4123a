"""Longer bars, all at once; market rules 3.4, 3.5."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.timeframe import DAY, MONTH, WEEK, Timeframe
from live_monitor.engine.market import bulk_resample
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource, Proof
from live_monitor.engine.market.bulk_resample import resample
from live_monitor.engine.market.sessions import us_equities
from tests.engine.market.bar_samples import CALENDARS, assert_same, bars_of, ms, plainly

TIMEFRAMES = [Timeframe.parse(name) for name in ("5s", "7s", "1m", "7m", "90m", "1h", "4h", "23h", "1D", "1W", "1M")]


def bar(at: str, price: float, volume: float = 100.0, **fields: Any) -> Bar:
    return Bar(ms(at), price, price + 1, price - 1, price, volume, price)._replace(**fields)


def made(bars: list[Bar], timeframe: str, *, extended: bool = True) -> list[Bar]:
    columns = resample(BarColumns.of(bars), Timeframe.parse(timeframe), us_equities(), extended=extended)
    return list(columns.bars())


@given(st.data())
def test_bars_are_those_of_the_rules_whatever_the_calendar_the_day_and_the_length(data: st.DataObject) -> None:
    calendar = data.draw(st.sampled_from(CALENDARS))()
    timeframe, extended = data.draw(st.sampled_from(TIMEFRAMES)), data.draw(st.booleans())
    bars = data.draw(bars_of(calendar))
    with pytest.MonkeyPatch.context() as patch:
        # The edges of windows are looked up, or rows divided, whichever costs less: both give the same.
        patch.setattr(bulk_resample, "_ROWS_PER_EDGE", data.draw(st.sampled_from((0, 1_000_000))))
        ours = resample(BarColumns.of(bars), timeframe, calendar, extended=extended)
    assert_same(ours, plainly(bars, timeframe, calendar, extended))


@given(st.data())
def test_steps_between_make_no_difference_where_windows_nest(data: st.DataObject) -> None:
    calendar, extended = data.draw(st.sampled_from(CALENDARS))(), data.draw(st.booleans())
    width_ms, steps = data.draw(
        st.sampled_from(
            [
                (1_000, ("5s", "1m")), (1_000, ("5s", "15s", "1m", "1h")), (1_000, ("7m", "21m")),
                (60_000, ("1h", "1D")), (60_000, ("7m", "1D", "1M")), (60_000, ("4h", "1D", "1W")),
            ]
        )
    )  # fmt: skip
    # A day's bar is named by midnight, where a bar of a second or minute would be taken for one.
    bars = [bar for bar in data.draw(bars_of(calendar, width_ms=width_ms, priced=True)) if bar.start_ms % 1_800_000]
    last = Timeframe.parse(steps[-1])
    stepwise = direct = BarColumns.of(bars)
    for step in steps:
        stepwise = resample(stepwise, Timeframe.parse(step), calendar, extended=extended)
    assert_same(stepwise, resample(direct, last, calendar, extended=extended))


@given(st.data())
def test_with_extended_hours_no_share_is_lost(data: st.DataObject) -> None:
    calendar, timeframe = data.draw(st.sampled_from(CALENDARS))(), data.draw(st.sampled_from(TIMEFRAMES))
    bars = BarColumns.of(data.draw(bars_of(calendar, priced=True)))
    assert resample(bars, timeframe, calendar).volume.sum() == bars.volume.sum()


def test_regular_hours_begin_at_the_open_and_the_last_is_cut_at_the_close() -> None:
    minutes = [bar(f"2026-11-20 {m // 60:02d}:{m % 60:02d}", 100.0) for m in range(8 * 60, 18 * 60)]
    hours = made(minutes, "1h", extended=False)
    assert [each.start_ms for each in hours] == [ms(f"2026-11-20 {hour:02d}:30") for hour in range(9, 16)]
    assert [each.volume for each in hours] == [6_000.0] * 6 + [3_000.0]
    fours = made(minutes, "4h", extended=False)
    assert [each.start_ms for each in fours] == [ms("2026-11-20 09:30"), ms("2026-11-20 13:30")]


def test_the_same_hour_of_two_days_is_two_bars() -> None:
    for extended in (True, False):
        hours = made([bar("2026-11-19 09:35", 100.0), bar("2026-11-20 09:35", 101.0)], "1h", extended=extended)
        assert [each.volume for each in hours] == [100.0, 100.0]
    # The window before the pre-market and that of the day are both their part's first.
    assert len(made([bar("2026-11-20 03:59", 100.0), bar("2026-11-20 04:00", 101.0)], "23h")) == 2


def test_with_extended_hours_they_are_those_of_the_clock() -> None:
    minutes = [bar(f"2026-11-20 {m // 60:02d}:{m % 60:02d}", 100.0) for m in range(4 * 60, 20 * 60)]
    hours = made(minutes, "1h")
    assert [each.start_ms for each in hours] == [ms(f"2026-11-20 {hour:02d}:00") for hour in range(4, 20)]
    assert {each.volume for each in hours} == {6_000.0}


def test_a_half_day_ends_where_it_ends() -> None:
    minutes = [bar(f"2026-11-27 {m // 60:02d}:{m % 60:02d}", 100.0) for m in range(4 * 60, 17 * 60)]
    assert [(each.start_ms, each.volume) for each in made(minutes, "4h", extended=False)] == [
        (ms("2026-11-27 09:30"), 21_000.0)
    ]
    assert made(minutes, "4h")[-1].start_ms == ms("2026-11-27 16:00")


def test_a_day_is_named_by_its_midnight_and_holds_what_is_shown() -> None:
    minutes = [bar("2026-11-19 19:59", 90.0), bar("2026-11-20 04:00", 95.0), bar("2026-11-20 09:30", 100.0)]
    assert [(each.start_ms, each.open, each.volume) for each in made(minutes, "1D")] == [
        (ms("2026-11-19 00:00"), 90.0, 100.0),
        (ms("2026-11-20 00:00"), 95.0, 200.0),
    ]
    assert [(each.start_ms, each.open, each.volume) for each in made(minutes, "1D", extended=False)] == [
        (ms("2026-11-20 00:00"), 100.0, 100.0)
    ]


@pytest.mark.parametrize("extended", [True, False])
def test_weeks_begin_on_sunday_and_months_on_the_first_and_take_daily_bars_as_they_are(extended: bool) -> None:
    days = [
        bar(f"{day} 00:00", price)
        for day, price in (("2026-10-30", 1.0), ("2026-10-31", 2.0), ("2026-11-02", 3.0), ("2026-11-30", 4.0))
    ]
    assert [(ms("2026-10-25 00:00"), 200.0), (ms("2026-11-01 00:00"), 100.0), (ms("2026-11-29 00:00"), 100.0)] == [
        (each.start_ms, each.volume) for each in made(days, "1W", extended=extended)
    ]
    assert [(each.start_ms, each.volume) for each in made(days, "1M", extended=extended)] == [
        (ms("2026-10-01 00:00"), 200.0),
        (ms("2026-11-01 00:00"), 200.0),
    ]


def test_daily_bars_of_years_without_a_table_make_weeks_and_months_too() -> None:
    days = [bar("1998-06-29 00:00", 1.0), bar("1998-07-01 00:00", 2.0)]
    for timeframe, count in ((WEEK, 1), (MONTH, 2)):
        for extended in (True, False):
            assert len(made(days, timeframe.name, extended=extended)) == count


def test_a_week_of_shorter_bars_takes_only_the_sessions() -> None:
    minutes = [
        bar("2026-11-19 09:30", 100.0),
        bar("2026-11-19 18:00", 200.0),
        bar("2026-11-20 09:30", 101.0),
        bar("2026-11-20 19:00", 300.0),
    ]
    (week,) = made(minutes, "1W", extended=False)
    assert (week.start_ms, week.open, week.high, week.close, week.volume) == (
        ms("2026-11-15 00:00"), 100.0, 102.0, 101.0, 200.0,
    )  # fmt: skip


def test_nothing_shown_is_no_bar() -> None:
    for timeframe in ("5s", "1h", "1D", "1W"):
        assert made([bar("2026-11-20 19:00", 100.0)], timeframe, extended=False) == []
        assert made([], timeframe) == []


def test_a_print_on_a_holiday_is_kept_while_extended_hours_are_on() -> None:
    christmas = [bar("2026-12-25 10:31", 100.0)]
    assert [each.start_ms for each in made(christmas, "1h")] == [ms("2026-12-25 10:00")]
    assert made(christmas, "1h", extended=False) == []


def test_what_trades_before_and_after_the_sessions_counts_from_midnight() -> None:
    night = [bar("2026-11-20 03:59", 100.0), bar("2026-11-20 04:00", 101.0), bar("2026-11-20 20:00", 102.0)]
    # 90-minute windows from midnight: 03:00 is cut at 04:00; 19:30 begins where the sessions end.
    assert [each.start_ms for each in made(night, "90m")] == [
        ms("2026-11-20 03:00"),
        ms("2026-11-20 04:00"),
        ms("2026-11-20 20:00"),
    ]


def test_vwap_is_weighted_by_volume_and_absent_where_a_child_with_volume_does_not_say() -> None:
    first = bar("2026-11-20 09:30", 100.0, 100.0)
    assert made([first, bar("2026-11-20 09:31", 110.0, 300.0)], "5m")[0].vwap == 107.5
    assert made([first, bar("2026-11-20 09:31", 110.0, 0.0, vwap=NAN)], "5m")[0].vwap == 100.0
    assert math.isnan(made([first, bar("2026-11-20 09:31", 110.0, 5.0, vwap=NAN)], "5m")[0].vwap)
    assert math.isnan(made([bar("2026-11-20 09:30", 100.0, 0.0)], "5m")[0].vwap)


def test_a_child_of_volume_only_moves_no_price() -> None:
    none = {"open": NAN, "high": NAN, "low": NAN, "close": NAN}
    children = [
        bar("2026-11-20 09:30", 0.0, 7.0, vwap=99.0, **none),
        bar("2026-11-20 09:31", 100.0, 100.0),
        bar("2026-11-20 09:32", 0.0, 3.0, vwap=101.0, **none),
        bar("2026-11-20 09:35", 0.0, 9.0, vwap=101.0, **none),
    ]
    (only,) = made([*children, bar("2026-11-20 16:00", 100.0)], "5m", extended=False)
    assert (only.open, only.high, only.low, only.close, only.volume) == (100.0, 101.0, 99.0, 100.0, 110.0)
    assert only.vwap == pytest.approx((7 * 99 + 100 * 100 + 3 * 101) / 110, rel=1e-12)


@pytest.mark.parametrize(
    ("children", "whole"),
    [
        ((Proof.AGREES, Proof.AGREES), Proof.AGREES),
        ((Proof.AGREES, Proof.NONE), Proof.NONE),
        ((Proof.AGREES, Proof.LATE_PRINT, Proof.NONE), Proof.LATE_PRINT),
        ((Proof.MISSING_TRADES, Proof.CONDITION_RULE), Proof.MISSING_TRADES),
    ],
)
def test_a_bar_agrees_when_all_of_it_agrees(children: tuple[Proof, ...], whole: Proof) -> None:
    bars = [bar(f"2026-11-20 09:3{index}", 100.0, proof=proof) for index, proof in enumerate(children)]
    assert made(bars, "1h")[0].proof is whole


def test_the_source_is_the_least_of_the_children_and_the_day_volume_the_last_that_is_known() -> None:
    children = [
        bar("2026-11-20 09:30", 100.0, source=BarSource.HISTORY, cumulative_volume=500.0),
        bar("2026-11-20 09:31", 100.0, source=BarSource.STREAM, revised=True, trades=3),
    ]
    (only,) = made(children, "1h")
    assert (only.source, only.revised, only.cumulative_volume, only.trades) == (BarSource.STREAM, True, 500.0, -1)


def test_two_rows_a_lifetime_apart_do_not_walk_through_every_day() -> None:
    ends = BarColumns.of([bar("1980-01-02 10:00", 1.0), bar("2099-12-31 10:00", 2.0)])
    assert resample(ends, DAY, us_equities()).start_ms.tolist() == [ms("1980-01-02 00:00"), ms("2099-12-31 00:00")]


def test_the_children_stay_as_they_were() -> None:
    bars = BarColumns.of([bar("2026-11-20 09:30", 100.0), bar("2026-11-20 09:31", 100.0, 0.0, vwap=NAN)])
    for column in bars:
        column.flags.writeable = False
    made_of = resample(bars, Timeframe.parse("5m"), us_equities())
    assert not any(np.shares_memory(ours, theirs) for ours, theirs in zip(made_of, bars, strict=True))
