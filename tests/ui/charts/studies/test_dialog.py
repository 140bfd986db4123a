"""The page of indicators, by keyboard and by mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.chart_settings import MAX_STUDIES
from live_monitor.engine.signals import study_list
from live_monitor.engine.signals.study import StudyChoice, label_of
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.charts.studies.dialog import StudiesDialog
from live_monitor.ui.charts.studies.fields import ChoiceField, WholeField
from live_monitor.ui.theme import Theme, apply_theme, load_theme
from tests.ui.hands import click, press, type_text

Make = Callable[[Sequence[StudyChoice]], StudiesDialog]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def parent(qtbot: QtBot, theme: Theme) -> Iterator[QWidget]:
    """A window that lives as long as the test."""
    made = QWidget()
    qtbot.addWidget(made)
    yield made
    made.close()


@pytest.fixture
def make(qtbot: QtBot, theme: Theme, parent: QWidget) -> Make:
    """Opens the page over some choices."""

    def shown(choices: Sequence[StudyChoice]) -> StudiesDialog:
        dialog = StudiesDialog(theme, choices, parent)
        dialog.show()
        qtbot.waitExposed(dialog)
        return dialog

    return shown


def labels(dialog: StudiesDialog) -> list[str]:
    return [label_of(choice) for choice in dialog.choices]


def rows(dialog: StudiesDialog) -> list[str]:
    return [item.text() for row in range(dialog.chosen.count()) if (item := dialog.chosen.item(row)) is not None]


def some(*kinds: str) -> list[StudyChoice]:
    choices: list[StudyChoice] = []
    for kind in kinds:
        choices = study_list.added(choices, kind)
    return choices


def number(dialog: StudiesDialog, name: str) -> WholeField:
    """The field of a whole number."""
    assert dialog.form is not None
    field = dialog.form.fields[name]
    assert isinstance(field, WholeField)
    return field


def test_the_market_goes_on_behind_it(make: Make) -> None:
    assert not make([]).isModal()


def test_an_indicator_is_found_and_added_by_typing(make: Make, qtbot: QtBot) -> None:
    dialog = make([])
    field = dialog.catalogue.field
    assert dialog.focusWidget() is field
    type_text(field, "rsi")
    with qtbot.waitSignal(dialog.changed, timeout=10_000) as told:
        press(field, Qt.Key.Key_Return)
    assert [label_of(choice) for choice in told.args[0]] == ["RSI 14"]
    field.clear()
    type_text(field, "average")
    press(field, Qt.Key.Key_Down)
    press(field, Qt.Key.Key_Return)
    assert len(dialog.choices) == 2
    assert dialog.form is not None
    assert dialog.form.choice == dialog.choices[1], "the new one's settings are at hand"
    assert dialog.isVisible()


def test_what_is_marked_is_explained_and_nothing_is_added_where_nothing_matches(make: Make) -> None:
    dialog = make([])
    type_text(dialog.catalogue.field, "macd")
    assert dialog.catalogue.about.text() == CATALOG["macd"].about
    type_text(dialog.catalogue.field, "xyz")
    assert dialog.catalogue.about.text() == "No indicator of that name."
    assert not dialog.catalogue.button.isEnabled()
    press(dialog.catalogue.field, Qt.Key.Key_Return)
    assert dialog.choices == []


def test_every_kind_can_be_added_and_set(make: Make, qtbot: QtBot) -> None:
    dialog = make([])
    for kind in CATALOG.values():
        dialog.catalogue.field.setText(kind.title)
        click(dialog.catalogue.button)
        form = dialog.form
        assert form is not None
        assert form.title.text() == kind.title
        assert {*form.fields} - {"line width", "pane"} == {parameter.name for parameter in kind.parameters}
        for field in (*form.fields.values(), *form.colors.values()):
            assert field.accessibleName().startswith(kind.short)
    assert [choice.kind for choice in dialog.choices] == list(CATALOG)


@pytest.mark.parametrize(("kind", "word", "pane"), [
    ("sma", "a pane of its own", "own"), ("rsi", "the pane above", "above"),
    ("volume_average", "a pane of its own", "own"),
])  # fmt: skip
def test_a_study_is_moved_to_another_pane_and_back(make: Make, kind: str, word: str, pane: str) -> None:
    dialog = make(some("macd", kind))
    dialog.pick(f"{kind}-1")
    form = dialog.form
    assert form is not None
    field = form.fields["pane"]
    assert isinstance(field, ChoiceField)
    field.setCurrentIndex(field.findText(word))
    assert [choice.pane for choice in dialog.choices] == ["usual", pane]
    click(form.defaults)
    assert [choice.pane for choice in dialog.choices] == ["usual", "usual"]
    assert "pane" not in make(some("volume_profile")).form.fields  # type: ignore[union-attr]  # a form is there


def test_an_empty_chart_offers_the_usual_ones(make: Make) -> None:
    dialog = make([])
    assert dialog.usual.isVisible()
    assert dialog.note.text().startswith("Nothing lies on the chart yet.")
    click(dialog.usual)
    assert labels(dialog) == ["EMA 9", "EMA 20", "VWAP", "Vol avg 20"]
    assert not dialog.usual.isVisible()
    assert dialog.form is not None


def test_space_hides_delete_removes_and_ctrl_arrows_move(make: Make) -> None:
    dialog = make(some("sma", "rsi", "atr"))
    chosen = dialog.chosen
    dialog.pick("rsi-1")
    press(chosen, Qt.Key.Key_Space)
    assert [choice.shown for choice in dialog.choices] == [True, False, True]
    press(chosen, Qt.Key.Key_Up, CTRL)
    assert labels(dialog) == rows(dialog) == ["RSI 14", "SMA 20", "ATR 14"]
    assert chosen.current() == "rsi-1"
    press(chosen, Qt.Key.Key_Down)
    assert chosen.current() == "sma-1"
    press(chosen, Qt.Key.Key_Delete)
    assert labels(dialog) == rows(dialog) == ["RSI 14", "ATR 14"]
    assert chosen.current() == "atr-1", "the neighbour is looked at"
    assert dialog.form is not None
    assert dialog.form.choice.id == "atr-1"
    press(chosen, Qt.Key.Key_Delete)
    press(chosen, Qt.Key.Key_Delete)
    press(chosen, Qt.Key.Key_Delete)
    assert dialog.choices == []
    assert dialog.form is None


def test_buttons_do_the_same_and_know_the_ends(make: Make) -> None:
    dialog = make(some("sma", "rsi"))
    dialog.pick("sma-1")
    assert [button.isEnabled() for button in (dialog.up, dialog.down, dialog.remove)] == [False, True, True]
    click(dialog.down)
    assert labels(dialog) == ["RSI 14", "SMA 20"]
    assert [button.isEnabled() for button in (dialog.up, dialog.down)] == [True, False]
    click(dialog.up)
    click(dialog.remove)
    assert labels(dialog) == ["RSI 14"]
    click(dialog.remove)
    assert [button.isEnabled() for button in (dialog.up, dialog.down, dialog.remove)] == [False] * 3


def test_a_dragged_row_changes_the_order(make: Make, qtbot: QtBot) -> None:
    dialog = make(some("sma", "rsi", "atr"))
    model = dialog.chosen.model()
    assert model is not None
    root = dialog.chosen.rootIndex()
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        assert model.moveRow(root, 2, root, 0)
    assert labels(dialog) == ["ATR 14", "SMA 20", "RSI 14"]


def test_a_length_is_told_when_it_is_whole(make: Make, qtbot: QtBot) -> None:
    dialog = make(some("sma"))
    field = number(dialog, "length")
    field.setFocus()
    field.selectAll()
    with qtbot.assertNotEmitted(dialog.changed):
        type_text(field, "150")
    with qtbot.waitSignal(dialog.changed, timeout=10_000) as told:
        press(field, Qt.Key.Key_Return)
    assert label_of(told.args[0][0]) == "SMA 150"
    assert rows(dialog) == ["SMA 150"]
    assert dialog.isVisible(), "Enter ends the number, not the page"
    press(field, Qt.Key.Key_Up)
    assert labels(dialog) == ["SMA 151"]


def test_settings_that_do_not_go_together_are_objected_to_in_place(make: Make, qtbot: QtBot) -> None:
    dialog = make(some("macd"))
    assert dialog.form is not None
    with qtbot.assertNotEmitted(dialog.changed):
        number(dialog, "fast").setValue(30)
    assert dialog.form.objection.text() == "MACD: Fast is shorter than Slow."
    assert dialog.form.objection.isVisible()
    number(dialog, "slow").setValue(60)
    assert labels(dialog) == ["MACD 30 60 9"]
    assert not dialog.form.objection.isVisible()
    click(dialog.form.defaults)
    assert labels(dialog) == ["MACD 12 26 9"]
    assert number(dialog, "fast").value() == 12


def test_words_and_colours_are_chosen_from_lists(make: Make) -> None:
    dialog = make(some("bollinger"))
    form = dialog.form
    assert form is not None
    source = form.fields["source"]
    source.setFocus()
    press(source, Qt.Key.Key_Down)
    assert dialog.choices[0].parameters["source"] == "open"
    assert list(form.colors) == ["middle", "upper"], "one colour for both bands"
    press(form.colors["upper"], Qt.Key.Key_Up)
    assert dialog.choices[0].colors == {"upper": "study_3", "lower": "study_3"}
    form.colors["middle"].take("#ff8800")
    assert dialog.choices[0].colors["middle"] == "#ff8800"
    assert form.colors["middle"].currentText() == "#FF8800"
    number(dialog, "line width").setValue(3)
    assert dialog.choices[0].width == 3


def test_any_other_colour_comes_from_a_page_that_is_not_modal(make: Make, qtbot: QtBot) -> None:
    dialog = make(some("sma"))
    assert dialog.form is not None
    field = dialog.form.colors["average"]
    before = field.currentIndex()
    field.setCurrentIndex(field.count() - 1)
    field.activated.emit(field.count() - 1)
    assert field.currentIndex() == before, "the row that leads to others is no colour"
    pages = [widget for widget in QApplication.topLevelWidgets() if widget.windowTitle() == "SMA: Colour of Average"]
    assert len(pages) == 1
    assert not pages[0].isModal()
    with qtbot.waitSignal(dialog.changed, timeout=10_000) as told:
        press(pages[0], Qt.Key.Key_Return)
    assert told.args[0][0].colors["average"].startswith("#")


def test_colours_of_bands_that_are_off_are_not_asked_for(make: Make) -> None:
    dialog = make(some("vwap"))
    form = dialog.form
    assert form is not None
    assert [field.isVisible() for field in form.colors.values()] == [True, True, True, False]
    number(dialog, "bands").setValue(0)
    assert [field.isVisible() for field in form.colors.values()] == [True, False, False, False]


def test_changes_from_elsewhere_are_shown_and_not_told(make: Make, qtbot: QtBot) -> None:
    dialog = make(some("sma", "rsi"))
    dialog.pick("rsi-1")
    form = dialog.form
    with qtbot.assertNotEmitted(dialog.changed):
        dialog.set_choices(study_list.toggled(dialog.choices, "rsi-1"))
        dialog.set_choices(dialog.choices)
    assert dialog.form is form, "the fields that are being typed into stay"
    box = dialog.chosen.item(1)
    assert box is not None
    assert box.checkState() is Qt.CheckState.Unchecked
    with qtbot.assertNotEmitted(dialog.changed):
        dialog.set_choices([])
    assert dialog.form is None


def test_a_full_chart_says_so(make: Make) -> None:
    dialog = make(some(*["obv"] * MAX_STUDIES))
    click(dialog.catalogue.button)
    assert len(dialog.choices) == MAX_STUDIES
    assert dialog.note.isVisible()
    assert dialog.note.text() == f"A chart holds {MAX_STUDIES} indicators; remove one first."


def test_tab_reaches_every_field_and_leaves_again(make: Make) -> None:
    dialog = make(some("macd", "sma"))
    dialog.pick("macd-1")
    reached: list[QWidget] = []
    widget = dialog.focusWidget()
    while widget is not None and widget not in reached:
        reached.append(widget)
        press(widget, Qt.Key.Key_Tab)
        widget = dialog.focusWidget()
    form = dialog.form
    assert form is not None
    wanted = [
        dialog.catalogue.field, dialog.catalogue.list, dialog.catalogue.button, dialog.chosen, dialog.down,
        dialog.remove, *form.fields.values(), *form.colors.values(), form.defaults,
    ]  # fmt: skip
    assert set(wanted) <= set(reached)
    order = [reached.index(one) for one in wanted[:7]]
    assert order == sorted(order)


def test_everything_has_a_name_for_assistive_technology(make: Make) -> None:
    dialog = make(some("stochastic"))
    for widget in dialog.findChildren(QWidget):
        within = isinstance(widget.parent(), QAbstractSpinBox)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and not within:
            assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget


def test_another_theme_recolours_the_swatches(make: Make, qapp: QApplication) -> None:
    dialog = make(some("sma"))

    def color() -> int:
        item = dialog.chosen.item(0)
        assert item is not None
        return item.icon().pixmap(12, 12).toImage().pixel(5, 5)

    names = {"dark": load_theme("dark"), "light": load_theme("light")}
    seen = set()
    for theme in names.values():
        apply_theme(qapp, theme)
        dialog.set_theme(theme)
        assert color() == theme.color("study_2").rgb()
        seen.add(color())
    assert len(seen) == 2


def test_boxes_are_seen_on_both_grounds(make: Make, theme: Theme, picture: Callable[[QWidget], QImage]) -> None:
    dialog = make(study_list.toggled(some("sma", "rsi"), "rsi-1"))
    image = picture(dialog.chosen.viewport() or dialog.chosen)
    muted, ratio = theme.color("muted").rgb(), image.devicePixelRatio()
    rect = dialog.chosen.visualItemRect(dialog.chosen.item(1))
    row = round(rect.center().y() * ratio)
    assert any(image.pixel(x, row) == muted for x in range(round(40 * ratio)))
