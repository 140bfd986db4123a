"""Who may open a WebSocket here: programs on this machine, never a page of a foreign site.

A browser sends its page's Origin and the Host that it believes to talk to; checking both before the upgrade stops
foreign pages and DNS rebinding (security model, rules 1 and 2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

_LOOPBACK = r"(?:127\.0\.0\.1|localhost|\[::1\])"
_HOST = re.compile(rf"{_LOOPBACK}(?::(\d{{1,5}}))?", re.IGNORECASE | re.ASCII)
_ORIGIN = re.compile(rf"https?://{_LOOPBACK}(?::\d{{1,5}})?", re.IGNORECASE | re.ASCII)
#: `/ws/{client_id}`; a query is let through and means nothing.
_PATH = re.compile(r"/ws/([^/?#\s]{1,128})(?:\?[^#\s]{0,1024})?")


class Refusal(NamedTuple):
    """How a handshake is answered that is not accepted."""

    status: HTTPStatus
    text: str


def refusal(path: str, hosts: Sequence[str], origins: Sequence[str], port: int) -> Refusal | None:
    """Why a handshake is refused; None when it may go on. `hosts` and `origins`: all values of those headers."""
    if len(hosts) != 1 or not _is_ours(hosts[0], port):
        return Refusal(HTTPStatus.FORBIDDEN, "This server answers only to its own loopback address.")
    if len(origins) > 1 or (origins and _ORIGIN.fullmatch(origins[0]) is None):
        return Refusal(HTTPStatus.FORBIDDEN, "Pages of other sites may not connect.")
    if _PATH.fullmatch(path) is None:
        return Refusal(HTTPStatus.NOT_FOUND, "The address is /ws/{client_id}.")
    return None


def _is_ours(host: str, port: int) -> bool:
    found = _HOST.fullmatch(host)
    return found is not None and int(found[1] or 80) == port


def client_id(path: str) -> str:
    """The name that a client gave itself, as it stands in the address (percent-encoded)."""
    found = _PATH.fullmatch(path)
    return found[1] if found else ""
