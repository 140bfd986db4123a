"""The lock of Excel within one process: its own feeds share it, and other processes still do not get it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.excel_lock import ExcelLock, OwnExcelLock, release_excel_lock
from live_monitor.data.redis_client import open_redis
from tests.fakes.redis_server import RedisServer


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


def another(folder: Path) -> ExcelLock:
    """The lock as another process has it: of its own file description."""
    return ExcelLock(folder, None, ManualClock(), "another")


def test_r8_feeds_of_one_process_share_the_lock_and_the_last_one_gives_it_back(tmp_path: Path) -> None:
    closed: list[str] = []
    own = OwnExcelLock(ExcelLock(tmp_path, None, ManualClock(), "me"), lambda: closed.append("closed"))
    first, second = own.holder(), own.holder()
    assert not first.held
    assert not second.renew()
    assert first.acquire()
    assert second.acquire()
    assert second.acquire(), "twice is once"
    first.release()
    first.release()
    assert (first.held, second.held, closed) == (False, True, [])
    assert second.renew()
    assert not another(tmp_path).acquire()
    second.release()
    assert closed == ["closed"]
    other = another(tmp_path)
    assert other.acquire()
    assert not first.acquire()
    other.release()
    assert first.acquire()
    first.release()


def test_r8_a_hold_that_ran_out_is_lost_to_all_that_shared_it_and_can_be_taken_anew(
    server: RedisServer, tmp_path: Path
) -> None:
    client, clock = open_redis(server.url), ManualClock()
    own = OwnExcelLock(ExcelLock(tmp_path, client, clock, "me", 10.0), client.close)
    first, second = own.holder(), own.holder()
    assert first.acquire()
    assert second.acquire()
    clock.advance(10.0)
    assert not first.held
    assert release_excel_lock(client, "me"), "as the server does it"
    assert first.acquire(), "the file was still ours, and no hindrance"
    assert (first.held, second.held, second.renew()) == (True, False, False)
    second.release()
    assert first.held, "an old hold ends nothing"
    assert second.acquire()
    for holder in (first, second):
        holder.release()
    client.close()
