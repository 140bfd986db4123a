"""Positions with their profit and loss as the market moves."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from live_monitor.data.models.orders import PositionRow
from live_monitor.ui.deed_button import DeedButton
from live_monitor.ui.elided_label import ElidedLabel
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.paper_columns import position_columns
from live_monitor.ui.paper_view import PaperView, source_of
from live_monitor.ui.provider_names import source_name
from live_monitor.ui.row_model import RowModel
from live_monitor.ui.row_table import RowTable
from live_monitor.ui.theme import Theme

_EMPTY: Final = "No positions. What you buy stands here with its profit or loss, valued at the middle of the quote."
_NONE_CHOSEN: Final = "Choose a position first."
_CLOSED: Final = "That position is closed already."
_NOTHING: Final = "No position is open."
_GONE: Final = "The chosen position is closed: nothing is chosen now."


class PositionsPanel(QWidget):
    """Delete asks to close the chosen position; who listens asks once more before it is done. Main thread."""

    #: Close a position at market. Payload: its symbol.
    flatten_requested = pyqtSignal(str)
    #: Close every position at market; no payload.
    flatten_all_requested = pyqtSignal()
    #: Show the symbol of an opened position. Payload: it.
    symbol_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seen: tuple[int, str] = (-1, "")
        self._chosen = ""
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._sources: dict[str, str] = {}
        model = RowModel(
            position_columns(self._source), theme, lambda row: row.symbol, lambda row: (row, self._source(row))
        )
        self.badge = PaperBadge(theme, self)
        self.message = ElidedLabel(self)
        self.close_button = DeedButton("Close position", "Close the chosen position at market (Delete)", self)
        self.close_all_button = DeedButton("Close all", "Close every position at market", self)
        self.table: RowTable[PositionRow] = RowTable("Positions", model, _EMPTY, self)
        self.view = self.table.view
        top = QHBoxLayout()
        top.setContentsMargins(8, 4, 8, 4)
        top.setSpacing(8)
        top.addWidget(self.badge)
        top.addWidget(self.message, 1)
        for button in (self.close_button, self.close_all_button):
            button.setProperty("small", True)
            button.refused.connect(self.message.show_text)
            top.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        self.table.choice_changed.connect(self._after_choice)
        self.table.opened.connect(self._open)
        self.table.delete_asked.connect(self.close_button.click)
        self.close_button.done.connect(self._close)
        self.close_all_button.done.connect(self.flatten_all_requested)
        self.setFocusProxy(self.view)
        self.setTabOrder(self.view, self.close_button)
        self.setTabOrder(self.close_button, self.close_all_button)
        self._after_choice()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.badge.set_theme(theme)
        self.table.set_theme(theme)

    def refresh(self, paper: PaperView, now_ms: int) -> None:
        """Takes over positions and their marks."""
        seen = (paper.version, paper.account_id)
        if seen == self._seen:
            return
        self._seen = seen
        rows, before = paper.positions(), self._chosen
        self._sources = {row.symbol: source_name(source_of(paper, row.symbol)) for row in rows}
        self.table.show_rows(rows)
        if before and self.table.model.row_of(before) < 0:
            # Qt chooses the neighbour; a hand on its way would close that.
            self.view.clearSelection()
            self.message.show_text(_GONE)
        self.close_all_button.block("" if any(row.quantity for row in rows) else _NOTHING)
        self._after_choice()

    def _source(self, row: PositionRow) -> str:
        """Whose mark it is; a close is kept with the account, not told by a source."""
        return "" if row.mark is None or row.mark_from == "close" else self._sources.get(row.symbol, "")

    def column_widths(self) -> list[int]:
        """Widths of the columns in pixels, for the saved layout."""
        return self.table.column_widths()

    def set_column_widths(self, widths: list[int]) -> None:
        """Restores the widths; a list of another length is left alone."""
        self.table.set_column_widths(widths)

    def _after_choice(self) -> None:
        row = self.table.chosen
        self._chosen = row.symbol if row is not None else ""
        reason = _NONE_CHOSEN if row is None else "" if row.quantity else _CLOSED
        self.close_button.block(reason)
        if row is not None:
            self.message.show_text("")

    def _open(self) -> None:
        if self._chosen:
            self.symbol_requested.emit(self._chosen)

    def _close(self) -> None:
        if self._chosen:
            self.flatten_requested.emit(self._chosen)
