"""The line in which the text of a drawing is typed, at its place on the chart."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QKeyEvent
from PyQt6.QtWidgets import QLineEdit, QWidget

from live_monitor.ui.charts.drawings.values import MAX_TEXT, Drawing

#: Logical pixels.
_WIDTH: Final = 220


class TextField(QLineEdit):
    """Enter and a click elsewhere keep the text, Escape leaves it. Main thread."""

    #: The text is typed. Payload: the `Drawing` it is for (as object), then the text.
    typed = pyqtSignal(object, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMaxLength(MAX_TEXT)
        self.setFixedWidth(_WIDTH)
        self.setPlaceholderText("Text, then Enter")
        self.setAccessibleName("Text of the drawing")
        self.hide()
        #: What the text is for, while the field is open.
        self.drawing: Drawing | None = None
        self.returnPressed.connect(self.keep)

    def ask(self, drawing: Drawing, place: QPoint, *, new: bool) -> None:
        """Opens at `place` (in the parent), with the text that `drawing` has unless it is a new one."""
        self.keep()
        self.drawing = drawing
        self.setText("" if new else drawing.text)
        self.selectAll()
        self.place(place)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def place(self, at: QPoint) -> None:
        """Moves along with the chart, wholly inside of it."""
        parent = self.parentWidget()
        assert parent is not None
        self.adjustSize()
        x = max(0, min(at.x(), parent.width() - self.width()))
        y = max(0, min(at.y() - self.height() // 2, parent.height() - self.height()))
        self.move(x, y)

    def keep(self) -> None:
        """Takes the text as it is; closes."""
        drawing = self._close()
        if drawing is not None:
            self.typed.emit(drawing, self.text())

    def leave(self) -> None:
        """Closes, and everything stays as it was."""
        self._close()

    def _close(self) -> Drawing | None:
        drawing, self.drawing = self.drawing, None
        if drawing is not None:
            parent = self.parentWidget()
            if self.hasFocus() and parent is not None:
                parent.setFocus(Qt.FocusReason.OtherFocusReason)
            self.hide()
        return drawing

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        super().keyPressEvent(event)
        if event is not None:
            # No key may go on to the chart below, which would pan or delete.
            event.accept()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        if event is None or event.reason() != Qt.FocusReason.PopupFocusReason:
            self.keep()
