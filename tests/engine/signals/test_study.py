"""A study gives the same values however its bars came."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.engine.market.bar_series import MAX_SERIES_BARS, MINUTE_MS, Bar, BarSeries, BarSource
from live_monitor.engine.signals.study import Study, StudyChange, StudyChoice
from live_monitor.engine.signals.study_kinds import CATALOG
from tests.engine.signals.study_bars import CALENDAR, HALF_HOUR, half_hours, lines_of, series_of, study, walk

#: Short ones, so that a few days of half hours warm every kind.
SHORT: dict[str, dict[str, float | str]] = {
    "sma": {"length": 5, "source": "hlc3"},
    "ema": {"length": 4, "source": "ohlc4"},
    "vwap": {"bands": 3},
    "bollinger": {"length": 6, "source": "hl2"},
    "rsi": {"length": 5},
    "macd": {"fast": 3, "slow": 7, "signal": 4},
    "atr": {"length": 5},
    "stochastic": {"length": 6, "smooth": 2, "signal": 3},
    "obv": {},
    "volume_average": {"length": 7},
    "volume_profile": {"step": 0.05, "hours": "all"},
    "previous_day": {},
    "opening_range": {"minutes": 60},
}
KINDS = sorted(CATALOG)


def same(one: Study, other: Study) -> None:
    """Both have the same values at every bar."""
    for ours, theirs in zip(one.lines(), other.lines(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    assert (one.profile is None) == (other.profile is None)
    if one.profile is not None and other.profile is not None:
        np.testing.assert_allclose(one.profile.shares, other.profile.shares, rtol=1e-9, atol=1e-6)
        assert one.profile.prices.tolist() == other.profile.prices.tolist()
        assert (one.profile.poc, one.profile.value_low) == (other.profile.poc, other.profile.value_low)


def afresh(followed: Study, series: BarSeries) -> Study:
    """Another study of the same choice that sees all bars at once."""
    made = Study(followed.choice, CALENDAR)
    made.follow(series)
    return made


def test_every_kind_is_tried() -> None:
    assert set(SHORT) == set(CATALOG)


def nudged(bar: Bar, by: int) -> Bar:
    """The same window with another close and more shares; the provider's word on it."""
    close = round(bar.close + by / 100, 2)
    high, low = max(bar.high, close), min(bar.low, close)
    return bar._replace(close=close, high=high, low=low, volume=bar.volume + abs(by), source=BarSource.HISTORY)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 40)),
        st.tuples(st.just("tick"), st.integers(-80, 80)),
        st.tuples(st.just("revise"), st.integers(0, 300)),
        st.tuples(st.just("page"), st.integers(1, 70)),
        st.tuples(st.just("lose"), st.integers(2, 60)),
    ),
    min_size=1,
    max_size=14,
)


class Tape:
    """A series that lives through events; bars before and after it are at hand."""

    def __init__(self, seed: int) -> None:
        self.all = half_hours(14, seed)
        self.first, self.end = 160, 190
        self.series = series_of(self.all[self.first : self.end])

    def live(self, event: str, size: int) -> None:
        """One event."""
        series = self.series
        if event == "append":
            for bar in self.all[self.end : self.end + size]:
                series.put(bar)
            self.end = min(self.end + size, len(self.all))
        elif event == "tick":
            series.put(nudged(series.bar(-1), size))
        elif event == "revise":
            series.put(nudged(series.bar(-1 - size % len(series)), size % 70))
        elif event == "page":
            series.merge(self.all[max(0, self.first - size) : self.first])
            self.first = max(0, self.first - size)
        else:
            # A hole that is filled later: bars come after it, then those within.
            series.put(self.all[min(self.end + size, len(self.all) - 1)])
            series.merge(self.all[self.end : self.end + size])
            self.end = min(self.end + size + 1, len(self.all))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(events=EVENTS, seed=st.integers(0, 9), every=st.integers(1, 3))
def test_values_are_those_of_all_bars_at_once(kind: str, events: list[tuple[str, int]], seed: int, every: int) -> None:
    tape, followed = Tape(seed), study(kind, **SHORT[kind])
    followed.follow(tape.series)
    for number, (event, size) in enumerate(events):
        tape.live(event, size)
        if number % every == 0:
            followed.follow(tape.series)
            same(followed, afresh(followed, tape.series))
    followed.follow(tape.series)
    same(followed, afresh(followed, tape.series))


