"""The commands of the main window: one table for menus, shortcuts and the command palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live_monitor.ui.actions import Command
from live_monitor.ui.chart_commands import chart_commands
from live_monitor.ui.theme import Theme
from live_monitor.ui.timeframes import BUTTONS, spoken
from live_monitor.ui.trade_commands import trade_commands

if TYPE_CHECKING:
    from live_monitor.ui.main_window import MainWindow


def window_commands(window: MainWindow, theme: Theme, reduce_motion: bool) -> list[Command]:
    """Every command, in the order of the menus."""
    return [
        *_file(window), *_view(window, theme, reduce_motion), *_bars(window), *chart_commands(window),
        *trade_commands(window), *_go(window), *_help(window),
    ]  # fmt: skip


def _file(window: MainWindow) -> list[Command]:
    return [
        Command("&File", "simulated", "&Simulated market", window.simulated_requested.emit),
        Command("&File", "replay", "&Replay a session…", window.replay_requested.emit, "Ctrl+O"),
        Command("&File", "connect", "&Connect a provider…", window.provider_requested.emit),
        Command("&File", "history", "&History…", window.history_requested.emit, separator=True),
        Command("&File", "workbook", "Write to a &workbook…", window.provider_wishes.workbook_asked.emit),
        Command("&File", "quit", "&Quit", window.close, "Ctrl+Q", separator=True),
    ]


def _view(window: MainWindow, theme: Theme, reduce_motion: bool) -> list[Command]:
    def theme_command(name: str, text: str) -> Command:
        return Command(
            "&View/&Theme", f"theme_{name}", text, lambda: window.theme_requested.emit(name),
            checked=theme.name == name, group="theme",
        )  # fmt: skip

    return [
        theme_command("dark", "&Dark theme"),
        theme_command("light", "&Light theme"),
        Command(
            "&View/&Theme", "colour_blind_safe", "Colour-&blind-safe colours", window.colour_blind_safe_requested.emit,
            checked=theme.colour_blind_safe, separator=True,
        ),
        Command(
            "&View", "reduce_motion", "Reduce &motion", window.reduce_motion_requested.emit, checked=reduce_motion
        ),
        Command("&View", "reset_layout", "&Reset layout", window.reset_layout),
        Command("&View", "full_screen", "&Full screen", window.toggle_full_screen, "F11"),
    ]  # fmt: skip


def _bars(window: MainWindow) -> list[Command]:
    def length_command(number: int, name: str) -> Command:
        return Command(
            "&Bars", f"bars_{name}", f"Bars of &{spoken(name)}", lambda: window.timeframe_requested.emit(name),
            f"Ctrl+{number}",
        )  # fmt: skip

    return [
        *(length_command(number, name) for number, name in enumerate(BUTTONS, start=1)),
        Command("&Bars", "other_length", "&Other length of bars…", window.open_other_length, separator=True),
        Command("&Bars", "extended", "&Extended hours", window.extended_requested.emit, "Ctrl+E", checked=True),
    ]


def _go(window: MainWindow) -> list[Command]:
    return [
        Command("&Go", "palette", "Command &palette", window.open_palette, "Ctrl+K"),
        Command("&Go", "symbol", "&Symbol…", window.go_to_symbol_field, "Ctrl+L"),
        Command("&Go", "next_symbol", "&Next symbol of the watchlist", lambda: window.step_watchlist(1), "Ctrl+Down"),
        Command(
            "&Go", "previous_symbol", "P&revious symbol of the watchlist", lambda: window.step_watchlist(-1), "Ctrl+Up"
        ),
        Command(
            "&Go", "watchlist", "&Watchlist", lambda: window.show_panel(window.watch_dock), "Ctrl+Shift+W",
            separator=True,
        ),
        Command("&Go", "tape", "&Time and sales", lambda: window.show_panel(window.tape_dock), "Ctrl+Shift+T"),
        Command("&Go", "alerts", "&Alerts", lambda: window.show_panel(window.alert_dock), "Ctrl+Shift+A"),
        Command("&Go", "entries", "&Entry signals", lambda: window.show_tab(window.entries), "Ctrl+Shift+E"),
        Command("&Go", "exits", "E&xit signals", lambda: window.show_tab(window.exits), "Ctrl+Shift+X"),
        Command("&Go", "providers_tab", "&Providers", lambda: window.show_tab(window.providers), "Ctrl+Shift+V"),
        Command(
            "&Go", "quarrel", "&Quarrel of two providers", lambda: window.show_tab(window.quarrel), "Ctrl+Shift+K"
        ),
        Command("&Go", "log", "&Log", lambda: window.show_tab(window.log_panel), "Ctrl+Shift+L"),
    ]  # fmt: skip


def _help(window: MainWindow) -> list[Command]:
    return [
        Command("&Help", "legend", "How &trust is painted", window.show_trust_legend, "F1"),
        Command("&Help", "about", "&About Live Monitor", window.show_about),
    ]
