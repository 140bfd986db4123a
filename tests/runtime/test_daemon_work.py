"""Work in a daemon thread."""

from __future__ import annotations

import asyncio
import threading

import pytest

from live_monitor.runtime.daemon_work import in_daemon_thread


@pytest.mark.asyncio
async def test_work_is_done_elsewhere_and_its_result_comes_back() -> None:
    thread = await in_daemon_thread(threading.current_thread, "far away")
    assert thread is not threading.current_thread()
    assert (thread.name, thread.daemon) == ("far away", True)


@pytest.mark.asyncio
async def test_what_it_raises_is_raised_here() -> None:
    def fail() -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        await in_daemon_thread(fail, "failing")


@pytest.mark.asyncio
async def test_whoever_waits_can_go_at_once_and_the_work_goes_on() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(10)
        done.set()

    task = asyncio.ensure_future(in_daemon_thread(work, "left behind"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not done.is_set()
    go.set()
    assert await asyncio.to_thread(done.wait, 10)


def test_a_loop_that_closed_meanwhile_is_no_harm() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(10)
        done.set()

    async def begin() -> None:
        task = asyncio.ensure_future(in_daemon_thread(work, "late"))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(begin())
    go.set()
    assert done.wait(10)
