"""An Excel that lives in memory, registered with xlwings as an engine: xlwings' own code runs, only COM is missing.

`World` is what is open in it, and how it behaves at present. `python -m tests.fakes.memory_excel STATE -- …` runs the
program of the reading process in front of one whose world lies in a file, so that a test may change it from outside.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import xlwings
from xlwings import base_classes

from live_monitor.atomic_file import write_atomically

#: `busy`: a cell is being edited. `wrapped`: the same, as pywin32 hands it on. `dead`: the process of Excel has gone.
Mode = Literal["ok", "busy", "wrapped", "dead", "odd", "hang", "crash"]
_CODES = {"busy": -2147418111, "dead": -2147023174, "odd": -2147467259}
_WRAPPED = -2147352567
_ERRORS = {-2146826246: "#N/A", -2146826265: "#REF!", -2146826273: "#VALUE!", -2146826281: "#DIV/0!"}

Cells = list[list[Any]]


class ComError(Exception):
    """As pywintypes.com_error: four arguments, the first one also as `hresult`."""

    def __init__(self, hresult: int, inner: int | None = None) -> None:
        told = None if inner is None else (0, "Microsoft Excel", "no", None, 0, inner)
        super().__init__(hresult, "refused", told, None)
        self.hresult = hresult


class World:
    """Workbooks that are open, by full path: sheets, by name: cells. `reads` counts blocks of cells that were read."""

    def __init__(self, books: dict[str, dict[str, Cells]] | None = None) -> None:
        self.books = books or {}
        self.mode: Mode = "ok"
        self.running = True
        self.reads = 0
        #: Calls that fail by `mode` before it is "ok" again; -1: all.
        self.left = -1

    def called(self) -> None:
        """Every call comes through here."""
        if self.mode == "ok":
            return
        if self.left == 0:
            self.mode, self.left = "ok", -1
            return
        self.left -= self.left > 0
        if self.mode == "hang":
            time.sleep(3600)
        if self.mode == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mode == "wrapped":
            raise ComError(_WRAPPED, -2146777998)
        raise ComError(_CODES[self.mode])


class FileWorld(World):
    """A world that is read from a file before every call."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._stamp = (0, 0)

    def called(self) -> None:
        found = os.stat(self._path)
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp != self._stamp:
            self._stamp = stamp
            told = json.loads(self._path.read_text(encoding="utf-8"))
            self.books = {
                path: {name: [[cell_of(cell) for cell in row] for row in cells] for name, cells in sheets.items()}
                for path, sheets in told["books"].items()
            }
            self.mode, self.running, self.left = told["mode"], told["running"], told["left"]
        super().called()


def cell_of(told: Any) -> Any:
    """A cell as Excel has it, from one that JSON can hold."""
    return datetime.fromisoformat(told["date"]) if isinstance(told, dict) else told


def write_world(
    path: Path, books: dict[str, dict[str, Cells]], mode: Mode = "ok", *, running: bool = True, left: int = -1
) -> None:
    """Puts a world into a file, whole; dates as {"date": ISO}."""
    told = {"books": books, "mode": mode, "running": running, "left": left}
    write_atomically(path, json.dumps(told).encode())


class MemoryRange(base_classes.Range):
    """A block of cells of one sheet."""

    def __init__(self, sheet: MemorySheet, top: int, left: int, rows: int, columns: int) -> None:
        self._sheet, self._at, self._shape = sheet, (top, left), (rows, columns)
        self.options: dict[str, Any] = {}

    @property
    def api(self) -> object:
        return self

    @property
    def sheet(self) -> MemorySheet:
        return self._sheet

    @property
    def shape(self) -> tuple[int, int]:
        return self._shape

    @property
    def raw_value(self) -> Any:
        """As COM has it: a scalar for one cell, else a tuple of rows."""
        world = self._sheet.book.world
        world.called()
        world.reads += 1
        cells, (top, left), (rows, columns) = self._sheet.content, self._at, self._shape
        block = tuple(
            tuple(
                cells[row][column] if row < len(cells) and column < len(cells[row]) else None
                for column in range(left, left + columns)
            )
            for row in range(top, top + rows)
        )
        return block[0][0] if rows == columns == 1 else block

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        self._sheet.book.world.called()
        block = value if isinstance(value, list | tuple) else [[value]]
        cells, (top, left) = self._sheet.content, self._at
        for row, told in enumerate(block, top):
            while len(cells) <= row:
                cells.append([])
            for column, cell in enumerate(told, left):
                cells[row].extend([None] * (column + 1 - len(cells[row])))
                cells[row][column] = cell


