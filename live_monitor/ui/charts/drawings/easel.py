"""What can be done to the drawings of one chart. Mouse, keyboard, menus and dialogs all come here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from msgspec.structs import replace as changed
from PyQt6.QtCore import QObject, pyqtSignal

from live_monitor.ui.charts.drawings.book import DrawingBook
from live_monitor.ui.charts.drawings.places import Places
from live_monitor.ui.charts.drawings.values import KINDS, Drawing, Kind, clean_text
from live_monitor.ui.charts.drawings.words import spoken, title_of

#: How new drawings of a kind look until the person has chosen otherwise.
_FIRST_LOOKS: Final[dict[Kind, dict[str, Any]]] = {
    # Slanted lines have soft edges: one pixel of them looks weaker than one of a level line.
    "trend": {"width": 2},
    "ray": {"width": 2},
    "vertical": {"dash": "dashed"},
    "text": {"color": "text"},
}
#: What the next drawing of a kind takes over from the last one that was changed.
_KEPT_LOOKS: Final = frozenset({"color", "width", "dash"})


class Easel(QObject):
    """The book, the selection, and every deed that the book keeps. Main thread."""

    #: Something of what is painted changed; no payload, like `book_changed`.
    touched = pyqtSignal()
    #: Drawings were added, changed or removed.
    book_changed = pyqtSignal()
    #: What assistive technology should say now. Payload: a sentence.
    said = pyqtSignal(str)
    #: Why something was not done. Payload: one line for the person.
    refused = pyqtSignal(str)
    #: A text is to be typed at its place. Payload: the `Drawing`, which is in the book or not yet (as object).
    text_wanted = pyqtSignal(object)

    def __init__(self, places: Places, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.places = places
        self.book = DrawingBook()
        self._looks: dict[Kind, dict[str, Any]] = {kind: dict(_FIRST_LOOKS.get(kind, {})) for kind in KINDS}

    def open_book(self, book: DrawingBook) -> None:
        """Shows the drawings of another symbol."""
        self.book = book
        self.touched.emit()

    def new(self, kind: Kind) -> Drawing:
        """A drawing of this kind without points: with an id, and the look that this kind had last."""
        text = title_of(kind) if kind == "text" else ""
        return Drawing(id=self.book.fresh_id(), kind=kind, anchors=(), text=text, **self._looks[kind])

    def add(self, drawing: Drawing) -> None:
        """Puts a new drawing into the book and selects it. Its id may have been taken while it was drawn."""
        if self.book.get(drawing.id) is not None:
            drawing = changed(drawing, id=self.book.fresh_id())
        if self._try(partial(self.book.add, drawing)):
            self.book.select(drawing.id)
            self._tell()
        self.touched.emit()

    def replace(self, drawing: Drawing) -> None:
        """The drawing of this id has other points."""
        if self._try(lambda: self.book.replace(drawing)):
            self._tell()
        self.touched.emit()

    def copy(self, drawing: Drawing) -> None:
        """Puts a copy of the drawing of this id into the book, with other points."""
        if self._try(lambda: self.book.clone(drawing.id, drawing.anchors)):
            self._tell()
        self.touched.emit()

    # The selection

    @property
    def selected(self) -> Drawing | None:
        """The selected drawing."""
        return self.book.get(self.book.selected) if self.book.selected is not None else None

    def select(self, drawing_id: str | None) -> None:
        """Selects a drawing or none, and says which."""
        if drawing_id == self.book.selected:
            return
        self.book.select(drawing_id)
        self._tell()
        self.touched.emit()

    def step_selection(self, drawings: list[Drawing], step: int) -> None:
        """Walks through `drawings`, those in sight, in a circle."""
        if not drawings:
            self.said.emit("No drawings in sight")
            return
        ids = [drawing.id for drawing in drawings]
        at = ids.index(self.book.selected) + step if self.book.selected in ids else (0 if step > 0 else -1)
        at %= len(ids)
        self.book.select(ids[at])
        self._tell((at + 1, len(ids)))
        self.touched.emit()

    def _tell(self, place: tuple[int, int] | None = None) -> None:
        drawing = self.selected
        self.said.emit(f"{self.describe(drawing, place)}, selected" if drawing is not None else "No drawing selected")

    def describe(self, drawing: Drawing, place: tuple[int, int] | None = None) -> str:
        """A drawing in words."""
        return spoken(drawing, self.places.timeframe_ms, place=place)

    # Deeds on the selected drawing, or on all

    def change(self, **fields: Any) -> None:
        """Gives the selected drawing another look; new drawings of its kind get the same colour, width and pattern."""
        drawing = self.selected
        if drawing is None:
            return
        if self._try(lambda: self.book.change(drawing.id, **fields)):
            self._looks[drawing.kind] |= {key: value for key, value in fields.items() if key in _KEPT_LOOKS}
        self.touched.emit()

    def toggle_lock(self) -> None:
        """Locks the selected drawing, or unlocks it."""
        drawing = self.selected
        if drawing is not None:
            self.change(locked=not drawing.locked)
            self._tell()

    def hide(self) -> None:
        """Hides the selected drawing; the list of drawings shows it again."""
        if self.selected is not None:
            self.change(hidden=True)
            self.select(None)

    def remove(self) -> bool:
        """Removes the selected drawing; False where none is selected. One that is locked stays, and says so."""
        drawing = self.selected
        if drawing is None:
            return False
        if drawing.locked:
            self.refused.emit(f"This {title_of(drawing.kind).lower()} is locked")
        elif self._try(lambda: self.book.remove(drawing.id)):
            self.said.emit(f"{title_of(drawing.kind)} deleted")
        self.touched.emit()
        return True

    def clone(self) -> None:
        """Puts a copy of the selected drawing a little beside it."""
        drawing = self.selected
        if drawing is not None:
            self.copy(self.places.beside(drawing))

    def arrange(self, *, front: bool) -> None:
        """Puts the selected drawing above all others, or below them."""
        drawing = self.selected
        if drawing is not None:
            move = self.book.to_front if front else self.book.to_back
            self._try(lambda: move(drawing.id))
            self.touched.emit()

    def merge(self, drawings: Sequence[Drawing]) -> int:
        """Puts drawings of a file on top, in one step; how many there were that are not here already."""
        taken = self.book.merge(drawings)
        if taken:
            self.book_changed.emit()
            self.touched.emit()
        return taken

    def set_text(self, drawing: Drawing, text: str) -> None:
        """Gives a drawing its text; a new one comes into the book with it. A text drawing without text goes."""
        words = clean_text(text)
        if self.book.get(drawing.id) is None:
            if words:
                self.add(changed(drawing, text=words))
        elif not words and drawing.kind == "text":
            self.book.select(drawing.id)
            self.remove()
        elif self._try(lambda: self.book.change(drawing.id, text=words)):
            self._tell()
        self.touched.emit()

    def undo(self) -> None:
        """Takes the last step back."""
        self._travel(self.book.undo, "Undone", "Nothing to undo")

    def redo(self) -> None:
        """Takes the step again that was taken back."""
        self._travel(self.book.redo, "Redone", "Nothing to redo")

    def clear(self) -> None:
        """Removes all drawings of the symbol that are not locked."""
        removed = self.book.clear()
        self.said.emit(f"{removed} drawing{'' if removed == 1 else 's'} deleted")
        if removed:
            self.book_changed.emit()
        self.touched.emit()

    def _travel(self, step: Callable[[], bool], done: str, nothing: str) -> None:
        moved = step()
        self.said.emit(done if moved else nothing)
        if moved:
            self.book_changed.emit()
        self.touched.emit()

    def _try(self, deed: Callable[[], object]) -> bool:
        """Does something to the book; what it refuses is told. True when it was done."""
        before = self.book.version
        try:
            deed()
        except ValueError as error:
            self.refused.emit(str(error))
            return False
        if self.book.version != before:
            self.book_changed.emit()
        return True
