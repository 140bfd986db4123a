"""A saved workbook is read in a process that may take little; what is built to hurt is refused in a line."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import pytest
from openpyxl import Workbook

from live_monitor.errors import WorkbookError
from live_monitor.providers import excel_file
from live_monitor.providers.excel_file import read_saved, reader_command
from live_monitor.providers.excel_rows import MAX_ROWS
from tests.sample_workbooks import HEADINGS, HOSTILE, QUOTES, book, with_cells

#: The program of the child without its look before the parsing.
BLIND = "from live_monitor.providers import excel_file_child as c; c.check_workbook = lambda *_: None; "
RUN = "import sys; sys.exit(c.main(sys.argv[1:]))"


def saved(folder: Path, data: bytes, name: str = "quotes.xlsx") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def test_cells_are_as_excel_gives_them(tmp_path: Path) -> None:
    made = Workbook()
    made.active.append(["Symbol", "Last", None, 7, True])
    made.active.append(["AAPL", 1.25, datetime(2026, 11, 20, 9, 30), date(2026, 11, 20), time_of_day(9, 30)])
    made.active["F3"] = timedelta(hours=30)
    made.active["F3"].number_format = "[h]:mm:ss"
    path = tmp_path / "quotes.xlsx"
    made.save(path)
    assert read_saved(str(path)) == [
        ["Symbol", "Last", None, 7.0, True, None],
        ["AAPL", 1.25, datetime(2026, 11, 20, 9, 30), date(2026, 11, 20), time_of_day(9, 30), None],
        [None, None, None, None, None, timedelta(hours=30)],
    ]


def test_the_sheet_with_the_headings_is_found_and_one_that_is_named_is_taken(tmp_path: Path) -> None:
    path = saved(tmp_path, book(sheets=("Notes", "Quotes")))
    assert read_saved(path) == QUOTES
    assert read_saved(path, "quotes") == QUOTES
    assert read_saved(path, "Notes") == []
    with pytest.raises(WorkbookError, match="has no sheet “Level 2”") as refused:
        read_saved(path, "Level 2")
    assert refused.value.remedy == "It has “Notes”, “Quotes”."


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("A1:B2", [HEADINGS[:2], ["AAPL", 230.5]]),
        ("$a$2:$b$3", [["AAPL", 230.5], ["VFF", 3.0]]),
        ("B:C", [row[1:3] for row in QUOTES]),
        ("B2", [[230.5]]),
        ("C2:ZZ99", [[230.49, 230.51], [2.95, 3.05]]),
        ("J50:K60", []),
        ("", QUOTES),
    ],
)
def test_a_range_is_read_as_excel_writes_it(tmp_path: Path, cells: str, expected: list[list[object]]) -> None:
    assert read_saved(saved(tmp_path, book()), "", cells) == expected


@pytest.mark.parametrize(
    "cells", ["A0:B2", "1:2", "A1:B", "A:B2", "B2:A1", "A1:B2:C3", "ABCD1", "A1;B2", "Quotes!A1", "É1"]
)
def test_what_is_no_range_is_told(tmp_path: Path, cells: str) -> None:
    with pytest.raises(WorkbookError, match=r"range of cells|ends before it begins"):
        read_saved(saved(tmp_path, book()), "", cells)


def test_rows_beyond_those_that_are_used_stay_in_the_file(tmp_path: Path) -> None:
    rows: list[list[object]] = [HEADINGS, *([f"S{number}", 1.0, 1.0, 1.0] for number in range(MAX_ROWS + 500))]
    path = saved(tmp_path, book(rows))
    assert MAX_ROWS < len(read_saved(path)) < MAX_ROWS + 100
    assert MAX_ROWS < len(read_saved(path, "", "A1:D1000000")) < MAX_ROWS + 100


def test_a_file_that_is_gone_or_a_folder_or_forbidden_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"gone\.xlsx is not there"):
        read_saved(str(tmp_path / "gone.xlsx"))
    with pytest.raises(WorkbookError, match="is not a plain file"):
        read_saved(str(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as on POSIX")
def test_a_link_is_followed_and_what_is_no_plain_file_never_waited_for(tmp_path: Path) -> None:
    good = saved(tmp_path, book())
    links = {name: tmp_path / f"{name}.xlsx" for name in ("good", "zero", "circle", "pipe")}
    links["good"].symlink_to(good)
    links["zero"].symlink_to("/dev/zero")
    links["circle"].symlink_to(links["circle"])
    os.mkfifo(links["pipe"])
    assert read_saved(str(links["good"])) == QUOTES
    for name, words in (("zero", "not a plain file"), ("circle", r"cannot be read|is not"), ("pipe", "not a plain")):
        with pytest.raises(WorkbookError, match=words):
            read_saved(str(links[name]))


def test_a_name_like_an_option_is_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path, book(), "--help.xlsx")
    monkeypatch.chdir(tmp_path)
    assert read_saved("--help.xlsx") == QUOTES


def test_a_sheet_named_like_an_option_is_a_sheet(tmp_path: Path) -> None:
    assert read_saved(saved(tmp_path, book(sheets=("Notes", "--range"))), "--range") == QUOTES


def test_names_out_of_a_workbook_are_shown_as_plain_lines(tmp_path: Path) -> None:
    """Somebody may have been sent it: what it holds must not write to a terminal as it likes."""
    made = io.BytesIO(book(sheets=("Quotes",)))
    hostile = io.BytesIO()
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(hostile, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            name = '"a&#10;b&#27;]0;gotcha&#7;\u009b31m"'.encode()
            after.writestr(part, before.read(part).replace(b'"Quotes"', name))
    with pytest.raises(WorkbookError, match="has no sheet") as refused:
        read_saved(saved(tmp_path, hostile.getvalue()), "Level\n2")
    assert "gotcha" in refused.value.remedy
    assert str(refused.value).isprintable()


def test_the_frozen_program_is_its_own_reader() -> None:
    assert reader_command(True, "/opt/lm/live-monitor") == ["/opt/lm/live-monitor", "read-workbook"]
    assert reader_command(False, "/usr/bin/python3") == ["/usr/bin/python3", "-m", "live_monitor", "read-workbook"]


@pytest.mark.parametrize("name", HOSTILE)
def test_p8_a_workbook_that_is_built_to_hurt_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    make, words = HOSTILE[name]
    with pytest.raises(WorkbookError, match=words) as refused:
        read_saved(saved(tmp_path, make()))
    assert "\n" not in str(refused.value)
    assert refused.value.remedy


MEASURE = """
import resource, sys, time
from pathlib import Path
from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_file import read_saved
def refused(path):
    began = time.perf_counter()
    try:
        read_saved(path)
    except WorkbookError:
        return time.perf_counter() - began
    raise SystemExit(f"{path} was not refused")
