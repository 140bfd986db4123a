"""Paper trading on one chart, put together; and what the rest of the program asks of it."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from decimal import Decimal

from PyQt6.QtCore import QObject, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeyEvent
from PyQt6.QtWidgets import QToolTip, QWidget

from live_monitor.data.models.orders import ZERO, Order, OrderParams
from live_monitor.ui.charts.canvas import ChartCanvas
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.trading.bracket import Sized, draft_lines, sized
from live_monitor.ui.charts.trading.hand import TradeHand, drawn, with_price
from live_monitor.ui.charts.trading.layer import OrderLayer
from live_monitor.ui.charts.trading.menu_entries import entries_at
from live_monitor.ui.charts.trading.order_lines import LineBook, line_if, moved
from live_monitor.ui.charts.trading.order_tool import OrderTool
from live_monitor.ui.charts.trading.placing_tools import BracketTool, ClickTool
from live_monitor.ui.charts.trading.sides import market_price, tradable
from live_monitor.ui.charts.trading.trade_bar import HEIGHT, TradeBar
from live_monitor.ui.charts.trading.values import DRAFT_LINES, Intent, OrderLine, Part
from live_monitor.ui.number_format import format_price, format_size
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.paper_words import TYPE_WORDS

#: Logical pixels between the bar and what is beside it.
_BAR_GAP = 6
#: A bracket that is asked for by menu has its stop this share of the prices in sight away.
_FIRST_STOP = Decimal("0.08")


class ChartTrading(QObject):
    """Takes the mouse of `canvas` before the drawings do; `layer` is for the chart to paint. Main thread."""

    #: An order is to be placed. Payload: `OrderParams` without an id of its own (as object).
    order_requested = pyqtSignal(object)
    #: An order is to be looked over in the ticket. Payload: `OrderParams` (as object).
    ticket_requested = pyqtSignal(object)
    #: A working order is to have another price. Payload: `Replacement` (as object).
    replace_requested = pyqtSignal(object)
    #: An order is to be canceled. Payload: its id.
    cancel_requested = pyqtSignal(str)
    #: A click places orders from now on, or no longer.
    armed_changed = pyqtSignal(bool)
    #: Other sizes. Payload: shares of a click, percent of the account that a bracket may lose (both `Decimal`).
    sizes_changed = pyqtSignal(object, object)
    #: An order was selected: nothing else is.
    selected = pyqtSignal()
    #: What assistive technology should say. Payload: a sentence.
    said = pyqtSignal(str)

    def __init__(
        self, canvas: ChartCanvas, state: ChartState, look: Look, free: Callable[[], bool], parent: QWidget
    ) -> None:
        """`parent` is the chart, which gets the keyboard while something is half done; `free`: no drawing tool is."""
        super().__init__(parent)
        self._canvas, self._state, self._look, self._chart = canvas, state, look, parent
        self.bar = TradeBar(look.ink.theme, parent)
        self._themed = look.ink.theme
        self._paper: PaperView | None = None
        self._seen: object = None
        self._sized: Sized | None = None
        self.symbol = ""
        self._book = LineBook()
        self.hand = TradeHand()
        self.bar.set_sizes(self.hand.shares, self.hand.risk_percent)
        self.layer = OrderLayer(state, look, self.hand, lambda: canvas.exposed_region)
        #: Everything is to be painted anew; set by the chart.
        self.repaint_all: Callable[[], None] = canvas.repaint_all
        self.orders = OrderTool(state, self.hand, self.layer, self, self._pan)
        self.clicks = ClickTool(state, self.hand, self, free, self._pan)
        self.brackets = BracketTool(state, self.hand, self)
        canvas.route.tools[:0] = [self.orders, self.brackets, self.clicks]
        canvas.left.connect(self._on_left)
        self.bar.one_click_requested.connect(self.arm)
        self.bar.sizes_changed.connect(self._on_sizes)

    # -- once per frame -------------------------------------------------------------------------

    def refresh(self, paper: PaperView, symbol: str) -> None:
        """Takes over what changed in the paper desk; a change of words repaints a tag, a change of lines the chart."""
        hand = self.hand
        self.show_symbol(symbol)
        self._paper = paper
        hand.market = market_price(paper.quote(symbol))
        seen = (paper, symbol, paper.version)
        if seen == self._seen:
            return
        self._seen = seen
        hand.notice = paper.notice
        if hand.notice:
            self.arm(False)
        lines = self._book.lines(paper, symbol)
        hand.dropped = None
        if hand.selected and all(line.id != hand.selected for line in lines):
            hand.selected = ""
        before, self._look.order_lines = self._look.order_lines, lines
        self._size_draft()
        if [line.drawn for line in before] != [line.drawn for line in lines]:
            self.repaint_all()
        self._changed()

    def show_symbol(self, symbol: str) -> None:
        """Another symbol: what was half done was of the one before, and a click must not mean this one unasked."""
        if symbol == self.symbol:
            return
        self.symbol = symbol
        self.hand.forget()
        self.orders.give_up()
        self.arm(False)
        self._look.order_lines = []
        self._size_draft()
        self.repaint_all()
        self._changed()

    def follow(self) -> None:
        """Prices, size or theme are others: the bar goes along."""
        panes, ratio, theme = self._state.panes, self._canvas.devicePixelRatioF(), self._look.ink.theme
        if theme is not self._themed:
            self._themed = theme
            self.bar.set_theme(theme)
        price, bar = panes.price, self.bar
        shown = self._paper is not None and price.height >= 4 * HEIGHT * ratio
        bar.setVisible(shown)
        self.hand.bar = None
        if shown:
            # At the left, over old bars: the newest ones, tags and read-out stand elsewhere.
            left, top = _BAR_GAP, round(price.bottom / ratio) - HEIGHT - _BAR_GAP
            bar.move(left, top)
            sides = (left - _BAR_GAP, top - _BAR_GAP, bar.width() + 2 * _BAR_GAP, HEIGHT + 2 * _BAR_GAP)
            self.hand.bar = Box(*(round(side * ratio) for side in sides))

    def repaint(self) -> None:
        """Repaints the tags that changed, and nothing else."""
        boxes = self.layer.changed_boxes()
        if boxes:
            self._canvas.repaint_boxes(boxes)

    # -- what the person asks for ---------------------------------------------------------------

    def arm(self, on: bool) -> None:
        """A click places an order, or no longer; never while nothing can be placed."""
        on = on and self._paper is not None and not self.hand.notice
        if on == self.hand.armed:
            # The button or the menu has switched itself already.
            self.bar.click.setChecked(on)
            self.armed_changed.emit(on)
            return
        self.hand.armed = on
        if not on:
            self.intend(None)
        self._changed()
        self.said.emit("One-click trading is on: a click on the chart places a paper order" if on else "One-click off")
        self.armed_changed.emit(on)

    def draw_bracket(self) -> None:
        """The next drag on the chart is from the entry of a bracket to its stop."""
        self.hand.let_go()
        self.hand.drawing = True
        self.intend(None)
        self._chart.setFocus(Qt.FocusReason.OtherFocusReason)
        self.said.emit("Drag from the entry to the stop, down for long, up for short")
        self._changed()

    def on_drawing_tool(self, tool: str) -> None:
        """A drawing tool is in hand: the next drag is for it."""
        if tool != "pointer" and self.hand.drawing:
            self.give_up()

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

    def actions_at(self, price: float, x: float, y: float, parent: QObject) -> list[QAction]:
        """What can be done at a price, and with the order at a place in device pixels; nothing without a paper desk."""
        if self._paper is None or not math.isfinite(price):
            return []
        found = self.layer.hit(x, y, lines=True)
        line, symbol = found[0] if found is not None else None, self.symbol
        # A price of one symbol must never become an order in another.
        return entries_at(price, line, self.hand, self, lambda: self.symbol == symbol, parent)

    def look_over(self, order: OrderParams) -> None:
        """Shows an order in the ticket instead of placing it."""
        self.ticket_requested.emit(order)

    def resize(self, shares: Decimal, risk_percent: Decimal) -> None:
        """How many shares a click places, and how many percent of the account a bracket may lose."""
        self.hand.shares, self.hand.risk_percent = shares, risk_percent
        self.bar.set_sizes(shares, risk_percent)
        self._size_draft()
        self.repaint()

    def _on_sizes(self, shares: Decimal, risk_percent: Decimal) -> None:
        self.resize(shares, risk_percent)
        self.sizes_changed.emit(shares, risk_percent)

    def press_key(self, event: QKeyEvent) -> bool:
        """Acts on a key that means what is half done; False for every other one. Asked before drawings and bars."""
        key = event.key()
        if key == Qt.Key.Key_Escape and not event.modifiers():
            return self.give_up()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.hand.draft is not None:
            if not event.isAutoRepeat():
                self.accept()
            return True
        return False

    def press_last(self, event: QKeyEvent) -> bool:
        """Acts on a key that no drawing wants: cancels the selected order, or makes clicks safe again."""
        key, hand = event.key(), self.hand
        escape = key == Qt.Key.Key_Escape and not event.modifiers()
        if hand.selected and (escape or key == Qt.Key.Key_Delete) and not event.isAutoRepeat():
            self.close(hand.selected)
            return True
        if escape and hand.armed:
            self.arm(False)
            return True
        return False

    def give_up(self) -> bool:
        """What is half done ends, and nothing has happened; False when nothing was."""
        if not self.hand.let_go():
            return False
        self.orders.give_up()
        self._size_draft()
        self.said.emit("Nothing has changed")
        self._changed()
        return True

    # -- deeds of the tools ---------------------------------------------------------------------

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

    def accept(self) -> None:
        """Places the draft, once."""
        found = self._sized
        if found is None or found.params is None or found.why:
            return
        self.hand.draft = None
        self._size_draft()
        self._changed()
        self.order_requested.emit(found.params)

    def acted(self, y: float) -> None:
        """A cross or a button was pressed, and what comes up in its place must not be pressed with it."""
        self.clicks.rest(y)

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

    # -- what follows ---------------------------------------------------------------------------

    def _size_draft(self) -> None:
        """The size follows the distance of the stop, and what the account is worth now."""
        hand, paper = self.hand, self._paper
        self._sized, hand.draft_lines = None, []
        if hand.draft is not None and paper is not None:
            self._sized = sized(hand.draft, self.symbol, hand.risk_percent, hand.market, paper)
            worth = paper.account.net_liq if paper.account is not None else ZERO
            hand.draft_lines = draft_lines(self._sized, hand.risk_percent, worth)

    def _changed(self) -> None:
        hand = self.hand
        draft = hand.draft is not None
        self.bar.show_state(armed=hand.armed, drawing=hand.drawing, draft=draft, notice=hand.notice)
        self.follow()
        self.repaint()

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

    def _pan(self, across: float, down: float) -> None:
        self._canvas.dragged.emit(across)
        self._canvas.lifted.emit(down)

    def _on_left(self) -> None:
        self.clicks.leave()
        self.hover(None, 0.0, 0.0)
