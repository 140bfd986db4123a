"""What becomes of a gesture on the chart: wishes that leave it, and what the hand holds until then."""

from __future__ import annotations

import html
from abc import abstractmethod
from decimal import Decimal
from typing import Final

from PyQt6.QtCore import QObject, QPoint, Qt, pyqtSignal
from PyQt6.QtWidgets import QToolTip, QWidget

from live_monitor.data.models.orders import ZERO, Order, OrderParams
from live_monitor.ui.charts.canvas import ChartCanvas
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.trading.bracket import Sized, draft_lines, sized
from live_monitor.ui.charts.trading.hand import TradeHand, drawn, with_price
from live_monitor.ui.charts.trading.layer import OrderLayer
from live_monitor.ui.charts.trading.order_lines import line_if, moved
from live_monitor.ui.charts.trading.sides import tradable
from live_monitor.ui.charts.trading.values import DRAFT_LINES, Intent, OrderLine, Part
from live_monitor.ui.number_format import format_price, format_size
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.paper_words import TYPE_WORDS

#: A bracket that is asked for by menu has its stop this share of the prices in sight away.
_FIRST_STOP: Final = Decimal("0.08")


class TradeDeeds(QObject):
    """The hand of one chart, without the mouse: each deed is told, asked for and repainted here. Main thread."""

    #: An order is to be placed. Payload: `OrderParams` without an id of its own (as object).
    order_requested = pyqtSignal(object)
    #: An order is to be looked over in the ticket. Payload: `OrderParams` (as object).
    ticket_requested = pyqtSignal(object)
    #: A working order is to have another price. Payload: `Replacement` (as object).
    replace_requested = pyqtSignal(object)
    #: An order is to be canceled. Payload: its id.
    cancel_requested = pyqtSignal(str)
    #: An order was selected: nothing else is.
    selected = pyqtSignal()
    #: What assistive technology should say. Payload: a sentence.
    said = pyqtSignal(str)

    def __init__(self, canvas: ChartCanvas, state: ChartState, look: Look, chart: QWidget) -> None:
        """`chart` gets the keyboard while something is half done."""
        super().__init__(chart)
        self._canvas, self._state, self._look, self._chart = canvas, state, look, chart
        self._paper: PaperView | None = None
        self._seen: object = None
        self._sized: Sized | None = None
        self.symbol = ""
        self.hand = TradeHand()
        self.layer = OrderLayer(state, look, self.hand, lambda: canvas.exposed_region)

    @abstractmethod
    def _changed(self) -> None:
        """What is in the hand is another thing."""

    # -- order lines ----------------------------------------------------------------------------

    def select(self, line_id: str) -> None:
        """Marks an order as the one that Escape and Delete mean."""
        if line_id != self.hand.selected:
            self.hand.selected = line_id
            line = self._line(line_id)
            if line is not None:
                self.selected.emit()
                self.said.emit(f"{line.badge} {line.text}. Escape or Delete cancels it")
            self.repaint()

    def carry(self, line: OrderLine, price: Decimal) -> None:
        """A line follows the pointer."""
        hand = self.hand
        if line.id in DRAFT_LINES:
            if hand.draft is not None:
                hand.draft = with_price(hand.draft, line.id, price)
                self._size_draft()
        else:
            order = self._order(line.id)
            there = line_if(self._paper, order, price) if order is not None and self._paper is not None else None
            # Back where it was it is as it was.
            hand.dragged = (there or line)._replace(waiting=True, closes=False)
        self.repaint()

    def drop(self, line: OrderLine) -> None:
        """A line was let go: its order is asked to have that price, unless it is where it was."""
        hand, order = self.hand, self._order(line.id)
        hand.dragged, price = None, tradable(line.price)
        change = moved(order, price) if order is not None and price is not None else None
        if change is not None:
            # Until the order is there: else it would jump back for a frame.
            hand.dropped = line
            self._seen = None
            self.replace_requested.emit(change)
        self.repaint()

    def close(self, line_id: str) -> None:
        """The cross: an order is to be canceled, a draft is given up."""
        if line_id in DRAFT_LINES:
            self.hand.draft = None
            self._size_draft()
            self._changed()
        else:
            self.cancel_requested.emit(line_id)

    def hover(self, hot: tuple[str, Part] | None, x: float, y: float) -> None:
        """Lights what is under the pointer, and says of an order what it waits for."""
        if hot == self.hand.hot:
            return
        before, self.hand.hot = self.hand.hot, hot
        self.repaint()
        if hot is not None and hot[1] == "tag":
            self._tell(hot[0], x, y)
        elif before is not None:
            QToolTip.hideText()

    # -- a click --------------------------------------------------------------------------------

    def intend(self, intent: Intent | None) -> None:
        """Shows what a click would place, or nothing."""
        hand = self.hand
        if intent == hand.intent:
            return
        hand.intent, hand.preview = intent, None
        if intent is not None:
            size, price = format_size(float(hand.shares)), format_price(float(intent.price))
            tone = "up" if intent.side == "BUY" else "down"
            words = f"{TYPE_WORDS[intent.order_type]} {price} · PAPER, a click places it"
            hand.preview = OrderLine("preview", float(intent.price), tone, f"{intent.side} {size}", words, waiting=True)
        self.repaint()

    def place(self, intent: Intent) -> None:
        """Places what a click means."""
        self.order_requested.emit(self.params_of(intent))

    def look_over(self, order: OrderParams) -> None:
        """Shows an order in the ticket instead of placing it."""
        self.ticket_requested.emit(order)

    def params_of(self, intent: Intent) -> OrderParams:
        """The order of a click or of an entry of the menu, with the shares of a click."""
        limit = intent.order_type == "LMT"
        return OrderParams(
            symbol=self.symbol,
            side=intent.side,
            quantity=self.hand.shares,
            order_type=intent.order_type,
            limit_price=intent.price if limit else None,
            stop_price=None if limit else intent.price,
        )

    # -- a bracket ------------------------------------------------------------------------------

    def bracket_at(self, price: float, *, long: bool) -> None:
        """A draft with its entry at a price and its stop some way off, to be moved and placed."""
        frame, entry = self._state.frame, tradable(price)
        if entry is None:
            return
        away = Decimal(str(frame.scale.high - frame.scale.low)) * _FIRST_STOP
        stop = tradable(float(entry - away if long else entry + away))
        if stop is not None:
            self.draw(entry, stop)
            self.drawn()

    def draw(self, entry: Decimal, stop: Decimal) -> None:
        """A bracket from its entry to its stop."""
        self.hand.draft = drawn(entry, stop)
        self._size_draft()
        self.repaint()

    def drawn(self) -> None:
        """The bracket waits to be placed; where none was drawn, the next drag still draws one."""
        if self.hand.draft is not None:
            self.hand.drawing = False
            self._chart.setFocus(Qt.FocusReason.OtherFocusReason)
            self.said.emit(". ".join(f"{line.badge} {line.text}" for line in self.hand.draft_lines))
        self._changed()

    def accept(self) -> None:
        """Places the draft, once."""
        found = self._sized
        if found is None or found.params is None or found.why:
            return
        self.hand.draft = None
        self._size_draft()
        self._changed()
        self.order_requested.emit(found.params)

    def _size_draft(self) -> None:
        """The size follows the distance of the stop, and what the account is worth now."""
        hand, paper = self.hand, self._paper
        self._sized, hand.draft_lines = None, []
        if hand.draft is not None and paper is not None:
            self._sized = sized(hand.draft, self.symbol, hand.risk_percent, hand.market, paper)
            worth = paper.account.net_liq if paper.account is not None else ZERO
            hand.draft_lines = draft_lines(self._sized, hand.risk_percent, worth)

    # -- what follows ---------------------------------------------------------------------------

    def repaint(self) -> None:
        """Repaints the tags that changed, and nothing else."""
        boxes = self.layer.changed_boxes()
        if boxes:
            self._canvas.repaint_boxes(boxes)

    def _line(self, line_id: str) -> OrderLine | None:
        return next((line for line in self._look.order_lines if line.id == line_id), None)

    def _order(self, order_id: str) -> Order | None:
        orders = self._paper.orders() if self._paper is not None else ()
        return next((order for order in orders if order.order_id == order_id), None)

    def _tell(self, line_id: str, x: float, y: float) -> None:
        why = self._paper.why(line_id) if self._paper is not None and self._order(line_id) is not None else ""
        ratio = self._canvas.devicePixelRatioF()
        place = self._canvas.viewport().mapToGlobal(QPoint(round(x / ratio), round(y / ratio)))
        if why:
            QToolTip.showText(place, html.escape(why), self._canvas)
