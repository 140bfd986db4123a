"""Puts the docks of the main window where they belong, and reads where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PyQt6.QtCore import QByteArray, Qt
from PyQt6.QtGui import QGuiApplication

from live_monitor.ui.layout_state import LAYOUT_VERSION, SavedLayout, clamp_to_screens

if TYPE_CHECKING:
    from live_monitor.ui.main_window import MainWindow


def first_layout(window: MainWindow) -> None:
    """The layout of the first start: watchlist left, tape and order ticket right, tabs and alerts along the bottom."""
    side, bottom = Qt.DockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
    window.setCorner(Qt.Corner.BottomLeftCorner, bottom)
    window.setCorner(Qt.Corner.BottomRightCorner, bottom)
    places = (
        (window.watch_dock, side.LeftDockWidgetArea),
        (window.tape_dock, side.RightDockWidgetArea),
        (window.ticket_dock, side.RightDockWidgetArea),
        (window.signal_dock, bottom),
        (window.alert_dock, bottom),
    )
    for dock, area in places:
        dock.setFloating(False)
        window.addDockWidget(area, dock)
        dock.show()
    window.splitDockWidget(window.tape_dock, window.ticket_dock, Qt.Orientation.Vertical)
    window.splitDockWidget(window.signal_dock, window.alert_dock, Qt.Orientation.Horizontal)
    wide, tall = window.width() >= 1_240, window.height() >= 800
    across, upright = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    sides = [196, 272] if wide else [164, 216] if window.width() >= 900 else [148, 180]
    window.resizeDocks([window.watch_dock, window.tape_dock], sides, across)
    # Cost and risk of an order are worth more rows than prints are.
    window.resizeDocks([window.tape_dock, window.ticket_dock], [100, 400], upright)
    alerts = 400 if wide else 300
    window.resizeDocks([window.signal_dock, window.alert_dock], [window.width() - alerts, alerts], across)
    # Where there is little height, the chart needs it more than a list.
    window.resizeDocks([window.signal_dock], [224 if tall else 172 if window.height() >= 640 else 124], upright)


class _Table(Protocol):
    def column_widths(self) -> list[int]: ...
    def set_column_widths(self, widths: list[int], /) -> None: ...


def _tables(window: MainWindow) -> dict[str, _Table]:
    """Tables whose columns are kept, by the name they are kept under."""
    return {"entries": window.entries, "exits": window.exits, "providers": window.providers, **window.trade.tables}


def read_layout(window: MainWindow) -> SavedLayout:
    """Where everything is now; of a maximised window, where it would go back to."""
    grown = window.isMaximized() or window.isFullScreen()
    return SavedLayout(
        docks=window.saveState(LAYOUT_VERSION).data(),
        geometry=window.normalGeometry() if grown else window.geometry(),
        maximized=window.isMaximized(),
        tab=_open_tab(window),
        columns={name: table.column_widths() for name, table in _tables(window).items()},
    )


def apply_layout(window: MainWindow, layout: SavedLayout) -> bool:
    """Takes a checked layout, moved onto the screens of today; False, with the first layout, when Qt refuses it."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    window.setGeometry(clamp_to_screens(layout.geometry, screens))
    if not window.restoreState(QByteArray(layout.docks), LAYOUT_VERSION):
        first_layout(window)
        return False
    for dock in window.docks:
        if dock.isFloating():
            dock.setGeometry(clamp_to_screens(dock.geometry(), screens))
    if layout.maximized:
        window.setWindowState(Qt.WindowState.WindowMaximized)
    for name, table in _tables(window).items():
        table.set_column_widths(layout.columns.get(name, []))
    for number in range(window.tabs.count()):
        page = window.tabs.widget(number)
        if page is not None and page.objectName() == layout.tab:
            window.tabs.setCurrentIndex(number)
    return True


def _open_tab(window: MainWindow) -> str:
    """By its name: with other tabs beside it its number would be another one."""
    page = window.tabs.currentWidget()
    return page.objectName() if page is not None else ""
