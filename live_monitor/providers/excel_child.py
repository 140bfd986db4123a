"""The program of the process that reads a workbook: polls it, says what changed, and that it is alive.

Its standard output belongs to the lines of `excel_lines`; its standard input brings orders, and its end is the end of
this process, wherever it is: a call into Excel that hangs cannot be waited for.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from live_monitor.clock import Clock, SystemClock
from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_attached import ExcelBusy, ExcelGone, com_apartment, load_xlwings
from live_monitor.providers.excel_lines import (
    FIELDS,
    Attached,
    Beat,
    Line,
    Order,
    Refusals,
    Remarks,
    Rows,
    SheetRow,
    Trouble,
    decode_order,
    encode,
)
from live_monitor.providers.excel_reader import TOSExcelReader
from live_monitor.providers.excel_rows import QuoteRow

#: A line is said at least this often (s) while nothing is called.
BEAT_S: Final = 1.0
#: Before a workbook that is not there is looked for again (s).
RETRY_S: Final = 2.0
#: Excel may be busy for so long (s) before it is said: people edit cells.
BUSY_S: Final = 5.0
INTERVALS: Final = (0.05, 3600.0)


class ExcelChild:
    """Polls until its process ends. One thread; `say` writes a line, `wait` sleeps, or brings an order that came."""

    def __init__(
        self,
        reader: TOSExcelReader,
        interval_s: float,
        clock: Clock,
        say: Callable[[Line], None],
        wait: Callable[[float], Order | None],
        *,
        quotes: bool = False,
    ) -> None:
        """`quotes`: rows are also said as documented dicts."""
        self._quotes = quotes
        self._reader = reader
        self._interval_s = interval_s
        self._clock = clock
        self._say = say
        self._wait = wait
        self._forget()
        self._refused: Counter[str] = Counter()
        self._trouble = ""
        self._read_at = clock.monotonic()
        reader.sleep = self.rest

    def _forget(self) -> None:
        """Whoever listens hears of everything anew."""
        self._reader.disconnect()
        self._told = False
        self._seen: dict[str, QuoteRow] = {}
        self._said: dict[str, SheetRow] = {}
        self._symbols: list[str] | None = None
        self._remarks: tuple[str, ...] = ()

    def run(self) -> None:
        """Never returns: the end of the standard input ends the process."""
        while True:
            began = self._clock.monotonic()
            pause = self._interval_s if self.poll() else max(self._interval_s, RETRY_S)
            self.rest(began + pause - self._clock.monotonic())

    def rest(self, seconds: float) -> None:
        """Sleeps, saying that it is alive; lets go of the workbook when it is told to."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            order = self._wait(min(left, BEAT_S))
            self._say(Beat(within_s=self._reader.patience_s))
            if order is not None:
                self._forget()
                return

    def poll(self) -> bool:
        """Reads once and says what changed. False when nothing could be read."""
        # The next sign of life may have to wait for this call.
        self._say(Beat(within_s=self._reader.patience_s))
        try:
            self._tell(self._reader.read())
        except ExcelBusy as problem:
            if self._clock.monotonic() - self._read_at >= BUSY_S:
                self._complain("busy", problem)
        except WorkbookError as problem:
            self._forget()
            self._complain("gone" if isinstance(problem, ExcelGone) else "workbook", problem)
            return False
        return True

    def _tell(self, cells: Sequence[Sequence[Any]]) -> None:
        sheet = self._reader.rows(cells)
        if not sheet.rows:
            raise WorkbookError("The sheet holds no symbol.", "Write one symbol to a row, below the headings.")
        self._read_at = self._clock.monotonic()
        if self._trouble or not self._told:
            # The listener took this for broken meanwhile; everything is said again.
            self._trouble, self._told, self._symbols = "", True, None
            self._seen, self._said = {}, {}
            self._say(Attached(self._reader.kind, self._reader.name))
        # A row whose cells did not change is the very object that it was.
        moved = [row for row in sheet.rows if self._seen.get(row.symbol) is not row]
        self._seen = {row.symbol: row for row in sheet.rows}
        # A column that is no part of level 1 changes the documented dict alone.
        changed = [row for row in map(row_of, moved) if self._quotes or self._said.get(row.symbol) != row]
        self._said.update((row.symbol, row) for row in changed)
        symbols = [row.symbol for row in sheet.rows]
        if symbols != self._symbols or changed:
            said = symbols if symbols != self._symbols else None
            quotes = [row.quote() for row in moved] if self._quotes else []
            self._say(Rows(self._reader.stamp_ms, changed, said, quotes))
            if said is not None:
                self._said = {symbol: self._said[symbol] for symbol in symbols}
            self._symbols = symbols
        if sheet.remarks != self._remarks:
            self._remarks = sheet.remarks
            self._say(Remarks(list(sheet.remarks)))
        self._count()

    def _count(self) -> None:
        fresh = self._reader.rejections.by_reason - self._refused
        if fresh:
            self._refused += fresh
            self._say(Refusals(dict(fresh)))

    def _complain(self, code: str, problem: WorkbookError) -> None:
        if problem.message != self._trouble:
            self._trouble = problem.message
            self._say(Trouble(code, problem.message, problem.remedy))


