"""Two feeds that stand for one: when the first is gone for too long, the second takes over (faults F17). Qt-free.

Only the feed in use is heard. A take-over is told like a lost and a new connection to another source, so that whoever
listens begins its bars anew, asks the new one for history and records the gap; what the old one still says is dropped.
The first goes on trying in silence, wanting nothing, and comes back when the second is gone or when a person says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec

from live_monitor.clock import Clock
from live_monitor.data.fail_over_side import Build, Side
from live_monitor.data.feed_watch import unwatched
from live_monitor.data.models.status import LinkStatus
from live_monitor.ports import FeedOutlet
from live_monitor.wire.notices import ErrorNotice

_log = logging.getLogger(__name__)

#: A feed that is not live for so long is gone; shorter flaps are its own affair.
PATIENCE_S = 10.0


class FailOverFeed:
    """A `ports.MarketFeed` made of two. Everything happens on the loop that runs `run`.

    `choices`: how the two are called, and what makes each for an outlet; a feed that is let go is made anew when it is
    needed again. It is watched here, not by its maker; `plans`: what the accounts allow, in words (`ProviderStatus`).
    Which one is in use says `in_use`; `provider`, `capabilities` and `rejections` are that one's.
    """

    def __init__(
        self,
        choices: Sequence[tuple[str, Build]],
        outlet: FeedOutlet,
        clock: Clock,
        patience_s: float = PATIENCE_S,
        plans: Sequence[str] = ("", ""),
    ) -> None:
        (first_title, first), (second_title, second) = choices
        first_plan, second_plan = plans
        # Each of the two is watched by itself.
        self._outlet = unwatched(outlet)
        self._clock = clock
        self._patience_s = patience_s
        self._first = Side(first_title, "primary", first, self._outlet, clock, self._changed, first_plan)
        self._second = Side(second_title, "second", second, self._outlet, clock, self._changed, second_plan)
        self._used = self._first
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._wishes_first = False
        self._told_live = False
        self._over = asyncio.Event()
        self._looks: asyncio.TimerHandle | None = None
        self._aligning: set[asyncio.Task[None]] = set()
        self._know()

    @property
    def in_use(self) -> str:
        """What the feed is called whose prices are passed on."""
        return self._used.title

    # -- life ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Runs the first, and the second when it has to; returns when both have failed for good."""
        self._used.open()
        self._used.start()
        self._second.tell()
        self._look()
        try:
            await self._over.wait()
        finally:
            if self._looks is not None:
                self._looks.cancel()
            tasks = [*self._aligning, *self._first.let_go(), *self._second.let_go()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _changed(self, side: Side, status: LinkStatus) -> None:
        """A link's state, before it is known whether it matters to anybody."""
        if side is self._used and status.state != "failed":
            self._tell(status)
        self._look()

    def _tell(self, status: LinkStatus) -> None:
        self._told_live = status.connected
        self._outlet.put_status(status)

    def _look(self) -> None:
        """Who should be in use, as things stand. Also called when somebody's patience is over."""
        used, other = self._used, self._other(self._used)
        if used.failed and other.failed:
            self._give_up()
        elif used.failed:
            self._take_over(other, used.reason)
        elif self._wishes_first and other.live:
            self._take_over(other, "as was asked for.")
        elif used.live and not used.mute:
            if other is self._second:
                other.stop()
        elif not other.failed:
            self._bear(used, other)

    def _bear(self, used: Side, other: Side) -> None:
        """The one in use is not there at present."""
        left_s = self._patience_s - (self._clock.monotonic() - used.lost_at)
        # What is mute was waited for long enough by whoever asked for new connections.
        if left_s > 0 and not used.mute:
            self._look_in(left_s)
            return
        other.start()
        if other.live:
            self._take_over(other, used.reason)

    def _look_in(self, seconds: float) -> None:
        if self._looks is not None:
            self._looks.cancel()
        # Never at once: a clock that stands still must not make this a busy loop.
        self._looks = asyncio.get_running_loop().call_later(max(seconds, 0.01), self._look)

    def _take_over(self, side: Side, reason: str) -> None:
        """`side` is in use from now on; the listener sees the link go, and another source come."""
        before, self._used = self._used, side
        now = self._clock.monotonic()
        before.close()
        self._wishes_first = self._wishes_first and side is not self._first
        # What a server said begins with its name.
        text = f"{side.title} takes over from {before.title}: {reason.removeprefix(f'{before.title}: ')}"
        _log.warning(text)
        if self._told_live:
            self._tell(LinkStatus("connecting", now, 0, text, label=side.title))
        self._outlet.put_notice(ErrorNotice(text), now)
        side.start()
        side.lost_at = now
        self._know()
        side.open()
        if side.live:
            side.greet()
            # Here, it is live from now on: what the old one said before is no market any more.
            self._tell(msgspec.structs.replace(side.status, since=now))
        if before is self._second:
            before.stop()
        else:
            self._align(before)
        self._align(side)
        self._look()

    def _give_up(self) -> None:
        """Neither can ever come back by itself."""
        used, other = self._used, self._other(self._used)
        text = f"{used.title}: {used.reason} {other.title}: {other.reason}"
        status = msgspec.structs.replace(used.status, state="failed", message=text, remedy="", retry_in_s=0.0)
        self._tell(status)
        self._over.set()

    def _other(self, side: Side) -> Side:
        return self._second if side is self._first else self._first

    def _know(self) -> None:
        feed = self._used.feed
        self.provider, self.capabilities, self.rejections = feed.provider, feed.capabilities, feed.rejections

    def _align(self, side: Side) -> None:
        """Lets a side know what is wanted of it now, as soon as the loop comes to it."""
        task = asyncio.get_running_loop().create_task(self._want_of(side))
        self._aligning.add(task)
        task.add_done_callback(self._aligning.discard)

    async def _want_of(self, side: Side) -> None:
        # One after another, and each time what is wanted by then: an older wish never comes last.
        async with side.wanting:
            await side.feed.want(dict(self._wanted) if side is self._used else {})

    # -- what is asked --------------------------------------------------------------------------

    async def use_first(self) -> None:
        """A person wants the first back: at once when it is there, else as soon as it is; until then the second stays.

        A first that had failed for good is tried again.
        """
        self._wishes_first = self._used is not self._first
        if self._wishes_first and not self._over.is_set():
            self._first.start(again=True)
            self._look()

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """Makes `wanted` the desired subscriptions of whichever is in use, now and after a take-over."""
        self._wanted = dict(wanted)
        await self._want_of(self._used)

    async def resubscribe(self) -> None:
        """As of the one in use."""
        await self._used.feed.resubscribe()

    async def reconnect(self, reason: str) -> None:
        """As of the one in use. The first that still brings nothing when that is asked again counts as not live.

        Whether its silence means anything is the caller's to judge: it knows the market's hours and quiet symbols.
        """
        used = self._used
        if used is self._first:
            used.ask_anew()
            self._look()
        await used.feed.reconnect(reason)

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """As of the one in use; what it answers after a take-over is dropped."""
        await self._used.feed.request_history(symbol, timeframe, end_ms, limit, request_id)

    async def request_snapshot(self, symbols: list[str]) -> None:
        """As of the one in use."""
        await self._used.feed.request_snapshot(symbols)

    async def search_symbols(self, text: str, request_id: int) -> None:
        """As of the one in use."""
        await self._used.feed.search_symbols(text, request_id)


def fail_over(
    choices: Sequence[tuple[str, Build]],
    clock: Clock,
    patience_s: float = PATIENCE_S,
    plans: Sequence[str] = ("", ""),
) -> Callable[[FeedOutlet], FailOverFeed]:
    """What makes a `FailOverFeed` for an outlet."""
    return lambda outlet: FailOverFeed(choices, outlet, clock, patience_s, plans)
