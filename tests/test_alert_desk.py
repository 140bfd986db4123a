"""What is asked of price alerts is kept, and asked of the next source of prices too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from live_monitor.alert_desk import AlertDesk
from live_monitor.desktop import Desktop
from live_monitor.settings import PriceAlertSetting, Settings
from live_monitor.wire.relay import Hello
from tests.data.desk import NOW, Desk, trade


class Person:
    """A desktop as far as this desk knows one: settings, a keeper, a session, lines that are told."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.told: list[str] = []
        self.saves = 0
        self.session: SimpleNamespace | None = None
        self.keeper = SimpleNamespace(changed=self._changed)
        self.alerts = AlertDesk(cast("Desktop", self))

    def _changed(self) -> None:
        self.saves += 1

    def tell(self, text: str) -> None:
        self.told.append(text)

    def open_market(self, market: str = "sim") -> Desk:
        """Another source of prices, AAPL in focus."""
        desk = Desk()
        self.session = SimpleNamespace(manager=SimpleNamespace(hub=desk.hub))
        self.alerts.follow(desk.hub)
        desk.hub.set_focus("AAPL")
        desk.tell(Hello([], "live-monitor", "simulated", "SIMULATED", market=market))
        return desk


@pytest.fixture
def person() -> Person:
    return Person()


def test_what_is_placed_learnt_and_met_is_kept_at_once(person: Person) -> None:
    desk = person.open_market()
    person.alerts.wait_for(100.0, note="out")
    person.alerts.wait_for(50.0, "MSFT")
    assert person.settings.price_alerts == [
        PriceAlertSetting(symbol="AAPL", price=100.0, note="out", market="sim"),
        PriceAlertSetting(symbol="MSFT", price=50.0, market="sim"),
    ]
    desk.feed(trade("AAPL", 1, 99.0))
    assert person.settings.price_alerts[0] == PriceAlertSetting(
        symbol="AAPL", price=100.0, note="out", side=-1, since_ms=NOW + 1, market="sim"
    )
    desk.feed(trade("AAPL", 2, 100.0))
    assert [alert.symbol for alert in person.settings.price_alerts] == ["MSFT"]
    person.alerts.remove(desk.hub.price_alerts.rows[0].id)
    assert person.settings.price_alerts == []
    assert person.saves == 5


def test_the_next_start_waits_for_what_was_kept_and_tells_what_was_passed_meanwhile(person: Person) -> None:
    kept = PriceAlertSetting(symbol="MSFT", price=100.0, side=-1, since_ms=NOW - 60_000, market="sim")
    person.settings.price_alerts = [kept]
    desk = person.open_market()
    assert person.settings.price_alerts == [kept]
    assert person.saves == 0, "nothing has changed"
    desk.feed(trade("MSFT", 1, 101.0))
    assert "in a gap" in desk.hub.alerts[-1].message
    assert person.settings.price_alerts == []


def test_another_source_of_prices_waits_for_the_same_and_the_old_one_says_nothing_more(person: Person) -> None:
    first = person.open_market()
    person.alerts.wait_for(100.0)
    first.feed(trade("AAPL", 1, 99.0))
    second = person.open_market("replay")
    first.feed(trade("AAPL", 2, 101.0))
    assert len(person.settings.price_alerts) == 1
    second.feed(trade("AAPL", 1, 101.0))
    assert not [alert for alert in second.hub.alerts if alert.kind == "price"], "another market is no move"
    assert person.settings.price_alerts[0].market == "replay"


def test_a_side_of_a_market_without_a_name_is_learnt_anew(person: Person) -> None:
    person.settings.price_alerts = [PriceAlertSetting(symbol="AAPL", price=100.0, side=-1, since_ms=NOW - 60_000)]
    desk = person.open_market("")
    desk.feed(trade("AAPL", 1, 101.0))
    assert [row.side for row in desk.hub.price_alerts.rows] == [1]


def test_what_cannot_be_waited_for_is_told_in_a_line(person: Person) -> None:
    person.open_market()
    person.alerts.wait_for(-1.0)
    person.alerts.wait_for(1.0, "not a symbol")
    assert person.told == ["This is no price that an alert can wait for.", "'not a symbol' is not a symbol."]
    assert person.settings.price_alerts == []


def test_before_there_is_a_market_nothing_is_placed(person: Person) -> None:
    person.alerts.wait_for(1.0)
    person.alerts.remove("alert-1")
    assert (person.settings.price_alerts, person.told, person.saves) == ([], [], 0)
