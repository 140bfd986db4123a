"""Bars as a data frame."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd

from live_monitor.data.bar_frame import bars_frame
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource, Proof
from live_monitor.engine.market.bar_series import BarSeries

START = 1_795_186_800_000
BARS = BarColumns.of(
    [
        Bar(START, 1.5, 2.0, 1.25, 1.75, 300.0, 1.6, 7, BarSource.STREAM, True, 1300.0, Proof.LATE_PRINT),
        Bar(START + 60_000, 1.75, 1.75, 1.5, 1.5, 10.0),
    ]
)


def test_the_frame_has_a_row_a_bar_and_its_start_as_index() -> None:
    frame = bars_frame(BARS)
    assert frame.index.name == "start"
    assert list(frame.index) == [pd.Timestamp("2026-11-20T15:00Z"), pd.Timestamp("2026-11-20T15:01Z")]
    assert list(frame.columns) == [
        "open", "high", "low", "close", "volume", "cumulative_volume", "vwap", "trades", "source", "revised", "proof",
    ]  # fmt: skip
    assert frame.iloc[0].to_dict() == {
        "open": 1.5, "high": 2.0, "low": 1.25, "close": 1.75, "volume": 300.0, "cumulative_volume": 1300.0, "vwap": 1.6,
        "trades": 7, "source": "stream", "revised": True, "proof": "late_print",
    }  # fmt: skip


def test_what_is_absent_is_missing_to_pandas() -> None:
    frame = bars_frame(BARS)
    assert frame.isna().iloc[1].to_dict() | {} == {
        **dict.fromkeys(frame.columns, False), "vwap": True, "cumulative_volume": True, "trades": True,
    }  # fmt: skip
    assert frame["trades"].sum() == 7


def test_the_frame_resamples_as_pandas_expects() -> None:
    local = bars_frame(BARS).tz_convert("America/New_York")
    assert local["volume"].resample("5min").sum().tolist() == [310.0]


def test_changes_to_the_frame_do_not_reach_the_bars() -> None:
    frame = bars_frame(BARS)
    frame.loc[frame.index[0], "open"] = 99.0
    assert BARS.open[0] == 1.5


def test_bars_that_go_on_do_not_reach_the_frame() -> None:
    series = BarSeries("AAPL", 60_000)
    series.merge(BARS)
    frame = bars_frame(series.columns())
    before = frame.copy(deep=True)
    series.put(Bar(START + 60_000, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9, BarSource.HISTORY, True, 9.0, Proof.AGREES))
    assert series.bar(1).close == 9.0
    pd.testing.assert_frame_equal(frame, before)


def test_no_bars_make_an_empty_frame() -> None:
    frame = bars_frame(BarColumns.of(()))
    assert (len(frame), str(frame.index.dtype)) == (0, "datetime64[ms, UTC]")


def test_pandas_is_loaded_only_for_a_frame() -> None:
    code = "import sys, live_monitor.data.bar_frame, live_monitor.data.bar_export; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "openpyxl"} & set(done.stdout.split())
