"""A `PolygonFeed` against the fake server in its own process, with what it brings kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

from live_monitor.clock import SystemClock
from live_monitor.net.stream_link import LinkTiming
from live_monitor.providers.polygon import PolygonFeed
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.fakes.kept_outlet import KeptOutlet

QUICK = LinkTiming(open_s=5.0, ping_s=0.2, pong_s=0.3, ack_s=0.6, delay_scale=0.01)
PATIENT = QUICK._replace(ack_s=5.0, ping_s=5.0, pong_s=5.0)
ALL = ("T", "Q", "A", "AM")


class KeptAnswers:
    """`polygon.Answers` that keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.followed: list[str] = []
        self.closed = False

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        self.asked.append(("history", symbol, timeframe, end_ms, limit, request_id))

    async def request_snapshot(self, symbols: Sequence[str]) -> None:
        self.asked.append(("snapshot", *symbols))

    async def search_symbols(self, text: str, request_id: int) -> None:
        self.asked.append(("search", text, request_id))

    def heal(self, symbols: Iterable[str], from_ms: int, to_ms: int) -> None:
        self.asked.append(("heal", tuple(symbols), from_ms, to_ms))

    def follow(self, wanted: Iterable[str]) -> None:
        self.followed = list(wanted)

    def close(self) -> None:
        self.closed = True

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        """What was asked of one kind."""
        return [each[1:] for each in self.asked if each[0] == kind]


class Session:
    """One feed while it runs."""

    def __init__(self, far: FarEnd, feed: PolygonFeed, outlet: KeptOutlet, task: asyncio.Task[None]) -> None:
        self.far = far
        self.feed = feed
        self.outlet = outlet
        self.task = task

    async def do(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Has the far end do something, off the loop."""
        return await asyncio.to_thread(self.far.do, what, **arguments)

    async def seen(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What the far end saw once `condition` holds of it."""
        return await asyncio.to_thread(self.far.wait_until, condition)

    async def live(self, times: int = 1) -> None:
        """Waits for the n-th time that the link was live."""
        await self.outlet.until(lambda: self.outlet.states.count("live") >= times)


@asynccontextmanager
async def session(
    far: FarEnd,
    *symbols: str,
    key: str = "TESTKEY",
    timing: LinkTiming = PATIENT,
    delayed: bool = False,
    answers: KeptAnswers | None = None,
    channels: tuple[str, ...] = ALL,
) -> AsyncIterator[Session]:
    """A feed that wants `symbols`, running; cancelled at the end."""
    outlet = KeptOutlet()
    feed = PolygonFeed(
        outlet,
        Secret(key),
        clock=SystemClock(),
        random=Random(1),
        server_url=far.ws,
        delayed=delayed,
        answers=answers,
        timing=timing,
    )
    await feed.want(dict.fromkeys(symbols, channels))
    task = asyncio.create_task(feed.run())
    try:
        yield Session(far, feed, outlet, task)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # An aborted transport closes its socket in the turn after.
        await asyncio.sleep(0)
