"""Schwab's token endpoint: a code or a refresh token against tokens.

One request, no redirect, a bounded answer, a bounded time, and words for everything that is not tokens. No error holds
what was sent or what came back.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import math
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import httpx
import msgspec

from live_monitor.clock import Clock
from live_monitor.errors import FeedError, LoginNeeded, RateLimited
from live_monitor.log import redact
from live_monitor.providers.schwab_address import BASE_URL, Handshakes, read_address, unreachable
from live_monitor.providers.schwab_connection import BrokerConnection, SchwabApp, valid_token
from live_monitor.secrets import Secret

SCHWAB_URL: Final = BASE_URL
MAX_REPLY_BYTES: Final = 64 * 1024
TIMEOUT_S: Final = 10.0
MAX_WAIT_S: Final = 3600.0
#: With any of these no further try helps; Schwab wraps the last one into the description of another.
_DEAD: Final = ("invalid_client", "unsupported_token_type", "refresh_token_authentication_error", "invalid_grant")
_CODE_WORD = re.compile(r"[a-z][a-z_]{2,59}")


class TokenReply(NamedTuple):
    """What the endpoint gave; `refresh` is None when it named no other."""

    access: Secret
    refresh: Secret | None
    lives_s: float


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class TokenEndpoint:
    """The endpoint at `base_url`. Used on a running loop; a connection lives for one question."""

    def __init__(self, base_url: str = SCHWAB_URL, *, timeout_s: float = TIMEOUT_S) -> None:
        self._place = read_address(base_url)
        self.base_url = self._place.base
        self._timeout_s = timeout_s

    async def ask(self, app: SchwabApp, form: Mapping[str, str]) -> TokenReply:
        """Sends `form` for `app`. Raises FeedError: RateLimited, LoginNeeded (never to be repeated), else temporary."""
        basic = base64.b64encode(f"{app.key.reveal()}:{app.secret.reveal()}".encode()).decode()
        redact.register(basic)
        # Identity: what is not packed cannot unpack into something huge.
        headers = {
            "Authorization": f"Basic {basic}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Host": self._place.named,
        }
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._post(headers, form)
        except TimeoutError:
            raise FeedError(f"Schwab gave no tokens within {self._timeout_s:g} s.") from None
        except (OSError, httpx.HTTPError) as problem:
            # From None and by its type: an address in its words could hold a secret.
            raise unreachable(problem) from None
        return _judge(answer)

    async def _post(self, headers: Mapping[str, str], form: Mapping[str, str]) -> _Answer:
        base, extensions = await self._place.reached()
        extensions["trace"] = Handshakes()
        # Connecting ends before the whole does, and says so in its own words.
        timeout = httpx.Timeout(self._timeout_s, connect=self._timeout_s * 0.6)
        async with (
            httpx.AsyncClient(
                follow_redirects=False, timeout=timeout, trust_env=not self._place.is_loopback, headers=headers
            ) as client,
            client.stream("POST", f"{base}/v1/oauth/token", data=dict(form), extensions=extensions) as reply,
        ):
            body = bytearray()
            async for part in reply.aiter_raw():
                body += part
                if len(body) > MAX_REPLY_BYTES:
                    raise FeedError("Schwab's answer to the question for tokens is too large; it was not read.")
            return _Answer(reply.status_code, reply.headers, bytes(body))


async def exchange_code_for_tokens(
    code: Secret, app: SchwabApp, clock: Clock, *, endpoint: TokenEndpoint | None = None, verifier: Secret | None = None
) -> BrokerConnection:
    """Turns the code of a log-in, which lives for about 30 s and works once, into a connection; it is not kept yet.

    `code`: decoded, as it ends in `@`. `verifier`: of PKCE, where the log-in named a challenge. Never repeats itself.
    Raises FeedError.
    """
    form = {"grant_type": "authorization_code", "code": code.reveal(), "redirect_uri": app.callback}
    if verifier is not None:
        form["code_verifier"] = verifier.reveal()
    reply = await (endpoint or TokenEndpoint()).ask(app, form)
    if reply.refresh is None:
        raise FeedError("Schwab's answer to the log-in holds no refresh token.", "Log in again.")
    now = clock.wall_ms()
    return BrokerConnection(
        reply.access, reply.refresh, now + round(reply.lives_s * 1000), logged_in_at=now, renewed_at=now, clock=clock
    )


def _judge(answer: _Answer) -> TokenReply:
    if 300 <= answer.status < 400:
        raise FeedError("Schwab answered the question for tokens with another address, which is not followed.")
    if answer.status == 429:
        raise RateLimited("Schwab was asked for tokens too often.", wait_s=_wait_s(answer.headers.get("retry-after")))
    content = _json(answer.body)
    if answer.status in (400, 401, 403) and content:
        raise _refusal(answer.status, content)
    if answer.status != 200:
        raise FeedError(f"Schwab gave no tokens (HTTP {answer.status}).")
    access, refresh, lives_s = content.get("access_token"), content.get("refresh_token"), content.get("expires_in")
    if (
        not valid_token(access)
        or not (refresh is None or valid_token(refresh))
        or not isinstance(lives_s, int | float)
        or isinstance(lives_s, bool)
        or not (math.isfinite(lives_s) and 1 <= lives_s <= 86_400)
    ):
        raise FeedError("Schwab's answer to the question for tokens cannot be understood.")
    return TokenReply(Secret(str(access)), Secret(str(refresh)) if refresh is not None else None, float(lives_s))


def _json(body: bytes) -> dict[str, Any]:
    """The object in `body`; empty where there is none (a page of a proxy, say)."""
    with contextlib.suppress(ValueError, RecursionError):
        content = msgspec.json.decode(body)
        if isinstance(content, dict):
            return content
    return {}


def _refusal(status: int, content: Mapping[str, Any]) -> FeedError:
    said = f"{content.get('error', '')} {content.get('error_description', '')}".lower()
    dead = next((word for word in _DEAD if word in said), None)
    if dead == "invalid_client":
        return LoginNeeded(
            "Schwab does not accept the app's key and secret (invalid_client).",
            "Check both, and that the app's status at Schwab is “Ready for Use”; then log in again.",
        )
    if dead is not None:
        return LoginNeeded(f"Schwab does not accept the log-in any more ({dead}).", "Log in again.")
    word = content.get("error")
    shown = f", {word}" if isinstance(word, str) and _CODE_WORD.fullmatch(word) else ""
    return FeedError(f"Schwab refused to give tokens (HTTP {status}{shown}).")


def _wait_s(text: str | None) -> float:
    """Seconds of a Retry-After header; a minute where it says none that makes sense."""
    try:
        wait_s = float(text or "")
    except ValueError:
        return 60.0
    return min(wait_s, MAX_WAIT_S) if wait_s >= 0.0 else 60.0
