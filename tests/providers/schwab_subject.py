"""A Schwab feed and its questions at a fake far end, for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import NamedTuple

from live_monitor.clock import Clock, SystemClock
from live_monitor.net.stream_link import LinkTiming
from live_monitor.providers.schwab import SchwabFeed
from live_monitor.providers.schwab_door import DoorTiming, SchwabDoor
from live_monitor.providers.schwab_rest import SchwabTraderAPI
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.fakes.kept_outlet import KeptOutlet

QUICK = LinkTiming(ack_s=0.6, delay_scale=0.02)
IMPATIENT = DoorTiming(connect_s=1.0, read_s=1.0, whole_s=20.0)
TOKEN = "TESTTOKEN"


class GivenTokens:
    """Access tokens without a log-in: the first one, and another one for each renewal."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = [Secret(text) for text in tokens or (TOKEN,)]
        self.refused: list[Secret] = []
        self.notice = ""

    async def access(self) -> Secret:
        return self._tokens[0]

    async def renewed(self, refused: Secret) -> Secret:
        self.refused.append(refused)
        if len(self._tokens) > 1 and self._tokens[0] == refused:
            del self._tokens[0]
        return self._tokens[0]


class Outlet(KeptOutlet):
    """Also says of which symbols a quote has come."""

    def quoted(self) -> set[str]:
        return {item.symbol for item in self.items if type(item).__name__ == "Quote"}


class Subject(NamedTuple):
    """A feed that runs, and everything around it."""

    far: FarEnd
    feed: SchwabFeed
    outlet: Outlet
    tokens: GivenTokens
    task: asyncio.Task[None]

    async def streaming(self, *symbols: str) -> None:
        """Wants these and waits until level 1 of each has come, and its bars would."""
        await self.feed.want(dict.fromkeys(symbols, ("T", "Q", "AM")))
        bars = {f"CHART_EQUITY.{symbol.replace('.', '/')}" for symbol in symbols}
        await asyncio.to_thread(self.far.wait_until, lambda seen: bars <= set(seen["subscribed"]))
        await self.outlet.until(lambda: set(symbols) <= self.outlet.quoted())


def api_at(
    far: FarEnd, tokens: GivenTokens, clock: Clock | None = None, timing: DoorTiming | None = None
) -> SchwabTraderAPI:
    """Questions to the far end."""
    clock = clock or SystemClock()
    return SchwabTraderAPI(SchwabDoor(tokens, clock=clock, base_url=far.rest, timing=timing), clock)


@asynccontextmanager
async def running(
    far: FarEnd,
    tokens: GivenTokens | None = None,
    *,
    clock: Clock | None = None,
    silence_s: float = 60.0,
    prepare: Callable[[SchwabFeed], None] = lambda feed: None,
) -> AsyncIterator[Subject]:
    """A feed that runs until the block ends."""
    tokens = tokens or GivenTokens()
    clock = clock or SystemClock()
    outlet = Outlet()
    feed = SchwabFeed(
        outlet, tokens, api_at(far, tokens, clock), clock=clock, random=Random(1), timing=QUICK, silence_s=silence_s
    )
    prepare(feed)
    task = asyncio.create_task(feed.run())
    try:
        yield Subject(far, feed, outlet, tokens, task)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # An aborted transport closes its socket in the turn after.
        await asyncio.sleep(0)
