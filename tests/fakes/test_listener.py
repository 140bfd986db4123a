"""The ear of the fake servers forgets no connection."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import warnings

import pytest

from tests.fakes.listener import Listener


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)


@pytest.mark.asyncio
async def test_each_connection_is_served_until_the_end() -> None:
    listener = Listener(echo)
    ends = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(2)]
    for reader, writer in ends:
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
    await listener.close()
    for reader, writer in ends:
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncio.open_connection("127.0.0.1", listener.port)


@pytest.mark.asyncio
@pytest.mark.parametrize("turns", range(7))
async def test_a_connection_that_arrives_as_the_end_begins_is_closed_too(turns: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        listener = Listener(echo)
        with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as client:
            for _ in range(turns):
                await asyncio.sleep(0)
            await listener.close()
            gc.collect()
            # It is reset when it still waited to be accepted.
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(10) == b""
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []
