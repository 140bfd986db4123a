"""The view of a `RowModel`: rows chosen as a whole, figures in line, and words where there is nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from PyQt6.QtCore import QItemSelectionModel, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from live_monitor.ui.row_model import RowModel
from live_monitor.ui.text_keys import LetterFreeTable
from live_monitor.ui.theme import Theme

ROW_HEIGHT: Final = 26
#: Room that a scroll bar takes.
_BAR: Final = 12
Row = TypeVar("Row")


class _DeedTable(LetterFreeTable):
    """Tells the key that asks for something to be done with the chosen row."""

    #: Delete or Backspace was pressed; no payload.
    delete_pressed = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if not event.isAutoRepeat():
                self.delete_pressed.emit()
            return
        super().keyPressEvent(event)


class RowTable(QWidget, Generic[Row]):
    """A table with one row chosen at most; sorted by a click on a heading."""

    #: Another row is chosen, or none; no payload: see `chosen`.
    choice_changed = pyqtSignal()
    #: The chosen row was opened by Enter or a double click; no payload.
    opened = pyqtSignal()
    #: The chosen row is to be taken away (Delete); no payload.
    delete_asked = pyqtSignal()

    def __init__(self, name: str, model: RowModel[Row], empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        #: Columns that have no room at present, and their widths.
        self._left_out: dict[int, int] = {}
        self.view = _DeedTable(self)
        self.view.setAccessibleName(name)
        self.view.setModel(model)
        model.setParent(self)
        self._prepare_view()
        self._empty = QLabel(empty, self.view)
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setProperty("muted", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(16)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)

    def _prepare_view(self) -> None:
        view = self.view
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTabKeyNavigation(False)
        view.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        rows, head, choice = view.verticalHeader(), view.horizontalHeader(), view.selectionModel()
        assert rows is not None
        assert head is not None
        assert choice is not None
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        head.setHighlightSections(False)
        head.setSectionsMovable(True)
        head.setMinimumSectionSize(48)
        *columns, last = self.model.columns
        for section, column in enumerate(columns):
            head.resizeSection(section, column.width)
        # The last one takes what is left, and at least what it has before it is told to.
        head.resizeSection(len(columns), min(last.width, head.defaultSectionSize()))
        head.setStretchLastSection(True)
        view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        view.setSortingEnabled(True)
        choice.selectionChanged.connect(lambda _now, _before: self.choice_changed.emit())
        view.activated.connect(lambda _index: self.opened.emit())
        view.delete_pressed.connect(self.delete_asked)

    @property
    def chosen(self) -> Row | None:
        """The chosen row; None where none is."""
        choice = self.view.selectionModel()
        rows = choice.selectedRows() if choice is not None else []
        return self.model.rows[rows[0].row()] if rows else None

    def choose(self, key: str) -> bool:
        """Chooses the row of this key; False where there is none."""
        at = self.model.row_of(key)
        if at < 0:
            return False
        self.choose_row(at)
        return True

    def choose_row(self, at: int) -> None:
        """Chooses the row that is listed at this place."""
        choice = self.view.selectionModel()
        if choice is not None and 0 <= at < self.model.rowCount():
            flag = QItemSelectionModel.SelectionFlag
            choice.setCurrentIndex(self.model.index(at, 0), flag.ClearAndSelect | flag.Rows)

    def show_rows(self, rows: Sequence[Row]) -> bool:
        """Takes rows over; True when something changed."""
        changed = self.model.show_rows(rows)
        if changed or self._empty.isHidden() != bool(rows):
            self._empty.setVisible(not rows)
        return changed

    def set_empty(self, text: str) -> None:
        """What stands where there are no rows."""
        if text != self._empty.text():
            self._empty.setText(text)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.model.set_theme(theme)

    def column_widths(self) -> list[int]:
        """Widths of the columns in pixels, for the saved layout; of one that is left out, what it had."""
        widths = [self.view.columnWidth(section) for section in range(len(self.model.columns))]
        return [self._left_out.get(section, width) for section, width in enumerate(widths)]

    def set_column_widths(self, widths: Sequence[int]) -> None:
        """Restores the widths, with or without those of spare columns; a list of another length is left alone."""
        columns = self.model.columns
        sections = [at for at, column in enumerate(columns) if len(widths) == len(columns) or not column.spare]
        if len(widths) != len(sections):
            return
        for section, width in list(zip(sections, widths, strict=True))[:-1]:
            fitting = max(40, min(width, 2_000))
            self.view.setColumnWidth(section, fitting)
            if section in self._left_out:
                self._left_out[section] = fitting

    def _fit(self) -> None:
        """Leaves spare columns out where not all have room: better than the last one cut short."""
        columns, view = self.model.columns, self.view
        narrow = self.width() - _BAR < sum(column.width for column in columns)
        head = view.horizontalHeader()
        for section in (at for at, column in enumerate(columns) if column.spare):
            if head is None or view.isColumnHidden(section) == narrow:
                continue
            if narrow and section not in self._left_out:
                self._left_out[section] = view.columnWidth(section)
            elif not narrow:
                self._left_out.pop(section, None)
            view.setColumnHidden(section, narrow)
            # Qt fits the last column to what is there only when it is told to stretch it.
            head.setStretchLastSection(False)
            head.setStretchLastSection(True)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()
        head = self.view.horizontalHeader()
        top = head.height() if head is not None else 0
        self._empty.setGeometry(0, top, self.width(), max(0, self.height() - top))