def row_of(row: QuoteRow) -> SheetRow:
    """A row as it is said: numbers, and what is unknown. A size belongs to its price, also while that is unknown."""
    level_1, unknown = row.snapshot(0), row.unknown()
    for price, size in (("bid", "bid_size"), ("ask", "ask_size"), ("last", "last_size")):
        if price in unknown:
            unknown.setdefault(size, unknown[price])
    numbers = {name: value for name in FIELDS if (value := getattr(level_1, name)) == value and name not in unknown}
    return SheetRow(symbol=row.symbol, unknown=unknown, **numbers)


# -- the process -------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> int:
    """Runs until its standard input ends. Returns only when Excel cannot be had at all (1)."""
    options = parse(argv)
    say = _own_output()
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), name="orders", daemon=True).start()

    def wait(seconds: float) -> Order | None:
        try:
            return orders.get(timeout=seconds)
        except queue.Empty:
            return None

    clock = SystemClock()
    reader = TOSExcelReader(options.file, options.sheet, options.range, source=options.source, clock=clock)
    with com_apartment():
        if reader.kind == "excel":
            try:
                load_xlwings()
            except WorkbookError as problem:
                say(Trouble("excel", problem.message, problem.remedy, fatal=True))
                return 1
        ExcelChild(reader, options.interval, clock, say, wait, quotes=options.quotes).run()
    return 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options of one run. Raises SystemExit."""
    parser = argparse.ArgumentParser(prog="live-monitor read-excel", description=__doc__, allow_abbrev=False)
    parser.add_argument("--file", required=True)
    parser.add_argument("--sheet", default="")
    parser.add_argument("--range", default="")
    parser.add_argument("--interval", type=float, default=1.0)
    parser.add_argument("--source", choices=("auto", "excel", "file"), default="auto")
    parser.add_argument("--quotes", action="store_true", help="also the documented dict of each row")
    options = parser.parse_args(argv)
    options.interval = min(max(options.interval, INTERVALS[0]), INTERVALS[1])
    return options


def _own_output() -> Callable[[Line], None]:
    """Writes lines to what is the standard output now; what libraries print goes to standard error from here on."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def say(line: Line) -> None:
        rest = memoryview(encode(line))
        try:
            while rest:
                rest = rest[output.write(rest) :]
        except OSError:  # nobody reads any more
            os._exit(0)

    return say


def _listen(orders: queue.SimpleQueue[Order]) -> None:
    """Thread `orders`: brings orders; ends the process with its input, also out of a call that hangs."""
    with contextlib.suppress(OSError):
        rest = b""
        while piece := os.read(0, 4096):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                with contextlib.suppress(msgspec.DecodeError):
                    orders.put(decode_order(line))
    # Not `sys.exit`: nothing may be waited for, and at its end xlwings would look after Excels that are not ours.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
