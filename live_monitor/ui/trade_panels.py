"""The panels of paper trading: ticket, tables, account and journal; the window gives them their places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from uuid import uuid4

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QSplitter, QWidget

from live_monitor.clock import Clock
from live_monitor.data.models.orders import OrderParams
from live_monitor.engine.market.sessions import hms
from live_monitor.ui.account_panel import AccountPanel
from live_monitor.ui.blotter import Blotter
from live_monitor.ui.day_journal import DayJournal
from live_monitor.ui.equity_curve import EquityCurve
from live_monitor.ui.fills_table import FillsPanel
from live_monitor.ui.flatten_card import FlattenCard
from live_monitor.ui.order_ticket import OrderTicket
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.positions_table import PositionsPanel
from live_monitor.ui.theme import Theme
from live_monitor.ui.trade_wishes import TradeWishes


def new_order_id() -> str:
    """An id that no other order has, nor one of another run."""
    return uuid4().hex


def exchange_time(ms: int) -> str:
    """Date and time of the exchange at a market time in ms."""
    from live_monitor.ui.charts.time_ticks import clock_label, date_label  # noqa: PLC0415 - loads numpy

    return f"{date_label(ms)} {clock_label(ms)}"


class _Panel(Protocol):
    def isVisible(self) -> bool: ...
    def refresh(self, paper: PaperView, now_ms: int, /) -> None: ...


class TradePanels(QObject):
    """Made with the window; they show nothing until there is a paper desk. Main thread."""

    #: Something on a panel is to be reckoned anew: another frame is wanted.
    frame_wanted = pyqtSignal()
    #: Show this symbol; payload: a valid symbol. Scroll the chart to a bar; payload: its start in market ms (object).
    symbol_requested = pyqtSignal(str)
    bar_requested = pyqtSignal(object)

    def __init__(self, theme: Theme, clock: Clock, window: QWidget, new_id: Callable[[], str] = new_order_id) -> None:
        super().__init__(window)
        self.new_id = new_id
        self.wishes = TradeWishes(self)
        self.ticket = OrderTicket(theme, clock, new_id, window)
        self.orders = Blotter(theme, hms, window)
        self.fills = FillsPanel(theme, hms, window)
        self.positions = PositionsPanel(theme, window)
        self.figures = AccountPanel(theme, window)
        self.curve = EquityCurve(theme, exchange_time, window)
        self.account = _side_by_side(self.figures, self.curve, window)
        self.account.setFocusProxy(self.figures.accounts)
        self.journal = DayJournal(theme, window)
        self.flatten_card = FlattenCard(theme, window)
        #: The order that the ticket has asked for last, and whether the table of orders is asking just now.
        self._ticket_id = ""
        self._asks_in_table = False
        self._connect()

    def _connect(self) -> None:
        wishes, orders = self.wishes, self.orders
        self.ticket.order_requested.connect(self._on_ticket)
        self.ticket.frame_wanted.connect(self.frame_wanted)
        orders.cancel_requested.connect(lambda order_id: self._from_table(wishes.cancel_requested.emit, order_id))
        orders.replace_requested.connect(lambda change: self._from_table(wishes.replace_requested.emit, change))
        orders.cancel_all_requested.connect(lambda: self._from_table(wishes.cancel_all_requested.emit, ""))
        self.positions.flatten_requested.connect(wishes.flatten_asked)
        self.positions.flatten_all_requested.connect(wishes.flatten_all_asked)
        self.flatten_card.confirmed.connect(wishes.flatten_requested)
        self.figures.account_chosen.connect(wishes.account_chosen)
        self.figures.account_requested.connect(wishes.account_requested)
        self.figures.reset_requested.connect(wishes.reset_requested)
        self.journal.note_written.connect(wishes.note_written)
        for settings in (self.ticket.settings_asked, self.figures.settings_asked):
            settings.connect(wishes.settings_asked)
        for symbols in (orders.symbol_requested, self.fills.symbol_requested, self.positions.symbol_requested):
            symbols.connect(self.symbol_requested)
        self.fills.bar_requested.connect(self.bar_requested)

    @property
    def tabs(self) -> tuple[tuple[QWidget, str], ...]:
        """What stands in the lower panel, and its title."""
        return (
            (self.orders, "Orders"),
            (self.fills, "Fills"),
            (self.positions, "Positions"),
            (self.account, "Account"),
            (self.journal, "Journal"),
        )

    @property
    def tables(self) -> dict[str, Blotter | FillsPanel | PositionsPanel]:
        """Those whose columns are kept, by the name they are kept under."""
        return {"orders": self.orders, "fills": self.fills, "positions": self.positions}

    def refresh(self, paper: PaperView, symbol: str, now_ms: int) -> None:
        """Takes over what changed, once per frame; `symbol`: the one in focus. What nobody sees waits."""
        self.ticket.refresh(paper, symbol, now_ms)
        panels: tuple[_Panel, ...] = (
            self.orders, self.fills, self.positions, self.figures, self.curve, self.journal,
        )  # fmt: skip
        for panel in panels:
            if panel.isVisible():
                panel.refresh(paper, now_ms)
        self.flatten_card.refresh(paper)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        painted: tuple[Any, ...] = (
            self.ticket, self.orders, self.fills, self.positions, self.figures, self.curve, self.journal,
            self.flatten_card,
        )  # fmt: skip
        for panel in painted:
            panel.set_theme(theme)

    def flush(self) -> None:
        """Lets go of what is typed and not kept yet: before another account is shown, and before the end."""
        self.journal.flush()

    def ticket_refused(self, order: OrderParams, text: str) -> bool:
        """Says in the ticket why its order is not taken; False where the order came from elsewhere."""
        if order.client_order_id != self._ticket_id:
            return False
        self.ticket.refused(text)
        return True

    def table_refused(self, text: str) -> bool:
        """Says in the table of orders why something is not done; False where it was asked elsewhere."""
        if self._asks_in_table:
            self.orders.refused(text)
        return self._asks_in_table

    def _on_ticket(self, order: OrderParams) -> None:
        self._ticket_id = order.client_order_id
        self.wishes.order_requested.emit(order)

    def _from_table(self, ask: Callable[[Any], object], payload: object) -> None:
        self._asks_in_table = True
        try:
            ask(payload)
        finally:
            self._asks_in_table = False


def _side_by_side(left: QWidget, right: QWidget, window: QWidget) -> QSplitter:
    split = QSplitter(Qt.Orientation.Horizontal, window)
    split.setChildrenCollapsible(False)
    split.addWidget(left)
    split.addWidget(right)
    split.setStretchFactor(1, 1)
    return split
