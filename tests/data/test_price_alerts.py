"""Price alerts in the hub: by which prints they fire, what stays subscribed, and what is told."""

from __future__ import annotations

import pytest

from live_monitor.data.inbox import Loss
from live_monitor.data.models.market_data import Quote, Snapshot
from live_monitor.data.models.status import Alert, LinkStatus
from live_monitor.engine.signals.price_alerts import PriceAlert
from live_monitor.wire.relay import ClockFrame, FaultNotice, Hello, SnapshotFrame
from tests.data.desk import NOW, Desk, minute, trade

ODD_LOT = 37


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.hub.set_focus("AAPL")
    desk.connect("history")
    return desk


def told(desk: Desk) -> list[Alert]:
    return [alert for alert in desk.hub.alerts if alert.kind == "price"]


def test_the_alert_names_symbol_minute_and_prices(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0, "take profit")
    desk.feed(trade("AAPL", 2, 99.5), trade("AAPL", 61_000, 100.5), trade("AAPL", 61_001, 99.0))
    (alert,) = told(desk)
    assert alert == Alert(
        NOW + 61_000, "warning", "price", "AAPL",
        "AAPL rose through 100.00: 100.50 from 99.50 · take profit", NOW + 60_000,
    )  # fmt: skip
    assert desk.hub.price_alerts.rows == ()


def test_a_symbol_with_an_alert_is_subscribed_until_it_fires(desk: Desk) -> None:
    desk.hub.price_alerts.add("MSFT", 100.0)
    desk.hub.price_alerts.add("MSFT", 200.0)
    assert desk.wanted[-1]["MSFT"] == ("T", "Q", "AM")
    desk.feed(trade("MSFT", 1, 99.0), trade("MSFT", 2, 100.0))
    assert len(told(desk)) == 1
    assert desk.hub.state("MSFT") is not None, "another alert waits"
    assert desk.hub.price_alerts.remove(desk.hub.price_alerts.rows[0].id)
    assert "MSFT" not in desk.wanted[-1]
    assert desk.hub.state("MSFT") is None


def test_what_others_hold_stays_subscribed(desk: Desk) -> None:
    desk.hub.acquire("MSFT", "watchlist")
    desk.feed(trade("MSFT", 1, 99.0))
    desk.hub.price_alerts.add("MSFT", 100.0)
    desk.feed(trade("MSFT", 2, 101.0))
    assert len(told(desk)) == 1
    assert desk.hub.state("MSFT") is not None
    assert not desk.hub.price_alerts.remove("alert-1"), "it has fired"


def test_an_alert_waits_on_while_the_watchlist_and_the_focus_let_its_symbol_go(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    desk.hub.set_focus("MSFT")
    desk.feed(trade("AAPL", 2, 100.0))
    assert [alert.symbol for alert in told(desk)] == ["AAPL"]
    assert desk.hub.state("AAPL") is None


def test_a_symbol_that_is_subscribed_after_its_alert_fires_too(desk: Desk) -> None:
    desk.hub.price_alerts.add("MSFT", 100.0)
    desk.hub.set_focus("MSFT")
    desk.feed(trade("MSFT", 1, 99.0), trade("MSFT", 2, 100.0))
    assert len(told(desk)) == 1
    assert desk.hub.focus == "MSFT"


def test_only_prints_that_may_be_the_last_price_fire(desk: Desk) -> None:
    desk.feed(trade("AAPL", 10, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    odd_lot = trade("AAPL", 11, 100.5)
    desk.feed(type(odd_lot)("AAPL", 100.5, 10, NOW + 11, (ODD_LOT,), 12, "11", 11))
    late = type(odd_lot)("AAPL", 100.5, 10, NOW + 1, (), 12, "12", 12)
    desk.feed(late)
    repeated = trade("AAPL", 10, 100.5)
    desk.feed(repeated)
    desk.feed(Quote("AAPL", NOW + 13, 100.9, 100, 101.0, 100))
    desk.feed(minute("AAPL", -1, 105.0))
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW + 14, last=101.0, last_timestamp_ms=NOW + 14)))
    desk.answer(desk.pages[0], [minute("AAPL", index, 90.0 + index) for index in range(-20, -1)])
    desk.hub.tick()
    assert told(desk) == []
    desk.feed(trade("AAPL", 15, 101.0))
    assert len(told(desk)) == 1, "level 1 was there already; the first print beyond the price tells it"


def test_m12_a_price_that_is_held_back_never_fires_and_does_when_it_is_confirmed(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 100.0), trade("AAPL", 2, 100.0))
    desk.hub.price_alerts.add("AAPL", 120.0)
    desk.feed(trade("AAPL", 3, 150.0))
    desk.hub.tick()
    desk.feed(trade("AAPL", 4, 100.0))
    desk.hub.tick()
    assert told(desk) == [], "an error of one tick"
    desk.feed(trade("AAPL", 5, 150.0))
    assert told(desk) == []
    desk.feed(Quote("AAPL", NOW + 6, 149.9, 100, 150.1, 100))
    desk.hub.tick()
    assert [alert.message for alert in told(desk)] == ["AAPL rose through 120.00: 150.00 from 100.00."]


