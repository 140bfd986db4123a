"""Older bars come page by page, from the store where it has them whole, else from the feed; gaps heal the same way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.data.history import ANSWER_WITHIN_S, ASK_AGAIN_S, FINAL_AFTER_MS
from live_monitor.data.inbox import Loss
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.ports import SeriesKey
from live_monitor.wire.relay import FaultNotice, Hello, HistoryPage
from tests.data.desk import NOW, Desk, minute, trade

FIVE = Timeframe.parse("5m")
MARKET = "test-market"
KEY = SeriesKey(MARKET, "AAPL", MINUTE)


class KeptDesk(Desk):
    """A desk whose hub keeps bars in a real store on its own thread."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.bell = threading.Event()
        self.store = StoreThread(lambda: SqliteStore(path), self.clock)
        self.store.wake = self.bell.set
        self.hub.keep_bars(self.store)

    def greet(self, *timeframes: str, market: str = MARKET) -> None:
        hello = Hello(["history"], "live-monitor", "simulated", "SIMULATED", market=market, timeframes=[*timeframes])
        self.tell(hello)
        self.hub.take([LinkStatus("live", self.clock.monotonic())])

    def settle(self) -> None:
        """Waits until the store has done all that it was told, and takes its answers."""
        done: list[object] = []
        self.store.ask(lambda store: True, done.append)
        while not done:
            assert self.bell.wait(10)
            self.bell.clear()
            self.store.take()

    def kept(self, key: SeriesKey = KEY) -> BarColumns:
        found: list[BarColumns | None] = []
        self.store.ask(lambda store: store.read(key, 0, 2**50), found.append)
        self.settle()
        assert found[0] is not None
        return found[0]

    def asked(self, timeframe: str) -> list[tuple[str, str, int, int, int]]:
        return [page for page in self.pages if page[1] == timeframe]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[KeptDesk]:
    desk = KeptDesk(tmp_path / "bars.sqlite3")
    yield desk
    desk.store.close()


def minutes(first: int, last: int) -> list[Aggregate]:
    return [minute("AAPL", index, 100 + index % 7) for index in range(first, last)]


def history_bars(first: int, last: int) -> BarColumns:
    return BarColumns.of(
        Bar(NOW + at * 60_000, 1.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1, BarSource.HISTORY) for at in range(first, last)
    )


def test_a_page_of_the_feed_is_kept_with_what_it_covers(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-40, 0), more=True)
    assert desk.kept().length == 40
    covered: list[object] = []
    desk.store.ask(lambda store: store.covered_from(KEY, NOW - FINAL_AFTER_MS), covered.append)
    desk.store.ask(lambda store: store.covered_from(KEY, NOW), covered.append)
    desk.settle()
    assert covered == [NOW - 40 * 60_000, None], "what late prints may still change is asked for again another time"


def test_older_bars_come_from_the_store_where_it_has_them_whole(desk: KeptDesk) -> None:
    desk.store.tell(lambda store: store.put(KEY, history_bars(-100, -30), (NOW - 100 * 60_000, NOW - 30 * 60_000)))
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    questions = len(desk.pages)
    assert desk.hub.history.older(MINUTE)
    desk.settle()
    assert len(desk.pages) == questions, "the feed was not asked"
    assert desk.hub.bars.minutes.start_ms[0] == NOW - 100 * 60_000
    assert len(desk.hub.bars.minutes) == 100
    assert desk.hub.history.older(MINUTE)
    desk.settle()
    assert desk.asked("1m")[-1][2] == NOW - 100 * 60_000, "before that the feed is asked"


def test_a_stretch_with_a_hole_in_the_store_is_asked_of_the_feed(desk: KeptDesk) -> None:
    desk.store.tell(lambda store: store.put(KEY, history_bars(-100, -90)))
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.history.older(MINUTE)
    desk.settle()
    assert desk.asked("1m")[-1][2] == NOW - 30 * 60_000
    assert len(desk.hub.bars.minutes) == 30


def test_no_more_history_is_said(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    assert desk.hub.history_state(MINUTE).loading
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    assert desk.hub.history_state(MINUTE)[:2] == (False, True)
    desk.hub.history.older(MINUTE)
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-40, -30), more=False)
    assert desk.hub.history_state(MINUTE)[:2] == (False, False)
    assert not desk.hub.history.older(MINUTE)


def test_who_scrolls_back_finds_the_next_page_there_already(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.history.older(MINUTE)
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-60, -30), more=True)
    desk.settle()
    ahead = desk.asked("1m")[-1]
    assert ahead[2] == NOW - 60 * 60_000, "the page before is fetched without a wish"
    assert not desk.hub.history_state(MINUTE).loading, "nobody waits for it"
    desk.answer(ahead, minutes(-90, -60), more=True)
    assert len(desk.hub.bars.minutes) == 60, "it is not shown before it is wished for"
    assert desk.hub.history.older(MINUTE)
    assert len(desk.hub.bars.minutes) == 90


