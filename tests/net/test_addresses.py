"""Which addresses are connected to."""

from __future__ import annotations

import pytest
from websockets.exceptions import InvalidURI

from live_monitor.errors import FatalFeedError
from live_monitor.net.addresses import is_loopback, socket_address


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("wss://socket.feed.example/stocks", "socket.feed.example", None),
        ("wss://192.0.2.1:8443/", "192.0.2.1", 8443),
        ("ws://localhost:8200/ws/{client_id}", "localhost", 8200),
        ("ws://LOCALHOST:8200/", "localhost", 8200),
        ("ws://127.9.9.9/", "127.9.9.9", None),
        ("ws://[::1]:9/", "::1", 9),
    ],
)
def test_with_tls_any_and_without_it_this_machine(url: str, host: str, port: int | None) -> None:
    parts = socket_address(url)
    assert (parts.hostname, parts.port) == (host, port)


@pytest.mark.parametrize(
    "url",
    ["ws://feed.example/", "ws://10.0.0.1/", "ws://0.0.0.0/", "ws://localhost.evil.example/", "ws://127.0.0.1.evil/"],
)
def test_without_tls_nobody_else(url: str) -> None:
    with pytest.raises(FatalFeedError, match="without encryption"):
        socket_address(url)


@pytest.mark.parametrize(
    "url", ["", "x", "http://localhost/", "ws://", "wss://:80/", "ws://a b/", "ws://[::1/", "ws://h:x/"]
)
def test_what_is_no_websocket_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidURI):
        socket_address(url)


def test_a_name_is_no_address_of_this_machine() -> None:
    assert not is_loopback("localhost.localdomain")
    assert is_loopback("::1")