def test_a_price_passed_while_the_connection_was_lost_says_so(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    desk.drop()
    desk.clock.advance(60)
    desk.connect("history")
    assert told(desk) == []
    desk.feed(trade("AAPL", 60_000, 103.0))
    assert "in a gap" in told(desk)[0].message


def test_prints_left_out_on_our_side_make_a_gap(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    desk.hub.take([Loss("AAPL", NOW + 1, NOW + 2, 5)])
    desk.feed(trade("AAPL", 3, 100.5))
    assert "in a gap" in told(desk)[0].message


def test_another_trading_day_opens_in_a_gap(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    desk.clock.advance(3 * 86_400)
    desk.hub.tick()
    desk.feed(trade("AAPL", 3 * 86_400_000, 103.0))
    assert "103.00 from 99.00, in a gap" in told(desk)[0].message


def test_a_split_moves_what_is_waited_for_and_says_so_once(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 900.0))
    desk.hub.price_alerts.add("AAPL", 1_000.0)
    for _ in range(2):
        desk.tell(FaultNotice("split", "AAPL", from_ms=NOW + 2, ratio=10.0))
    assert [row.price for row in desk.hub.price_alerts.rows] == [100.0]
    assert [alert.message for alert in told(desk)] == ["AAPL: price alerts go on in new shares."]
    desk.feed(trade("AAPL", 3, 95.0), trade("AAPL", 4, 100.5))
    assert len(told(desk)) == 2


def test_another_market_is_no_move(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    desk.tell(Hello([], "live-monitor", "replay", "A replay", market="another"))
    desk.feed(trade("AAPL", 2, 108.0))
    assert told(desk) == []
    desk.feed(trade("AAPL", 3, 107.0), trade("AAPL", 4, 99.5))
    assert len(told(desk)) == 1


def test_the_same_market_from_an_earlier_time_on_is_no_move(desk: Desk) -> None:
    desk.tell(Hello(["clock"], "live-monitor", "simulated", "SIMULATED", market="sim"))
    desk.tell(ClockFrame(NOW, 1.0))
    desk.feed(trade("AAPL", 1_000, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    desk.tell(Hello(["clock"], "live-monitor", "simulated", "SIMULATED", market="sim"))
    desk.tell(ClockFrame(NOW - 3_600_000, 1.0))
    desk.feed(trade("AAPL", -3_600_000, 101.0))
    assert told(desk) == []


def test_what_was_kept_waits_for_its_own_market(desk: Desk) -> None:
    kept = PriceAlert("", "MSFT", 100.0, "", -1, NOW - 60_000, "sim")
    changes: list[int] = []
    desk.hub.price_alerts.restore([kept, kept._replace(price=-1.0)])
    desk.hub.price_alerts.changed = lambda: changes.append(desk.hub.price_alerts.version)
    assert [row[1:] for row in desk.hub.price_alerts.rows] == [kept[1:]]
    desk.tell(Hello([], "live-monitor", "simulated", "SIMULATED", market="sim"))
    desk.feed(trade("MSFT", 1, 101.0))
    assert [alert.message for alert in told(desk)] == [
        "MSFT rose through 100.00: 101.00, in a gap: nothing was heard in between."
    ]
    assert changes, "what has fired is not kept any longer"


def test_alerts_of_symbols_that_a_feed_does_not_have_rest(desk: Desk) -> None:
    desk.hub.price_alerts.add("MSFT", 100.0)
    desk.tell(Hello([], "live-monitor", "replay", "A replay", symbols=["AAPL"], market="old"))
    assert "MSFT" not in desk.wanted[-1]
    assert len(desk.hub.price_alerts.rows) == 1
    desk.tell(Hello([], "live-monitor", "simulated", "SIMULATED", symbols=["AAPL", "MSFT"], market="sim"))
    assert "MSFT" in desk.wanted[-1]
    desk.feed(trade("MSFT", 1, 99.0), trade("MSFT", 2, 100.0))
    assert len(told(desk)) == 1


def test_every_change_is_told_to_who_keeps_them_once(desk: Desk) -> None:
    alerts = desk.hub.price_alerts
    kept: list[int] = []
    alerts.changed = lambda: kept.append(len(alerts.rows))
    first = alerts.add("AAPL", 100.0)
    assert kept == [1]
    desk.feed(trade("AAPL", 1, 99.0))
    assert kept == [1, 1], "it knows its side now"
    desk.feed(trade("AAPL", 2, 99.5))
    assert kept == [1, 1]
    alerts.add("AAPL", 101.0)
    alerts.remove(first)
    desk.feed(trade("AAPL", 3, 101.0))
    assert kept == [1, 1, 2, 1, 0]
    assert alerts.of("AAPL") == ()


@pytest.mark.parametrize(("market", "fires"), [("schwab", True), ("simulated-7", False)])
def test_a_price_that_is_waited_for_is_the_same_one_from_another_vendor(desk: Desk, market: str, fires: bool) -> None:
    desk.tell(Hello(features=[], provider="polygon", label="POLYGON", market="polygon"))
    desk.feed(trade("AAPL", 1, 99.0))
    desk.hub.price_alerts.add("AAPL", 100.0)
    desk.feed(trade("AAPL", 2, 99.5))
    desk.clock.advance(1)
    desk.drop()
    desk.tell(Hello(features=[], provider="other", label="OTHER", market=market))
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])
    desk.feed(trade("AAPL", 1_000, 101.0))
    assert bool(told(desk)) is fires