def test_a_wish_takes_over_the_page_that_is_under_way(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.history.older(MINUTE)
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-60, -30), more=True)
    desk.settle()
    questions = len(desk.pages)
    assert desk.hub.history.older(MINUTE)
    assert desk.hub.history_state(MINUTE).loading
    assert len(desk.pages) == questions
    desk.answer(desk.asked("1m")[-1], minutes(-90, -60), more=False)
    assert len(desk.hub.bars.minutes) == 90
    assert not desk.hub.history_state(MINUTE).more


def test_a_longer_timeframe_asks_for_as_many_of_its_own_bars(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.series(FIVE)
    assert desk.hub.history.older(FIVE)
    desk.settle()
    first = desk.asked("1m")[-1]
    desk.answer(first, minutes(-230, -30), more=True)
    desk.settle()
    second = desk.asked("1m")[-1]
    assert second[2] == NOW - 230 * 60_000, "one page makes too few bars of five minutes: the next one is asked for"
    desk.answer(second, minutes(-2_000, -230), more=True)
    assert not desk.hub.history_state(FIVE).loading
    assert desk.hub.history_state(FIVE).more


def test_days_are_asked_for_when_they_are_first_shown(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1s", "1m", "1D")
    assert not desk.asked("1D")
    desk.hub.series(DAY)
    desk.settle()
    assert len(desk.asked("1D")) == 1
    desk.hub.series(DAY)
    assert len(desk.asked("1D")) == 1


def test_a_feed_without_days_makes_them_of_minutes(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.series(DAY)
    desk.settle()
    assert desk.hub.history.older(DAY)
    desk.settle()
    assert desk.asked("1m")[-1][2] == NOW - 30 * 60_000


def test_a_gap_is_healed_by_pages_that_reach_behind_it(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m", "1s")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.answer(desk.asked("1s")[-1], [], more=True)
    desk.drop()
    desk.clock.advance(3_600)
    desk.greet("1m", "1s")
    later = 60
    assert [gap.healed for gap in desk.hub.counters.gaps] == [False]
    desk.answer(desk.asked("1m")[-1], minutes(20, later), more=True)
    assert desk.asked("1m")[-1][2] == NOW + 20 * 60_000, "the page did not reach the gap's beginning"
    desk.answer(desk.asked("1m")[-1], minutes(-5, 20), more=True)
    assert [gap.healed for gap in desk.hub.counters.gaps] == [False], "the seconds are missing yet"
    page = desk.asked("1s")[-1]
    desk.tell(HistoryPage("AAPL", "1s", page[4], [], True, NOW - 60_000))
    assert [gap.healed for gap in desk.hub.counters.gaps] == [False], "a server needs a while for the newest bars"
    desk.clock.advance(4)
    desk.hub.tick()
    desk.answer(desk.asked("1m")[-1], minutes(later - 2, later), more=True)
    page = desk.asked("1s")[-1]
    assert [gap.healed for gap in desk.hub.counters.gaps] == [False]
    desk.tell(HistoryPage("AAPL", "1s", page[4], [], True, page[2] - 90_000))
    assert [gap.healed for gap in desk.hub.counters.gaps] == [True], "one page was enough for the rest"
    assert desk.hub.bars.minutes.start_ms.tolist() == [NOW + at * 60_000 for at in range(-30, later)]


def test_a_feed_that_does_not_answer_is_not_waited_for_for_ever(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.clock.advance(ANSWER_WITHIN_S + 1)
    desk.hub.tick()
    state = desk.hub.history_state(MINUTE)
    assert not state.loading
    assert state.more
    assert state.notice == "the feed does not answer"


def test_a_feed_without_history_shows_what_was_kept(desk: KeptDesk) -> None:
    desk.store.tell(lambda store: store.put(KEY, history_bars(-100, -30)))
    desk.hub.set_focus("AAPL")
    desk.tell(Hello([], "live-monitor", "simulated", "SIMULATED", market=MARKET))
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])
    desk.settle()
    assert len(desk.hub.bars.minutes) == 70


def test_what_streams_is_kept_once_it_is_closed(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet()
    desk.hub.tick()
    desk.clock.advance(60)
    desk.feed(trade("AAPL", 60_000, 100.0), trade("AAPL", 60_500, 101.0), trade("AAPL", 61_200, 99.0))
    desk.hub.tick()
    desk.clock.advance(77)
    desk.hub.tick()
    assert desk.kept(SeriesKey(MARKET, "AAPL", SECOND)).close.tolist() == [101.0, 99.0]
    kept = desk.kept()
    assert kept.start_ms.tolist() == [NOW + 60_000]
    assert (kept.high[0], kept.low[0], kept.volume[0]) == (101.0, 99.0, 30.0)
    assert kept.source[0] == BarSource.OWN


def test_minutes_of_a_watched_symbol_are_kept_as_the_provider_gives_them(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.hub.acquire("MSFT", "watchlist")
    desk.greet()
    desk.hub.tick()
    desk.feed(minute("MSFT", 0, 55.0))
    desk.clock.advance(17)
    desk.hub.tick()
    kept = desk.kept(SeriesKey(MARKET, "MSFT", MINUTE))
    assert kept.close.tolist() == [55.0]
    assert kept.source[0] == BarSource.STREAM


def test_nothing_is_kept_of_a_market_that_nobody_named(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m", market="")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    found: list[object] = []
    desk.store.ask(lambda store: store.series(), found.append)
    desk.settle()
    assert found == [[]]
    assert len(desk.hub.bars.minutes) == 30


def test_a_page_of_the_symbol_before_changes_nothing(desk: KeptDesk) -> None:
    desk.store.tell(lambda store: store.put(KEY, history_bars(-100, -30), (NOW - 100 * 60_000, NOW - 30 * 60_000)))
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.history.older(MINUTE)
    desk.hub.set_focus("MSFT")
    desk.settle()
    assert len(desk.hub.bars.minutes) == 0


def test_bars_that_were_asked_for_too_early_fill_no_gap(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.clock.advance(90)
    desk.hub.continuity.lost(Loss("AAPL", NOW + 80_000, NOW + 90_000, 5))
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 1), more=True)
    desk.clock.advance(10)
    desk.hub.tick()
    assert [gap.healed for gap in desk.hub.counters.gaps] == [False], "its minute is not over, and there are no seconds"
    questions = len(desk.pages)
    desk.clock.advance(25)
    desk.hub.tick()
    assert len(desk.pages) == questions + 1
    desk.answer(desk.asked("1m")[-1], minutes(0, 2), more=True)
    assert [gap.healed for gap in desk.hub.counters.gaps] == [True]


def test_a_gap_before_all_history_keeps_no_other_from_being_filled(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.continuity.gap("AAPL", NOW - 9_000_000, NOW - 8_940_000, "before history begins")
    desk.clock.advance(2)
    desk.hub.tick()
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=False)
    desk.clock.advance(2)
    desk.hub.tick()
    desk.settle()
    questions = len(desk.pages)
    desk.hub.continuity.gap("AAPL", NOW - 300_000, NOW - 240_000, "prints missed")
    desk.clock.advance(2)
    desk.hub.tick()
    desk.settle()
    assert len(desk.pages) == questions + 1
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    assert [gap.healed for gap in desk.hub.counters.gaps] == [False, True]
    desk.clock.advance(2)
    desk.hub.tick()
    desk.settle()
    assert len(desk.pages) == questions + 1, "the first one is not walked to again"


def test_a_silent_feed_is_asked_for_the_bars_of_a_gap_again(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.continuity.gap("AAPL", NOW - 300_000, NOW - 240_000, "prints missed")
    desk.clock.advance(2)
    desk.hub.tick()
    desk.settle()
    questions = len(desk.pages)
    for _ in range(3):
        desk.clock.advance(ANSWER_WITHIN_S + 1)
        desk.hub.tick()
        desk.settle()
    assert len(desk.pages) == questions
    desk.clock.advance(ASK_AGAIN_S)
    desk.hub.tick()
    desk.settle()
    assert len(desk.pages) == questions + 1


def test_what_was_kept_without_history_is_not_called_whole(desk: KeptDesk) -> None:
    desk.clock.advance(120)
    desk.store.tell(lambda store: store.put(KEY, history_bars(-99, -30)))
    desk.hub.set_focus("AAPL")
    desk.tell(Hello([], "live-monitor", "simulated", "SIMULATED", market=MARKET))
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])
    desk.settle()
    assert len(desk.hub.bars.minutes) == 69
    assert desk.hub.focus_bars.reach_ms(MINUTE) == NOW + 120_000, "nothing was seen between the kept bars and now"
    gap = desk.hub.counters.gaps[-1]
    assert (gap.from_ms, gap.to_ms, gap.healed) == (NOW - 30 * 60_000, NOW + 120_000, False)
    fives = desk.hub.series(FIVE)
    assert fives.start_ms[0] == NOW - 95 * 60_000, "the first one lacks a minute"
    assert len(fives) == 13
    desk.hub.history.older(MINUTE)
    desk.settle()
    assert desk.hub.history_state(MINUTE) == (False, False, "this feed offers no history")


def test_a_feed_that_has_minutes_but_no_seconds_says_so_of_seconds_only(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    assert desk.hub.history_state(MINUTE) == (False, True, "")
    assert desk.hub.history_state(SECOND) == (False, False, "this feed offers no history of 1s bars")
    desk.drop()
    desk.greet("1m", "1s")
    assert desk.hub.history_state(SECOND)[:2] == (True, True), "another server may have some"


def test_a_page_that_finds_no_room_moves_nothing(desk: KeptDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_monitor.data.focus_bars.MAX_LOADED_BARS", 50)
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.history.older(MINUTE)
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-60, -30), more=True)
    assert desk.hub.focus_bars.reach_ms(MINUTE) == NOW - 30 * 60_000
    assert desk.hub.history_state(MINUTE) == (False, False, "as many bars are loaded as a chart takes")


def test_a_page_with_a_refused_bar_is_kept_as_whole_from_behind_it_only(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    page = desk.asked("1m")[-1]
    desk.tell(HistoryPage("AAPL", "1m", page[4], [*minutes(-90, 0)], True, NOW - 40 * 60_000))
    assert desk.kept().length == 90
    covered: list[object] = []
    desk.store.ask(lambda store: store.covered_from(KEY, NOW - FINAL_AFTER_MS), covered.append)
    desk.settle()
    assert covered == [NOW - 40 * 60_000]


def test_older_bars_that_were_wished_for_come_after_what_was_lost(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m")
    desk.settle()
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.hub.history.older(MINUTE)
    desk.settle()
    assert desk.asked("1m")[-1][2] == NOW - 30 * 60_000
    desk.hub.continuity.lost(Loss("AAPL", NOW - 2_000, NOW - 1_000, 5))
    desk.answer(desk.asked("1m")[-1], minutes(-30, 0), more=True)
    desk.settle()
    assert desk.asked("1m")[-1][2] == NOW - 30 * 60_000, "the chart wishes once only"
    desk.answer(desk.asked("1m")[-1], minutes(-60, -30), more=True)
    assert len(desk.hub.bars.minutes) == 60


def test_a_gap_that_a_server_tells_of_without_symbol_or_time_is_filled_too(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m", "1s")
    desk.clock.advance(60)
    desk.tell(FaultNotice("gap", count=3, message="3 prints dropped"))
    assert [gap[:3] for gap in desk.hub.counters.gaps] == [("AAPL", NOW + 60_000, NOW + 60_000)]
    for _ in range(2):
        assert [gap.healed for gap in desk.hub.counters.gaps] == [False]
        for page in [desk.asked("1m")[-1], desk.asked("1s")[-1]]:
            desk.tell(HistoryPage("AAPL", page[1], page[4], [], True, page[2] - 600_000))
        desk.clock.advance(5)
        desk.hub.tick()
    assert [gap.healed for gap in desk.hub.counters.gaps] == [True]


def test_days_that_passed_without_a_connection_are_all_asked_for(desk: KeptDesk) -> None:
    def days(first: int, last: int) -> list[Aggregate]:
        """Days of November by date; New York is five hours behind."""
        starts = [NOW - NOW % 86_400_000 + 5 * 3_600_000 + (date - 20) * 86_400_000 for date in range(first, last + 1)]
        return [Aggregate("AAPL", start, start + 86_400_000, 1.0, 1.0, 1.0, 1.0, 1.0) for start in starts]

    desk.hub.set_focus("AAPL")
    desk.greet("1D")
    desk.hub.series(DAY)
    desk.answer(desk.asked("1D")[-1], days(16, 19), more=False)
    desk.drop()
    desk.clock.advance(14 * 86_400)
    desk.greet("1D")
    desk.answer(desk.asked("1D")[-1], days(30, 33), more=True)
    assert desk.asked("1D")[-1][2] == days(30, 30)[0].start_ms, "the days between are asked for"
    desk.answer(desk.asked("1D")[-1], days(19, 29), more=True)
    assert len(desk.hub.focus_bars.days) == 18
    assert not desk.hub.history_state(DAY).loading


def test_what_is_missing_is_asked_for_and_no_more(desk: KeptDesk) -> None:
    desk.hub.set_focus("AAPL")
    desk.greet("1m", "1s", "1D")
    desk.hub.series(DAY)
    for timeframe in ("1m", "1s", "1D"):
        desk.tell(HistoryPage("AAPL", timeframe, desk.asked(timeframe)[-1][4], [], True, NOW - 600_000))
    questions = len(desk.pages)
    desk.clock.advance(60)
    desk.hub.continuity.gap("AAPL", NOW + 50_000, NOW + 52_000, "prints missed")
    desk.hub.tick()
    asked = desk.pages[questions:]
    assert [page[1] for page in asked] == ["1m", "1s"], "days are not concerned"
    assert [page[3] for page in asked] == [3, 72]
