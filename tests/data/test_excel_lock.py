"""Who may read Excel: one at a time, and not for longer than ten seconds after its death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from redis import Redis

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data import channels
from live_monitor.data.excel_lock import TTL_S, ExcelLock, acquire_excel_lock, release_excel_lock, renew_excel_lock
from live_monitor.data.redis_client import open_redis
from tests.fakes.babbling_server import GARBAGE, BabblingServer
from tests.fakes.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from live_monitor.clock import SystemClock
from live_monitor.data.excel_lock import ExcelLock
from live_monitor.data.redis_client import open_redis
url, folder, ttl_s = sys.argv[1:]
lock = ExcelLock(Path(folder), open_redis(url) if url else None, SystemClock(), "holder", float(ttl_s))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture
def client(server: RedisServer) -> Iterator[Redis]:
    opened = open_redis(server.url)
    yield opened
    opened.close()


def holder(url: str, folder: Path, ttl_s: float) -> subprocess.Popen[bytes]:
    """A process that holds the lock until it is killed."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, str(folder), str(ttl_s)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"True"
    return child


def kill(child: subprocess.Popen[bytes]) -> None:
    with child:
        child.kill()


def test_r8_lock_of_a_killed_holder_is_free_within_its_time_to_live(
    server: RedisServer, client: Redis, tmp_path: Path
) -> None:
    child = holder(server.url, tmp_path / "one", 1.0)
    # Another folder: as on another machine, only the server says who holds it.
    lock = ExcelLock(tmp_path / "two", client, SystemClock(), "me", 1.0)
    assert not lock.acquire()
    killed = time.monotonic()
    kill(child)
    while not lock.acquire():
        assert time.monotonic() - killed < 5
        time.sleep(0.01)
    assert time.monotonic() - killed <= 1.1
    assert lock.shared


def test_r8_lock_lives_ten_seconds_at_most(client: Redis) -> None:
    assert acquire_excel_lock(client, "me")
    assert 9_000 < client.pttl(channels.EXCEL_LOCK) <= TTL_S * 1000 == 10_000


def never_two(server: RedisServer, folder: Path, tries: int) -> int:
    """Four holders contend, some die with the lock, some sleep over its end; how often one of them had it."""
    ttl_s = 0.03
    guard = threading.Lock()
    present: list[ExcelLock] = []
    taken = [0] * 4
    problems: list[str] = []

    def contend(number: int) -> None:
        random, connection = Random(number), open_redis(server.url)
        for attempt in range(tries // 4):
            lock = ExcelLock(
                folder / f"{number}-{attempt % 50}", connection, SystemClock(), f"{number}-{attempt}", ttl_s
            )
            if not lock.acquire():
                time.sleep(random.uniform(0, 0.002))
                continue
            with guard:
                problems.extend(f"{number} and another" for other in present if other.held)
                present[:] = [lock]
            taken[number] += 1
            fate = random.random()
            if fate < 0.6:
                lock.renew()
                with guard:
                    lock.release()
            elif fate < 0.7:
                time.sleep(ttl_s * random.uniform(0.8, 1.2))  # frozen; whether it still holds it is judged by `held`
            # else: it died, and the file of its lock is another one's
        connection.close()

    threads = [threading.Thread(target=contend, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    return sum(taken)


def test_r8_there_are_never_two_holders(server: RedisServer, tmp_path: Path) -> None:
    assert never_two(server, tmp_path, 1_000) >= 20


@pytest.mark.nightly
def test_r8_there_are_never_two_holders_in_ten_thousand_tries(server: RedisServer, tmp_path: Path) -> None:
    assert never_two(server, tmp_path, 10_000) >= 200


def test_only_who_holds_it_prolongs_or_frees_it(client: Redis) -> None:
    assert acquire_excel_lock(client, "me", 5.0)
    assert not renew_excel_lock(client, "other", 60.0)
    assert not release_excel_lock(client, "other")
    assert not acquire_excel_lock(client, "other")
    assert 0 < client.pttl(channels.EXCEL_LOCK) <= 5_000
    assert renew_excel_lock(client, "me", 60.0)
    assert client.pttl(channels.EXCEL_LOCK) > 50_000
    assert release_excel_lock(client, "me")
    assert acquire_excel_lock(client, "other")


def test_lock_that_another_one_has_taken_over_is_lost(client: Redis, tmp_path: Path) -> None:
    lock = ExcelLock(tmp_path, client, SystemClock(), "me")
    assert lock.acquire()
    assert lock.renew()
    client.set(channels.EXCEL_LOCK, "other")
    assert not lock.renew()
    assert not lock.held
    lock.release()
    assert client.get(channels.EXCEL_LOCK) == "other"
    # The file is free again: what stands in the way is the other one alone.
    third = ExcelLock(tmp_path, None, SystemClock(), "third")
    assert third.acquire()
    third.release()


def test_holder_that_slept_lets_go_before_the_server_does(client: Redis, tmp_path: Path) -> None:
    clock = ManualClock()
    lock = ExcelLock(tmp_path, client, clock, "me")
    assert lock.acquire()
    clock.advance(9.4)
    assert lock.held
    clock.advance(0.2)
    assert not lock.held


def test_lock_of_a_server_that_is_gone_ends_with_its_time(server: RedisServer, client: Redis, tmp_path: Path) -> None:
    clock = ManualClock()
    lock = ExcelLock(tmp_path, client, clock, "me")
    assert lock.acquire()
    server.stop()
    clock.advance(3.0)
    assert lock.renew(), "for a moment nothing is lost"
    clock.advance(7.0)
    assert not lock.renew()
    # On this machine it may go on alone, and shares it again once the server is back.
    assert lock.acquire()
    assert (lock.held, lock.shared) == (True, False)
    server.start()
    assert lock.renew()
    assert lock.shared
    assert client.get(channels.EXCEL_LOCK) == "me"
    lock.release()


def test_lock_without_a_server_gives_way_when_another_one_has_it_there(
    server: RedisServer, client: Redis, tmp_path: Path
) -> None:
    server.stop()
    lock = ExcelLock(tmp_path, client, SystemClock(), "me")
    assert lock.acquire()
    server.start()
    client.set(channels.EXCEL_LOCK, "other")
    assert not lock.renew()
    assert not lock.held


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes are frozen on POSIX only")
def test_frozen_server_holds_nobody_up(server: RedisServer, client: Redis, tmp_path: Path) -> None:
    lock = ExcelLock(tmp_path, client, SystemClock(), "me")
    client.ping()
    server.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert lock.acquire()
        assert not lock.shared
        assert time.monotonic() - began < 1.0
    finally:
        server.signal(signal.SIGCONT)


@pytest.mark.parametrize("name", GARBAGE)
def test_what_is_no_redis_raises_nothing_and_leaves_the_lock_of_the_file(tmp_path: Path, name: str) -> None:
    with BabblingServer(GARBAGE[name]) as server, open_redis(server.url) as client:
        lock = ExcelLock(tmp_path, client, SystemClock(), "me")
        other = ExcelLock(tmp_path, None, SystemClock(), "other")
        assert lock.acquire() == lock.held
        assert lock.renew() == lock.held
        assert other.acquire() is not lock.held
        lock.release()
        other.release()
        assert other.acquire()
        other.release()


def test_lock_of_the_file_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    child = holder("", tmp_path, TTL_S)
    lock = ExcelLock(tmp_path, None, SystemClock(), "me")
    try:
        assert not lock.acquire()
        assert not lock.held
    finally:
        kill(child)
    assert lock.acquire()
    lock.release()
    assert not lock.held
    assert os.listdir(tmp_path) == ["excel.lock"]
