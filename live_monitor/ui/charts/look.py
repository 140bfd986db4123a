"""What the layers of one chart paint besides the bars; set by the widget, read while painting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from live_monitor.data.models.market_data import NAN
from live_monitor.ui.charts.gaps import Hole
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.markers import ChartMarker
from live_monitor.ui.charts.time_ticks import SessionTable
from live_monitor.ui.charts.trading.values import OrderLine
from live_monitor.ui.charts.wall_clock import NEW_YORK, WallClock


class AlertLine(NamedTuple):
    """A price that is waited for. `id`: whose it is; `text`: the person's note."""

    id: str
    price: float
    text: str


@dataclass(slots=True)
class Look:
    """Main thread."""

    ink: Ink
    sessions: SessionTable | None = None
    watermark: str = ""
    stale: bool = False
    focused: bool = False
    symbol: str = ""
    #: Why there are no bars of the symbol, when that is known.
    problem: str = ""
    markers: list[ChartMarker] = field(default_factory=list)
    #: Stretches in which prints were missed and that nothing has filled.
    holes: tuple[Hole, ...] = ()
    #: Those that history has filled since.
    healed: tuple[Hole, ...] = ()
    #: What is said of bars before the oldest one; empty while nothing is to be said.
    past: str = ""
    #: Older bars are under way.
    loading: bool = False
    #: Nothing turns or blinks.
    reduce_motion: bool = False
    #: Whose time is written.
    wall: WallClock = NEW_YORK
    #: Prices that are waited for.
    alert_lines: list[AlertLine] = field(default_factory=list)
    #: Limit down and limit up; NaN where there is none.
    price_band: tuple[float, float] = (NAN, NAN)
    #: Prices that orders and the position stand at.
    order_lines: list[OrderLine] = field(default_factory=list)
