"""Numbers as people type them; letters stay the window's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.ui.number_field import NumberField, read_number
from live_monitor.ui.paper_words import grouped, typed_price
from tests.ui.fake_paper import D
from tests.ui.hands import press, type_text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("", None), ("  ", None), ("187.42", D("187.42")), ("$1,250.5", D("1250.5")), (".5", D("0.5")), ("7.", D(7))],
)
def test_number_is_read_as_it_is_meant(typed: str, meant: D | None) -> None:
    assert read_number(typed) == meant


@pytest.mark.parametrize("typed", ["187,42", "1e5", "-3", "nan", "inf", "1.2.3", "12,34,567", "٣"])
def test_what_is_no_number_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        read_number(typed)


@given(st.decimals(min_value=0, max_value=D("9999999.9999"), places=4))
def test_shown_price_reads_back_exactly(value: D) -> None:
    assert read_number(typed_price(value)) == value
    assert read_number(grouped(value)) == value


@pytest.fixture
def field(qtbot: QtBot) -> NumberField:
    """A price field, shown."""
    made = NumberField("Limit price")
    qtbot.addWidget(made)
    made.show()
    return made


def test_typing_is_told_and_what_is_no_number_is_marked(field: NumberField) -> None:
    spy = QSignalSpy(field.edited)
    type_text(field, "187,4")
    assert field.value is None
    assert field.property("refused") is True
    assert "no number" in field.accessibleDescription()
    press(field, Qt.Key.Key_Backspace)
    press(field, Qt.Key.Key_Backspace)
    assert field.property("refused") is False
    assert [field.value] == [D(187)]
    assert len(spy) == 7


@pytest.mark.parametrize(
    ("kind", "start", "key", "shown"),
    [
        ("price", "187.40", Qt.Key.Key_Up, "187.41"),
        ("price", "187.40", Qt.Key.Key_PageDown, "187.30"),
        ("price", "0.5", Qt.Key.Key_Up, "0.5001"),
        ("shares", "1000", Qt.Key.Key_Up, "1,001"),
        ("cash", "10000", Qt.Key.Key_Down, "9,900"),
        ("percent", "1", Qt.Key.Key_Up, "1.10"),
    ],
)
def test_arrow_keys_move_by_a_step_of_the_kind(qtbot: QtBot, kind: str, start: str, key: Qt.Key, shown: str) -> None:
    made = NumberField("x", kind=kind)  # type: ignore[arg-type] # a word of the table above
    qtbot.addWidget(made)
    made.set_value(D(start))
    press(made, key)
    assert made.text() == shown


def test_first_arrow_takes_the_price_of_the_market(field: NumberField) -> None:
    press(field, Qt.Key.Key_Up)
    assert field.text() == ""
    field.origin = D("187.43")
    press(field, Qt.Key.Key_Up)
    assert field.text() == "187.43"


def test_no_step_leads_to_nothing_or_below(field: NumberField) -> None:
    field.set_value(D("0.0001"))
    press(field, Qt.Key.Key_Down)
    assert field.value == D("0.0001")


def test_letters_are_left_to_the_window_and_its_shortcuts(field: NumberField) -> None:
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, "b")
    field.keyPressEvent(key)
    assert not key.isAccepted()
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_S, Qt.KeyboardModifier.NoModifier, "s")
    field.event(override)
    assert not override.isAccepted()
    assert field.text() == ""
    figure = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_5, Qt.KeyboardModifier.NoModifier, "5")
    field.event(figure)
    assert figure.isAccepted(), "figures are the field's: they begin no length of bars"
