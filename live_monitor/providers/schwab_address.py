"""Where Schwab is asked: an address with TLS, or a server on this machine; and why it was not reached.

Names are resolved in daemon threads: asyncio would wait for its own at the end of the program, and with them for a name
server that is silent.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies

from live_monitor.errors import FatalFeedError, FeedError
from live_monitor.net.resolver import resolve

BASE_URL: Final = "https://api.schwabapi.com"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")

Resolver = Callable[[str, int], Awaitable[list[str]]]


class Address(NamedTuple):
    """A base address, taken apart by `read_address`."""

    host: str
    port: int
    secure: bool

    @property
    def base(self) -> str:
        """As it is written, without a slash at its end."""
        return f"{'https' if self.secure else 'http'}://{self.named}"

    @property
    def named(self) -> str:
        """What stands in the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """On this machine, where no proxy is to be asked."""
        return self.host in _LOOPBACK

    async def reached(self, resolver: Resolver = resolve) -> tuple[str, dict[str, Any]]:
        """The base to connect to, its name resolved, and the extensions that keep the name in TLS. Raises OSError."""
        if not self.is_loopback and getproxies():
            return self.base, {}  # a proxy resolves names itself
        found = (await resolver(self.host, self.port))[0]
        host = f"[{found}]" if ":" in found else found
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{host}:{self.port}", {"sni_hostname": self.host} if self.secure else {}


class Handshakes:
    """Closes the connection of a TLS handshake that is canceled: httpx would leave its socket to the collector.

    One for each request; its extension "trace".
    """

    def __init__(self) -> None:
        self._connection: Any = None

    async def __call__(self, event: str, told: Mapping[str, Any]) -> None:
        if event.endswith(".connect_tcp.complete"):
            self._connection = told["return_value"]
        elif event.endswith(".start_tls.failed") and self._connection is not None:
            await self._connection.aclose()


def read_address(base_url: str) -> Address:
    """Raises FatalFeedError for an address that must not be asked."""
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    secure = parts.scheme == "https"
    if not host or not (secure or (parts.scheme == "http" and host in _LOOPBACK)) or parts.path not in ("", "/"):
        raise FatalFeedError(
            "Schwab's address cannot be used.", "Give https://host; http:// is for servers on this machine."
        )
    return Address(host, port or (443 if secure else 80), secure)


def unreachable(error: BaseException) -> FeedError:
    """Why there is no answer, in words of the system or of the resolver; a certificate that is refused is for good."""
    cause: BaseException | None = error
    reason = ""
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            refusal = cause.verify_message or "not trusted"
            return FatalFeedError(f"Schwab's certificate was refused: {refusal}.", "Check the date of this machine.")
        if isinstance(cause, TimeoutError):
            reason = "no answer in time"
        elif isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError):
            # TLS has numbers of its own (2: "wants to read"), and so has a failed look-up, which alone has the words.
            number = 0 if isinstance(cause, socket.gaierror) else cause.errno or 0
            reason = os.strerror(number).lower() if number else cause.strerror or str(cause)
        cause = cause.__cause__ or cause.__context__
    return FeedError(f"Schwab cannot be reached ({reason or 'the connection broke'}).", "Check the network.")
