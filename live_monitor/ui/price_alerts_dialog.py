"""The prices that are waited for: a list to look at and to take from, and a field for one more."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from live_monitor import limits
from live_monitor.engine.signals.price_alerts import PriceAlert
from live_monitor.ui.number_format import format_price

_NONE: Final = "No price alerts. Right-click the chart at a price, or type one below."
_NOTE: Final = "Each tells once, in the list of alerts, when the last price reaches or passes it."
_ID: Final = Qt.ItemDataRole.UserRole
_SIZE: Final = (440, 360)
#: `187.42`, `$1,250.50`. A comma only between thousands: `187,42` of another country must not become 18,742.
_PRICE: Final = re.compile(r"\$?\s*((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)")


class PriceAlertsDialog(QDialog):
    """Not modal: the market goes on behind it. Delete takes the alert in the list away. Main thread."""

    #: Wait no longer; payload: the id of an alert.
    removed = pyqtSignal(str)
    #: Wait for a price of a symbol; payload: symbol, price (float), a note or nothing.
    added = pyqtSignal(str, float, str)
    #: Bring a symbol to the chart; payload: it.
    symbol_requested = pyqtSignal(str)

    def __init__(self, symbol: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[PriceAlert] | None = None
        self._symbol = ""
        self.setWindowTitle("Price alerts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Price alerts")
        # Rows and border as of a list that opens; Qt's own delegate ignores their height.
        self.list.setProperty("popup", True)
        self.list.setItemDelegate(QStyledItemDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.installEventFilter(self)
        self.list.itemActivated.connect(lambda item: self.symbol_requested.emit(item.data(_ID + 1)))
        self.empty = _label(_NONE, self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.price = QLineEdit(self)
        self.price.setMaxLength(24)
        self.price.returnPressed.connect(self._add)
        self.price.textEdited.connect(lambda _text: self._say(_NOTE))
        self.remark = QLineEdit(self)
        self.remark.setMaxLength(limits.MAX_PRICE_ALERT_NOTE)
        self.remark.setPlaceholderText("Note, if you like")
        self.remark.setAccessibleName("Note of the alert")
        self.remark.returnPressed.connect(self._add)
        self.add_button = self._button("Add", self._add)
        self.remove_button = self._button("Remove", self._remove)
        self.remove_button.setToolTip("Take the chosen alert away (Delete)")
        self.close_button = self._button("Close", self.close)
        self.note = _label(_NOTE, self)
        self._lay_out()
        self.set_symbol(symbol)
        self.show_rows(())
        self.resize(*_SIZE)
        self.price.setFocus()

    def set_symbol(self, symbol: str) -> None:
        """The symbol in focus, which a typed price is of."""
        if symbol != self._symbol:
            self._symbol = symbol
            self.price.setPlaceholderText(f"Price of {symbol}")
            self.price.setAccessibleName(f"Price of {symbol} to wait for")

    def show_rows(self, rows: Sequence[PriceAlert]) -> None:
        """Shows what is waited for; the row in hand stays, or the one that comes to stand there."""
        if self._rows is not None and list(rows) == list(self._rows):
            return
        self._rows = tuple(rows)
        held, at = self.list.currentItem(), self.list.currentRow()
        # By its id: one that fires above moves all below it up.
        held_id = held.data(_ID) if held is not None else None
        at = next((row for row, alert in enumerate(rows) if alert.id == held_id), at)
        self.list.clear()
        for alert in rows:
            item = QListWidgetItem(_text(alert), self.list)
            item.setData(_ID, alert.id)
            item.setData(_ID + 1, alert.symbol)
        if rows:
            self.list.setCurrentRow(max(0, min(at, len(rows) - 1)))
        self.list.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self.remove_button.setEnabled(bool(rows))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):  # type: ignore[union-attr] # see above
            self._remove()
            return True
        return super().eventFilter(watched, event)

    def _add(self) -> None:
        found = _PRICE.fullmatch(self.price.text().strip())
        price = float(found[1].replace(",", "")) if found is not None else 0.0
        if not limits.MIN_PRICE <= price <= limits.MAX_PRICE:
            self._say("A price is a number above zero, such as 187.42.")
            self.price.setFocus()
            return
        self.price.clear()
        note = self.remark.text().strip()
        self.remark.clear()
        self.added.emit(self._symbol, price, note)
        self.price.setFocus()

    def _remove(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.removed.emit(item.data(_ID))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.price.setAccessibleDescription("" if text == _NOTE else text)

    def _button(self, text: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        # Enter belongs to the field.
        button.setAutoDefault(False)
        button.clicked.connect(run)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.price, 2)
        row.addWidget(self.remark, 3)
        row.addWidget(self.add_button)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.remove_button)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addLayout(foot)


def _text(alert: PriceAlert) -> str:
    note = f" · {alert.note}" if alert.note else ""
    way = {-1: "rises to", 1: "falls to"}.get(alert.side, "at")
    return f"{alert.symbol} {way} {format_price(alert.price)}{note}"


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("muted", True)
    label.setWordWrap(True)
    return label
