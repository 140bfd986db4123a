"""Fills of today with their receipts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from live_monitor.ui.paper_columns import fill_columns
from live_monitor.ui.paper_view import FillView, PaperView
from live_monitor.ui.paper_words import price, shares, side_word
from live_monitor.ui.receipt_card import ReceiptCard
from live_monitor.ui.row_model import RowModel
from live_monitor.ui.row_table import RowTable
from live_monitor.ui.theme import Theme

_EMPTY: Final = "No fills today. Each one comes with a receipt that says which quote made it, and by which rule."
#: From this width on the receipt stands beside the table, below it else.
BESIDE_FROM: Final = 720
_MINUTE_MS: Final = 60_000


class FillsPanel(QWidget):
    """A table of fills, and the receipt of the chosen one. Main thread."""

    #: Show the symbol of an opened fill; comes before `bar_requested`. Payload: it.
    symbol_requested = pyqtSignal(str)
    #: Show the bar of an opened fill. Payload: start of its minute in market ms, as object (64 bit).
    bar_requested = pyqtSignal(object)

    def __init__(self, theme: Theme, clock_text: Callable[[int], str], parent: QWidget | None = None) -> None:
        """`clock_text`: market ms as a time of day."""
        super().__init__(parent)
        self._clock_text = clock_text
        self._paper: PaperView | None = None
        self._seen: tuple[int, str] = (-1, "")
        self._last: tuple[str, int, FillView | None] = ("", 0, None)
        model = RowModel(fill_columns(clock_text), theme, _key)
        self.table = RowTable("Fills", model, _EMPTY, self)
        self.view = self.table.view
        self.receipt = ReceiptCard(theme, self)
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.receipt)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes([770, 264])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.split)
        self.setFocusProxy(self.view)
        self.table.choice_changed.connect(self._show_receipt)
        self.table.opened.connect(self._open)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.table.set_theme(theme)
        self.receipt.set_theme(theme)

    def refresh(self, paper: PaperView, now_ms: int) -> None:
        """Takes over new fills."""
        self._paper = paper
        seen = (paper.version, paper.account_id)
        if seen == self._seen:
            return
        self._seen = seen
        fills = paper.fills()
        # Fills are never changed: as many with the same one at the end are the same fills.
        last = (paper.account_id, len(fills), fills[-1] if fills else None)
        if last == self._last:
            return
        self._last = last
        self.table.show_rows(fills)
        self._show_receipt()

    def column_widths(self) -> list[int]:
        """Widths of the columns in pixels, for the saved layout."""
        return self.table.column_widths()

    def set_column_widths(self, widths: list[int]) -> None:
        """Restores the widths; a list of another length is left alone."""
        self.table.set_column_widths(widths)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        beside = self.width() >= BESIDE_FROM
        way = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self.split.orientation() != way:
            self.split.setOrientation(way)
            self.split.setSizes([770, 264] if beside else [3, 2])

    def _show_receipt(self) -> None:
        row = self.table.chosen
        if row is None or self._paper is None:
            self.receipt.clear()
            return
        filled = row.filled
        title = (
            f"{side_word(filled.side)} {shares(filled.quantity)} {filled.symbol} at {price(filled.price)},"
            f" {self._clock_text(filled.at_ms)}"
        )
        self.receipt.show_receipt(title, self._paper.receipt(filled.execution_id))

    def _open(self) -> None:
        row = self.table.chosen
        if row is not None:
            self.symbol_requested.emit(row.filled.symbol)
            self.bar_requested.emit(row.filled.at_ms - row.filled.at_ms % _MINUTE_MS)


def _key(row: FillView) -> str:
    return row.filled.execution_id
