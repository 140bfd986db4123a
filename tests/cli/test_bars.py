"""`live-monitor bars`: what it writes from session files and from the store, and what it refuses."""

from __future__ import annotations

import csv
import gzip
import math
import os
import signal
import subprocess
import sys
import threading
import zipfile
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from live_monitor.cli import main
from live_monitor.cli.bars import run
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.stores.opening import FILE_NAME
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.ports import SeriesKey
from tests.cli.process_time import cpu_of
from tests.providers.sample_ticks import session, tick, write_file

NEW_YORK = ZoneInfo("America/New_York")
COLUMNS = "start_ms,open,high,low,close,volume,cumulative_volume,vwap,trades,source,revised"
ROWS = [
    tick("04:00:00.028010", 1.52, 1000, 1000, "E", number=1),
    tick("09:30:00.115045", 1.63, 100, 1100, "C", number=2),
    tick("09:30:00.815045", 1.65, 7, 1107, "O", number=3),
    tick("09:30:59.000001", 1.61, 200, 1307, "C", number=4),
    tick("15:59:59.999999", 1.59, 300, 1607, "C", number=5),
    tick("19:59:18.223582", 1.60, 250, 1857, "E", number=6),
]
NEXT_DAY = [
    tick("09:30:00.5", 1.7, 100, 100, "C", number=1, day="2021-03-02"),
    tick("09:31:00.5", 1.8, 50, 150, "C", number=2, day="2021-03-02"),
]


@pytest.fixture(autouse=True)
def no_shared_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store of the test is the one in its folder."""
    monkeypatch.delenv("INFLUX_URL", raising=False)


def at(clock: str, day: str = "2021-03-01") -> int:
    return int(datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=NEW_YORK).timestamp() * 1000)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A session of one day."""
    return session(tmp_path / "day.lmsession", [write_file(tmp_path / "ticks.csv", ROWS)])


@pytest.fixture
def two_days(tmp_path: Path) -> Path:
    files = [write_file(tmp_path / "a.csv", ROWS), write_file(tmp_path / "b.csv", NEXT_DAY)]
    return session(tmp_path / "days.lmsession", files)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def bars(path: Path, *options: str) -> list[dict[str, str]]:
    """The rows of one run."""
    out = path.with_suffix(".out.csv")
    assert run([str(path), "--csv", str(out), *options]) == 0
    return rows_of(out)


def test_every_field_of_a_bar_is_written(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bars", str(day), "--timeframe", "1m", "--extended"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.splitlines() == [
        COLUMNS,
        f"{at('04:00')},1.52,1.52,1.52,1.52,1000,1000,1.52,1,own,0",
        f"{at('09:30')},1.63,1.63,1.61,1.61,300,1307,{(1.63 * 100 + 1.61 * 200) / 300!r},2,own,0",
        f"{at('15:59')},1.59,1.59,1.59,1.59,300,1607,1.59,1,own,0",
        f"{at('19:59')},1.6,1.6,1.6,1.6,250,1857,1.6,1,own,0",
    ]


def test_only_the_regular_session_is_written_unless_asked_otherwise(day: Path) -> None:
    starts = [int(row["start_ms"]) for row in bars(day, "--timeframe", "1s")]
    assert starts == [at("09:30"), at("09:30:59"), at("15:59:59")]
    assert [int(row["start_ms"]) for row in bars(day, "--timeframe", "1h")] == [at("09:30"), at("15:30")]
    assert [int(row["start_ms"]) for row in bars(day, "--timeframe", "1h", "--extended")] == [
        at("04:00"), at("09:00"), at("15:00"), at("19:00"),
    ]  # fmt: skip


def test_days_follow_the_rules_of_days_when_told_to(day: Path) -> None:
    (row,) = bars(day, "--timeframe", "1D", "--daily-rules")
    assert (row["start_ms"], row["open"], row["high"], row["low"], row["close"]) == (
        str(at("00:00")), "1.63", "1.63", "1.59", "1.59",
    )  # fmt: skip
    assert (row["volume"], row["cumulative_volume"], row["trades"]) == ("1857", "1857", "6")
    (row,) = bars(day, "--timeframe", "1D")
    assert (row["volume"], row["trades"]) == ("600", "3")


