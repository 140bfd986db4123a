"""Makes the panels of the main window and connects them with one another; where they stand is `window_layout`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from live_monitor.clock import Clock
from live_monitor.engine.market import conditions
from live_monitor.engine.market.sessions import hms
from live_monitor.ui.alert_panel import AlertPanel
from live_monitor.ui.broker_panel import BrokerPanel
from live_monitor.ui.chart_stage import ChartStage
from live_monitor.ui.docks import PanelDock
from live_monitor.ui.log_panel import LogPanel
from live_monitor.ui.providers_panel import ProvidersPanel
from live_monitor.ui.quarrel_panel import QuarrelPanel
from live_monitor.ui.signal_tables import entry_table, exit_table
from live_monitor.ui.status_bar import StatusBar
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticker_panel import TickerPanel
from live_monitor.ui.time_and_sales import TimeAndSales
from live_monitor.ui.tool_bar import MainToolBar
from live_monitor.ui.trade_panels import TradePanels
from live_monitor.ui.watchlist import Watchlist

if TYPE_CHECKING:
    from live_monitor.ui.main_window import MainWindow

_TABS = "Signals, orders and log"
#: What a short title stands for.
_WHOLE_TITLES = {"Entries": "Entry signals", "Exits": "Exit signals"}


def build_panels(window: MainWindow, theme: Theme, clock: Clock) -> None:
    """Everything but the chart, which comes after the first paint."""
    window.tool_bar = MainToolBar(theme, window)
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, window.tool_bar)
    window.ticker_panel = TickerPanel(theme, clock, hms, window)
    window.watchlist = Watchlist(theme, clock, window)
    window.tape = TimeAndSales(theme, clock, hms, conditions.describe, window)
    window.entries = entry_table(theme, window)
    window.exits = exit_table(theme, window)
    window.log_panel = LogPanel(theme, window)
    window.providers = ProvidersPanel(theme, clock, window)
    window.quarrel = QuarrelPanel(theme, window)
    window.broker = BrokerPanel(theme, hms, window)
    window.alert_panel = AlertPanel(theme, hms, window)
    window.trade = TradePanels(theme, clock, window)
    window.status = StatusBar(theme, clock, window.pacer, window)
    window.setStatusBar(window.status)
    window.tabs = _tabs(window)
    window.stage = ChartStage(theme, window)
    centre = QWidget(window)
    column = QVBoxLayout(centre)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    column.addWidget(window.ticker_panel)
    column.addWidget(window.stage, 1)
    window.setCentralWidget(centre)


def _tabs(window: MainWindow) -> QTabWidget:
    tabs = QTabWidget(window)
    tabs.setDocumentMode(True)
    tabs.setAccessibleName(_TABS)
    # A header and a row: in a low window the chart needs the height more than a list.
    tabs.setMinimumHeight(92)
    bar = tabs.tabBar()
    assert bar is not None
    bar.setAccessibleName(_TABS)
    *paper, journal = window.trade.tabs
    pages = (
        (window.entries, "Entries"), (window.exits, "Exits"), *paper, (window.broker, "Broker"), journal,
        (window.providers, "Providers"), (window.quarrel, "Quarrel"), (window.log_panel, "Log"),
    )  # fmt: skip
    for widget, title in pages:
        bar.setAccessibleTabName(tabs.addTab(widget, title), _WHOLE_TITLES.get(title, title))
        # A kept layout knows its open tab by this.
        widget.setObjectName(title.lower())
    return tabs


def build_docks(window: MainWindow, theme: Theme) -> None:
    """A dock for each panel beside the chart."""
    window.watch_dock = PanelDock("watchlist", "Watchlist", window.watchlist, theme, window)
    window.tape_dock = PanelDock("time_and_sales", "Time and sales", window.tape, theme, window)
    window.ticket_dock = PanelDock("order_ticket", "Order ticket", window.trade.ticket, theme, window)
    window.signal_dock = PanelDock("signals", _TABS, window.tabs, theme, window)
    window.alert_dock = PanelDock("alerts", "Alerts", window.alert_panel, theme, window)
    window.docks = (window.watch_dock, window.tape_dock, window.ticket_dock, window.signal_dock, window.alert_dock)


def connect_panels(window: MainWindow) -> None:
    """What a panel asks for, another one or the window does."""
    for requests in (
        window.tool_bar.switcher.symbol_requested,
        window.watchlist.symbol_requested,
        window.palette_box.symbol_requested,
        window.alert_panel.symbol_requested,
        window.broker.symbol_requested,
        window.trade.symbol_requested,
    ):
        requests.connect(window.symbol_requested)
    window.tool_bar.switcher.finished.connect(window.leave_symbol_field)
    timeframes = window.tool_bar.timeframes
    for lengths in (timeframes, window.other_length, window.palette_box):
        lengths.timeframe_requested.connect(window.timeframe_requested)
    timeframes.other_requested.connect(window.open_other_length)
    timeframes.extended_requested.connect(window.extended_requested)
    chart = window.chart_wishes
    window.tool_bar.chart.study_toggled.connect(chart.study_toggled)
    chart.comparison_asked.connect(lambda: window.comparison.open(window.tool_bar.chart.indicators))
    window.comparison.taken.connect(chart.compare_requested)
    window.alert_panel.prices_requested.connect(chart.alerts_asked)
    window.watchlist.symbol_added.connect(window.watch_added)
    window.watchlist.symbol_removed.connect(window.watch_removed)
    for panel in (window.entries, window.exits, window.alert_panel, window.trade):
        panel.bar_requested.connect(window.bar_requested)
    # What nobody saw has waited.
    window.tabs.currentChanged.connect(lambda _page: window.pacer.request())
    for wishes in (window.watchlist.frame_wanted, window.tape.frame_wanted, window.trade.frame_wanted):
        wishes.connect(window.pacer.request)
    window.ticker_panel.painted.connect(window.pacer.note_painted)
    window.trade.wishes.ticket_requested.connect(window.open_ticket)
    window.trade.wishes.ticket_filled.connect(window.fill_ticket)
    connect_providers(window)
    empty = window.stage.empty_state
    empty.simulated_requested.connect(window.simulated_requested)
    empty.replay_requested.connect(window.replay_requested)
    empty.connect_requested.connect(window.provider_requested)


def connect_providers(window: MainWindow) -> None:
    """What is asked of providers, wherever it is asked."""
    wishes, box, panel = window.provider_wishes, window.tool_bar.provider, window.providers
    box.use_requested.connect(wishes.use_requested)
    box.second_requested.connect(wishes.second_requested)
    box.status_asked.connect(lambda: window.show_tab(panel))
    wishes.status_asked.connect(lambda: window.show_tab(panel))
    for source in (box, panel):
        source.use_first_requested.connect(wishes.use_first_requested)
        source.connect_asked.connect(window.provider_requested)
    panel.opened.connect(wishes.connect_asked)
    window.provider_requested.connect(lambda: wishes.connect_asked.emit(""))
    window.tool_bar.switcher.search_requested.connect(wishes.search_requested)
    window.quarrel.beside_requested.connect(wishes.beside_requested)
    window.broker.login_requested.connect(lambda: wishes.connect_asked.emit("schwab"))
