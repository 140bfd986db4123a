"""`live-monitor ledger verify|export|backup|restore`: the journal of paper trading, checked, as tables, copied."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.cli.outputs import STANDARD_OUTPUT, nobody_reads, replaced, text_output
from live_monitor.cli.progress import ProgressLine
from live_monitor.cli.remarks import remarks
from live_monitor.clock import SystemClock
from live_monitor.errors import LedgerError, LiveMonitorError
from live_monitor.settings import data_paths

_HELP = {
    "verify": "check every entry, and fold the accounts anew from the first one",
    "export": "orders, fills or the journal as CSV or as an Excel workbook",
    "backup": "make a checked copy",
    "restore": "put a backup back; what was there is moved aside",
}
_EPILOG = """\
All but restore may be used while the desktop runs. docs/ledger.md says how to check a ledger with other tools.
"""


def run(argv: list[str]) -> int:
    """0 done and sound, 1 the ledger is damaged or cannot be read or written, 2 it cannot be done as asked.

    Raises SystemExit(2) for a bad command line.
    """
    options = parse(argv)
    try:
        with remarks("live-monitor ledger"):
            path = options.ledger or _own_ledger(options.data_dir)
            _COMMANDS[options.command](path, options)
    except LiveMonitorError as error:
        print(f"live-monitor ledger: {error}", file=sys.stderr)
        return 1 if isinstance(error, LedgerError) else 2
    except BrokenPipeError:
        nobody_reads()
    except KeyboardInterrupt:
        # What was there is never lost: it stands in its place still, or in the folder aside.
        left = "do it again to finish" if options.command == "restore" else "no file was changed"
        print(f"live-monitor ledger: stopped; {left}", file=sys.stderr)
        return 1
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run. Raises SystemExit: 0 after --help, 2 with one line for what cannot be done."""
    parser = OneLineParser(prog="live-monitor ledger", description=__doc__, epilog=_EPILOG, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    verify, export, backup, restore = (
        commands.add_parser(name, help=words, description=words, allow_abbrev=False) for name, words in _HELP.items()
    )
    for command in (verify, export, backup, restore):
        command.add_argument("--ledger", type=Path, metavar="FILE", help="ledger.sqlite3 (default: the desktop's own)")
        command.add_argument("--data-dir", type=Path, metavar="D", help="folder of the settings and the ledger")
    verify.add_argument("--json", action="store_true", help="the result as a line of JSON")
    export.add_argument("--table", choices=("orders", "fills", "journal"), help="which one (CSV: orders; Excel: all)")
    export.add_argument("--account", metavar="ID", help="of this account alone")
    export.add_argument("--csv", metavar="OUT", help="file to write; - is the standard output (default)")
    export.add_argument("--xlsx", metavar="OUT", help="Excel workbook to write, a sheet for each table")
    backup.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where to (default: beside the daily ones)")
    restore.add_argument("file", type=Path, metavar="FILE", help="the backup to put back")
    options = parser.parse_args(argv)
    if options.command == "export" and options.xlsx == STANDARD_OUTPUT:
        parser.error("a workbook needs a file: --xlsx OUT.xlsx")
    return options


def _own_ledger(data_dir: Path | None) -> Path:
    from live_monitor.data.stores.ledger_store import FILE_NAME

    return data_paths(data_dir, os.environ, Path(tempfile.gettempdir())).paper / FILE_NAME


def _look_for(path: Path) -> None:
    """Raises LedgerRefused where there is no ledger."""
    from live_monitor.data.stores.ledger_errors import LedgerRefused

    if not path.exists():
        raise LedgerRefused(f"There is no ledger {path}.", "The desktop makes it with the first paper account.")


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One moment of the ledger. Raises LedgerError."""
    from live_monitor.data.stores.ledger_errors import damaged, in_words
    from live_monitor.data.stores.ledger_file import connect, version_of

    _look_for(path)
    try:
        with closing(connect(path, 2.0)) as connection:
            if version_of(connection, path) == 0:
                raise damaged(path, "it is empty")
            connection.execute("BEGIN")
            yield connection
    except UnicodeDecodeError as problem:
        raise damaged(path, "a name in it is no text") from problem
    except sqlite3.Error as problem:
        raise in_words(path, problem) from problem


# -- verify ------------------------------------------------------------------------------------


def _verify(path: Path, options: argparse.Namespace) -> None:
    from live_monitor.data.stores.ledger_checks import FullCheck
    from live_monitor.data.stores.ledger_head import head_path, read_head

    # First the head, then the entries: these may be more by then, never fewer.
    head = read_head(head_path(path))
    line = ProgressLine(sys.stderr)
    with _reading(path) as connection:
        check = FullCheck(connection, path, head, refold=True)
        try:
            while check.step():
                line.paint("checking", check.checked / max(check.total, 1), f"{check.checked:,} of {check.total:,}")
        finally:
            line.clear()
    accounts = {
        name: {"cash": format(state.cash, "f"), "open_orders": len(state.orders)}
        for name, state in check.states.items()
    }
    if options.json:
        found = {"ledger": str(path), "entries": check.end.seq, "digest": check.end.hex_digest, "accounts": accounts}
        print(json.dumps(found))
        return
    print(f"{path}: sound. {check.end.seq:,} entries, digest {check.end.hex_digest}")
    for name, facts in accounts.items():
        print(f"  {name}: cash {facts['cash']} USD, {facts['open_orders']} open orders")


# -- export ------------------------------------------------------------------------------------


def _export(path: Path, options: argparse.Namespace) -> None:
    from live_monitor.data.ledger_export import write_csv, write_xlsx
    from live_monitor.data.ledger_tables import TABLES

    for target in (options.csv, options.xlsx):
        _check_output(path, target)
    with _reading(path) as connection:
        if options.csv is not None or options.xlsx is None:
            table = TABLES[options.table or "orders"]
            with text_output(options.csv or STANDARD_OUTPUT) as stream:
                write_csv(stream, table.columns, table.rows(connection, options.account))
        if options.xlsx is not None:
            chosen = {options.table: TABLES[options.table]} if options.table else TABLES
            sheets = {name: (table.columns, table.rows(connection, options.account)) for name, table in chosen.items()}
            about = {"ledger": path.name, "account": options.account or "all", "times are of": "UTC"}
            with replaced(Path(options.xlsx)) as fresh:
                write_xlsx(fresh, sheets, about)


def _check_output(path: Path, target: str | None) -> None:
    """Raises LedgerRefused for an output that would take the place of the ledger itself, or of what lies beside it."""
    from live_monitor.data.stores.ledger_errors import LedgerRefused
    from live_monitor.data.stores.ledger_head import head_path

    own = [path, head_path(path), *(path.with_name(path.name + side) for side in ("-wal", "-shm"))]
    if target not in (None, STANDARD_OUTPUT) and Path(str(target)).resolve() in [file.resolve() for file in own]:
        raise LedgerRefused(f"{target} belongs to the ledger.", "Choose another name for the tables.")


# -- backup, restore ---------------------------------------------------------------------------


def _stamp() -> str:
    return datetime.fromtimestamp(SystemClock().wall_ms() // 1_000, UTC).strftime("%Y%m%dT%H%M%SZ")


def _backup(path: Path, options: argparse.Namespace) -> None:
    from live_monitor.data.stores.ledger_backup import FOLDER, copy_ledger

    _look_for(path)
    target = options.file or path.parent / FOLDER / f"ledger-{_stamp()}.sqlite3"
    end = copy_ledger(path, target)
    print(f"{target}: {end.seq:,} entries, checked, digest {end.hex_digest}")


def _restore(path: Path, options: argparse.Namespace) -> None:
    from live_monitor.data.stores.ledger_backup import restore

    aside = path.parent / f"aside-{_stamp()}"
    end = restore(path, options.file, aside)
    print(f"{path}: {end.seq:,} entries of {options.file}, digest {end.hex_digest}")
    print(f"What was there is in {aside}")


_COMMANDS = {"verify": _verify, "export": _export, "backup": _backup, "restore": _restore}
