"""The studies on the chart: what is shown, in which order, and which one is being looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import QModelIndex, QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QPainter
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from live_monitor.engine.signals.study import StudyChoice, label_of
from live_monitor.engine.signals.study_choice import ABOVE, OWN
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.charts.studies.fields import swatch
from live_monitor.ui.theme import Theme

_ID: Final = Qt.ItemDataRole.UserRole
_SWATCH: Final = 12
_PANES: Final = {"price": "over the price", "volume": "over the volume", "own": "in a pane of its own"}
_SHARED: Final = "in the pane of the one before it"


class _BoxedRows(QStyledItemDelegate):
    """Draws an edge around the boxes: that of Qt's style cannot be seen on a dark ground."""

    edge = QColor()

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        self.initStyleOption(option, index)
        view = self.parent()
        if painter is None or not isinstance(view, QWidget):
            return
        style = view.style()
        assert style is not None
        box = style.subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, view)
        painter.setPen(self.edge)
        painter.drawRect(box.adjusted(0, 0, -1, -1))


class ChosenList(QListWidget):
    """One row a study: a box that shows or hides it, its colour, its name. Rows can be dragged.

    Space shows or hides, Delete removes, Ctrl+Up and Ctrl+Down move.
    """

    #: Another row is looked at. Payload: its id, empty for none.
    picked = pyqtSignal(str)
    #: Show it when it is hidden, and the other way round. Payload: its id.
    toggle_requested = pyqtSignal(str)
    #: Payload: its id.
    remove_requested = pyqtSignal(str)
    #: Move it by a row. Payload: its id.
    up_requested = pyqtSignal(str)
    down_requested = pyqtSignal(str)
    #: Rows were dragged into another order. Payload: all ids (list of str), from the top.
    reordered = pyqtSignal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _BoxedRows(self)
        self.setItemDelegate(self._rows)
        self._dress(theme)
        self.setAccessibleName("Indicators on the chart")
        self.setAccessibleDescription("Space shows or hides, Delete removes, Ctrl+Up and Ctrl+Down move.")
        self.setProperty("popup", True)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(lambda: self.picked.emit(self.current()))
        self.itemChanged.connect(self._on_item_changed)
        model = self.model()
        assert model is not None
        model.rowsMoved.connect(lambda: self.reordered.emit(self.ids()))

    def ids(self) -> list[str]:
        """Ids of the rows, from the top."""
        return [str(item.data(_ID)) for row in range(self.count()) if (item := self.item(row)) is not None]

    def current(self) -> str:
        """The id of the row that is looked at; empty for none."""
        item = self.currentItem()
        return "" if item is None else str(item.data(_ID))

    def pick(self, study: str) -> None:
        """Looks at the row of this id, if there is one."""
        ids = self.ids()
        if study in ids:
            self.setCurrentRow(ids.index(study))

    def set_theme(self, theme: Theme, choices: Sequence[StudyChoice]) -> None:
        """Repaints the swatches."""
        self._dress(theme)
        self.set_choices(choices)

    def _dress(self, theme: Theme) -> None:
        self._theme = theme
        self._rows.edge = theme.color("muted")

    def set_choices(self, choices: Sequence[StudyChoice]) -> None:
        """Shows these; the row that was looked at stays so, or its neighbour when it is gone. No signal."""
        before, row = self.current(), self.currentRow()
        with QSignalBlocker(self):
            if self.ids() != [choice.id for choice in choices]:
                self.clear()
                for choice in choices:
                    made = QListWidgetItem()
                    made.setData(_ID, choice.id)
                    made.setFlags(made.flags() & ~Qt.ItemFlag.ItemIsDropEnabled | Qt.ItemFlag.ItemIsUserCheckable)
                    self.addItem(made)
                ids = self.ids()
                self.setCurrentRow(ids.index(before) if before in ids else min(max(row, 0), len(ids) - 1))
            for index, choice in enumerate(choices):
                item = self.item(index)
                if item is not None:
                    self._fill(item, choice)

    def _fill(self, item: QListWidgetItem, choice: StudyChoice) -> None:
        kind = CATALOG[choice.kind]
        line = next((output for output in kind.outputs if output.style != "histogram"), kind.outputs[0])
        item.setText(label_of(choice))
        item.setIcon(swatch(self._theme, choice.colors.get(line.key, line.role), _SWATCH))
        item.setCheckState(Qt.CheckState.Checked if choice.shown else Qt.CheckState.Unchecked)
        where = _SHARED if choice.pane == ABOVE else _PANES["own" if choice.pane == OWN else kind.pane]
        item.setToolTip(f"{kind.title}, {where}")

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        self.toggle_requested.emit(str(item.data(_ID)))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or not self.current():
            super().keyPressEvent(event)
            return
        steps = {Qt.Key.Key_Up: self.up_requested, Qt.Key.Key_Down: self.down_requested}
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_requested.emit(self.current())
        elif event.key() in steps and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps[Qt.Key(event.key())].emit(self.current())
        else:
            super().keyPressEvent(event)
