"""`live-monitor read-workbook FILE`: the cells of a saved workbook as a line of JSON.

This is how the desktop reads one: in a process that is held to little memory and little time.
"""

from __future__ import annotations

from live_monitor.providers.excel_file_child import main


def run(argv: list[str]) -> int:
    """0: the line holds the cells; 1: it says why there are none. Raises SystemExit(2) for a bad command line."""
    return main(argv)
