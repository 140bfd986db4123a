"""The bars as the chart shows them: as they are, their closes only, or as Heikin-Ashi. No Qt."""

from __future__ import annotations

from typing import Final, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from live_monitor.chart_settings import ChartKind
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.heikin_ashi import HeikinAshi

Floats = NDArray[np.float64]

CHART_KINDS: Final[tuple[ChartKind, ...]] = get_args(ChartKind)

_EMPTY: Final = np.empty(0)


class BarsView(Protocol):
    """What is painted of a series: float64[n] each, USD; valid until the series changes. Main thread."""

    @property
    def open(self) -> Floats: ...
    @property
    def high(self) -> Floats: ...
    @property
    def low(self) -> Floats: ...
    @property
    def close(self) -> Floats: ...
    def follow(self, series: BarSeries | None, /) -> None:
        """Takes over what changed in the series; must come before anything is read."""
        ...


def view_of(kind: ChartKind) -> BarsView:
    """A view for one way of painting bars."""
    if kind == "heikin_ashi":
        return AveragedBars()
    return ClosesOnly() if kind in ("line", "area") else PlainBars()


class PlainBars:
    """The bars as they are."""

    def __init__(self) -> None:
        self._series: BarSeries | None = None

    def follow(self, series: BarSeries | None) -> None:
        """Nothing is kept but the series itself."""
        self._series = series

    @property
    def open(self) -> Floats:
        """Opens."""
        return self._series.open if self._series is not None else _EMPTY

    @property
    def high(self) -> Floats:
        """Highs."""
        return self._series.high if self._series is not None else _EMPTY

    @property
    def low(self) -> Floats:
        """Lows."""
        return self._series.low if self._series is not None else _EMPTY

    @property
    def close(self) -> Floats:
        """Closes."""
        return self._series.close if self._series is not None else _EMPTY


class ClosesOnly(PlainBars):
    """A line of closes: nothing else takes part in the price scale."""

    @property
    def high(self) -> Floats:
        """Closes."""
        return self.close

    @property
    def low(self) -> Floats:
        """Closes."""
        return self.close


class AveragedBars:
    """Heikin-Ashi."""

    def __init__(self) -> None:
        self._made = HeikinAshi()

    def follow(self, series: BarSeries | None) -> None:
        """Makes what changed."""
        if series is None:
            self._made = HeikinAshi()
        else:
            self._made.follow(series)

    @property
    def open(self) -> Floats:
        """Middles of the bodies before."""
        return self._made.columns.open

    @property
    def high(self) -> Floats:
        """Highest of high, open and close."""
        return self._made.columns.high

    @property
    def low(self) -> Floats:
        """Lowest of low, open and close."""
        return self._made.columns.low

    @property
    def close(self) -> Floats:
        """Means of the bars."""
        return self._made.columns.close
