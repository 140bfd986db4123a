"""`live-monitor import VENDOR FILE… -o OUT.lmsession`: a vendor's recorded ticks become a session file."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from live_monitor import __version__
from live_monitor.atomic_file import write_atomically
from live_monitor.cli.remarks import remarks
from live_monitor.errors import ImportFileError
from live_monitor.limits import Rejections, valid_symbol
from live_monitor.providers import iqfeed_import, lean_import
from live_monitor.providers.iqfeed_import import Merged, TickFile
from live_monitor.providers.iqfeed_ticks import IqfeedTicks
from live_monitor.providers.lean_import import LeanFile, Written

#: Readable for everybody whom the user's umask allows, as any file that a command was told to write.
_FILE_MODE = 0o666
_IMPORTER = f"live-monitor {__version__}"
_WHAT_NEXT = """\
then:
  live-monitor --replay OUT.lmsession   play it
  live-monitor bars OUT.lmsession       take its bars out
"""


def run(argv: list[str]) -> int:
    """Imports and prints what was found. 0 done, 1 the files cannot be used, or Ctrl-C.

    Raises SystemExit(2) for a bad command line.
    """
    options = _parse(argv)
    make: Callable[[argparse.Namespace, IO[bytes]], str] = options.make
    session = io.BytesIO()
    try:
        with remarks("live-monitor import", reported=("live_monitor.limits",)):
            report = make(options, session)
            _write(options.output, session)
    except ImportFileError as error:
        print(f"live-monitor import: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("live-monitor import: stopped; nothing was written", file=sys.stderr)
        return 1
    print(f"{options.output}: {report}")
    return 0


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="live-monitor import", description="Turns a vendor's recorded ticks into a session file for replay."
    )
    vendors = parser.add_subparsers(metavar="VENDOR", required=True)
    iqfeed = vendors.add_parser(
        "iqfeed",
        help="tick rows of IQFeed, .csv or .csv.gz (answers to HTT, HTD or HTX)",
        description="Turns IQFeed's ticks of one symbol into a session: each print with the bid\n"
        "and ask that stood, at its own time. Rows that came twice are left out.",
        epilog=_WHAT_NEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    iqfeed.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files of one symbol, in any order")
    iqfeed.add_argument("--symbol", required=True, type=_symbol, help="the symbol, which the files do not name")
    iqfeed.set_defaults(make=_import_iqfeed)
    lean = vendors.add_parser(
        "lean",
        help="tick files of Lean (QuantConnect), .zip: trades, quotes or both",
        description="Turns Lean's trades and quotes into a session: prints and the national best bid\n"
        "and ask, at their own times. Suspicious prints count for the volume only.",
        epilog=_WHAT_NEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    lean.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="such as tick/ibm/20131007_trade.zip; any symbols and days"
    )
    lean.set_defaults(make=_import_lean)
    for vendor in (iqfeed, lean):
        vendor.add_argument("-o", "--output", required=True, type=Path, metavar="OUT.lmsession", help="file to write")
        vendor.add_argument("--force", action="store_true", help="replace OUT.lmsession when it exists")
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


def _write(output: Path, session: io.BytesIO) -> None:
    try:
        write_atomically(output, session.getvalue(), mode=_FILE_MODE)
    except OSError as error:
        raise ImportFileError(
            f"{output} cannot be written: {error.strerror or error}.", "Choose another place, or make room on the disk."
        ) from error


def _import_iqfeed(options: argparse.Namespace, session: IO[bytes]) -> str:
    """Reads, orders and writes; returns the report. Raises ImportFileError."""
    symbol = options.symbol
    rejections = Rejections()
    parts = [_read_iqfeed(file, IqfeedTicks(symbol, rejections)) for file in options.files]
    merged = iqfeed_import.merge(parts)
    iqfeed_import.write_session(session, merged.rows, symbol, _IMPORTER)
    return _report_iqfeed(symbol, parts, merged, rejections)


def _read_iqfeed(file: Path, ticks: IqfeedTicks) -> TickFile:
    try:
        with file.open("rb") as stream:
            return iqfeed_import.read_ticks(stream, file.name, ticks)
    except OSError as error:
        raise ImportFileError(f"{file} cannot be read: {error.strerror or error}.", "Check the path.") from error


def _report_iqfeed(symbol: str, parts: list[TickFile], merged: Merged, rejections: Rejections) -> str:
    rows = merged.rows
    lines = [
        f"{symbol}, {len(rows):,} rows, {merged.trades:,} trades",
        f"  first {iqfeed_import.new_york(rows[0].time_ns):%Y-%m-%d %H:%M:%S} New York",
        f"  last  {iqfeed_import.new_york(rows[-1].time_ns):%Y-%m-%d %H:%M:%S} New York",
    ]
    marks = len(rows) - merged.trades
    if marks:
        lines.append(f"  {marks:,} rows without a print: marks of an official open or close, or a field refused below")
    if merged.duplicates:
        lines.append(f"  left out: {merged.duplicates:,} rows that came twice")
    lines += _rejected(rejections)
    lines += [f"  note: {part.notice}" for part in parts if part.notice]
    if merged.volume_steps_back:
        lines.append(
            f"  note: the day's volume falls at {merged.volume_steps_back:,} rows: are all files of the same symbol?"
        )
    return "\n".join(lines)


def _rejected(rejections: Rejections) -> list[str]:
    return [f"  rejected: {count:,} × {reason}" for reason, count in rejections.by_reason.most_common()]


def _import_lean(options: argparse.Namespace, session: IO[bytes]) -> str:
    """Reads, merges and writes; returns the report. Raises ImportFileError."""
    rejections = Rejections()
    files = [LeanFile(path, rejections) for path in options.files]
    written = lean_import.write_session(session, files, _IMPORTER)
    return _report_lean(files, written, rejections)


def _report_lean(files: list[LeanFile], written: Written, rejections: Rejections) -> str:
    prints = [file for file in files if file.contents.kind == lean_import.TRADE]
    quotes = [file for file in files if file.contents.kind == lean_import.QUOTE]
    lines = [
        f"{', '.join(written.symbols)}, {sum(file.rows for file in files):,} rows, "
        f"{sum(file.rows for file in prints):,} trades",
        f"  first {lean_import.new_york(written.first_ns):%Y-%m-%d %H:%M:%S} New York",
        f"  last  {lean_import.new_york(written.last_ns):%Y-%m-%d %H:%M:%S} New York",
    ]
    if suspicious := sum(file.suspicious for file in prints):
        lines.append(f"  suspicious: {suspicious:,} trades, which count for the volume only")
    if suspicious := sum(file.suspicious for file in quotes):
        lines.append(f"  suspicious: {suspicious:,} quote rows, which change nothing")
    lines += _rejected(rejections)
    lines += [
        f"  note: {file.path.name}: {file.late:,} rows are earlier than those before them, and are played late"
        for file in files
        if file.late
    ]
    return "\n".join(lines)
