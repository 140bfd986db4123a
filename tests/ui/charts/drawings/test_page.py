"""The page of drawings follows the chart, and the chart follows the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QLocale, Qt
from PyQt6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QListWidget, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from live_monitor.engine.signals.study_kinds import Parameter
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.json_form import to_json
from live_monitor.ui.charts.drawings.page import DrawingsPage
from live_monitor.ui.charts.drawings.values import Anchor, Drawing
from live_monitor.ui.charts.studies.fields import DecimalField
from live_monitor.ui.theme import Theme, load_theme
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK
from tests.ui.charts.drawings.hands import ALT, drawing_chart, drawings_of, key
from tests.ui.charts.gestures import qtest

LINE = Drawing(id="line", kind="horizontal", anchors=(Anchor(TEN_O_CLOCK, 99.5),))
TREND = Drawing(id="trend", kind="trend", anchors=(Anchor(TEN_O_CLOCK, 99.3), Anchor(TEN_O_CLOCK + 9 * MINUTE, 99.6)))
NOTE = Drawing(id="note", kind="text", anchors=(Anchor(TEN_O_CLOCK, 99.4),), text="news")


@pytest.fixture
def chart(qtbot: QtBot, dark: Theme) -> CandleChart:
    chart = drawing_chart(qtbot, dark)
    chart.drawings.load(to_json((LINE, TREND, NOTE)))
    return chart


def page_of(chart: CandleChart, drawing_id: str = "") -> DrawingsPage:
    chart.drawings.open_page(drawing_id)
    (page,) = chart.findChildren(DrawingsPage)
    return page


def rows_of(page: DrawingsPage) -> list[str]:
    items = [page.rows.item(row) for row in range(page.rows.count())]
    return [item.text() for item in items if item is not None]


def drawing(chart: CandleChart, drawing_id: str) -> Drawing:
    found = chart.drawings.easel.book.get(drawing_id)
    assert found is not None
    return found


def test_it_lists_all_drawings_the_topmost_first_and_marks_the_selected_one(chart: CandleChart) -> None:
    page = page_of(chart, "trend")
    assert rows_of(page) == ["Text  news", "Trend line  99.30 → 99.60", "Horizontal line  99.50"]
    assert page.rows.currentRow() == 1
    chart.drawings.easel.select("line")
    assert page.rows.currentRow() == 2
    assert page.form.title.text() == "Horizontal line"


def test_a_row_selects_its_drawing_on_the_chart_and_says_it(chart: CandleChart) -> None:
    page = page_of(chart)
    chart.drawings.easel.select("note")
    qtest.keyClick(page.rows, Qt.Key.Key_Down)
    assert chart.drawings.easel.book.selected == "trend"
    assert "Trend line" in chart.accessibleDescription()


def test_what_is_set_is_on_the_chart_at_once(chart: CandleChart) -> None:
    page = page_of(chart, "trend")
    page.form.color.take("study_3")
    page.form.width_field.setCurrentIndex(2)
    page.form.width_field.activated.emit(2)
    page.form.pattern.setCurrentIndex(1)
    page.form.pattern.activated.emit(1)
    page.form.words.setText("support")
    page.form.words.editingFinished.emit()
    page.form.prices[1].setValue(99.75)
    page.form.locked.click()
    changed = drawing(chart, "trend")
    assert (changed.color, changed.width, changed.dash, changed.text) == ("study_3", 3, "dashed", "support")
    assert changed.anchors[1] == Anchor(TREND.anchors[1].ms, 99.75)
    assert changed.locked
    assert not page.form.prices[0].isEnabled()
    assert not page.remove.isEnabled()


def test_the_next_drawing_of_a_kind_looks_like_the_one_that_was_changed(chart: CandleChart) -> None:
    page_of(chart, "trend").form.color.take("study_3")
    assert chart.drawings.easel.new("trend").color == "study_3"
    assert chart.drawings.easel.new("ray").color == "accent"


def test_a_hidden_drawing_is_shown_again_from_the_list(chart: CandleChart) -> None:
    page = page_of(chart, "line")
    page.form.shown.click()
    assert "line" not in [shape.id for shape in chart.drawings.layer.shapes()]
    assert rows_of(page)[2] == "Horizontal line  99.50  (hidden)"
    page.form.shown.click()
    assert "line" in [shape.id for shape in chart.drawings.layer.shapes()]


def test_lengths_of_bars_are_chosen_one_by_one_and_never_none(chart: CandleChart) -> None:
    page = page_of(chart, "line")
    page.form.everywhere.click()
    for name, chip in page.form.lengths.items():
        if name not in {"5m", "1h"}:
            chip.click()
    assert drawing(chart, "line").timeframes == ("5m", "1h")
    assert "line" not in [shape.id for shape in chart.drawings.layer.shapes()]
    page.form.lengths["5m"].click()
    page.form.lengths["1h"].click()
    assert drawing(chart, "line").timeframes == ("1h",)
    assert page.form.lengths["1h"].isChecked()
    page.form.everywhere.click()
    assert drawing(chart, "line").timeframes == ()


def test_a_text_cannot_lose_its_words(chart: CandleChart) -> None:
    page = page_of(chart, "note")
    page.form.words.setText("  ")
    page.form.words.editingFinished.emit()
    assert drawing(chart, "note").text == "news"
    assert page.form.words.text() == "news"


def test_buttons_clone_arrange_and_delete(chart: CandleChart) -> None:
    page = page_of(chart, "line")
    page.front.click()
    assert drawings_of(chart)[-1].id == "line"
    page.back.click()
    assert drawings_of(chart)[0].id == "line"
    page.clone.click()
    assert len(drawings_of(chart)) == 4
    qtest.keyClick(page.rows, Qt.Key.Key_Delete)
    assert len(drawings_of(chart)) == 3


def test_an_empty_page_says_how_to_draw(chart: CandleChart) -> None:
    page = page_of(chart)
    assert not page.note.isVisible()
    chart.drawings.set_symbol("MSFT")
    assert page.note.isVisible()
    assert rows_of(page) == []
    assert not page.form.isEnabled()


def test_a_drag_of_the_pointer_does_not_rebuild_the_page(chart: CandleChart, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(chart, "line")
    followed: list[object] = []
    monkeypatch.setattr(page.rows, "follow", followed.append)
    chart.drawings.hand.grab(drawing(chart, "line"))
    chart.drawings.hand.drag_to(Drawing(id="line", kind="horizontal", anchors=(Anchor(TEN_O_CLOCK, 99.7),)))
    assert followed == []
    chart.drawings.hand.drop()
    assert followed != []


def test_every_field_has_a_name_and_can_be_reached_by_keyboard(chart: CandleChart) -> None:
    page = page_of(chart, "trend")
    kinds = (QComboBox, QLineEdit, QListWidget, QToolButton, QDoubleSpinBox)
    for kind in kinds:
        for field in page.findChildren(kind):
            if isinstance(field.parent(), QDoubleSpinBox):
                continue
            assert field.accessibleName(), field
    for button in (*page.findChildren(QPushButton), *page.findChildren(QCheckBox)):
        assert button.text()
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_it_is_one_page_in_the_theme_of_the_chart_and_not_modal(chart: CandleChart, qtbot: QtBot) -> None:
    page = page_of(chart)
    assert page_of(chart) is page
    assert not page.isModal()
    chart.set_theme(load_theme("light"))
    assert page._theme.name == "light"
    with qtbot.waitSignal(page.destroyed):
        page.close()
    key(chart, Qt.Key.Key_9, ALT)
    assert [each.isVisible() for each in chart.findChildren(DrawingsPage)] == [True]


@pytest.fixture
def german() -> Iterator[None]:
    """A machine in a country where 1.234,5 is one thousand two hundred thirty-four and a half."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    QLocale.setDefault(before)


def test_a_price_is_typed_with_a_point_in_every_country(german: None, chart: CandleChart) -> None:
    page = page_of(chart, "line")
    field = page.form.prices[0]
    assert field.text() == "99.50"
    field.selectAll()
    qtest.keyClicks(field, "187.42")
    qtest.keyClick(field, Qt.Key.Key_Return)
    assert drawing(chart, "line").anchors[0].price == 187.42
    decimal = DecimalField(Parameter("deviations", "Deviations", 2.0, 0.1, 10.0))
    decimal.selectAll()
    qtest.keyClicks(decimal, "2.5")
    qtest.keyClick(decimal, Qt.Key.Key_Return)
    assert decimal.value() == 2.5
    decimal.deleteLater()
