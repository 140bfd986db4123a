"""Each benchmark runs with tiny sizes and says its rows. No figure is judged here: the suite holds no timed test."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import NAMES

CHECKOUT = Path(__file__).resolve().parents[2]
FIELDS = ["bench", "case", "ours", "unit", "peer", "peer_value", "ratio"]

CASES = {
    "tick": "socket to state, frames of 10",
    "steps": "hub: fold a print in focus",
    "desktop": "20,000/s on one symbol, frames of 10: tick to paint p99",
    "sustained": "tick to paint p99",
    "start": "first painted window",
    "feed": "served to one reader at full speed",
    "chart": "last-bar update, 2,000 bars in view",
    "bars": "streaming, 1s to 1m",
    "indicators": "streaming, EMA 20",
    "store": "bars in, day by day",
    "history": "page of 1m bars from the feed: median",
    "orders": "a quote that triggers nothing, 1,000 resting",
    "providers": "Polygon, decoded and checked, frames of 100",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_bench_runs_and_says_its_rows(name: str, tmp_path: Path) -> None:
    rows_file = tmp_path / "rows.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", name, "--small", "--json", str(rows_file)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(rows_file.read_text(encoding="utf-8"))
    assert all(list(row) == FIELDS and row["bench"] == name for row in rows)
    found = {row["case"]: row for row in rows}
    assert found[CASES[name]]["ours"] > 0
    assert f"| {CASES[name]}" in done.stdout
    for row in rows:
        assert (row["peer"] == "") == (row["ratio"] is None and row["peer_value"] is None) or row["ours"] == 0


def test_nothing_is_lost_between_generator_and_hub(tmp_path: Path) -> None:
    """The count that the load test rests on is exact."""
    from bench.load import Load, under_load

    found = under_load("ours", Load(rate=2_000, seconds=0.5, per_frame=10, settle=0.5))
    assert (found.sent, found.received, found.dropped) == (1_000, 1_000, 0)
    assert math.isfinite(found.paint_p99_ms)


def test_several_benches_run_apart_and_their_rows_come_together(tmp_path: Path) -> None:
    rows_file = tmp_path / "rows.json"
    command = [sys.executable, "-m", "bench", "steps", "chart", "--small", "--json", str(rows_file)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {row["bench"] for row in json.loads(rows_file.read_text(encoding="utf-8"))} == {"steps", "chart"}


def test_an_unknown_bench_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "nothing"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no bench nothing" in done.stderr
