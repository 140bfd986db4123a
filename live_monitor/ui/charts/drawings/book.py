"""The drawings of one symbol, and every step back. Pure, no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any, Final

from msgspec.structs import replace as changed

from live_monitor.ui.charts.drawings.values import MAX_DRAWINGS, Anchor, Drawing, flaw_of

Drawings = tuple[Drawing, ...]

#: Steps that can be taken back. One costs eight bytes for each drawing there is, as the drawings themselves are shared.
MAX_STEPS: Final = 200


class DrawingBook:
    """Drawings from the lowest to the topmost. Main thread.

    Every change is one step that `undo` takes back exactly. Between `begin_drag` and `end_drag` all changes are one.
    What is locked cannot be moved or removed, only unlocked or given another look. What cannot be taken is refused
    with a ValueError in words for people, and nothing has changed then.
    """

    def __init__(self, drawings: Iterable[Drawing] = ()) -> None:
        """Starts with `drawings` as they are: from `from_json`, which has checked them."""
        self._drawings: Drawings = tuple(drawings)
        self._by_id = {drawing.id: drawing for drawing in self._drawings}
        self._selected: str | None = None
        self._undo: list[Drawings] = []
        self._redo: list[Drawings] = []
        self._before_drag: Drawings | None = None
        #: Rises at every change of a drawing or their order, but not with the selection.
        self.version = 0

    def __len__(self) -> int:
        return len(self._drawings)

    @property
    def drawings(self) -> Drawings:
        """All of them, the topmost last."""
        return self._drawings

    @property
    def selected(self) -> str | None:
        """The id of the selected drawing, which is always one of the book."""
        return self._selected

    def get(self, drawing_id: str) -> Drawing | None:
        """The drawing of this id."""
        return self._by_id.get(drawing_id)

    def select(self, drawing_id: str | None) -> None:
        """Selects a drawing; none for None and for an id that there is not."""
        self._selected = drawing_id if drawing_id in self._by_id else None

    def fresh_id(self) -> str:
        """An id that no drawing of the book has."""
        return next(name for number in count(len(self._drawings) + 1) if (name := f"d{number}") not in self._by_id)

    def add(self, drawing: Drawing) -> None:
        """Puts a new drawing on top. ValueError when it is not sound, its id is taken, or there are too many."""
        self._check(drawing)
        if drawing.id in self._by_id:
            raise ValueError(f"There is a drawing {drawing.id} already.")
        if len(self._drawings) >= MAX_DRAWINGS:
            raise ValueError(f"A symbol can have {MAX_DRAWINGS:,} drawings at most.")
        self._step((*self._drawings, drawing))

    def replace(self, drawing: Drawing) -> None:
        """Puts `drawing` in the place of the one with its id. ValueError when it is not sound, unknown, or locked."""
        old = self._known(drawing.id)
        if drawing == old:
            return
        if old.locked and drawing.locked and drawing.anchors != old.anchors:
            raise ValueError("This drawing is locked.")
        self._check(drawing)
        self._step(tuple(drawing if each.id == drawing.id else each for each in self._drawings))

    def change(self, drawing_id: str, **fields: Any) -> None:
        """`replace` with some fields changed: `change(id, locked=True)`."""
        self.replace(changed(self._known(drawing_id), **fields))

    def change_all(self, **fields: Any) -> None:
        """Changes fields of all drawings in one step: `change_all(hidden=True)`. ValueError when one is not sound."""
        fresh = tuple(changed(each, **fields) for each in self._drawings)
        for drawing in fresh:
            self._check(drawing)
        self._step(fresh)

    def remove(self, drawing_id: str) -> bool:
        """False when there is none, or it is locked."""
        drawing = self._by_id.get(drawing_id)
        if drawing is None or drawing.locked:
            return False
        self._step(tuple(each for each in self._drawings if each is not drawing))
        return True

    def clear(self) -> int:
        """Removes all that are not locked; how many."""
        kept = tuple(each for each in self._drawings if each.locked)
        removed = len(self._drawings) - len(kept)
        self._step(kept)
        return removed

    def clone(self, drawing_id: str, anchors: tuple[Anchor, ...] | None = None) -> Drawing:
        """Puts a copy on top, not locked, at `anchors` or in the same place, and selects it. Raises as `add`."""
        drawing = self._known(drawing_id)
        copy = changed(drawing, id=self.fresh_id(), anchors=anchors or drawing.anchors, locked=False)
        self.add(copy)
        self._selected = copy.id
        return copy

    def to_front(self, drawing_id: str) -> None:
        """Makes it the topmost one."""
        drawing = self._known(drawing_id)
        self._step((*(each for each in self._drawings if each is not drawing), drawing))

    def to_back(self, drawing_id: str) -> None:
        """Makes it the lowest one."""
        drawing = self._known(drawing_id)
        self._step((drawing, *(each for each in self._drawings if each is not drawing)))

    def merge(self, drawings: Iterable[Drawing]) -> int:
        """Puts imported drawings on top in one step, with new ids where theirs are taken; how many were taken.

        What is there already is left out, and so is what is not sound or too much.
        """
        fresh = dict(self._by_id)
        known = {changed(drawing, id="") for drawing in self._drawings}
        numbers = count(len(fresh) + 1)
        for drawing in drawings:
            if len(fresh) >= MAX_DRAWINGS:
                break
            if flaw_of(drawing) or changed(drawing, id="") in known:
                continue
            name = drawing.id
            while name in fresh:
                name = f"d{next(numbers)}"
            fresh[name] = changed(drawing, id=name)
        taken = len(fresh) - len(self._drawings)
        self._step(tuple(fresh.values()))
        return taken

    @property
    def can_undo(self) -> bool:
        """True when there is a step to take back and no drag under way."""
        return bool(self._undo) and self._before_drag is None

    @property
    def can_redo(self) -> bool:
        """True when a step was taken back, nothing has changed since, and no drag is under way."""
        return bool(self._redo) and self._before_drag is None

    def undo(self) -> bool:
        """Takes the last step back; False when there is none."""
        if not self.can_undo:
            return False
        self._redo.append(self._drawings)
        self._show(self._undo.pop())
        return True

    def redo(self) -> bool:
        """Takes the step again that was taken back last; False when there is none."""
        if not self.can_redo:
            return False
        self._undo.append(self._drawings)
        self._show(self._redo.pop())
        return True

    @property
    def dragging(self) -> bool:
        """True between `begin_drag` and `end_drag` or `cancel_drag`."""
        return self._before_drag is not None

    def begin_drag(self) -> None:
        """From here on all changes are one step."""
        if self._before_drag is None:
            self._before_drag = self._drawings

    def end_drag(self) -> bool:
        """The drag is over: one step, or none when everything is as it was. True when something changed."""
        before, self._before_drag = self._before_drag, None
        if before is None or before == self._drawings:
            return False
        self._note(before)
        return True

    def cancel_drag(self) -> None:
        """Everything is as it was when the drag began."""
        before, self._before_drag = self._before_drag, None
        if before is not None and before != self._drawings:
            self._show(before)

    def _known(self, drawing_id: str) -> Drawing:
        drawing = self._by_id.get(drawing_id)
        if drawing is None:
            raise ValueError(f"There is no drawing {drawing_id}.")
        return drawing

    @staticmethod
    def _check(drawing: Drawing) -> None:
        flaw = flaw_of(drawing)
        if flaw:
            raise ValueError(f"This drawing cannot be taken ({flaw}).")

    def _step(self, drawings: Drawings) -> None:
        if drawings == self._drawings:
            return
        if self._before_drag is None:
            self._note(self._drawings)
        self._show(drawings)

    def _note(self, before: Drawings) -> None:
        self._undo.append(before)
        del self._undo[:-MAX_STEPS]
        self._redo.clear()

    def _show(self, drawings: Drawings) -> None:
        self._drawings = drawings
        self._by_id = {drawing.id: drawing for drawing in drawings}
        if self._selected not in self._by_id:
            self._selected = None
        self.version += 1
