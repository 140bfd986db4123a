"""A ledger that is written step by step by a process of its own, for those who watch its system calls.

    python -m tests.faults.ledger_steps FOLDER STEPS

Prints `ack N` after each step that is durable, `refused TEXT` for one that is not, and at the end `cash N`.
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


def main(folder: Path, steps: int) -> None:
    thread = LedgerThread(partial(Ledger, folder / FILE_NAME), SystemClock())
    refused = thread.wait(thread.append([story.opened()]), 30.0)
    say(f"refused {refused}" if refused else "ack -1")
    for step in range(steps):
        refused = thread.wait(thread.append(story.entries(step)), 30.0)
        say(f"refused {refused}" if refused else f"ack {step}")
    say(f"condition {thread.condition.kind}")
    thread.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
