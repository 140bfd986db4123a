"""What the person asks of the desktop: one slot a wish."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from live_monitor.alert_desk import AlertDesk
from live_monitor.broker_desk import BrokerDesk
from live_monitor.chart_desk import ChartDesk
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.desktop import Desktop
from live_monitor.errors import StoreError
from live_monitor.order_desk import OrderDesk
from live_monitor.provider_desk import ProviderDesk
from live_monitor.quarrel_desk import QuarrelDesk
from live_monitor.runtime.options import DesktopOptions
from live_monitor.settings import MAX_WATCHLIST, Settings, without_secrets
from live_monitor.ui.theme import load_theme
from live_monitor.workbook_desk import WorkbookDesk

if TYPE_CHECKING:
    from live_monitor.sources import Sources


class Desk:
    """What the person asks of the desktop: each slot does one wish and keeps it for the next start. Main thread."""

    def __init__(
        self,
        desktop: Desktop,
        switch_source: Callable[[DesktopOptions], None],
        sources: Sources,
        bars_folder: Path,
        environ: Mapping[str, str],
    ) -> None:
        """`switch_source` replaces the market session by one for other options. `bars_folder` holds the kept bars."""
        self._desktop = desktop
        self.alerts = AlertDesk(desktop)
        self.orders = OrderDesk(desktop)
        self.chart = ChartDesk(desktop, self.alerts, Path(os.path.expanduser("~")))
        self.workbook = WorkbookDesk(desktop)
        self.providers = ProviderDesk(desktop, switch_source, sources)
        self.quarrel = QuarrelDesk(desktop, sources)
        self.broker = BrokerDesk(desktop, sources)
        self._bars_folder, self._environ = bars_folder, environ

    @property
    def _settings(self) -> Settings:
        return self._desktop.settings

    def show_symbol(self, symbol: str) -> None:
        """Puts a symbol in focus."""
        if self._desktop.session is not None:
            self._desktop.session.manager.change_symbol(symbol)

    def keep_symbol(self, symbol: str) -> None:
        """The focus changed: it is the one to come back to."""
        self._settings.remember_symbol(symbol)
        self._desktop.window.tool_bar.switcher.set_recent(self._settings.recent_symbols)
        self._desktop.keeper.changed()

    def show_timeframe(self, name: str) -> None:
        """Shows bars of any length, such as `1s`, `7m` or `1D`; what is none is answered with a line."""
        desktop = self._desktop
        try:
            timeframe = Timeframe.parse(name)
        except ValueError as error:
            desktop.tell(f"{error}.")
            return
        self._settings.timeframe = timeframe.name
        if desktop.chart is not None:
            desktop.chart.show_bars(timeframe, extended=self._settings.extended_hours)
        desktop.window.set_timeframe(timeframe.name)
        desktop.keeper.changed()

    def use_extended_hours(self, on: bool) -> None:
        """Shows bars before the open and after the close too, or only those of the regular session."""
        desktop = self._desktop
        self._settings.extended_hours = on
        if desktop.chart is not None:
            desktop.chart.show_bars(desktop.timeframe, extended=on)
        desktop.window.set_extended(on)
        desktop.keeper.changed()

    def scroll_to(self, bar_ms: object) -> None:
        """Brings the bar at this market time (ms) into sight."""
        if self._desktop.chart is not None:
            self._desktop.chart.scroll_to(bar_ms)

    def load_older_bars(self, timeframe: Timeframe) -> None:
        """The chart nears its oldest bar."""
        if self._desktop.session is not None:
            self._desktop.session.manager.hub.history.older(timeframe)

    def show_history(self) -> None:
        """Shows where bars are kept, and for how long."""
        from live_monitor.data.stores.opening import chosen  # noqa: PLC0415 - rarely needed
        from live_monitor.ui.history_dialog import HistoryDialog, HistoryFacts  # noqa: PLC0415 - rarely needed

        history = self._settings.history
        try:
            place = chosen(history.url, self._environ)
            shared = "none: bars stay on this machine" if place is None else without_secrets(place.url)
        except StoreError as error:
            shared = str(error)
        folder = self._bars_folder
        facts = HistoryFacts(str(folder), bytes_in(folder), shared, history.keep_days, history.url)

        def objection(address: str) -> str:
            try:
                chosen(address, {})
            except StoreError as error:
                return str(error)
            return ""

        dialog = HistoryDialog(facts, objection, self._desktop.window)
        dialog.keep_days_chosen.connect(self.keep_bars_for)
        dialog.address_chosen.connect(self.share_bars_in)
        dialog.show()

    def keep_bars_for(self, days: dict[str, int]) -> None:
        """Keeps bars so many days by timeframe, from the next start on."""
        self._settings.history.keep_days = days
        self._desktop.keeper.changed()

    def share_bars_in(self, address: str) -> None:
        """Shares bars in the store at `address`, or in none, from the next start on."""
        self._settings.history.url = without_secrets(address) if address else ""
        if self._settings.history.url != address:
            self._desktop.tell("User and password in the address of the shared store are not kept: set INFLUX_TOKEN.")
        self._desktop.keeper.changed()

    def watch(self, symbol: str) -> None:
        """Adds a symbol to the watchlist."""
        watchlist, session = self._settings.watchlist, self._desktop.session
        if symbol in watchlist or session is None:
            return
        if len(watchlist) >= MAX_WATCHLIST:
            self._desktop.tell(f"The watchlist holds {MAX_WATCHLIST} symbols: take one off first.")
            return
        watchlist.append(symbol)
        session.watch(symbol)
        self._watchlist_changed(session.watched)

    def unwatch(self, symbol: str) -> None:
        """Takes a symbol off the watchlist."""
        watchlist, session = self._settings.watchlist, self._desktop.session
        if session is None:
            return
        if symbol in watchlist:
            watchlist.remove(symbol)
        session.unwatch(symbol)
        self._watchlist_changed(session.watched)

    def _watchlist_changed(self, watched: list[str]) -> None:
        self._desktop.window.set_watchlist(watched)
        self._desktop.keeper.changed()

    def use_theme(self, name: str) -> None:
        """Changes between `dark` and `light`."""
        self._settings.theme = "light" if name == "light" else "dark"
        self._repaint()

    def use_colour_blind_safe(self, on: bool) -> None:
        """Colours for up and down that everybody can tell apart."""
        self._settings.colour_blind_safe = on
        self._repaint()

    def _repaint(self) -> None:
        desktop, settings = self._desktop, self._settings
        theme = desktop.theme = load_theme(settings.theme, colour_blind_safe=settings.colour_blind_safe)
        desktop.paint_application(theme)
        desktop.window.set_theme(theme)
        desktop.problems.set_theme(theme)
        self.chart.studies.repaint()
        self.providers.connect.repaint()
        desktop.keeper.changed()

    def use_reduce_motion(self, on: bool) -> None:
        """No blinking, or blinking again."""
        self._settings.reduce_motion = on
        self._desktop.window.set_reduce_motion(on)
        if self._desktop.chart is not None:
            self._desktop.chart.chart.set_reduce_motion(on)
        self._desktop.keeper.changed()


def bytes_in(folder: Path) -> int:
    """Size of the files in a folder; 0 where there is none, or where it cannot be read."""
    try:
        return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    except OSError:
        return 0
