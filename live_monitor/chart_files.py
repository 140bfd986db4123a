"""What leaves the chart as a file or comes from one: picture, bars with indicators, drawings. Main thread."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from live_monitor.atomic_file import read_bounded, write_atomically
from live_monitor.desktop import Desktop
from live_monitor.runtime.daemon_work import in_daemon_thread

if TYPE_CHECKING:
    from live_monitor.data.bar_export import Beside
    from live_monitor.engine.market.bar_columns import BarColumns
    from live_monitor.engine.market.bar_series import BarSeries
    from live_monitor.engine.signals.study import Study
    from live_monitor.ui.export_dialogs import FileKind

#: Files that a person asked for are like any other of that person: the umask decides who may read them.
_MODE: Final = 0o666
_UNFIT: Final = re.compile(r"[^A-Za-z0-9.-]+")
#: From so many bars on it is said that they are being written: a workbook of them takes about half a minute.
_MANY: Final = 100_000
#: Largest file of drawings that is read.
MAX_DRAWINGS_BYTES: Final = 64 * 2**20


class ChartFiles:
    """Asks where, writes whole files or none, and says what came of it. Nothing is raised."""

    def __init__(self, desktop: Desktop, home: Path) -> None:
        """`home` is proposed first; later the folder that was chosen last."""
        self._desktop = desktop
        self._folder = home

    def export_picture(self) -> None:
        """Asks where to write the chart as it looks now."""
        from live_monitor.ui.export_dialogs import PICTURE  # noqa: PLC0415 - rarely needed
        from live_monitor.ui.pictures import png_bytes  # noqa: PLC0415 - rarely needed

        if self._desktop.chart is None:
            return
        # Taken now: what the person saw, and not what will be there when a name has been found for it.
        try:
            picture = png_bytes(self._desktop.chart.chart.image())
        except ValueError as problem:
            self._desktop.tell(f"{problem}.")
            return
        self._ask(PICTURE, lambda path: self._write(path, picture, "The picture of the chart"))

    def copy_picture(self) -> None:
        """Puts the chart as it looks now on the clipboard."""
        from live_monitor.ui.pictures import copy_picture  # noqa: PLC0415 - rarely needed

        if self._desktop.chart is not None:
            copy_picture(self._desktop.chart.chart.image())

    def export_bars(self, series: BarSeries | None, studies: Sequence[Study]) -> None:
        """Asks where to write the loaded bars as they are now, with one column for each line of the `studies`."""
        from live_monitor.ui.export_dialogs import TABLE  # noqa: PLC0415 - rarely needed

        if series is None or not len(series):
            self._desktop.tell("There are no bars to export yet.")
            return
        # Copies, as a mask gives them: the series goes on.
        columns = series.columns().rows(series.start_ms >= 0)
        beside = values_of(studies, columns.length)
        about = {"symbol": series.symbol, "bars of": self._desktop.timeframe.name}

        def write(path: Path) -> None:
            self._desktop.spawn(self._write_bars(path, columns, beside, about), "export of bars")

        self._ask(TABLE, write)

    def export_drawings(self, raw: bytes) -> None:
        """Asks where to write drawings."""
        from live_monitor.ui.export_dialogs import DRAWINGS_OUT  # noqa: PLC0415 - rarely needed

        self._ask(DRAWINGS_OUT, lambda path: self._write(path, raw, "Drawings"))

    def import_drawings(self, take: Callable[[bytes], object]) -> None:
        """Asks which drawings to read, and gives the bytes of the file to `take`."""
        from live_monitor.ui.export_dialogs import DRAWINGS_IN, ask_which  # noqa: PLC0415 - rarely needed

        def read(chosen: str) -> None:
            path = Path(chosen)
            self._folder = path.parent
            try:
                raw = read_bounded(path.resolve(), MAX_DRAWINGS_BYTES)
            except (OSError, ValueError) as problem:
                self._desktop.tell(f"{path.name} cannot be read: {_reason(problem)}.")
                return
            take(raw)

        ask_which(self._desktop.window, DRAWINGS_IN, self._folder, read)

    def _ask(self, kind: FileKind, write: Callable[[Path], None]) -> None:
        from live_monitor.ui.export_dialogs import ask_where  # noqa: PLC0415 - rarely needed

        def chosen(name: str) -> None:
            path = Path(name)
            self._folder = path.parent
            write(path)

        ask_where(self._desktop.window, kind, self._folder / f"{self._name()}.{kind.ending}", chosen)

    def _name(self) -> str:
        """`AAPL-5m`, fit for every file system."""
        session = self._desktop.session
        symbol = (session.manager.hub.focus if session is not None else None) or self._desktop.settings.symbol
        return f"{_UNFIT.sub('_', symbol)}-{self._desktop.timeframe.name}"

    def _write(self, path: Path, data: bytes, what: str) -> None:
        try:
            write_atomically(path, data, mode=_MODE)
        except OSError as problem:
            self._desktop.tell(f"{path.name} cannot be written: {_reason(problem)}.")
        else:
            self._desktop.tell(f"{what} {'are' if what.endswith('s') else 'is'} in {path}.")

    async def _write_bars(self, path: Path, columns: BarColumns, beside: Beside, about: dict[str, str]) -> None:
        if columns.length >= _MANY:
            self._desktop.tell(f"{columns.length:,} bars are being written to {path.name}; that takes a while.")
        try:
            await in_daemon_thread(lambda: write_table(path, columns, beside, about), "export of bars")
        # openpyxl raises ValueError for what a workbook cannot hold.
        except (OSError, ValueError) as problem:
            self._desktop.tell(f"{path.name} cannot be written: {_reason(problem)}.")
        else:
            self._desktop.tell(f"{columns.length:,} bars are in {path}.")


def write_table(path: Path, columns: BarColumns, beside: Beside, about: dict[str, str]) -> None:
    """Writes a workbook where `path` ends in `.xlsx`, else CSV. The file appears when it is whole. Raises OSError."""
    from live_monitor.data.bar_export import write_csv, write_xlsx  # noqa: PLC0415 - loads numpy
    from live_monitor.engine.market.sessions import NEW_YORK  # noqa: PLC0415 - belongs to the line above

    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if path.suffix.lower() == ".xlsx":
            write_xlsx(fresh, [columns], NEW_YORK, about, beside)
        else:
            with fresh.open("w", encoding="utf-8", newline="") as stream:
                write_csv(stream, columns, beside=beside)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def values_of(studies: Sequence[Study], count: int) -> Beside:
    """Every line of the studies that are shown, by a name of its own, as long as `count` bars."""
    import numpy as np  # noqa: PLC0415 - after the first paint

    found: dict[str, Any] = {}
    for study in studies:
        if not study.choice.shown:
            continue
        outputs = study.kind.outputs
        for output, line in zip(outputs, study.lines(), strict=True):
            known = line[:count]
            if len(outputs) > 1 and not np.isfinite(known).any():
                # Bands that are switched off.
                continue
            values = np.full(count, np.nan)
            values[: len(known)] = np.where(np.isfinite(known), known, np.nan)
            name = study.label if len(outputs) == 1 else f"{study.label} {output.label}"
            found[_free(name, found)] = values
    return found


def _free(name: str, taken: dict[str, Any]) -> str:
    """`name`, or `name (2)` where there is one already."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _reason(problem: OSError | ValueError) -> str:
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
