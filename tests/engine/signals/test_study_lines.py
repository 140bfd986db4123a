"""Room for values of studies."""

from __future__ import annotations

import numpy as np

from live_monitor.engine.signals.study_lines import StudyLines


def test_new_room_holds_nothing_and_old_values_stay() -> None:
    lines = StudyLines(2)
    lines.resize(3)
    lines.write(0, (np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])))
    lines.resize(200)
    one, other = lines.views()
    assert one[:3].tolist() == [1.0, 2.0, 3.0]
    assert other[:3].tolist() == [4.0, 5.0, 6.0]
    assert np.isnan(one[3:]).all()
    lines.resize(2)
    lines.resize(4)
    assert np.isnan(lines.views()[0][2:]).all(), "what was beyond the end does not come back"


def test_bars_that_were_let_go_take_their_values_along() -> None:
    lines = StudyLines(1)
    lines.resize(5)
    lines.write(0, (np.arange(5.0),))
    lines.drop_front(2)
    lines.resize(4)
    lines.write_bar(3, (9.0,))
    assert lines.views()[0].tolist() == [2.0, 3.0, 4.0, 9.0]
    lines.drop_front(99)
    assert len(lines) == 0


def test_growing_by_one_bar_moves_values_seldom() -> None:
    lines, moves, before = StudyLines(1), 0, 0
    for count in range(1, 20_001):
        lines.resize(count)
        lines.write_bar(count - 1, (float(count),))
        at = lines.views()[0].__array_interface__["data"][0]
        moves, before = moves + (at != before), at
    assert moves < 80
    assert lines.views()[0].tolist() == list(range(1, 20_001))


def test_memory_is_eight_bytes_a_value_and_an_eighth() -> None:
    lines = StudyLines(3)
    lines.resize(100_000)
    base = lines.views()[0].base
    assert base is not None
    assert base.nbytes < 3 * 8 * 100_000 * 1.14
