"""What holds only for a while: a day of figures, the market behind an address, a volume that prints are missing of."""

from __future__ import annotations

import math

import pytest

from live_monitor import limits
from live_monitor.data.inbox import Loss
from live_monitor.data.models.market_data import Aggregate, Quote, Snapshot, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.wire.relay import ClockFrame, FaultNotice, Hello, SnapshotFrame
from tests.data.desk import NOW, Desk, minute, trade

DAY, HOUR, HALF_HOUR = 86_400_000, 3_600_000, 1_800_000


@pytest.fixture
def desk() -> Desk:
    return Desk()


def snapshot_of_yesterday() -> Snapshot:
    return Snapshot("AAPL", NOW, last=100.0, high=101.0, low=99.0, day_volume=1_000.0, sequence=500)


def test_the_figures_of_a_session_stand_until_the_next_pre_market_and_then_start_from_its_first_print(
    desk: Desk,
) -> None:
    monday_4h = NOW + 3 * DAY - 6 * HOUR - HALF_HOUR
    desk.hub.set_focus("AAPL")
    desk.connect("clock", "snapshot")
    desk.tell(ClockFrame(NOW, 0.0))
    desk.tell(SnapshotFrame(snapshot_of_yesterday()))
    for midnight in range(1, 4):
        desk.tell(ClockFrame(monday_4h - midnight * 60_000, 0.0))
        desk.hub.tick()
    state = desk.hub.focus_state
    assert state is not None
    assert (state.volume, desk.snapshots) == (1_000.0, [])
    late = Trade("AAPL", 100.5, 5, monday_4h - 1, (), 12, "late", 501)
    first = Trade("AAPL", 90.0, 7, monday_4h + 1, (), 12, "first", 1)
    desk.feed(late, first)
    assert (state.volume, state.volume_known, state.day_high, state.sequence) == (7.0, True, 90.0, 1)
    assert desk.snapshots == [["AAPL"]]
    desk.tell(SnapshotFrame(snapshot_of_yesterday()))
    assert (state.volume, state.day_high) == (7.0, 90.0), "a row of the old day says nothing about the new one"


def test_a_feed_that_begins_again_from_an_earlier_time_is_followed_from_there(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("clock", "snapshot", "history")
    desk.tell(ClockFrame(NOW + HOUR, 0.0))
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW + HOUR, last=100.0, high=101.0, day_volume=1_000.0, sequence=500)))
    desk.feed(Trade("AAPL", 100.0, 5, NOW + HOUR, (), 12, "x", 501), Quote("AAPL", NOW + HOUR, 99.0, 1, 101.0, 1))
    desk.hub.tick()
    desk.drop()
    generation = desk.hub.generation
    desk.connect("clock", "snapshot", "history")
    desk.tell(ClockFrame(NOW, 0.0))
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW, last=50.0, high=51.0, low=49.0, day_volume=10.0, sequence=5)))
    desk.feed(Trade("AAPL", 50.5, 5, NOW + 1, (), 12, "y", 6), Quote("AAPL", NOW + 2, 50.0, 1, 51.0, 1))
    desk.hub.tick()
    state = desk.hub.focus_state
    assert state is not None
    assert (state.last, state.bid, state.volume, state.day_high) == (50.5, 50.0, 15.0, 51.0)
    assert [bar.close for bar in map(desk.hub.bars.minutes.bar, range(len(desk.hub.bars.minutes)))] == [50.5]
    assert desk.hub.generation > generation
    assert len(desk.hub.tape) == 1


def test_another_market_at_the_same_address_inherits_nothing(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("clock")
    desk.tell(ClockFrame(NOW, 0.0))
    desk.feed(trade("AAPL", 1))
    desk.hub.tick()
    desk.drop()
    desk.tell(Hello(features=["clock"], provider="iqfeed", label="REPLAY 2026-11-20"))
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])
    desk.tell(ClockFrame(NOW + HOUR, 0.0))
    state = desk.hub.focus_state
    assert state is not None
    assert math.isnan(state.last)
    assert len(desk.hub.bars.minutes) == 0


