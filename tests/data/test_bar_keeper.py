"""Only whole bars are kept, and each under the name of the market that made it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.data.inbox import Noted
from live_monitor.data.models.market_data import SecondAggregate
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import MINUTE, SECOND
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.ports import SeriesKey
from live_monitor.wire.relay import ClockFrame, Hello
from tests.data.desk import NOW, trade
from tests.data.kept_desk import KEY, MARKET, KeptDesk

SECONDS = SeriesKey(MARKET, "AAPL", SECOND)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[KeptDesk]:
    desk = KeptDesk(tmp_path / "bars.sqlite3")
    desk.hub.set_focus("AAPL")
    desk.greet()
    desk.hub.tick()
    yield desk
    desk.store.close()


def pass_time(desk: KeptDesk, seconds: int) -> None:
    for _ in range(seconds):
        desk.clock.advance(1)
        desk.hub.tick()


def test_a_bar_in_which_the_link_was_lost_is_not_kept(desk: KeptDesk) -> None:
    pass_time(desk, 60)
    desk.feed(trade("AAPL", 60_000, 100.0))
    pass_time(desk, 30)
    desk.feed(trade("AAPL", 90_000, 101.0))
    desk.drop()
    pass_time(desk, 120)
    assert desk.kept(SECONDS).start_ms.tolist() == [NOW + 60_000], "the second of the loss may lack prints"
    assert desk.kept().length == 0, "and so may its minute"
    desk.greet()
    pass_time(desk, 120)
    assert desk.kept().length == 0


def test_a_link_that_dies_in_silence_loses_what_came_after_it_was_last_heard(desk: KeptDesk) -> None:
    pass_time(desk, 60)
    desk.feed(trade("AAPL", 60_000, 100.0))
    pass_time(desk, 9)
    desk.drop()
    pass_time(desk, 60)
    desk.greet()
    assert [gap[1:3] for gap in desk.hub.counters.gaps] == [(NOW + 60_000, NOW + 129_000)]
    pass_time(desk, 60)
    assert desk.kept(SECONDS).length == desk.kept().length == 0


def test_bars_of_one_market_are_never_kept_as_those_of_another(desk: KeptDesk) -> None:
    pass_time(desk, 60)
    desk.feed(trade("AAPL", 60_000, 100.0))
    pass_time(desk, 10)
    desk.feed(trade("AAPL", 70_000, 101.0))
    pass_time(desk, 2)
    desk.feed(trade("AAPL", 72_000, 102.0))
    pass_time(desk, 1)
    other = Hello(["history", "clock"], "live-monitor", "simulated", "SIMULATED", market="other", timeframes=["1m"])
    desk.hub.take([Noted(other, desk.clock.monotonic()), LinkStatus("live", desk.clock.monotonic())])
    pass_time(desk, 60)
    desk.hub.set_focus("MSFT")
    pass_time(desk, 60)
    for timeframe in (SECOND, MINUTE):
        assert desk.kept(SeriesKey("other", "AAPL", timeframe)).length == 0
    assert desk.kept(SECONDS).start_ms.tolist() == [NOW + 60_000, NOW + 70_000], "what had closed before is not lost"
    assert desk.kept(KEY).length == 0


def test_bars_that_began_before_the_market_was_named_are_kept_under_its_name(tmp_path: Path) -> None:
    desk = KeptDesk(tmp_path / "late.sqlite3")
    desk.hub.set_focus("AAPL")
    desk.hub.tick()
    desk.greet()
    pass_time(desk, 1)
    desk.feed(trade("AAPL", 1_500, 100.0))
    pass_time(desk, 20)
    assert desk.kept(SECONDS).start_ms.tolist() == [NOW + 1_000]
    desk.store.close()


def test_a_page_in_front_hands_nothing_over_a_second_time(desk: KeptDesk) -> None:
    for number in range(1_100):
        desk.clock.advance(1)
        desk.feed(trade("AAPL", number * 1_000 + 1_000, 100.0))
        desk.hub.tick()
        if number % 100 == 0:
            desk.settle()  # or the store would not keep up
    assert desk.kept(SECONDS).length > 1_090
    older = SecondAggregate("AAPL", NOW - 60_000, NOW - 59_000, 1.0, 1.0, 1.0, 1.0, 5.0)
    desk.hub.bars.merge_history([older], 1_000)
    desk.store.tell(lambda store: store.put(SECONDS, altered(store.read(SECONDS, NOW + 1_000, NOW + 2_000))))
    pass_time(desk, 2)
    assert desk.kept(SECONDS).close[0] == 55.0, "what was kept long ago is not written again"


def altered(columns: BarColumns) -> BarColumns:
    return columns._replace(close=columns.close * 0 + 55.0)


def test_a_fast_feed_is_dead_for_long_before_it_is_noticed(desk: KeptDesk) -> None:
    desk.tell(ClockFrame(NOW, 60.0))
    desk.clock.advance(1)
    desk.feed(trade("AAPL", 60_000, 100.0))
    pass_time(desk, 9)
    assert desk.kept(SECONDS).length == desk.kept().length == 0
    desk.drop()
    assert desk.hub.continuity.lost_at_ms == NOW + 60_000
