"""The recurrence at once against its loop."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from live_monitor.engine.signals.recurrence import decayed


@given(
    st.integers(0, 3_000),
    st.sampled_from([0.0, 1e-300, 1e-9, 0.1, 1 / 3, 0.5, 0.9, 1 - 1 / 14, 1 - 1 / 500]),
    st.floats(-1e6, 1e6),
    st.integers(0, 2**32 - 1),
)
def test_it_is_the_loop(count: int, decay: float, start: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 100, count)
    expected, last = [], start
    for value in values.tolist():
        last = decay * last + value
        expected.append(last)
    assert_allclose(decayed(values, decay, start), expected, rtol=1e-9, atol=1e-9)


def test_what_fades_keeps_its_relative_precision() -> None:
    values = np.zeros(2_000)
    values[0] = 1.0
    assert_allclose(decayed(values, 0.9, 0.0), 0.9 ** np.arange(2_000.0), rtol=1e-11)
