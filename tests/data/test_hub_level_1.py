"""A feed that has level 1 and nothing else: its symbols are not silent."""

from __future__ import annotations

from live_monitor.data.models.market_data import Snapshot
from live_monitor.wire.notices import LEVEL_ONE, SnapshotFrame
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


def _alerted(*features: str) -> list[str]:
    """What an alert at 3.10 says, where the last price rises from 3.00 to 3.20 by level 1."""
    desk = Desk()
    desk.hub.set_focus("VFF")
    desk.connect(*features)
    for at_ms, last in ((NOW, 3.0), (NOW + 1_000, 3.2)):
        desk.tell(SnapshotFrame(Snapshot("VFF", at_ms, last=last, last_timestamp_ms=at_ms)))
        if last == 3.0:
            desk.hub.price_alerts.add("VFF", 3.1)
    desk.hub.tick()
    return [alert.message for alert in desk.hub.alert_log.rows if alert.kind == "price"]


def test_an_alert_is_met_by_level_1_where_there_are_no_prints_and_only_there() -> None:
    assert _alerted("snapshot", LEVEL_ONE) == ["VFF rose through 3.10: 3.20 from 3.00."]
    assert _alerted("snapshot") == []


def test_level_1_alone_moves_the_arrow_of_the_ticker() -> None:
    for features, way in ((("snapshot", LEVEL_ONE), 1), (("snapshot",), 0)):
        desk = Desk()
        desk.hub.set_focus("VFF")
        desk.connect(*features)
        for at_ms, last in ((NOW, 3.0), (NOW + 1_000, 3.2)):
            desk.tell(SnapshotFrame(Snapshot("VFF", at_ms, last=last)))
        assert desk.hub.focus_state is not None
        assert desk.hub.focus_state.tick == way
