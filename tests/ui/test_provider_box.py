"""The provider box: its dot, its menu, its second provider."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QAction
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.ui.provider_box import ProviderBox
from live_monitor.ui.provider_view import ProviderLine
from live_monitor.ui.theme import Theme

LINES = [
    ProviderLine("sim", "Simulated market", "no account", "", "", stands_in=False),
    ProviderLine("polygon", "Polygon", "trades & quotes", "connected · real time", "up", chosen=True, stands_in=True),
    ProviderLine("schwab", "Schwab", "level 1", "needs a log-in", "", stands_in=True, ready=False),
]


@pytest.fixture
def box(qtbot: QtBot, dark: Theme) -> ProviderBox:
    made = ProviderBox(dark)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def actions(box: ProviderBox) -> dict[str, QAction]:
    """What the menu offers now, by its text."""
    box.list().aboutToShow.emit()
    return {action.text(): action for action in box.list().actions() if action.text()}


def seconds(box: ProviderBox) -> dict[str, QAction]:
    menu = actions(box)["When it fails, go on with"].menu()
    assert menu is not None
    return {action.text(): action for action in menu.actions()}


def test_each_provider_has_a_line_with_its_state(box: ProviderBox) -> None:
    box.show_lines(LINES, "", stood_in=False)
    found = actions(box)
    assert list(found)[:3] == ["Simulated market", "Polygon\tconnected · real time", "Schwab\tneeds a log-in"]
    assert [action.isChecked() for action in list(found.values())[:3]] == [False, True, False]
    asked = QSignalSpy(box.use_requested)
    found["Schwab\tneeds a log-in"].trigger()
    assert asked[0] == ["schwab"]


def test_the_menu_is_asked_for_when_it_opens(box: ProviderBox) -> None:
    box.opening.connect(lambda: box.show_lines(LINES[:1], "", stood_in=False))
    assert "Simulated market" in actions(box)


def test_a_second_provider_is_one_that_can_stand_in(box: ProviderBox) -> None:
    box.show_lines(LINES, "schwab", stood_in=False)
    found = seconds(box)
    assert list(found) == ["None: wait for it", "Schwab\tneeds a log-in"]
    assert [action.isChecked() for action in found.values()] == [False, True]
    asked = QSignalSpy(box.second_requested)
    found["None: wait for it"].trigger()
    assert asked[0] == [""]


def test_nothing_stands_in_for_a_simulated_market(box: ProviderBox) -> None:
    box.show_lines([line._replace(chosen=line.id == "sim") for line in LINES], "", stood_in=False)
    menu = actions(box)["When it fails, go on with"].menu()
    assert menu is not None
    assert not menu.isEnabled()


def test_the_way_back_is_offered_after_a_take_over_only(box: ProviderBox) -> None:
    box.show_lines(LINES, "schwab", stood_in=False)
    assert "Use Polygon again" not in actions(box)
    box.show_lines(LINES, "schwab", stood_in=True)
    asked = QSignalSpy(box.use_first_requested)
    actions(box)["Use Polygon again"].trigger()
    assert len(asked) == 1


def test_what_comes_from_outside_is_shown_as_it_is(box: ProviderBox) -> None:
    assert box.show_provider("<b>R&D</b>", "up", "a <i>word</i>")
    assert box.text() == "<b>R&D</b>"
    assert "&lt;i&gt;" in box.toolTip()
    box.show_lines([LINES[1]._replace(title="R&D", told="a\tb")], "", stood_in=False)
    assert "R&&D\ta b" in actions(box)


def test_without_room_the_dot_stays(box: ProviderBox) -> None:
    box.show_provider("Polygon", "up", "connected")
    wide = box.width()
    box.set_named(False)
    assert box.width() < wide
    assert box.accessibleName() == "Provider: Polygon"
    assert not box.show_provider("Polygon", "warning", "reconnecting")
    assert box.dot == "warning"
