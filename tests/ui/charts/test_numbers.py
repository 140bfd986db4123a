"""Values of indicators as text."""

from __future__ import annotations

import pytest

from live_monitor.ui.charts.numbers import value_text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (56.25, 1, "56.2"),
        (-0.0147, 3, "−0.015"),
        (-0.0004, 3, "0.000"),
        (0.0, 2, "0.00"),
        (99_999.4, 0, "99,999"),
        (-1_234.5, 1, "−1,234.5"),
        (100_000.0, 2, "100.0K"),
        (-921_600.0, 0, "−921.6K"),
    ],
)
def test_values_have_the_digits_of_their_axis_and_one_kind_of_minus(value: float, decimals: int, text: str) -> None:
    assert value_text(value, decimals) == text
