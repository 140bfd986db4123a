"""Entry and exit signals as tables that sort by meaning: numbers as numbers, times by their instant."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QSortFilterProxyModel, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from live_monitor.ui.hub_view import HubView
from live_monitor.ui.signal_columns import (
    ENTRY_COLUMNS,
    EXIT_COLUMNS,
    Column,
    Signal,
    SortKey,
    is_entry,
    start_of_bar_ms,
)
from live_monitor.ui.text_keys import LetterFreeTable
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip

SORT_ROLE: Final = Qt.ItemDataRole.UserRole + 1
ROW_HEIGHT: Final = 26


class SignalModel(QAbstractTableModel):
    """Signals, oldest first; the view sorts. Rows are inserted, never reset, while the symbol stays."""

    def __init__(self, columns: Sequence[Column], theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self._theme = theme
        self._signals: list[Signal] = []

    @property
    def signals(self) -> Sequence[Signal]:
        """Signals held, oldest first."""
        return self._signals

    def set_theme(self, theme: Theme) -> None:
        """Colours for the next paint."""
        self._theme = theme
        if self._signals:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._signals) - 1, len(self.columns) - 1))

    def append(self, signals: Sequence[Signal]) -> None:
        """Adds newer signals."""
        if not signals:
            return
        first = len(self._signals)
        self.beginInsertRows(QModelIndex(), first, first + len(signals) - 1)
        self._signals.extend(signals)
        self.endInsertRows()

    def clear(self) -> None:
        """Forgets all; for another symbol."""
        if self._signals:
            self.beginResetModel()
            self._signals.clear()
            self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._signals)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        signal = self._signals[index.row()]
        column = self.columns[index.column()]
        result: object = None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            result = column.text(signal)
        elif role == Qt.ItemDataRole.ToolTipRole:
            result = plain_tooltip(column.text(signal))
        elif role == SORT_ROLE:
            result = column.sort_key(signal)
        elif role == Qt.ItemDataRole.ForegroundRole:
            result = self._theme.color(column.role(signal))
        elif role == Qt.ItemDataRole.FontRole:
            result = self._theme.font(13, 600 if column.bold else 400)
        elif role == Qt.ItemDataRole.TextAlignmentRole:
            result = _alignment(column)
        return result

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].heading
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[section])
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.font(11)
        return None


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class SortedSignals(QSortFilterProxyModel):
    """Sorts by the columns' sort keys; what has no number comes last in either direction."""

    def lessThan(self, left: QModelIndex, right: QModelIndex) -> bool:
        one, two = left.data(SORT_ROLE), right.data(SORT_ROLE)
        return _before(one, two, ascending=self.sortOrder() == Qt.SortOrder.AscendingOrder)


def _before(one: SortKey, two: SortKey, *, ascending: bool) -> bool:
    if isinstance(one, str) or isinstance(two, str):
        return str(one) < str(two)
    if math.isnan(one) or math.isnan(two):
        return (not math.isnan(one) and math.isnan(two)) if ascending else (math.isnan(one) and not math.isnan(two))
    return one < two


class SignalTable(QWidget):
    """One table of signals."""

    #: Show the bar of a double-clicked signal. Payload: start of its minute in market ms, as object (64 bit).
    bar_requested = pyqtSignal(object)

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        belongs: Callable[[Signal], bool],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._belongs = belongs
        self._focus: str | None = None
        self._taken = 0
        self._seen_version = -1
        self._newest: Signal | None = None
        self.model = SignalModel(columns, theme, self)
        self._sorted = SortedSignals(self)
        self._sorted.setSourceModel(self.model)
        self.view = LetterFreeTable(self)
        self.view.setAccessibleName(name)
        self.view.setModel(self._sorted)
        self._prepare_view(columns)
        self._empty = QLabel(f"No {name.lower()} yet. The rules look at every minute that closes.", self.view)
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setProperty("muted", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)

    def _prepare_view(self, columns: Sequence[Column]) -> None:
        view = self.view
        view.setSortingEnabled(True)
        view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTabKeyNavigation(False)
        view.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        rows, head = view.verticalHeader(), view.horizontalHeader()
        assert rows is not None
        assert head is not None
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        head.setSectionsMovable(True)
        head.setMinimumSectionSize(56)
        # The last column takes what is left; a width of its own would make room for a scroll bar instead.
        for section, column in enumerate(columns[:-1]):
            head.resizeSection(section, column.width)
        view.activated.connect(self._ask_for_bar)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.model.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._empty.setGeometry(0, 0, self.width(), self.height())

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Takes over new signals; starts again when the symbol changed or the list was rebuilt."""
        if hub.signals_version == self._seen_version and hub.focus == self._focus:
            return
        self._seen_version = hub.signals_version
        signals = hub.signals
        count = len(signals)
        rebuilt = count < self._taken or (self._taken > 0 and signals[self._taken - 1] is not self._newest)
        if hub.focus != self._focus or rebuilt:
            self._focus = hub.focus
            self._taken = 0
            self._newest = None
            self.model.clear()
            self._empty.show()
        if count == self._taken:
            return
        self.model.append([signal for signal in signals[self._taken :] if self._belongs(signal)])
        self._taken = count
        self._newest = signals[count - 1]
        self._empty.setVisible(self.model.rowCount() == 0)

    def column_widths(self) -> list[int]:
        """Widths of the columns in pixels, for the saved layout."""
        return [self.view.columnWidth(section) for section in range(len(self.model.columns))]

    def set_column_widths(self, widths: Sequence[int]) -> None:
        """Restores the widths; a list of another length is left alone."""
        if len(widths) == len(self.model.columns):
            for section, width in enumerate(widths[:-1]):
                self.view.setColumnWidth(section, max(40, min(width, 2_000)))

    def _ask_for_bar(self, index: QModelIndex) -> None:
        row = self._sorted.mapToSource(index).row()
        started = start_of_bar_ms(self.model.signals[row])
        if started:
            self.bar_requested.emit(started)


def entry_table(theme: Theme, parent: QWidget | None = None) -> SignalTable:
    """The table of entry signals."""
    return SignalTable("Entry signals", ENTRY_COLUMNS, is_entry, theme, parent)


def exit_table(theme: Theme, parent: QWidget | None = None) -> SignalTable:
    """The table of exit signals."""
    return SignalTable("Exit signals", EXIT_COLUMNS, lambda signal: not is_entry(signal), theme, parent)
