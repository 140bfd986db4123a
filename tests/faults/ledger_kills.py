"""Kills a process that writes a ledger, again and again, and looks each time at what is left.

    python -m tests.faults.ledger_kills FOLDER ROUNDS SEED

Each round forks a writer, which says of every step that it is acknowledged, kills it (SIGKILL) at a random moment, and
compares the file with the story: everything acknowledged is there, no step is there in part or twice, cash and shares
are the truth. The file goes on into the next round as it was left. Prints a line of JSON; raises at the first fault.
"""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import sys
import threading
import time
import traceback
from contextlib import closing
from functools import partial
from pathlib import Path

from live_monitor.clock import SystemClock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from tests.fakes import ledger_story as story

#: A fresh file after so many rounds: what is compared stays small.
ROUNDS_A_FILE = 20
#: Steps that are on their way at a time, so that commits come in groups.
_AHEAD = 12
_ACK = struct.Struct("<I")


def write_for_ever(path: Path, step: int, kept: bool, ack: int) -> None:
    """The writer's life; `kept`: the account stands already."""
    rang = threading.Event()
    ledger = LedgerThread(partial(Ledger, path), SystemClock())
    ledger.wake = rang.set
    if not kept:
        assert ledger.wait(ledger.append([story.opened()]), 20.0) == ""
    waiting = 0

    def done(number: int, reason: str) -> None:
        nonlocal waiting
        assert reason == ""
        waiting -= 1
        os.write(ack, _ACK.pack(number))

    while True:
        while waiting < _AHEAD:
            waiting += 1
            ledger.append(story.entries(step), partial(done, step))
            step += 1
        rang.wait(1.0)
        rang.clear()
        ledger.take()


def killed_writer(rng: random.Random, path: Path, step: int, kept: bool) -> list[int]:
    """Forks a writer, kills it at a random moment, and gives the steps that it has acknowledged."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read_end)
            write_for_ever(path, step, kept, write_end)
        finally:
            # Only reached by an error; what this process inherited is the other's to clean up.
            traceback.print_exc()
            os._exit(3)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as acks:
        # Also before the first one: while the file is made, or opened.
        said = acks.read(_ACK.size * rng.choice((0, 1, 2, 5, 20, 100)))
        until = time.perf_counter() + rng.random() ** 3 * 0.02
        while time.perf_counter() < until:
            pass
        os.kill(child, signal.SIGKILL)
        said += acks.read()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError("the writer ended by itself")
    return [step for (step,) in _ACK.iter_unpack(said)]


def look(path: Path, acknowledged: int) -> int:
    """How many steps the file holds; -1 without even an account. Raises AssertionError for whatever is wrong."""
    with closing(Ledger(path)) as ledger:
        rows = story.kept_rows(path)
        if not rows:
            assert not acknowledged, "the file is empty"
            return -1
        steps = story.whole_steps(rows)
        assert steps >= acknowledged, f"{acknowledged - steps} acknowledged steps are lost"
        state = ledger.states()[story.ACCOUNT]
        assert (state.cash, int(state.quantity("AAPL"))) == story.truth(steps), "another cash than the truth"
        with ledger.checking() as check:
            while check.step():
                pass
    return steps


def main(folder: Path, rounds: int, seed: int) -> int:
    rng = random.Random(seed)
    acknowledged = unsaid = steps = 0
    kept = False
    for number in range(rounds):
        path = folder / str(number // ROUNDS_A_FILE) / FILE_NAME
        if number % ROUNDS_A_FILE == 0:
            steps, kept = 0, False
        said = killed_writer(rng, path, steps, kept)
        acknowledged += len(said)
        promised = max(said, default=steps - 1) + 1
        found = look(path, promised)
        kept = found >= 0
        steps = max(found, 0)
        unsaid += steps - promised
    print(json.dumps({"rounds": rounds, "acknowledged": acknowledged, "kept_unsaid": unsaid}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
