"""Bars in the shapes that scripts know."""

from __future__ import annotations

import numpy as np
import pytest

from live_monitor.data.bar_dicts import bar_dict, last_bars
from live_monitor.engine.market.bar_columns import Bar, BarColumns

BARS = BarColumns.of(Bar(at * 60_000, 10.0 + at, 11.0 + at, 9.0 + at, 10.5 + at, 100.0) for at in range(5))


def test_the_last_bars_are_arrays_of_one_length_oldest_first() -> None:
    arrays = last_bars(BARS, 3)
    assert list(arrays) == ["timestamp", "open", "high", "low", "close", "volume"]
    assert arrays["timestamp"].tolist() == [120_000, 180_000, 240_000]
    assert arrays["close"].tolist() == [12.5, 13.5, 14.5]
    assert arrays["timestamp"].dtype == np.int64
    assert {column.dtype for name, column in arrays.items() if name != "timestamp"} == {np.dtype(np.float64)}  # type: ignore[attr-defined]  # mypy sees object


@pytest.mark.parametrize(("count", "length"), [(99, 5), (0, 0), (-1, 0)])
def test_fewer_bars_than_asked_for_and_none_at_all(count: int, length: int) -> None:
    assert len(last_bars(BARS, count)["close"]) == length


def test_a_script_may_change_what_it_got() -> None:
    arrays = last_bars(BARS, 5)
    arrays["close"][0] = -1.0
    assert BARS.close[0] == 10.5


def test_a_count_of_trades_that_nobody_knows_is_left_out() -> None:
    assert "transactions" not in bar_dict("AAPL", BARS.bar(0))
    assert bar_dict("AAPL", BARS.bar(0)._replace(trades=7))["transactions"] == 7
