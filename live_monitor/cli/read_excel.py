"""`live-monitor read-excel`: the process that reads a workbook for the desktop and for `poll-tos-excel`.

Lines of JSON (`providers/excel_lines.py`) on standard output; it ends with its standard input.
"""

from __future__ import annotations

from live_monitor.providers.excel_child import main


def run(argv: list[str]) -> int:
    """Until the standard input ends; 1 when there is no Excel. Raises SystemExit(2) for a bad command line."""
    return main(argv)
