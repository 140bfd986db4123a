"""The vendor's REST package, so used that nothing of its own habits reaches us.

`massive` (formerly `polygon`, whose last release is accepted too) knows the addresses and the parameters. Its pool of
connections is wrapped: no retries (its own hammer a server that says "too often"), no redirects, bodies bounded, one
deadline for the whole answer, every status told apart. The key travels in a header, never in an address.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as PoolTimeout

from live_monitor.clock import Clock
from live_monitor.errors import FatalFeedError, FeedError, ProtocolError, RateLimited
from live_monitor.limits import MAX_TEXT
from live_monitor.log import redact
from live_monitor.providers.gentle_import import gently
from live_monitor.providers.request_pace import RequestPace
from live_monitor.secrets import Secret
from live_monitor.wire.answer_fields import parse

_log = logging.getLogger(__name__)

DEFAULT_BASE: Final = "https://api.massive.com"
#: A page of 10,000 prints takes 3 MB.
MAX_BODY_BYTES: Final = 16 * 2**20
_PIECE: Final = 64 * 1024
_MAX_NEXT_URL: Final = 4_096
_MAX_KEY: Final = 512
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_GUIDE: Final = "See docs/guide/polygon.md."


class KeyRefused(FatalFeedError):
    """The key is unknown to Polygon."""


class NotInPlan(FeedError):
    """The key is known, but its plan does not include what was asked for."""


class NotFound(FeedError):
    """Polygon knows no such thing."""


class DoorTiming(NamedTuple):
    """Time-outs in seconds; tests shorten them. `whole_s`: from the question to the last byte of the answer."""

    connect_s: float = 5.0
    read_s: float = 8.0
    whole_s: float = 20.0


class Answer(NamedTuple):
    """What the package gets instead of its own response; only what it reads."""

    status: int
    data: bytes
    headers: Mapping[str, str]


class PolygonDoor:
    """Asks questions by the methods of the package. Any thread; each call blocks for its answer.

    Raises KeyRefused, NotInPlan, NotFound, RateLimited, ProtocolError or FeedError; none of them names the key.
    """

    def __init__(
        self,
        key: Secret,
        base_url: str,
        pace: RequestPace,
        clock: Clock,
        timing: DoorTiming | None = None,
        max_body: int = MAX_BODY_BYTES,
    ) -> None:
        """Raises FatalFeedError for an address that must not be given a key."""
        self.base_url = checked_base(base_url)
        self.pace = pace
        self._key = key
        self._clock = clock
        self._timing = timing or DoorTiming()
        self._max_body = max_body
        self._client: Any = None
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, method: str, *arguments: object, patience_s: float, **options: object) -> bytes:
        """The body of the answer to one question: `method` is one of the package's, such as `list_trades`."""
        client = self._package_client()
        return self._paced(lambda: getattr(client, method)(*arguments, raw=True, **options), patience_s)

    def follow(self, next_url: str, *, patience_s: float) -> bytes:
        """The next page. Only path and query of the address are used: our host, and the key in the header."""
        try:
            parts = urlsplit(next_url)
        except ValueError:
            raise ProtocolError("Polygon names a next page that is no address.") from None
        if len(next_url) > _MAX_NEXT_URL or not parts.path.startswith(("/v1/", "/v2/", "/v3/")) or ".." in parts.path:
            raise ProtocolError("Polygon names a next page that is none of its own.")
        client = self._package_client()
        address = f"{self.base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return self._paced(lambda: client.client.request("GET", address, headers=client.headers), patience_s)

    def close(self) -> None:
        """Lets connections go. May be called twice."""
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.client.close()

    def _paced(self, question: Callable[[], Answer], patience_s: float) -> bytes:
        """Asks when it is allowed; once more after "too often", if the wait is short enough."""
        deadline = self._clock.monotonic() + patience_s
        while True:
            self.pace.acquire(max(deadline - self._clock.monotonic(), 0.0))
            if self._closed:
                raise FeedError("The connection to Polygon was closed.")
            try:
                return question().data
            except RateLimited as limited:
                if self._clock.monotonic() + limited.wait_s > deadline:
                    raise

    def _package_client(self) -> Any:
        with self._lock:
            if self._closed:
                raise FeedError("The connection to Polygon was closed.")
            if self._client is None:
                client = _rest_client()(
                    api_key=_checked_key(self._key),
                    connect_timeout=self._timing.connect_s,
                    read_timeout=self._timing.read_s,
                    retries=0,
                    base=self.base_url,
                    pagination=False,
                )
                client.client = _BoundedPool(client.client, self)
                self._client = client
            return self._client

    # -- one request, for the pool below ---------------------------------------------------------

    def request(self, pool: Any, url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Answer:
        """Sends one request through `pool` and judges the answer; raises as `ask` does."""
        timeout = urllib3.Timeout(connect=self._timing.connect_s, read=self._timing.read_s)
        deadline = self._clock.monotonic() + self._timing.whole_s
        try:
            response = pool.request(
                "GET", url, fields=fields, headers=headers, preload_content=False, redirect=False, retries=False,
                timeout=timeout,
            )  # fmt: skip
            try:
                data = self._body(response, deadline)
            finally:
                response.close()
        except SSLError as error:
            raise FatalFeedError(
                f"The certificate of {_host(self.base_url)} is not valid.",
                f"Check the machine's clock, and whether something on the network opens connections. {_GUIDE}",
            ) from error
        except (HTTPError, OSError) as error:
            # The package calls a connection that was refused a time-out too.
            if isinstance(error, PoolTimeout | TimeoutError) and not isinstance(error, NewConnectionError):
                words = f"{_host(self.base_url)} did not answer in time."
                raise FeedError(words, "It is asked again later.") from error
            _log.debug("%s: %s", _host(self.base_url), error)
            raise FeedError(
                f"{_host(self.base_url)} cannot be reached, or broke off in the middle of an answer.",
                "It is asked again later; check the network.",
            ) from error
        if response.status != 200:
            self._judge(response.status, response.headers, data)
        return Answer(response.status, data, response.headers)

    def _body(self, response: Any, deadline: float) -> bytes:
        """The whole body, unpacked. Raises ProtocolError when it is too large, TimeoutError when too slow."""
        pieces, size = [], 0
        for piece in iter(lambda: response.read1(_PIECE), b""):
            size += len(piece)
            if size > self._max_body:
                raise ProtocolError(f"Polygon's answer is larger than {self._max_body // 2**20} MB; it was not read.")
            if self._clock.monotonic() > deadline:
                raise TimeoutError
            pieces.append(piece)
        return b"".join(pieces)

    def _judge(self, status: int, headers: Mapping[str, str], body: bytes) -> NoReturn:
        said = said_in(body)
        words = f" It says: {said}{'' if said.endswith(('.', '!', '?', '…')) else '.'}" if said else ""
        if status == 401:
            raise KeyRefused(f"Polygon does not know this key.{words}", f"Enter another one. {_GUIDE}")
        if status == 403:
            raise NotInPlan(f"The plan of this key does not include that.{words}", _GUIDE)
        if status == 404:
            raise NotFound(f"Polygon has nothing of that name.{words}", "Check the symbol.")
        if status == 429:
            wait_s = self.pace.refused(retry_after_s(headers.get("Retry-After")))
            raise RateLimited(
                f"Polygon was asked more often than the plan allows.{words}", f"Wait {wait_s:.0f} s.", wait_s=wait_s
            )
        if 300 <= status < 400:
            raise FeedError(
                f"{_host(self.base_url)} sends us elsewhere, which is not followed.",
                f"Give the address that it names as --rest-url, if you trust it. {_GUIDE}",
            )
        raise FeedError(f"Polygon answers with status {status}.{words}", "It is asked again later.")


class _BoundedPool:
    """Stands where the package keeps its pool of connections."""

    def __init__(self, pool: Any, door: PolygonDoor) -> None:
        self._pool = pool
        self._door = door

    def request(
        self,
        method: str,
        url: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        assert method == "GET", "the package asks, and changes nothing"
        return self._door.request(self._pool, url, fields, headers or {})

    def close(self) -> None:
        self._pool.clear()


def _rest_client() -> Any:
    """The client's class, of the package by its present or its former name. Raises FatalFeedError without either."""
    try:
        with gently():
            from massive import RESTClient  # noqa: PLC0415 - 0.3 s, in the thread that asks first
    except ImportError:
        try:
            with gently():
                from polygon import RESTClient  # type: ignore[import-not-found]  # noqa: PLC0415 - as above
        except ImportError:
            raise FatalFeedError("The package `massive` is not installed.", "Install it: pip install massive") from None
    return RESTClient


def _checked_key(key: Secret) -> str:
    """The key as it may stand in a header. Raises KeyRefused, without it, for what can be none."""
    text = key.reveal()
    if not text or len(text) > _MAX_KEY or not text.isascii() or not text.isprintable() or " " in text:
        raise KeyRefused("That is no key of Polygon.", f"Enter it again. {_GUIDE}")
    return text


def checked_base(base_url: str) -> str:
    """The address without a slash at its end. Raises FatalFeedError unless it is https, or on this machine."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("https", "http") or parts.username or parts.query or parts.fragment:
        raise FatalFeedError("That is no address of a REST server.", "It looks like https://api.massive.com")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise FatalFeedError("A key is not sent without TLS.", "Give an address that begins with https://")
    return base_url.rstrip("/")


def retry_after_s(text: str | None) -> float | None:
    """Seconds of a Retry-After header; None where it says none (a date is not used: it needs the server's clock)."""
    if text is None or not text.strip().isascii() or not text.strip().isdecimal() or len(text.strip()) > 6:
        return None
    return float(text)


def said_in(body: bytes) -> str:
    """What the vendor says of an error, in one line without secrets; empty for a body that is not its own."""
    try:
        message = parse(body[:_PIECE])
    except ProtocolError:
        return ""
    if not isinstance(message, dict):
        return ""
    text = message.get("message") or message.get("error") or ""
    if not isinstance(text, str):
        return ""
    return redact(" ".join("".join(c if c.isprintable() else " " for c in text[:MAX_TEXT]).split()))


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or base_url
