"""A year of history of the simulated market: true on every day, in pieces, and honest about its end."""

from __future__ import annotations

import gc
from datetime import date

import pytest

from live_monitor.data.models.market_data import Aggregate, SecondAggregate, Trade
from live_monitor.data.models.timeframe import DAY
from live_monitor.engine.market.conditions import BAR_VOLUME, DAY_HILO, DAY_LAST, DAY_VOLUME
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ports import PastPage, PastSearch
from live_monitor.providers.simulated import DEFAULT_START_MS, HISTORY_SESSIONS, SimulatedMarket
from tests.providers.simulated_fold import HOUR, MINUTE, MORNING, Fold, as_bar, new_york, quiet

DAY_MS = DAY.nominal_ms


def finished(search: PastSearch) -> PastPage:
    """The page when every piece is done."""
    while not search.step():
        pass
    page = search.page()
    assert page is not None
    return page


def sessions_before(day: date, count: int) -> list[date]:
    """The `count` sessions before `day`, the newest first."""
    found = []
    for _ in range(count):
        before = us_equities().previous_session(day)
        assert before is not None
        day = before
        found.append(day)
    return found


# --- truth ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day",
    [date(2026, 10, 14), date(2026, 7, 2), date(2025, 11, 28), date(2026, 3, 9)],  # usual, before a holiday, half, DST
)
def test_bars_of_a_past_day_are_those_that_were_streamed_on_it(day: date) -> None:
    live = SimulatedMarket(5, ["QZPX"], new_york(day.year, day.month, day.day, 4))
    fold = Fold("QZPX").take(live.advance(new_york(day.year, day.month, day.day, 20) + 10_000))
    later = SimulatedMarket(5, ["QZPX"])
    assert later.market == live.market
    until = new_york(day.year, day.month, day.day, 21)
    for width, streamed in ((1_000, fold.seconds), (MINUTE, fold.minutes)):
        page = finished(later.search("QZPX", width, until, len(streamed)))
        assert [as_bar(bar) for bar in page.bars] == [as_bar(streamed[start]) for start in sorted(streamed)]
        assert [bar.day_volume for bar in page.bars][-1] == streamed[max(streamed)].day_volume
        assert {type(bar) for bar in page.bars} == {SecondAggregate if width == 1_000 else Aggregate}


@pytest.mark.parametrize("day", [date(2026, 11, 19), date(2025, 11, 28), date(2026, 2, 3)])
def test_a_days_bar_is_the_sum_of_its_prints_by_the_daily_rules(day: date) -> None:
    live = quiet(new_york(day.year, day.month, day.day, 4))
    fold = Fold("F").take(live.advance(new_york(day.year, day.month, day.day, 20) + 10_000))
    midnight = us_equities().span(day)
    (bar,) = finished(quiet().search("F", DAY_MS, midnight[1], 1)).bars
    last = [trade for trade, flags in fold.trades if flags & DAY_LAST]
    ranged = [trade.price for trade, flags in fold.trades if flags & DAY_HILO]
    counted = [trade for trade, flags in fold.trades if flags & DAY_VOLUME]
    value = sum(trade.price * trade.size for trade in counted)
    volume = sum(trade.size for trade in counted)
    assert (bar.start_ms, bar.end_ms, type(bar)) == (*midnight, Aggregate)
    assert (bar.open, bar.high, bar.low, bar.close) == (last[0].price, max(ranged), min(ranged), last[-1].price)
    assert (bar.volume, bar.day_volume, bar.transactions) == (volume, volume, len(counted))
    assert bar.vwap == pytest.approx(value / volume, rel=1e-12)


