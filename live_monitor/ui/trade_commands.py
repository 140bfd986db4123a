"""The commands of paper trading: the menu Trade, its keys, and what the palette takes from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence

from live_monitor.ui.actions import Command, WindowActions

if TYPE_CHECKING:
    from live_monitor.ui.main_window import MainWindow

TRADE: Final = "&Trade"
#: Keys that the window takes by itself (`side_keys`): as shortcuts they could not begin a symbol.
_TYPED: Final = {"buy": "B", "sell": "S"}


def trade_commands(window: MainWindow) -> list[Command]:
    """Every command of paper trading, in the order of its menu."""
    trade = window.trade
    wishes = trade.wishes

    def cancel_symbol() -> None:
        wishes.cancel_all_requested.emit(window.tool_bar.switcher.symbol)

    return [
        Command(TRADE, "buy", "&Buy… (paper)", lambda: wishes.ticket_requested.emit("BUY")),
        Command(TRADE, "sell", "&Sell… (paper)", lambda: wishes.ticket_requested.emit("SELL")),
        Command(
            TRADE, "bracket", "Draw a b&racket on the chart (paper)", wishes.bracket_asked.emit, separator=True,
            spoken="Draw a bracket: entry, stop and target, sized by risk (paper)",
        ),
        Command(
            TRADE, "one_click", "&One-click orders on the chart (paper)", wishes.one_click_requested.emit,
            checked=False,
        ),
        Command(
            TRADE, "cancel_symbol", "&Cancel all orders of the symbol", cancel_symbol, separator=True,
            spoken="Cancel all paper orders of the symbol",
        ),
        Command(
            TRADE, "flatten", "&Flatten the symbol…", lambda: wishes.flatten_asked.emit(""), "Shift+Esc",
            spoken="Flatten the symbol: close the position, cancel its orders (paper)",
        ),
        Command(
            TRADE, "cancel_all", "Cancel all orders of &every symbol", lambda: wishes.cancel_all_requested.emit(""),
            spoken="Cancel all paper orders of every symbol",
        ),
        Command(
            TRADE, "flatten_all", "Flatten e&very symbol…", wishes.flatten_all_asked.emit,
            spoken="Flatten everything: close all positions, cancel all orders (paper)",
        ),
        *_panels(window),
    ]  # fmt: skip


def _panels(window: MainWindow) -> list[Command]:
    trade = window.trade
    return [
        Command(
            TRADE, "ticket", "Order &ticket", lambda: trade.wishes.ticket_requested.emit(""), "Ctrl+Shift+B",
            separator=True,
        ),
        *(
            Command(TRADE, name, text, lambda page=page: window.show_tab(page), keys)
            for name, text, page, keys in (
                ("orders", "&Orders", trade.orders, "Ctrl+Shift+O"),
                ("fills", "F&ills", trade.fills, "Ctrl+Shift+F"),
                ("positions", "&Positions", trade.positions, "Ctrl+Shift+Q"),
                ("account", "&Account", trade.account, "Ctrl+Shift+U"),
                ("broker", "B&roker: accounts to look at", window.broker, "Ctrl+Shift+R"),
                ("journal", "&Journal", trade.journal, "Ctrl+Shift+J"),
            )
        ),
        Command(
            TRADE, "account_settings", "Settin&gs of the account…", trade.wishes.settings_asked.emit,
            spoken="Settings of the paper account: fills, costs, limits",
        ),
    ]  # fmt: skip


def show_keys(actions: WindowActions) -> None:
    """Writes B and S beside their commands; the window acts on them itself, by what is typed."""
    for name, key in _TYPED.items():
        actions[name].setShortcut(QKeySequence(key))
        actions[name].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)


def mark_one_click(window: MainWindow, on: bool) -> None:
    """Says whether a click on the chart places an order."""
    window.actions_by_name["one_click"].setChecked(on)
