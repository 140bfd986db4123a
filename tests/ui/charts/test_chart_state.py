"""How much of the picture a change concerns, and what stays where it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from live_monitor.chart_settings import ChartKind
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.chart_state import Change, ChartState
from live_monitor.ui.charts.price_scale import fit_prices
from live_monitor.ui.charts.pyramid import ExtremesPyramid
from tests.ui.charts.conftest import MINUTE, bar, series_of, walk


def study(kind: str) -> Study:
    return Study(StudyChoice(id=kind, kind=kind), us_equities())


def state_of(series: BarSeries | None) -> ChartState:
    state = ChartState()
    state.resize(900, 560, 72, 1.0)
    state.set_series(series)
    state.take_change()
    return state


def test_nothing_new_is_nothing_to_paint() -> None:
    assert state_of(series_of(walk(200))).take_change() is Change.NOTHING


def test_a_tick_within_the_range_concerns_only_the_last_bar() -> None:
    series = series_of(walk(200))
    state = state_of(series)
    last = series.bar(-1)
    series.put(last._replace(close=last.low, volume=last.volume + 1))
    assert state.take_change() is Change.LAST_BAR
    assert state.take_change() is Change.NOTHING


def test_a_new_high_moves_the_whole_scale() -> None:
    series = series_of(walk(200))
    state = state_of(series)
    series.put(series.bar(-1)._replace(high=120.0))
    assert state.take_change() is Change.EVERYTHING
    assert state.frame.scale.high > 120.0


def test_a_new_high_out_of_sight_leaves_the_scale() -> None:
    series = series_of(walk(500))
    state = state_of(series)
    state.viewport.to_start()
    state.reframe()
    series.put(series.bar(-1)._replace(high=120.0))
    assert state.take_change() is Change.LAST_BAR
    assert state.frame.scale.high < 120.0


@pytest.mark.parametrize("kind", ["line", "candles"])
def test_lines_that_lead_to_a_newest_bar_just_beyond_the_edge_follow_it(kind: ChartKind) -> None:
    series = series_of(walk(500))
    state = state_of(series)
    state.set_kind(kind)
    state.board.set_studies([] if kind == "line" else [study("obv")])
    state.rearranged()
    while state.frame.last == state.frame.bars:
        state.viewport.pan(1)
        state.reframe()
    state.take_change()
    series.put(series.bar(-1)._replace(close=100.5))
    assert state.take_change() is Change.EVERYTHING
    state.viewport.pan(5 * state.viewport.pitch)
    state.reframe()
    series.put(series.bar(-1)._replace(close=100.7))
    assert state.take_change() is Change.LAST_BAR


def test_shares_by_price_are_due_once_a_bar_has_moved_them_visibly() -> None:
    series = series_of([bar(index - 30, 100, 100.5, 99.5, 100, 1_000) for index in range(20)])
    state = state_of(series)
    state.board.set_studies([study("volume_profile")])
    state.rearranged()
    state.take_change()
    profile = state.board.placed[0].study.profile
    assert profile is not None
    most = float(profile.shares.max())
    series.put(series.bar(-1)._replace(volume=1_000 + most * 0.009))
    assert state.take_change() is Change.LAST_BAR
    series.put(series.bar(-1)._replace(volume=1_000 + most * 0.011))
    assert state.take_change() is Change.EVERYTHING
    series.put(series.bar(-1)._replace(volume=1_000 + most * 0.012))
    assert state.take_change() is Change.LAST_BAR
    # The same shares over other prices.
    series.put(series.bar(-1)._replace(low=99.6))
    assert state.take_change() is Change.EVERYTHING


def test_a_bar_put_in_beyond_the_window_moves_nothing_in_sight() -> None:
    series = series_of(walk(1_000))
    state = state_of(series)
    state.viewport.center(400)
    state.reframe()
    state.take_change()
    start, column = int(series.start_ms[400]), state.frame.columns.x(400)
    series.put(bar(0, 100, 101, 99, 100)._replace(start_ms=int(series.start_ms[900]) + MINUTE // 2))
    state.take_change()
    assert state.frame.columns.x(series.index_of(start)) == column
    series.put(bar(0, 100, 101, 99, 100)._replace(start_ms=int(series.start_ms[10]) + MINUTE // 2))
    state.take_change()
    assert state.frame.columns.x(series.index_of(start)) == column


@pytest.mark.parametrize(("screens", "near"), [(0.45, True), (0.55, False), (1.5, False)])
def test_older_bars_are_wanted_from_half_a_screen_on(screens: float, near: bool) -> None:
    state = state_of(series_of(walk(1_000)))
    state.viewport.right = state.viewport.bars_across * (1 + screens)
    assert state.near_oldest is near


def test_a_new_bar_and_a_revision_concern_everything() -> None:
    series = series_of(walk(200))
    state = state_of(series)
    series.put(bar(200, 100, 101, 99, 100))
    assert state.take_change() is Change.EVERYTHING
    series.put(series.bar(50)._replace(close=100.01))
    assert state.take_change() is Change.EVERYTHING


def test_a_change_met_while_painting_is_still_owed() -> None:
    series = series_of(walk(200))
    state = state_of(series)
    series.put(bar(200, 100, 101, 99, 100))
    state.sync()
    series.put(bar(200, 100, 101, 99, 100.5))
    state.sync()
    assert state.owes_everything
    assert state.take_change() is Change.EVERYTHING


@pytest.mark.parametrize("following", [True, False])
def test_a_page_in_front_moves_no_bar_on_the_screen(following: bool) -> None:
    series = series_of(walk(300))
    state = state_of(series)
    if not following:
        state.viewport.to_start()
        state.reframe()
    middle = (state.frame.first + state.frame.last) // 2
    ms, x = int(series.start_ms[middle]), state.frame.columns.x(middle)
    state.crosshair.put_on(middle)
    series.merge(walk(700, start=-700, seed=2))
    state.take_change()
    index = series.index_of(ms)
    assert index == middle + 700
    assert state.frame.columns.x(index) == x
    assert state.crosshair.index == index
    assert state.viewport.following is following


def test_a_hole_that_is_filled_behind_the_window_moves_nothing() -> None:
    bars = walk(400)
    series = series_of(bars[:50] + bars[80:])
    state = state_of(series)
    state.viewport.center(200)
    state.reframe()
    ms, x = int(series.start_ms[200]), state.frame.columns.x(200)
    series.merge(bars[50:80])
    state.take_change()
    assert state.frame.columns.x(series.index_of(ms)) == x


def test_a_page_and_a_new_bar_at_once_keep_following() -> None:
    series = series_of(walk(300))
    state = state_of(series)
    margin = state.viewport.right - 300
    series.merge(walk(100, start=-100, seed=2))
    series.put(bar(300, 100, 101, 99, 100))
    state.take_change()
    assert state.viewport.right - len(series) == pytest.approx(margin)


def test_an_emptied_series_shows_nothing_and_starts_again() -> None:
    series = series_of(walk(300))
    state = state_of(series)
    series.clear()
    assert state.take_change() is Change.EVERYTHING
    assert state.frame.bars == 0
    series.put(bar(0, 1, 2, 1, 2))
    state.take_change()
    assert state.frame.shows_last_bar


def test_the_scale_is_that_of_the_visible_bars() -> None:
    series = series_of(walk(3_000))
    state = state_of(series)
    state.viewport.center(1_234)
    state.reframe()
    seen = slice(state.frame.first, state.frame.last)
    box = state.frame.scale
    wanted = fit_prices(float(series.low[seen].min()), float(series.high[seen].max()), box.top, box.bottom)
    assert box == wanted


class Market(RuleBasedStateMachine):
    """Whatever happens to the bars, the frame is that of a chart which was made afresh."""

    def __init__(self) -> None:
        super().__init__()
        self.series = BarSeries("AAPL", MINUTE)
        self.state = state_of(self.series)
        self.newest = 0
        self.oldest = 0

    @rule(close=st.floats(1, 100), volume=st.floats(0, 1e6))
    def tick(self, close: float, volume: float) -> None:
        if len(self.series):
            last = self.series.bar(-1)
            high, low = max(last.high, close), min(last.low, close)
            self.series.put(last._replace(close=close, high=high, low=low, volume=volume))

    @rule(price=st.sampled_from([10.0, 50.0, math.nan, math.inf]), skipped=st.integers(1, 3))
    def append(self, price: float, skipped: int) -> None:
        self.newest += skipped
        self.series.put(bar(self.newest, price, price, price, price))

    @rule(count=st.integers(1, 30))
    def prepend(self, count: int) -> None:
        if len(self.series):
            self.oldest -= count
            self.series.merge(walk(count, start=self.oldest))

    @rule(at=st.integers(0, 10_000), price=st.floats(1, 100))
    def revise(self, at: int, price: float) -> None:
        if len(self.series):
            self.series.put(self.series.bar(at % len(self.series))._replace(high=100.0, low=price))

    @rule(at=st.integers(0, 10_000), skipped=st.integers(1, 3))
    def insert_and_append(self, at: int, skipped: int) -> None:
        """Several changes between two frames."""
        if len(self.series):
            start = self.series.bar(at % len(self.series)).start_ms + MINUTE // 2
            self.series.put(bar(0, 60, 61, 59, 60)._replace(start_ms=start))
            self.append(50.0, skipped)
            self.revise(at + 1, 20.0)

    @rule()
    def clear(self) -> None:
        self.series.clear()
        self.newest = self.oldest = 0

    @rule(pixels=st.floats(-2_000, 2_000))
    def pan(self, pixels: float) -> None:
        self.state.sync()
        self.state.viewport.pan(pixels)
        self.state.reframe()

    @rule(factor=st.sampled_from([0.2, 0.8, 1.25, 5.0]))
    def zoom(self, factor: float) -> None:
        self.state.sync()
        self.state.viewport.zoom(factor, 300)
        self.state.reframe()

    @invariant()
    def frame_is_that_of_a_fresh_chart(self) -> None:
        self.state.take_change()
        fresh = ChartState()
        fresh.resize(900, 560, 72, 1.0)
        fresh.set_series(self.series)
        fresh.viewport._wish = self.state.viewport._wish
        fresh.viewport.right = self.state.viewport.right
        fresh.reframe()
        assert self.state.frame == fresh.frame
        assert self.state.viewport.count == len(self.series)

    @invariant()
    def pyramid_is_exact(self) -> None:
        if len(self.series):
            found = self.state.pyramid.extremes(
                self.series.low, self.series.high, self.series.volume, 0, len(self.series)
            )
            high = self.series.high[np.isfinite(self.series.high)]
            assert math.isnan(found.highest) if not len(high) else found.highest == high.max()
            rebuilt = ExtremesPyramid()
            rebuilt.update(self.series.low, self.series.high, self.series.volume)
            for ours, afresh in zip(self.state.pyramid.levels, rebuilt.levels, strict=True):
                for level, anew in zip(ours, afresh, strict=True):
                    np.testing.assert_array_equal(level, anew)


TestMarket = Market.TestCase
TestMarket.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@given(st.integers(0, 3), st.integers(1, 700), st.integers(1, 700))
def test_any_size_of_canvas_has_a_frame(count: int, width: int, height: int) -> None:
    state = ChartState()
    state.set_series(series_of(walk(count) if count else []))
    state.resize(width, height, 72, 1.0)
    assert state.frame.bars == count