class MemorySheet(base_classes.Sheet):
    """One sheet."""

    def __init__(self, book: MemoryBook, name: str) -> None:
        self._book = book
        self._name = name

    @property
    def book(self) -> MemoryBook:
        return self._book

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        raise AssertionError("a reader renames nothing")

    @property
    def content(self) -> Cells:
        """Its cells, row by row."""
        return self._book.world.books[self._book.fullname][self._name]

    def range(self, arg1: Any, arg2: Any = None) -> MemoryRange:
        self.book.world.called()
        if isinstance(arg1, str):
            match = re.fullmatch(r"([A-Z]{1,3})([1-9]\d*)(?::([A-Z]{1,3})([1-9]\d*))?", arg1.replace("$", "").upper())
            if match is None:
                raise ComError(-2146827284)
            left, top = _column(match[1]), int(match[2]) - 1
            right, bottom = _column(match[3] or match[1]), int(match[4] or match[2]) - 1
        else:
            (top, left), (bottom, right) = ((row - 1, column - 1) for row, column in (arg1, arg2 or arg1))
        return MemoryRange(self, top, left, bottom - top + 1, right - left + 1)

    @property
    def used_range(self) -> MemoryRange:
        return MemoryRange(self, 0, 0, len(self.content), max((len(row) for row in self.content), default=1))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class MemorySheets(base_classes.Sheets):
    """The sheets of one book."""

    def __init__(self, book: MemoryBook) -> None:
        self._book = book

    def _names(self) -> list[str]:
        return list(self._book.world.books[self._book.fullname])

    def __call__(self, name_or_index: int | str) -> MemorySheet:
        names = self._names()
        return MemorySheet(self._book, names[name_or_index - 1] if isinstance(name_or_index, int) else name_or_index)

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[MemorySheet]:
        return (MemorySheet(self._book, name) for name in self._names())


class MemoryBook(base_classes.Book):
    """One workbook."""

    def __init__(self, app: MemoryApp, fullname: str) -> None:
        self._app, self._fullname = app, fullname

    @property
    def world(self) -> World:
        return self._app.engine.world

    @property
    def app(self) -> MemoryApp:
        return self._app

    @property
    def fullname(self) -> str:
        return self._fullname

    @property
    def name(self) -> str:
        return re.split(r"[\\/]", self._fullname)[-1]

    @property
    def sheets(self) -> MemorySheets:
        return MemorySheets(self)


class MemoryBooks(base_classes.Books):
    """What is open."""

    def __init__(self, app: MemoryApp) -> None:
        self.app = app

    def __call__(self, name_or_index: int | str) -> MemoryBook:
        books = list(self)
        if isinstance(name_or_index, int):
            return books[name_or_index - 1]
        for book in books:
            if book.name == name_or_index:
                return book
        raise KeyError(name_or_index)

    def __len__(self) -> int:
        return len(self.app.engine.world.books)

    def __iter__(self) -> Iterator[MemoryBook]:
        self.app.engine.world.called()
        return (MemoryBook(self.app, path) for path in self.app.engine.world.books)


class MemoryApp(base_classes.App):
    """The only Excel."""

    def __init__(self, engine: MemoryEngine) -> None:
        self.engine = engine

    @property
    def books(self) -> MemoryBooks:
        return MemoryBooks(self)

    @property
    def pid(self) -> int:
        return 1


class MemoryApps(base_classes.Apps):
    """Every Excel: one while it runs."""

    def __init__(self, engine: MemoryEngine) -> None:
        self._engine = engine

    def keys(self) -> list[int]:
        return [app.pid for app in self]

    def __iter__(self) -> Iterator[MemoryApp]:
        self._engine.world.called()
        return iter([MemoryApp(self._engine)] if self._engine.world.running else [])

    def __len__(self) -> int:
        return int(self._engine.world.running)

    def __getitem__(self, pid: int) -> MemoryApp:
        return MemoryApp(self._engine)

    def add(self, spec: Any = None, add_book: Any = None, xl: Any = None, visible: Any = None) -> MemoryApp:
        raise AssertionError("Excel must never be started")


class MemoryEngine:
    """What xlwings calls an engine's implementation."""

    name = "memory"
    type = "desktop"

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def apps(self) -> MemoryApps:
        return MemoryApps(self)

    @staticmethod
    def clean_value_data(
        data: Sequence[Sequence[Any]], datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: bool
    ) -> Cells:
        """As on Windows: errors of Excel arrive as numbers, and become text only where that was asked for."""
        assert number_builder is None

        def clean(cell: Any) -> Any:
            if cell in ("", None):
                return empty_as
            if isinstance(cell, datetime):
                return datetime_builder(cell.year, cell.month, cell.day, cell.hour, cell.minute, cell.second)
            if type(cell) is int and cell in _ERRORS:
                return _ERRORS[cell] if err_to_str else None
            return cell

        return [[clean(cell) for cell in row] for row in data]

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        del options
        return "" if value is None else value


class Registered:
    """`with Registered(world):` the Excel that xlwings knows is ours."""

    def __init__(self, world: World) -> None:
        self._engine = xlwings.main.Engine(impl=MemoryEngine(world))

    def __enter__(self) -> None:
        self._before = xlwings.engines.active
        xlwings.engines.add(self._engine)
        self._engine.activate()

    def __exit__(self, *error: object) -> None:
        xlwings.engines.active = self._before
        xlwings.engines.engines.remove(self._engine)
        xlwings.engines.engines_by_name.pop(self._engine.name, None)


def main() -> int:
    """The reading process in front of the world in a file."""
    from live_monitor.providers.excel_child import main as child

    state, separator, *arguments = sys.argv[1:]
    assert separator == "--"
    with Registered(FileWorld(Path(state))):
        return child(arguments)


if __name__ == "__main__":
    sys.exit(main())
