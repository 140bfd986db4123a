"""Themes, clocks and hubs for the widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.theme import Theme, apply_theme, load_theme
from tests.looks import same_looks
from tests.ui.fake_hub import FakeHub, fake_hub


@pytest.fixture(autouse=True)
def no_quit_by_last_window(qapp: QApplication) -> None:
    """As in the desktop: else a window closed inside a nested loop ends every later loop of the process at once."""
    qapp.setQuitOnLastWindowClosed(False)


@pytest.fixture(autouse=True)
def looks_given_back(qapp: QApplication) -> Iterator[None]:
    """Font, palette and style sheet are the application's: left in force, they change sizes in every later test."""
    with same_looks(qapp):
        yield


@pytest.fixture(params=["dark", "light"])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Theme:
    """Each of the two themes, in force."""
    chosen = load_theme(request.param)
    apply_theme(qapp, chosen)
    return chosen


@pytest.fixture
def dark(qapp: QApplication) -> Theme:
    """The dark theme, in force, where the colours do not matter."""
    chosen = load_theme("dark")
    apply_theme(qapp, chosen)
    return chosen


@pytest.fixture
def hub(manual_clock: ManualClock) -> FakeHub:
    """10:00 New York, a live, simulated link, AAPL in focus."""
    return fake_hub(manual_clock)


@pytest.fixture
def window(qtbot: QtBot, dark: Theme, manual_clock: ManualClock) -> MainWindow:
    """The main window, shown."""
    made = MainWindow(dark, manual_clock)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def picture() -> Callable[[QWidget], QImage]:
    """Takes a picture of a widget as it is painted now."""

    def take(widget: QWidget) -> QImage:
        return widget.grab().toImage()

    return take