@pytest.mark.parametrize("kind", KINDS)
def test_bars_one_by_one_give_what_all_at_once_give(kind: str) -> None:
    bars, series, followed = half_hours(20), BarSeries("AAPL", HALF_HOUR), study(kind, **SHORT[kind])
    for bar in bars:
        series.put(bar._replace(close=bar.low))
        followed.follow(series)
        series.put(bar)
        followed.follow(series)
    same(followed, afresh(followed, series))
    assert all(len(line) == len(bars) for line in followed.lines())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("back", [1, 2, 3, 127, 128, 129, 130, 300, 447])
def test_corrections_one_after_the_other_are_followed(kind: str, back: int) -> None:
    """Also of the bar that has just closed, and on both sides of where a state is kept."""
    bars = half_hours(16)
    series, followed = series_of(bars[:448]), study(kind, **SHORT[kind])
    followed.follow(series)
    for number, more in enumerate((0, -200, 40, 7)):
        at = -1 - back - (more if back + more < len(series) and back + more > 0 else 0)
        series.put(nudged(series.bar(at), 20 + number))
        assert followed.follow(series) is StudyChange.EVERYTHING
        same(followed, afresh(followed, series))
        series.put(bars[448 + number])
        followed.follow(series)
        same(followed, afresh(followed, series))


@pytest.fixture(scope="module")
def many() -> list[Bar]:
    """More minutes, without a pause, than a series keeps."""
    return walk([1_772_726_400_000 + MINUTE_MS * number for number in range(MAX_SERIES_BARS + 2)], seed=3)


def full(bars: list[Bar]) -> BarSeries:
    """A series that holds as many live bars as it may."""
    series = BarSeries("AAPL", MINUTE_MS)
    for bar in bars[:MAX_SERIES_BARS]:
        series.put(bar)
    return series


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_that_lets_bars_go_keeps_values_where_they_are(kind: str, many: list[Bar]) -> None:
    series, followed = full(many), study(kind, **SHORT[kind])
    followed.follow(series)
    before = [line[-100:].copy() for line in followed.lines()]
    for bar in many[MAX_SERIES_BARS:]:
        series.put(bar)
        followed.follow(series)
    assert len(series) < MAX_SERIES_BARS
    for line, old in zip(followed.lines(), before, strict=True):
        assert len(line) == len(series)
        np.testing.assert_array_equal(line[-102:-3], old[:-1])
    whole = afresh(followed, series_of(many, MINUTE_MS))
    for ours, theirs in zip(followed.lines(), whole.lines(), strict=True):
        np.testing.assert_allclose(ours, theirs[-len(ours) :], rtol=1e-9, atol=1e-9)


def test_a_correction_while_bars_are_let_go_is_followed(many: list[Bar]) -> None:
    series, followed = full(many), study("sma", length=5)
    followed.follow(series)
    # Between two looks: bars are let go, and one that had closed is corrected.
    for bar in many[MAX_SERIES_BARS:]:
        series.put(bar)
    series.put(nudged(series.bar(-9), 50))
    followed.follow(series)
    np.testing.assert_allclose(followed.lines()[0][-100:], afresh(followed, series).lines()[0][-100:], rtol=1e-12)
    assert len(followed.lines()[0]) == len(series)


def test_how_much_changed_is_told() -> None:
    bars, followed = half_hours(3), study("ema", length=4)
    series = series_of(bars[10:-1])
    assert followed.follow(series) is StudyChange.EVERYTHING
    assert followed.follow(series) is StudyChange.NOTHING
    series.put(nudged(series.bar(-1), 5))
    assert followed.follow(series) is StudyChange.LAST
    series.put(bars[-1])
    assert followed.follow(series) is StudyChange.EVERYTHING
    series.put(nudged(series.bar(-2), 5))
    assert followed.follow(series) is StudyChange.EVERYTHING
    series.merge(bars[:10])
    assert followed.follow(series) is StudyChange.EVERYTHING
    assert max(StudyChange.NOTHING, StudyChange.LAST) is StudyChange.LAST


def test_another_series_begins_anew_and_an_emptied_one_has_no_values() -> None:
    followed = study("sma", length=3)
    followed.follow(series_of(half_hours(2, seed=1)))
    other = series_of(half_hours(1, seed=2))
    assert followed.follow(other) is StudyChange.EVERYTHING
    same(followed, afresh(followed, other))
    other.clear()
    assert followed.follow(other) is StudyChange.EVERYTHING
    assert [len(line) for line in followed.lines()] == [0]
    other.merge(half_hours(1, seed=5))
    followed.follow(other)
    same(followed, afresh(followed, other))


