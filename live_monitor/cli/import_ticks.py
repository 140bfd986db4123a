"""`live-monitor import iqfeed FILE… --symbol S -o OUT.lmsession`: recorded ticks become a session file."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from live_monitor import __version__
from live_monitor.atomic_file import write_atomically
from live_monitor.errors import ImportFileError
from live_monitor.limits import Rejections, valid_symbol
from live_monitor.providers.iqfeed_import import Merged, TickFile, merge, new_york, read_ticks, write_session
from live_monitor.providers.iqfeed_ticks import IqfeedTicks

#: Readable for everybody whom the user's umask allows, as any file that a command was told to write.
_FILE_MODE = 0o666


def run(argv: list[str]) -> int:
    """Imports and prints what was found. 0 done, 1 the files cannot be used; raises SystemExit(2) for a bad command."""
    options = _parse(argv)
    try:
        print(_import_iqfeed(options.files, options.symbol, options.output))
    except ImportFileError as error:
        print(f"live-monitor import: {error}", file=sys.stderr)
        return 1
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="live-monitor import", description="Turns a vendor's recorded ticks into a session file for replay."
    )
    vendors = parser.add_subparsers(metavar="VENDOR", required=True)
    iqfeed = vendors.add_parser("iqfeed", help="tick rows of IQFeed, .csv or .csv.gz (answers to HTT, HTD or HTX)")
    iqfeed.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files of one symbol, in any order")
    iqfeed.add_argument("--symbol", required=True, type=_symbol, help="the symbol, which the files do not name")
    iqfeed.add_argument("-o", "--output", required=True, type=Path, metavar="OUT.lmsession", help="file to write")
    iqfeed.add_argument("--force", action="store_true", help="replace OUT.lmsession when it exists")
    options = parser.parse_args(argv)
    if options.output.exists():
        if any(file.exists() and file.samefile(options.output) for file in options.files):
            parser.error(f"{options.output} is one of the files to read")
        if not options.force:
            parser.error(f"{options.output} exists already (--force replaces it)")
    return options


def _symbol(text: str) -> str:
    symbol = text.strip().upper()
    if not valid_symbol(symbol):
        raise argparse.ArgumentTypeError(f"{text!r} is no symbol (letters, digits and . ^ / _ = - only, at most 32)")
    return symbol


def _import_iqfeed(files: list[Path], symbol: str, output: Path) -> str:
    """Reads, orders and writes; returns the report. Raises ImportFileError."""
    rejections = Rejections()
    parts = [_read(file, IqfeedTicks(symbol, rejections)) for file in files]
    merged = merge(parts)
    session = io.BytesIO()
    write_session(session, merged.rows, symbol, f"live-monitor {__version__}")
    try:
        write_atomically(output, session.getvalue(), mode=_FILE_MODE)
    except OSError as error:
        raise ImportFileError(
            f"{output} cannot be written: {error.strerror or error}.", "Choose another place, or make room on the disk."
        ) from error
    return _report(output, symbol, parts, merged, rejections)


def _read(file: Path, ticks: IqfeedTicks) -> TickFile:
    try:
        with file.open("rb") as stream:
            return read_ticks(stream, file.name, ticks)
    except OSError as error:
        raise ImportFileError(f"{file} cannot be read: {error.strerror or error}.", "Check the path.") from error


def _report(output: Path, symbol: str, parts: list[TickFile], merged: Merged, rejections: Rejections) -> str:
    rows = merged.rows
    lines = [
        f"{output}: {symbol}, {len(rows):,} rows, {merged.trades:,} trades",
        f"  first {new_york(rows[0].time_ns):%Y-%m-%d %H:%M:%S} New York",
        f"  last  {new_york(rows[-1].time_ns):%Y-%m-%d %H:%M:%S} New York",
    ]
    marks = len(rows) - merged.trades
    if marks:
        lines.append(f"  {marks:,} rows without a print: marks of an official open or close, or a field refused below")
    if merged.duplicates:
        lines.append(f"  left out: {merged.duplicates:,} rows that came twice")
    lines += [f"  rejected: {count:,} × {reason}" for reason, count in rejections.by_reason.most_common()]
    lines += [f"  note: {part.notice}" for part in parts if part.notice]
    if merged.volume_steps_back:
        lines.append(
            f"  note: the day's volume falls at {merged.volume_steps_back:,} rows: are all files of the same symbol?"
        )
    return "\n".join(lines)
