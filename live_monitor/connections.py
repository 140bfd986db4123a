"""What has to be done before a provider can be used: keys tried and kept, a log-in, a workbook.

Everything that waits (a key store, a vendor, a browser, a disk) waits on a thread or a loop of its own; what is awaited
here costs the loop that awaits it nothing. Main thread.
"""

from __future__ import annotations

import asyncio
import math
import threading
import webbrowser
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from live_monitor.atomic_file import write_atomically
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.errors import FatalFeedError, FeedError, LiveMonitorError, WorkbookError
from live_monitor.runtime.daemon_work import in_daemon_thread
from live_monitor.runtime.loop_work import in_own_loop
from live_monitor.secrets import SCHWAB_APP_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION, SecretStore

if TYPE_CHECKING:
    from live_monitor.providers.registry import Keys
    from live_monitor.providers.schwab_login import LoginFlow
    from live_monitor.sources import Sources

_DAY_S: Final = 86_400.0
_LIFE_DAYS: Final = 7


class Pasted:
    """What the person pastes while a log-in is under way: put on the main thread, read on the loop of the log-in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._reader: tuple[asyncio.AbstractEventLoop, asyncio.Queue[str]] | None = None

    def put(self, text: str) -> None:
        """Hands over what was pasted. Main thread."""
        with self._lock:
            if self._reader is None:
                self._waiting.append(text)
            else:
                loop, queue = self._reader
                loop.call_soon_threadsafe(queue.put_nowait, text)

    def open(self) -> asyncio.Queue[str]:
        """Where it arrives, on the loop that asks."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        with self._lock:
            self._reader = (asyncio.get_running_loop(), queue)
            for text in self._waiting:
                queue.put_nowait(text)
        return queue

    def close(self) -> None:
        """Nobody reads any more."""
        with self._lock:
            self._reader = None


