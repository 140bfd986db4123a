"""Who may open a WebSocket here: programs on this machine, never a page of a foreign site.

A browser sends its page's Origin and the Host that it believes to talk to; checking both before the
upgrade stops foreign pages and DNS rebinding (security model, rules 1 and 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def refusal(path: str, hosts: Sequence[str], origins: Sequence[str], port: int) -> tuple[HTTPStatus, str] | None:
    """Why a request is refused, or None. `hosts` and `origins` are all values of those headers."""
    if len(hosts) != 1 or not _is_ours(f"//{hosts[0]}", port):
        return HTTPStatus.FORBIDDEN, "This server answers only on its own loopback address."
    if len(origins) > 1 or (origins and not _is_loopback_page(origins[0])):
        return HTTPStatus.FORBIDDEN, "Pages of other sites may not connect."
    if not path.startswith("/ws/") or len(path) > 128 or "/" in path[4:]:
        return HTTPStatus.NOT_FOUND, "The address is /ws/{client_id}."
    return None


def _is_ours(url: str, port: int) -> bool:
    try:
        parts = urlsplit(url)
        return parts.hostname in _LOOPBACK and (parts.port or 80) == port and parts.username is None and not parts.path
    except ValueError:
        return False


def _is_loopback_page(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK and parts.path in ("", "/")
    except ValueError:
        return False
