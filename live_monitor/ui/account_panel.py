"""The account: what it is worth, what can be bought with it, and whether it may trade."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from live_monitor.data.models.orders import AccountSnapshot
from live_monitor.ui import icons
from live_monitor.ui.account_rows import NewAccountRow, ResetRow
from live_monitor.ui.charts.studies.fields import ChoiceField
from live_monitor.ui.figure_list import Figure, FigureList
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.paper_words import gain, gain_role, money
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_body import note_label
from live_monitor.ui.ticket_form import name_list

_OPENING: Final = "The account is being read from the disk."
_SETTINGS: Final = "Account settings: fills, costs, risk"


class AccountPanel(QWidget):
    """Figures of the account in force, and a choice of accounts. Main thread."""

    #: Trade in another account. Payload: its id.
    account_chosen = pyqtSignal(str)
    #: Show the settings of the account; no payload.
    settings_asked = pyqtSignal()
    #: Open an account. Payload: NewAccount.
    account_requested = pyqtSignal(object)
    #: Archive this account and begin anew with its first cash; confirmed in place. No payload.
    reset_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._seen: tuple[object, ...] = ()
        self._offered: list[tuple[str, str, bool]] = []
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.badge = PaperBadge(theme, self)
        self.accounts = ChoiceField(theme, self)
        self.accounts.setAccessibleName("Account")
        name_list(self.accounts, "Account")
        self.accounts.setSizeAdjustPolicy(ChoiceField.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.accounts.setMinimumContentsLength(6)
        self.settings_button = _icon_button(_SETTINGS, self)
        self.notice = note_label("", self)
        self.locked = note_label("", self)
        self.figures = FigureList("Figures of the account", theme, self)
        self.warnings = note_label("", self)
        for label, role in ((self.notice, "warning"), (self.locked, "warning"), (self.warnings, "warning")):
            label.setProperty("role", role)
            label.hide()
        self.new_button = QPushButton("New account…", self)
        self.reset_button = QPushButton("Begin anew…", self)
        self.new_row = NewAccountRow(self)
        self.reset_row = ResetRow(self)
        self._lay_out()
        self._connect()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        for painted in (self.badge, self.accounts, self.figures):
            painted.set_theme(theme)
        self.settings_button.setIcon(icons.icon("settings", theme))

    def refresh(self, paper: PaperView, now_ms: int) -> None:
        """Takes over figures that changed."""
        seen = (paper.version, paper.notice, paper.account_id)
        if seen == self._seen:
            return
        self._seen = seen
        account = paper.account
        self._offer(paper, account.name if account is not None else "")
        _show(self.notice, paper.notice or ("" if account is not None else _OPENING))
        # Of an archived account there are none: those of the last one must not stand below its name.
        self.figures.show_figures(account_figures(account) if account is not None else ())
        _show(self.locked, f"Locked: {account.locked}" if account is not None and account.locked else "")
        _show(self.warnings, "\n".join((*account.warnings, *_unmarked(account))) if account is not None else "")

    def _offer(self, paper: PaperView, name: str) -> None:
        offered = list(paper.accounts)
        if offered != self._offered:
            self._offered = offered
            with QSignalBlocker(self.accounts):
                self.accounts.clear()
                for account_id, words, archived in offered:
                    self.accounts.addItem(f"{words} (archived)" if archived else words, account_id)
        if self.accounts.value() != paper.account_id:
            self.accounts.set_value(paper.account_id)
        self.reset_row.name = name

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        for widget in (self.badge, self.accounts, self.settings_button):
            top.addWidget(widget, 1 if widget is self.accounts else 0)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.new_button, self.reset_button):
            button.setAutoDefault(False)
            button.setProperty("small", True)
            foot.addWidget(button)
        foot.addStretch(1)
        inner = QWidget()
        inner.setProperty("panel", True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(top)
        for line in (self.notice, self.locked, self.figures, self.warnings):
            column.addWidget(line)
        column.addLayout(foot)
        column.addWidget(self.new_row)
        column.addWidget(self.reset_row)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def _connect(self) -> None:
        self.accounts.activated.connect(lambda _index: self.account_chosen.emit(self.accounts.value()))
        self.settings_button.clicked.connect(lambda _on: self.settings_asked.emit())
        self.new_button.clicked.connect(lambda _on: self._open(self.new_row))
        self.reset_button.clicked.connect(lambda _on: self._open(self.reset_row))
        self.new_row.account_requested.connect(self.account_requested)
        self.reset_row.confirmed.connect(self.reset_requested)

    def _open(self, row: NewAccountRow | ResetRow) -> None:
        for other in (self.new_row, self.reset_row):
            if other is not row:
                other.hide()
        row.open()


def account_figures(account: AccountSnapshot) -> tuple[Figure, ...]:
    """Figures of an account in the order in which they are asked for."""
    return (
        Figure("Net liquidation", money(account.net_liq), bold=True, hint="Cash and positions at their marks"),
        Figure("Day P&L", gain(account.day_pnl), gain_role(account.day_pnl), bold=True, hint="Since the day began"),
        Figure("Buying power", money(account.stock_buying_power), hint="For stock; what open orders reserve is off"),
        Figure("Cash", money(account.cash)),
        Figure("Settled cash", money(account.settled_cash), hint="Sales settle on the next trading day"),
        Figure("Reserved", money(account.reserved), hint="For working orders, with their fees"),
        Figure("Positions", money(account.market_value)),
        Figure("Open P&L", gain(account.unrealized), gain_role(account.unrealized)),
        Figure("Realized", gain(account.realized), gain_role(account.realized), hint="Before fees"),
        Figure("Fees", money(account.fees)),
        Figure("Trades today", str(account.trades_today)),
        Figure("Option buying power", money(account.option_buying_power)),
        Figure("Day-trading buying power", money(account.day_trading_buying_power)),
    )


def _unmarked(account: AccountSnapshot) -> tuple[str, ...]:
    if not account.unmarked:
        return ()
    return (f"No price for {', '.join(account.unmarked)}: counted at cost.",)


def _show(label: QLabel, text: str) -> None:
    if text != label.text():
        label.setText(text)
    label.setVisible(bool(text))


def _icon_button(name: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setProperty("bare", True)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setIconSize(QSize(16, 16))
    button.setFixedSize(24, 24)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
