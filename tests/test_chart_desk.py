"""Wishes about the chart reach it, are marked, and are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QAction, QContextMenuEvent
from PyQt6.QtTest import QSignalSpy, QTest
from PyQt6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from live_monitor.chart_settings import ChartSettings
from live_monitor.settings import Settings, SettingsStore
from live_monitor.ui.chart_commands import KINDS, SCALE_NAMES, TOOLS
from live_monitor.ui.chart_menu import ChartMenu, cents
from live_monitor.ui.charts.pointer import MenuPoint
from live_monitor.ui.charts.wall_clock import NEW_YORK
from live_monitor.ui.number_format import format_price
from live_monitor.ui.price_alerts_dialog import PriceAlertsDialog
from tests.ui.hands import press, type_text
from tests.whole_desk import NOW, WholeDesk

POINT = MenuPoint(QPoint(400, 300), NOW, 103.4567, "price", 300.0, 200.0)


def action(whole: WholeDesk, name: str) -> QAction:
    return whole.window.actions_by_name[name]


def kept(whole: WholeDesk) -> ChartSettings:
    """What the settings file holds once it has been written."""
    whole.keeper.save_now()
    return SettingsStore(whole.store.path).load().settings.chart


def picture(whole: WholeDesk) -> Any:
    return whole.chart.chart.image()


@pytest.mark.parametrize("name", [name for name in KINDS if name != "candles"])
def test_a_chart_type_changes_the_picture_is_marked_and_kept(whole: WholeDesk, name: str) -> None:
    before = picture(whole)
    action(whole, f"kind_{name}").trigger()
    assert picture(whole) != before
    assert action(whole, f"kind_{name}").isChecked()
    assert not action(whole, "kind_candles").isChecked()
    assert KINDS[name].text.replace("&", "") in whole.window.tool_bar.chart.kind.accessibleName()
    assert kept(whole).kind == name


@pytest.mark.parametrize("name", [name for name in SCALE_NAMES if name != "linear"])
def test_a_scale_changes_the_picture_and_is_kept(whole: WholeDesk, name: str) -> None:
    before = picture(whole)
    action(whole, f"scale_{name}").trigger()
    assert picture(whole) != before
    assert kept(whole).scale == name


def test_switches_change_the_picture_and_are_kept(whole: WholeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = picture(whole)
    action(whole, "volume").trigger()
    assert picture(whole) != before
    action(whole, "local_time").trigger()
    assert (kept(whole).volume, kept(whole).local_time) == (False, True)


def test_the_next_start_looks_as_the_last_one_ended(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    chart = ChartSettings(kind="line", scale="log", volume=False, magnet=True, compare="SPY", local_time=True)
    chart.studies = [{"id": "rsi-1", "kind": "rsi"}]
    chart.pane_heights = {"rsi-1": 0.3}
    whole = WholeDesk(tmp_path, qapp, Settings(chart=chart))
    for name in ("kind_line", "scale_log", "magnet", "local_time"):
        assert action(whole, name).isChecked(), name
    whole.open(qtbot)
    whole.stream("AAPL", [100.0 + number for number in range(30)])
    candles = whole.chart.chart
    assert candles.pane_heights() == {"rsi-1": pytest.approx(0.3)}
    assert (candles._state.kind, candles._state.scale_mode) == ("line", "log")
    assert candles._state.panes.volume.height == 0
    assert candles._look.wall is not NEW_YORK
    assert candles.drawings.magnet
    assert whole.hub.comparison.wish == "SPY"
    assert [row.label for row in whole.desk.chart.studies.studies] == ["RSI 14"]
    whole.close(qtbot)


def test_heights_that_were_dragged_are_kept_and_a_reset_lets_go_of_them(whole: WholeDesk) -> None:
    whole.chart.chart.pane_heights_changed.emit({"volume": 0.4})
    assert kept(whole).pane_heights == {"volume": 0.4}
    action(whole, "reset_chart").trigger()
    assert kept(whole).pane_heights == {}
    assert whole.chart.chart.pane_heights() == {}


def test_a_reset_brings_back_what_was_seen_at_first(whole: WholeDesk) -> None:
    whole.stream("AAPL", [100.0 + number % 7 for number in range(400)], NOW + 600_000)
    before = picture(whole)
    for key in ("Plus", "Home", "Minus", "Minus", "Plus", "Plus", "Plus"):
        press(whole.chart.chart, _key(key))
    press(whole.chart.chart, _key("Escape"))
    assert picture(whole) != before
    assert not whole.chart.chart.following
    action(whole, "reset_chart").trigger()
    assert whole.chart.chart.following
    assert picture(whole) == before


def test_a_symbol_typed_is_compared_and_can_be_left(whole: WholeDesk) -> None:
    assert not action(whole, "compare_none").isEnabled()
    action(whole, "compare").trigger()
    field = whole.window.comparison
    type_text(field.field, "not a symbol!")
    press(field.field, _key("Return"))
    assert field.isVisible()
    assert field.note.property("refused")
    field.field.clear()
    type_text(field.field, "spy")
    press(field.field, _key("Return"))
    assert not field.isVisible()
    assert whole.hub.compared == "SPY"
    assert kept(whole).compare == "SPY"
    action(whole, "compare_none").trigger()
    assert whole.hub.compared is None
    assert kept(whole).compare == ""


def test_an_alert_at_a_price_is_waited_for_listed_and_removed_by_key(whole: WholeDesk) -> None:
    whole.wishes.alert_requested.emit(120.0)
    assert [(alert.symbol, alert.price) for alert in whole.hub.price_alerts.rows] == [("AAPL", 120.0)]
    whole.hub.price_alerts.add("MSFT", 130.0)
    whole.frame()
    # Those of the symbol on the chart have a line there.
    assert [line.price for line in whole.chart.chart._look.alert_lines] == [120.0]
    whole.hub.price_alerts.remove(whole.hub.price_alerts.rows[1].id)
    action(whole, "price_alerts").trigger()
    page = whole.window.findChild(PriceAlertsDialog)
    assert page is not None
    assert not page.isModal()
    type_text(page.price, "1,250.5")
    press(page.price, _key("Return"))
    whole.frame()
    assert [page.list.item(row).text() for row in range(2)] == ["AAPL at 120.00", "AAPL at 1,250.50"]  # type: ignore[union-attr]  # both are there
    page.list.setCurrentRow(0)
    press(page.list, _key("Delete"))
    whole.frame()
    assert [alert.price for alert in whole.hub.price_alerts.rows] == [1250.5]
    assert [line.price for line in whole.chart.chart._look.alert_lines] == [1250.5]
    page.close()


def test_the_list_of_prices_opens_from_the_panel_that_tells_of_them(whole: WholeDesk) -> None:
    for _ in range(2):
        whole.window.alert_panel.prices_button.click()
    (page,) = whole.window.findChildren(PriceAlertsDialog)
    assert page.isVisible()
    assert "AAPL" in page.price.placeholderText()
    whole.window.symbol_requested.emit("MSFT")
    whole.frame()
    assert "MSFT" in page.price.placeholderText()
    page.close()


def test_the_menu_of_a_place_offers_what_can_be_done_there(whole: WholeDesk) -> None:
    menu = open_menu(whole, POINT)
    texts = [entry.text().replace("&", "") for entry in menu.actions() if entry.text()]
    assert texts[:4] == ["Price alert at 103.46", "Horizontal line here", "Vertical line here", "Copy price 103.46"]
    assert {"Type", "Scale", "Draw", "Export", "Indicators…", "Reset view"} <= set(texts)
    entries = {entry.text(): entry for entry in menu.actions()}
    entries["Price alert at 103.46"].trigger()
    entries["Horizontal line here"].trigger()
    entries["Copy price 103.46"].trigger()
    menu.close()
    assert [alert.price for alert in whole.hub.price_alerts.rows] == [103.46]
    drawn = whole.chart.chart.drawings.easel.book.drawings
    assert [(drawing.kind, drawing.anchors[0].price) for drawing in drawn] == [("horizontal", 103.46)]
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == "103.46"


def test_outside_the_price_pane_no_price_is_offered(whole: WholeDesk) -> None:
    menu = open_menu(whole, POINT._replace(price=float("nan"), pane="volume"))
    texts = [entry.text() for entry in menu.actions()]
    assert not any("price" in text.lower() and "alerts" not in text.lower() for text in texts)
    assert texts[0] == "Vertical line here"
    menu.actions()[0].trigger()
    menu.close()
    assert [drawing.kind for drawing in whole.chart.chart.drawings.easel.book.drawings] == ["vertical"]


def test_the_menu_of_a_drawing_begins_with_what_can_be_done_with_it(whole: WholeDesk, qtbot: QtBot) -> None:
    whole.desk.chart.drawings.draw_line("horizontal", POINT)
    frame = whole.chart.chart.canvas
    assert frame is not None
    whole.chart.chart.image()
    drawings = whole.chart.chart.drawings
    y = drawings.easel.places.frame.scale.y(POINT.price)
    menu = open_menu(whole, POINT._replace(y=float(y)))
    assert "properties" in menu.actions()[0].text()
    menu.close()


def open_menu(whole: WholeDesk, point: MenuPoint) -> ChartMenu:
    whole.desk.chart.show_menu(point)
    menus = [menu for menu in whole.window.findChildren(ChartMenu) if menu.isVisible()]
    assert len(menus) == 1
    return menus[0]


def test_a_right_click_means_the_price_under_the_pointer(whole: WholeDesk) -> None:
    canvas = whole.chart.chart.canvas
    frame = whole.chart.chart.drawings.easel.places.frame
    at = QPoint(200, 60)
    mouse: Any = QTest
    mouse.mouseClick(canvas.viewport(), Qt.MouseButton.RightButton, pos=at)
    (menu,) = [menu for menu in whole.window.findChildren(ChartMenu) if menu.isVisible()]
    meant = cents(frame.scale.price_at(at.y() * canvas.devicePixelRatioF()))
    assert menu.actions()[0].text() == f"Price alert at {format_price(meant)}"
    menu.close()


def test_the_menu_key_opens_the_menu_at_the_crosshair(whole: WholeDesk) -> None:
    chart = whole.chart.chart
    chart.setFocus()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), chart.mapToGlobal(QPoint()))
    QApplication.sendEvent(chart, event)
    (menu,) = [menu for menu in whole.window.findChildren(ChartMenu) if menu.isVisible()]
    # The newest close.
    assert menu.actions()[0].text() == "Price alert at 109.00"
    menu.close()


def test_every_command_of_the_chart_is_in_the_palette_by_a_name_of_its_own(whole: WholeDesk) -> None:
    window = whole.window
    window.open_palette()
    rows = window.palette_box.list
    texts = [item.text() for row in range(rows.count()) if (item := rows.item(row)) is not None]
    assert len(set(texts)) == len(texts)
    for wanted in ("Chart type: Heikin-Ashi", "Scale: Percent", "Draw: Fibonacci retracement", "Add indicator: MACD",
                   "Export bars and indicators", "Price alerts", "Compare with a symbol"):  # fmt: skip
        assert any(text.startswith(wanted) for text in texts), wanted


def test_wishes_before_the_chart_is_there_are_kept_for_it(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    whole = WholeDesk(tmp_path, qapp)
    for name in action_names(whole):
        if name not in {"quit", "full_screen", "replay", "connect", "workbook", "about", "legend", "history"}:
            action(whole, name).trigger()
    assert [dialog for dialog in whole.window.findChildren(QDialog) if dialog.isVisible()] == []
    assert whole.desktop.settings.chart.kind == list(KINDS)[-1]
    whole.open(qtbot)
    assert action(whole, f"kind_{list(KINDS)[-1]}").isChecked()
    assert action(whole, "tool_pointer").isChecked()
    whole.close(qtbot)


def action_names(whole: WholeDesk) -> list[str]:
    return list(whole.window.actions_by_name.by_name)


def test_tools_and_settings_names_agree_with_those_of_the_chart() -> None:
    from live_monitor.ui.charts.drawings.words import SHORTCUTS, title_of

    assert list(TOOLS) == list(SHORTCUTS)
    assert [named.text.replace("&", "") for named in TOOLS.values()] == [title_of(name) for name in TOOLS]


def test_a_theme_repaints_the_icons_of_the_menus(whole: WholeDesk) -> None:
    before = action(whole, "kind_line").icon().pixmap(16, 16).toImage()
    spy = QSignalSpy(whole.window.theme_requested)
    action(whole, "theme_light").trigger()
    assert len(spy) == 1
    assert action(whole, "kind_line").icon().pixmap(16, 16).toImage() != before


def _key(name: str) -> Any:
    from PyQt6.QtCore import Qt

    return getattr(Qt.Key, f"Key_{name}")


def test_nothing_turns_on_the_chart_when_motion_is_not_wanted(qtbot: QtBot, tmp_path: Path, qapp: QApplication) -> None:
    whole = WholeDesk(tmp_path, qapp, Settings(reduce_motion=True))
    whole.open(qtbot)
    assert whole.chart.chart._look.reduce_motion
    whole.window.reduce_motion_requested.emit(False)
    assert not whole.chart.chart._look.reduce_motion
    whole.close(qtbot)
