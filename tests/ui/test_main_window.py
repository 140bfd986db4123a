"""The window as a whole: what it asks, what it keeps, where the keyboard goes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QRect, Qt, pyqtBoundSignal
from PyQt6.QtGui import QAction, QImage
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.status import LinkStatus
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.theme import Theme, apply_theme, load_theme
from tests.ui.fake_hub import TEN, FakeHub, FakeState, entry, print_row
from tests.ui.hands import click, press


class FakeChart(QWidget):
    """Counts what the window tells a chart."""

    def __init__(self) -> None:
        super().__init__()
        self.refreshed: list[int] = []
        self.theme_name = ""

    def refresh(self, hub: object, now_ms: int) -> None:
        self.refreshed.append(now_ms)

    def set_theme(self, theme: Theme) -> None:
        self.theme_name = theme.name


def test_wishes_leave_as_signals(qtbot: QtBot, window: MainWindow) -> None:
    window.set_watchlist(["AAPL", "MSFT"])
    wishes: tuple[tuple[pyqtBoundSignal, Callable[[], object], list[object]], ...] = (
        (window.symbol_requested, lambda: window.watchlist.symbol_requested.emit("MSFT"), ["MSFT"]),
        (window.symbol_requested, lambda: window.step_watchlist(1), ["AAPL"]),
        (window.watch_added, lambda: window.watchlist.symbol_added.emit("SPY"), ["SPY"]),
        (window.watch_removed, lambda: window.watchlist.symbol_removed.emit("SPY"), ["SPY"]),
        (window.bar_requested, lambda: window.exits.bar_requested.emit(TEN), [TEN]),
        (window.bar_requested, lambda: window.alert_panel.bar_requested.emit(TEN), [TEN]),
        (window.timeframe_requested, window.tool_bar.timeframes.buttons["1s"].click, ["1s"]),
        (window.timeframe_requested, window.actions_by_name["bars_1D"].trigger, ["1D"]),
        (window.extended_requested, window.tool_bar.timeframes.extended.click, [False]),
        (window.extended_requested, window.actions_by_name["extended"].trigger, [False]),
        (window.history_requested, window.actions_by_name["history"].trigger, []),
        (window.theme_requested, window.actions_by_name["theme_light"].trigger, ["light"]),
        (window.colour_blind_safe_requested, window.actions_by_name["colour_blind_safe"].trigger, [True]),
        (window.reduce_motion_requested, window.actions_by_name["reduce_motion"].trigger, [True]),
        (window.simulated_requested, window.actions_by_name["simulated"].trigger, []),
        (window.replay_requested, window.actions_by_name["replay"].trigger, []),
        (window.provider_requested, window.actions_by_name["connect"].trigger, []),
    )
    for signal, act, expected in wishes:
        with qtbot.waitSignal(signal, timeout=10_000) as asked:
            act()
        assert asked.args == expected


def test_64_bit_times_pass_unharmed(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.bar_requested, timeout=10_000) as asked:
        window.entries.bar_requested.emit(4_102_444_799_999)
    assert asked.args == [4_102_444_799_999]


def test_refresh_shows_the_session(window: MainWindow, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.states["AAPL"].received = manual_clock.monotonic()
    window.refresh(hub, TEN)
    session = window.tool_bar.session
    assert session.clock_text == "10:00:00"
    assert session.pill.text == "SIMULATED"
    assert window.tool_bar.switcher.symbol == "AAPL"
    assert window.windowTitle() == "AAPL – Live Monitor"
    assert window.tool_bar.provider.text() == "Simulated market"


def test_pill_turns_when_the_link_dies(window: MainWindow, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.states["AAPL"].received = manual_clock.monotonic()
    window.refresh(hub, TEN)
    hub.link = LinkStatus("retrying", attempt=1, message="Connection refused.")
    window.refresh(hub, TEN)
    assert window.tool_bar.session.pill.text == "RETRYING"
    assert window.tool_bar.session.toolTip() == "<qt>Connection refused.</qt>"


def test_silence_shows_on_panel_and_pill_alike(window: MainWindow, hub: FakeHub, manual_clock: ManualClock) -> None:
    """Faults F6."""
    hub.states["AAPL"].received = manual_clock.monotonic()
    hub.flow = "stale"
    manual_clock.advance(9)
    window.refresh(hub, TEN)
    assert window.tool_bar.session.pill.text == "STALE 9 s"
    assert window.ticker_panel.figures.note == "last update 9 s ago"


def test_heartbeat_asks_for_a_frame_every_second_and_nothing_else_does(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.pacer.frames >= 1 and not window.pacer.armed, timeout=10_000)
    before = window.pacer.frames
    with qtbot.waitSignal(window.pacer.frame, timeout=10_000):
        pass
    assert window.pacer.frames == before + 1


def test_tick_is_timed_to_the_paint_of_the_price(
    qtbot: QtBot, window: MainWindow, hub: FakeHub, manual_clock: ManualClock
) -> None:
    hub.states["AAPL"].received = manual_clock.monotonic()
    window.refresh(hub, TEN)
    with qtbot.waitSignal(window.ticker_panel.painted, timeout=10_000):
        window.ticker_panel.update()
    window.pacer.reset_stats()
    window.pacer.note_tick(manual_clock.monotonic())
    hub.states["AAPL"].set(last=188.0)
    manual_clock.advance(0.012)
    with qtbot.waitSignal(window.ticker_panel.painted, timeout=10_000):
        window.refresh(hub, TEN)
    assert window.pacer.tick_to_paint.max_ms == pytest.approx(12.0)
    window.pacer.note_tick(manual_clock.monotonic())
    window.refresh(hub, TEN)
    window.pacer.note_painted()
    assert window.pacer.tick_to_paint.count == 1


def test_chart_is_put_in_later(window: MainWindow, hub: FakeHub) -> None:
    window.refresh(hub, TEN)
    chart = FakeChart()
    window.set_chart(chart)
    assert chart.isVisible()
    window.refresh(hub, TEN + 5)
    window.set_theme(load_theme("light"))
    assert chart.refreshed == [TEN + 5]
    assert chart.theme_name == "light"


def test_empty_state_offers_three_ways(qtbot: QtBot, window: MainWindow) -> None:
    window.stage.show_empty_state(True)
    buttons = {button.text(): button for button in window.stage.empty_state.findChildren(QAbstractButton)}
    assert set(buttons) == {"Simulated market", "Replay a session", "Connect a provider"}
    for text, signal in (
        ("Simulated market", window.simulated_requested),
        ("Replay a session", window.replay_requested),
        ("Connect a provider", window.provider_requested),
    ):
        with qtbot.waitSignal(signal, timeout=10_000):
            click(buttons[text])
    chart = FakeChart()
    window.set_chart(chart)
    assert not chart.isVisible()
    window.stage.show_empty_state(False)
    assert chart.isVisible()


def test_closing_hides_at_once_and_says_so(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.closed, timeout=10_000):
        window.close()
    assert not window.isVisible()
    window.pacer.request()
    assert not window.pacer.armed


def test_minimised_window_paints_nothing(window: MainWindow) -> None:
    window.setWindowState(Qt.WindowState.WindowMinimized)
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.WindowStateChange))
    window.pacer.request()
    assert not window.pacer.armed
    window.setWindowState(Qt.WindowState.WindowNoState)
    QCoreApplication.sendEvent(window, QEvent(QEvent.Type.WindowStateChange))
    assert window.pacer.armed
    window.pacer.stop()


def test_everything_that_takes_the_keyboard_has_a_name(window: MainWindow) -> None:
    window.stage.show_empty_state(True)
    nameless = []
    for widget in window.findChildren(QWidget):
        interactive = isinstance(widget, QAbstractButton | QLineEdit | QAbstractItemView)
        if not interactive or widget.objectName().startswith("qt_") or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not widget.accessibleName() and not text:
            nameless.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}")
    assert nameless == []


def test_every_dock_and_bar_has_an_object_name(window: MainWindow) -> None:
    names = [dock.objectName() for dock in window.docks] + [window.tool_bar.objectName()]
    assert all(names)
    assert len(set(names)) == len(names)


def test_no_two_commands_share_a_shortcut(window: MainWindow) -> None:
    keys = [action.shortcut().toString() for action in window.findChildren(QAction) if not action.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+K", "Ctrl+L", "Ctrl+Q", "F11"} <= set(keys)


def test_labels_take_text_from_outside_as_plain_text(window: MainWindow) -> None:
    """Faults M13: 0 in HTML labels."""
    window.show_about()
    for label in window.findChildren(QLabel):
        if label.objectName().startswith("qt_") or not label.text():
            continue
        assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
    for dialog in window.findChildren(QDialog):
        assert not dialog.isModal()
        dialog.close()


def test_tooltips_show_markup_as_text(window: MainWindow, hub: FakeHub) -> None:
    """Faults M13."""
    hostile = "<img src=file:///x>"
    hub.link = LinkStatus("failed", message=hostile)
    hub.problems["AAPL"] = hostile
    hub.alert("urgent", hostile)
    hub.add_signal(entry(price=hostile))
    window.set_watchlist(["AAPL"])
    window.refresh(hub, TEN)
    tip = Qt.ItemDataRole.ToolTipRole
    tips = [
        window.tool_bar.session.toolTip(),
        window.watchlist.model.index(0).data(tip),
        window.alert_panel.model.index(0).data(tip),
        window.entries.model.index(0, 2).data(tip),
    ]
    for text in tips:
        assert "&lt;img" in text
        assert "<img" not in text


def test_legend_opens_beside_the_moving_market(window: MainWindow) -> None:
    window.actions_by_name["legend"].trigger()
    legend = next(dialog for dialog in window.findChildren(QDialog) if dialog.windowTitle() == "How trust is painted")
    assert not legend.isModal()
    assert not legend.grab().isNull()
    legend.close()


def test_whole_window_differs_between_themes(window: MainWindow, hub: FakeHub, qapp: QApplication) -> None:
    hub.tape.add(print_row())
    hub.add_signal(entry())
    hub.alert("urgent", "x")
    window.set_watchlist(["AAPL"])
    window.refresh(hub, TEN)
    dark = window.grab().toImage()
    light_theme = load_theme("light")
    apply_theme(qapp, light_theme)
    window.set_theme(light_theme)
    light = window.grab().toImage()
    # Not one area may be left in the colours of the other theme.
    for box in areas(window):
        assert brightness(dark, box) < 90, box
        assert brightness(light, box) > 180, box


def areas(window: MainWindow) -> Iterator[QRect]:
    """Each painted area in coordinates of the window."""
    for widget in (
        window.ticker_panel, window.watchlist.view, window.watchlist, window.tape, window.entries.view,
        window.alert_panel.view, window.alert_panel, window.tool_bar, window.status, window.stage, *window.docks,
    ):  # fmt: skip
        yield QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


def brightness(image: QImage, box: QRect) -> float:
    """Mean brightness, 0 to 255."""
    small = image.copy(box).scaled(1, 1, transformMode=Qt.TransformationMode.SmoothTransformation)
    return float(small.pixelColor(0, 0).lightness())


def test_colour_blind_safe_theme_marks_its_switch(window: MainWindow) -> None:
    window.set_theme(load_theme("dark", colour_blind_safe=True))
    assert window.actions_by_name["colour_blind_safe"].isChecked()
    assert window.actions_by_name["theme_dark"].isChecked()


def test_reduce_motion_reaches_every_panel_that_blinks(window: MainWindow) -> None:
    window.set_reduce_motion(True)
    assert window.ticker_panel.reduce_motion
    assert window.watchlist.model.reduce_motion
    assert window.actions_by_name["reduce_motion"].isChecked()


def test_wrong_symbols_reach_nobody(window: MainWindow, hub: FakeHub) -> None:
    """Faults M13: a hostile symbol is refused wherever it is typed."""
    asked, added = QSignalSpy(window.symbol_requested), QSignalSpy(window.watch_added)
    for text in ("AA\u0000PL", "\ud800", "A\u202eB", "X" * 10_000, "../../x;", "=cmd()", "<img src=file:///x>"):
        for edit in (window.tool_bar.switcher.lineEdit(), window.watchlist.field):
            assert edit is not None
            edit.setMaxLength(20_000)
            edit.setText(text)
            press(edit, Qt.Key.Key_Return)
    hub.states["<b>X</b>"] = FakeState("<b>X</b>")
    window.set_watchlist(["<b>X</b>", "AAPL"])
    assert window.watchlist.symbols() == ["AAPL"]
    assert len(asked) == len(added) == 0


def test_shell_loads_neither_numpy_nor_pandas_nor_pyqtgraph() -> None:
    code = (
        "import sys, live_monitor.ui.main_window;"
        "print([m for m in ('numpy', 'pandas', 'pyqtgraph', 'websockets', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_time_and_sales_says_whose_prints_it_lists(window: MainWindow, hub: FakeHub) -> None:
    title = window.tape_dock.titleBarWidget()
    assert title is not None
    window.refresh(hub, TEN)
    assert [label.text() for label in title.findChildren(QLabel)] == ["Time and sales · Simulated"]
    hub.source = "POLYGON"
    window.refresh(hub, TEN)
    assert [label.text() for label in title.findChildren(QLabel)] == ["Time and sales · Polygon"]
    # Menus go by what the panel is, not by what it shows at present.
    assert window.tape_dock.windowTitle() == "Time and sales"
