"""How the providers are doing: one row each, and the way back after another one took over."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from live_monitor.clock import Clock
from live_monitor.ui.deed_button import DeedButton
from live_monitor.ui.elided_label import ElidedLabel
from live_monitor.ui.hub_view import HubView
from live_monitor.ui.provider_columns import key_of, mark_of, provider_columns, row_of, told_by
from live_monitor.ui.row_model import RowModel
from live_monitor.ui.row_table import RowTable
from live_monitor.ui.theme import Theme

#: Ages grow by the second; a change of state shows at once.
_EVERY_S: Final = 1.0
_EMPTY: Final = "No provider has said anything yet. Connect one, or take the simulated market from the menu File."
_FIRST_IN_USE: Final = "The first provider is in use."


class ProvidersPanel(QWidget):
    """Reads `providers` of the hub. Main thread."""

    #: Go back to the first provider; connect another one. No payload.
    use_first_requested = pyqtSignal()
    connect_asked = pyqtSignal()
    #: The chosen provider was opened (Enter): show its page. Payload: its id.
    opened = pyqtSignal(str)

    def __init__(self, theme: Theme, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._refreshed_at = -math.inf
        self._seen: object = None
        self._told = ""
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.table = RowTable("Providers", RowModel(provider_columns(), theme, key_of, mark_of), _EMPTY, self)
        self.view = self.table.view
        # First, second, beside.
        self.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.message = ElidedLabel(self)
        self.use_first = DeedButton("Use the first again", "Go back to the first provider", self)
        self.connect_button = DeedButton("Connect a provider…", "Choose, test and save a provider", self)
        self._lay_out()
        self.use_first.block(_FIRST_IN_USE)
        self.use_first.done.connect(self.use_first_requested)
        self.use_first.refused.connect(self._say)
        self.connect_button.done.connect(self.connect_asked)
        self.table.opened.connect(self._open)
        self.table.choice_changed.connect(self._after_choice)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(12, 4, 8, 4)
        top.setSpacing(8)
        top.addWidget(self.message, 1)
        for button in (self.use_first, self.connect_button):
            button.setProperty("small", True)
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.view)
        for before, after in pairwise((self.view, self.use_first, self.connect_button)):
            self.setTabOrder(before, after)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.table.set_theme(theme)

    def refresh(self, hub: HubView, _now_ms: int) -> None:
        """Takes over what changed; ages once a second, and only while somebody looks."""
        now, statuses = self._clock.monotonic(), list(hub.providers.values())
        seen = [(status.provider, status.role, status.link, status.in_use) for status in statuses]
        if seen == self._seen and (now - self._refreshed_at < _EVERY_S or not self.isVisible()):
            return
        self._seen, self._refreshed_at = seen, now
        self.table.show_rows([row_of(status, now) for status in statuses])
        stood_in = any(status.in_use and status.role == "second" for status in statuses)
        self.use_first.block("" if stood_in else _FIRST_IN_USE)
        self._show_message()

    def column_widths(self) -> list[int]:
        """Widths of the columns in pixels, for the saved layout."""
        return self.table.column_widths()

    def set_column_widths(self, widths: list[int]) -> None:
        """Restores the widths; a list of another length is left alone."""
        self.table.set_column_widths(widths)

    def _open(self) -> None:
        row = self.table.chosen
        if row is not None:
            self.opened.emit(row.status.provider)

    def _after_choice(self) -> None:
        self._told = ""
        self._show_message()

    def _say(self, text: str) -> None:
        self._told = text
        self._show_message()

    def _show_message(self) -> None:
        """What was just told, else all that the chosen provider says: its column may be too narrow for it."""
        row = self.table.chosen
        self.message.show_text(self._told or (told_by(row) if row is not None else ""))
