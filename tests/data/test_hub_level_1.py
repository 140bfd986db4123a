"""A feed that has level 1 and nothing else: its symbols are not silent."""

from __future__ import annotations

from live_monitor.data.models.market_data import Snapshot
from live_monitor.wire.notices import SnapshotFrame
from tests.data.desk import NOW, Desk


def test_symbol_that_a_feed_tells_of_by_level_1_alone_is_fresh() -> None:
    desk = Desk()
    desk.hub.set_focus("VFF")
    desk.connect("snapshot")
    desk.clock.advance(20.0)
    assert desk.hub.focus_flow() == "stale"
    desk.tell(SnapshotFrame(Snapshot("VFF", NOW + 20_000, last=3.0)))
    state = desk.hub.focus_state
    assert state is not None
    assert (desk.hub.focus_flow(), desk.hub.focus_age_s(), state.received) == ("live", 0.0, desk.clock.monotonic())
    assert desk.hub.oldest_unpainted == desk.clock.monotonic(), "a frame has to show it"


def test_level_1_of_a_symbol_that_nobody_follows_is_left_alone() -> None:
    desk = Desk()
    desk.hub.set_focus("VFF")
    desk.connect("snapshot")
    desk.clock.advance(20.0)
    desk.tell(SnapshotFrame(Snapshot("SPY", NOW + 20_000, last=650.0)))
    assert desk.hub.focus_flow() == "stale"
    assert desk.hub.state("SPY") is None
