"""Which WebSocket addresses are connected to: with TLS any, without it this machine only (faults F9)."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from websockets.exceptions import InvalidURI

from live_monitor.errors import FatalFeedError


def socket_address(url: str) -> SplitResult:
    """The parts of a WebSocket address. Raises InvalidURI for what is none, FatalFeedError for one without TLS."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidURI(url, str(error)) from error
    if parts.scheme not in ("ws", "wss") or not host or not host.isprintable() or " " in host:
        raise InvalidURI(url, "not a WebSocket address")
    if parts.scheme == "ws" and not (host == "localhost" or is_loopback(host)):
        raise FatalFeedError(
            f"{host} would be reached without encryption.",
            "Give an address that starts with wss://; ws:// is for servers on this machine.",
        )
    return parts


def is_loopback(host: str) -> bool:
    """True for an address of this machine; names stand for what may change."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
