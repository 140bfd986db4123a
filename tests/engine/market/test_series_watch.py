"""From which bar on a series is another one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSeries
from live_monitor.engine.market.series_watch import SeriesWatch

DEEDS = ("tick", "add", "page", "revise", "insert", "clear", "nothing")


def bar(minute: float, close: float = 1.0) -> Bar:
    return Bar(round(minute * MINUTE_MS), close, close, close, close, 1.0)


def rows(series: BarSeries) -> list[tuple[int, float]]:
    return list(zip(series.start_ms.tolist(), series.close.tolist(), strict=True))


@given(st.lists(st.lists(st.sampled_from(DEEDS), max_size=4), max_size=12))
def test_all_bars_before_the_first_changed_one_are_as_they_were(looks: list[list[str]]) -> None:
    series, watch, value = BarSeries("AAPL", MINUTE_MS), SeriesWatch(), 1.0
    oldest = newest = 1_000
    series.put(bar(newest))
    before: list[tuple[int, float]] = []
    for deeds in looks:
        for deed in deeds:
            value += 1
            if deed == "clear":
                series.clear()
                oldest = newest = 1_000
            elif deed == "add" or not len(series):
                newest += 1
                series.put(bar(newest, value))
            elif deed == "tick":
                series.put(series.bar(-1)._replace(close=value))
            elif deed == "page":
                oldest -= 2
                series.merge([bar(oldest, value), bar(oldest + 1, value)])
            elif deed == "revise":
                series.put(series.bar(len(series) // 2)._replace(close=value))
            elif deed == "insert":
                series.put(series.bar(len(series) // 2)._replace(start_ms=round(value) + series.bar(0).start_ms))
        first, now = watch.first_changed(series), rows(series)
        assert now[:first] == before[:first]
        assert first <= len(now)
        if deeds in ([], ["nothing"]) and before:
            assert first == len(now)
        before = now


def test_only_what_follows_a_correction_is_to_be_made_anew() -> None:
    series, watch = BarSeries("AAPL", MINUTE_MS), SeriesWatch()
    for minute in range(100):
        series.put(bar(minute))
    assert watch.first_changed(series) == 0
    series.put(bar(70, 2.0))
    assert watch.first_changed(series) == 70
    series.put(bar(99, 2.0))
    assert watch.first_changed(series) == 99
    series.put(bar(100, 2.0))
    assert watch.first_changed(series) == 99
    other = BarSeries("MSFT", MINUTE_MS)
    other.merge([bar(minute) for minute in range(100)])
    assert watch.first_changed(other) == 0
    assert watch.first_changed(other) == 100
