"""What the owner of a chart says about its looks: kinds of bars, scales, panes, marks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QWidget

from live_monitor.chart_settings import ChartKind, ChartScale
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.signals.study import Study
from live_monitor.ui.charts.canvas import ChartCanvas
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.gaps import Hole
from live_monitor.ui.charts.layer_stack import LayerStack
from live_monitor.ui.charts.look import AlertLine, Look
from live_monitor.ui.charts.markers import ChartMarker
from live_monitor.ui.charts.wall_clock import NEW_YORK, machine_clock
from live_monitor.ui.theme import Theme


class ChartFace(QWidget):
    """A chart without hands: what is set from outside. `CandleChart` adds mouse and keyboard. Main thread."""

    canvas: ChartCanvas
    _theme: Theme
    _state: ChartState
    _look: Look
    _layers: LayerStack

    @abstractmethod
    def _on_moved(self) -> None:
        """Other bars or prices are in sight."""

    @abstractmethod
    def _on_resized(self) -> None:
        """Size, pixel density or colours are others."""

    @abstractmethod
    def _window_changed(self) -> None:
        """Everything is painted anew."""

    def set_kind(self, kind: ChartKind) -> None:
        """Paints bars as `candles`, `hollow`, `bars`, `heikin_ashi`, `line` or `area`."""
        if kind != self._state.kind:
            self._state.set_kind(kind)
            self._window_changed()

    def set_scale(self, mode: ChartScale) -> None:
        """Prices `linear`, `log` or `percent`; the bars in sight decide what they span."""
        if mode != self._state.scale_mode or self._state.fixed is not None:
            self._state.scale_mode, self._state.fixed = mode, None
            self._on_moved()

    def set_local_time(self, on: bool) -> None:
        """Writes times in the machine's zone, or in New York's."""
        if on == (self._look.wall is NEW_YORK):
            self._look.wall = machine_clock() if on else NEW_YORK
            self._layers.start_anew()
            self._layers.repaint_all()

    def set_studies(self, studies: Sequence[Study]) -> None:
        """Shows these studies; those with panes of their own from the top."""
        self._state.board.set_studies(studies)
        self._state.shares.keep_only({study.choice.id for study in studies})
        self._on_rearranged()

    def lean_on(self, minutes: BarSeries | None) -> None:
        """Minutes of the symbol, from which studies of the day over seconds know how the day began."""
        self._state.board.lean_on(minutes)

    @property
    def waits_for_older(self) -> bool:
        """True while a study of the trading day has nothing to show, as where that day is not loaded from its start."""
        return any(placed.study.kind.by_day and placed.study.remark for placed in self._state.board.shown)

    def set_volume_shown(self, on: bool) -> None:
        """Shows the volume pane, or leaves its room to the others."""
        if on != self._state.shares.volume_shown:
            self._state.shares.volume_shown = on
            self._on_rearranged()

    def set_pane_heights(self, heights: Mapping[str, float]) -> None:
        """Heights of lower panes that `pane_heights` gave."""
        self._state.shares.restore(heights)
        self._on_rearranged()

    def pane_heights(self) -> dict[str, float]:
        """Shares of the plot's height of the panes that were dragged: `volume`, or the id of a study."""
        return self._state.shares.kept()

    def set_compared(self, symbol: str, series: BarSeries | None) -> None:
        """Shows another symbol beside, in percent; an empty symbol ends that."""
        if self._state.compared.set_series(symbol, series):
            self._on_moved()

    def set_alert_lines(self, lines: Sequence[AlertLine]) -> None:
        """Replaces the prices that are waited for."""
        if list(lines) != self._look.alert_lines:
            self._look.alert_lines = list(lines)
            self._layers.repaint_all()

    def set_price_band(self, lower: float, upper: float) -> None:
        """Limit down and limit up of the symbol; NaN where there is none."""
        band = (lower, upper)
        # By their words: NaN is not equal to itself.
        if repr(band) != repr(self._look.price_band):
            self._look.price_band = band
            self._layers.repaint_all()

    def image(self) -> QImage:
        """What the chart looks like now, without the button, at the screen's pixel density."""
        picture: QImage = self.canvas.grab().toImage()
        return picture

    def set_theme(self, theme: Theme) -> None:
        """Repaints everything in the colours of `theme`."""
        self._theme = theme
        self._on_resized()

    def set_watermark(self, text: str) -> None:
        """Names a market that is not the real one (`SIMULATED`, `REPLAY 2021-03-01`) behind the candles."""
        if text != self._look.watermark:
            self._look.watermark = text
            self._layers.repaint_all()

    def set_symbol(self, symbol: str, problem: str = "") -> None:
        """The symbol that the empty chart waits for, and why it waits in vain, when that is known."""
        if (symbol, problem) != (self._look.symbol, self._look.problem):
            self._look.symbol, self._look.problem = symbol, problem
            self._layers.repaint_all()

    def set_stale(self, stale: bool) -> None:
        """A stale feed greys the last price and strikes its clock."""
        if stale != self._look.stale:
            self._look.stale = stale
            self._layers.repaint_moving()

    def set_newest(self, price: float) -> None:
        """The newest price, for the line and the tag, where bars come finished only; NaN: the newest close is it."""
        # By their words: NaN is not equal to itself.
        if repr(price) != repr(self._state.newest):
            self._state.newest = price
            self._layers.repaint_moving()

    def set_markers(self, markers: Sequence[ChartMarker]) -> None:
        """Replaces all signal markers."""
        if list(markers) != self._look.markers:
            self._look.markers = list(markers)
            self._layers.repaint_all()

    def set_holes(self, holes: tuple[Hole, ...], healed: tuple[Hole, ...] = ()) -> None:
        """Replaces the stretches in which prints were missed, and those of them that history has filled."""
        if (holes, healed) != (self._look.holes, self._look.healed):
            self._look.holes, self._look.healed = holes, healed
            self._layers.repaint_all()

    def set_reduce_motion(self, on: bool) -> None:
        """Nothing turns, or turns again."""
        self._look.reduce_motion = on
        self._layers.repaint_all()

    def set_past(self, text: str, *, loading: bool = False) -> None:
        """What is said at the left edge of the oldest bar: that older ones are under way, or that there are none."""
        if (text, loading) != (self._look.past, self._look.loading):
            self._look.past, self._look.loading = text, loading
            self._layers.repaint_all()

    def _on_rearranged(self) -> None:
        """Studies or heights of panes changed."""
        self._state.rearranged()
        self._window_changed()
