"""What the person asks of a second source of prices: one to be compared with what the window shows. Main thread.

The second source has a connection and a feed thread of its own, and brings the symbol in focus only. Nothing of it
reaches the hub but how it is doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from live_monitor.data.inbox import Item, SubscriptionProblem
from live_monitor.data.models.providers import ProviderStatus
from live_monitor.data.models.status import LinkStatus
from live_monitor.desktop import Desktop
from live_monitor.engine.market.sessions import hms
from live_monitor.providers import registry
from live_monitor.runtime.options import provider_of, second_of
from live_monitor.settings import Provider
from live_monitor.ui.provider_names import provider_name
from live_monitor.ui.quarrel_panel import QuarrelView

if TYPE_CHECKING:
    # Both load websockets, which would keep the first window waiting.
    from live_monitor.data.quarrel_run import QuarrelRun
    from live_monitor.data.websocket_client import PolygonWebSocketClient
    from live_monitor.runtime.market_session import MarketSession
    from live_monitor.sources import Sources

_CHANNELS: Final = ("T", "Q")


class QuarrelDesk:
    """At most one source beside the one that is shown; none is taken up again at the next start."""

    def __init__(self, desktop: Desktop, sources: Sources) -> None:
        self._desktop, self._sources = desktop, sources
        self._panel = desktop.window.quarrel
        self._provider = ""
        self._run: QuarrelRun | None = None
        self._client: PolygonWebSocketClient | None = None
        #: Names the present choice, so that what was being made ready for another one is let go.
        self._turn = 0
        self._trouble = ""
        desktop.last_deeds.append(self.stop)

    @property
    def provider(self) -> str:
        """The source beside; empty for none."""
        return self._provider

    @property
    def client(self) -> PolygonWebSocketClient | None:
        """Its connection, once there is one."""
        return self._client

    # -- whom to compare with -----------------------------------------------------------------

    def offer(self) -> None:
        """Says in the panel who can stand beside the source that is shown, and why others cannot."""
        barred = self._barred()
        offered = [(entry.id, entry.title) for entry in registry.ENTRIES if entry.stands_in and entry.id not in barred]
        self._panel.offer(offered, self._provider, " ".join(barred.values()))

    def _barred(self) -> dict[str, str]:
        """Providers that could stand beside and cannot now, with the reason."""
        options, settings = self._desktop.options, self._desktop.settings
        shown = provider_of(options, settings)
        second = second_of(shown, settings)
        barred: dict[str, str] = {}
        if registry.entry(shown).stands_in:
            barred[shown] = f"{registry.entry(shown).title} is what the window shows: it has nothing to differ from."
        if second and registry.entry(second).credentials:
            title = registry.entry(second).title
            barred[second] = f"{title} stands by to take over, and an account may be connected once only."
        return barred

    def compare(self, provider: str) -> None:
        """Compares with this provider from now on; with none for an empty name."""
        self.stop()
        session = self._desktop.session
        if provider and session is not None and provider not in self._barred():
            from live_monitor.data.quarrel_run import QuarrelRun  # noqa: PLC0415 - rarely needed

            self._provider = provider
            self._run = QuarrelRun(session.manager.hub.focus or "", self._desktop.clock)
            self._hear_shown(session)
            self._desktop.spawn(self._connect(cast("Provider", provider), self._turn), "second source of a comparison")
        self.offer()
        self._desktop.window.pacer.request()

    async def _connect(self, provider: Provider, turn: int) -> None:
        from live_monitor.data.websocket_client import PolygonWebSocketClient  # noqa: PLC0415 - rarely needed

        self._hear_beside([LinkStatus("connecting", self._desktop.clock.monotonic())])
        feed = await self._sources.beside(provider, self._desktop.settings)
        if turn != self._turn:
            return
        client = self._client = PolygonWebSocketClient(clock=self._desktop.clock, feed=feed)
        client.set_consumer(self._hear_beside)
        self._ask()
        client.connect_to_server()

    def stop(self) -> None:
        """Compares no longer: its connection and its thread end (within 100 ms)."""
        self._turn += 1
        client, self._client = self._client, None
        provider, self._provider, self._run, self._trouble = self._provider, "", None, ""
        session = self._desktop.session
        if session is not None and provider:
            session.manager.listener = None
            session.manager.hub.providers.pop((provider, "beside"), None)
        if client is not None:
            client.set_consumer(None)
            client.disconnect_from_server()
            client.deleteLater()

    # -- what comes ---------------------------------------------------------------------------

    def follow(self, session: MarketSession) -> None:
        """Another session is shown: compared with it, unless it is the same source."""
        if self._provider in self._barred():
            self.stop()
        elif self._run is not None:
            self._run.begin(session.manager.hub.focus or "")
            self._hear_shown(session)
        self.offer()

    def follow_symbol(self, symbol: str) -> None:
        """Another symbol is in focus: its figures start anew, and the second source brings it."""
        if self._run is not None and symbol != self._run.symbol:
            self._run.begin(symbol)
            self._ask()

    def _ask(self) -> None:
        self._trouble = ""
        if self._client is not None and self._run is not None:
            self._client.want({self._run.symbol: _CHANNELS} if self._run.symbol else {})

    def _hear_shown(self, session: MarketSession) -> None:
        from live_monitor.data.quarrel_run import SHOWN  # noqa: PLC0415 - rarely needed

        run, hub = self._run, session.manager.hub
        assert run is not None
        run.speaks_for(SHOWN, hub.hello.provider)
        session.manager.listener = lambda items: run.take(SHOWN, items)

    def _hear_beside(self, items: Sequence[Item]) -> None:
        from live_monitor.data.quarrel_run import BESIDE  # noqa: PLC0415 - rarely needed

        run, session = self._run, self._desktop.session
        if run is None or session is None:
            return
        run.take(BESIDE, items)
        for item in items:
            if isinstance(item, ProviderStatus):
                session.manager.hub.providers[(self._provider, "beside")] = item
            elif isinstance(item, SubscriptionProblem):
                self._trouble = item.reason
        if self._panel.isVisible():
            self._desktop.window.pacer.request()

    # -- once per frame -----------------------------------------------------------------------

    def on_frame(self) -> None:
        """Brings the panel up to date while somebody looks."""
        panel, run, session = self._panel, self._run, self._desktop.session
        if not panel.isVisible():
            return
        clock = self._desktop.clock
        now = clock.monotonic()
        if run is None or session is None:
            panel.refresh(None, now, lambda _at: "")
            return
        from live_monitor.data.quarrel_run import BESIDE  # noqa: PLC0415 - rarely needed

        link = session.manager.hub.link
        wall_ms = clock.wall_ms()
        shown = provider_name(link.provider, link.label, link.state)
        view = QuarrelView(
            run.symbol,
            shown,
            registry.entry(self._provider).title,
            run.links[BESIDE],
            run.reading(),
            self._trouble,
        )
        panel.refresh(view, now, lambda at: hms(wall_ms - round((now - at) * 1_000)))
