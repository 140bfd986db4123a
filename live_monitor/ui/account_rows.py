"""What the account panel asks in place: the name and cash of a new account, and whether to begin anew."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from live_monitor.ui.number_field import NumberField
from live_monitor.ui.paper_view import NewAccount
from live_monitor.ui.ticket_body import note_label

_USUAL_CASH: Final = Decimal(100_000)
_MOST_CASH: Final = Decimal(1_000_000_000)
_MAX_NAME: Final = 40


class _Row(QWidget):
    """Hidden until it is opened; Esc leaves it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = note_label("", self)
        self.layout_ = QVBoxLayout(self)
        self.layout_.setContentsMargins(0, 0, 0, 0)
        self.layout_.setSpacing(8)
        self.leave = _button("Leave", self)
        self.leave.clicked.connect(self.hide)
        self.hide()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)


class NewAccountRow(_Row):
    """Name and cash."""

    #: Open an account. Payload: NewAccount.
    account_requested = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = QLineEdit(self)
        self.name.setMaxLength(_MAX_NAME)
        self.name.setPlaceholderText("Name")
        self.name.setAccessibleName("Name of the new account")
        self.cash = NumberField("Cash of the new account, in dollars", self, kind="cash")
        self.cash.set_value(_USUAL_CASH)
        self.take = _button("Open account", self)
        self.take.clicked.connect(self._take)
        for field in (self.name, self.cash):
            field.returnPressed.connect(self._take)
        fields, deeds = QHBoxLayout(), QHBoxLayout()
        for row in (fields, deeds):
            row.setSpacing(8)
            self.layout_.addLayout(row)
        fields.addWidget(self.name, 3)
        fields.addWidget(self.cash, 2)
        deeds.addWidget(self.take)
        deeds.addWidget(self.leave)
        deeds.addStretch(1)
        self.layout_.addWidget(self.note)

    def open(self) -> None:
        """Shows the row and takes the keyboard."""
        self.note.setText("It begins with the settings of a new account: no margin, no short sales, usual limits.")
        self.show()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        name, cash = self.name.text().strip(), self.cash.value
        if not name:
            self._object("Type a name.", self.name)
        elif cash is None or not 0 < cash <= _MOST_CASH:
            self._object("Type an amount of cash, up to a billion dollars.", self.cash)
        elif self.isVisible():
            self.hide()
            self.name.clear()
            self.account_requested.emit(NewAccount(name, cash))

    def _object(self, text: str, field: QLineEdit) -> None:
        self.note.setText(text)
        field.setFocus()


class ResetRow(_Row):
    """Asks once before the account is archived; nothing of it is lost, but its positions and orders end."""

    #: Archive the account and begin anew; no payload.
    confirmed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ""
        self.take = _button("Archive and begin anew", self)
        self.take.clicked.connect(self._take)
        self.layout_.addWidget(self.note)
        deeds = QHBoxLayout()
        deeds.setSpacing(8)
        deeds.addWidget(self.take)
        deeds.addWidget(self.leave)
        deeds.addStretch(1)
        self.layout_.addLayout(deeds)

    def open(self) -> None:
        """Shows what would happen; the keyboard is on the harmless answer."""
        self.note.setText(
            f"{self.name or 'The account'} is archived with all its trades and can be read for good; its working orders"
            " are canceled. A new one begins with the same cash and settings. Locks in force stay."
        )
        self.show()
        self.leave.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        if self.isVisible():
            self.hide()
            self.confirmed.emit()


def _button(words: str, parent: QWidget) -> QPushButton:
    button = QPushButton(words, parent)
    button.setAutoDefault(False)
    button.setProperty("small", True)
    return button
