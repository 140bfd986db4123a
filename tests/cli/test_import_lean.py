"""`live-monitor import lean`: what it writes, prints and refuses."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from live_monitor.cli import main
from live_monitor.cli.import_ticks import run
from live_monitor.wire.session_file import SessionReader
from tests.providers.sample_lean import ask_row, both_rows, lean_file, print_row

TRADES = [
    print_row("09:30:00.001", 1_820_000, 100),
    print_row("09:30:01", 9_990_000, 5, suspicious=1),
    print_row("16:01:04", 1_820_100, 200, "80"),
]
QUOTES = [*both_rows("04:00:00.054", 1_819_900, 1_820_000), ask_row("20:00:00", 1_860_000, 100, "P", suspicious=1)]


def rows_of(path: Path) -> list[bytes]:
    with path.open("rb") as stream:
        return [line for frame in SessionReader(stream).frames() for line in frame.raw.split(b"\n")]


def test_files_become_a_session_and_the_report_says_what_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trades = lean_file(tmp_path, "trade", [*TRADES, b"garbage", TRADES[0]])
    quotes = lean_file(tmp_path, "quote", QUOTES, symbol="spy")
    target = tmp_path / "out.lmsession"
    assert main(["import", "lean", str(trades), str(quotes), "-o", str(target)]) == 0
    assert sorted(rows_of(target)) == sorted([*TRADES, TRADES[0], *QUOTES])
    assert capsys.readouterr().out.splitlines() == [
        f"{target}: IBM, SPY, 7 rows, 4 trades",
        "  first 2013-10-07 04:00:00 New York",
        "  last  2013-10-07 20:00:00 New York",
        "  suspicious: 1 trades, which count for the volume only",
        "  suspicious: 1 quote rows, which change nothing",
        "  rejected: 1 × row: 1 columns",
        "  note: 20131007_trade.zip: 1 rows are earlier than those before them, and are played late",
    ]


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    files = [str(lean_file(tmp_path, "trade", TRADES)), str(lean_file(tmp_path, "quote", QUOTES))]
    assert run(["lean", *files, "-o", str(tmp_path / "one")]) == 0
    assert run(["lean", *files[::-1], "-o", str(tmp_path / "two")]) == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("damage", ["missing", "folder", "cut", "bars", "twice", "nowhere", "late damage"])
def test_files_that_cannot_be_used_are_told_in_one_line_and_leave_nothing(
    tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    good = lean_file(tmp_path, "trade", TRADES * 200)
    target = tmp_path / ("no/out" if damage == "nowhere" else "out")
    files = [good]
    if damage == "missing":
        files = [tmp_path / "20131007_trade.zip"]
    elif damage == "folder":
        files = [tmp_path / "ibm"]
    elif damage == "cut":
        good.write_bytes(good.read_bytes()[:-10])
    elif damage == "bars":
        files = [lean_file(tmp_path, "trade", [b"1,2,3,4,5,6"], member="20131007_ibm_minute_trade.csv")]
    elif damage == "twice":
        files = [good, good]
    elif damage == "late damage":
        data = bytearray(good.read_bytes())
        data[len(data) // 2] ^= 0xFF
        good.write_bytes(data)
    assert run(["lean", *map(str, files), "-o", str(target)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("live-monitor import: ")
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["ibm"]


def test_what_is_refused_is_told_by_the_report_alone(tmp_path: Path) -> None:
    source = lean_file(tmp_path, "trade", [*TRADES, b"garbage"])
    command = [sys.executable, "-m", "live_monitor", "import", "lean", str(source), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "rejected: 1 × row: 1 columns" in done.stdout
    assert done.stderr == ""


def test_the_help_says_what_becomes_of_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["lean", "--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    for word in ("trades and quotes", "best bid and ask", "Suspicious", "live-monitor --replay", "live-monitor bars"):
        assert word in said


def test_an_existing_file_is_replaced_only_when_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = lean_file(tmp_path, "trade", TRADES), tmp_path / "out"
    target.write_bytes(b"precious")
    with pytest.raises(SystemExit) as stopped:
        run(["lean", str(source), "-o", str(target)])
    assert stopped.value.code == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_bytes() == b"precious"
    assert run(["lean", str(source), "-o", str(target), "--force"]) == 0
    assert rows_of(target) == TRADES


def test_the_recorded_day_is_imported_whole_and_fast(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data / "lean_equity/Data/equity/usa/tick/ibm"
    target = tmp_path / "ibm.lmsession"
    started = time.process_time()
    assert run(["lean", *map(str, folder.glob("*.zip")), "-o", str(target)]) == 0
    assert time.process_time() - started < 1.2 * 5  # measured 1.1 s
    rows = rows_of(target)
    assert [sum(row.count(b",") == commas for row in rows) for commas in (5, 7)] == [24_293, 109_067]
    assert target.stat().st_size < 3_000_000
    printed = capsys.readouterr().out
    assert "IBM, 133,360 rows, 24,293 trades" in printed
    assert "first 2013-10-07 04:00:00 New York" in printed
    assert "last  2013-10-07 20:00:00 New York" in printed
    assert "rejected" not in printed
    assert "note" not in printed
