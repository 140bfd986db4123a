"""A workbook in Excel: found by its full path, read by one call, and an Excel that is busy, closed or gone."""

from __future__ import annotations

import atexit
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import xlwings

from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_attached import (
    BACK_OFF_S,
    DEAD_CODES,
    AttachedWorkbook,
    ExcelBusy,
    ExcelGone,
    com_apartment,
    load_xlwings,
)
from tests.fakes import memory_excel
from tests.fakes.memory_excel import Mode, Registered, World
from tests.providers.quote_sheet import HEADINGS, PATH, SHEET, VFF, books, sheet


@pytest.fixture
def world() -> Iterator[World]:
    made = World(books())
    with Registered(made):
        yield made


class Opened:
    """A workbook, and for how long it slept."""

    def __init__(self, path: str = PATH, name: str = SHEET, cells: str = "A1:L3") -> None:
        self.slept: list[float] = []
        self.book = AttachedWorkbook(path, name, cells, self.slept.append)


def test_all_cells_come_by_one_call(world: World) -> None:
    opened = Opened()
    for polls in range(1, 6):
        assert opened.book.read() == sheet()
        assert world.reads == polls
    assert not opened.slept


@pytest.mark.parametrize(
    ("cells", "shape"), [("B2", (1, 1)), ("A2:L2", (1, 12)), ("A1:A3", (3, 1)), ("A1:M5", (5, 13)), ("", (3, 12))]
)
def test_block_is_always_rows_of_cells(world: World, cells: str, shape: tuple[int, int]) -> None:
    rows = Opened(cells=cells).book.read()
    assert (len(rows), len(rows[0])) == shape


def test_error_of_excel_is_a_text_and_an_empty_cell_is_none(world: World) -> None:
    world.books[PATH][SHEET][1] = ["VFF", -2146826246, ""]
    assert Opened(cells="A2:D2").book.read() == [["VFF", "#N/A", None, None]]


@pytest.mark.parametrize("path", ["quotes.xlsx", "/elsewhere/quotes.xlsx"])
def test_workbook_is_known_by_its_full_path_alone(world: World, path: str) -> None:
    with pytest.raises(WorkbookError, match=r"quotes\.xlsx is not open in Excel\. Open"):
        Opened(path).book.attach()


def test_workbook_in_the_cloud_is_known_by_its_address(world: World) -> None:
    world.books = {"https://example.org/Docs/quotes.xlsx": {SHEET: sheet()}}
    assert Opened("https://EXAMPLE.org/docs/Quotes.xlsx").book.read() == sheet()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda world: setattr(world, "running", False), "Excel is not running. Start Excel and open quotes.xlsx"),
        (
            lambda world: world.books[PATH].update({"Other": world.books[PATH].pop(SHEET)}),
            "no sheet “Quotes”. It has: Ot",
        ),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(world: World, change: object, words: str) -> None:
    change(world)  # type: ignore[operator]  # a function of the world
    with pytest.raises(WorkbookError) as missing:
        Opened().book.attach()
    assert words in str(missing.value)


def test_range_that_is_none_is_said(world: World) -> None:
    with pytest.raises(WorkbookError, match=r"“rows 1 to 5” is no range of cells .* A1:M200"):
        Opened(cells="rows 1 to 5").book.attach()


def test_first_sheet_is_read_when_none_is_named_and_its_name_is_matched_in_any_case(world: World) -> None:
    assert Opened(name="").book.read()[0] == HEADINGS
    assert Opened(name="qUOTES").book.read()[1] == VFF


@pytest.mark.parametrize("mode", ["busy", "wrapped"])
def test_busy_excel_is_asked_again_with_growing_pauses(world: World, mode: Mode) -> None:
    opened = Opened()
    opened.book.attach()
    world.mode, world.left = mode, 3
    assert opened.book.read() == sheet()
    assert opened.slept == list(BACK_OFF_S[:3])
    assert all(0.1 <= pause <= 1 for pause in BACK_OFF_S)


def test_excel_that_stays_busy_is_given_up_for_this_time_and_still_held(world: World) -> None:
    opened = Opened()
    opened.book.attach()
    world.mode = "busy"
    with pytest.raises(ExcelBusy, match="Finish editing the cell"):
        opened.book.read()
    assert opened.slept == list(BACK_OFF_S)
    assert opened.book.attached
    world.mode = "ok"
    assert opened.book.read() == sheet()


@pytest.mark.parametrize("left", range(1, 6))
def test_excel_that_is_busy_while_it_is_attached_to_is_waited_for(world: World, left: int) -> None:
    """Not taken for a range that does not exist."""
    opened = Opened()
    world.mode, world.left = "busy", left
    opened.book.attach()
    assert opened.slept == list(BACK_OFF_S[:left])
    assert opened.book.read() == sheet()


