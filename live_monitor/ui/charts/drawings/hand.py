"""What is half done: the tool in hand, the points of a new drawing, the drawing that is dragged."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from live_monitor.ui.charts.drawings.easel import Easel
from live_monitor.ui.charts.drawings.placing import Placing
from live_monitor.ui.charts.drawings.sketch import Sketch
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, Anchor, Drawing, Kind, flaw_of
from live_monitor.ui.charts.drawings.words import POINTER, hint


class Hand(QObject):
    """Works on an easel by mouse or by keyboard; nothing is in the book before it is done. Main thread."""

    #: Another tool is in hand. Payload: `pointer` or a kind.
    tool_changed = pyqtSignal(str)

    def __init__(self, easel: Easel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._easel = easel
        self.sketch = Sketch()
        self.tool = POINTER
        self._placing: Placing | None = None
        #: A measure for the moment, which comes into no book.
        self._quick = False
        #: The drawing that is dragged, as it was; and whether a copy of it is.
        self._held: Drawing | None = None
        self._copying = False

    # The tool in hand

    @property
    def placing(self) -> Placing | None:
        """The drawing that comes into being, if any."""
        return self._placing

    def use(self, tool: str) -> None:
        """Takes a tool into the hand: a kind, or the pointer. An unfinished drawing is left."""
        self._leave()
        if tool not in KINDS:
            self._take(POINTER)
            self._easel.said.emit("Pointer")
        else:
            self._easel.select(None)
            self._take(tool)
            self._begin(tool)
            self._easel.said.emit(self.sketch.hint)
        self._easel.touched.emit()

    def _take(self, tool: str) -> None:
        if tool != self.tool:
            self.tool = tool
            self.tool_changed.emit(tool)

    def begin_quick(self) -> None:
        """A measure that is gone with the next press."""
        self._leave()
        self._quick = True
        self._begin("measure")

    def _begin(self, kind: Kind) -> None:
        self._placing = Placing(self._easel.new(kind))
        self._ask(kind)

    def _ask(self, kind: Kind) -> None:
        placed = self._placing.placed if self._placing is not None else 0
        self.sketch.hint = hint(kind, placed, magnet=self._easel.places.magnet)

    def follow(self, anchor: Anchor | None) -> None:
        """The point that is not yet fixed is here, or nowhere; before the first one only what needs no other shows."""
        if self._placing is None:
            return
        lonely = ANCHORS[self._placing.kind] == 1 and self._placing.kind != "text"
        shown = anchor is not None and (self._placing.placed > 0 or lonely)
        preview = self._placing.at(anchor) if anchor is not None and shown else None
        if preview != self.sketch.preview and (preview is None or not flaw_of(preview)):
            self.sketch.preview = preview
            self._easel.touched.emit()

    def put(self, anchor: Anchor) -> None:
        """Fixes the next point; the last one finishes the drawing."""
        placing = self._placing
        if placing is None:
            return
        if not placing.set(anchor):
            self._ask(placing.kind)
            self.follow(anchor)
            self._easel.said.emit(self.sketch.hint)
            self._easel.touched.emit()
            return
        drawing = placing.finished()
        if self._quick:
            # It stays in sight, though in no book.
            self._placing, self.sketch.preview, self.sketch.hint = None, drawing, ""
            self._easel.said.emit(self._easel.describe(drawing))
        else:
            self._leave()
            self._take(POINTER)
            if drawing.kind == "text":
                self._easel.text_wanted.emit(drawing)
            else:
                self._easel.add(drawing)
        self._easel.touched.emit()

    def end_quick(self) -> None:
        """Takes the finished measure away that was for the moment."""
        if self._quick and self._placing is None:
            self._leave()
            self._easel.touched.emit()

    # Dragging

    @property
    def held(self) -> Drawing | None:
        """The drawing that is dragged, as it was before."""
        return self._held

    def grab(self, drawing: Drawing, *, copy: bool = False) -> None:
        """Takes a drawing, or a copy of it, into the hand."""
        self._held, self._copying = drawing, copy
        self.sketch.preview = drawing
        self.sketch.lifted = None if copy else drawing.id
        self._easel.touched.emit()

    def drag_to(self, drawing: Drawing) -> None:
        """What is held stands here now; a place that no drawing may have is left out."""
        if self._held is not None and drawing != self.sketch.preview and not flaw_of(drawing):
            self.sketch.preview = drawing
            self._easel.touched.emit()

    def drop(self) -> None:
        """Lets go: one step that can be taken back, or none when nothing moved."""
        held, preview = self._held, self.sketch.preview
        self._leave()
        if held is not None and preview is not None and preview.anchors != held.anchors:
            if self._copying:
                self._easel.copy(preview)
            else:
                self._easel.replace(preview)
        self._easel.touched.emit()

    # Letting go

    @property
    def busy(self) -> bool:
        """True while a tool is in hand or something is half done."""
        return self.tool != POINTER or self._quick or self._held is not None

    def let_go(self) -> bool:
        """Leaves what is half done, and takes the pointer; False when there was nothing to leave."""
        busy = self.busy
        self._leave()
        self._take(POINTER)
        if busy:
            self._easel.touched.emit()
        return busy

    def _leave(self) -> None:
        self._placing, self._held, self._quick = None, None, False
        self.sketch.preview = self.sketch.lifted = None
        self.sketch.hint = ""