def test_values_cannot_be_written_and_lines_switched_off_take_no_memory() -> None:
    followed, series = study("vwap", bands=1), series_of(half_hours(3))
    followed.follow(series)
    lines = followed.lines()
    assert [np.isfinite(line).any() for line in lines] == [True] * 3 + [False] * 4
    assert not any(line.flags.writeable for line in lines)
    assert [line.strides for line in lines[3:]] == [(0,)] * 4


def reading(bars: list[Bar], price: Callable[[Bar], float]) -> np.ndarray:
    return np.array([price(bar) for bar in bars])


def test_sources_are_what_they_are_called() -> None:
    bars = half_hours(1)
    series = series_of(bars)
    expected = {
        "close": reading(bars, lambda bar: bar.close),
        "open": reading(bars, lambda bar: bar.open),
        "high": reading(bars, lambda bar: bar.high),
        "low": reading(bars, lambda bar: bar.low),
        "hl2": reading(bars, lambda bar: (bar.high + bar.low) / 2),
        "hlc3": reading(bars, lambda bar: (bar.high + bar.low + bar.close) / 3),
        "ohlc4": reading(bars, lambda bar: (bar.open + bar.high + bar.low + bar.close) / 4),
        "vwap": reading(bars, lambda bar: (bar.high + bar.low + bar.close) / 3 if math.isnan(bar.vwap) else bar.vwap),
    }
    for source, values in expected.items():
        made = lines_of(study("sma", length=1, source=source), series)["average"]
        np.testing.assert_allclose(made, values, rtol=1e-12, err_msg=source)


def test_outputs_stand_where_they_are_named() -> None:
    series = series_of(half_hours(6))
    macd = lines_of(study("macd", fast=3, slow=7, signal=4), series)
    np.testing.assert_allclose(macd["histogram"], macd["macd"] - macd["signal"])
    assert np.isfinite(macd["histogram"]).sum() == len(series) - 9
    bands = lines_of(study("bollinger", length=6, width=2.5), series)
    closes = series.close[-6:]
    assert bands["middle"][-1] == pytest.approx(closes.mean())
    assert bands["upper"][-1] == pytest.approx(closes.mean() + 2.5 * closes.std())
    assert bands["lower"][-1] == pytest.approx(closes.mean() - 2.5 * closes.std())
    stochastic = lines_of(study("stochastic", length=6, smooth=1, signal=2), series)
    reach = series.high[-6:].max() - series.low[-6:].min()
    assert stochastic["k"][-1] == pytest.approx(100 * (series.close[-1] - series.low[-6:].min()) / reach)
    assert stochastic["d"][-1] == pytest.approx(stochastic["k"][-2:].mean())
    assert lines_of(study("volume_average", length=4), series)["average"][-1] == pytest.approx(
        series.volume[-4:].mean()
    )


def test_levels_follow_the_settings() -> None:
    assert study("rsi").levels == (30.0, 70.0)
    assert study("rsi", low=20, high=80).levels == (20.0, 80.0)
    assert study("macd").levels == (0.0,)
    assert study("sma").levels == ()


def test_it_is_called_by_what_matters() -> None:
    named = {
        study("sma").label: "SMA 20",
        study("ema", length=9, source="hl2").label: "EMA 9 hl2",
        study("macd").label: "MACD 12 26 9",
        study("stochastic").label: "Stoch 14 3 3",
        study("bollinger").label: "BB 20 2",
        study("vwap").label: "VWAP",
        study("vwap", bands=0, hours="all").label: "VWAP 0 all hours",
        study("rsi", low=20).label: "RSI 14 20",
        study("opening_range").label: "Open range 15",
    }
    assert {label: label for label in named} == named


def test_other_colours_cost_no_other_values() -> None:
    followed, series = study("ema", length=4), series_of(half_hours(3))
    followed.follow(series)
    begun = followed.beginnings
    red = StudyChoice(id="one", kind="ema", parameters={"length": 4}, colors={"average": "#FF0000"}, width=2)
    assert followed.restyle(red)
    assert (followed.choice.colors, followed.choice.width) == ({"average": "#FF0000"}, 2)
    assert followed.follow(series) is StudyChange.NOTHING
    assert followed.beginnings == begun
    assert not followed.restyle(StudyChoice(id="one", kind="ema", parameters={"length": 5}))
    assert not followed.restyle(StudyChoice(id="two", kind="ema", parameters={"length": 4}))
    assert followed.label == "EMA 4"


def test_bad_choices_are_refused() -> None:
    with pytest.raises(ValueError, match="is no indicator"):
        Study(StudyChoice(id="one", kind="magic"), CALENDAR)
