"""Pages of final bars from Polygon's aggregates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.backfill_run import Progress, Wish, backfill
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.data.stores.opening import open_store
from live_monitor.errors import HistoryError
from live_monitor.ports import HistoryStore, SeriesKey
from live_monitor.providers.polygon_history import EARLIEST_MS, PolygonHistory
from live_monitor.providers.polygon_rest import PolygonRest
from tests.fakes.far_end import FarEnd
from tests.fakes.polygon_tape import trade
from tests.providers.polygon_service import DAY as DAY_MS
from tests.providers.polygon_service import HOUR, OPEN, POST_END, PRE, at, rest_of

NOW = POST_END + 12 * HOUR  # Saturday morning
ONE = 60_000


@pytest.fixture
def far(polygon_service: FarEnd) -> FarEnd:
    polygon_service.do("now", ms=NOW)
    return polygon_service


@pytest.fixture
def clock() -> ManualClock:
    return at(NOW)


@pytest.fixture
def rest(far: FarEnd, clock: ManualClock) -> Iterator[PolygonRest]:
    asks = rest_of(far, clock=clock)
    yield asks
    asks.close()


@pytest.fixture
def history(rest: PolygonRest, clock: ManualClock) -> PolygonHistory:
    return PolygonHistory(rest, clock)


def _questions(far: FarEnd) -> int:
    return len(far.seen()["requests"])


def test_a_page_holds_the_newest_bars_and_says_how_far_it_reaches(far: FarEnd, history: PolygonHistory) -> None:
    far.do("walk", symbol="QZPX", seed=1, from_ms=OPEN, to_ms=OPEN + HOUR, every_ms=2_000)
    truth = far.do("bars", symbol="QZPX", timespan="minute")["bars"]

    page = history.page("QZPX", MINUTE, NOW, 20)

    assert [*page.bars.start_ms] == [row["t"] for row in truth[-20:]]
    assert [*page.bars.close] == [row["c"] for row in truth[-20:]]
    assert page.from_ms == truth[-20]["t"]
    assert page.more


def test_pages_join_without_a_hole_or_a_bar_twice(far: FarEnd, history: PolygonHistory) -> None:
    far.do("walk", symbol="QZPX", seed=2, from_ms=PRE, to_ms=PRE + 3 * HOUR, every_ms=20_000)
    truth = [row["t"] for row in far.do("bars", symbol="QZPX", timespan="minute")["bars"]]
    starts: list[int] = []
    end_ms = NOW
    while len(starts) < len(truth):
        page = history.page("QZPX", MINUTE, end_ms, 17)
        assert page.from_ms < end_ms
        starts = [*page.bars.start_ms.tolist(), *starts]
        end_ms = page.from_ms

    assert starts == truth


def test_a_symbol_that_last_traded_years_ago_is_found_in_a_few_questions(far: FarEnd, history: PolygonHistory) -> None:
    long_ago = OPEN - 5 * 364 * DAY_MS
    far.do("prints", symbol="QZPX", rows=[trade(7.5, 100, long_ago + 30_000, 1)])

    page = history.page("QZPX", MINUTE, NOW, 1_000)

    assert [*page.bars.start_ms] == [long_ago]
    assert _questions(far) <= 8


def test_a_symbol_that_never_traded_ends_at_the_beginning_of_all_data(far: FarEnd, history: PolygonHistory) -> None:
    page = history.page("NOPE", MINUTE, NOW, 1_000)

    assert page.bars.length == 0
    assert not page.more
    assert page.from_ms <= EARLIEST_MS
    assert _questions(far) <= 8


def test_a_slow_service_gives_an_empty_page_that_still_goes_on(far: FarEnd, rest: PolygonRest) -> None:
    class Ages(ManualClock):
        """Three seconds pass at every look."""

        def monotonic(self) -> float:
            self.advance(3.0)
            self.step_wall(-3.0)
            return super().monotonic()

    page = PolygonHistory(rest, Ages(NOW)).page("NOPE", MINUTE, NOW, 100)

    assert page.bars.length == 0
    assert page.more
    assert EARLIEST_MS < page.from_ms < NOW


def test_a_window_that_is_not_over_has_no_final_bar(far: FarEnd, rest: PolygonRest) -> None:
    far.do("walk", symbol="QZPX", seed=1, from_ms=OPEN, to_ms=OPEN + 10 * ONE)
    now_ms = OPEN + 5 * ONE + 30_000
    far.do("now", ms=now_ms)
    history = PolygonHistory(rest, at(now_ms))

    minutes = history.page("QZPX", MINUTE, now_ms + ONE, 100)
    seconds = history.page("QZPX", SECOND, now_ms + ONE, 100)
    days = history.page("QZPX", DAY, now_ms + ONE, 100)

    assert minutes.bars.start_ms[-1] == OPEN + 4 * ONE
    assert seconds.bars.start_ms[-1] + 1_000 <= now_ms
    assert days.bars.length == 0


def test_prices_that_are_15_minutes_late_end_15_minutes_ago(far: FarEnd, rest: PolygonRest) -> None:
    far.do("walk", symbol="QZPX", seed=1, from_ms=OPEN, to_ms=OPEN + HOUR)
    far.do("now", ms=OPEN + HOUR)

    history = PolygonHistory(rest, at(OPEN + HOUR), market="polygon-delayed", delay_s=900)
    page = history.page("QZPX", MINUTE, OPEN + HOUR, 100)

    assert page.bars.start_ms[-1] == OPEN + 44 * ONE
    assert history.market == "polygon-delayed"


@pytest.mark.parametrize("timeframe", [SECOND, MINUTE, DAY])
def test_prices_are_asked_for_as_traded(far: FarEnd, history: PolygonHistory, timeframe: Timeframe) -> None:
    history.page("QZPX", timeframe, NOW, 10)

    assert {request["query"]["adjusted"] for request in far.seen()["requests"]} == {"false"}


def test_days_start_at_midnight_in_new_york_also_when_the_clocks_change(far: FarEnd, history: PolygonHistory) -> None:
    # Friday 2026-10-30 and Monday 2026-11-02; the clocks went back in between.
    for at_ms in (1_793_367_000_000, 1_793_629_800_000):
        far.do("prints", symbol="QZPX", rows=[trade(10.0, 100, at_ms, at_ms // 1_000)])

    page = history.page("QZPX", DAY, NOW, 5)

    assert [*page.bars.start_ms] == [1_793_332_800_000, 1_793_595_600_000]


def test_the_end_of_what_a_plan_includes_is_the_end_of_history(far: FarEnd, history: PolygonHistory) -> None:
    far.do("walk", symbol="QZPX", seed=1, from_ms=OPEN, to_ms=OPEN + 5 * ONE)
    far.do("fault", kind="403", times=9)

    page = history.page("QZPX", MINUTE, OPEN - 700 * DAY_MS, 100)

    assert (page.bars.length, page.more) == (0, False)


def test_a_plan_without_bars_is_an_error_in_words(far: FarEnd, history: PolygonHistory) -> None:
    far.do("fault", kind="403", times=9)

    with pytest.raises(HistoryError, match="not entitled"):
        history.page("QZPX", MINUTE, NOW, 100)


def test_what_was_found_before_a_failure_is_given(far: FarEnd, history: PolygonHistory) -> None:
    far.do("prints", symbol="QZPX", rows=[trade(7.5, 100, POST_END - 30_000, 1)])
    history.page("QZPX", MINUTE, POST_END, 100)
    second = far.seen()["requests"][1]["path"]
    far.do("fault", kind="500", times=99, path=second)

    page = history.page("QZPX", MINUTE, POST_END, 100)

    assert [*page.bars.start_ms] == [POST_END - ONE]
    assert page.more


def test_another_length_of_bars_is_refused_in_words(history: PolygonHistory) -> None:
    with pytest.raises(HistoryError, match="5m"):
        history.page("QZPX", Timeframe.parse("5m"), NOW, 10)


def test_backfill_goes_through_weekends_holidays_and_nights(
    far: FarEnd, history: PolygonHistory, clock: ManualClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    week_ago = OPEN - 7 * DAY_MS
    for day in range(0, 8, 7):
        far.do("walk", symbol="QZPX", seed=day, from_ms=week_ago + day * DAY_MS, to_ms=week_ago + day * DAY_MS + HOUR)
    truth = far.do("bars", symbol="QZPX", timespan="minute")["bars"]
    store: HistoryStore = open_store("", tmp_path_factory.mktemp("store"), {}, clock=clock)
    told: list[Progress] = []

    last = backfill(
        history, store, Wish("QZPX", MINUTE, week_ago - DAY_MS, NOW), NOW, pace=lambda: None, told=told.append
    )
    kept = store.read(SeriesKey("polygon", "QZPX", MINUTE), 0, NOW)
    again = backfill(
        history, store, Wish("QZPX", MINUTE, week_ago - DAY_MS, NOW), NOW, pace=lambda: None, told=told.append
    )
    store.close()

    assert [*kept.start_ms] == [row["t"] for row in truth]
    assert [*kept.volume] == [row["v"] for row in truth]
    assert last.at_ms <= week_ago - DAY_MS
    assert again.pages == 1  # what late prints may still change