def test_seconds_fold_to_minutes_and_minutes_to_days() -> None:
    market = SimulatedMarket(5, ["AMD"])
    day = date(2026, 6, 10)
    start, end = us_equities().span(day)
    seconds = {
        bar.start_ms: bar for bar in finished(market.search("AMD", 1_000, end, 60_000)).bars if bar.start_ms > start
    }
    minutes = [bar for bar in finished(market.search("AMD", MINUTE, end, 960)).bars if bar.start_ms >= start]
    (whole,) = finished(market.search("AMD", DAY_MS, end, 1)).bars
    counted = 0.0
    for minute in minutes:
        inside = [seconds[at] for at in range(minute.start_ms, minute.end_ms, 1_000) if at in seconds]
        assert (inside[0].open, inside[-1].close) == (minute.open, minute.close)
        assert max(bar.high for bar in inside) <= minute.high
        assert min(bar.low for bar in inside) >= minute.low
        # Seconds without a price make no bar; what they add to the volume is in the minute (market rules 3.2), and in
        # the day's volume of the seconds after them.
        assert sum(bar.volume for bar in inside) <= minute.volume
        assert inside[-1].day_volume <= minute.day_volume
        assert minute.day_volume - inside[0].day_volume <= minute.volume
        counted += minute.volume
    times = us_equities().times(day)
    assert times is not None
    regular = [bar for bar in minutes if times.open_ms <= bar.start_ms <= times.close_ms]  # with the closing cross
    assert regular[0].open == whole.open
    assert counted <= whole.volume < 1.01 * counted
    assert minutes[-1].day_volume <= whole.volume


def test_every_question_about_a_day_gets_the_same_answer() -> None:
    market = quiet()
    end = new_york(2026, 9, 15, 14)
    first = finished(market.search("F", MINUTE, end, 300))
    finished(market.search("F", DAY_MS, end, 3))
    finished(market.search("F", 1_000, end, 4_000))
    market.advance(DEFAULT_START_MS + 6 * HOUR)
    again = finished(market.search("F", MINUTE, end, 300))
    assert repr(again) == repr(first) == repr(finished(quiet().search("F", MINUTE, end, 300)))


# --- depth and pages --------------------------------------------------------------------------


def test_days_go_back_a_year_and_the_first_of_them_says_so() -> None:
    market = quiet()
    expected = sessions_before(date(2026, 11, 20), HISTORY_SESSIONS)
    floor = us_equities().span(expected[-1])[0]
    days = [us_equities().trade_date(bar.start_ms) for bar in finished(market.search("F", DAY_MS, MORNING, 2_000)).bars]
    assert days == expected[::-1]
    last = finished(market.search("F", DAY_MS, floor + 10 * DAY_MS, 2_000))
    assert (last.more, last.from_ms) == (False, floor)
    assert finished(market.search("F", DAY_MS, floor, 10)) == PastPage([], False, floor)
    assert finished(market.search("F", MINUTE, floor - HOUR, 10)) == PastPage([], False, floor - HOUR)


@pytest.mark.parametrize("width", [1_000, MINUTE])
def test_the_oldest_day_ends_with_no_more(width: int) -> None:
    market = quiet()
    oldest = sessions_before(date(2026, 11, 20), HISTORY_SESSIONS)[-1]
    start, end = us_equities().span(oldest)
    page = finished(market.search("F", width, end, 100_000))
    assert (page.more, page.from_ms) == (False, start)
    exactly = finished(market.search("F", width, end, len(page.bars)))
    assert (repr(exactly.bars), exactly.more, exactly.from_ms) == (repr(page.bars), False, start)
    cut = finished(market.search("F", width, end, len(page.bars) - 1))
    assert (cut.more, cut.from_ms) == (True, page.bars[1].start_ms)


def test_what_is_asked_from_where_the_page_before_reached_joins_without_overlap_or_hole() -> None:
    market = quiet()
    end = new_york(2026, 8, 12, 11)
    whole = finished(market.search("F", MINUTE, end, 2_000))
    joined: list[Aggregate] = []
    while len(joined) < 2_000:
        page = finished(market.search("F", MINUTE, end, 333))
        assert page.from_ms < end
        joined = page.bars + joined
        end = page.from_ms
    assert repr(joined[-2_000:]) == repr(whole.bars)


def test_a_page_on_a_weekend_starts_with_friday() -> None:
    page = finished(quiet().search("F", MINUTE, new_york(2026, 11, 8, 12), 5))
    assert {us_equities().trade_date(bar.start_ms) for bar in page.bars} == {date(2026, 11, 6)}


def test_a_day_is_served_when_it_is_over() -> None:
    market = quiet(new_york(2026, 11, 20, 15))
    today = us_equities().span(date(2026, 11, 20))
    for now, newest in ((today[1] - 1, date(2026, 11, 19)), (today[1], date(2026, 11, 20))):
        market.advance(now)
        (bar,) = finished(market.search("F", DAY_MS, today[1] + HOUR, 1)).bars
        assert us_equities().trade_date(bar.start_ms) == newest


# --- in pieces --------------------------------------------------------------------------------


