"""The list of prices that are waited for."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.engine.signals.price_alerts import PriceAlert
from live_monitor.ui.price_alerts_dialog import PriceAlertsDialog
from live_monitor.ui.theme import Theme
from tests.ui.hands import click, press, type_text

ROWS = (
    PriceAlert("a", "AAPL", 187.5, "", -1),
    PriceAlert("b", "BRK.B", 0.0042, "a note", 1),
    PriceAlert("c", "SPY", 1_234.5),
)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> PriceAlertsDialog:
    """With three alerts, AAPL in focus."""
    made = PriceAlertsDialog("AAPL")
    qtbot.addWidget(made)
    made.show_rows(ROWS)
    made.show()
    qtbot.waitExposed(made)
    return made


def texts(page: PriceAlertsDialog) -> list[str]:
    return [item.text() for row in range(page.list.count()) if (item := page.list.item(row)) is not None]


def test_a_row_says_what_is_waited_for(page: PriceAlertsDialog) -> None:
    assert texts(page) == ["AAPL rises to 187.50", "BRK.B falls to 0.0042 · a note", "SPY at 1,234.50"]
    assert not page.isModal()


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_takes_the_row_in_hand_and_the_next_one_comes_into_it(page: PriceAlertsDialog, key: Qt.Key) -> None:
    removed = QSignalSpy(page.removed)
    page.list.setCurrentRow(1)
    press(page.list, key)
    assert [removed[0][0], len(removed)] == ["b", 1]
    page.show_rows((ROWS[0], ROWS[2]))
    assert page.list.currentRow() == 1
    click(page.remove_button)
    assert removed[1][0] == "c"


def test_the_row_in_hand_stays_in_hand_when_one_above_it_fires(page: PriceAlertsDialog) -> None:
    page.list.setCurrentRow(1)
    page.show_rows(ROWS[1:])
    removed = QSignalSpy(page.removed)
    press(page.list, Qt.Key.Key_Delete)
    assert removed[0][0] == "b"


def test_rows_that_did_not_change_leave_the_list_alone(page: PriceAlertsDialog) -> None:
    page.list.setCurrentRow(2)
    first = page.list.item(0)
    page.show_rows(list(ROWS))
    assert page.list.item(0) is first
    assert page.list.currentRow() == 2


def test_without_alerts_it_says_how_to_place_one(page: PriceAlertsDialog) -> None:
    page.show_rows(())
    assert not page.list.isVisible()
    assert page.empty.isVisible()
    assert not page.remove_button.isEnabled()


@pytest.mark.parametrize(
    ("typed", "price"),
    [
        ("187.42", 187.42),
        ("$1,250.5", 1250.5),
        (" 0.0031 ", 0.0031),
        ("1,234,567", 1_234_567.0),
        (".5", 0.5),
        ("12.", 12.0),
    ],
)
def test_a_typed_price_is_of_the_symbol_in_focus(page: PriceAlertsDialog, typed: str, price: float) -> None:
    added = QSignalSpy(page.added)
    page.set_symbol("TSLA")
    type_text(page.price, typed)
    press(page.price, Qt.Key.Key_Return)
    assert [list(row) for row in added] == [["TSLA", price, ""]]  # type: ignore[attr-defined]  # a spy is a sequence
    assert page.price.text() == ""


def test_a_note_goes_with_its_price(page: PriceAlertsDialog) -> None:
    added = QSignalSpy(page.added)
    type_text(page.price, "190")
    type_text(page.remark, " the old high ")
    press(page.remark, Qt.Key.Key_Return)
    assert list(added[0]) == ["AAPL", 190.0, "the old high"]
    assert (page.price.text(), page.remark.text()) == ("", "")
    assert page.focusWidget() is page.price


@pytest.mark.parametrize(
    "typed", ["", "high", "1.2.3", "nan", "inf", "-5", "0", "187,42", "1,25", "1_000", "1e3", "1,2345", "$"]
)
def test_what_is_no_price_is_said_in_place(page: PriceAlertsDialog, typed: str) -> None:
    added = QSignalSpy(page.added)
    type_text(page.price, typed)
    press(page.price, Qt.Key.Key_Return)
    assert len(added) == 0
    assert "187.42" in page.note.text()
    assert page.price.accessibleDescription() == page.note.text()
    type_text(page.price, "1")
    assert page.price.accessibleDescription() == ""


def test_enter_on_a_row_brings_its_symbol_to_the_chart(page: PriceAlertsDialog) -> None:
    asked = QSignalSpy(page.symbol_requested)
    page.list.setCurrentRow(1)
    page.list.setFocus()
    press(page.list, Qt.Key.Key_Return)
    assert [asked[0][0], page.isVisible()] == ["BRK.B", True]


def test_everything_has_a_name_and_text_from_outside_stays_text(page: PriceAlertsDialog) -> None:
    for widget in page.findChildren(QWidget):
        if isinstance(widget, QLineEdit | QListWidget | QAbstractButton) and not widget.objectName().startswith("qt_"):
            assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget
        if isinstance(widget, QLabel):
            assert widget.textFormat() is Qt.TextFormat.PlainText


def test_tab_goes_from_the_price_to_the_list_and_round(page: PriceAlertsDialog) -> None:
    page.price.setFocus()
    met = []
    for _ in range(6):
        widget = page.focusWidget()
        met.append(widget)
        press(widget, Qt.Key.Key_Tab)
    assert met == [page.price, page.remark, page.add_button, page.remove_button, page.close_button, page.list]
