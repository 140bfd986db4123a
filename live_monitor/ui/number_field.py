"""A field for a price or a number of shares; letters typed in it are left to the window."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QLineEdit, QWidget

from live_monitor.ui.paper_words import grouped, plain, typed_price
from live_monitor.ui.text_keys import typed_letter

#: `187.42`, `$1,250.50`. A comma only between thousands: `187,42` of another country must not become 18,742.
_NUMBER: Final = re.compile(r"\$?\s*((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)")
_MAX_CHARACTERS: Final = 16
_CENT: Final = Decimal("0.01")
_HUNDREDTH_CENT: Final = Decimal("0.0001")
_ONE: Final = Decimal(1)
#: What a field counts.
Kind = Literal["price", "shares", "cash", "percent"]
_STEPS: Final[dict[Kind, Decimal]] = {"shares": _ONE, "cash": Decimal(100), "percent": Decimal("0.1")}


def read_number(text: str) -> Decimal | None:
    """What a person typed; None for nothing. Raises ValueError, in words for people, for what is no number."""
    typed = text.strip()
    if not typed:
        return None
    found = _NUMBER.fullmatch(typed)
    if found is None:
        raise ValueError(f"“{typed}” is no number such as 187.42")
    return Decimal(found[1].replace(",", ""))


def step_of(kind: Kind, value: Decimal) -> Decimal:
    """One step of the arrow keys: of a price its tick, a cent from a dollar on and a hundredth of one below."""
    if kind == "price":
        return _CENT if value >= _ONE else _HUNDREDTH_CENT
    return _STEPS[kind]


class NumberField(QLineEdit):
    """A number above zero, or none. Up and Down move it by a step, Page Up and Down by ten. Main thread."""

    #: The number or the text was changed by hand; no payload.
    edited = pyqtSignal()

    def __init__(self, name: str, parent: QWidget | None = None, *, kind: Kind = "price") -> None:
        super().__init__(parent)
        self.kind = kind
        #: Where Up and Down begin while the field is empty; None: nowhere.
        self.origin: Decimal | None = None
        self.setAccessibleName(name)
        self.setMaxLength(_MAX_CHARACTERS)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.textEdited.connect(lambda _text: self._on_edited())

    @property
    def value(self) -> Decimal | None:
        """The number; None for none, also while the text is not one yet (see `problem`)."""
        try:
            return read_number(self.text())
        except ValueError:
            return None

    @property
    def problem(self) -> str:
        """Why the text is no number, for people; empty where it is one, or nothing."""
        try:
            read_number(self.text())
        except ValueError as error:
            return str(error)
        return ""

    def set_value(self, value: Decimal | None) -> None:
        """Shows a number, or none; tells nobody."""
        if value != self.value or self.problem:
            self.setText("" if value is None else self._typed(value))
            self._mark()

    def step(self, steps: int) -> None:
        """Moves the number by so many steps, as the arrow keys do."""
        value = self.value
        if value is None:
            value = self.origin
            steps = 0 if value is not None else steps
        if value is None:
            return
        if self.isReadOnly():
            return
        moved = value + steps * step_of(self.kind, value)
        if moved > 0:
            self.set_value(moved)
            self.edited.emit()

    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and typed_letter(event):
            # A field of text would claim the letter; here the keys for buy and sell go on working.
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or typed_letter(event):
            if event is not None:
                event.ignore()
            return
        key = Qt.Key
        steps = {key.Key_Up: 1, key.Key_Down: -1, key.Key_PageUp: 10, key.Key_PageDown: -10}.get(key(event.key()))
        if steps is not None:
            self.step(steps)
            return
        super().keyPressEvent(event)

    def _typed(self, value: Decimal) -> str:
        if self.kind == "price":
            return typed_price(value)
        return plain(value) if self.kind == "percent" else grouped(value)

    def _on_edited(self) -> None:
        self._mark()
        self.edited.emit()

    def _mark(self) -> None:
        refused = bool(self.problem)
        if bool(self.property("refused")) != refused:
            self.setProperty("refused", refused)
            style = self.style()
            if style is not None:
                style.unpolish(self)
                style.polish(self)
        self.setAccessibleDescription(self.problem)
