"""Turns what was chosen into a source of prices: a server of our own to connect to, or the feed of a vendor.

    simulated, replay    a child process, reached over the relay protocol
    relay                a server elsewhere, reached over the relay protocol
    polygon, schwab, …   a feed of the vendor's own, in this process, on the feed thread
    with a second one    both as feeds, of which one is heard

Keys are read when a source is opened, on a thread of their own: a key store may ask the person something first.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Final

from live_monitor.clock import Clock
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.errors import LiveMonitorError
from live_monitor.log import redact
from live_monitor.ports import AccountSource, FeedOutlet, MarketFeed, ReadingLock
from live_monitor.providers import registry
from live_monitor.runtime.daemon_work import in_daemon_thread
from live_monitor.runtime.feed_process import FeedProcess, start_feed
from live_monitor.runtime.options import DesktopOptions, choice_of, provider_of, second_of
from live_monitor.secrets import SecretStore, no_core_files
from live_monitor.settings import DataPaths, Provider, Settings, secrets_of

if TYPE_CHECKING:
    from live_monitor.data.excel_lock import OwnExcelLock

BuildFeed = Callable[[FeedOutlet], MarketFeed]
#: Makes a source ready; never raises for what is missing: the feed that it gives then says so.
Prepare = Callable[[], Awaitable[BuildFeed]]

#: What an account with a vendor gives that says nothing of a delay.
#: Names a Redis server through which the readers of Excel on several machines know of one another.
REDIS_URL: Final = "REDIS_URL"
_PLANS = {"polygon": "real time", "schwab": "real time, level 1", "tos_excel": "as in the workbook"}


class Sources:
    """Main thread. `secrets` is where all keys of this run are found and kept."""

    def __init__(
        self, paths: DataPaths, environ: Mapping[str, str], clock: Clock, secrets: SecretStore | None = None
    ) -> None:
        # Before there is a key in this process' memory.
        no_core_files()
        self.secrets = secrets or SecretStore(environ, paths.data)
        self.tools = registry.FeedTools(clock, SystemRandom(), environ, paths.data, self._open_excel_lock)
        self._opening = threading.Lock()
        self._excel_lock: OwnExcelLock | None = None
        self._paths, self._environ, self._clock = paths, environ, clock
        #: Called on a feed's own thread when something happened in an account at a broker.
        self.on_account_activity: Callable[[], None] = lambda: None

    def process(self, options: DesktopOptions, settings: Settings) -> FeedProcess | None:
        """Starts the child process behind a market of our own, and returns at once; None for all others.

        Raises StartError when the system refuses a process.
        """
        provider = provider_of(options, settings)
        return start_feed(provider, options, self._environ, self._paths.runtime, self._clock)

    def feed(self, options: DesktopOptions, settings: Settings) -> Prepare | None:
        """How the feed of what was chosen is made ready; None for a single server that is only connected to."""
        first = provider_of(options, settings)
        second = second_of(first, settings)
        if first in {"sim", "replay"} or (first == "relay" and not second):
            return None
        choices = [choice_of(first, options, settings)]
        if second:
            choices.append(choice_of(second, None, settings))
        return partial(self._prepare, choices)

    async def beside(self, provider: Provider, settings: Settings) -> BuildFeed:
        """What makes the feed of a provider that is only compared with what is shown."""
        from live_monitor.data.feed_watch import watched  # noqa: PLC0415 - loaded by whatever is shown

        choice = self.kept_choice(provider, settings)
        (build,) = await self._build_all([choice])
        plan = "" if choice.delayed else _PLANS.get(provider, "")
        return watched(build, self._clock, title=registry.entry(provider).title, role="beside", plan=plan)

    def accounts(self, choice: ProviderChoice) -> AccountSource:
        """The accounts at Schwab, for one loop. Raises FatalFeedError for an address without TLS."""
        return registry.schwab_account(choice, self.secrets, self.tools)[1]

    async def _prepare(self, choices: list[ProviderChoice]) -> BuildFeed:
        from live_monitor.data.fail_over import fail_over  # noqa: PLC0415 - a start on a simulated market needs none
        from live_monitor.data.feed_watch import watched  # noqa: PLC0415 - as above

        built = await self._build_all(choices)
        named = [(registry.entry(choice.provider).title, build) for choice, build in zip(choices, built, strict=True)]
        plans = ["" if choice.delayed else _PLANS.get(choice.provider, "") for choice in choices]
        if len(named) > 1:
            return fail_over(named, self._clock, plans=plans)
        ((title, build),) = named
        return watched(build, self._clock, title=title, plan=plans[0])

    async def _build_all(self, choices: list[ProviderChoice]) -> list[BuildFeed]:
        for choice in choices:
            for url in (choice.server_url, choice.rest_url):
                for secret in secrets_of(url):
                    redact.register(secret)
        # Importing what a vendor needs takes longer than reading its key, and both may wait.
        return await in_daemon_thread(lambda: [self.build(choice) for choice in choices], "keys of providers")

    def kept_choice(self, provider: Provider, settings: Settings) -> ProviderChoice:
        """How a provider was asked for the last time."""
        return choice_of(provider, None, settings)

    def build(self, choice: ProviderChoice) -> BuildFeed:
        """What makes the feed of one choice. Blocks for as long as the key store does."""
        if choice.provider == "relay":
            return partial(_relay, choice.server_url, self.tools)
        try:
            build = registry.build(choice, self.secrets, self.tools)
            return partial(self._with_activity, build) if choice.provider == "schwab" else build
        except LiveMonitorError as error:
            return partial(_refused, choice.provider, error, self._clock)

    def _open_excel_lock(self) -> Callable[[], ReadingLock]:
        """What makes one holder more of this process' lock. Any thread. Raises StoreError for a bad address."""
        from live_monitor.data.excel_lock import ExcelLock, OwnExcelLock  # noqa: PLC0415 - for thinkorswim only

        with self._opening:
            if self._excel_lock is None:
                client = None
                if url := self._environ.get(REDIS_URL, "").strip():
                    from live_monitor.data.redis_client import open_redis  # noqa: PLC0415 - as above

                    client = open_redis(url)
                token = f"{self.tools.random.getrandbits(128):032x}"
                lock = ExcelLock(self._paths.runtime, client, self._clock, token)
                self._excel_lock = OwnExcelLock(lock, client.close if client is not None else lambda: None)
            return self._excel_lock.holder

    def _with_activity(self, build: BuildFeed, outlet: FeedOutlet) -> MarketFeed:
        from live_monitor.providers.schwab import SchwabFeed  # noqa: PLC0415 - see the module

        feed = build(outlet)
        if isinstance(feed, SchwabFeed):
            # What the account does is asked for again, not read from the message.
            feed.on_account_activity = lambda _activity: self.on_account_activity()
        return feed


def _relay(url: str, tools: registry.FeedTools, outlet: FeedOutlet) -> MarketFeed:
    from live_monitor.data.relay_link import RelayLink  # noqa: PLC0415 - loads websockets

    return RelayLink(url, "live_monitor", outlet, clock=tools.clock, random=tools.random)


def _refused(provider: str, error: LiveMonitorError, clock: Clock, outlet: FeedOutlet) -> MarketFeed:
    from live_monitor.providers.refused import RefusedFeed  # noqa: PLC0415 - rarely needed

    return RefusedFeed(outlet, provider, error, clock)
