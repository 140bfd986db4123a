"""A ledger that is written step by step by a process of its own, for those who watch its system calls.

    python -m tests.faults.ledger_steps FOLDER FIRST STEPS

Begins with the account where FIRST is 0. Prints `ack N` after each durable step (-1: the account), `refused TEXT`
for one that is not, and at the end how the ledger stands.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from live_monitor.clock import SystemClock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from tests.fakes import ledger_story as story


def say(text: str) -> None:
    """One system call a line."""
    os.write(1, f"{text}\n".encode())


def main(folder: Path, first: int, steps: int) -> None:
    thread = LedgerThread(partial(Ledger, folder / FILE_NAME), SystemClock())
    for step in range(first or -1, first + steps):
        refused = thread.wait(thread.append(story.entries(step) if step >= 0 else [story.opened()]), 30.0)
        say(f"refused {refused}" if refused else f"ack {step}")
    say(f"condition {thread.condition.kind}")
    thread.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
