"""What the person asks of the chart: one slot a wish, kept for the next start. Main thread.

Wishes may come before the chart does, which is put in after the first paint: they are kept, and `dress` follows them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from live_monitor.alert_desk import AlertDesk
from live_monitor.chart_files import ChartFiles
from live_monitor.chart_settings import ChartKind, ChartScale, ChartSettings
from live_monitor.desktop import Desktop
from live_monitor.drawing_desk import DrawingDesk
from live_monitor.study_desk import StudyDesk
from live_monitor.ui.chart_commands import mark_chart

if TYPE_CHECKING:
    from live_monitor.data.market_hub import MarketHub
    from live_monitor.engine.market.sessions import Calendar
    from live_monitor.runtime.drawing_files import DrawingFiles
    from live_monitor.ui.charts.candle_chart import CandleChart
    from live_monitor.ui.charts.pointer import MenuPoint
    from live_monitor.ui.price_alerts_dialog import PriceAlertsDialog


class ChartDesk:
    """Looks, comparison, price alerts, files and the menu; `studies` and `drawings` have desks of their own."""

    def __init__(self, desktop: Desktop, alerts: AlertDesk, home: Path) -> None:
        """`home` is where files are proposed to lie at first."""
        self._desktop, self._alerts = desktop, alerts
        self.files = ChartFiles(desktop, home)
        self.studies = StudyDesk(desktop)
        self.drawings = DrawingDesk(desktop, self.files)
        self._alert_list: PriceAlertsDialog | None = None
        mark_chart(desktop.window, self._settings)

    @property
    def _settings(self) -> ChartSettings:
        return self._desktop.settings.chart

    @property
    def _candles(self) -> CandleChart | None:
        return self._desktop.chart.chart if self._desktop.chart is not None else None

    @property
    def _hub(self) -> MarketHub | None:
        return self._desktop.session.manager.hub if self._desktop.session is not None else None

    # -- when the chart and a source of prices come ---------------------------------------------

    def dress(self, calendar: Calendar, store: DrawingFiles, *, writes: bool) -> None:
        """The chart is there: gives it everything that is kept. Drawings come from `store`, and go there too."""
        candles, kept = self._candles, self._settings
        if candles is None:
            return
        candles.set_kind(kept.kind)
        candles.set_scale(kept.scale)
        candles.set_local_time(kept.local_time)
        candles.set_volume_shown(kept.volume)
        candles.set_reduce_motion(self._desktop.settings.reduce_motion)
        self.studies.dress(calendar)
        candles.set_pane_heights(kept.pane_heights)
        self.drawings.dress(store, writes=writes)

    def follow(self, hub: MarketHub) -> None:
        """Another source of prices: what is compared is compared there."""
        hub.compare(self._settings.compare or None)

    def on_frame(self) -> None:
        """Once per frame at most, after the chart has looked at the hub."""
        if self._alert_list is not None and self._hub is not None:
            self._alert_list.set_symbol(self._hub.focus or "")
            self._alert_list.show_rows(self._hub.price_alerts.rows)

    def keep_heights(self, heights: object) -> None:
        """The person dragged panes to other heights (dict of shares by pane)."""
        self._keep(pane_heights=dict(cast("dict[str, float]", heights)))

    # -- looks ----------------------------------------------------------------------------------

    def use_kind(self, name: str) -> None:
        """Draws bars as `candles`, `hollow`, `bars`, `heikin_ashi`, `line` or `area`."""
        kind = cast("ChartKind", name)
        if self._candles is not None:
            self._candles.set_kind(kind)
        self._keep(kind=kind)

    def use_scale(self, name: str) -> None:
        """Shows prices `linear`, `log` or in `percent`."""
        scale = cast("ChartScale", name)
        if self._candles is not None:
            self._candles.set_scale(scale)
        self._keep(scale=scale)

    def use_local_time(self, on: bool) -> None:
        """Writes times of this machine's zone, or New York's."""
        if self._candles is not None:
            self._candles.set_local_time(on)
        self._keep(local_time=on)

    def use_volume(self, on: bool) -> None:
        """Shows the volume pane, or not."""
        if self._candles is not None:
            self._candles.set_volume_shown(on)
        self._keep(volume=on)

    def reset(self) -> None:
        """The newest bar at the first zoom, the first heights of panes, prices by what is in sight."""
        if self._candles is not None:
            self._candles.set_pane_heights({})
            self._candles.set_scale(self._settings.scale)
            self._candles.reset_view()
        self._keep(pane_heights={})

    def compare(self, symbol: str) -> None:
        """Lays another symbol over the chart; an empty one ends that."""
        if self._hub is not None:
            self._hub.compare(symbol or None)
        self._keep(compare=symbol)

    def _keep(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self._settings, name, value)
        mark_chart(self._desktop.window, self._settings)
        self._desktop.window.pacer.request()
        self._desktop.keeper.changed()

    # -- price alerts ---------------------------------------------------------------------------

    def wait_for(self, price: float) -> None:
        """Tells when the last price of the symbol in focus reaches or passes `price`."""
        self._alerts.wait_for(price)
        self._desktop.window.pacer.request()

    def show_alerts(self) -> None:
        """Opens the list of prices that are waited for, or brings it to the front."""
        from live_monitor.ui.price_alerts_dialog import PriceAlertsDialog  # noqa: PLC0415 - rarely needed

        if self._hub is None:
            return
        if self._alert_list is None:
            page = self._alert_list = PriceAlertsDialog(self._hub.focus or "", self._desktop.window)
            page.removed.connect(self._alerts.remove)
            page.removed.connect(lambda _id: self._desktop.window.pacer.request())
            page.added.connect(lambda symbol, price, note: self._alerts.wait_for(price, symbol, note))
            page.symbol_requested.connect(self._desktop.window.symbol_requested)
            page.destroyed.connect(self._forget_list)
            self.on_frame()
            page.show()
        self._alert_list.raise_()
        self._alert_list.activateWindow()

    def _forget_list(self) -> None:
        self._alert_list = None

    # -- menu and files -------------------------------------------------------------------------

    def show_menu(self, point: object) -> None:
        """Opens the menu of a place on the chart (`MenuPoint`)."""
        from live_monitor.ui.chart_menu import ChartMenu  # noqa: PLC0415 - rarely needed

        window, drawings, place = self._desktop.window, self.drawings.drawings, cast("MenuPoint", point)
        menu = ChartMenu(place, window.chart_wishes, window.actions_by_name, self._desktop.theme, window)
        if self._candles is not None:
            menu.put_first(self._candles.trading.actions_at(place.price, place.x, place.y, menu))
        if drawings is not None:
            menu.put_first(drawings.actions_at(place.x, place.y, menu))
        menu.popup(place.global_pos)

    def copy_text(self, text: str) -> None:
        """Puts a text on the clipboard."""
        from live_monitor.ui.pictures import copy_text  # noqa: PLC0415 - rarely needed

        copy_text(text)

    def export_bars(self) -> None:
        """Writes the loaded bars and the indicators' values to a file."""
        chart, hub = self._desktop.chart, self._hub
        if chart is not None and hub is not None:
            self.files.export_bars(hub.series(chart.timeframe, extended=chart.extended), self.studies.studies)
