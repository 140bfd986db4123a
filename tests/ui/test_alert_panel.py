"""Alerts by urgency."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.sessions import hms
from live_monitor.limits import MAX_ALERTS
from live_monitor.ui.alert_panel import AlertPanel
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN, FakeHub
from tests.ui.hands import click


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> AlertPanel:
    """Empty, shown."""
    made = AlertPanel(theme, hms)
    qtbot.addWidget(made)
    made.resize(360, 240)
    made.show()
    return made


def messages(panel: AlertPanel) -> list[str]:
    """Messages from the top."""
    return [alert.message for alert in panel.model.shown]


def button(panel: AlertPanel, name: str) -> QToolButton:
    """A button by its accessible name."""
    return next(found for found in panel.findChildren(QToolButton) if found.accessibleName() == name)


def test_urgent_first_and_the_newest_of_each_on_top(panel: AlertPanel, hub: FakeHub) -> None:
    hub.alert("normal", "n1")
    hub.alert("urgent", "u1")
    hub.alert("warning", "w1")
    panel.refresh(hub, TEN)
    hub.alert("normal", "n2")
    hub.alert("urgent", "u2")
    panel.refresh(hub, TEN)
    assert messages(panel) == ["u2", "u1", "w1", "n2", "n1"]


def test_empty_list_says_what_will_come(panel: AlertPanel, hub: FakeHub) -> None:
    assert not panel.view.isVisible()
    hub.alert("normal", "first")
    panel.refresh(hub, TEN)
    assert panel.view.isVisible()


def test_filter_shows_one_level_and_counts_all(panel: AlertPanel, hub: FakeHub) -> None:
    for level in ("normal", "urgent", "urgent"):
        hub.alert(level, level)
    panel.refresh(hub, TEN)
    click(button(panel, "Show normal alerts"))
    assert messages(panel) == ["normal"]
    assert button(panel, "Show urgent alerts").text() == "Urgent 2"
    hub.alert("urgent", "not shown")
    panel.refresh(hub, TEN)
    assert messages(panel) == ["normal"]
    click(button(panel, "Show all alerts"))
    assert len(messages(panel)) == 4


def test_cleared_alerts_do_not_come_back(panel: AlertPanel, hub: FakeHub) -> None:
    hub.alert("urgent", "old")
    panel.refresh(hub, TEN)
    click(button(panel, "Clear all alerts"))
    panel.refresh(hub, TEN)
    assert messages(panel) == []
    hub.alert("normal", "new")
    panel.refresh(hub, TEN)
    assert messages(panel) == ["new"]


def test_click_asks_for_the_bar(qtbot: QtBot, panel: AlertPanel, hub: FakeHub) -> None:
    hub.alert("normal", "signal", bar_ms=TEN - 60_000)
    panel.refresh(hub, TEN)
    place = panel.view.visualRect(panel.model.index(0)).center()
    with qtbot.waitSignal(panel.bar_requested, timeout=10_000) as asked:
        click(panel.view.viewport(), place)
    assert asked.args == [TEN - 60_000]


def test_alert_of_another_symbol_asks_for_it_first(panel: AlertPanel, hub: FakeHub) -> None:
    hub.alert("normal", "signal", symbol="MSFT", bar_ms=TEN)
    panel.refresh(hub, TEN)
    wishes: list[object] = []
    panel.symbol_requested.connect(wishes.append)
    panel.bar_requested.connect(wishes.append)
    panel.view.clicked.emit(panel.model.index(0))
    hub.focus = "MSFT"
    panel.refresh(hub, TEN)
    panel.view.clicked.emit(panel.model.index(0))
    assert wishes == ["MSFT", TEN, TEN]


def test_alert_without_a_bar_asks_for_nothing(panel: AlertPanel, hub: FakeHub) -> None:
    hub.alert("warning", "link lost")
    panel.refresh(hub, TEN)
    asked = QSignalSpy(panel.bar_requested)
    panel.view.clicked.emit(panel.model.index(0))
    assert len(asked) == 0


def test_storm_of_alerts_is_bounded(panel: AlertPanel, hub: FakeHub) -> None:
    for number in range(MAX_ALERTS + 50):
        hub.alert("normal", str(number))
        if number % 300 == 0:
            panel.refresh(hub, TEN)
    panel.refresh(hub, TEN)
    assert len(messages(panel)) == MAX_ALERTS
    assert messages(panel)[0] == str(MAX_ALERTS + 49)


def test_each_level_has_word_and_icon_not_only_a_colour(panel: AlertPanel, hub: FakeHub) -> None:
    hub.alert("urgent", "stop reached")
    panel.refresh(hub, TEN)
    assert panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "Urgent: AAPL stop reached"
    urgent = panel.grab().toImage()
    panel.clear()
    hub.alert("warning", "stop reached")
    panel.refresh(hub, TEN)
    assert panel.grab().toImage() != urgent


def test_text_from_outside_stays_text(panel: AlertPanel, hub: FakeHub) -> None:
    hub.alert("urgent", "<img src=file:///x><b>bold</b>" * 20)
    panel.refresh(hub, TEN)
    panel.grab()
    assert messages(panel)[0].startswith("<img")
