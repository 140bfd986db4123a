"""The window: tool bar, panels around the chart, menus. It shows and asks; it knows no manager.

The shell paints without pandas, numpy or pyqtgraph: the chart is put in later by `set_chart`. All
data comes through `refresh`, once per frame; all wishes leave as `…_requested` signals, which
`wiring.wire` connects.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from PyQt6.QtCore import QEvent, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PyQt6.QtWidgets import QMainWindow, QTabWidget, QWidget

from live_monitor.clock import Clock
from live_monitor.ui import icons
from live_monitor.ui.about_dialog import AboutDialog
from live_monitor.ui.actions import WindowActions
from live_monitor.ui.chart_wishes import ChartWishes
from live_monitor.ui.command_palette import CommandPalette
from live_monitor.ui.comparison_field import ComparisonField
from live_monitor.ui.docks import PanelDock
from live_monitor.ui.frame_pacer import FramePacer
from live_monitor.ui.hub_view import HubView
from live_monitor.ui.layout_state import decode_layout, encode_layout
from live_monitor.ui.provider_names import source_name
from live_monitor.ui.provider_wishes import ProviderWishes
from live_monitor.ui.side_keys import SideKeys
from live_monitor.ui.text_keys import typed_figure, typed_letter
from live_monitor.ui.theme import Theme
from live_monitor.ui.timeframe_field import TimeframeField
from live_monitor.ui.trade_commands import show_keys
from live_monitor.ui.trust_legend import TrustLegend
from live_monitor.ui.window_commands import window_commands
from live_monitor.ui.window_layout import apply_layout, first_layout, read_layout
from live_monitor.ui.window_parts import build_docks, build_panels, connect_panels

if TYPE_CHECKING:
    from live_monitor.data.models.orders import OrderParams, Side
    from live_monitor.ui.alert_panel import AlertPanel
    from live_monitor.ui.broker_panel import BrokerPanel
    from live_monitor.ui.chart_stage import ChartStage
    from live_monitor.ui.log_panel import LogPanel
    from live_monitor.ui.providers_panel import ProvidersPanel
    from live_monitor.ui.quarrel_panel import QuarrelPanel
    from live_monitor.ui.signal_tables import SignalTable
    from live_monitor.ui.status_bar import StatusBar
    from live_monitor.ui.ticker_panel import TickerPanel
    from live_monitor.ui.time_and_sales import TimeAndSales
    from live_monitor.ui.tool_bar import MainToolBar
    from live_monitor.ui.trade_panels import TradePanels
    from live_monitor.ui.watchlist import Watchlist

_log = logging.getLogger(__name__)

FIRST_SIZE: Final = (1440, 900)


class MainWindow(QMainWindow):
    """See the module. Main thread."""

    #: Show this symbol; payload: a valid symbol.
    symbol_requested = pyqtSignal(str)
    #: Show bars of this length; payload: a name that `Timeframe.parse` reads.
    timeframe_requested = pyqtSignal(str)
    #: Show bars outside the regular session too, or no longer.
    extended_requested = pyqtSignal(bool)
    #: Show where bars are kept, and for how long; no payload.
    history_requested = pyqtSignal()
    #: Add a symbol to, or take it off, the watchlist; payload: a valid symbol.
    watch_added = pyqtSignal(str)
    watch_removed = pyqtSignal(str)
    #: Scroll the chart to a bar; payload: its start in market ms, as object (64 bit).
    bar_requested = pyqtSignal(object)
    #: Use the theme `dark` or `light`; the pair of colours that everybody can tell apart; no blinking.
    theme_requested = pyqtSignal(str)
    colour_blind_safe_requested = pyqtSignal(bool)
    reduce_motion_requested = pyqtSignal(bool)
    #: Start the simulated market, choose a session to replay, connect a provider; no payload.
    simulated_requested = pyqtSignal()
    replay_requested = pyqtSignal()
    provider_requested = pyqtSignal()
    #: The person closes the window; no payload. The window hides at once, the program ends behind it.
    closed = pyqtSignal()

    # Made by `window_parts.build_panels` and `build_docks`.
    tool_bar: MainToolBar
    ticker_panel: TickerPanel
    watchlist: Watchlist
    tape: TimeAndSales
    entries: SignalTable
    exits: SignalTable
    log_panel: LogPanel
    providers: ProvidersPanel
    quarrel: QuarrelPanel
    broker: BrokerPanel
    alert_panel: AlertPanel
    trade: TradePanels
    status: StatusBar
    tabs: QTabWidget
    stage: ChartStage
    watch_dock: PanelDock
    tape_dock: PanelDock
    ticket_dock: PanelDock
    signal_dock: PanelDock
    alert_dock: PanelDock
    docks: tuple[PanelDock, ...]

    def __init__(self, theme: Theme, clock: Clock, *, reduce_motion: bool = False) -> None:
        super().__init__()
        self._clock = clock
        self._theme = theme
        self._layout_is_set = False
        self.setWindowTitle("Live Monitor")
        self.setWindowIcon(icons.app_icon())
        self.setObjectName("main_window")
        self.setDockNestingEnabled(True)
        self.setMinimumSize(800, 560)
        self.pacer = FramePacer(clock, self)
        build_panels(self, theme, clock)
        build_docks(self, theme)
        self.chart_wishes = ChartWishes(self)
        self.provider_wishes = ProviderWishes(self)
        self.actions_by_name = WindowActions(self, window_commands(self, theme, reduce_motion))
        self.actions_by_name.set_theme(theme)
        self.tool_bar.chart.use(self.actions_by_name)
        for dock in self.docks:
            switch = dock.toggleViewAction()
            assert switch is not None
            # In the palette the menu above it is not there to say what the name is of.
            switch.setData(f"Panel: {dock.windowTitle()}")
            self.actions_by_name.add_existing("&View/&Panels", f"panel_{dock.objectName()}", switch)
        self.palette_box = CommandPalette(theme, self.actions_by_name.all, self)
        self.other_length = TimeframeField(self)
        self.comparison = ComparisonField(self)
        self.side_keys = SideKeys(
            clock, self.trade.ticket, self.open_ticket, self.go_to_symbol_field, self.leave_symbol_field
        )
        show_keys(self.actions_by_name)
        connect_panels(self)
        self._heartbeat = QTimer(self)
        self._heartbeat.setInterval(1_000)
        self._heartbeat.timeout.connect(self.pacer.request)
        self.set_reduce_motion(reduce_motion)
        self.resize(*FIRST_SIZE)
        self.reset_layout()

    # -- once per frame ----------------------------------------------------------------------

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Takes over what changed in the hub at market time `now_ms`; what did not change is not painted."""
        if not self.ticker_panel.refresh(hub, now_ms):
            self.pacer.note_unchanged()
        self.stage.refresh(hub, now_ms)
        for panel in (
            self.watchlist, self.tape, self.entries, self.exits, self.alert_panel, self.providers, self.status,
        ):  # fmt: skip
            panel.refresh(hub, now_ms)
        self.tape_dock.set_note(source_name(hub.source))
        price = self.ticker_panel
        if self.tool_bar.refresh(hub, now_ms, price.trust, price.age_s, price.standing):
            self.setWindowTitle(f"{hub.focus} – Live Monitor")

    # -- what the program tells the window ---------------------------------------------------

    def set_chart(self, chart: QWidget) -> None:
        """Puts the chart (see `chart_stage.Chart`) where the empty ground stood."""
        self.stage.set_chart(chart)
        # From what is chosen to what is shown: by its creation the chart would come last.
        stop = self.stage.keyboard or chart
        self.setTabOrder(self.watchlist.button, stop)
        self.setTabOrder(stop, self.tape)
        self.pacer.request()

    def set_watchlist(self, symbols: Sequence[str]) -> None:
        """Shows these symbols in the watchlist."""
        self.watchlist.set_symbols(symbols)
        self.pacer.request()

    def set_theme(self, theme: Theme) -> None:
        """Repaints everything that paints itself; palette and style sheet are `theme.apply_theme`'s."""
        self._theme = theme
        painted: tuple[Any, ...] = (
            self.tool_bar, self.ticker_panel, self.watchlist, self.tape, self.entries, self.exits, self.log_panel,
            self.alert_panel, self.trade, self.providers, self.quarrel, self.broker, self.status, self.stage,
            self.palette_box, self.actions_by_name, *self.docks,
        )  # fmt: skip
        for widget in painted:
            widget.set_theme(theme)
        self.actions_by_name[f"theme_{theme.name}"].setChecked(True)
        self.actions_by_name["colour_blind_safe"].setChecked(theme.colour_blind_safe)
        self.pacer.request()

    def set_reduce_motion(self, on: bool) -> None:
        """No blinking, or blinking again."""
        self.ticker_panel.reduce_motion = on
        self.watchlist.set_reduce_motion(on)
        self.actions_by_name["reduce_motion"].setChecked(on)

    def set_timeframe(self, name: str) -> None:
        """Marks the length of the bars that are shown."""
        self.tool_bar.timeframes.set_timeframe(name)
        self.pacer.request()

    def set_extended(self, on: bool) -> None:
        """Marks whether bars outside the regular session are shown."""
        self.tool_bar.timeframes.set_extended(on)
        self.actions_by_name["extended"].setChecked(on)
        self.pacer.request()

    # -- commands ----------------------------------------------------------------------------

    def open_palette(self) -> None:
        """Opens the command palette."""
        self.palette_box.open()

    def open_ticket(self, side: str = "") -> None:
        """Shows the order ticket and gives it the keyboard, for `BUY` or `SELL`, or for the side that it has."""
        self.ticket_dock.show()
        self.ticket_dock.raise_()
        ticket = self.trade.ticket
        ticket.begin(cast("Side", side) if side else ticket.form.draft.side)
        self.pacer.request()

    def fill_ticket(self, order: object) -> None:
        """Opens the ticket with these terms (`OrderParams`), to be looked over."""
        self.open_ticket()
        self.trade.ticket.fill(cast("OrderParams", order))

    def go_to_symbol_field(self, letter: str = "") -> None:
        """Puts the keyboard into the symbol switcher, with `letter` typed."""
        self.tool_bar.switcher.begin(letter)

    def open_other_length(self, typed: str = "") -> None:
        """Opens the field for any other length of bars, below its menu, with `typed` in it."""
        self.other_length.open(self.tool_bar.timeframes.more, typed)

    def leave_symbol_field(self) -> None:
        """Gives the keyboard to the chart: arrows walk its bars, letters start the next symbol."""
        target = self.stage.keyboard or self
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def step_watchlist(self, step: int) -> None:
        """Asks for the next (+1) or previous (−1) symbol of the watchlist."""
        symbols = self.watchlist.symbols()
        if not symbols:
            return
        present = self.tool_bar.switcher.symbol
        row = (symbols.index(present) + step) % len(symbols) if present in symbols else 0
        self.symbol_requested.emit(symbols[row])

    def show_tab(self, widget: QWidget) -> None:
        """Brings a tab of the lower panel to the front, also when its dock was hidden, and gives it the keyboard."""
        self.signal_dock.show()
        self.tabs.setCurrentWidget(widget)
        _give_keyboard(widget)

    def show_panel(self, dock: PanelDock) -> None:
        """Shows a dock and gives it the keyboard."""
        dock.show()
        dock.raise_()
        content = dock.widget()
        if content is not None:
            _give_keyboard(content)

    def show_about(self) -> None:
        """Opens the About dialog; the market goes on."""
        AboutDialog(self._theme, self).show()

    def show_trust_legend(self) -> None:
        """Opens the legend of the five looks; the market goes on."""
        TrustLegend(self._theme, self).show()

    def toggle_full_screen(self) -> None:
        """Full screen on or off."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # -- layout ------------------------------------------------------------------------------

    def reset_layout(self) -> None:
        """The layout of the first start, fitted to the present size."""
        first_layout(self)

    def layout_state(self) -> dict[str, Any]:
        """Docks, geometry, columns as JSON-able values, for the settings file."""
        return encode_layout(read_layout(self))

    def restore_layout(self, saved: Mapping[str, Any]) -> bool:
        """Takes a layout made by `layout_state`; False, and nothing changed, for anything else."""
        layout = decode_layout(saved)
        if layout is None or not apply_layout(self, layout):
            return False
        self._layout_is_set = True
        return True

    # -- Qt ----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and self.side_keys.press(event):
            return
        if event is not None and (letter := typed_letter(event)):
            self.go_to_symbol_field(letter)
        elif event is not None and (figure := typed_figure(event)):
            self.open_other_length(figure)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        if not self._layout_is_set:
            self._layout_is_set = True
            self.reset_layout()
        if self.focusWidget() is None:
            # Nothing is being typed yet, else Qt gives the keyboard to the symbol field, and `5m` would be a symbol.
            self.setFocus()
        self._heartbeat.start()
        self.pacer.hold(False)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange:
            self.pacer.hold(self.isMinimized())

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._heartbeat.stop()
        self.pacer.stop()
        self.log_panel.detach()
        super().closeEvent(event)
        self.closed.emit()


def _give_keyboard(panel: QWidget) -> None:
    """To the table of a panel, where it has one; an empty list is one too, though Qt calls it false."""
    view = getattr(panel, "view", None)
    (panel if view is None else view).setFocus(Qt.FocusReason.ShortcutFocusReason)
