"""What the person asks of the pages on which a provider is connected. Main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from live_monitor.desktop import Desktop
from live_monitor.settings import Provider

if TYPE_CHECKING:
    from live_monitor.sources import Sources


class Using(Protocol):
    """What comes after a provider was connected (`ProviderDesk`)."""

    def use_anew(self, provider: Provider, **said: Any) -> None:
        """Takes prices from it from now on; `said` are options that go with it."""
        ...

    def use_server(self, url: str) -> None:
        """Connects to a market data server."""
        ...

    def look(self) -> None:
        """Finds out what each provider still needs."""
        ...


class ConnectDesk:
    """One dialog at a time."""

    def __init__(self, desktop: Desktop, sources: Sources, using: Using) -> None:
        self._desktop, self._sources, self._using = desktop, sources, using

    def open(self, provider: str) -> None:
        """Opens the page of a provider."""
        from live_monitor.ui.source_dialogs import ask_server_url  # noqa: PLC0415 - rarely needed

        ask_server_url(self._desktop.window, self._desktop.settings.server_url, self._using.use_server)
