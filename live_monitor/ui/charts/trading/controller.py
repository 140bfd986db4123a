"""Paper trading on one chart, put together; and what the rest of the program asks of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeyEvent
from PyQt6.QtWidgets import QWidget

from live_monitor.ui.charts.canvas import ChartCanvas
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.trading.deeds import TradeDeeds
from live_monitor.ui.charts.trading.menu_entries import entries_at
from live_monitor.ui.charts.trading.order_lines import LineBook
from live_monitor.ui.charts.trading.order_tool import OrderTool
from live_monitor.ui.charts.trading.placing_tools import BracketTool, ClickTool
from live_monitor.ui.charts.trading.sides import market_price, tradable
from live_monitor.ui.charts.trading.trade_bar import HEIGHT, TradeBar
from live_monitor.ui.charts.trading.values import Part
from live_monitor.ui.paper_view import PaperView

#: Logical pixels between the bar and what is beside it.
_BAR_GAP = 6


class ChartTrading(TradeDeeds):
    """Takes the mouse of `canvas` before the drawings do; `layer` is for the chart to paint. Main thread."""

    #: A click places orders from now on, or no longer.
    armed_changed = pyqtSignal(bool)
    #: Other sizes. Payload: shares of a click, percent of the account that a bracket may lose (both `Decimal`).
    sizes_changed = pyqtSignal(object, object)

    def __init__(
        self, canvas: ChartCanvas, state: ChartState, look: Look, free: Callable[[], bool], parent: QWidget
    ) -> None:
        """`parent` is the chart, which gets the keyboard while something is half done; `free`: no drawing tool is."""
        super().__init__(canvas, state, look, parent)
        self.bar = TradeBar(look.ink.theme, parent)
        self._themed = look.ink.theme
        self._book = LineBook()
        self.bar.set_sizes(self.hand.shares, self.hand.risk_percent)
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
        market, hand.market = hand.market, market_price(paper.quote(symbol))
        if hand.market != market:
            self.clicks.look()
        seen = (paper, symbol, paper.version)
        if seen == self._seen:
            if hand.draft is not None:
                # A stop that became a limit, a quote that grew old: what is placed is what is shown.
                self._size_draft()
                self.repaint()
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
        self._follow_dragged()
        self._size_draft()
        if [line.drawn for line in before] != [line.drawn for line in lines]:
            self.repaint_all()
        self._changed()

    def _follow_dragged(self) -> None:
        """The order in the hand may be smaller by now, or filled: then there is nothing left to move."""
        dragged = self.hand.dragged
        if dragged is None:
            return
        line, price = self._line(dragged.id), tradable(dragged.price)
        if line is not None and price is not None:
            self.carry(line, price)
            return
        self.hand.dragged = None
        self.orders.give_up()
        self.said.emit("The order has ended, nothing is moved")

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

    def actions_at(self, price: float, x: float, y: float, parent: QObject) -> list[QAction]:
        """What can be done at a price, and with the order at a place in device pixels; nothing without a paper desk."""
        if self._paper is None or not math.isfinite(price):
            return []
        found = self.layer.hit(x, y, lines=True)
        line, symbol = found[0] if found is not None else None, self.symbol
        # A price of one symbol must never become an order in another.
        return entries_at(price, line, self.hand, self, lambda: self.symbol == symbol, parent)

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
        if key == Qt.Key.Key_Control:
            self.clicks.look(event.modifiers() | Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_Escape and not event.modifiers():
            return self.give_up()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.hand.draft is not None:
            if not event.isAutoRepeat():
                self.accept()
            return True
        return False

    def release_key(self, event: QKeyEvent) -> None:
        """A click means a limit again once Ctrl is up."""
        if event.key() == Qt.Key.Key_Control:
            self.clicks.look(event.modifiers() & ~Qt.KeyboardModifier.ControlModifier)

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

    def acted(self, y: float) -> None:
        """A cross or a button was pressed, and what comes up in its place must not be pressed with it."""
        self.clicks.rest(y)

    # -- what follows ---------------------------------------------------------------------------

    def _changed(self) -> None:
        hand = self.hand
        draft = hand.draft is not None
        self.bar.show_state(armed=hand.armed, drawing=hand.drawing, draft=draft, notice=hand.notice)
        self.follow()
        self.repaint()

    def hover(self, hot: tuple[str, Part] | None, x: float, y: float) -> None:
        """Lights what is under the pointer, and says of an order what it waits for."""
        if hot is not None:
            # Tools that come later do not hear of it.
            self.clicks.cover()
        super().hover(hot, x, y)

    def _pan(self, across: float, down: float) -> None:
        self._canvas.dragged.emit(across)
        self._canvas.lifted.emit(down)

    def _on_left(self) -> None:
        self.clicks.leave()
        self.hover(None, 0.0, 0.0)
