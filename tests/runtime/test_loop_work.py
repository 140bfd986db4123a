"""Coroutines on a loop of their own: results, errors, a cancel that reaches them."""

from __future__ import annotations

import asyncio
import threading

import pytest

from live_monitor.errors import FeedError
from live_monitor.runtime.loop_work import in_own_loop


@pytest.mark.asyncio
async def test_a_result_comes_from_another_thread() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    assert await in_own_loop(work, "work") != threading.get_ident()


@pytest.mark.asyncio
async def test_an_error_is_raised_where_it_is_awaited() -> None:
    async def work() -> None:
        raise FeedError("no")

    with pytest.raises(FeedError, match="no"):
        await in_own_loop(work, "work")


@pytest.mark.asyncio
async def test_a_cancel_reaches_the_coroutine() -> None:
    started, ended = threading.Event(), threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(in_own_loop(work, "work"))
    while not started.is_set():
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 10)


@pytest.mark.asyncio
async def test_a_cancel_before_it_began_lets_it_never_begin() -> None:
    ran: list[int] = []

    async def work() -> None:
        ran.append(1)
        await asyncio.Event().wait()

    task = asyncio.create_task(in_own_loop(work, "early"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while any(thread.name == "early" for thread in threading.enumerate()):
        await asyncio.sleep(0.005)
