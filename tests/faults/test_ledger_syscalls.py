"""What a ledger asks of the system, call by call, by strace: flushed before it is acknowledged; killed at every one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from tests.architecture.conftest import CHECKOUT
from tests.fakes import ledger_story as story

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("strace") is None, reason="no strace here: the calls of a process are seen by it"),
]

#: Whatever changes a file, or its durability.
WRITES = "pwrite64,write,fdatasync,fsync,ftruncate,unlink,rename"
#: Buys, sells, cancels.
STEPS = 3


def traced(folder: Path, steps: int, *options: str, first: int = 0) -> subprocess.CompletedProcess[str]:
    log = folder.with_name(f"{folder.name}.strace")
    command = ["strace", "-f", "-y", "-o", str(log), *options, sys.executable, "-m", "tests.faults.ledger_steps"]
    return subprocess.run(
        [*command, str(folder), str(first), str(steps)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def calls(folder: Path) -> list[str]:
    return folder.with_name(f"{folder.name}.strace").read_text(errors="replace").splitlines()


def acknowledged(done: subprocess.CompletedProcess[str]) -> int:
    """Steps that were said to be durable; -1 without even the account."""
    said = [int(number) for number in re.findall(r"^ack (-?\d+)$", done.stdout, re.MULTILINE)]
    return max(said, default=-2) + 1


def test_l6_every_acknowledgement_comes_after_the_log_was_flushed_and_the_head_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    done = traced(folder, 200, "-e", f"trace={WRITES}")
    assert acknowledged(done) == 200, done.stderr
    flushes = heads = 0
    dirty = False
    for call in calls(folder):
        if "pwrite64" in call and f"{FILE_NAME}-wal" in call:
            dirty = True
        elif "fdatasync" in call and f"{FILE_NAME}-wal" in call:
            flushes, dirty = flushes + 1, False
        elif "pwrite64" in call and "ledger.head" in call:
            assert not dirty, "the head was written before the log was flushed"
            heads += 1
        elif '"ack' in call:
            assert flushes >= 1
            assert heads >= 1
            assert not dirty
            flushes = heads = 0


def test_l2_killed_at_every_call_that_writes_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Of the process's two threads each counts its own calls, so that both are killed at each of theirs."""
    kills = number = 0
    while True:
        number += 1
        folder = tmp_path / str(number) / "paper"
        folder.parent.mkdir()
        done = traced(folder, STEPS, "-e", f"trace={WRITES}", "-e", f"inject={WRITES}:signal=SIGKILL:when={number}")
        if done.returncode == 0:
            break
        kills += 1
        promised = acknowledged(done)
        with closing(Ledger(folder / FILE_NAME)) as ledger:
            rows = story.kept_rows(folder / FILE_NAME)
            assert rows or promised < 0, f"call {number}: the account is lost"
            steps = story.whole_steps(rows) if rows else 0
            assert steps >= promised, f"call {number}: {promised} steps were acknowledged, {steps} are there"
            if rows:
                state = ledger.states()[story.ACCOUNT]
                assert (state.cash, int(state.quantity("AAPL"))) == story.truth(steps)
        shutil.rmtree(folder.parent)
    assert kills > 60


@pytest.mark.parametrize("when", ["5", "8", "11"])
def test_l5_a_flush_that_fails_halts_trading_for_good_and_nothing_is_written_after_it(
    tmp_path: Path, when: str
) -> None:
    folder = tmp_path / "paper"
    Ledger(folder / FILE_NAME).close()
    inject = f"inject=fdatasync:error=EIO:when={when}"
    done = traced(folder, 12, "-e", f"trace={WRITES}", "-e", inject)
    assert "Traceback" not in done.stderr
    assert "condition halted" in done.stdout
    lines = done.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("refused"))
    assert "disk reports an error" in lines[first]
    # Only one call failed; what came after it would have been taken, and is not.
    assert all(line.startswith("refused") for line in lines[first:-1])
    found = calls(folder)
    failed = next(number for number, call in enumerate(found) if "EIO" in call)
    later = [call for call in found[failed + 1 :] if "pwrite64" in call and ("-wal" in call or "ledger.head" in call)]
    assert later == []
    promised = acknowledged(done)
    with closing(Ledger(folder / FILE_NAME)) as ledger:
        assert story.whole_steps(story.kept_rows(folder / FILE_NAME)) >= promised
        assert ledger.end.seq


@pytest.mark.parametrize("when", [3, 6, 10, 15, 25])
def test_l5_a_read_that_fails_halts_trading_and_loses_nothing(tmp_path: Path, when: int) -> None:
    """From some read on the disk gives nothing any more: at the start, while it is checked, or in the middle."""
    folder = tmp_path / "paper"
    story.a_ledger(folder, 40).close()
    before = story.kept_rows(folder / FILE_NAME)
    inject = f"inject=pread64:error=EIO:when={when}+"
    only = ["-P", str(folder / FILE_NAME), "-P", str(folder / f"{FILE_NAME}-wal")]
    done = traced(folder, 5, *only, "-e", "trace=pread64", "-e", inject, first=40)
    assert "Traceback" not in done.stderr
    assert "EIO" in "\n".join(calls(folder))
    assert "condition halted" in done.stdout
    assert acknowledged(done) == -1
    refused = [line for line in done.stdout.splitlines() if line.startswith("refused")]
    assert all("the disk reports an error" in line or "the disk cannot read it" in line for line in refused)
    with closing(Ledger(folder / FILE_NAME)):
        assert story.kept_rows(folder / FILE_NAME)[: len(before)] == before