def test_each_day_counts_its_own_volume(two_days: Path) -> None:
    rows = bars(two_days, "--timeframe", "1D", "--daily-rules")
    assert [(int(row["start_ms"]), row["cumulative_volume"]) for row in rows] == [
        (at("00:00"), "1857"),
        (at("00:00", "2021-03-02"), "150"),
    ]
    (week,) = bars(two_days, "--timeframe", "1W", "--daily-rules")
    assert (int(week["start_ms"]), week["open"], week["close"], week["volume"]) == (
        at("00:00", "2021-02-28"), "1.63", "1.8", "2007",
    )  # fmt: skip


def test_from_and_to_name_days_or_instants_of_the_exchange(two_days: Path) -> None:
    def starts(*options: str) -> list[int]:
        return [int(row["start_ms"]) for row in bars(two_days, "--extended", *options)]

    tuesday = [at("09:30", "2021-03-02"), at("09:31", "2021-03-02")]
    assert starts("--from", "2021-03-02") == tuesday
    assert starts("--to", "2021-03-01")[-1] == at("19:59")
    assert starts("--from", "2021-03-01T15:59", "--to", "2021-03-02T09:31") == [at("15:59"), at("19:59"), tuesday[0]]
    assert starts("--from", "2021-03-02T14:31Z") == tuesday[1:]


