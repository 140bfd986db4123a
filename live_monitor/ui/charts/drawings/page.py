"""The page of drawings: all of a symbol's, hidden ones too, and the settings of the selected one. Never modal."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSignalBlocker, QSize, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from live_monitor.ui.charts.drawings.drawing_form import DrawingForm
from live_monitor.ui.charts.drawings.easel import Easel
from live_monitor.ui.charts.drawings.values import Drawing
from live_monitor.ui.charts.drawings.words import row_of
from live_monitor.ui.charts.studies.fields import swatch
from live_monitor.ui.theme import Theme

_ID: Final = Qt.ItemDataRole.UserRole
_SIZE: Final = (700, 460)
_LIST_WIDTH: Final = 304
_SWATCH: Final = 12
_EMPTY: Final = "Nothing is drawn on this symbol yet: Alt+1 to Alt+8 take a tool, or the menu Draw."


class DrawingList(QListWidget):
    """One row a drawing, the topmost first. Delete removes the selected one."""

    def __init__(self, easel: Easel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._easel = easel
        self.setAccessibleName("Drawings of the symbol")
        self.setAccessibleDescription("Delete removes the selected one.")
        self.setProperty("popup", True)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_LIST_WIDTH)
        self.currentItemChanged.connect(self._pick)

    def follow(self, theme: Theme) -> None:
        """Shows the drawings as they are now, with the selected one marked."""
        drawings = self._easel.book.drawings[::-1]
        with QSignalBlocker(self):
            if [self.item(row).data(_ID) for row in range(self.count())] != [each.id for each in drawings]:  # type: ignore[union-attr] # rows below count are there
                self.clear()
                for drawing in drawings:
                    row = QListWidgetItem()
                    row.setData(_ID, drawing.id)
                    self.addItem(row)
            for at, drawing in enumerate(drawings):
                self._dress(at, drawing, theme)
            chosen = next((at for at, each in enumerate(drawings) if each.id == self._easel.book.selected), -1)
            self.setCurrentRow(chosen)

    def _dress(self, at: int, drawing: Drawing, theme: Theme) -> None:
        row, text = self.item(at), row_of(drawing)
        assert row is not None
        if row.text() != text:
            row.setText(text)
            row.setToolTip(text)
        if row.data(_ID + 1) != (drawing.color, theme.name):
            row.setData(_ID + 1, (drawing.color, theme.name))
            row.setIcon(swatch(theme, drawing.color, _SWATCH))

    def _pick(self, row: QListWidgetItem | None) -> None:
        self._easel.select(row.data(_ID) if row is not None else None)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Delete:
            self._easel.remove()
            return
        super().keyPressEvent(event)


class DrawingsPage(QDialog):
    """Beside the chart, which shows every change at once. Main thread."""

    def __init__(self, easel: Easel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._easel = easel
        self._theme = theme
        self._shown: tuple[object, int, str | None] | None = None
        self.setWindowTitle("Drawings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.rows = DrawingList(easel, self)
        self.form = DrawingForm(theme, self)
        self.note = QLabel(_EMPTY, self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setProperty("muted", True)
        self.note.setWordWrap(True)
        self.clone = self._button("Clone", "Put a copy beside it (Ctrl+D on the chart)")
        self.front = self._button("To front", "Above all others")
        self.back = self._button("To back", "Below all others")
        self.remove = self._button("Delete", "Delete it (Del)")
        self._lay_out()
        self.clone.clicked.connect(easel.clone)
        self.front.clicked.connect(lambda: easel.arrange(front=True))
        self.back.clicked.connect(lambda: easel.arrange(front=False))
        self.remove.clicked.connect(easel.remove)
        self.form.edited.connect(lambda fields: easel.change(**fields))
        easel.touched.connect(self._follow)
        self._follow()
        self.resize(*_SIZE)
        self.rows.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        if theme is self._theme:
            return
        self._theme, self._shown = theme, None
        self.form.set_theme(theme)
        self._follow()

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        button.setToolTip(tip)
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.clone, self.front, self.back, self.remove):
            buttons.addWidget(button)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.rows)
        left.addWidget(self.note)
        left.addLayout(buttons)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(24, 24, 24, 24)
        columns.setSpacing(24)
        columns.addLayout(left)
        columns.addWidget(self.form, 1)

    def _follow(self) -> None:
        """The drawings, or the selection, may have changed: on the chart, or here."""
        book = self._easel.book
        now = (book, book.version, book.selected)
        if now == self._shown:
            # What is merely dragged, or under the pointer.
            return
        self._shown = now
        drawing = self._easel.selected
        self.rows.follow(self._theme)
        self.form.show_drawing(drawing)
        self.note.setVisible(not book.drawings)
        for button in (self.clone, self.front, self.back):
            button.setEnabled(drawing is not None)
        self.remove.setEnabled(drawing is not None and not drawing.locked)
