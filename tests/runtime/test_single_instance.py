"""One desktop per folder: the second start raises the first; frozen and killed owners; visitors who talk rubbish."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.runtime import single_instance
from live_monitor.runtime.single_instance import SingleInstance, socket_name

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and file modes are POSIX")
SLACK = 5


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.runtime.instance_subject", str(folder), *more],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_p5_a_first_one_that_is_still_starting_is_left_alone(tmp_path: Path, qtbot: QtBot) -> None:
    instance = SingleInstance(tmp_path / "run", tmp_path)
    assert instance.claim() == "first"
    said, seconds = claim_again(tmp_path / "run")
    instance.release()
    assert said == "starting"
    assert seconds < 1.0 * SLACK


@pytest.fixture
def first(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """An owner of `tmp_path / "run"` that is up and listening."""
    process = start(tmp_path / "run", "stays")
    assert [line_of(process), line_of(process)] == ["first", "listening"]
    yield process
    process.kill()
    process.communicate()


def claim_again(folder: Path) -> tuple[str, float]:
    started = time.perf_counter()
    second = start(folder)
    said = line_of(second)
    second.communicate()
    return said, time.perf_counter() - started


def test_p5_a_second_start_raises_the_first(tmp_path: Path, first: subprocess.Popen[str]) -> None:
    said, seconds = claim_again(tmp_path / "run")
    assert said == "raised"
    assert line_of(first) == "asked"
    assert seconds < 1.0 * SLACK


def test_p5_of_many_starts_at_once_exactly_one_is_first(tmp_path: Path) -> None:
    starts = [start(tmp_path / "run", "stays") for _ in range(12)]
    said = [line_of(process) for process in starts]
    for process in starts:
        process.kill()
        process.communicate()
    assert said.count("first") == 1
    assert set(said) <= {"first", "raised", "starting"}


def test_p6_a_frozen_owner_keeps_its_place_and_is_told_apart(tmp_path: Path, first: subprocess.Popen[str]) -> None:
    os.kill(first.pid, signal.SIGSTOP)
    said, seconds = claim_again(tmp_path / "run")
    os.kill(first.pid, signal.SIGCONT)
    assert said == "silent"
    assert seconds < 1.0 * SLACK


def test_p6_a_frozen_owner_can_be_ended(tmp_path: Path, first: subprocess.Popen[str], qtbot: QtBot) -> None:
    os.kill(first.pid, signal.SIGSTOP)
    instance = SingleInstance(tmp_path / "run", tmp_path)
    assert instance.claim() == "silent"
    instance.end_owner()
    assert first.wait(10) == -signal.SIGKILL
    assert instance.claim() == "first"
    instance.release()


def test_p6_the_place_of_a_killed_owner_is_free(tmp_path: Path, first: subprocess.Popen[str]) -> None:
    first.kill()
    first.wait()
    said, seconds = claim_again(tmp_path / "run")
    assert said == "first"
    assert seconds < 1.0 * SLACK


def hung_up(visitor: socket.socket) -> bool:
    """True once the other side has closed without a word."""
    try:
        return visitor.recv(10, socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_p7_rubbish_on_the_socket_has_no_effect(tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "run"
    instance = SingleInstance(folder, tmp_path)
    asked: list[bool] = []
    instance.raise_requested.connect(lambda: asked.append(True))
    assert instance.claim() == "first"
    instance.listen()
    chance = random.Random(7)
    good = b"live-monitor 1 raise\n"
    rubbish = [good[:-1] + b" ", good.upper(), good[1:], b"GET / HTTP/1.1\r\n\r\n", b"\n", b"x" * 100_000]
    rubbish += [chance.randbytes(chance.randrange(1, 60)) for _ in range(100)]
    for words in rubbish:
        with socket.socket(socket.AF_UNIX) as visitor:
            visitor.connect(str(socket_name(folder, tmp_path)))
            # More than the first one wants to read may not fit: it hangs up before.
            visitor.setblocking(False)
            with contextlib.suppress(BlockingIOError, ConnectionError):
                visitor.sendall(words)
            visitor.setblocking(True)
            visitor.shutdown(socket.SHUT_WR)
            qtbot.waitUntil(partial(hung_up, visitor))
    assert asked == []
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(str(socket_name(folder, tmp_path)))
        for byte in good:
            visitor.send(bytes([byte]))
        qtbot.waitUntil(lambda: asked == [True])
        assert visitor.recv(10) == b"ok\n"
    instance.release()


def test_p7_a_silent_visitor_is_shown_out(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "VISITOR_MS", 50)
    instance = SingleInstance(tmp_path / "run", tmp_path)
    assert instance.claim() == "first"
    instance.listen()
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(str(socket_name(tmp_path / "run", tmp_path)))
        qtbot.waitUntil(lambda: len(instance._visitors) == 1)
        qtbot.waitUntil(lambda: not instance._visitors)
        visitor.settimeout(5)
        assert visitor.recv(10) == b""
    instance.release()


def test_p7_visitors_are_bounded(tmp_path: Path, qtbot: QtBot) -> None:
    instance = SingleInstance(tmp_path / "run", tmp_path)
    assert instance.claim() == "first"
    instance.listen()
    visitors = [socket.socket(socket.AF_UNIX) for _ in range(single_instance.MAX_VISITORS + 5)]
    for visitor in visitors:
        visitor.setblocking(False)
        visitor.connect_ex(str(socket_name(tmp_path / "run", tmp_path)))
    qtbot.waitUntil(lambda: sum(map(hung_up, visitors)) == 5)
    assert len(instance._visitors) == single_instance.MAX_VISITORS
    for visitor in visitors:
        visitor.close()
    instance.release()


def test_only_the_owner_of_the_account_can_enter(tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    instance = SingleInstance(folder, tmp_path)
    assert instance.claim() == "first"
    instance.listen()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    instance.release()


def test_a_long_folder_gets_a_short_socket_of_its_own(tmp_path: Path) -> None:
    long_folders = [tmp_path / ("x" * 120) / name for name in ("a", "b")]
    names = [socket_name(folder, Path("/tmp")) for folder in long_folders]
    assert all(len(str(name)) < 100 for name in names)
    assert names[0] != names[1]


def test_p4_where_no_lock_can_be_had_the_program_runs_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert SingleInstance(tmp_path / "file" / "run", tmp_path).claim() == "unlocked"
