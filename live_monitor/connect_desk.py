"""What the person asks of the pages on which a provider is connected. Main thread; nothing here waits.

Keys are read and kept on threads of their own; what is tried runs on a loop of its own, so that a vendor that does not
answer, or a key store that asks first, never holds the window.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from live_monitor.connections import Connections, Pasted
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.desktop import Desktop
from live_monitor.errors import FatalFeedError, LiveMonitorError
from live_monitor.providers import registry
from live_monitor.runtime.options import DesktopOptions
from live_monitor.secrets import SCHWAB_CONNECTION, Secret
from live_monitor.settings import Provider, ProviderSettings
from live_monitor.ui.connect_form import Candidate, PageFacts

if TYPE_CHECKING:
    from live_monitor.sources import Sources
    from live_monitor.ui.connect_dialog import ConnectDialog
    from live_monitor.ui.connect_pages import ExcelPage, SchwabPage

_LOG_IN = "Log in on the page that your browser shows. It may take five minutes."
_AGAIN = "Press Connect again to keep it all the same."


class Using(Protocol):
    """What comes after a provider was connected (`ProviderDesk`)."""

    @property
    def chosen(self) -> Provider:
        """The first provider, as it was asked for."""
        ...

    def use_anew(self, provider: Provider, **said: Any) -> None:
        """Takes prices from it from now on; `said` are options that go with it."""
        ...

    def use_server(self, url: str) -> None:
        """Connects to a market data server."""
        ...

    def ask_for_session(self) -> None:
        """Asks which recorded session to play."""
        ...

    def look(self) -> None:
        """Finds out what each provider still needs."""
        ...


class TypedKeys:
    """Keys that were just typed, and behind them those that are kept (`registry.Keys`). Any thread."""

    def __init__(self, typed: Mapping[str, Secret], kept: registry.Keys) -> None:
        self._typed, self._kept = typed, kept

    def get(self, name: str, /) -> Secret | None:
        """A typed key, else the kept one, which may block."""
        return self._typed.get(name) or self._kept.get(name)


class ConnectDesk:
    """One dialog at a time, and one thing that is tried at a time."""

    def __init__(self, desktop: Desktop, sources: Sources, using: Using) -> None:
        self._desktop, self._using = desktop, using
        self._connections = Connections(sources)
        self._dialog: ConnectDialog | None = None
        self._stop: Callable[[], object] = lambda: None
        #: What was tried in vain for a reason that may pass: a second Connect keeps it all the same.
        self._tried: Candidate | None = None

    # -- the dialog ---------------------------------------------------------------------------

    def open(self, provider: str) -> None:
        """Opens the page of a provider; "": of the one that is worth connecting most."""
        from live_monitor.ui.connect_dialog import ConnectDialog  # noqa: PLC0415 - rarely needed

        if self._dialog is None:
            dialog = self._dialog = ConnectDialog(self._desktop.theme, registry.ENTRIES, self._desktop.window)
            dialog.test_requested.connect(lambda candidate: self._begin(candidate, self._test))
            dialog.connect_requested.connect(lambda candidate: self._begin(candidate, self._connect))
            dialog.cancel_requested.connect(self._cancel)
            dialog.page_opened.connect(self._show_page)
            dialog.finished.connect(lambda _result: self._forget())
            dialog.page_made.connect(self._wire_page)
        chosen = self._using.chosen
        self._dialog.open_page(provider or ("polygon" if chosen in {"sim", "replay"} else chosen))
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def repaint(self) -> None:
        """Another theme is in force."""
        if self._dialog is not None:
            self._dialog.set_theme(self._desktop.theme)

    def _wire_page(self, provider: str) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        dialog.page_of(provider).removal_requested.connect(lambda what: self._begin_removal(provider, what))
        if provider == "tos_excel":
            excel = cast("ExcelPage", dialog.page_of(provider))
            excel.choose_asked.connect(lambda: self._choose_workbook(excel))
            excel.make_asked.connect(lambda: self._make_workbook(excel))
        elif provider == "schwab":
            schwab = cast("SchwabPage", dialog.page_of(provider))
            schwab.refused.connect(lambda text: dialog.say(text, "warning"))
            schwab.login_requested.connect(lambda candidate: self._begin(candidate, self._log_in))

    def _cancel(self) -> None:
        self._stop()

    def _forget(self) -> None:
        self._dialog, self._tried = None, None

    def _show_page(self, provider: str) -> None:
        settings = self._desktop.settings
        kept = settings.providers.get(cast("Provider", provider), ProviderSettings())
        if provider == "relay":
            kept = ProviderSettings(server_url=settings.server_url)
        if self._dialog is not None:
            self._dialog.begin(provider, kept)
        if registry.entry(provider).credentials:
            self._desktop.spawn(self._find_facts(provider), "keys of a provider")

    async def _find_facts(self, provider: str) -> None:
        """Where its keys are; a key store may take its time."""
        dialog, secrets = self._dialog, self._connections.secrets
        places = {one.name: await secrets.where_async(one.name) for one in registry.entry(provider).credentials}
        facts = PageFacts(places, await self._connections.keeps_keys(), str(secrets.file))
        if provider == "schwab":
            facts = facts._replace(login=await self._connections.login_words())
        if dialog is not None and dialog is self._dialog:
            dialog.show_facts(provider, facts)

    # -- trying and keeping -------------------------------------------------------------------

    def _begin(self, candidate: object, deed: Callable[[Candidate], Awaitable[None]]) -> None:
        self._stop()
        provider = cast("Candidate", candidate).provider
        if self._dialog is not None and provider not in {"sim", "replay"}:
            title = registry.entry(provider).title
            self._dialog.wait(_LOG_IN if deed == self._log_in else f"{title} is being asked…")
        self._stop = self._desktop.spawn(self._guarded(cast("Candidate", candidate), deed), "try of a provider")

    async def _guarded(self, candidate: Candidate, deed: Callable[[Candidate], Awaitable[None]]) -> None:
        """Does what was asked, and says in the dialog what came of it."""
        again = candidate == self._tried
        try:
            await deed(candidate)
        except asyncio.CancelledError:
            self._settle("Stopped.", "")
            raise
        except LiveMonitorError as error:
            passing = not isinstance(error, FatalFeedError) and deed == self._connect
            self._tried = candidate if passing else None
            if passing and again:
                await self._keep(candidate)
                return
            self._settle(f"{error} {_AGAIN}" if passing else str(error), "warning" if passing else "down")

    async def _test(self, candidate: Candidate) -> None:
        self._settle(await self._try(candidate), "up")

    async def _connect(self, candidate: Candidate) -> None:
        if candidate.provider == "replay":
            self._close()
            self._using.ask_for_session()
            return
        if candidate.provider != "sim":
            await self._try(candidate)
        await self._keep(candidate)

    async def _try(self, candidate: Candidate) -> str:
        """One line about what works. Raises LiveMonitorError in words."""
        choice = choice_from(candidate, self._said(candidate))
        # The stream of an account may be open once only, and ours may be the one.
        in_use = not candidate.keys and self._streams(choice.provider)
        kept = self._connections.secrets
        keys = TypedKeys(candidate.keys, kept) if candidate.keys else kept
        return await self._connections.try_out(choice, keys, stream=not in_use)

    def _said(self, candidate: Candidate) -> dict[str, str]:
        """What the command line says about the provider where the page says nothing."""
        asked = self._desktop.options if candidate.provider == self._using.chosen else DesktopOptions()
        return run_addresses(asked, candidate.settings)

    def _streams(self, provider: str) -> bool:
        """True while a connection to it stands, whether its prices are shown or not."""
        session = self._desktop.session
        known = session.manager.hub.providers.values() if session is not None else ()
        return any(status.provider == provider and status.link.connected for status in known)

    async def _keep(self, candidate: Candidate) -> None:
        """Keeps what was filled in and takes prices from there."""
        await self._keep_keys(candidate)
        said = self._said(candidate)
        self._close()
        self._using.look()
        provider = cast("Provider", candidate.provider)
        if provider == "relay":
            self._using.use_server(candidate.settings.server_url)
            return
        if provider != "sim":
            self._desktop.settings.providers[provider] = candidate.settings
        self._using.use_anew(provider, **said)

    async def _keep_keys(self, candidate: Candidate) -> None:
        for name, secret in candidate.keys.items():
            await self._connections.secrets.put_async(name, secret, candidate.plaintext)
            if self._connections.secrets.notice:
                self._desktop.tell(self._connections.secrets.notice)

    # -- removing what is kept ----------------------------------------------------------------

    def _begin_removal(self, provider: str, what: str) -> None:
        self._stop()
        if self._dialog is not None:
            self._dialog.wait("Being removed…")
        self._stop = self._desktop.spawn(self._remove(provider, what), "removal of keys")

    async def _remove(self, provider: str, what: str) -> None:
        """Removes keys or a log-in; what runs by them ends, because it is begun anew without."""
        names = [one.name for one in registry.entry(provider).credentials] if what == "keys" else []
        if provider == "schwab":
            names.append(SCHWAB_CONNECTION)  # a log-in belongs to the app whose keys they are
        try:
            await self._connections.forget(names)
        except asyncio.CancelledError:
            self._settle("Stopped; it may have been removed.", "warning")
            raise
        except LiveMonitorError as error:
            self._settle(str(error), "down")
        else:
            self._settle("Logged out." if what == "login" else "Removed.", "up")
        self._using.look()
        if self._using.chosen == provider:
            self._using.use_anew(self._using.chosen)
        await self._find_facts(provider)

    def _settle(self, text: str, role: str) -> None:
        if self._dialog is not None:
            self._dialog.settle(text, role)

    def _close(self) -> None:
        self._stop = lambda: None
        if self._dialog is not None:
            self._dialog.close()

    # -- the log-in at Schwab -----------------------------------------------------------------

    async def _log_in(self, candidate: Candidate) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        page = cast("SchwabPage", dialog.page_of("schwab"))
        pasted = Pasted()
        keys = TypedKeys(candidate.keys, self._connections.secrets)
        page.redirect_pasted.connect(pasted.put)
        try:
            told = await self._connections.log_in(
                choice_from(candidate, self._said(candidate)),
                candidate.settings.callback,
                keys,
                pasted,
                self._say_in_dialog,
                plaintext=candidate.plaintext,
            )
        finally:
            # A dialog that was closed meanwhile has taken the page with it.
            if self._dialog is dialog:
                page.redirect_pasted.disconnect(pasted.put)
        # It was good for a log-in: now it is worth keeping.
        await self._keep_keys(candidate)
        self._desktop.settings.providers["schwab"] = candidate.settings
        self._desktop.keeper.changed()
        self._using.look()
        await self._find_facts("schwab")
        self._settle(told, "up")

    def _say_in_dialog(self, text: str) -> None:
        if self._dialog is not None:
            self._dialog.say(text, "warning")

    # -- workbooks ----------------------------------------------------------------------------

    def _choose_workbook(self, page: ExcelPage) -> None:
        from live_monitor.ui.source_dialogs import ask_quotes  # noqa: PLC0415 - rarely needed

        ask_quotes(page, os.path.expanduser("~"), page.set_workbook)

    def _make_workbook(self, page: ExcelPage) -> None:
        from live_monitor.ui.source_dialogs import ask_new_workbook  # noqa: PLC0415 - rarely needed

        def make(path: str) -> None:
            self._desktop.spawn(self._write_workbook(page, Path(path)), "starter workbook")

        ask_new_workbook(page, os.path.join(os.path.expanduser("~"), "quotes.xlsx"), make)

    async def _write_workbook(self, page: ExcelPage, path: Path) -> None:
        symbols = list(self._desktop.settings.watchlist)
        try:
            await self._connections.make_workbook(path, symbols)
        except LiveMonitorError as error:
            self._settle(str(error), "down")
            return
        if self._dialog is not None:
            page.set_workbook(str(path))
            self._settle(f"{path.name} holds {len(symbols)} symbols. Open it in Excel beside thinkorswim.", "up")


def run_addresses(options: DesktopOptions, settings: ProviderSettings) -> dict[str, str]:
    """Addresses of this run that stand in for those left empty; they are used and not kept."""
    given = {"server_url": options.server_url, "rest_url": options.rest_url}
    return {name: url for name, url in given.items() if url and not getattr(settings, name)}


def choice_from(candidate: Candidate, said: Mapping[str, str] = MappingProxyType({})) -> ProviderChoice:
    """How a provider is asked for, as filled in; `said`: addresses in place of empty ones."""
    settings = candidate.settings
    return ProviderChoice(
        provider=cast("Provider", candidate.provider),
        server_url=said.get("server_url", settings.server_url),
        rest_url=said.get("rest_url", settings.rest_url),
        delayed=settings.delayed,
        workbook=settings.workbook,
        sheet=settings.sheet,
        range=settings.range,
        interval_s=settings.interval_s,
    )
