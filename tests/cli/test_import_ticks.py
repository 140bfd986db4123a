"""`live-monitor import iqfeed`: what it writes, prints and refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from live_monitor.cli import main
from live_monitor.cli.import_ticks import run
from live_monitor.wire.session_file import SessionReader
from tests.providers.sample_ticks import tick, write_file

ROWS = [
    tick("04:00:00.028010", 1.52, 1000, 1000, "E", number=1),
    tick("09:30:00.115045", 1.63, 100, 1100, "C", number=2),
    tick("16:00:00.046599", 1.59, 0, 1100, "O", number=3),
    tick("19:59:18.223582", 1.60, 250, 1350, "E", number=4),
]


def frames(path: Path) -> list[bytes]:
    with path.open("rb") as stream:
        return [frame.raw for frame in SessionReader(stream).frames()]


def test_a_file_becomes_a_session_and_the_report_says_what_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_file(tmp_path / "ticks.csv.gz", [*ROWS, b"garbage"])
    target = tmp_path / "out.lmsession"
    assert run(["iqfeed", str(source), "--symbol", "xyz", "-o", str(target)]) == 0
    assert frames(target) == ROWS
    printed = capsys.readouterr().out
    assert "XYZ, 4 rows, 3 trades" in printed
    assert "first 2021-03-01 04:00:00 New York" in printed
    assert "last  2021-03-01 19:59:18 New York" in printed
    assert "rejected: 1 × row: 1 columns" in printed
    assert "1 rows without a print" in printed


def test_several_files_are_merged_and_repeats_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = write_file(tmp_path / "b.csv", ROWS[1:])
    early = write_file(tmp_path / "a.csv.gz", ROWS[:3], end=False)
    target = tmp_path / "out.lmsession"
    assert main(["import", "iqfeed", str(late), str(early), "--symbol", "XYZ", "--output", str(target)]) == 0
    assert frames(target) == ROWS
    printed = capsys.readouterr().out
    assert "left out: 2 rows that came twice" in printed
    assert "note: a.csv.gz: the end mark is missing" in printed


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    source = write_file(tmp_path / "ticks.csv", ROWS)
    for name in ("one", "two"):
        assert run(["iqfeed", str(source), "--symbol", "XYZ", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_existing_file_is_replaced_only_when_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_file(tmp_path / "ticks.csv", ROWS)
    target = tmp_path / "out.lmsession"
    target.write_bytes(b"precious")
    command = ["iqfeed", str(source), "--symbol", "XYZ", "-o", str(target)]
    with pytest.raises(SystemExit) as stopped:
        run(command)
    assert stopped.value.code == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_bytes() == b"precious"
    assert run([*command, "--force"]) == 0
    assert frames(target) == ROWS


def test_the_input_is_never_overwritten(tmp_path: Path) -> None:
    source = write_file(tmp_path / "ticks.csv", ROWS)
    before = source.read_bytes()
    with pytest.raises(SystemExit) as stopped:
        run(["iqfeed", str(source), "--symbol", "XYZ", "-o", str(source), "--force"])
    assert stopped.value.code == 2
    assert source.read_bytes() == before


@pytest.mark.parametrize("symbol", ["", "A B", "A\\B", "X" * 33, "ÄÖ"])
def test_a_symbol_that_cannot_be_is_refused(tmp_path: Path, symbol: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_file(tmp_path / "ticks.csv", ROWS)
    with pytest.raises(SystemExit) as stopped:
        run(["iqfeed", str(source), "--symbol", symbol, "-o", str(tmp_path / "out")])
    assert stopped.value.code == 2
    assert "no symbol" in capsys.readouterr().err


def test_a_file_of_something_else_leaves_no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_file(tmp_path / "bars.csv", [b"2021-03-01 04:00:00,1.52,1.52,1.52,1.52,1000,1000,0,"] * 9)
    assert run(["iqfeed", str(source), "--symbol", "XYZ", "-o", str(tmp_path / "out.lmsession")]) == 1
    assert "None of the 9 rows" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bars.csv"]


def test_a_missing_file_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["iqfeed", str(tmp_path / "no.csv"), "--symbol", "XYZ", "-o", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "cannot be read" in error


def test_a_folder_that_does_not_exist_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_file(tmp_path / "ticks.csv", ROWS)
    assert run(["iqfeed", str(source), "--symbol", "XYZ", "-o", str(tmp_path / "no" / "out")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_the_session_may_be_read_by_whom_the_user_allows(tmp_path: Path) -> None:
    source = write_file(tmp_path / "ticks.csv", ROWS)
    before = os.umask(0o027)
    try:
        run(["iqfeed", str(source), "--symbol", "XYZ", "-o", str(tmp_path / "out")])
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o640


def test_the_recorded_day_is_imported_whole(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = shared_data / "iqfeed" / "by_day" / "2021-03-01_ticks.csv.gz"
    target = tmp_path / "day.lmsession"
    assert run(["iqfeed", str(source), "--symbol", "XYZ", "-o", str(target)]) == 0
    rows = frames(target)
    bases = [row.split(b",")[7] for row in rows]
    assert [bases.count(basis) for basis in (b"C", b"O", b"E")] == [6083, 4570, 362]
    assert rows[-1].split(b",")[3] == b"4810873"
    printed = capsys.readouterr().out
    assert "11,015 rows, 11,011 trades" in printed
    assert "rejected:" not in printed
    assert "note" not in printed


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as POSIX does it")
def test_ctrl_c_ends_it_in_one_line_and_writes_nothing(tmp_path: Path) -> None:
    pipe, target = tmp_path / "ticks.csv", tmp_path / "out.lmsession"
    os.mkfifo(pipe)
    options = ["--symbol", "XYZ", "-o", str(target)]
    command = [sys.executable, "-m", "live_monitor", "import", "iqfeed", str(pipe), *options]
    # The pipe opens when the import reads from it.
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process, pipe.open("wb"):
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (1, "live-monitor import: stopped; nothing was written\n")
    assert not target.exists()
