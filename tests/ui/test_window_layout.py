"""Where the panels stand: at first, after a restart, after damage."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import FakeHub


def test_first_start_shows_every_panel(window: MainWindow) -> None:
    assert window.size().width() == 1440
    assert all(dock.isVisible() and not dock.isFloating() for dock in window.docks)
    left, right = window.watch_dock.geometry(), window.tape_dock.geometry()
    lower, alerts = window.signal_dock.geometry(), window.alert_dock.geometry()
    assert left.right() < window.ticker_panel.mapTo(window, window.ticker_panel.rect().topLeft()).x()
    assert right.left() > 1000
    assert lower.top() > left.bottom()
    assert alerts.left() > lower.right()
    ticket = window.ticket_dock.geometry()
    assert (ticket.left(), ticket.right()) == (right.left(), right.right())
    assert right.bottom() < ticket.top() < ticket.bottom() < lower.top()
    titles = [window.tabs.tabText(index) for index in range(window.tabs.count())]
    assert titles == [
        "Entries",
        "Exits",
        "Orders",
        "Fills",
        "Positions",
        "Account",
        "Broker",
        "Journal",
        "Providers",
        "Quarrel",
        "Log",
    ]
    assert abs(alerts.right() - right.right()) <= 1


def test_no_panel_lies_under_its_title(window: MainWindow) -> None:
    for dock in window.docks:
        content, title = dock.widget(), dock.titleBarWidget()
        assert content is not None
        assert title is not None
        assert content.geometry().top() >= title.geometry().bottom() + 1


def test_small_window_needs_no_sideways_scrolling(window: MainWindow, hub: FakeHub) -> None:
    window.resize(1024, 700)
    window.reset_layout()
    for table in (window.entries, window.exits):
        window.show_tab(table)
        QApplication.processEvents()
        bar = table.view.horizontalScrollBar()
        assert bar is not None
        assert bar.maximum() == 0


def test_the_smallest_window_leaves_room_for_symbols_and_for_the_chart(window: MainWindow) -> None:
    window.resize(800, 560)
    window.reset_layout()
    QApplication.processEvents()
    assert window.watchlist.width() >= 140
    assert window.stage.height() >= 140
    assert window.ticker_panel.width() >= 440


def test_layout_comes_back(qtbot: QtBot, window: MainWindow, dark: Theme, manual_clock: ManualClock) -> None:
    window.tape_dock.hide()
    window.tabs.setCurrentIndex(2)
    window.entries.set_column_widths([111, 90, 80, 200, 70, 150])
    saved = window.layout_state()
    other = MainWindow(dark, manual_clock)
    qtbot.addWidget(other)
    assert other.restore_layout(saved)
    other.show()
    assert not other.tape_dock.isVisible()
    assert other.watch_dock.isVisible()
    assert other.tabs.currentIndex() == 2
    assert other.entries.column_widths()[0] == 111


def test_the_open_tab_is_kept_by_its_name_and_not_by_its_place(window: MainWindow) -> None:
    window.show_tab(window.log_panel)
    saved = window.layout_state()
    assert saved["tab"] == "log"
    window.show_tab(window.entries)
    window.tabs.removeTab(window.tabs.indexOf(window.quarrel))
    assert window.restore_layout(saved)
    assert window.tabs.currentWidget() is window.log_panel


def test_a_layout_of_the_version_before_providers_opens_the_tab_that_was_open(window: MainWindow) -> None:
    """It had eight tabs, and kept the number of the open one: 6 was the journal, 7 the log."""
    saved = window.layout_state()
    for number, page in ((6, window.trade.journal), (7, window.log_panel), (3, window.trade.fills)):
        assert window.restore_layout(saved | {"tab": number})
        assert window.tabs.currentWidget() is page


def test_a_tab_that_is_not_there_leaves_the_open_one(window: MainWindow) -> None:
    window.show_tab(window.exits)
    assert window.restore_layout(window.layout_state() | {"tab": "of a later version"})
    assert window.tabs.currentWidget() is window.exits


def test_short_titles_of_tabs_are_read_out_in_full(window: MainWindow) -> None:
    bar = window.tabs.tabBar()
    assert bar is not None
    names = {bar.tabText(at): bar.accessibleTabName(at) for at in range(bar.count())}
    assert names["Entries"] == "Entry signals"
    assert names["Exits"] == "Exit signals"
    assert all(names.values())


@pytest.mark.parametrize("width", [1_440, 1_024])
def test_every_tab_is_seen_without_scrolling(window: MainWindow, width: int) -> None:
    window.resize(width, 700)
    window.reset_layout()
    QApplication.processEvents()
    bar = window.tabs.tabBar()
    assert bar is not None
    # With less room than that Qt puts arrows beside them.
    assert bar.sizeHint().width() <= window.tabs.width()


def test_damaged_layout_changes_nothing(window: MainWindow) -> None:
    """Faults U13."""
    before = window.layout_state()
    saved = window.layout_state()
    docks = saved["docks"]
    saved["docks"] = docks[:40] + ("B" if docks[40] != "B" else "C") + docks[41:]
    assert not window.restore_layout(saved)
    assert not window.restore_layout({})
    assert not window.restore_layout({"version": 1, "geometry": [50_000, 50_000, 0, 0]})
    assert window.layout_state() == before


def test_a_layout_of_the_version_without_orders_is_not_used(window: MainWindow) -> None:
    """It knows no place for the ticket: Qt would put it anywhere, or nowhere."""
    saved = window.layout_state()
    before = window.layout_state()
    saved["version"] = 1
    assert not window.restore_layout(saved)
    assert window.layout_state() == before


def test_columns_of_the_tables_of_orders_come_back(
    qtbot: QtBot, window: MainWindow, dark: Theme, manual_clock: ManualClock
) -> None:
    widths = {name: table.column_widths() for name, table in window.trade.tables.items()}
    widths["orders"][1] += 33
    window.trade.orders.set_column_widths(widths["orders"])
    other = MainWindow(dark, manual_clock)
    qtbot.addWidget(other)
    assert other.restore_layout(window.layout_state())
    assert {name: table.column_widths() for name, table in other.trade.tables.items()} == widths


def test_lost_window_comes_back_to_the_screen(window: MainWindow) -> None:
    saved = window.layout_state()
    saved["geometry"] = [50_000, 50_000, 0, 0]
    assert window.restore_layout(saved)
    screen = QApplication.primaryScreen()
    assert screen is not None
    assert screen.availableGeometry().intersects(window.geometry())


def test_reset_brings_hidden_and_floating_panels_back(window: MainWindow) -> None:
    window.tape_dock.hide()
    window.alert_dock.setFloating(True)
    window.actions_by_name["reset_layout"].trigger()
    assert all(dock.isVisible() and not dock.isFloating() for dock in window.docks)
