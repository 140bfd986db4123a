"""Questions to Schwab over HTTPS: one connection pool, bounded answers, every status in words. Only GET exists here.

Orders cannot be placed, changed or cancelled through this door: it has no other verb.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import httpx

from live_monitor.clock import Clock
from live_monitor.errors import FeedError, LoginNeeded, ProtocolError, RateLimited
from live_monitor.net.resolver import resolve
from live_monitor.providers.schwab_address import BASE_URL, Handshakes, Resolver, read_address, unreachable
from live_monitor.secrets import Secret
from live_monitor.wire.schwab_market import MAX_BODY_BYTES, problem

#: How long nobody asks after "too often" (HTTP 429) without a word of how long; and at most.
_SILENCE_S, _LONGEST_SILENCE_S = 60.0, 900.0
_MAX_AT_A_TIME: Final = 4


class DoorTiming(NamedTuple):
    """Time-outs in seconds; tests shorten them. `whole_s`: from the question to the last byte of the answer."""

    connect_s: float = 5.0
    read_s: float = 8.0
    whole_s: float = 15.0


class Tokens(Protocol):
    """Where access tokens come from (`schwab_auth.SchwabTokens`). Both raise FeedError; LoginNeeded: log in."""

    async def access(self) -> Secret:
        """A token that is good now."""
        ...

    async def renewed(self, refused: Secret) -> Secret:
        """Another one than `refused`, which Schwab did not take; renewed once however many ask."""
        ...


class SchwabDoor:
    """Asks with the access token of `tokens`. One loop. Answers come whole, or as an error in words without secrets.

    `base_url`: https://, or http:// to this machine only (FatalFeedError for anything else).
    """

    def __init__(
        self,
        tokens: Tokens,
        *,
        clock: Clock,
        base_url: str = BASE_URL,
        timing: DoorTiming | None = None,
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._place = read_address(base_url)
        self._tokens = tokens
        self._clock = clock
        self._timing = timing or DoorTiming()
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._client: httpx.AsyncClient | None = None
        self._turns = asyncio.Semaphore(_MAX_AT_A_TIME)
        #: Monotonic second before which Schwab wants no question.
        self._silent_until = 0.0
        # It writes whole addresses into the log, where hashes of accounts stand.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    async def get(self, path: str, parameters: Mapping[str, str] | None = None) -> bytes:
        """The body of the answer. Raises FeedError in words; RateLimited: wait; LoginNeeded: log in anew.

        A token that is refused is renewed exactly once, and the question asked once more.
        """
        async with self._turns:
            token = await self._tokens.access()
            status, headers, body = await self._ask(path, parameters, token)
            if status == httpx.codes.UNAUTHORIZED:
                token = await self._tokens.renewed(token)
                status, headers, body = await self._ask(path, parameters, token)
        if status == httpx.codes.OK:
            return body
        raise self._refusal(status, headers, body)

    async def close(self) -> None:
        """Lets connections go. May be called twice."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        # A transport closes its socket in the turn after.
        await asyncio.sleep(0)

    async def _ask(
        self, path: str, parameters: Mapping[str, str] | None, token: Secret
    ) -> tuple[int, Mapping[str, str], bytes]:
        wait_s = self._silent_until - self._clock.monotonic()
        if wait_s > 0:
            raise RateLimited("Schwab was asked too often.", f"It is asked again in {wait_s:.0f} s.", wait_s=wait_s)
        try:
            async with asyncio.timeout(self._timing.whole_s):
                return await self._answer(path, parameters, token)
        except (TimeoutError, httpx.TimeoutException):
            raise FeedError("Schwab did not answer in time.") from None
        except (OSError, httpx.HTTPError) as error:
            raise unreachable(error) from None

    async def _answer(
        self, path: str, parameters: Mapping[str, str] | None, token: Secret
    ) -> tuple[int, Mapping[str, str], bytes]:
        address, extensions = await self._place.reached(self._resolver)
        extensions["trace"] = Handshakes()
        headers = {
            "Authorization": f"Bearer {token.reveal()}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Host": self._place.named,
        }
        body = bytearray()
        async with self._opened().stream(
            "GET", address + path, params=parameters, headers=headers, extensions=extensions
        ) as answer:
            # As sent: the library would unpack a piece whole, whatever it swells to.
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    raise _too_large()
        return answer.status_code, answer.headers, _unpacked(bytes(body), answer.headers.get("Content-Encoding", ""))

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            timing = self._timing
            self._client = httpx.AsyncClient(
                verify=self._ssl_context or True,
                timeout=httpx.Timeout(timing.read_s, connect=timing.connect_s),
                follow_redirects=False,
                trust_env=not self._place.is_loopback,
                limits=httpx.Limits(max_connections=_MAX_AT_A_TIME, max_keepalive_connections=2, keepalive_expiry=30.0),
            )
        return self._client

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> FeedError:
        said = problem(body)
        words = f": {said}" if said else ""
        if status == httpx.codes.UNAUTHORIZED:
            return LoginNeeded(f"Schwab does not take the log-in any longer{words}.", "Log in to Schwab again.")
        if status == httpx.codes.TOO_MANY_REQUESTS:
            wait_s = _retry_after(headers.get("Retry-After"))
            self._silent_until = self._clock.monotonic() + wait_s
            return RateLimited("Schwab was asked too often.", f"It is asked again in {wait_s:.0f} s.", wait_s=wait_s)
        if status == httpx.codes.FORBIDDEN:
            return FeedError(
                f"Schwab refuses access{words} (HTTP 403).",
                "The app must be Ready for Use at developer.schwab.com, and this account linked to it at log-in.",
            )
        if 300 <= status < 400:
            return FeedError(f"Schwab sends the question elsewhere (HTTP {status}); that is not followed.")
        return FeedError(f"Schwab answered HTTP {status}{words}.")


def _unpacked(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed. Raises ProtocolError for one that grows too large, or is damaged."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise ProtocolError("Schwab's answer is packed in a way that was not asked for.")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        found = unpacker.decompress(body, MAX_BODY_BYTES)
    except zlib.error:
        raise ProtocolError("Schwab's answer cannot be unpacked.") from None
    if unpacker.unconsumed_tail:
        raise _too_large()
    if not unpacker.eof:
        raise ProtocolError("Schwab's answer cannot be unpacked.")
    return found


def _too_large() -> ProtocolError:
    return ProtocolError("Schwab's answer is larger than 4 MiB.")


def _retry_after(value: str | None) -> float:
    if value is None or not (value.isascii() and value.isdecimal() and len(value) < 9):
        return _SILENCE_S
    return min(float(value), _LONGEST_SILENCE_S)
