"""`TOSExcelReader`: a quote sheet, row by row, from Excel or from the file, for scripts and for `excel_child`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from live_monitor.clock import Clock, SystemClock
from live_monitor.limits import Rejections
from live_monitor.providers.excel_attached import AttachedWorkbook
from live_monitor.providers.excel_file import READ_S, read_saved
from live_monitor.providers.excel_lines import SourceKind
from live_monitor.providers.excel_rows import QuoteRow, SheetReader, SheetRows
from live_monitor.providers.excel_saved import SETTLE_S, SavedWorkbook

#: `auto`: Excel on Windows, where it is installed; else the file as it was saved last.
Source = Literal["auto", "excel", "file"]


class TOSExcelReader:
    """Reads `sheet_name` and `data_range` (empty: all that is used) of a workbook. One thread.

    Without a name it is the first sheet, of a saved file the first with headings.
    The first row with headings says what the columns are. In Excel the workbook has to be open: it is found by its full
    path, and Excel is never started. Usage::

        reader = TOSExcelReader("C:/Quotes/quotes.xlsx", "Quotes", "A1:M200")
        for quote in reader.get_latest_quotes():
            print(quote["symbol"], quote["last"])
    """

    def __init__(
        self,
        file_path: str | os.PathLike[str],
        sheet_name: str = "",
        data_range: str = "",
        *,
        source: Source = "auto",
        clock: Clock | None = None,
    ) -> None:
        path = os.fspath(file_path)
        # A workbook in OneDrive is known to Excel by its web address.
        self.path = path if "://" in path else os.path.abspath(os.path.expanduser(path))
        #: Called with seconds while Excel is busy or a file is being written.
        self.sleep: Callable[[float], None] = time.sleep
        self._clock = clock or SystemClock()
        self.kind: SourceKind = kind_of(source)
        rest = lambda seconds: self.sleep(seconds)  # noqa: E731,PLW0108 - `sleep` may be put in place later
        self._book: AttachedWorkbook | SavedWorkbook
        if self.kind == "excel":
            self._book = AttachedWorkbook(self.path, sheet_name, data_range, rest)
        else:
            self._book = SavedWorkbook(self.path, sheet_name, data_range, read_saved, self._clock, rest)
        self.rejections = Rejections()
        self._sheet = SheetReader(self.rejections)
        #: Each row, and when it was seen to change, in ms.
        self._seen: dict[str, tuple[QuoteRow, int]] = {}

    @property
    def name(self) -> str:
        """The workbook, for people."""
        return self._book.name

    @property
    def connected(self) -> bool:
        """True while the workbook is held, or has been read."""
        return self._book.attached

    @property
    def patience_s(self) -> float:
        """How long one `read` may be silent, at the most; 0.0: no longer than a call usually is."""
        return 0.0 if self.kind == "excel" else READ_S + SETTLE_S

    @property
    def stamp_ms(self) -> int:
        """The time of what was read last: now, or when the file was saved."""
        return self._clock.wall_ms() if isinstance(self._book, AttachedWorkbook) else self._book.saved_ms

    def connect(self) -> None:
        """Takes hold of the workbook. Raises WorkbookError, in words, with what to do."""
        if isinstance(self._book, AttachedWorkbook):
            self._book.attach()
        else:
            self._book.read()

    def disconnect(self) -> None:
        """Lets go of it; it stays open in Excel. May be called twice; the next `read` takes hold of it anew."""
        self._book.detach()

    def read(self) -> list[list[Any]]:
        """Every cell of the range, row by row, by one call into Excel. Raises WorkbookError.

        Empty cells are None (in a file: empty text), numbers floats, errors of Excel texts such as "#N/A".
        """
        return self._book.read()

    def rows(self, cells: Sequence[Sequence[Any]]) -> SheetRows:
        """What cells say, by the headings above them. Raises WorkbookError when these are not found."""
        return self._sheet.read(cells)

    def get_latest_quotes(self) -> list[dict[str, str]]:
        """Every row of the sheet as a dict of texts: `symbol`, `last`, `bid`, `ask`, … and `timestamp`.

        Prices as decimals ("2.95"), empty where there is none. `timestamp` (ISO 8601, UTC, Z): when the row was seen to
        change, because a sheet has no times of its own. Raises WorkbookError.
        """
        sheet = self.rows(self.read())
        at_ms = self.stamp_ms
        seen = self._seen
        # A row whose cells did not change is the very object that it was.
        self._seen = {
            row.symbol: before if (before := seen.get(row.symbol)) and before[0] is row else (row, at_ms)
            for row in sheet.rows
        }
        return [row.quote() | {"timestamp": iso(changed_ms)} for row, changed_ms in self._seen.values()]


def kind_of(source: Source) -> SourceKind:
    """What `auto` means on this machine."""
    if source == "auto":
        return "excel" if excel_is_installed() else "file"
    return source


def excel_is_installed() -> bool:
    """True on Windows where the system knows Excel. thinkorswim's formulas work nowhere else. Does not start it."""
    if sys.platform != "win32":
        return False
    import winreg  # noqa: PLC0415 - exists on Windows only

    try:
        winreg.CloseKey(winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, "Excel.Application"))
    except OSError:
        return False
    return True


def iso(ms: int) -> str:
    """ISO 8601 in UTC with Z; to the second where it is whole."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds").replace("+00:00", "Z")
