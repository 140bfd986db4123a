"""A wish for the first provider holds once; patience is as long as it is said to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.fail_over import FailOverFeed
from live_monitor.data.inbox import Noted
from live_monitor.ports import FeedOutlet
from live_monitor.wire.notices import Hello
from tests.data.test_fail_over import Pair, ScriptedFeed
from tests.fakes.kept_outlet import KeptOutlet


@pytest.mark.asyncio
async def test_f17_a_wish_that_was_fulfilled_brings_the_first_back_no_second_time() -> None:
    pair = Pair()
    await pair.taken_over()
    pair.alpha.live()
    await pair.feed.use_first()
    await pair.step()
    assert pair.feed.in_use == "Alpha"
    pair.alpha.lost()
    await pair.wait(11)
    pair.beta.live()
    await pair.step()
    assert pair.feed.in_use == "Beta"
    pair.alpha.live()
    await pair.wait(60)
    assert pair.feed.in_use == "Beta", "a person decides, and has not"
    await pair.end()


@pytest.mark.asyncio
async def test_f17_the_second_is_asked_as_soon_as_patience_is_over_although_nothing_happens() -> None:
    clock = SystemClock()
    made: dict[str, ScriptedFeed] = {}

    def maker(provider: str) -> Callable[[FeedOutlet], ScriptedFeed]:
        return lambda outlet: made.setdefault(provider, ScriptedFeed(provider, outlet, clock))

    feed = FailOverFeed([("Alpha", maker("alpha")), ("Beta", maker("beta"))], KeptOutlet(), clock, 0.2)
    task = asyncio.create_task(feed.run())
    await asyncio.sleep(0)
    made["alpha"].live()
    made["alpha"].lost()
    lost_at = clock.monotonic()
    async with asyncio.timeout(20):
        while not made["beta"].runs:
            await asyncio.sleep(0.01)
    assert 0.2 <= clock.monotonic() - lost_at < 2.0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.asyncio
async def test_a_greeting_of_a_connection_that_is_gone_is_not_said_for_the_next_one() -> None:
    pair = Pair()
    await pair.taken_over()
    pair.alpha.live()
    pair.alpha.lost()
    pair.alpha.live(greets=False)
    pair.items()
    await pair.feed.use_first()
    await pair.step()
    notices = [item.notice for item in pair.items() if isinstance(item, Noted)]
    assert [notice.label for notice in notices if isinstance(notice, Hello)] == ["Alpha"]
    await pair.end()
