"""What the person asks of providers: one slot a wish. Main thread.

Which one gives prices, which one takes over, looking for symbols; connecting one is `connect_desk`'s.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from live_monitor.connect_desk import ConnectDesk
from live_monitor.data.models.providers import SymbolHit
from live_monitor.desktop import Desktop
from live_monitor.providers import registry
from live_monitor.runtime.daemon_work import in_daemon_thread
from live_monitor.runtime.options import DesktopOptions, provider_of, second_of
from live_monitor.settings import Provider, SecondProvider, Settings, without_secrets
from live_monitor.ui.provider_view import ProvidersShown, lines_of

if TYPE_CHECKING:
    from live_monitor.runtime.market_session import MarketSession
    from live_monitor.sources import Sources


class ProviderDesk:
    """Where prices come from. `switch` replaces the market session by one for other options."""

    def __init__(self, desktop: Desktop, switch: Callable[[DesktopOptions], None], sources: Sources) -> None:
        self._desktop = desktop
        self._switch = switch
        self._sources = sources
        self.connect = ConnectDesk(desktop, sources, self)
        #: What each provider still needs, by its id; looked up on a thread, because a key store may be slow.
        self._needs: dict[str, str] = {}
        self._searched = (0, "")
        #: Told what each provider still needs, by its id, whenever that was looked up.
        self.looked: Callable[[Mapping[str, str]], None] = lambda needs: None

    @property
    def _settings(self) -> Settings:
        return self._desktop.settings

    @property
    def chosen(self) -> Provider:
        """The first provider, as it was asked for."""
        return provider_of(self._desktop.options, self._settings)

    def follow(self, session: MarketSession) -> None:
        """Another source of prices is in use: what it finds is for us."""
        session.manager.hub.on_found = self._found

    def look(self) -> None:
        """Finds out what each provider still needs; keys may have come or gone."""
        self._desktop.spawn(self._look_for_needs(), "what providers need")

    async def _look_for_needs(self) -> None:
        settings, sources = self._settings, self._sources
        choices = [sources.kept_choice(entry.id, settings) for entry in registry.ENTRIES]
        self._needs = await in_daemon_thread(
            lambda: {one.provider: registry.missing(one, sources.secrets) for one in choices}, "what providers need"
        )
        self.looked(self._needs)

    # -- the provider box ---------------------------------------------------------------------

    def show_lines(self) -> None:
        """The menu of the provider box is about to open."""
        session = self._desktop.session
        statuses = {} if session is None else session.manager.hub.providers
        second = second_of(self.chosen, self._settings)
        shown = ProvidersShown(registry.ENTRIES, self.chosen, second, self._needs)
        stood_in = any(status.in_use and status.role == "second" for status in statuses.values())
        self._desktop.window.tool_bar.provider.show_lines(lines_of(shown, statuses.values()), second, stood_in=stood_in)

    def use(self, provider: str) -> None:
        """Takes prices from a provider as it was asked for the last time; one that lacks something is connected."""
        session = self._desktop.session
        if provider == self.chosen and session is not None and session.manager.hub.link.state != "failed":
            return
        if provider == "replay":
            self.ask_for_session()
        elif self._needs.get(provider):
            self.connect.open(provider)
        else:
            self.use_anew(cast("Provider", provider))

    def use_anew(self, provider: Provider, **said: Any) -> None:
        """Takes prices from a provider from now on, also if it is the present one. `said`: options that go with it."""
        settings, desktop = self._settings, self._desktop
        settings.provider = provider
        desktop.keeper.changed()
        # What was said about the first source on the command line says nothing about another one.
        names = (
            "at", "speed", "seed", "rate", "faults", "replay",
            "server_url", "rest_url", "delayed", "workbook", "sheet", "cells",
        )  # fmt: skip
        changes = {**dict.fromkeys(names), **said, "provider": provider, "symbol": settings.symbol}
        self._switch(msgspec.structs.replace(desktop.options, **changes))

    def use_second(self, provider: str) -> None:
        """Lets a provider take over when the first one fails, or none."""
        if provider == self._settings.second_provider:
            return
        if provider and self._needs.get(provider):
            self.connect.open(provider)
            return
        self._settings.second_provider = cast("SecondProvider", provider)
        self._desktop.keeper.changed()
        self._switch(self._desktop.options)

    def use_first(self) -> None:
        """Goes back to the first provider after another one took over."""
        session = self._desktop.session
        if session is not None:
            session.manager.client.use_first()

    # -- sources by name ----------------------------------------------------------------------

    def use_simulated_market(self) -> None:
        """Starts the simulated market from its beginning."""
        self.use_anew("sim")

    def ask_for_session(self) -> None:
        """Asks which recorded session to play."""
        from live_monitor.ui.source_dialogs import ask_session_file  # noqa: PLC0415 - rarely needed

        ask_session_file(self._desktop.window, os.path.expanduser("~"), self.use_session)

    def use_session(self, path: str) -> None:
        """Plays a recorded session from its beginning."""
        self.use_anew("replay", replay=Path(path).absolute())

    def use_server(self, url: str) -> None:
        """Connects to a market data server."""
        address = url.strip()
        if not address.startswith(("ws://", "wss://")) or len(address) > 1_000:
            self._desktop.tell("That is no WebSocket address. It looks like ws://localhost:8200/ws/{client_id}.")
            return
        self._settings.server_url = without_secrets(address)
        if self._settings.server_url != address:
            self._desktop.tell("User, password and what follows a ? in the address may be secret and are not kept.")
        self.use_anew("relay", server_url=address)

    # -- looking for symbols ------------------------------------------------------------------

    def search(self, text: str) -> None:
        """Asks the provider in use for symbols, if it can be asked."""
        session = self._desktop.session
        if session is None:
            return
        request_id = self._searched[0] + 1
        self._searched = (request_id, text)
        session.manager.client.search_symbols(text, request_id)

    def _found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        asked, text = self._searched
        if request_id == asked:
            self._desktop.window.tool_bar.switcher.show_found(text, hits)
