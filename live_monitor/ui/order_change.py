"""Other terms for a working order: a row of fields below the table, not a dialog."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from live_monitor.data.models.orders import Order
from live_monitor.ui.number_field import NumberField
from live_monitor.ui.paper_view import Replacement
from live_monitor.ui.paper_words import side_word

_FIELDS: Final = {
    "quantity": ("&Quantity", "shares"),
    "limit_price": ("&Limit", "price"),
    "stop_price": ("&Stop", "price"),
    "trail_amount": ("T&rail $", "price"),
    "trail_percent": ("T&rail %", "percent"),
}


class OrderChange(QWidget):
    """Fields for the terms that the order has. Enter changes it once, Esc leaves it as it is. Main thread."""

    #: Give the order these terms. Payload: Replacement.
    replace_requested = pyqtSignal(object)
    #: The row was left; no payload.
    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._order_id = ""
        self._terms: dict[str, Decimal | None] = {}
        self.setAccessibleName("Change an order")
        self.caption = QLabel("", self)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        #: Fields and their captions by the name of their term.
        self.fields: dict[str, NumberField] = {}
        self._captions: dict[str, QLabel] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(self.caption)
        for name, (words, kind) in _FIELDS.items():
            label = QLabel(words, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("muted", True)
            field = NumberField(words.replace("&", ""), self, kind=kind)  # type: ignore[arg-type] # the table above names kinds
            field.setMinimumWidth(56)
            field.setMaximumWidth(120)
            label.setBuddy(field)
            self.fields[name], self._captions[name] = field, label
            row.addWidget(label)
            row.addWidget(field)
        self.take = QPushButton("Change", self)
        self.take.setAutoDefault(False)
        self.take.clicked.connect(self._take)
        self.leave = QPushButton("Leave", self)
        self.leave.setAutoDefault(False)
        self.leave.setToolTip("Leave the order as it is (Esc)")
        self.leave.clicked.connect(self.close_row)
        row.addWidget(self.take)
        row.addWidget(self.leave)
        row.addStretch(1)
        self.hide()

    @property
    def order_id(self) -> str:
        """The order that is being changed; empty for none."""
        return self._order_id

    def open_for(self, order: Order) -> None:
        """Shows the terms of a working order and takes the keyboard."""
        self._order_id = order.order_id
        self._terms = {name: getattr(order, name) for name in _FIELDS}
        self.caption.setText(f"{side_word(order.side)} {order.symbol}")
        for name, field in self.fields.items():
            field.set_value(self._terms[name])
            for widget in (field, self._captions[name]):
                widget.setVisible(self._terms[name] is not None)
        self.show()
        first = self.fields["limit_price" if order.limit_price is not None else "quantity"]
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        first.selectAll()

    def close_row(self) -> None:
        """Leaves the order as it is."""
        if self._order_id:
            self._order_id = ""
            self.hide()
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or event.isAutoRepeat():
            return
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close_row()
        elif key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self.leave.hasFocus():
            self.close_row()
        else:
            self._take()

    def _take(self) -> None:
        changed = {
            name: field.value
            for name, field in self.fields.items()
            if self._terms.get(name) is not None and field.value is not None and field.value != self._terms[name]
        }
        wrong = next((field for field in self.fields.values() if not field.isHidden() and field.value is None), None)
        if wrong is not None:
            wrong.setFocus()
            return
        order_id = self._order_id
        self.close_row()
        if changed and order_id:
            self.replace_requested.emit(Replacement(order_id, **changed))