class Connections:
    """`open_page` shows an address in the system's browser; False where there is none."""

    def __init__(self, sources: Sources, open_page: Callable[[str], bool] = webbrowser.open) -> None:
        self._sources = sources
        self._open_page = open_page

    @property
    def secrets(self) -> SecretStore:
        """Where keys are found and kept."""
        return self._sources.secrets

    async def keeps_keys(self) -> bool:
        """True where the system has a key store that takes keys."""
        return not await in_daemon_thread(self.secrets.unavailable, "key store")

    async def try_out(self, choice: ProviderChoice, keys: Keys, *, stream: bool) -> str:
        """One line about what works. Raises FeedError in words; may be cancelled."""
        from live_monitor.providers import trial  # noqa: PLC0415 - rarely needed

        # What is typed counts here, also where the environment would win.
        tools = self._sources.tools
        if choice.provider == "relay":
            build = self._sources.build(choice)
            return await in_own_loop(lambda: trial.try_feed(build), "try of a provider")
        return await in_own_loop(lambda: trial.try_out(choice, keys, tools, stream=stream), "try of a provider")

    async def make_workbook(self, path: Path, symbols: Sequence[str]) -> None:
        """Writes a workbook with thinkorswim's formulas for `symbols`. Raises WorkbookError in words."""

        def make() -> None:
            from live_monitor.providers.tos_workbook import tos_workbook  # noqa: PLC0415 - loads the writer of workbooks

            try:
                write_atomically(path, tos_workbook(symbols))
            except OSError as problem:
                raise WorkbookError(
                    f"{path.name} could not be written ({problem.strerror or problem}).", "Choose another place."
                ) from problem

        await in_daemon_thread(make, "starter workbook")

    async def forget(self, names: Sequence[str]) -> None:
        """Removes keys and the log-in everywhere but from the environment. Raises SecretsError where one may stay."""
        for name in names:
            if name == SCHWAB_CONNECTION:
                await in_own_loop(self._log_out, "log-out")
            else:
                await self.secrets.forget_async(name)

    async def _log_out(self) -> None:
        from live_monitor.providers.schwab_auth import SchwabTokens  # noqa: PLC0415 - rarely needed

        tokens = SchwabTokens(self.secrets, self._sources.tools.clock)
        try:
            await tokens.forget()
        finally:
            await tokens.close()

    # -- the log-in at Schwab -----------------------------------------------------------------

    async def login_words(self) -> tuple[str, str]:
        """How the log-in at Schwab stands, and its colour role; two empty texts without one."""
        kept = await self.secrets.get_async(SCHWAB_CONNECTION)
        if kept is None:
            return ("", "")
        from live_monitor.providers.schwab_connection import BrokerConnection  # noqa: PLC0415 - rarely needed

        try:
            connection = BrokerConnection.from_secret(kept, self._sources.tools.clock)
        except LiveMonitorError as error:
            return (str(error), "down")
        if connection.is_login_over:
            return (connection.login_warning, "down")
        if connection.login_warning:
            return (connection.login_warning, "warning")
        days = connection.login_age_s / _DAY_S
        since = "today" if days < 1 else f"{_days(math.floor(days))} ago"
        return (f"Logged in {since}; the log-in holds for {_days(math.ceil(_LIFE_DAYS - days))} more.", "up")

    async def log_in(
        self,
        choice: ProviderChoice,
        callback: str,
        keys: Keys,
        pasted: Pasted,
        say: Callable[[str], None],
        *,
        plaintext: bool,
    ) -> str:
        """Logs in at Schwab by the browser or by what is pasted; the tokens are kept. One line of what came of it.

        `say` is called on the main thread with what the person should know meanwhile. May be cancelled. Raises
        FeedError.
        """
        here = asyncio.get_running_loop()

        def tell(text: str) -> None:
            here.call_soon_threadsafe(say, text)

        def begin() -> Coroutine[Any, Any, str]:
            return self._log_in(choice, callback, keys, pasted, tell, plaintext=plaintext)

        return await in_own_loop(begin, "log-in at Schwab")

    async def _log_in(
        self,
        choice: ProviderChoice,
        callback: str,
        keys: Keys,
        pasted: Pasted,
        tell: Callable[[str], None],
        *,
        plaintext: bool,
    ) -> str:
        from live_monitor.providers.schwab_connection import DEFAULT_CALLBACK, kept_app  # noqa: PLC0415 - rarely needed
        from live_monitor.providers.schwab_login import LoginFlow  # noqa: PLC0415 - rarely needed
        from live_monitor.providers.schwab_token_endpoint import SCHWAB_URL, TokenEndpoint  # noqa: PLC0415 - as above

        tools = self._sources.tools
        # Blocks for as long as the key store does; on this thread nobody else waits.
        app = kept_app(keys.get(SCHWAB_APP_KEY), keys.get(SCHWAB_APP_SECRET), callback or DEFAULT_CALLBACK)
        endpoint = TokenEndpoint(choice.rest_url or SCHWAB_URL)
        flow = LoginFlow(app, self.secrets, tools.clock, tools.folder, endpoint=endpoint, plaintext=plaintext)
        if not self._open_page(flow.start()):
            tell("No browser could be opened on this machine: name one in the environment as BROWSER, and try again.")
        try:
            await _first_of(flow, pasted, tell)
        finally:
            flow.cancel()
            pasted.close()
        where = "in the system's key store" if flow.kept == "keyring" else "until the program ends"
        kept = "unencrypted in a file of yours" if flow.kept == "file" else where
        return f"Logged in. The log-in holds for seven days and is kept {kept}."


async def _first_of(flow: LoginFlow, pasted: Pasted, tell: Callable[[str], None]) -> None:
    """Waits for the browser to come back, or for the right address to be pasted. Raises FeedError."""
    queue = pasted.open()

    async def take() -> None:
        while True:
            text = await queue.get()
            try:
                await flow.accept_redirect(text)
            except FatalFeedError:
                raise
            except FeedError as error:
                tell(str(error))
            else:
                return

    async def listen() -> None:
        try:
            await flow.listen()
        except FatalFeedError:
            if not flow.ends_in_s:
                raise
            tell("Paste the address at which the browser arrives.")
            await asyncio.Event().wait()
        except FeedError as error:
            # The door is taken, say; pasting still works.
            tell(str(error))
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(take()), asyncio.create_task(listen())]
    try:
        done, _ = await asyncio.wait(tasks, timeout=flow.ends_in_s or None, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if not done:
            raise FatalFeedError("Nobody logged in at Schwab within five minutes.", "Start the log-in again.")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
