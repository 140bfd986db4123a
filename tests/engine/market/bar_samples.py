"""Bars for the tests of longer bars, and those made in the plainest way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_columns import COLUMNS, NAN, Bar, BarColumns, BarSource, Proof
from live_monitor.engine.market.bar_windows import window_of
from live_monitor.engine.market.sessions import Calendar, cme_equity_futures, nse_equities, us_equities

NEW_YORK = ZoneInfo("America/New_York")

#: Normal days, both weekends on which the clocks change, a half day, holidays, days that no table knows.
DATES = tuple(
    date.fromisoformat(text)
    for text in (
        "2026-03-06", "2026-03-08", "2026-03-09", "2026-10-30", "2026-11-01", "2026-11-02", "2026-11-20", "2026-11-26",
        "2026-11-27", "2026-12-25", "1999-04-04", "2005-03-15", "2031-01-02",
    )
)  # fmt: skip
CALENDARS = (us_equities, nse_equities, cme_equity_futures)


def ms(text: str, zone: ZoneInfo = NEW_YORK) -> int:
    """ms of a wall-clock time, New York's unless another zone is given."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@st.composite
def bars_of(
    draw: st.DrawFn, calendar: Calendar, *, width_ms: int = 1_000, priced: bool = False, max_size: int = 60
) -> list[Bar]:
    """Bars of a few seconds or minutes of up to three trade dates, ascending; half of them close to one another."""
    starts: set[int] = set()
    for day in draw(st.lists(st.sampled_from(DATES), min_size=1, max_size=3, unique=True)):
        begin, end = calendar.span(day)
        slots = (end - begin) // width_ms
        edges = [(edge - begin) // width_ms for edge in calendar.times(day) or ()]
        near = st.sampled_from([0, slots - 1, *edges]).flatmap(lambda at: st.integers(at - 30, at + 30))
        for slot in draw(st.lists(st.one_of(near, st.integers(0, slots - 1)), max_size=max_size // 2)):
            starts.add(begin + min(max(slot, 0), slots - 1) * width_ms)
    return [draw(bar_at(start, priced=priced)) for start in sorted(starts)]


@st.composite
def bar_at(draw: st.DrawFn, start_ms: int, *, priced: bool = False) -> Bar:
    """Any bar: of volume only, without volume, without vwap, without a count of trades, of any source."""
    low, high = sorted((draw(st.integers(1, 40_000)) / 100, draw(st.integers(1, 40_000)) / 100))
    open_, close = draw(st.sampled_from((low, high))), draw(st.sampled_from((low, high)))
    volume = float(draw(st.one_of(st.just(0), st.integers(1, 10_000_000))))
    vwap = draw(st.sampled_from((low, high, (low + high) / 2, NAN)) if volume else st.sampled_from((NAN, low)))
    if not priced and draw(st.integers(0, 9)) == 0:
        open_ = high = low = close = NAN
    return Bar(
        start_ms, open_, high, low, close, volume, vwap,
        draw(st.sampled_from((-1, 0, 1, 7, 12_345))),
        draw(st.sampled_from(list(BarSource))),
        draw(st.booleans()),
        float(draw(st.integers(0, 10**9))) if draw(st.booleans()) else NAN,
        draw(st.sampled_from(list(Proof))),
    )  # fmt: skip


def plainly(bars: Iterable[Bar], timeframe: Timeframe, calendar: Calendar, extended: bool) -> BarColumns:
    """Every window by itself, in the words of the rules."""
    children: dict[int, list[Bar]] = {}
    for bar in bars:
        window = window_of(bar.start_ms, timeframe, calendar, extended=extended)
        if window is not None:
            children.setdefault(window[0], []).append(bar)
    return BarColumns.of(
        parent(start, found) for start, found in children.items() if not all(math.isnan(bar.open) for bar in found)
    )


def parent(start_ms: int, bars: list[Bar]) -> Bar:
    """The bar of all these children."""
    priced = [bar for bar in bars if not math.isnan(bar.open)]
    traded = [bar for bar in bars if bar.volume > 0]
    proofs = [bar.proof for bar in bars]
    volume = sum(bar.volume for bar in bars)
    return Bar(
        start_ms,
        priced[0].open,
        max(bar.high for bar in priced),
        min(bar.low for bar in priced),
        priced[-1].close,
        volume,
        math.fsum(bar.vwap * bar.volume for bar in traded) / volume if traded else NAN,
        -1 if any(bar.trades < 0 for bar in bars) else sum(bar.trades for bar in bars),
        min(bar.source for bar in bars),
        any(bar.revised for bar in bars),
        next((bar.cumulative_volume for bar in reversed(bars) if not math.isnan(bar.cumulative_volume)), NAN),
        max(proofs) if max(proofs) > Proof.AGREES else min(proofs),
    )


def assert_same(ours: BarColumns, theirs: BarColumns) -> None:
    """Equal bar for bar: exactly, but for the vwap, whose sums may round by their order; it agrees to 1e-12."""
    assert ours.start_ms.tolist() == theirs.start_ms.tolist()
    for name in COLUMNS:
        left, right = getattr(ours, name), getattr(theirs, name)
        assert left.dtype == right.dtype == COLUMNS[name]
        if name == "vwap":
            np.testing.assert_allclose(left, right, rtol=1e-12, atol=0, equal_nan=True)
        else:
            np.testing.assert_array_equal(left, right, err_msg=name)
