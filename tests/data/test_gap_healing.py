"""Gaps are filled from history, and not called filled before; what no history reaches stays open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.data.history import ANSWER_WITHIN_S, ASK_AGAIN_S
from live_monitor.data.inbox import Loss
from live_monitor.data.models.market_data import Aggregate, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import DAY, MINUTE
from live_monitor.wire.relay import ClockFrame, FaultNotice, Hello, HistoryPage
from tests.data.desk import NOW, Desk, trade
from tests.data.kept_desk import KeptDesk, minutes


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[KeptDesk]:
    desk = KeptDesk(tmp_path / "bars.sqlite3")
    yield desk
    desk.store.close()


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


def test_a_gap_never_ends_before_it_begins_where_another_source_is_at_an_earlier_time() -> None:
    """Delayed prices take over from live ones: what was missed is still to come."""
    desk = Desk()
    desk.hub.set_focus("AAPL")
    desk.tell(Hello(features=[], provider="polygon", label="POLYGON", market="polygon"))
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])
    desk.feed(trade("AAPL", 1))
    desk.drop()
    desk.clock.advance(10)
    desk.tell(Hello(features=["clock"], provider="polygon", label="DELAYED", market="polygon-delayed"))
    desk.tell(ClockFrame(NOW - 900_000))
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])
    assert all(gap.from_ms <= gap.to_ms for gap in desk.hub.counters.gaps)
    assert any(gap.reason == "connection lost" for gap in desk.hub.counters.gaps)
    desk.feed(Trade("AAPL", 100.0, 10, NOW - 899_000, (), 12, "9", 9))
    desk.hub.tick()
    assert desk.hub.bars.minutes.bar(-1).volume == 10
