"""The pages about the chart without a mouse: Tab meets everything, what it meets has a name, Escape leads back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, Qt
from PyQt6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLabel, QWidget

from tests.ui.hands import press
from tests.whole_desk import WholeDesk

PAGES: dict[str, Callable[[WholeDesk], None]] = {
    "indicators": lambda whole: whole.wishes.studies_requested.emit(),
    "drawings": lambda whole: whole.wishes.drawings_asked.emit(),
    "price alerts": lambda whole: whole.wishes.alerts_asked.emit(),
}


def opened(whole: WholeDesk, name: str) -> QWidget:
    """The page, with something to show in each of its lists."""
    whole.wishes.study_added.emit("macd")
    whole.wishes.alert_requested.emit(123.0)
    whole.chart.chart.drawings.draw_at("horizontal", whole.hub.clock.now_ms(), 100.0)
    whole.frame()
    before = set(QApplication.topLevelWidgets())
    PAGES[name](whole)
    whole.frame()
    (page,) = [widget for widget in QApplication.topLevelWidgets() if widget not in before and widget.isVisible()]
    page.activateWindow()
    return page


def met_by_tab(page: QWidget) -> list[QWidget]:
    """What has the focus after each Tab, until it comes round."""
    met: list[QWidget] = []
    for _ in range(80):
        widget = page.focusWidget()
        assert widget is not None
        if widget in met:
            return met
        met.append(widget)
        press(widget, Qt.Key.Key_Tab)
    raise AssertionError("Tab does not come round")


def reachable(page: QWidget) -> set[QWidget]:
    """What can be worked with, seen and switched on."""
    kinds = Qt.FocusPolicy.TabFocus.value
    return {
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy().value & kinds
        and widget.isVisible()
        and widget.isEnabled()
        # The inside of a spin box, which has the focus for it.
        and widget.objectName() != "qt_spinbox_lineedit"
    }


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it: its own name, its text, or the label that stands for it."""
    labels = widget.window().findChildren(QLabel)  # type: ignore[union-attr]  # every widget has a window
    buddy = next((label.text() for label in labels if label.buddy() is widget), "")
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "") or buddy


@pytest.mark.parametrize("name", PAGES)
def test_tab_meets_everything_on_a_page_and_it_has_a_name(whole: WholeDesk, name: str) -> None:
    page = opened(whole, name)
    met = met_by_tab(page)
    assert len(met) > 1
    assert [type(widget).__name__ for widget in met if not name_of(widget)] == []
    missed = [f"{type(widget).__name__} {name_of(widget)}" for widget in reachable(page) - set(met)]
    assert missed == []
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_list_of_a_page_can_be_walked_and_escape_closes_it(whole: WholeDesk, name: str) -> None:
    page = opened(whole, name)
    lists = [widget for widget in met_by_tab(page) if isinstance(widget, QAbstractItemView)]
    for view in lists:
        model = view.model()
        if model is not None and model.rowCount() > 0:
            view.setFocus()
            press(view, Qt.Key.Key_Home)
            assert view.currentIndex().isValid()
    press(page, Qt.Key.Key_Escape)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert page not in QApplication.topLevelWidgets() or not page.isVisible()
