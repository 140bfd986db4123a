"""Frames come at most 60 times a second, and not without a reason."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.ui.frame_pacer import FRAME_S, FramePacer, Histogram


@given(st.lists(st.floats(min_value=0.02, max_value=50_000), min_size=1, max_size=300), st.floats(0.01, 1.0))
def test_percentile_is_exact_to_its_bucket(samples: list[float], share: float) -> None:
    histogram = Histogram()
    for sample in samples:
        histogram.add(sample)
    exact = sorted(samples)[max(1, math.ceil(len(samples) * share)) - 1]
    assert exact * 0.999 <= histogram.percentile(share) <= exact * 1.021
    assert histogram.max_ms == max(samples)


def test_histogram_takes_what_lies_outside() -> None:
    histogram = Histogram()
    histogram.add(0.0)
    histogram.add(1e9)
    assert histogram.count == 2
    assert histogram.percentile(0.5) <= 0.01
    assert histogram.max_ms == 1e9


def test_nothing_measured_is_not_zero() -> None:
    assert math.isnan(Histogram().percentile(0.99))


def test_many_requests_make_one_frame(qtbot: QtBot, manual_clock: ManualClock) -> None:
    pacer = FramePacer(manual_clock)
    with qtbot.waitSignal(pacer.frame, timeout=10_000):
        for _ in range(50):
            pacer.request()
    assert pacer.frames == 1


def test_no_timer_runs_while_there_is_nothing_to_show(qtbot: QtBot, manual_clock: ManualClock) -> None:
    pacer = FramePacer(manual_clock)
    assert not pacer.armed
    with qtbot.waitSignal(pacer.frame, timeout=10_000):
        pacer.request()
    assert not pacer.armed


def test_frames_keep_their_distance(qtbot: QtBot) -> None:
    clock = SystemClock()
    pacer = FramePacer(clock)
    times: list[float] = []

    def frame() -> None:
        times.append(clock.monotonic())
        pacer.request()

    pacer.frame.connect(frame)
    pacer.request()
    qtbot.waitUntil(lambda: len(times) >= 6, timeout=5000)
    pacer.stop()
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert min(gaps) >= FRAME_S - 0.0015


def test_oldest_unpainted_tick_counts(manual_clock: ManualClock) -> None:
    pacer = FramePacer(manual_clock)
    pacer.note_tick(manual_clock.monotonic())
    manual_clock.advance(0.010)
    pacer.note_tick(manual_clock.monotonic())
    manual_clock.advance(0.006)
    pacer.note_painted()
    assert pacer.tick_to_paint.count == 1
    assert pacer.tick_to_paint.max_ms == pytest.approx(16.0)
    pacer.note_painted()
    assert pacer.tick_to_paint.count == 1


def test_tick_that_changes_nothing_on_the_screen_is_not_timed(manual_clock: ManualClock) -> None:
    pacer = FramePacer(manual_clock)
    pacer.note_tick(manual_clock.monotonic())
    pacer.note_unchanged()
    manual_clock.advance(5.0)
    pacer.note_painted()
    assert pacer.tick_to_paint.count == 0


def test_held_pacer_gives_no_frames_and_one_when_let_go(qtbot: QtBot, manual_clock: ManualClock) -> None:
    pacer = FramePacer(manual_clock)
    pacer.hold(True)
    pacer.request()
    assert not pacer.armed
    with qtbot.waitSignal(pacer.frame, timeout=10_000):
        pacer.hold(False)


def test_stopped_pacer_stays_silent(manual_clock: ManualClock) -> None:
    pacer = FramePacer(manual_clock)
    pacer.stop()
    pacer.request()
    assert not pacer.armed


def test_gaps_are_measured_only_when_asked(qtbot: QtBot) -> None:
    pacer = FramePacer(SystemClock())
    pacer.measure_gaps(True)
    qtbot.waitUntil(lambda: pacer.ui_gaps.count >= 5, timeout=5000)
    pacer.measure_gaps(False)
    stats = pacer.stats()
    assert 0 <= stats["ui_gap_p999_ms"] <= stats["ui_gap_max_ms"] + 0.01
    pacer.reset_stats()
    assert pacer.stats()["frames"] == 0
    assert math.isnan(pacer.stats()["ui_gap_max_ms"])
