"""Where bars are kept, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtWidgets import QDialogButtonBox, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.ui.history_dialog import HistoryDialog, HistoryFacts
from live_monitor.ui.theme import Theme

KEEP = {"1s": 90, "1m": 0, "1D": 3_650}


@pytest.fixture
def parent(qtbot: QtBot, dark: Theme) -> Iterator[QWidget]:
    """A window that lives as long as the test."""
    made = QWidget()
    qtbot.addWidget(made)
    yield made
    made.close()


def shown(qtbot: QtBot, parent: QWidget, facts: HistoryFacts) -> HistoryDialog:
    dialog = HistoryDialog(facts, lambda address: "That is no address." if "x" in address else "", parent)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def click(dialog: HistoryDialog, which: QDialogButtonBox.StandardButton) -> None:
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    button = box.button(which)
    assert button is not None
    button.click()


def test_it_says_where_bars_lie_and_how_long_they_stay(qtbot: QtBot, parent: QWidget) -> None:
    dialog = shown(qtbot, parent, HistoryFacts("/data/<b>history</b>", 12_345_678, "http://bars:8086", KEEP))
    told = {caption: label.text() for caption, label in dialog.told.items()}
    assert told == {
        "Kept in": "/data/<b>history</b>", "On the disk": "12.3 MB", "Shared store": "http://bars:8086",
    }  # fmt: skip
    assert [field.text() for field in dialog.days.values()] == ["90 days", "for ever", "3650 days"]
    assert not dialog.isModal()


@pytest.mark.parametrize(("size", "told"), [(0, "nothing yet"), (512, "0.1 MB"), (2_340_000_000, "2.34 GB")])
def test_sizes_are_told_in_few_figures(qtbot: QtBot, parent: QWidget, size: int, told: str) -> None:
    dialog = shown(qtbot, parent, HistoryFacts("/x", size, "none", {}))
    assert dialog.told["On the disk"].text() == told


def test_save_gives_the_days_and_closes(qtbot: QtBot, parent: QWidget) -> None:
    dialog = shown(qtbot, parent, HistoryFacts("/x", 0, "none", KEEP))
    dialog.days["1s"].setValue(30)
    with qtbot.waitSignal(dialog.keep_days_chosen, timeout=10_000) as asked:
        click(dialog, QDialogButtonBox.StandardButton.Save)
    assert asked.args == [{"1s": 30, "1m": 0, "1D": 3_650}]
    assert not dialog.isVisible()


def test_cancel_changes_nothing(qtbot: QtBot, parent: QWidget) -> None:
    dialog = shown(qtbot, parent, HistoryFacts("/x", 0, "none", KEEP))
    dialog.days["1s"].setValue(30)
    with qtbot.assertNotEmitted(dialog.keep_days_chosen):
        click(dialog, QDialogButtonBox.StandardButton.Cancel)
    assert not dialog.isVisible()


def test_the_address_of_a_shared_store_is_kept_or_objected_to_in_place(qtbot: QtBot, parent: QWidget) -> None:
    dialog = shown(qtbot, parent, HistoryFacts("/data", 0, "none", KEEP, "http://bars:8086"))
    assert dialog.address.text() == "http://bars:8086"
    dialog.address.setText("xyz")
    with qtbot.assertNotEmitted(dialog.address_chosen):
        click(dialog, QDialogButtonBox.StandardButton.Save)
    assert dialog.isVisible()
    assert dialog.note.text() == "That is no address."
    dialog.address.setText(" http://other:8086 ")
    with qtbot.waitSignal(dialog.address_chosen, timeout=10_000) as asked:
        click(dialog, QDialogButtonBox.StandardButton.Save)
    assert asked.args == ["http://other:8086"]
