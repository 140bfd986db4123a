"""Older bars come page by page, from the store where it has them whole, else from the feed; gaps heal the same way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.data.history import ANSWER_WITHIN_S
from live_monitor.data.history_pages import FINAL_AFTER_MS
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_columns import BarSource
from live_monitor.ports import SeriesKey
from live_monitor.wire.relay import Hello, HistoryPage
from tests.data.desk import NOW, minute, trade
from tests.data.kept_desk import KEY, MARKET, KeptDesk, history_bars, minutes

FIVE = Timeframe.parse("5m")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[KeptDesk]:
    desk = KeptDesk(tmp_path / "bars.sqlite3")
    yield desk
    desk.store.close()


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