@pytest.mark.parametrize(("code", "ends"), [(-2147418111, False), (-2147023174, True)])
def test_excel_that_is_busy_or_gone_at_the_range_is_no_bad_range(
    world: World, monkeypatch: pytest.MonkeyPatch, code: int, ends: bool
) -> None:
    made, refusals = memory_excel.MemorySheet.range, [memory_excel.ComError(code)]

    def once(sheet: memory_excel.MemorySheet, arg1: object, arg2: object = None) -> memory_excel.MemoryRange:
        if refusals:
            raise refusals.pop()
        return made(sheet, arg1, arg2)

    monkeypatch.setattr(memory_excel.MemorySheet, "range", once)
    opened = Opened()
    if ends:
        with pytest.raises(ExcelGone, match="Excel has gone"):
            opened.book.attach()
    else:
        opened.book.attach()
        assert opened.slept == [BACK_OFF_S[0]]
    assert opened.book.read() == sheet()


@pytest.mark.parametrize("code", sorted(DEAD_CODES | {-2147023174, -2147417848, -2147023170, -2147220995}))
def test_every_way_to_be_gone_is_known(world: World, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    opened = Opened()
    opened.book.attach()
    monkeypatch.setitem(memory_excel._CODES, "dead", code)
    world.mode = "dead"
    with pytest.raises(ExcelGone, match="Excel has gone, or the workbook was closed"):
        opened.book.read()


def test_workbook_that_is_open_twice_is_not_guessed(world: World) -> None:
    world.books = {
        address: {SHEET: sheet()} for address in ("https://example.org/q.xlsx", "https://example.org/Q.xlsx")
    }
    with pytest.raises(WorkbookError, match="is open in two Excels"):
        Opened("https://example.org/q.xlsx").book.attach()


def test_names_of_sheets_are_shown_as_plain_lines(world: World) -> None:
    world.books[PATH] = {"two\nlines\x1b[31m": sheet()}
    with pytest.raises(WorkbookError) as missing:
        Opened(name="\u202eelse").book.attach()
    assert str(missing.value).isprintable()


@pytest.mark.parametrize("mode", ["dead", "odd"])
def test_after_a_dead_excel_everything_is_dropped_and_found_anew(world: World, mode: Mode) -> None:
    opened = Opened()
    opened.book.attach()
    world.mode = mode
    with pytest.raises(ExcelGone):
        opened.book.read()
    assert not opened.book.attached
    assert not opened.slept
    world.mode = "ok"
    assert opened.book.read() == sheet()


def test_xlwings_is_made_harmless(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows it would kill Excels that show no window, and ask a busy one for ever."""
    windows = ModuleType("xlwings._xlwindows")
    killed: list[int] = []
    windows.cleanup = lambda: killed.append(1)  # type: ignore[attr-defined]  # a stand-in for the module
    windows.N_COM_ATTEMPTS = 0  # type: ignore[attr-defined]  # a stand-in for the module
    monkeypatch.setitem(sys.modules, "xlwings._xlwindows", windows)
    left: list[object] = []
    monkeypatch.setattr(atexit, "unregister", left.append)
    load_xlwings()
    assert windows.N_COM_ATTEMPTS == 3
    assert left == [windows.cleanup]
    assert not killed


def test_com_belongs_to_the_thread_while_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    com, did = ModuleType("pythoncom"), list[str]()
    com.CoInitialize = lambda: did.append("begin")  # type: ignore[attr-defined]  # a stand-in for the module
    com.CoUninitialize = lambda: did.append("end")  # type: ignore[attr-defined]  # a stand-in for the module
    monkeypatch.setitem(sys.modules, "pythoncom", com)
    monkeypatch.setattr(sys, "platform", "win32")

    def use() -> None:
        with com_apartment():
            did.append("use")
            raise KeyError

    with pytest.raises(KeyError):
        use()
    assert did == ["begin", "use", "end"]


def test_xlwings_comes_along_where_there_may_be_an_excel() -> None:
    told = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    (marked,) = (one for one in told["project"]["dependencies"] if one.startswith("xlwings"))
    marker = marked.partition(";")[2]
    assert "win32" in marker
    assert "darwin" in marker
    assert any(one.startswith("xlwings") for group in told["dependency-groups"].values() for one in group)


def test_machine_without_excel_is_told_so() -> None:
    assert xlwings.engines.active is None
    with pytest.raises(WorkbookError, match="no Excel on this machine"):
        load_xlwings()
