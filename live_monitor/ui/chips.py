"""A row of small buttons: one of a few words is in force, or each does something at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget


class Chip(NamedTuple):
    """A word to choose, what it stands for, and what it means."""

    value: str
    word: str
    hint: str


class Chips(QWidget):
    """One chip is in force (arrow keys move it), or with `push` each is a button that tells its value."""

    #: A chip was chosen by hand. Payload: its value.
    chosen = pyqtSignal(str)

    def __init__(self, name: str, chips: Sequence[Chip], parent: QWidget | None = None, *, push: bool = False) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._group.setExclusive(not push)
        #: Buttons by their value.
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for chip in chips:
            button = QToolButton(self)
            button.setText(chip.word)
            button.setProperty("chip", True)
            button.setAccessibleName(f"{name}: {chip.word}")
            button.setToolTip(chip.hint)
            button.setCheckable(not push)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setProperty("tight", True)
            # All alike, and no wider than there is room for.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(44)
            button.clicked.connect(lambda _checked, value=chip.value: self.chosen.emit(value))
            self._group.addButton(button)
            self.buttons[chip.value] = button
            row.addWidget(button)
        if not push and chips:
            self.buttons[chips[0].value].setChecked(True)

    @property
    def value(self) -> str:
        """The value in force; empty where each chip is a button."""
        return next((value for value, button in self.buttons.items() if button.isChecked()), "")

    def set_value(self, value: str) -> None:
        """Puts a value in force; tells nobody."""
        self.buttons[value].setChecked(True)
