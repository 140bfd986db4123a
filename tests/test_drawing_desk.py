"""Drawings by menu and key; kept by symbol, and found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from live_monitor.ui.chart_commands import TOOLS
from live_monitor.ui.charts.drawings.controller import ChartDrawings
from live_monitor.ui.charts.pointer import MenuPoint
from tests.ui.hands import press
from tests.whole_desk import NOW, WholeDesk

POINT = MenuPoint(QPoint(), NOW, 103.0, "price")


def drawings(whole: WholeDesk) -> ChartDrawings:
    return whole.chart.chart.drawings


def drawn(whole: WholeDesk) -> list[tuple[str, float]]:
    return [(drawing.kind, drawing.anchors[0].price) for drawing in drawings(whole).easel.book.drawings]


@pytest.mark.parametrize("number", range(len(TOOLS)))
def test_alt_and_a_figure_take_a_tool_wherever_the_keyboard_is(whole: WholeDesk, number: int) -> None:
    name = list(TOOLS)[number]
    whole.window.activateWindow()
    whole.window.watchlist.view.setFocus()
    press(whole.window.watchlist.view, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.AltModifier)
    assert drawings(whole).tool == name
    assert whole.window.actions_by_name[f"tool_{name}"].isChecked()
    assert whole.window.tool_bar.chart.draw.isChecked() == (name != "pointer")
    if number:
        # From here on it is drawn with arrows and Enter.
        assert whole.window.focusWidget() is whole.chart.chart


def test_a_tool_that_is_put_down_at_the_chart_is_marked_so(whole: WholeDesk) -> None:
    whole.wishes.tool_requested.emit("trend")
    press(whole.chart.chart, Qt.Key.Key_Escape)
    assert whole.window.actions_by_name["tool_pointer"].isChecked()
    assert not whole.window.tool_bar.chart.draw.isChecked()


def test_a_line_is_drawn_by_keys_alone(whole: WholeDesk) -> None:
    whole.wishes.tool_requested.emit("trend")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Return):
        press(whole.chart.chart, key)
    (line,) = drawings(whole).easel.book.drawings
    assert line.kind == "trend"
    assert line.anchors[0].ms - line.anchors[1].ms == 120_000


def test_steps_can_be_taken_back_and_again_only_where_there_are_any(whole: WholeDesk) -> None:
    undo, redo = (whole.window.actions_by_name[name] for name in ("undo", "redo"))
    assert (undo.isEnabled(), redo.isEnabled()) == (False, False)
    whole.wishes.line_requested.emit("horizontal", POINT)
    assert (undo.isEnabled(), redo.isEnabled()) == (True, False)
    undo.trigger()
    assert drawn(whole) == []
    assert (undo.isEnabled(), redo.isEnabled()) == (False, True)
    redo.trigger()
    assert drawn(whole) == [("horizontal", 103.0)]
    whole.window.actions_by_name["clear_drawings"].trigger()
    assert drawn(whole) == []
    undo.trigger()
    assert drawn(whole) == [("horizontal", 103.0)]


def test_each_symbol_has_its_own_drawings_also_after_a_restart(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    first = WholeDesk(tmp_path, qapp)
    first.open(qtbot)
    first.wishes.line_requested.emit("horizontal", POINT)
    first.window.symbol_requested.emit("BRK.B")
    assert drawn(first) == []
    first.wishes.line_requested.emit("vertical", POINT._replace(price=55.0))
    first.window.symbol_requested.emit("AAPL")
    assert drawn(first) == [("horizontal", 103.0)]
    first.wishes.line_requested.emit("horizontal", POINT._replace(price=104.0))
    # At once the end comes: the last line was drawn less than half a second ago.
    first.close(qtbot)
    second = WholeDesk(tmp_path, qapp)
    second.open(qtbot)
    assert drawn(second) == [("horizontal", 103.0), ("horizontal", 104.0)]
    second.window.symbol_requested.emit("BRK.B")
    assert drawn(second) == [("vertical", 55.0)]
    second.close(qtbot)


def test_the_magnet_is_one_switch_for_menu_and_chart(whole: WholeDesk) -> None:
    whole.window.actions_by_name["magnet"].trigger()
    assert drawings(whole).magnet
    assert whole.desktop.settings.chart.magnet
    drawings(whole).set_magnet(False)
    assert not whole.window.actions_by_name["magnet"].isChecked()
    assert not whole.desktop.settings.chart.magnet


def test_all_drawings_are_listed_on_a_page_that_opens_once(whole: WholeDesk) -> None:
    whole.wishes.line_requested.emit("horizontal", POINT)
    for _ in range(2):
        whole.window.actions_by_name["drawings"].trigger()
    (page,) = [dialog for dialog in whole.window.findChildren(QDialog) if dialog.isVisible()]
    assert page.windowTitle() == "Drawings"
    assert not page.isModal()
    page.close()


def test_a_damaged_file_is_told_kept_aside_and_what_is_sound_shown(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    first = WholeDesk(tmp_path, qapp)
    first.open(qtbot)
    first.wishes.line_requested.emit("horizontal", POINT)
    first.wishes.line_requested.emit("horizontal", POINT._replace(price=104.0))
    first.close(qtbot)
    (file,) = (tmp_path / "drawings").iterdir()
    damaged = file.read_bytes().replace(b'"horizontal"', b'"no such kind"', 1)
    file.write_bytes(damaged)
    second = WholeDesk(tmp_path, qapp)
    second.open(qtbot)
    assert drawn(second) == [("horizontal", 104.0)]
    assert any("AAPL" in line for line in second.told)
    second.wishes.line_requested.emit("horizontal", POINT._replace(price=105.0))
    second.close(qtbot)
    assert damaged in {each.read_bytes() for each in (tmp_path / "drawings").iterdir()}
