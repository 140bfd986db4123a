"""What a right click on a drawing offers."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction

from live_monitor.ui.charts.drawings.easel import Easel


def deeds_of(easel: Easel, properties: Callable[[str], object], parent: QObject) -> list[QAction]:
    """Actions on the selected drawing; none where none is selected. They belong to `parent`, the menu."""
    drawing = easel.selected
    if drawing is None:
        return []
    made: list[QAction] = []

    def add(text: str, run: Callable[[], object], *, enabled: bool = True) -> None:
        action = QAction(text, parent)
        action.setEnabled(enabled)
        action.triggered.connect(lambda _checked=False: run())
        made.append(action)

    book = easel.book
    add("Drawing &properties…", lambda: properties(drawing.id))
    add("Edit &text…", lambda: easel.text_wanted.emit(drawing), enabled=not drawing.locked)
    add("Clone\tCtrl+D", easel.clone)
    add("Un&lock\tAlt+L" if drawing.locked else "&Lock\tAlt+L", easel.toggle_lock)
    add("Hide", easel.hide)
    add("Bring to front", lambda: easel.arrange(front=True), enabled=book.drawings[-1] is not drawing)
    add("Send to back", lambda: easel.arrange(front=False), enabled=book.drawings[0] is not drawing)
    add("Delete\tDel", easel.remove, enabled=not drawing.locked)
    return made