def test_a_workbook_holds_the_same_bars_beside_the_file(day: Path, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = tmp_path / "bars.xlsx"
    rows = bars(day, "--extended", "--xlsx", str(book))
    opened = openpyxl.load_workbook(book)
    header, *lines = opened["bars"].iter_rows(values_only=True)
    assert header == ("time", *COLUMNS.split(","))
    assert [line[0] for line in lines][:2] == [datetime(2021, 3, 1, 4, 0), datetime(2021, 3, 1, 9, 30)]
    for line, row in zip(lines, rows, strict=True):
        numbers = [float(row[name]) for name in COLUMNS.split(",")[:-2]]
        assert [float(value) for value in line[1:10]] == numbers
        assert line[10:] == ("own", 0)
    assert dict(opened["about"].iter_rows(values_only=True))["symbol"] == "XYZ"


def test_output_goes_to_the_standard_output_unless_a_file_is_named(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([str(day)]) == run([str(day), "--csv", "-"]) == 0
    first, second = capsys.readouterr().out.split(COLUMNS)[1:]
    assert first == second != ""
    assert run([str(day), "--xlsx", str(tmp_path / "b.xlsx")]) == 0
    assert capsys.readouterr().out == ""


def test_a_reader_that_has_seen_enough_is_no_error(day: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "live_monitor", "bars", str(day)], stdout=pipe, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as POSIX does it")
def test_ctrl_c_leaves_an_older_file_as_it_was(day: Path, tmp_path: Path) -> None:
    out, pipe = tmp_path / "out.csv", tmp_path / "nobody.reads"
    out.write_text("precious")
    os.mkfifo(pipe)  # the workbook waits here for a reader, when the bars are written beside `out` already
    command = [sys.executable, "-m", "live_monitor", "bars", str(day), "--csv", str(out), "--xlsx", str(pipe)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait = threading.Event()
            while process.poll() is None and not list(tmp_path.glob(".out.csv.*")):
                wait.wait(0.01)
            # Python drops a Ctrl-C that comes while an object is taken apart: it has to stand at the pipe.
            before, now = -1.0, cpu_of(process.pid)
            while process.poll() is None and now != before:
                wait.wait(0.5)
                before, now = now, cpu_of(process.pid)
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, error) == (1, "live-monitor bars: stopped; no file was changed\n")
    assert out.read_text() == "precious"
    assert list(tmp_path.glob(".out.csv.*")) == []


def test_an_older_file_stays_when_the_session_turns_out_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, out = tmp_path / "wrong.lmsession", tmp_path / "out.csv"
    wrong.write_bytes(b"no session at all")
    out.write_text("precious")
    assert run([str(wrong), "--csv", str(out)]) == 1
    assert out.read_text() == "precious"
    assert "not a session file" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "wrong.lmsession"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--timeframe", "7x"], "no length of bars"),
        (["--symbol", "ABC"], "does not hold ABC. It holds XYZ."),
        (["--from", "yesterday"], "no date or time"),
        (["--from", "2021-03-02", "--to", "2021-03-01"], "--to must lie after --from"),
        (["--market", "iqfeed"], "for kept bars"),
        (["--xlsx", "-"], "needs a file"),
        (["--csv", "same", "--xlsx", "same"], "name the same file"),
        (["--csv", "no/such/folder/out.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    day: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = run([str(day), *options])
    except SystemExit as ended:
        code = int(str(ended.code))
    error = capsys.readouterr().err
    assert (code, error.count("\n")) == (2, 1)
    assert said in error


def test_the_session_is_never_written_over(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = day.read_bytes()
    with pytest.raises(SystemExit) as ended:
        run([str(day), "--csv", str(day)])
    assert ended.value.code == 2
    assert day.read_bytes() == before


@pytest.mark.parametrize("what", ["gone.lmsession", "no such thing"])
def test_what_is_neither_file_nor_symbol_is_told(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = run([what])
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code in (1, 2)
    assert what in capsys.readouterr().err


def test_rows_that_could_not_be_used_are_told_apart_from_the_bars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tick("09:31:00.5", 1.5, 100, 1957, "Q", number=9)
    path = session(tmp_path / "day.lmsession", [write_file(tmp_path / "t.csv", [*ROWS, bad])])
    assert run([str(path)]) == 0
    captured = capsys.readouterr()
    assert captured.err == "live-monitor bars: not used: 1 × basis: unknown\n"
    assert captured.out.startswith(COLUMNS)


def test_each_loss_is_told_once_in_a_process_of_its_own(tmp_path: Path) -> None:
    # Where nobody has set up a log, Python prints warnings by itself, past everything that pytest shows.
    bad = tick("09:31:00.5", 1.5, 100, 1957, "Q", number=9)
    path = session(tmp_path / "day.lmsession", [write_file(tmp_path / "t.csv", [*ROWS, bad])])
    command = [sys.executable, "-m", "live_monitor", "bars", str(path), "--csv", str(tmp_path / "out.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "live-monitor bars: not used: 1 × basis: unknown\n"


def test_one_session_or_symbol_at_a_time(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["AAPL", "MSFT"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "live-monitor bars: one session or symbol at a time: leave out MSFT\n"


def test_a_session_that_was_cut_off_gives_what_is_left_and_says_so(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = bars(day, "--extended")
    cut = day.with_name("cut.lmsession")
    cut.write_bytes(day.read_bytes()[:-40])
    assert bars(cut, "--extended") == whole
    assert capsys.readouterr().err.startswith("live-monitor bars: ")


# -- the vendor's own bars ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2021-03-01 of one symbol as a session, by the importer."""
    source = shared_data / "iqfeed/by_day/2021-03-01_ticks.csv.gz"
    path = tmp_path_factory.mktemp("recorded") / "day.lmsession"
    assert main(["import", "iqfeed", str(source), "--symbol", "XYZ", "-o", str(path)]) == 0
    return path


@pytest.mark.parametrize(("timeframe", "count"), [("1s", 2422), ("5s", 1941)])
def test_ticks_make_the_vendors_bars_in_every_field(
    shared_data: Path, recorded: Path, timeframe: str, count: int
) -> None:
    with gzip.open(shared_data / f"iqfeed/by_day/2021-03-01_intervals_{timeframe}.csv.gz", "rt") as stream:
        theirs = [line.strip().split(",") for line in stream if line[0] == "2"]
    ours = bars(recorded, "--timeframe", timeframe, "--extended")
    # The vendor's order: time, high, low, open, close, cumulative volume, interval volume.
    assert [
        (
            int(row["start_ms"]), float(row["high"]), float(row["low"]), float(row["open"]), float(row["close"]),
            row["cumulative_volume"], row["volume"],
        )
        for row in ours
    ] == [
        (at(when.split()[1]), *map(float, prices), cumulative, volume)
        for when, *prices, cumulative, volume, _, _ in theirs
    ]  # fmt: skip
    assert len(ours) == len(theirs) == count
    assert all(int(one["start_ms"]) < int(two["start_ms"]) for one, two in pairwise(ours))
    assert all(math.isfinite(float(row["vwap"])) and int(row["trades"]) > 0 for row in ours)


def test_ticks_make_the_vendors_day(shared_data: Path, recorded: Path) -> None:
    with zipfile.ZipFile(shared_data / "iqfeed/data/dailies_newest.zip") as archive:
        lines = archive.read(archive.namelist()[0]).decode().splitlines()
    (theirs,) = (line.split(",") for line in lines if line.startswith("2021-03-01,"))
    (ours,) = bars(recorded, "--timeframe", "1D", "--daily-rules")
    assert [float(ours[name]) for name in ("high", "low", "open", "close")] == [float(price) for price in theirs[1:5]]
    assert (ours["volume"], int(ours["start_ms"])) == (theirs[5], at("00:00"))


def test_minutes_are_made_of_the_same_seconds(recorded: Path) -> None:
    seconds, minutes = (bars(recorded, "--timeframe", name, "--extended") for name in ("1s", "1m"))
    volumes: dict[int, int] = {}
    for row in seconds:
        start = int(row["start_ms"]) // 60_000 * 60_000
        volumes[start] = volumes.get(start, 0) + int(row["volume"])
    assert {int(row["start_ms"]): int(row["volume"]) for row in minutes} == volumes


# -- kept bars ---------------------------------------------------------------------------------


def keep(folder: Path, market: str, *starts: int) -> None:
    with closing(SqliteStore(folder / "history" / FILE_NAME)) as store:
        bars = BarColumns.of(Bar(start, 1.0, 2.0, 0.5, 1.5, 100.0, source=BarSource.HISTORY) for start in starts)
        store.put(SeriesKey(market, "XYZ", MINUTE), bars)


def kept(folder: Path, *options: str) -> list[dict[str, str]]:
    out = folder / "out.csv"
    assert run(["xyz", "--data-dir", str(folder), "--csv", str(out), *options]) == 0
    return rows_of(out)


def test_what_is_no_file_is_a_symbol_of_the_store(tmp_path: Path) -> None:
    keep(tmp_path, "polygon", at("08:00"), at("09:30"), at("09:31"), at("09:30", "2021-03-02"))
    assert [int(row["start_ms"]) for row in kept(tmp_path)] == [at("09:30"), at("09:31"), at("09:30", "2021-03-02")]
    assert [row["volume"] for row in kept(tmp_path, "--timeframe", "1h", "--extended")] == ["100", "200", "100"]
    assert [row["volume"] for row in kept(tmp_path, "--timeframe", "1D", "--to", "2021-03-01")] == ["200"]
    assert kept(tmp_path, "--from", "2021-03-02")[0]["source"] == "history"


def test_bars_of_two_markets_are_never_mixed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, "polygon", at("09:30"))
    keep(tmp_path, "simulated-86", at("09:31"))
    assert run(["XYZ", "--data-dir", str(tmp_path)]) == 2
    assert "kept of 2 markets. Choose by --market: polygon, simulated-86." in capsys.readouterr().err
    assert [int(row["start_ms"]) for row in kept(tmp_path, "--market", "simulated-86")] == [at("09:31")]
    assert run(["XYZ", "--data-dir", str(tmp_path), "--market", "iqfeed"]) == 2
    assert "Not of iqfeed. Choose by --market: polygon, simulated-86." in capsys.readouterr().err


def test_a_symbol_of_which_nothing_is_kept_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, "polygon", at("09:30"))
    assert run(["ABC", "--data-dir", str(tmp_path)]) == 2
    assert "keeps no bars of ABC" in capsys.readouterr().err


def test_looking_for_bars_makes_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ABC", "--data-dir", str(tmp_path)]) == 1
    assert "No bars are kept" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_rules_of_days_need_the_trades(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["ABC", "--daily-rules", "--data-dir", str(tmp_path)])
    assert ended.value.code == 2
    assert "--daily-rules is for session files" in capsys.readouterr().err


def test_a_store_that_is_damaged_is_told_and_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "history" / FILE_NAME
    file.parent.mkdir()
    file.write_bytes(b"not a database" * 1000)
    assert run(["ABC", "--data-dir", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert file.read_bytes() == b"not a database" * 1000
