"""Logging in at Schwab: the person does it in the browser; the browser comes back with a code, or the person brings it.

    start() ─► the address for the browser ┬─► listen(): the browser comes back to this machine ─┬─► tokens, kept
                                           └─► accept_redirect(text): the person pastes it ──────┘

The `state` in the address is 256 random bits; it is compared before anything else and works once, so that a code which
somebody else pushes in is never sent to Schwab (faults O1, O2).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlencode

from live_monitor.clock import Clock
from live_monitor.errors import FatalFeedError, FeedError, LoginNeeded
from live_monitor.providers.schwab_callback import CallbackServer, read_callback
from live_monitor.providers.schwab_certificate import server_context
from live_monitor.providers.schwab_connection import BrokerConnection, SchwabApp, keep, taking_turns, valid_token
from live_monitor.providers.schwab_token_endpoint import TokenEndpoint, exchange_code_for_tokens
from live_monitor.secrets import Secret, SecretStore, Where, in_daemon_thread

#: From `start` on; a reply that comes later is refused.
LIFE_S: Final = 300.0
MAX_REDIRECT: Final = 8192
_MAX_FIELDS: Final = 16
_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WORD = re.compile(r"[a-z][a-z_]{2,59}")


class Redirect(NamedTuple):
    """What the browser brought back: a code, or the word of a refusal."""

    state: str
    code: str
    error: str


def read_redirect(query: str) -> Redirect | None:
    """The parts of a query, each once; None where they are not those of a log-in. `%40` becomes `@`, `+` stays."""
    if len(query) > MAX_REDIRECT or not query.isascii() or _ESCAPES.search(query):
        return None
    found: dict[str, str] = {}
    fields = query.split("&")
    if len(fields) > _MAX_FIELDS:
        return None
    for field in fields:
        name, _, value = field.partition("=")
        if name in found:
            return None
        found[name] = unquote(value)
    state, code, error = found.get("state", ""), found.get("code", ""), found.get("error", "")
    if not valid_token(state) or bool(code) == bool(error) or not valid_token(code or error):
        return None
    return Redirect(state, code, error)


class LoginFlow:
    """One log-in. Runs on one loop; `start` may be called anew, which makes the address before it worthless.

    `folder` holds the certificate of this machine. `plaintext`: the tokens go to a plain file, by the person's choice.
    `pkce`: names a challenge (S256) too. Schwab documents none, so it is off until somebody has seen it work there.
    """

    def __init__(
        self,
        app: SchwabApp,
        store: SecretStore,
        clock: Clock,
        folder: Path,
        *,
        endpoint: TokenEndpoint | None = None,
        plaintext: bool = False,
        pkce: bool = False,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._app = app
        self._store = store
        self._clock = clock
        self._folder = folder
        self._endpoint = endpoint or TokenEndpoint()
        self._plaintext = plaintext
        self._pkce = pkce
        self._random_bytes = random_bytes
        self._state = ""
        self._verifier: Secret | None = None
        self._ends_at = 0.0
        self._arrived = asyncio.Event()
        self._exchange: asyncio.Task[BrokerConnection] | None = None
        #: Where the tokens are kept; empty before there are any.
        self.kept: Where = ""

    @property
    def can_listen(self) -> bool:
        """The registered callback is one that this machine can answer; else only pasting works."""
        return read_callback(self._app.callback) is not None

    @property
    def ends_in_s(self) -> float:
        """Seconds that are left; 0 when it is over, or was not started."""
        return max(0.0, self._ends_at - self._clock.monotonic()) if self._state else 0.0

    def start(self) -> str:
        """The address to open in the system's browser; it works for five minutes and for one reply."""
        self._state = _words(self._random_bytes(32))
        self._ends_at = self._clock.monotonic() + LIFE_S
        self._arrived.clear()
        self._exchange, self._verifier, self.kept = None, None, ""
        query = {
            "client_id": self._app.key.reveal(),
            "redirect_uri": self._app.callback,
            "response_type": "code",
            "state": self._state,
        }
        if self._pkce:
            self._verifier = Secret(_words(self._random_bytes(32)))
            query["code_challenge"] = _words(hashlib.sha256(self._verifier.reveal().encode("ascii")).digest())
            query["code_challenge_method"] = "S256"
        return f"{self._endpoint.base_url}/v1/oauth/authorize?{urlencode(query)}"

    def cancel(self) -> None:
        """Ends it: no reply is taken any more, and `listen` stops."""
        self._state = ""
        self._arrived.set()

    async def accept_redirect(self, text: str) -> BrokerConnection:
        """Takes the address at which the browser arrived, as pasted. Raises FeedError in words.

        What is not the answer to this log-in is refused, and the flow stays open for the right one. FatalFeedError:
        this log-in is over.
        """
        address, mark, query = text.strip().partition("?")
        if len(text) > 2 * MAX_REDIRECT or not mark or _slashed(address) != _slashed(self._app.callback):
            raise FeedError(
                f"This is not the address that Schwab sends the browser to ({self._app.callback}?code=…).",
                "Copy all of the browser's address line after the log-in.",
            )
        if not self.ends_in_s:
            raise FatalFeedError("The log-in is over; it may take five minutes.", "Start it again.")
        if not self._offer(query.partition("#")[0]):
            raise FeedError("This address is not the answer to this log-in.", "Log in with the page opened last.")
        return await self._outcome()

    async def listen(self) -> BrokerConnection:
        """Waits for the browser at the registered callback, or for `accept_redirect`. Raises FatalFeedError in words.

        While `ends_in_s` is not 0, only listening failed, and pasting still works.
        """
        callback = read_callback(self._app.callback)
        if callback is None:
            raise FatalFeedError(
                "The registered callback is not an https address of 127.0.0.1, so that no answer can be received.",
                "Paste the address at which the browser arrives.",
            )
        try:
            context = await asyncio.wrap_future(in_daemon_thread(lambda: server_context(self._folder, self._clock))[1])
        except OSError as problem:
            raise FatalFeedError(
                f"No certificate could be kept for the log-in ({problem.strerror}).",
                "Paste the address at which the browser arrives.",
            ) from None
        server = CallbackServer(callback, context, self._offer)
        try:
            await server.open()
            async with asyncio.timeout(self.ends_in_s):
                await self._arrived.wait()
        except TimeoutError:
            self.cancel()
            raise FatalFeedError("Nobody logged in at Schwab within five minutes.", "Start the log-in again.") from None
        finally:
            await server.close()
        return await self._outcome()

    def _offer(self, query: str) -> bool:
        """True when `query` is the one answer that is waited for; it is then on its way to become tokens."""
        redirect = read_redirect(query)
        if redirect is None or not self.ends_in_s or not hmac.compare_digest(redirect.state, self._state):
            return False
        self._state = ""
        self._exchange = asyncio.get_running_loop().create_task(self._finish(redirect), name="schwab-log-in")
        self._exchange.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._arrived.set()
        return True

    async def _outcome(self) -> BrokerConnection:
        if self._exchange is None:
            raise FatalFeedError("The log-in was canceled.", "Start it again.")
        return await asyncio.shield(self._exchange)

    async def _finish(self, redirect: Redirect) -> BrokerConnection:
        if redirect.error:
            word = redirect.error if _WORD.fullmatch(redirect.error) else "error"
            raise LoginNeeded(f"Schwab ended the log-in ({word}).", "Log in again and allow the access.")
        try:
            connection = await exchange_code_for_tokens(
                Secret(redirect.code), self._app, self._clock, endpoint=self._endpoint, verifier=self._verifier
            )
        except FatalFeedError:
            raise
        except FeedError as problem:
            # The code is used up; what may pass elsewhere ends this log-in.
            raise FatalFeedError(problem.message, "Start the log-in again.") from None
        # A renewal of the log-in before this one would be kept in its place; what is new must not be lost to waiting.
        async with taking_turns(self._store, needed=False):
            self.kept = await keep(self._store, connection, plaintext=self._plaintext)
        return connection


def _words(data: bytes) -> str:
    """Bytes as letters that need no escape in an address."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _slashed(address: str) -> str:
    """Browsers add the slash that an address without a path lacks."""
    return f"{address}/" if address.count("/") == 2 else address
