"""A workbook that is open in Excel, by xlwings: attached to, never opened, never closed, Excel never started.

Only for the process that exists for it (`excel_child`): objects of COM belong to the thread that made them, a call may
hang for ever, and an Excel that dies leaves objects that only raise.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import logging
import ntpath
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_cells import plain_line

_log = logging.getLogger(__name__)

#: Excel is busy: a cell is being edited, a dialog is open. It says so in several ways.
BUSY_CODES: Final = frozenset({-2147418111, -2147417846, -2146777998})
#: Excel is gone, or the object that was held: only attaching anew helps.
DEAD_CODES: Final = frozenset({-2147023174, -2147417848, -2147023170, -2147220995})
#: What COM wraps other codes in; the inner one says what it is.
_WRAPPED: Final = -2147352567
#: xlwings tries a rejected call for ever, without a pause: so often instead, then the pauses below are ours.
COM_ATTEMPTS: Final = 3
#: Seconds between two tries while Excel is busy.
BACK_OFF_S: Final = (0.1, 0.2, 0.4, 0.8, 1.0)

Rows = list[list[Any]]


class ExcelGone(WorkbookError):
    """Excel, or the workbook in it, is not there any more; to attach anew is all that helps."""


class ExcelBusy(WorkbookError):
    """Excel answers nothing because somebody edits a cell or a dialog is open; it passes."""


def load_xlwings() -> Any:
    """xlwings, made harmless. Raises WorkbookError where it is not installed, or knows no Excel on this machine."""
    try:
        xlwings = importlib.import_module("xlwings")
    except ImportError as problem:
        raise WorkbookError(
            f"Excel cannot be reached ({problem}).", "Install xlwings, or read the workbook as it was saved last."
        ) from problem
    if xlwings.engines.active is None:
        raise WorkbookError(
            "There is no Excel on this machine that could be reached.",
            "Live values need Excel on Windows. Elsewhere, read the workbook as it was saved last.",
        )
    for name in ("_xlwindows", "_xlmac"):
        platform = sys.modules.get(f"xlwings.{name}")
        if platform is not None:
            # On Windows it kills every Excel that shows no window, of whomever; on macOS it runs a macro in each book.
            atexit.unregister(platform.cleanup)
            if hasattr(platform, "N_COM_ATTEMPTS"):
                setattr(platform, "N_COM_ATTEMPTS", COM_ATTEMPTS)  # noqa: B010 - a module known by its name only
    return xlwings


@contextmanager
def com_apartment() -> Iterator[None]:
    """COM for this thread on Windows; nothing elsewhere. Every object has to be dropped before it ends."""
    if sys.platform != "win32":
        yield
        return
    com = importlib.import_module("pythoncom")
    com.CoInitialize()
    try:
        yield
    finally:
        gc.collect()
        com.CoUninitialize()


class AttachedWorkbook:
    """One range of one sheet of a workbook that is open in Excel. One thread.

    `sleep` is called with seconds while Excel is busy, so that whoever waits may say that it is alive.
    """

    def __init__(self, path: str, sheet: str, cells: str, sleep: Callable[[float], None]) -> None:
        """`sheet` empty: the first one. `cells` empty: the used range."""
        self._path, self._sheet, self._cells = path, sheet, cells
        self._sleep = sleep
        #: Gives the range: the very one, or what is used of the sheet at the moment, which grows.
        self._range: Callable[[], Any] | None = None
        self.name = ntpath.basename(path)

    @property
    def attached(self) -> bool:
        """True while objects of Excel are held."""
        return self._range is not None

    def attach(self) -> None:
        """Finds the workbook by its full path in any Excel. Raises WorkbookError, in words, when it is not there."""
        xlwings = load_xlwings()
        found: Callable[[], Any] = self._patiently(lambda: self._find(xlwings))
        self._range = found

    def detach(self) -> None:
        """Drops every object of Excel; the workbook stays open."""
        self._range = None
        gc.collect()

    def read(self) -> Rows:
        """All cells by one call into Excel. Raises ExcelBusy, ExcelGone (nothing is held any more), WorkbookError."""
        if self._range is None:
            self.attach()
        cells = self._range
        assert cells is not None, "attached to"
        # `chunksize=None`: else xlwings asks for the numbers of rows and columns before, which are calls as well.
        rows: Rows = self._patiently(lambda: cells().options(ndim=2, err_to_str=True, chunksize=None).value)
        return rows

    def _find(self, xlwings: Any) -> Callable[[], Any]:
        apps = list(xlwings.apps)
        if not apps:
            raise WorkbookError("Excel is not running.", f"Start Excel and open {self.name} in it.")
        books = [book for app in apps for book in app.books if _same(str(book.fullname), self._path)]
        if not books:
            raise WorkbookError(
                f"{self.name} is not open in Excel.",
                f"Open {self._path} in Excel: live values are nowhere else."
                " A workbook in OneDrive is known there by its web address.",
            )
        if len(books) > 1:
            raise WorkbookError(f"{self.name} is open in two Excels.", "Close one of them.")
        return self._in_book(books[0])

    def _in_book(self, book: Any) -> Callable[[], Any]:
        names = [str(sheet.name) for sheet in book.sheets]
        wanted = self._sheet or names[0]
        found = next((name for name in names if name.casefold() == wanted.casefold()), None)
        if found is None:
            raise WorkbookError(
                f"{self.name} has no sheet “{plain_line(wanted, 40)}”.",
                f"It has: {', '.join(plain_line(name, 40) for name in names[:8])}. Choose one of them.",
            )
        sheet = book.sheets[found]
        if not self._cells:
            return lambda: sheet.used_range
        try:
            cells = sheet.range(self._cells)
        except Exception as problem:
            if _code(problem) in BUSY_CODES | DEAD_CODES:
                raise
            raise WorkbookError(
                f"“{self._cells}” is no range of cells of {self.name}.", "Write it as in A1:M200."
            ) from problem
        return lambda: cells

    def _patiently(self, call: Callable[[], Any]) -> Any:
        """What `call` returns, tried again with growing pauses while Excel is busy."""
        for pause in (*BACK_OFF_S, None):
            try:
                return call()
            except WorkbookError:
                raise
            except Exception as problem:  # pywin32, appscript and xlwings share no base: judged below
                if not _is_busy(problem):
                    raise self._given_up(problem) from problem
                if pause is None:
                    raise ExcelBusy(
                        "Excel is busy.", "Finish editing the cell, or close the dialog that is open in Excel."
                    ) from problem
            self._sleep(pause)
        raise AssertionError("the last pause is None")

    def _given_up(self, problem: Exception) -> WorkbookError:
        """Whatever it was, the objects that are held cannot be trusted any more."""
        code = _code(problem)
        self.detach()
        if code in DEAD_CODES:
            return ExcelGone(
                "Excel has gone, or the workbook was closed.", f"Open {self.name} in Excel; it is found by itself."
            )
        _log.warning("Excel refused: %s (%s)", type(problem).__name__, problem)
        return ExcelGone(f"Excel refused to be read ({_words(problem)}).", f"See whether {self.name} is still open.")


def _same(one: str, other: str) -> bool:
    """True for two spellings of one full path (or web address), as Windows and Excel see it."""
    return _plain(one) == _plain(other)


def _plain(path: str) -> str:
    if "://" in path:
        return path.casefold()
    if sys.platform != "win32":
        return os.path.realpath(path)
    return ntpath.normcase(ntpath.normpath(os.path.realpath(path)))


def _code(problem: BaseException) -> int:
    """The code of COM that an exception carries, the inner one where it is wrapped; 0 without."""
    code = getattr(problem, "hresult", None)
    if not isinstance(code, int):
        return 0
    if code == _WRAPPED:
        # (hresult, text, (code, source, text, help file, help id, scode), argument)
        inner = problem.args[2] if len(problem.args) > 2 else None
        if isinstance(inner, tuple) and len(inner) > 5 and isinstance(inner[5], int):
            return inner[5]
    return code


def _is_busy(problem: BaseException) -> bool:
    return _code(problem) in BUSY_CODES or type(problem).__name__ == "ExcelBusyError"


def _words(problem: BaseException) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[0][:120]
