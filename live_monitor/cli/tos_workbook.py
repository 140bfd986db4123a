"""`live-monitor tos-workbook --symbols AAPL,MSFT -o FILE`: a workbook that Excel keeps up to date from thinkorswim."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.cli.outputs import replaced
from live_monitor.errors import LiveMonitorError

_EPILOG = """\
Symbols are written as thinkorswim has them: AAPL, BRK/B, /ES:XCME, $DJT, .SPY261218C600. A well-known future gets its
exchange by itself. Open the file in Excel on Windows, beside thinkorswim; `live-monitor poll-tos-excel` reads it.
"""


def run(argv: list[str]) -> int:
    """Writes the workbook. 0 done, 2 it cannot be done as asked. Raises SystemExit(2) for a bad command line."""
    options = parse(argv)
    from live_monitor.providers.tos_workbook import tos_symbols, tos_workbook

    try:
        named = re.split(r"[\s,;]+", " ".join(options.symbols).strip())
        symbols = tos_symbols([symbol for symbol in named if symbol])
        made = tos_workbook(symbols)
        with replaced(options.output) as fresh:
            fresh.write_bytes(made)
    except LiveMonitorError as error:
        print(f"live-monitor tos-workbook: {error}", file=sys.stderr)
        return 2
    print(f"{options.output}: {len(symbols)} {'symbol' if len(symbols) == 1 else 'symbols'}")
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run. Raises SystemExit: 0 after --help, 2 with one line for what cannot be done."""
    parser = OneLineParser(prog="live-monitor tos-workbook", description=__doc__, epilog=_EPILOG, allow_abbrev=False)
    parser.add_argument(
        "--symbols", required=True, nargs="+", metavar="S,…", help="a row for each, with commas or spaces between"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE", help="the .xlsx file to write")
    parser.add_argument("--force", action="store_true", help="replace FILE when it exists")
    options = parser.parse_args(argv)
    if options.output.suffix.lower() != ".xlsx":
        parser.error("the name of the workbook has to end in .xlsx")
    if options.output.exists() and not options.force:
        # It may be a sheet that somebody has worked on.
        parser.error(f"{options.output} exists already (--force replaces it)")
    return options
