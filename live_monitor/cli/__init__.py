"""The `live-monitor` command: finds the module of the command asked for and imports only that.

Without a command the desktop opens. A command's module is imported when it runs, so that `feed` never loads Qt and the
desktop never loads the server.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

#: Command, its module below `live_monitor.cli`, and its line in the help text.
COMMANDS = (
    ("feed", "feed", "serve a simulated market or a recorded session to many clients"),
    ("watch", "watch", "print what one provider says, event by event"),
    ("import", "import_ticks", "turn a vendor's recorded ticks into a session file"),
    ("bars", "bars", "bars of a recorded session or of the store, as CSV or Excel"),
    ("paper", "paper", "play a recorded session to a paper account with a list of orders"),
    ("ledger", "ledger", "check, export, copy and put back the journal of paper trading"),
    ("backfill", "backfill", "fetch bars of the past and keep them in the store"),
    ("tos-workbook", "tos_workbook", "make a workbook of quotes for Excel and thinkorswim"),
    ("read-workbook", "read_workbook", "the cells of a saved workbook, as the desktop reads them"),
    ("poll-tos-excel", "poll_tos_excel", "print what changes in a workbook of quotes, and publish it through Redis"),
    ("read-excel", "read_excel", "the same for programs; how the desktop reads Excel in a process of its own"),
    ("doctor", "doctor", "say what is installed, reachable and missing, with remedies"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 failed, 2 asked for something impossible."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--version"]:
        from live_monitor import __version__

        print(f"live-monitor {__version__}")
        return 0
    first = arguments[0] if arguments else ""
    for command, module, _ in COMMANDS:
        if first == command:
            return _run(command, module, arguments[1:])
    if first and not first.startswith("-"):
        known = ", ".join(command for command, _, _ in COMMANDS)
        print(
            f"live-monitor: there is no command “{first}” (there are: {known}; none opens the desktop)", file=sys.stderr
        )
        return 2
    from live_monitor.cli import desktop

    return desktop.run(arguments)


def _run(command: str, module: str, arguments: list[str]) -> int:
    """One command. Those that run for long end by Ctrl-C in their own way; here nobody is shown a traceback for it."""
    try:
        run: Callable[[list[str]], int] = import_module(f"live_monitor.cli.{module}").run
        code = run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        print(f"live-monitor {command}: stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        from live_monitor.cli.outputs import nobody_reads

        nobody_reads()
        return 0
    return code