def test_a_day_that_is_not_made_yet_is_made_block_by_block() -> None:
    market = quiet()
    end = us_equities().span(date(2026, 5, 6))[1]
    search = market.search("F", MINUTE, end, 100)
    steps = 0
    while not search.step():
        assert search.page() is None
        steps += 1
    assert steps >= 40  # the half and quarter hours of a day
    again = market.search("F", MINUTE, end, 100)
    assert again.step()
    assert again.page() == search.page()


def test_what_is_found_so_far_may_be_taken_at_any_time() -> None:
    market = quiet()
    end = us_equities().span(date(2026, 5, 6))[1]
    whole = finished(quiet().search("F", DAY_MS, end, 4))
    search = market.search("F", DAY_MS, end, 4)
    while search.page() is None:
        search.step()
    part = search.page()
    assert part == PastPage(whole.bars[-1:], True, whole.bars[-1].start_ms)
    assert finished(search) == whole


def test_those_who_want_one_day_make_it_together() -> None:
    def steps(*widths: int) -> int:
        market = quiet()
        end = us_equities().span(date(2026, 5, 6))[1]
        waiting = [market.search("F", width, end, 1) for width in widths]
        count = 0
        while waiting:
            count += len(waiting)
            waiting = [search for search in waiting if not search.step()]
        return count

    assert steps(MINUTE, 1_000, DAY_MS) <= steps(MINUTE) + 3


def test_a_question_that_nobody_waits_for_any_longer_leaves_nothing_behind() -> None:
    market = quiet()
    search = market.search("F", MINUTE, us_equities().span(date(2026, 5, 6))[1], 10)
    search.step()
    assert len(market._past._making) == 1
    del search
    gc.collect()
    assert len(market._past._making) == 0


def test_the_day_that_goes_on_is_told_as_it_stands_when_the_page_is_taken() -> None:
    market = SimulatedMarket(5, ["AAPL"], new_york(2026, 11, 20, 10, 6))
    search = market.search("AAPL", 1_000, market.start_ms, 1_000)
    assert search.step()
    events = market.advance(market.start_ms + 2 * MINUTE)
    late = [event for event in events if type(event) is SecondAggregate and event.end_ms <= market.start_ms - 3_000]
    changed = {bar.start_ms: as_bar(bar) for bar in late}
    assert changed, "choose another time: nothing was reported late"
    page = finished(search)
    told = {bar.start_ms: as_bar(bar) for bar in page.bars}
    assert page.bars[-1].end_ms <= market.start_ms  # what ended meanwhile is left to the stream
    assert {start: told[start] for start in changed} == changed


def test_who_scrolls_back_finds_the_next_days_made_already() -> None:
    market = quiet()
    end = new_york(2026, 10, 7, 16)
    page = finished(market.search("F", MINUTE, end, 200))
    for step in range(1, 400):
        market.advance(DEFAULT_START_MS + 10 * step)
    for _ in range(3):
        search = market.search("F", MINUTE, page.from_ms, 200)
        pieces = 1
        while not search.step():
            pieces += 1
        assert pieces <= 3  # days to look at, none to make
        found = search.page()
        assert found is not None
        page = found


def test_volume_of_prints_without_a_price_is_in_the_days_volume_only() -> None:
    market = quiet()
    fold = Fold("F").take(market.advance(MORNING + 16 * HOUR + 5_000))
    whole = sum(trade.size for trade, flags in fold.trades if flags & BAR_VOLUME)
    assert whole > sum(bar.volume for bar in fold.minutes.values())
    market.advance(us_equities().span(date(2026, 11, 20))[1])
    (bar,) = finished(market.search("F", DAY_MS, market.start_ms + 30 * HOUR, 1)).bars
    assert bar.volume == whole
    assert all(isinstance(trade, Trade) for trade, _ in fold.trades)


def test_what_was_begun_for_a_part_of_a_page_goes_on_behind_it() -> None:
    market = quiet()
    end = us_equities().span(date(2026, 5, 6))[1]
    search = market.search("F", MINUTE, end, 2_000)
    while search.page() is None:
        search.step()
    for _ in range(20):
        search.step()
    part = search.page()
    assert part is not None
    assert part.more
    del search
    market.advance(DEFAULT_START_MS + 10)
    again = market.search("F", MINUTE, part.from_ms, 1)
    left = 1
    while not again.step():
        left += 1
    assert left < 35  # of 45 blocks and the day's prices
