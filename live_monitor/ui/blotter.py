"""Working orders and those of today that ended: what each waits for, and what can be done with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from live_monitor.ui.chips import Chip, Chips
from live_monitor.ui.deed_button import DeedButton
from live_monitor.ui.elided_label import ElidedLabel
from live_monitor.ui.order_change import OrderChange
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.paper_columns import OrderRow, order_columns, order_mark
from live_monitor.ui.paper_view import PaperView, source_of
from live_monitor.ui.paper_words import order_line
from live_monitor.ui.row_model import RowModel
from live_monitor.ui.row_table import RowTable
from live_monitor.ui.theme import Theme

#: What orders wait for is asked anew so often; ages in it grow by the second.
_ASK_EVERY_MS: Final = 1_000
#: From this width on there is room for a message beside the buttons.
_BESIDE_FROM: Final = 760
_CHIPS: Final = (
    Chip("working", "Working", "Orders that still can be filled"),
    Chip("all", "All of today", "Also those that were filled, canceled, expired or refused"),
)
_EMPTY: Final = {
    "working": "No working orders. B and S open the order ticket; Market orders fill at once and stand under Fills.",
    "all": "No orders today. B and S open the order ticket.",
}
_NONE_CHOSEN: Final = "Choose a working order first."
_ENDED: Final = "That order has ended."
_GONE: Final = "The chosen order is no longer working: nothing is chosen now."


class Blotter(QWidget):
    """Reads `orders` of the desk. Delete cancels the chosen order, Enter changes it. Main thread."""

    #: Cancel an order. Payload: its id.
    cancel_requested = pyqtSignal(str)
    #: Cancel every working order; no payload.
    cancel_all_requested = pyqtSignal()
    #: Give a working order other terms. Payload: Replacement.
    replace_requested = pyqtSignal(object)
    #: Show the symbol of an order that ended, which was opened. Payload: it.
    symbol_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, clock_text: Callable[[int], str], parent: QWidget | None = None) -> None:
        """`clock_text`: market ms as a time of day."""
        super().__init__(parent)
        self._paper: PaperView | None = None
        self._seen: tuple[int, str] = (-1, "")
        self._notes: dict[str, str] = {}
        self._asked_ms = -math.inf
        self._chosen_id = ""
        self._told = ""
        self._beside = True
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        columns = order_columns(clock_text, self._note)
        self._note_column = len(columns) - 1
        model = RowModel(columns, theme, lambda row: row.order.order_id, order_mark)
        self.badge = PaperBadge(theme, self)
        self.chips = Chips("Orders shown", _CHIPS, self)
        self.change_button = DeedButton("Change…", "Other terms for the chosen order (Enter)", self)
        self.cancel_button = DeedButton("Cancel", "Cancel the chosen order (Delete)", self)
        self.cancel_all_button = DeedButton("Cancel all", "Cancel every working order", self)
        self.table = RowTable("Orders", model, _EMPTY["working"], self)
        self.view = self.table.view
        self.change = OrderChange(self)
        self.message = ElidedLabel(self)
        self._lay_out()
        self._connect()
        self._after_choice()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.badge.set_theme(theme)
        self.table.set_theme(theme)

    def refresh(self, paper: PaperView, now_ms: int) -> None:
        """Takes over orders that changed; asks anew once a second what they wait for."""
        self._paper = paper
        seen = (paper.version, paper.account_id)
        if seen != self._seen:
            self._seen = seen
            self._take_orders(paper)
        if abs(now_ms - self._asked_ms) >= _ASK_EVERY_MS and self.isVisible():
            self._asked_ms = now_ms
            self._notes.clear()
            self.table.model.refresh_column(self._note_column)
            self._show_message()

    def refused(self, text: str) -> None:
        """Says why what was asked for is not done."""
        self._say(text)

    def column_widths(self) -> list[int]:
        """Widths of the columns in pixels, for the saved layout."""
        return self.table.column_widths()

    def set_column_widths(self, widths: list[int]) -> None:
        """Restores the widths; a list of another length is left alone."""
        self.table.set_column_widths(widths)

    def _take_orders(self, paper: PaperView) -> None:
        orders = paper.orders()
        working = sum(1 for order in orders if order.is_open)
        for value, word, count in (("working", "Working", working), ("all", "All of today", len(orders))):
            text = f"{word} {count}"
            if self.chips.buttons[value].text() != text:
                self.chips.buttons[value].setText(text)
        every = self.chips.value == "all"
        rows = [
            OrderRow(order, paper.pending(order.order_id), source_of(paper, order.symbol))
            for order in orders
            if every or order.is_open
        ]
        before = self._chosen_id
        if self.table.show_rows(rows):
            self._notes.clear()
        if before and self.table.model.row_of(before) < 0:
            # Qt chooses the neighbour; a hand on its way to Cancel would cancel that.
            self.view.clearSelection()
            self._say(_GONE)
        if self.change.order_id and not any(
            row.order.order_id == self.change.order_id and row.order.is_open for row in rows
        ):
            self.change.close_row()
            self._say(_ENDED)
        self.cancel_all_button.block("" if working else "No order is working.")
        self._after_choice()

    def _note(self, row: OrderRow) -> str:
        order = row.order
        if not order.is_open:
            return order.text
        found = self._notes.get(order.order_id)
        if found is None:
            found = self._paper.why(order.order_id) if self._paper is not None else ""
            self._notes[order.order_id] = found
        return found

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(8, 4, 8, 4)
        top.setSpacing(8)
        top.addWidget(self.badge)
        top.addWidget(self.chips)
        top.addWidget(self.message, 1)
        for button in (self.change_button, self.cancel_button, self.cancel_all_button):
            button.setProperty("small", True)
            top.addWidget(button)
        for chip in self.chips.buttons.values():
            chip.setMinimumWidth(96)
        self._top, self._column = top, QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(top)
        self._column.addWidget(self.table, 1)
        self._column.addWidget(self.change)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE_FROM
        if beside != self._beside:
            # Between the buttons where there is room; a line of its own costs an order its row.
            self._beside = beside
            if beside:
                self.message.setContentsMargins(8, 0, 0, 0)
                self._top.insertWidget(2, self.message, 1)
            else:
                self.message.setContentsMargins(12, 2, 12, 4)
                self._column.addWidget(self.message)

    def _connect(self) -> None:
        self.chips.chosen.connect(self._on_chip)
        self.table.choice_changed.connect(self._after_choice)
        self.table.opened.connect(self._open)
        self.table.delete_asked.connect(self.cancel_button.click)
        self.change_button.done.connect(self._change)
        self.cancel_button.done.connect(self._cancel)
        self.cancel_all_button.done.connect(self.cancel_all_requested)
        for button in (self.change_button, self.cancel_button, self.cancel_all_button):
            button.refused.connect(self._say)
        self.change.replace_requested.connect(self.replace_requested)
        self.change.left.connect(self.view.setFocus)
        self.setFocusProxy(self.view)
        stops = (
            *self.chips.buttons.values(),
            self.view,
            self.change_button,
            self.cancel_button,
            self.cancel_all_button,
        )
        for before, after in pairwise(stops):
            self.setTabOrder(before, after)

    def _on_chip(self, value: str) -> None:
        self.table.set_empty(_EMPTY[value])
        self._chosen_id = ""
        if self._paper is not None:
            self._take_orders(self._paper)

    def _after_choice(self) -> None:
        row = self.table.chosen
        self._chosen_id = row.order.order_id if row is not None else ""
        reason = _NONE_CHOSEN if row is None else "" if row.order.is_open else _ENDED
        self.change_button.block(reason)
        self.cancel_button.block(reason)
        if row is not None:
            self._told = ""
            self.view.setAccessibleDescription(order_line(row.order))
        self._show_message()

    def _open(self) -> None:
        row = self.table.chosen
        if row is not None and not row.order.is_open:
            self.symbol_requested.emit(row.order.symbol)
        else:
            self.change_button.click()

    def _change(self) -> None:
        row = self.table.chosen
        if row is not None:
            self.change.open_for(row.order)

    def _cancel(self) -> None:
        row = self.table.chosen
        if row is not None:
            self.cancel_requested.emit(row.order.order_id)

    def _say(self, text: str) -> None:
        self._told = text
        self._show_message()

    def _show_message(self) -> None:
        """What was just told, else all that the chosen order waits for: its column may be too narrow for it."""
        row = self.table.chosen
        text = self._told or (self._note(row) if row is not None else "")
        self.message.show_text(text)
