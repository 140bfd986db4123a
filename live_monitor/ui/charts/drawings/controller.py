"""The drawings of one chart, put together; and what the rest of the program asks of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace
from PyQt6.QtCore import QObject, QPoint, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QKeyEvent
from PyQt6.QtWidgets import QWidget

from live_monitor.ui.charts.canvas import ChartCanvas
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.drawings.book import DrawingBook
from live_monitor.ui.charts.drawings.deeds_menu import deeds_of
from live_monitor.ui.charts.drawings.easel import Easel
from live_monitor.ui.charts.drawings.hand import Hand
from live_monitor.ui.charts.drawings.json_form import Loaded, from_json, to_json
from live_monitor.ui.charts.drawings.keys import DrawingKeys
from live_monitor.ui.charts.drawings.layer import DrawingLayer
from live_monitor.ui.charts.drawings.magnet import tradable
from live_monitor.ui.charts.drawings.page import DrawingsPage
from live_monitor.ui.charts.drawings.places import Places
from live_monitor.ui.charts.drawings.text_field import TextField
from live_monitor.ui.charts.drawings.tool import DrawingTool
from live_monitor.ui.charts.drawings.values import Anchor, Drawing, Kind
from live_monitor.ui.charts.look import Look

#: A drag or a burst of edits is written once.
_WRITE_AFTER_MS: Final = 500


class ChartDrawings(QObject):
    """Takes the mouse of `canvas` first and asks it to repaint; `layer` is for the chart to paint. Main thread."""

    #: The drawings of a symbol changed and are to be kept. Payload: symbol, then `to_json` bytes (as object).
    changed = pyqtSignal(str, object)
    #: Another tool is in hand. Payload: `pointer` or a kind of drawing.
    tool_changed = pyqtSignal(str)
    #: The magnet was switched on or off.
    magnet_changed = pyqtSignal(bool)
    #: What assistive technology should say. Payload: a sentence.
    said = pyqtSignal(str)
    #: Something was refused. Payload: one line for the person.
    noticed = pyqtSignal(str)
    #: A step can be taken back, and one can be taken again.
    steps_changed = pyqtSignal(bool, bool)

    def __init__(
        self, canvas: ChartCanvas, state: ChartState, look: Look, moved: Callable[[], None], parent: QWidget
    ) -> None:
        """`parent` is the chart, which gets the focus back; `moved` tells it that window or crosshair moved."""
        super().__init__(parent)
        self._canvas = canvas
        self._state = state
        self._look = look
        self._chart = parent
        self._page: DrawingsPage | None = None
        self.symbol = ""
        self.easel = Easel(Places(state), self)
        self.hand = Hand(self.easel, self)
        self.layer = DrawingLayer(state, look, self.easel, self.hand.sketch, canvas.exposed_parts)
        self.pointer = DrawingTool(self.easel, self.hand, self.layer, self)
        self.keys = DrawingKeys(state, self.easel, self.hand, self.layer, moved)
        self.text_field = TextField(parent)
        #: The book has changed since it was last given away.
        self._unwritten = False
        self._writing = QTimer(self)
        self._writing.setSingleShot(True)
        self._writing.setInterval(_WRITE_AFTER_MS)
        self._wire()

    def _wire(self) -> None:
        self._canvas.route.tools.insert(0, self.pointer)
        self._canvas.left.connect(self.pointer.leave)
        easel = self.easel
        easel.touched.connect(self._repaint)
        easel.book_changed.connect(self._on_book_changed)
        easel.said.connect(self.said)
        easel.refused.connect(self._on_refused)
        easel.text_wanted.connect(self._ask_text)
        self.hand.tool_changed.connect(self.tool_changed)
        self.pointer.properties_wanted.connect(self.open_page)
        self.keys.page_wanted = self.open_page
        self.text_field.typed.connect(easel.set_text)
        self._writing.timeout.connect(self.flush)

    # Which drawings

    def set_symbol(self, symbol: str) -> None:
        """Shows the drawings of another symbol: none, until `load` brings them. What is not yet written is written."""
        if symbol == self.symbol:
            return
        self.text_field.keep()
        self.flush()
        self.symbol = symbol
        self._open(DrawingBook())

    def load(self, raw: bytes | None) -> Loaded | None:
        """Takes what `changed` gave at another time for this symbol; what is wrong with it is told, and left out."""
        self._writing.stop()
        loaded = self._read(raw) if raw is not None else None
        self._open(DrawingBook(loaded.drawings if loaded is not None else ()))
        return loaded

    def flush(self) -> None:
        """Gives away at once what is not yet written: comes before the end."""
        if self._writing.isActive():
            self._writing.stop()
        if self._unwritten and self.symbol:
            self._unwritten = False
            self.changed.emit(self.symbol, self.export_json())

    def export_json(self) -> bytes:
        """All drawings of the symbol, hidden ones too, for a file."""
        return to_json(self.easel.book.drawings, self.symbol)

    def import_json(self, raw: bytes) -> int:
        """Puts the drawings of a file on top, in one step that can be taken back; how many. Tells what was left out."""
        loaded = self._read(raw)
        if loaded is None:
            return 0
        return self.easel.merge(loaded.drawings)

    def _read(self, raw: bytes) -> Loaded | None:
        try:
            loaded = from_json(raw)
        except ValueError as error:
            self.noticed.emit(f"The file with drawings {error}")
            return None
        if loaded.refused:
            reasons = ", ".join(loaded.reasons)
            self.noticed.emit(f"{loaded.refused:,} of the drawings could not be read ({reasons})")
        return loaded

    def _open(self, book: DrawingBook) -> None:
        self.text_field.leave()
        self.hand.let_go()
        self.hand.sketch.hovered = None
        self.easel.open_book(book)
        self._unwritten = False
        self._tell_steps()

    # What the person asks for

    @property
    def tool(self) -> str:
        """The tool in hand: `pointer` or a kind."""
        return self.hand.tool

    def set_tool(self, tool: str) -> None:
        """Takes a tool into the hand."""
        self.keys.use(tool)

    @property
    def magnet(self) -> bool:
        """True while points stick to the open, high, low and close of bars."""
        return self.easel.places.magnet

    def set_magnet(self, on: bool) -> None:
        """Switches the magnet."""
        if on != self.magnet:
            self.easel.places.magnet = on
            self.magnet_changed.emit(on)

    def draw_at(self, kind: Kind, ms: int, price: float) -> None:
        """Puts a horizontal or vertical line, or a text, through a place on the chart."""
        if not math.isfinite(price):
            # A vertical line may be asked for beside the prices: any price in sight carries its handle.
            frame = self._state.frame
            price = frame.scale.price_at(frame.panes.price.height / 2)
        drawing = replace(self.easel.new(kind), anchors=(Anchor(ms, tradable(price)),))
        if kind == "text":
            self._ask_text(drawing)
        else:
            self.easel.add(drawing)

    def actions_at(self, x: float, y: float, parent: QObject) -> list[QAction]:
        """What can be done with the drawing at a place in device pixels, which is selected by it; else none."""
        hit = self.pointer.any_hit(x, y)
        self.easel.select(hit.id if hit is not None else None)
        return deeds_of(self.easel, self.open_page, parent)

    def selected_place(self) -> tuple[float, float] | None:
        """Where the selected drawing can be touched, in device pixels: a menu that is asked for by key means it."""
        drawing = self.easel.selected
        shape = self.layer.shape(drawing) if drawing is not None and not drawing.hidden else None
        if shape is None or not (shape.handles or shape.lines):
            return None
        if shape.handles:
            return next(iter(shape.handles.values()))
        return ((shape.lines[0].x1 + shape.lines[0].x2) / 2, (shape.lines[0].y1 + shape.lines[0].y2) / 2)

    def open_page(self, drawing_id: str = "") -> None:
        """Opens the page of all drawings, or brings it to the front; with the settings of one of them."""
        if drawing_id:
            self.easel.select(drawing_id)
        if self._page is None:
            self._page = DrawingsPage(self.easel, self._look.ink.theme, self._chart)
            self._page.destroyed.connect(self._forget_page)
            self._page.show()
        self._page.raise_()
        self._page.activateWindow()

    def _forget_page(self) -> None:
        self._page = None

    def press_key(self, event: QKeyEvent) -> bool:
        """Acts on a key that means the drawings; False for every other one."""
        return self.keys.press(event)

    def follow(self) -> None:
        """The window moved, or the theme is another one: text field and page go along."""
        drawing = self.text_field.drawing
        if drawing is not None:
            self.text_field.place(self._place_of(drawing))
        if self._page is not None:
            self._page.set_theme(self._look.ink.theme)

    def _ask_text(self, drawing: Drawing) -> None:
        new = self.easel.book.get(drawing.id) is None
        self.text_field.ask(drawing, self._place_of(drawing), new=new)

    def _place_of(self, drawing: Drawing) -> QPoint:
        """Where the text of a drawing begins, in logical pixels of the chart."""
        frame, anchor = self._state.frame, drawing.anchors[0]
        index = self.easel.places.index(anchor.ms)
        # Another symbol may be on the chart already that has no bars yet.
        x = frame.columns.x(index) / frame.ratio if math.isfinite(index) else 0
        place = self._canvas.pos()
        return QPoint(round(x) + place.x(), round(frame.scale.y(anchor.price) / frame.ratio) + place.y())

    # What follows from a change

    def _repaint(self) -> None:
        self._canvas.repaint_boxes(self.layer.changed_boxes())

    def _on_book_changed(self) -> None:
        self._unwritten = True
        self._writing.start()
        self._tell_steps()

    def _on_refused(self, why: str) -> None:
        self.noticed.emit(why)
        self.said.emit(why)

    def _tell_steps(self) -> None:
        book = self.easel.book
        self.steps_changed.emit(book.can_undo, book.can_redo)
