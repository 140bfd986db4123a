"""Row F9: real TLS servers that must not be trusted, each for one reason."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.sync.server import ServerConnection, serve

from live_monitor.clock import SystemClock
from live_monitor.net.stream_link import LinkTiming, StreamLink
from tests.fakes.certificates import Authority
from tests.fakes.listener import Listener
from tests.fakes.outlet import Outlet

QUICK = LinkTiming(open_s=5.0, delay_scale=0.01)


async def both(host: str, port: int) -> list[str]:
    """Two addresses, as most hosts have: a refusal by the first must not lead to the second."""
    return ["127.0.0.1", "127.0.0.1"]


async def listens(socket: ClientConnection) -> NoReturn:
    while True:
        await socket.recv()


def stays(connection: ServerConnection) -> None:
    """A server that says nothing, until its client goes."""
    for _ in connection:
        pass


class TlsServer:
    """Speaks WebSocket by `context` on a free port; what arrives on TCP is counted, its first bytes are kept."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.first_bytes: list[bytes] = []

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes everything on to the server behind, so that its connections can be counted."""
        there, back = await asyncio.open_connection("127.0.0.1", self._behind)
        first = await reader.read(65_536)
        self.first_bytes.append(first)
        back.write(first)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65_536):
                sink.write(data)
            sink.close()

        try:
            await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)
        finally:
            back.transport.abort()

    async def __aenter__(self) -> TlsServer:
        # Threads, because asyncio's own servers hang up without telling why a handshake failed.
        self._server = serve(stays, "127.0.0.1", 0, ssl=self._context)
        self._behind: int = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="tls-server")
        self._thread.start()
        self._listener = Listener(self._relay)
        self.port = self._listener.port
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._listener.close()
        self._server.shutdown()
        await asyncio.to_thread(self._thread.join, 10)


def link_to(port: int, outlet: Outlet, context: ssl.SSLContext | None) -> StreamLink:
    url = f"wss://localhost:{port}/stocks"
    random, clock = Random(1), SystemClock()
    return StreamLink(url, outlet, clock=clock, random=random, timing=QUICK, resolver=both, ssl_context=context)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"self_signed": True}, "certificate was refused: self-signed certificate"),
        ({"valid_days": -1}, "certificate was refused: certificate has expired"),
        ({"host": "feed.example"}, "certificate was refused: Hostname mismatch"),
        ({"tls_1_0": True}, "does not speak TLS as required"),
    ],
    ids=["self-signed", "expired", "wrong host", "TLS 1.0"],
)
async def test_f9_a_server_that_cannot_be_trusted_is_refused_for_good_at_the_first_try(
    bad: Mapping[str, Any], words: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    outlet = Outlet()
    async with TlsServer(authority.server_context(**bad)) as server:
        async with asyncio.timeout(20):
            await link_to(server.port, outlet, authority.client_context()).run(listens)
        assert outlet.states == ["connecting", "failed"]
        assert words in outlet.links[-1].message
        assert outlet.links[-1].remedy
        # One connection, and it began with a TLS handshake: nothing was ever said in the open.
        assert [first[:1] for first in server.first_bytes] == [b"\x16"]


@pytest.mark.asyncio
async def test_f9_without_an_authority_of_its_own_the_systems_trust_decides(tmp_path: Path) -> None:
    outlet = Outlet()
    async with TlsServer(Authority(tmp_path).server_context()) as server:
        link = StreamLink(
            f"wss://localhost:{server.port}/",
            outlet,
            clock=SystemClock(),
            random=Random(1),
            timing=QUICK,
            resolver=both,
        )
        async with asyncio.timeout(20):
            await link.run(listens)
    assert outlet.states == ["connecting", "failed"]
    assert "certificate was refused" in outlet.links[-1].message


@pytest.mark.asyncio
async def test_f9_a_server_that_can_be_trusted_is_connected_to(tmp_path: Path) -> None:
    """The control: the same servers, with nothing wrong."""
    authority = Authority(tmp_path)
    outlet = Outlet()
    async with TlsServer(authority.server_context()) as server:
        link = link_to(server.port, outlet, authority.client_context())

        async def greets(socket: ClientConnection) -> NoReturn:
            link.live()
            await listens(socket)

        task = asyncio.create_task(link.run(greets))
        await outlet.until(lambda: "live" in outlet.states)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert outlet.states == ["connecting", "live"]


@pytest.mark.asyncio
async def test_f9_a_server_that_hangs_up_during_the_handshake_is_tried_again(tmp_path: Path) -> None:
    """That one restarts at this moment; nothing is wrong with its certificate."""
    outlet = Outlet()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)

    listener = Listener(hang_up)
    task = asyncio.create_task(link_to(listener.port, outlet, Authority(tmp_path).client_context()).run(listens))
    await outlet.until(lambda: outlet.states.count("retrying") == 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await listener.close()
    assert "failed" not in outlet.states


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["feed.example", "192.0.2.1", "10.0.0.1", "[2001:db8::1]", "localhost.example"])
async def test_f9_without_tls_only_this_machine_is_spoken_to(host: str) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    outlet = Outlet()
    link = StreamLink(f"ws://{host}/x", outlet, clock=SystemClock(), random=Random(1), timing=QUICK, resolver=resolve)
    async with asyncio.timeout(20):
        await link.run(listens)
    assert outlet.states == ["connecting", "failed"]
    assert "without encryption" in outlet.links[-1].message
    assert "wss://" in outlet.links[-1].remedy
    assert asked == []
