"""Which bars a stretch of missed prints touches, and what is said there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.status import Gap
from live_monitor.data.models.timeframe import MONTH
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.gaps import Hole, bands_of, holes_of, said_at
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, bar, series_of


def minutes(*numbers: int) -> BarSeries:
    return series_of([bar(number, 1, 1, 1, 1) for number in numbers])


def hole(first: float, last: float, reason: str = "lost") -> Hole:
    return Hole(TEN_O_CLOCK + round(first * MINUTE), TEN_O_CLOCK + round(last * MINUTE), reason)


def spans(series: BarSeries, *holes: Hole) -> list[tuple[int, int]]:
    return [(band.first, band.last) for band in bands_of(series, holes, 0, len(series))]


def test_every_bar_of_the_stretch_is_touched() -> None:
    assert spans(minutes(0, 1, 2, 3, 4), hole(1.5, 3.2)) == [(1, 4)]
    assert spans(minutes(0, 1, 2, 3, 4), hole(2, 3)) == [(2, 3)]


def test_a_stretch_without_bars_lies_between_two() -> None:
    assert spans(minutes(0, 1, 7, 8), hole(2, 7)) == [(2, 2)]
    assert spans(minutes(0, 1, 7, 8), hole(1.5, 7)) == [(1, 2)]


def test_a_loss_of_an_instant_touches_its_bar() -> None:
    assert spans(minutes(0, 1, 2), hole(1.5, 1.5)) == [(1, 2)]
    assert spans(minutes(0, 1, 2), hole(1, 1)) == [(1, 2)]


def test_what_lies_outside_of_the_bars_shown_is_left_out() -> None:
    series = minutes(0, 1, 2, 3, 4, 5)
    assert bands_of(series, [hole(0.1, 0.9)], 2, 6) == []
    assert bands_of(series, [hole(5.1, 5.9)], 0, 3) == []
    assert bands_of(series, [hole(1, 9)], 2, 3)[0][:2] == (1, 6)
    assert bands_of(series, [], 0, 6) == bands_of(series, [hole(0, 1)], 0, 0) == []


def test_the_end_of_a_long_month_belongs_to_it() -> None:
    day = 86_400_000
    series = series_of([bar(0, 1, 1, 1, 1), bar(31 * 1440, 1, 1, 1, 1)], MONTH.nominal_ms)
    late = Hole(TEN_O_CLOCK + 30 * day + 1_000, TEN_O_CLOCK + 30 * day + 2_000, "lost")
    assert spans(series, late) == [(0, 1)]


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=30, unique=True),
    st.lists(st.tuples(st.integers(-60, 4_000), st.integers(0, 900)), max_size=6),
)
def test_bars_are_touched_exactly_where_their_window_meets_a_hole(
    numbers: list[int], stretches: list[tuple[int, int]]
) -> None:
    series = minutes(*sorted(numbers))
    holes = [Hole(TEN_O_CLOCK + s * 1_000, TEN_O_CLOCK + (s + n) * 1_000, "lost") for s, n in stretches]
    touched = np.zeros(len(series), bool)
    for band in bands_of(series, holes, 0, len(series)):
        touched[band.first : band.last] = True
    ends = [max(h.to_ms, h.from_ms + 1) for h in holes]
    expected = [
        any(h.from_ms < start + MINUTE and start < end for h, end in zip(holes, ends, strict=True))
        for start in series.start_ms.tolist()
    ]
    assert touched.tolist() == expected


def test_what_is_said_names_time_and_reason() -> None:
    series = minutes(0, 1, 7, 8)
    lost = hole(2, 7, "connection lost")
    assert said_at(series, [lost], 1) == said_at(series, [lost], 2) == "10:02:00–10:07:00 connection lost"
    assert said_at(series, [lost], 0) == said_at(series, [lost], 3) == ""
    assert said_at(series, [hole(1.5, 1.501, "2 prints left out")], 1) == "10:01:30 2 prints left out"
    assert said_at(series, [hole(1, 2, "one"), hole(1, 2, "two")], 1) == "10:01:00–10:02:00 two, and 1 more"


def test_only_open_gaps_of_the_symbol_or_of_all_are_holes() -> None:
    gaps = [
        Gap("AAPL", 1, 2, "mine"), Gap("MSFT", 1, 2, "other"), Gap("", 3, 4, "all"),
        Gap("AAPL", 5, 6, "filled", healed=True),
    ]  # fmt: skip
    still, filled = holes_of(gaps, "AAPL")
    assert [found.reason for found in still] == ["mine", "all"]
    assert [found.reason for found in filled] == [gap.reason for gap in gaps if gap.healed]
    assert filled
