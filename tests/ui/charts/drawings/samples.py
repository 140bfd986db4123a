"""Drawings, frames and bars for the tests of drawings."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from live_monitor.ui.charts.drawings.values import ANCHORS, DASHES, KINDS, Anchor, Drawing, Kind, clean_text, flaw_of
from live_monitor.ui.charts.frame import Frame, Scaling, Visible, arrange, make_frame
from live_monitor.ui.charts.geometry import Columns

MINUTE = 60_000
#: Monday 2021-03-01 10:00 New York, and two hundred minutes from there on.
TEN_O_CLOCK = 1_614_610_800_000
STARTS: NDArray[np.int64] = np.arange(TEN_O_CLOCK, TEN_O_CLOCK + 200 * MINUTE, MINUTE, dtype=np.int64)


def at(minute: float, price: float) -> Anchor:
    """An anchor so many minutes after 10:00."""
    return Anchor(TEN_O_CLOCK + round(minute * MINUTE), price)


def drawing(kind: Kind, *anchors: Anchor, **fields: object) -> Drawing:
    """A sound drawing named `d`, unless told otherwise."""
    found = Drawing(**({"id": "d", "text": "note" if kind == "text" else ""} | fields), kind=kind, anchors=anchors)  # type: ignore[arg-type]  # any field
    assert flaw_of(found) == ""
    return found


def frame_of(
    low: float = 90.0,
    high: float = 110.0,
    *,
    log: bool = False,
    pitch: float = 4.0,
    offset: float = 2.0,
    size: tuple[int, int] = (900, 560),
) -> Frame:
    """A picture of bars 0 to 200 from `low` to `high`, one row of the price pane for each of its pixels."""
    panes = arrange(*size, 72, 1.0)
    columns = Columns(pitch, offset)
    first, last = columns.visible(panes.price.width, len(STARTS))
    scaling = Scaling(mode="log" if log else "linear", fixed=(low, high))
    return make_frame(1.0, panes, columns, (first, last, len(STARTS)), Visible(low, high, 5.0), scaling)


kinds = st.sampled_from(KINDS)
any_ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
sane_prices = st.floats(80.0, 120.0)
any_prices = st.one_of(sane_prices, st.floats(1e-6, 1e7))
sane_times = st.integers(TEN_O_CLOCK - 100 * MINUTE, TEN_O_CLOCK + 300 * MINUTE)
any_times = st.one_of(sane_times, st.integers(-2_208_988_800_000, 7_289_654_399_999))


def anchors_of(
    kind: Kind, times: st.SearchStrategy[int], prices: st.SearchStrategy[float]
) -> st.SearchStrategy[tuple[Anchor, ...]]:
    """As many anchors as the kind has."""
    return st.tuples(*[st.builds(Anchor, times, prices)] * ANCHORS[kind])


@st.composite
def drawings(
    draw: st.DrawFn,
    times: st.SearchStrategy[int] = any_times,
    prices: st.SearchStrategy[float] = any_prices,
    ids: st.SearchStrategy[str] = any_ids,
) -> Drawing:
    """Any sound drawing."""
    kind = draw(kinds)
    words = draw(st.text(max_size=30).map(clean_text))
    found = Drawing(
        id=draw(ids),
        kind=kind,
        anchors=draw(anchors_of(kind, times, prices)),
        color=draw(st.sampled_from(["accent", "up", "#12aBc9"])),
        width=draw(st.integers(1, 8)),
        dash=draw(st.sampled_from(DASHES)),
        text=words or ("x" if kind == "text" else ""),
        locked=draw(st.booleans()),
        hidden=draw(st.booleans()),
        timeframes=draw(st.sampled_from([(), ("1m",), ("5m", "1D")])),
    )
    assert flaw_of(found) == ""
    return found
