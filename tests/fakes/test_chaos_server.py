"""The misbehaving server misbehaves as its scripts say."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from tests.fakes import chaos_server as chaos
from tests.fakes.chaos_server import ChaosServer, Script


def dial(server: ChaosServer, **options: Any) -> connect:
    return connect(server.url.replace("{client_id}", "test"), proxy=None, compression=None, **options)


async def closed(socket_: ClientConnection) -> ConnectionClosed:
    """Reads until the connection ends."""
    try:
        while True:
            await socket_.recv()
    except ConnectionClosed as end:
        return end


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012])
async def test_closes_with_the_code_after_the_frames(code: int) -> None:
    async with ChaosServer(chaos.closes(code, after=2, reason="because")) as server, dial(server) as client:
        frames = [json.loads(await client.recv()) for _ in range(2)]
        end = await closed(client)
    assert [frame["data"]["q"] for frame in frames] == [1, 2]
    assert end.rcvd is not None
    assert (end.rcvd.code, end.rcvd.reason) == (code, "because")


@pytest.mark.asyncio
async def test_1006_is_a_connection_that_ends_without_a_close_frame() -> None:
    async with ChaosServer(chaos.closes(1006, after=1)) as server, dial(server) as client:
        assert (await closed(client)).rcvd is None


@pytest.mark.asyncio
async def test_each_connection_plays_the_next_script_and_the_last_one_stays() -> None:
    async with ChaosServer(chaos.closes_at_once(), chaos.documented()) as server:
        async with dial(server) as first:
            await closed(first)
        for _ in range(2):
            async with dial(server) as later:
                await later.send('{"action":"subscribe","symbols":["MSFT"],"channels":["T"]}')
                assert json.loads(await later.recv())["data"]["sym"] == "MSFT"
    assert [connection.path for connection in server.connections] == ["/ws/test"] * 3
    assert [message["symbols"] for message in server.received] == [["MSFT"]] * 2
    times = [connection.at for connection in server.connections]
    assert times == sorted(times)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [200, 302, 401, 403, 429, 503])
async def test_answers_http_instead_of_a_websocket(status: int) -> None:
    headers = {"Retry-After": "7", "Location": "/elsewhere"}
    async with ChaosServer(chaos.answers_http(status, headers)) as server:
        with pytest.raises(InvalidStatus) as caught:
            async with _NoRedirect(server.url.replace("{client_id}", "x"), proxy=None):
                pass
    assert caught.value.response.status_code == status
    assert caught.value.response.headers["Retry-After"] == "7"


class _NoRedirect(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@pytest.mark.asyncio
async def test_never_answers_the_handshake() -> None:
    async with ChaosServer(chaos.never_answers()) as server:
        with pytest.raises(TimeoutError):
            async with dial(server, open_timeout=0.1):
                pass
        assert server.connections[0].headers["Upgrade"] == "websocket"


@pytest.mark.asyncio
async def test_refuses_tcp() -> None:
    async with ChaosServer(chaos.refuses_tcp()) as server:
        with pytest.raises((OSError, InvalidMessage)):
            async with dial(server):
                pass
        assert len(server.connections) == 1


@pytest.mark.asyncio
async def test_stall_answers_no_ping_and_only_pongs_does() -> None:
    async with ChaosServer(chaos.stalls(after=1), chaos.only_pongs(after=1)) as server:
        stalled = await dial(server, ping_interval=None)
        await stalled.recv()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await (await stalled.ping())
        stalled.transport.abort()
        async with dial(server, ping_interval=None) as alive:
            await alive.recv()
            assert await (await alive.ping()) >= 0.0


@pytest.mark.asyncio
async def test_sends_garbage_as_it_is() -> None:
    async with ChaosServer(chaos.sends("{", b"\x00\xff", '{"type":"?"}')) as server, dial(server) as client:
        assert [await client.recv() for _ in range(3)] == ["{", b"\x00\xff", '{"type":"?"}']


@pytest.mark.asyncio
async def test_wrong_utf8_in_a_text_frame_reaches_the_client() -> None:
    async with ChaosServer(chaos.sends(b"\xff\xfe", text=True)) as server, dial(server) as client:
        assert await client.recv(decode=False) == b"\xff\xfe"


@pytest.mark.asyncio
async def test_huge_message_breaks_the_clients_limit() -> None:
    async with ChaosServer(chaos.sends_huge()) as server, dial(server, max_size=2**20) as client:
        end = await closed(client)
    assert end.sent is not None
    assert end.sent.code == 1009


@pytest.mark.asyncio
async def test_status_event_then_abort() -> None:
    script = chaos.says_status("auth_failed", "authentication failed", then_close=1006)
    async with ChaosServer(script) as server, dial(server) as client:
        assert json.loads(await client.recv())[0]["status"] == "auth_failed"
        assert (await closed(client)).rcvd is None


@pytest.mark.asyncio
async def test_greets_acks_refuses_and_leaves_unanswered() -> None:
    script = chaos.greets(refuse={"ZZZZ": "unknown symbol"}, unanswered=["SLOW"])
    async with ChaosServer(script) as server, dial(server) as client:
        assert json.loads(await client.recv())["type"] == "hello"
        await client.send('{"action":"hello","features":["ack"]}')
        assert json.loads(await client.recv())["type"] == "clock"
        await client.send('{"action":"subscribe","symbols":["AAPL","ZZZZ","SLOW"]}')
        ack = json.loads(await client.recv())
        assert (ack["symbols"], ack["refused"]) == (["AAPL"], {"ZZZZ": "unknown symbol"})
        kinds = [json.loads(await client.recv())["type"] for _ in range(2)]
    assert kinds == ["snapshot", "market_data"]


def test_serves_from_a_thread_of_its_own_and_pushes() -> None:
    with ChaosServer(chaos.documented()) as server:

        async def talk() -> str | bytes:
            async with dial(server) as client:
                await client.send('{"action":"hello"}')
                await asyncio.to_thread(server.wait_for, lambda: bool(server.received))
                await asyncio.to_thread(server.push, "pushed")
                return await client.recv()

        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            assert runner.run(talk()) == "pushed"
    assert not [thread for thread in threading.enumerate() if thread.name == "chaos-server"]


def test_ends_while_clients_are_connected() -> None:
    scripts: list[Script] = [chaos.stalls(), chaos.never_answers(), chaos.documented()]
    with ChaosServer(*scripts) as server:
        sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in scripts]
        server.wait_for(lambda: len(server.connections) == 3)
    assert not [thread for thread in threading.enumerate() if thread.name == "chaos-server"]
    for client in sockets:
        client.close()


def test_taken_port_is_an_error_and_a_freed_one_can_be_served_again() -> None:
    port = chaos.free_port()
    with ChaosServer(port=port), pytest.raises(OSError, match=r"[Aa]ddress"), ChaosServer(port=port):
        pass
    with ChaosServer(port=port) as again:
        assert again.port == port
