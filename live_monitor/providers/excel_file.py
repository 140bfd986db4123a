"""A workbook as it was saved last, read in a process of its own that may take little memory and little time.

    read_saved ── Popen ──► live-monitor read-workbook: looks the file over (workbook_check), then python-calamine
         ◄── one line of JSON: cells, or why not ──┘ at most 512 MB and 10 s, where the system can hold it to that

The file is only ever opened there, once: what was looked over is what is parsed. No formula is reckoned, and nothing
is followed that the file links to; a cell is what Excel had in it when it saved.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_process import child_environment

#: Seconds that one reading may take, the start of the process among them.
READ_S: Final = 10.0
#: Of the line with the cells; more than that is no sheet of quotes.
MAX_ANSWER_BYTES: Final = 16 * 2**20
_CUT: Final = "Save the sheet of quotes as a workbook of its own."

Block = list[list[object]]


class Moment(Struct, frozen=True, tag_field="is", tag="moment"):
    """A date, a time or both in a cell, as ISO text."""

    kind: str
    text: str


class Cells(Struct, frozen=True, tag_field="type", tag="cells"):
    """The answer when all is well. None is an empty cell."""

    sheet: str
    rows: list[list[float | str | bool | Moment | None]]


class Failure(Struct, frozen=True, tag_field="type", tag="failure"):
    """The answer when it is not, as in `WorkbookError`."""

    message: str
    remedy: str = ""


_answers = msgspec.json.Decoder(Cells | Failure)


def reader_command(frozen: bool, executable: str) -> list[str]:
    """How this very program reads a saved workbook in another process."""
    return [executable, "read-workbook"] if frozen else [executable, "-m", "live_monitor", "read-workbook"]


def read_saved(
    path: str,
    sheet: str = "",
    cells: str = "",
    *,
    command: Sequence[str] | None = None,
    environ: Mapping[str, str] | None = None,
    within_s: float = READ_S,
) -> Block:
    """The cells of a range of a saved workbook, row by row, as xlwings gives them: None for an empty cell.

    `sheet` empty: the first one with the headings of a quote sheet. `cells`: `A1:M200`, or empty for all that is used;
    rows beyond 5,000 below the headings are left out. Blocks for up to `within_s`: not for a loop. `command` and
    `environ` are this program's own. Raises WorkbookError, one line and a remedy.
    """
    name = Path(path).name
    start = command or reader_command(bool(getattr(sys, "frozen", False)), sys.executable)
    arguments = [*start, f"--sheet={sheet}", f"--range={cells}", "--", os.path.abspath(path)]
    answer, code = _said(arguments, os.environ if environ is None else environ, within_s, name)
    if code is None:
        raise WorkbookError(f"{name} took longer than {within_s:g} s to read, so that was ended.", _CUT)
    if len(answer) > MAX_ANSWER_BYTES:
        raise WorkbookError(f"{name} holds too much text.", _CUT)
    try:
        said = _answers.decode(answer)
    except msgspec.DecodeError as problem:
        # Ended by its limits, or by the library, which ends the process where memory is refused.
        raise WorkbookError(
            f"{name} could not be read: it needs more memory or time than quotes do, or is damaged (code {code}).", _CUT
        ) from problem
    if isinstance(said, Failure):
        raise WorkbookError(said.message, said.remedy)
    return [[_cell(cell) for cell in row] for row in said.rows]


def _said(arguments: Sequence[str], environ: Mapping[str, str], within_s: float, name: str) -> tuple[bytes, int | None]:
    """What the process says, a little over the limit at the most, and how it ended; None when it had to be killed."""
    try:
        child = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_environment(environ),
            creationflags=_windows_flags(),
        )
    except OSError as problem:
        raise WorkbookError(
            f"{name} could not be read: no process could be started ({problem.strerror or problem}).", "Try again."
        ) from problem
    late = threading.Event()

    def end() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(within_s, end)
    timer.start()
    try:
        with child:
            assert child.stdout is not None, "started with a pipe"
            answer = child.stdout.read(MAX_ANSWER_BYTES + 1)
            if len(answer) > MAX_ANSWER_BYTES:
                child.kill()
        return answer, None if late.is_set() else child.returncode
    finally:
        child.kill()
        timer.cancel()
        timer.join()


def _windows_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0


def _cell(cell: object) -> object:
    if not isinstance(cell, Moment):
        return cell
    try:
        return _MOMENTS[cell.kind](cell.text)
    except (KeyError, ValueError):
        return cell.text


_MOMENTS: Final[dict[str, Callable[[str], object]]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "duration": lambda text: timedelta(seconds=float(text)),
}
