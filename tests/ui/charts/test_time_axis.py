"""What stands under the bars."""

from __future__ import annotations

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.time_axis import ticks_of
from tests.ui.charts.conftest import series_of, walk


def labels(days_back: int) -> list[tuple[str, bool]]:
    """Of a chart of 900 pixels that shows the middle of the first of two days."""
    state = ChartState()
    state.resize(900, 560, 72, 1.0)
    series = series_of([*walk(300), *(walk(300, start=days_back * 1_440) if days_back else [])])
    state.set_series(series)
    state.viewport.center(150)
    state.reframe()
    return [(tick.label, tick.strong) for tick in ticks_of(state.frame, series)]


def test_a_day_gone_by_says_its_date_with_the_first_label() -> None:
    first, *others = labels(days_back=1)
    assert first == ("1 Mar 11:45", True)
    assert others
    assert not any(strong for _, strong in others)


def test_the_newest_day_needs_no_date() -> None:
    assert not any(strong for _, strong in labels(days_back=0))
