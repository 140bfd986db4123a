"""Accounts at a broker beside the paper account, and visibly not the same: looked at, never traded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from live_monitor.data.models.broker import BrokerAccount, BrokerOrder, BrokerPosition
from live_monitor.ui.broker_badge import BrokerBadge
from live_monitor.ui.broker_columns import POSITION_COLUMNS, balance_figures, order_columns
from live_monitor.ui.charts.studies.fields import ChoiceField
from live_monitor.ui.chips import Chip, Chips
from live_monitor.ui.elided_label import ElidedLabel
from live_monitor.ui.figure_list import FigureList
from live_monitor.ui.row_model import RowModel
from live_monitor.ui.row_table import RowTable
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_form import name_list

#: What is older than this (ms) may be wrong by now, and says so.
OLD_MS: Final = 15_000
_CHIPS: Final = (
    Chip("positions", "Positions", "What is held at the broker"),
    Chip("orders", "Orders", "Orders of today at the broker"),
)
_NO_BROKER: Final = (
    "No broker is connected. Log in to Schwab to see balances, positions and orders here: to look at only."
)
_FLAT: Final = "No positions in this account."
_NO_ORDERS: Final = "No orders in this account today."


class BrokerView(NamedTuple):
    """What is known of a broker's accounts. `trouble`: why there is nothing newer, one line, else empty."""

    title: str = ""
    accounts: tuple[BrokerAccount, ...] = ()
    trouble: str = ""


class BrokerPanel(QWidget):
    """Balances, positions and orders of one account at a time. Main thread."""

    #: Connect a broker, or log in anew; no payload.
    login_requested = pyqtSignal()
    #: Show the symbol of an opened position. Payload: it.
    symbol_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, clock: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = BrokerView()
        self._account: BrokerAccount | None = None
        self._offered: list[tuple[str, str]] = []
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.badge = BrokerBadge(theme, self)
        self.accounts = ChoiceField(theme, self)
        self.accounts.setAccessibleName("Account at the broker")
        name_list(self.accounts, "Account at the broker")
        self.accounts.setSizeAdjustPolicy(ChoiceField.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.accounts.setMinimumContentsLength(10)
        self.chips = Chips("At the broker", _CHIPS, self)
        for chip in self.chips.buttons.values():
            chip.setMinimumWidth(80)
        self.age = ElidedLabel(self)
        self.login_button = QPushButton("Log in…", self)
        self.login_button.setProperty("small", True)
        self.login_button.setAutoDefault(False)
        self.figures = FigureList("Balances at the broker", theme, self, columns=1)
        positions = RowModel(POSITION_COLUMNS, theme, lambda row: row.symbol, lambda row: row)
        orders = RowModel(order_columns(clock), theme, lambda row: row.id, lambda row: row)
        self.positions: RowTable[BrokerPosition] = RowTable("Positions at the broker", positions, _NO_BROKER, self)
        self.orders: RowTable[BrokerOrder] = RowTable("Orders at the broker", orders, _NO_BROKER, self)
        self.positions.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._lay_out()
        self.accounts.currentIndexChanged.connect(lambda _index: self._show_account())
        self.login_button.clicked.connect(self.login_requested)
        self.positions.opened.connect(self._open)
        self.setFocusProxy(self.positions.view)
        self._show_account()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(8, 4, 8, 4)
        top.setSpacing(8)
        top.addWidget(self.badge)
        top.addWidget(self.accounts)
        top.addWidget(self.chips)
        top.addWidget(self.age, 1)
        top.addWidget(self.login_button)
        inside = QWidget(self)
        inside.setProperty("panel", True)
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 4, 12, 8)
        column.addWidget(self.figures)
        column.addStretch(1)
        # In a low window there is no room for all of them.
        left = QScrollArea(self)
        left.setFrameShape(QFrame.Shape.NoFrame)
        left.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        left.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left.setWidgetResizable(True)
        left.setWidget(inside)
        left.setMinimumWidth(160)
        tables = QStackedWidget(self)
        tables.addWidget(self.positions)
        tables.addWidget(self.orders)
        self.chips.chosen.connect(
            lambda which: tables.setCurrentWidget(self.orders if which == "orders" else self.positions)
        )
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(tables)
        split.setStretchFactor(1, 1)
        # As wide as the longest caption beside its figure.
        split.setSizes([240, 620])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(split, 1)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        for painted in (self.badge, self.accounts, self.figures, self.positions, self.orders):
            painted.set_theme(theme)

    def refresh(self, view: BrokerView, wall_ms: int) -> None:
        """Takes over what the broker told; `wall_ms`: our time now, for its age."""
        if view != self._view:
            self._view = view
            self._offer()
            self._show_account()
        self._show_age(wall_ms)

    def _offer(self) -> None:
        offered = [(account.id, f"{self._view.title} {account.shown}".strip()) for account in self._view.accounts]
        if offered == self._offered:
            return
        chosen, self._offered = self.accounts.currentData(), offered
        with QSignalBlocker(self.accounts):
            self.accounts.clear()
            for account_id, words in offered:
                self.accounts.addItem(words, account_id)
            self.accounts.setCurrentIndex(max(0, self.accounts.findData(chosen)))
        self.accounts.setEnabled(len(offered) > 1)

    def _show_account(self) -> None:
        chosen = self.accounts.currentData()
        account = next((one for one in self._view.accounts if one.id == chosen), None)
        self._account = account
        self.accounts.setVisible(account is not None)
        self.chips.setVisible(account is not None)
        self.login_button.setVisible(account is None or bool(self._view.trouble))
        self.figures.show_figures(balance_figures(account) if account is not None else ())
        self.positions.set_empty(_FLAT if account is not None else self._view.trouble or _NO_BROKER)
        self.orders.set_empty(_NO_ORDERS if account is not None else self._view.trouble or _NO_BROKER)
        self.positions.show_rows(account.positions if account is not None else ())
        self.orders.show_rows(account.orders if account is not None else ())

    def _show_age(self, wall_ms: int) -> None:
        account, trouble = self._account, self._view.trouble
        if account is None:
            self.age.show_text("")
            return
        age_ms = max(0, wall_ms - account.as_of_ms)
        words = f"as of {age_ms // 1_000} s ago"
        old = age_ms > OLD_MS or bool(trouble)
        role = "warning" if old else "muted"
        if self.age.property("role") != role:
            self.age.setProperty("role", role)
            style = self.age.style()
            assert style is not None
            style.polish(self.age)
        self.age.show_text(f"{words} · {trouble}" if trouble else words)

    def _open(self) -> None:
        row = self.positions.chosen
        if row is not None and row.kind.upper() in {"", "EQUITY", "ETF", "COLLECTIVE_INVESTMENT"}:
            self.symbol_requested.emit(row.symbol)
