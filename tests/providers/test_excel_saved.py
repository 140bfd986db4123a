"""A saved workbook that changes: read when it does, whole, however it is replaced."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_file import read_saved
from live_monitor.providers.excel_saved import SETTLE_S, Rows, SavedWorkbook
from tests.providers.quote_sheet import VFF, changed, save


class Watched:
    """A file whose cells are its text, and how often it was read."""

    def __init__(self, path: Path, clock: ManualClock) -> None:
        self.path = path
        self.clock = clock
        self.reads = 0
        self.on_sleep: Callable[[], object] = lambda: None
        self.book = SavedWorkbook(str(path), "", "", self._read, clock, self._sleep)

    def _read(self, path: str, sheet: str, cells: str) -> Rows:
        self.reads += 1
        text = Path(path).read_text(encoding="utf-8")
        if text == "half":
            raise WorkbookError("It is damaged.")
        return [[text]]

    def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.on_sleep()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    path = tmp_path / "quotes.xlsx"
    path.write_text("one", encoding="utf-8")
    return Watched(path, ManualClock(wall_ms=os.stat(path).st_mtime_ns // 1_000_000))


def test_file_is_read_again_only_when_it_changed(watched: Watched) -> None:
    first = watched.book.read()
    assert watched.book.read() is first
    assert watched.reads == 1
    watched.path.write_text("other", encoding="utf-8")
    assert watched.book.read() == [["other"]]
    assert watched.reads == 2


def test_file_of_the_same_size_and_time_that_was_renamed_over_it_is_another_one(watched: Watched) -> None:
    watched.book.read()
    fresh = watched.path.with_name("fresh")
    fresh.write_text("two", encoding="utf-8")
    stamp = os.stat(watched.path)
    os.utime(fresh, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    fresh.replace(watched.path)
    assert watched.book.read() == [["two"]]


def test_file_that_is_half_written_is_given_time(watched: Watched) -> None:
    watched.path.write_text("half", encoding="utf-8")
    watched.on_sleep = lambda: watched.path.write_text("whole", encoding="utf-8")
    assert watched.book.read() == [["whole"]]
    assert watched.reads == 2


def test_file_that_stays_damaged_is_said_after_five_seconds(watched: Watched) -> None:
    watched.path.write_text("half", encoding="utf-8")
    now_ns = watched.clock.wall_ms() * 1_000_000
    os.utime(watched.path, ns=(now_ns, now_ns))
    before = watched.clock.monotonic()
    with pytest.raises(WorkbookError, match="damaged"):
        watched.book.read()
    assert SETTLE_S <= watched.clock.monotonic() - before <= SETTLE_S + 1
    # Nothing is writing it any more: at once from now on.
    before = watched.clock.monotonic()
    with pytest.raises(WorkbookError, match="damaged"):
        watched.book.read()
    assert watched.clock.monotonic() == before


def test_time_of_the_values_is_that_of_the_saving_and_never_ahead(watched: Watched) -> None:
    os.utime(watched.path, (1_765_218_600, 1_765_218_600))
    watched.book.read()
    assert watched.book.saved_ms == 1_765_218_600_000
    ahead = watched.clock.wall_ms() // 1000 + 86_400
    os.utime(watched.path, (ahead, ahead))
    watched.book.read()
    assert watched.book.saved_ms == watched.clock.wall_ms()


@pytest.mark.parametrize("seconds", [0, -86_400])
def test_file_whose_disk_knows_no_time_is_old_and_has_one(watched: Watched, seconds: int) -> None:
    """0 would mean that nothing was ever seen: its quotes would never be shown, and nobody would know why."""
    os.utime(watched.path, (seconds, seconds))
    watched.book.read()
    assert watched.book.saved_ms == 1


def test_file_that_is_gone_is_said_and_found_again(watched: Watched) -> None:
    watched.book.read()
    watched.path.unlink()
    with pytest.raises(WorkbookError, match="cannot be read"):
        watched.book.read()
    watched.path.write_text("back", encoding="utf-8")
    assert watched.book.read() == [["back"]]


def test_real_workbooks_that_are_replaced_all_the_time_are_read_whole(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx", VFF)
    stop = threading.Event()
    pauses: list[float] = []
    book = SavedWorkbook(str(path), "", "", read_saved, SystemClock(), pauses.append)

    def replace() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            save(path, changed(VFF, last=float(number), volume=float(number)))

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        seen = [book.read()[1] for _ in range(4)]
    finally:
        stop.set()
        writer.join()
    assert all(row[1] == row[11] or row == [*VFF] for row in seen)
    assert len({row[1] for row in seen}) > 1
