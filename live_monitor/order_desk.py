"""What the person asks of paper trading: one slot a wish. Main thread.

A wish becomes a call of the paper desk; what it refuses is told in one line, and decides nothing here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from msgspec.structs import replace

from live_monitor.data.models.orders import AccountSettings, OrderParams, PlacedOrder
from live_monitor.desktop import Desktop
from live_monitor.errors import ImportFileError, InvalidPaperOrder
from live_monitor.runtime.daemon_work import in_daemon_thread
from live_monitor.settings import PaperSettings
from live_monitor.ui.paper_view import NewAccount, PaperView, Replacement
from live_monitor.ui.paper_words import order_line
from live_monitor.ui.trade_commands import mark_one_click

if TYPE_CHECKING:
    from live_monitor.ui.charts.trading.controller import ChartTrading
    from live_monitor.ui.paper_settings_dialog import PaperSettingsDialog

#: Told once an order is kept on the disk, or why it was refused or could not be kept.
Placed = Callable[[PlacedOrder | InvalidPaperOrder], None]


class PaperOrders(PaperView, Protocol):
    """The paper desk as it is asked for things; `data.paper_desk.PaperDesk` is one.

    All but `request` and `choose` raise InvalidPaperOrder, and have done nothing then.
    """

    chose: Callable[[], None]
    told: Callable[[str], None]

    @property
    def chosen(self) -> Mapping[str, str]:
        """Which account is in use in which market."""
        ...

    def tick(self) -> None: ...
    def request(self, params: OrderParams, done: Placed, /) -> None: ...
    def replace(
        self,
        order_id: str,
        /,
        *,
        quantity: Decimal | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        trail_amount: Decimal | None = None,
        trail_percent: Decimal | None = None,
    ) -> None: ...
    def cancel(self, order_id: str, /) -> None: ...
    def cancel_all(self, symbol: str | None, /) -> None: ...
    def flatten(self, symbol: str | None, /) -> None: ...
    def write_note(self, day: str, text: str, /) -> None: ...
    def choose(self, account: str, /) -> None: ...
    def open_account(self, name: str, cash: Decimal, /) -> None: ...
    def reset(self) -> None: ...
    def change(self, *, settings: AccountSettings) -> None: ...


class OrderDesk:
    """Orders, the account and its journal; until `follow` there is no paper desk, and every wish says so."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._trade = desktop.window.trade
        self._trade.ticket.start_with(Decimal(self._settings.shares))
        self._paper: PaperOrders | None = None
        #: The dialog of an account's settings while it is open, and the id of the account.
        self._open_settings: tuple[str, PaperSettingsDialog] | None = None

    @property
    def _settings(self) -> PaperSettings:
        return self._desktop.settings.paper

    @property
    def _chart(self) -> ChartTrading | None:
        return self._desktop.chart.chart.trading if self._desktop.chart is not None else None

    @property
    def _focus(self) -> str:
        session = self._desktop.session
        return (session.manager.hub.focus or "") if session is not None else ""

    # -- when the paper desk and the chart come, and each frame ---------------------------------

    def follow(self, paper: PaperOrders) -> None:
        """There is a paper desk: what is asked from now on is asked of it."""
        self._paper = paper
        paper.chose = self._keep_accounts
        paper.told = self._desktop.tell

    def dress(self) -> None:
        """The chart is there: its clicks and brackets have the sizes that are kept. They are off in every run."""
        chart, kept = self._chart, self._settings
        if chart is not None:
            chart.resize(Decimal(kept.shares), Decimal(str(kept.risk_percent)))

    def follow_symbol(self, symbol: str) -> None:
        """Another symbol is in focus: at once, so that no press that was meant for the last one counts for it."""
        self._trade.ticket.show_symbol(symbol)
        if self._chart is not None:
            self._chart.show_symbol(symbol)

    def on_frame(self) -> None:
        """Once per frame at most: time passes for orders, then panels and chart look at them."""
        paper, session = self._paper, self._desktop.session
        if paper is None or session is None:
            return
        paper.tick()
        hub = session.manager.hub
        self._trade.refresh(paper, self._focus, hub.clock.now_ms())
        if self._chart is not None:
            self._chart.refresh(paper, self._focus)

    def _keep_accounts(self) -> None:
        if self._paper is not None:
            self._settings.accounts = dict(self._paper.chosen)
            self._desktop.keeper.changed()

    # -- orders ---------------------------------------------------------------------------------

    def place(self, params: object) -> None:
        """Places an order (`OrderParams`); a name of its own makes it one order however often it is sent."""
        wanted = cast("OrderParams", params)
        if not wanted.client_order_id:
            wanted = replace(wanted, client_order_id=self._trade.new_id())
        paper = self._asked()
        if paper is not None:
            paper.request(wanted, lambda answer: self._answered(wanted, answer))

    def _answered(self, wanted: OrderParams, answer: PlacedOrder | InvalidPaperOrder) -> None:
        self._desktop.window.pacer.request()
        if isinstance(answer, InvalidPaperOrder) and not self._trade.ticket_refused(wanted, str(answer)):
            self._desktop.tell(str(answer))

    def replace(self, change: object) -> None:
        """Gives a working order other terms (`Replacement`)."""
        terms = cast("Replacement", change)._asdict()
        order_id = terms.pop("order_id")
        self._do(lambda paper: paper.replace(order_id, **terms))

    def cancel(self, order_id: str) -> None:
        """Cancels an order."""
        self._do(lambda paper: paper.cancel(order_id))

    def cancel_all(self, symbol: str) -> None:
        """Cancels every working order of a symbol, or of all."""
        self._do(lambda paper: paper.cancel_all(symbol or None))

    def ask_flatten(self, symbol: str) -> None:
        """Asks once whether to close the position of a symbol, or of the one in focus, and to cancel what works."""
        wanted = symbol or self._focus
        paper = self._asked()
        if paper is None or not wanted:
            return
        if not self._trade.flatten_card.ask(paper, wanted):
            self._desktop.tell(f"Nothing to flatten: no position and no working order in {wanted}.")

    def ask_flatten_all(self) -> None:
        """Asks once whether to close every position and to cancel every order."""
        paper = self._asked()
        if paper is not None and not self._trade.flatten_card.ask(paper, ""):
            self._desktop.tell("Nothing to flatten: no position and no working order.")

    def flatten(self, symbol: str) -> None:
        """Cancels what works in a symbol, or in all, and closes the position at market; the person has confirmed it.

        Where that is not done at once, the person is told what it waits for.
        """
        self._do(lambda paper: paper.flatten(symbol or None))
        paper = self._paper
        for order in paper.orders() if paper is not None else ():
            if paper is None or not order.is_open:
                break
            if order.order_type == "MKT" and symbol in {"", order.symbol}:
                self._desktop.tell(f"Not flat yet: {order_line(order)}: {paper.why(order.order_id)}.")

    # -- on the chart ---------------------------------------------------------------------------

    def use_one_click(self, on: bool) -> None:
        """A click on the chart places an order, or no longer. Never kept: it is off at every start."""
        if self._chart is not None:
            self._chart.arm(on)
        self.show_one_click(self._chart is not None and self._chart.hand.armed)

    def show_one_click(self, on: bool) -> None:
        """Marks whether a click places an order."""
        mark_one_click(self._desktop.window, on)

    def draw_bracket(self) -> None:
        """The next drag on the chart is from the entry of a bracket to its stop."""
        if self._chart is not None and self._asked() is not None:
            self._desktop.window.chart_wishes.tool_requested.emit("pointer")
            self._chart.draw_bracket()

    def keep_sizes(self, shares: object, risk_percent: object) -> None:
        """Shares of a click and percent of the account that a bracket may lose (both `Decimal`)."""
        self._settings.shares, self._settings.risk_percent = int(cast("Decimal", shares)), float(str(risk_percent))
        self._desktop.keeper.changed()

    # -- the account ----------------------------------------------------------------------------

    def write_note(self, day: str, text: str) -> None:
        """Keeps a note about an exchange day; why it is not kept is said beside it."""

        def write(paper: PaperOrders) -> None:
            try:
                paper.write_note(day, text)
            except InvalidPaperOrder as refusal:
                self._trade.journal.refused(str(refusal))
                raise

        self._do(write)

    def choose_account(self, account_id: str) -> None:
        """Trades in another account, also after the next start."""
        self._trade.flush()
        self._do(lambda paper: paper.choose(account_id))

    def open_account(self, account: object) -> None:
        """Opens an account (`NewAccount`) and trades in it."""
        wanted = cast("NewAccount", account)
        self._trade.flush()
        self._do(lambda paper: paper.open_account(wanted.name, wanted.cash))

    def reset_account(self) -> None:
        """Archives the account and begins anew with its cash."""
        self._trade.flush()
        self._do(lambda paper: paper.reset())

    def show_settings(self) -> None:
        """Shows how the account trades; the market goes on behind it."""
        from live_monitor.ui.paper_settings_dialog import PaperSettingsDialog  # noqa: PLC0415 - rarely needed
        from live_monitor.ui.source_dialogs import ask_workbook  # noqa: PLC0415 - rarely needed

        paper, desktop = self._asked(), self._desktop
        if paper is None:
            return
        account = paper.account_id
        if self._open_settings is not None:
            before, dialog = self._open_settings
            if before == account:
                dialog.raise_()
                dialog.activateWindow()
                return
            dialog.close()
        name = paper.account.name if paper.account is not None else "the paper account"
        dialog = PaperSettingsDialog(desktop.theme, name, paper.settings, desktop.window)
        self._open_settings = (account, dialog)
        dialog.finished.connect(lambda _result: self._leave_settings(dialog))
        dialog.settings_requested.connect(lambda settings: self._save_settings(dialog, account, settings))
        dialog.flatten_asked.connect(lambda: self.ask_flatten(""))
        dialog.workbook_asked.connect(
            lambda: ask_workbook(dialog, os.path.expanduser("~"), lambda path: self._read_symbols(dialog, Path(path)))
        )
        dialog.show()

    def _leave_settings(self, dialog: PaperSettingsDialog) -> None:
        if self._open_settings is not None and self._open_settings[1] is dialog:
            self._open_settings = None

    def _save_settings(self, dialog: PaperSettingsDialog, account: str, settings: AccountSettings) -> None:
        """Lets the account that the dialog is about trade in another way; what is refused is said there and kept."""
        paper = self._paper
        if paper is None or paper.account_id != account:
            dialog.refused("Another account is in use by now: these settings are not its own, nothing is saved.")
            return
        try:
            paper.change(settings=settings)
        except InvalidPaperOrder as refusal:
            dialog.refused(str(refusal))
        else:
            dialog.close()
        self._desktop.window.pacer.request()

    def _read_symbols(self, dialog: PaperSettingsDialog, path: Path) -> None:
        dialog.wait_for(path.name)
        self._desktop.spawn(self._take_symbols(dialog, path), "symbols of a workbook")

    async def _take_symbols(self, dialog: PaperSettingsDialog, path: Path) -> None:
        from live_monitor.data.whitelist import symbols_from_workbook  # noqa: PLC0415 - loads the reader of workbooks

        try:
            found = await in_daemon_thread(lambda: symbols_from_workbook(path), "symbols of a workbook")
        except ImportFileError as error:
            answer = partial(dialog.refused, str(error))
        else:
            answer = partial(dialog.set_whitelist, found.symbols, found.left_out, path.name)
        # Closed meanwhile, it is gone.
        if self._open_settings is not None and self._open_settings[1] is dialog:
            answer()

    # -- answers --------------------------------------------------------------------------------

    def _asked(self) -> PaperOrders | None:
        if self._paper is None:
            self._desktop.tell("Paper trading is not open yet.")
        self._desktop.window.pacer.request()
        return self._paper

    def _do(self, deed: Callable[[PaperOrders], object]) -> None:
        """Asks the paper desk for something; what it refuses is told."""
        paper = self._asked()
        if paper is None:
            return
        try:
            deed(paper)
        except InvalidPaperOrder as refusal:
            if not self._trade.table_refused(str(refusal)):
                self._desktop.tell(str(refusal))
