"""One source of prices while it is in use: its feed process, if it has one, and the manager connected to it.

Another source (the menu File) means another session: nothing of the old market survives in the new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from live_monitor.clock import Clock
from live_monitor.data.models.status import LinkState, LinkStatus
from live_monitor.data.polygon_data_manager import PolygonDataManager
from live_monitor.data.store_thread import StoreThread
from live_monitor.errors import StartError
from live_monitor.log import redact
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.runtime.daemon_work import in_daemon_thread
from live_monitor.runtime.feed_process import FeedProcess
from live_monitor.settings import secrets_of

#: So many of a feed's own symbols are watched when it has none of the person's.
MAX_OFFERED_WATCHED = 12


class MarketSession:
    """Main thread. `run` connects and stays until it is cancelled; `close` ends everything at once."""

    def __init__(
        self,
        feed: FeedProcess | None,
        server_url: str,
        clock: Clock,
        store: StoreThread | None = None,
        *,
        prepare: Callable[[], Awaitable[Callable[[FeedOutlet], MarketFeed]]] | None = None,
    ) -> None:
        """`prepare` gives what makes the feed of a vendor, in place of a server to connect to; it may take its time."""
        self.feed = feed
        self._clock = clock
        self._prepare = prepare
        self._build: Callable[[FeedOutlet], MarketFeed] | None = None
        for secret in secrets_of(server_url):
            redact.register(secret)
        self.manager = PolygonDataManager(
            server_url, clock=clock, store=store, feed=None if prepare is None else self._make_feed
        )
        #: What the watchlist shows: the person's symbols, or what the feed has where it has none of them.
        self.watched: list[str] = []

    def follow(self, focus: str, watchlist: Sequence[str]) -> None:
        """Subscribes what the screen shows, before or after connecting."""
        self.manager.change_symbol(focus)
        for symbol in watchlist:
            self.watch(symbol)

    def watch(self, symbol: str) -> None:
        """Adds a symbol to what the watchlist shows."""
        if symbol not in self.watched:
            self.watched.append(symbol)
            self.manager.hub.acquire(symbol, "watchlist")

    def unwatch(self, symbol: str) -> None:
        """Takes a symbol out of what the watchlist shows."""
        if symbol in self.watched:
            self.watched.remove(symbol)
            self.manager.hub.release(symbol, "watchlist")

    def adapt(self, offered: Sequence[str], *, keep_focus: bool) -> bool:
        """A feed with symbols of its own (a recorded session): shows those. True when the watchlist changed.

        `keep_focus`: the symbol was asked for by name, and stays in focus even if the feed does not have it.
        """
        if not offered:
            return False
        before = list(self.watched)
        for symbol in [symbol for symbol in self.watched if symbol not in offered]:
            self.unwatch(symbol)
        if not self.watched:
            for symbol in offered[:MAX_OFFERED_WATCHED]:
                self.watch(symbol)
        if self.manager.hub.focus not in offered and not keep_focus:
            self.manager.change_symbol(offered[0])
        return self.watched != before

    async def run(self, on_trouble: Callable[[str], None]) -> None:
        """Connects as soon as the feed serves, then watches over the feed; `on_trouble` gets lines for people."""
        if self._prepare is not None:
            self._tell("connecting", "Keys are being read.")
            self._build = await self._prepare()
        if self.feed is None:
            self.manager.connect()
            return
        try:
            port = await self.feed.port()
        except StartError as problem:
            on_trouble(str(problem))
            return
        self.manager.client.server_url = f"ws://127.0.0.1:{port}/ws/{{client_id}}"
        self.manager.connect()
        await self.feed.watch(on_trouble)

    def _make_feed(self, outlet: FeedOutlet) -> MarketFeed:
        assert self._build is not None, "connected before it was prepared"
        return self._build(outlet)

    def _tell(self, state: LinkState, message: str) -> None:
        """What is to be known of the link before there is one."""
        self.manager.hub.take([LinkStatus(state, self._clock.monotonic(), 0, message)])
        self.manager.hub_updated.emit()

    def close(self) -> None:
        """Disconnects and ends the feed process. Blocks for at most a second; safe to call again."""
        self.manager.disconnect()
        if self.feed is not None:
            self.feed.stop()

    async def closed(self) -> None:
        """Like `close`, for a program that goes on: nothing blocks, and the old manager's queued events are let
        through before it goes.
        """
        self.manager.disconnect()
        if self.feed is not None:
            await in_daemon_thread(self.feed.stop, "end of a feed")
        await asyncio.sleep(0)
        self.manager.deleteLater()
