"""A person who trades on paper in the real desktop: hands on ticket, tables and chart, eyes on what is kept."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import msgspec
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QGuiApplication

from live_monitor.data.models.orders import Order, Side
from live_monitor.data.paper_desk import PaperDesk
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.studies.fields import ChoiceField
from live_monitor.ui.charts.trading.controller import ChartTrading
from live_monitor.ui.charts.trading.tags import Tag
from live_monitor.ui.number_field import NumberField
from live_monitor.ui.order_ticket import OrderTicket
from live_monitor.ui.trade_panels import TradePanels
from tests.e2e.chart_subject import Person
from tests.ui.charts.gestures import qtest
from tests.ui.hands import click, press, type_text

Key = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
#: More than the ticket's pause between two presses.
PAUSE_S = 0.2


class Wish(NamedTuple):
    """What is to stand on the ticket; prices as they are typed."""

    side: Side
    quantity: int
    kind: str = "MKT"
    limit: str = ""
    stop: str = ""
    trail: str = ""
    force: str = "DAY"
    target: str = ""
    protect: str = ""


class Trader(Person):
    """Everything goes through keys and clicks; the desk is only looked at."""

    _pressed_at = -math.inf

    @property
    def symbol(self) -> str:
        return self.stage.manager.hub.focus or ""

    @property
    def trade(self) -> TradePanels:
        return self.stage.desktop.window.trade

    @property
    def ticket(self) -> OrderTicket:
        return self.trade.ticket

    @property
    def on_chart(self) -> ChartTrading:
        return self.chart.trading

    @property
    def desk(self) -> PaperDesk:
        desk = self.stage.desk.orders._paper
        assert isinstance(desk, PaperDesk)
        return desk

    @property
    def now_s(self) -> float:
        return self.stage.desktop.clock.monotonic()

    @property
    def ready(self) -> bool:
        """Orders are taken, and there is a quote to trade at."""
        stage = self.stage
        if not (stage.shown and stage.live and stage.desktop.chart is not None and self.frame()):
            return False
        return self.desk.ready and not self.desk.notice and self.quoted

    @property
    def quoted(self) -> bool:
        """The quote has two sides and is a second old at most."""
        view = self.desk.quote(self.symbol)
        return view is not None and 0 < view.bid < view.ask and self.now_s - view.received < 1.0

    def price(self, side: str, away: float = 0.0) -> str:
        """A price of the market, so many percent away, as it is typed."""
        view = self.desk.quote(self.symbol)
        assert view is not None
        return f"{(view.ask if side == 'ask' else view.bid) * (1 + away / 100):.2f}"

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        """Presses a key, wherever the keyboard is."""
        window = self.stage.desktop.window
        press(window.focusWidget() or window, key, held)

    def put(self, field: NumberField, text: str) -> None:
        """Types into a field of the ticket."""
        self.ticket.fields.ensureWidgetVisible(field)
        click(field)
        field.selectAll()
        type_text(field, text)

    def pick(self, field: ChoiceField, value: str) -> None:
        """Chooses with the arrow keys."""
        press(field, Key.Key_Home)
        for _ in range(field.findData(value)):
            press(field, Key.Key_Down)
        assert field.value() == value

    def fill(self, wish: Wish) -> None:
        """Writes an order on the ticket, from the key B or S on."""
        form = self.ticket.form
        self.chart.setFocus()
        self.key(Key.Key_B if wish.side == "BUY" else Key.Key_S)
        self.pick(form.order_type, wish.kind)
        self.pick(form.force, wish.force)
        if form.bracket.isChecked() != bool(wish.target):
            press(form.bracket, Key.Key_Space)
        texts = (
            (form.amount, str(wish.quantity)), (form.limit, wish.limit), (form.stop, wish.stop),
            (form.trail, wish.trail), (form.target, wish.target), (form.protect, wish.protect),
        )  # fmt: skip
        for field, text in texts:
            if text:
                self.put(field, text)
        self.frame()

    def send(self) -> None:
        """Enter in the field where the keyboard is."""
        self._pressed_at = self.now_s
        self.key(Key.Key_Return)

    @property
    def settled(self) -> bool:
        """Everything is on the disk, and the next press counts."""
        hints = QGuiApplication.styleHints()
        assert hints is not None
        rest = hints.mouseDoubleClickInterval() / 1000 + PAUSE_S
        kept = not any(self.desk.pending(order.order_id) for order in self.desk.orders())
        return kept and self.now_s - self._pressed_at > rest and self.ready

    @property
    def newest(self) -> Order:
        """The order that was placed last, children of brackets left out."""
        return max((one for one in self.desk.orders() if not one.parent_id), key=lambda one: int(one.order_id[1:]))

    def show(self, page: str) -> None:
        """Opens a page of the lower panel by its command; a frame later it shows what there is."""
        self.choose(page)
        self.stage.desk.orders.on_frame()

    # -- the table of orders, the journal -------------------------------------------------------

    def point_at(self, order: Order) -> None:
        """Clicks on the row of a working order."""
        self.show("orders")
        table = self.trade.orders.table
        row = table.model.row_of(order.order_id)
        assert row >= 0
        port = table.view.viewport()
        table.view.scrollTo(table.model.index(row, 0))
        click(port, table.view.visualRect(table.model.index(row, 0)).center())
        assert table.chosen is not None

    def change_quantity(self, order: Order, quantity: int) -> None:
        """Enter on the row, another quantity, Enter."""
        self.point_at(order)
        press(self.trade.orders.view, Key.Key_Return)
        field = self.trade.orders.change.fields["quantity"]
        field.selectAll()
        type_text(field, str(quantity))
        press(field, Key.Key_Return)

    def strike(self, order: Order) -> None:
        """Delete on the row."""
        self.point_at(order)
        press(self.trade.orders.view, Key.Key_Delete)

    def note(self, text: str) -> None:
        """Writes into the journal and goes elsewhere."""
        self.show("journal")
        click(self.trade.journal.text)
        type_text(self.trade.journal.text, text)
        self.chart.setFocus()

    # -- the chart ------------------------------------------------------------------------------

    def click_chart(self, share: float) -> None:
        """Clicks left of the tags; `share`: of the height of the price pane."""
        self.click(0.4, share)

    def drag_line(self, order: Order, down: int) -> None:
        """Takes the tag of an order by the hand and lets go so many pixels further down."""
        self.drag(self._middle(self.tag(order).badge), down)

    def cross_out(self, order: Order) -> None:
        """Clicks on the cross of the tag of an order."""
        cross = self.tag(order).close
        assert cross is not None
        qtest.mouseClick(self.chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=self._middle(cross))

    def tag(self, order: Order) -> Tag:
        """The tag of the line of an order."""
        self.stage.desk.orders.on_frame()
        return next(tag for tag in self.on_chart.layer.tags() if tag.line.id == order.order_id)

    def _middle(self, box: Box) -> QPoint:
        ratio = self.chart.devicePixelRatioF()
        return QPoint(round((box.x + box.width / 2) / ratio), round((box.y + box.height / 2) / ratio))

    # -- eyes -----------------------------------------------------------------------------------

    def books(self) -> dict[str, Any]:
        """What is to be there again after a restart, all of it, as text."""
        desk = self.desk
        account = desk.account
        assert account is not None
        fills = desk.fills()
        books = {
            "account": desk.account_id,
            "cash": [account.cash, account.settled_cash, account.realized, account.fees, account.trades_today],
            "orders": sorted(map(_terms, desk.orders()), key=lambda terms: int(str(terms[0])[1:])),
            "fills": [[record.filled, record.realized, record.position_after] for record in fills],
            "receipts": {one.filled.execution_id: desk.receipt(one.filled.execution_id) for one in fills},
            "positions": [[row.symbol, row.quantity, row.average_cost, row.lots] for row in desk.positions()],
            "notes": {day: desk.note(day) for day in desk.days()},
        }
        found: dict[str, Any] = msgspec.to_builtins(books)
        return found

    def on_screen(self) -> dict[str, Any]:
        """What the tables show, as text."""
        shown: dict[str, Any] = {}
        for name, page in (
            ("orders", self.trade.orders),
            ("fills", self.trade.fills),
            ("positions", self.trade.positions),
        ):
            self.show(name)
            if name == "orders":
                click(self.trade.orders.chips.buttons["all"])
                self.stage.desk.orders.on_frame()
            model = page.table.model
            shown[name] = [
                [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
                for row in range(model.rowCount())
            ]
        return shown


def _terms(order: Order) -> list[object]:
    """An order without what the market may change of one that waits: where a trailing stop stands by now."""
    return [
        order.order_id, order.client_order_id, order.side, order.quantity, order.order_type, order.limit_price,
        order.stop_price, order.trail_amount, order.time_in_force, order.role, order.state, order.filled,
        order.average_price, order.text,
    ]  # fmt: skip