paths = sorted(map(str, Path(sys.argv[1]).iterdir()))
refused(paths[0])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
slowest = max(map(refused, paths))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, slowest)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
def test_p8_refusals_cost_the_program_less_than_10_mb_and_a_second_each(tmp_path: Path) -> None:
    for number, (make, _) in enumerate(HOSTILE.values()):
        saved(tmp_path, make(), f"{number}.xlsx")
    command = [sys.executable, "-c", MEASURE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    kilobytes, slowest = map(float, done.stdout.split())
    assert kilobytes < 10_240
    # A second on an idle machine; the tests share theirs.
    assert slowest < 3.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows holds no process to a size")
def test_p8_what_slips_through_the_check_is_stopped_by_the_limits_of_the_process(tmp_path: Path) -> None:
    far = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    path = saved(tmp_path, with_cells(far.format(1, "A") + far.format(1048576, "XFD")))
    with pytest.raises(WorkbookError, match=r"needs more memory (or time )?than quotes do"):
        read_saved(path, command=[sys.executable, "-c", BLIND + RUN])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows holds no process to a size")
def test_p8_the_process_that_parses_is_held_to_its_limits_before_it_opens_the_file(tmp_path: Path) -> None:
    import resource

    told = "import resource as r; c.read_cells = lambda *_: c.Cells('', [[float(most) for most in KINDS]]); "
    kinds = "[r.getrlimit(kind)[1] for kind in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_CORE)]"
    ((memory, seconds, core),) = read_saved(
        saved(tmp_path, book()), command=[sys.executable, "-c", BLIND + told.replace("KINDS", kinds) + RUN]
    )
    assert seconds == 10
    assert core == 0
    if sys.platform != "darwin":  # which refuses a limit of address space
        assert memory == 512 * 2**20
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] != 10, "only that process"


def test_p8_a_reading_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path, began = saved(tmp_path, book()), time.perf_counter()
    with pytest.raises(WorkbookError, match=r"took longer than 0\.5 s"):
        read_saved(path, command=[sys.executable, "-c", "import time; time.sleep(60)"], within_s=0.5)
    assert time.perf_counter() - began < 5.0


@pytest.mark.parametrize(
    "program", ["print('hello')", "import os; os.abort()", 'print(\'{"type":"cells"}\')', "raise SystemExit(3)", ""]
)
def test_a_process_that_says_something_else_is_told(tmp_path: Path, program: str) -> None:
    with pytest.raises(WorkbookError, match="could not be read"):
        read_saved(saved(tmp_path, book()), command=[sys.executable, "-c", program])


def test_a_process_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="no process could be started"):
        read_saved(saved(tmp_path, book()), command=[str(tmp_path / "missing")])


def test_an_answer_without_end_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel_file, "MAX_ANSWER_BYTES", 100_000)
    endless = "import sys\nwhile True: sys.stdout.write('x' * 10_000)"
    with pytest.raises(WorkbookError, match="too much text"):
        read_saved(saved(tmp_path, book()), command=[sys.executable, "-c", endless])


def test_text_that_would_flood_the_program_is_refused(tmp_path: Path) -> None:
    numbers = random.Random(5)
    rows: list[list[object]] = [[numbers.randbytes(250).hex() for _ in range(12)] for _ in range(3_000)]
    with pytest.raises(WorkbookError, match="too much text"):
        read_saved(saved(tmp_path, book(rows)))


def test_the_environment_of_the_child_is_given(tmp_path: Path) -> None:
    program = "import os, sys; sys.stdout.write(os.environ['ANSWER'])"
    answer = '{"type":"cells","sheet":"S","rows":[["a",1]]}'
    command = [sys.executable, "-c", program]
    assert read_saved("x.xlsx", command=command, environ={**os.environ, "ANSWER": answer}) == [["a", 1.0]]