def test_the_same_market_after_a_break_keeps_what_is_known(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("clock")
    desk.tell(ClockFrame(NOW, 1.0))
    desk.feed(trade("AAPL", 1))
    desk.hub.tick()
    desk.drop()
    desk.clock.advance(3)
    desk.connect("clock")
    desk.tell(ClockFrame(NOW + 2_500, 1.0))
    assert desk.hub.focus_state is not None
    assert desk.hub.focus_state.last == 100.0
    assert len(desk.hub.bars.minutes) == 1


def test_a_feed_with_a_time_of_its_own_is_asked_for_bars_only_when_it_has_told_it(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("clock", "history")
    assert desk.pages == []
    desk.tell(ClockFrame(NOW + 300 * DAY, 1.0))
    assert {page[2] for page in desk.pages} == {NOW + 300 * DAY + 60_000}
    assert [page[1] for page in desk.pages] == ["1m", "1s"]


def test_missed_prints_are_asked_after_once_and_do_not_count_again_when_they_come_late(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("snapshot")
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW, last=100.0, high=100.0, low=100.0, day_volume=1_000.0, sequence=1)))
    desk.feed(trade("AAPL", 3))
    for index in range(2):
        desk.feed(
            Aggregate(
                "AAPL", NOW + index * 60_000, NOW + (index + 1) * 60_000, 100.0, 120.0, 100.0, 100.0, 30.0,
                day_volume=1_030.0 + index * 50,
            )
        )  # fmt: skip
    assert desk.snapshots == [["AAPL"]]
    row = Snapshot("AAPL", NOW + 9, last=100.0, high=120.0, low=100.0, day_volume=1_080.0, sequence=9)
    desk.tell(SnapshotFrame(row))
    desk.feed(trade("AAPL", 2, size=20))
    state = desk.hub.focus_state
    assert state is not None
    assert (state.volume, state.day_high) == (1_080.0, 120.0)


def test_a_bar_that_ended_before_we_listened_does_not_say_the_volume_of_now(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect()
    desk.feed(minute("AAPL", -2, day_volume=500.0))
    state = desk.hub.focus_state
    assert state is not None
    assert not state.volume_known
    desk.feed(minute("AAPL", 0, day_volume=600.0))
    assert (state.volume, state.volume_known) == (600.0, True)


def test_losses_that_follow_one_another_are_asked_after_once_until_the_answer_comes(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("snapshot", "history")
    pages = len(desk.pages)
    for number in range(5):
        desk.hub.take([Loss("AAPL", NOW + number, NOW + number, 1)])
    assert (desk.snapshots, len(desk.pages)) == ([["AAPL"]], pages + 2)
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW + 9, last=100.0, day_volume=1_000.0)))
    desk.hub.take([Loss("AAPL", NOW + 10, NOW + 10, 1)])
    assert len(desk.snapshots) == 2
    desk.tell(FaultNotice("dropped", "AAPL", NOW, NOW + 5, 3))
    assert len(desk.snapshots) == 3, "the feed confesses in front of an answer that is older than what it left out"


def test_after_a_break_the_range_of_the_day_is_sure_only_when_the_provider_says_it(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("snapshot")
    row = Snapshot("AAPL", NOW, last=100.0, high=101.0, low=99.0, day_volume=1_000.0)
    desk.tell(SnapshotFrame(row))
    state = desk.hub.focus_state
    assert state is not None
    assert (state.partial_since_ms, state.volume_known) == (0, True)
    desk.drop()
    desk.clock.advance(10)
    desk.connect("snapshot")
    assert (state.partial_since_ms, state.volume_known) == (NOW + 10_000, False)
    desk.tell(SnapshotFrame(row))
    assert (state.partial_since_ms, state.volume_known) == (0, True)


def test_of_too_many_gaps_the_newest_are_kept(desk: Desk) -> None:
    for number in range(limits.MAX_GAPS + 3):
        desk.hub.continuity.gap("AAPL", NOW + number, NOW + number, "lost")
    assert len(desk.hub.counters.gaps) == limits.MAX_GAPS
    assert desk.hub.counters.gaps[-1].from_ms == NOW + limits.MAX_GAPS + 2
