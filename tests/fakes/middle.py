"""A process between a client and a real server: passes WebSocket frames on, and breaks the link when it is told.

    python -m tests.fakes.middle ws://127.0.0.1:PORT

So a server that itself never misbehaves (`live-monitor feed`) can be held to the same rules as one that is made to.
The path of the client's request is passed on. Commands: see `far_end`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.frames import Close, Frame, Opcode

from tests.fakes.far_side import live, obey
from tests.fakes.listener import Listener

GARBAGE = ("[{]", "null", "[[[", "\x00", '{"type"', "[1,2,null]", '{"type":"XX"}', '{"ev":"T","sym":"AAPL","p":"x"}')


async def read_frame(reader: asyncio.StreamReader) -> tuple[bytes, int, bytes]:
    """The next frame: as it came, its opcode, its payload without the mask. Raises IncompleteReadError."""
    head = await reader.readexactly(2)
    length, more = head[1] & 0x7F, b""
    if length == 126:
        more = await reader.readexactly(2)
        length = struct.unpack("!H", more)[0]
    elif length == 127:
        more = await reader.readexactly(8)
        length = struct.unpack("!Q", more)[0]
    mask = await reader.readexactly(4) if head[1] & 0x80 else b""
    body = await reader.readexactly(length)
    clear = bytes(byte ^ mask[at % 4] for at, byte in enumerate(body)) if mask else body
    return head + more + mask + body, head[0] & 0x0F, clear


class _Ended(Exception):
    """One end or the other has gone."""


class Pair:
    """One client and its connection to the server."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client, self.server = client, server
        self.symbols: set[str] = set()

    def put(self, frame: Frame) -> None:
        """Puts a frame between those of the server."""
        if not self.client.is_closing():
            self.client.write(frame.serialize(mask=False))


class Middle:
    """One loop. Frames are passed on whole, so that one of our own always lies between two of them."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._pairs: set[Pair] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._refuses = False
        #: Bytes a second that pass to a client; 0: as they come.
        self._rate = 0
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client from its handshake to its end."""
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError, _Ended):
            request = await reader.readuntil(b"\r\n\r\n")
            await self._open.wait()
            if self._refuses:
                writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
                return
            theirs, ours = await asyncio.open_connection(self._host, self._port, limit=2**22)
            pair = Pair(writer, ours)
            self._pairs.add(pair)
            try:
                ours.write(_readdressed(request, f"{self._host}:{self._port}"))
                writer.write(await theirs.readuntil(b"\r\n\r\n"))
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass(reader, ours, lambda body: _note(pair, body)))
                    both.create_task(self._pass(theirs, writer, lambda body: None))
            except* (asyncio.IncompleteReadError, ConnectionError) as ended:
                raise _Ended from ended
            finally:
                self._pairs.discard(pair)
                ours.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]
    ) -> None:
        while True:
            raw, opcode, body = await read_frame(reader)
            await self._open.wait()
            if opcode in (Opcode.TEXT, Opcode.BINARY):
                note(body)
            if self._rate:
                await asyncio.sleep(len(raw) / self._rate)
            writer.write(raw)
            await writer.drain()

    async def do(self, what: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
        """One command of `far_end`. Raises ValueError for one that is not known."""
        match what:
            case "seen":
                wanted = sorted(set().union(*(pair.symbols for pair in self._pairs)))
                return {"connections": self.connections, "subscribed": wanted, "open": len(self._pairs)}
            case "emit":
                self._put(Frame(Opcode.TEXT, given["text"].encode()))
            case "garbage":
                for text in GARBAGE:
                    self._put(Frame(Opcode.TEXT, text.encode()))
                self._put(Frame(Opcode.BINARY, b"\xff\xfe\x00"))
            case "close":
                self._put(Frame(Opcode.CLOSE, Close(given["code"], "").serialize()))
                for pair in list(self._pairs):
                    pair.client.close()
            case "abort":
                for pair in list(self._pairs):
                    pair.client.transport.abort()
            case "silence":
                self._open.clear()
            case "talk":
                self._open.set()
            case "throttle":
                self._rate = given["rate"]
            case "refuse_auth":
                self._refuses = True
            case "accept_auth":
                self._refuses = False
            case "flood":
                return await self._flood(**given)
            case _:
                raise ValueError(f"unknown command {what!r}")
        return None

    def _put(self, frame: Frame) -> None:
        for pair in list(self._pairs):
            pair.put(frame)

    async def _flood(self, n: int, symbol: str, at_ms: int, price: float = 150.0) -> Mapping[str, Any]:
        """`n` quotes, one to a frame, as fast as they are taken."""
        for number in range(n):
            bid = round(price + number % 50 / 100, 2)
            quote = {"ev": "Q", "sym": symbol, "bp": bid, "bs": 1, "ap": round(bid + 0.01, 2), "as": 1, "t": at_ms}
            self._put(Frame(Opcode.TEXT, json.dumps({"type": "market_data", "data": quote}).encode()))
            for pair in list(self._pairs):
                with suppress(ConnectionError):
                    await pair.client.drain()
        return {"sent": n}


def _readdressed(request: bytes, host: str) -> bytes:
    """The request with the server's own name as `Host`: it refuses others."""
    lines = request.split(b"\r\n")
    return b"\r\n".join(b"Host: " + host.encode() if line.lower().startswith(b"host:") else line for line in lines)


def _note(pair: Pair, body: bytes) -> None:
    """Which symbols the client holds."""
    with suppress(ValueError):
        message = json.loads(body)
        symbols = message.get("symbols", []) if isinstance(message, dict) else []
        if message.get("action") == "subscribe":
            pair.symbols.update(symbols)
        elif message.get("action") == "unsubscribe":
            pair.symbols.difference_update(symbols)


async def _run(url: str) -> None:
    parts = urlsplit(url)
    middle = Middle(parts.hostname or "", parts.port or 80)
    listener = Listener(middle.serve, limit=2**22)
    await obey({"ws": f"ws://127.0.0.1:{listener.port}"}, middle.do)
    await listener.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    given = parser.parse_args()
    live(lambda: _run(given.url))
