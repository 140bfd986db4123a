"""The server's end of one connection, free to break every rule; see `chaos_server`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

#: What a client gets to answer a close frame.
CLOSE_TIMEOUT_S = 1.0


class Notebook(Protocol):
    """What a peer tells the server that it belongs to."""

    @property
    def ended(self) -> asyncio.Event:
        """Set when the server ends."""
        ...

    def note_request(self, number: int, request: Request) -> None:
        """Connection `number` has sent its handshake."""
        ...

    def note_open(self, peer: Peer) -> None:
        """The handshake of `peer` is complete."""
        ...

    def note_received(self, number: int, data: Any) -> None:
        """Connection `number` has sent a message."""
        ...


class Gone(Exception):
    """The client has ended the connection."""


class Peer:
    """The server's end of one connection. Answers pings only while a script reads or waits (`recv`, `linger`)."""

    def __init__(
        self, server: Notebook, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.number = number
        self.pongs = True
        self._reader = reader
        self._writer = writer
        self._protocol = ServerProtocol(max_size=None)
        self._messages: list[bytes] = []
        self._parts: list[bytes] = []

    async def request(self) -> Request:
        """Reads the opening handshake, without an answer. Raises Gone."""
        while True:
            for event in await self._read():
                if isinstance(event, Request):
                    self.server.note_request(self.number, event)
                    return event

    async def accept(self) -> Request:
        """Completes the opening handshake. Raises Gone."""
        request = await self.request()
        self._protocol.send_response(self._protocol.accept(request))
        await self._flush()
        self.server.note_open(self)
        return request

    async def send(self, message: str | bytes, *, text: bool | None = None) -> None:
        """Sends one message: text for `str`, binary for `bytes`, unless `text` says otherwise. Raises Gone."""
        data = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
        as_text = isinstance(message, str) if text is None else text
        # Not by the protocol's own methods: they refuse what a broken server would send.
        opcode = Opcode.TEXT if as_text else Opcode.BINARY
        self._write(Frame(opcode, data).serialize(mask=False))
        await self._drain()

    async def send_raw(self, data: bytes) -> None:
        """Writes bytes to the socket as they are. Raises Gone."""
        self._write(data)
        await self._drain()

    async def recv(self) -> Any:
        """The next message, parsed where it is JSON; recorded in `server.received`. Raises Gone."""
        while not self._messages:
            for event in await self._read():
                if isinstance(event, Frame):
                    self._collect(event)
        raw = self._messages.pop(0)
        try:
            data = json.loads(raw)
        except ValueError:
            data = raw
        self.server.note_received(self.number, data)
        return data

    async def linger(self) -> None:
        """Stays until the client goes, answering pings and recording messages."""
        while True:
            await self.recv()

    async def close(self, code: int, reason: str = "") -> None:
        """Sends a close frame and waits for the client's; 1006 aborts the TCP connection instead."""
        if code == 1006:
            self.abort()
            return
        with suppress(Gone, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                if self._protocol.state is OPEN:
                    self._protocol.send_close(code, reason)
                    await self._flush()
                    while True:
                        await self._read()
        await self.hang_up()

    async def send_close(self, code: int, reason: str = "") -> None:
        """Sends a close frame; whoever reads hears the client's. Raises Gone."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, reason)
            await self._flush()

    async def hang_up(self) -> None:
        """Closes the TCP connection after everything written has gone."""
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._writer.wait_closed()

    def abort(self) -> None:
        """Resets the TCP connection."""
        self._writer.transport.abort()

    async def stall(self) -> None:
        """Neither reads nor writes any more, with the connection open, until the server ends."""
        await self.server.ended.wait()

    def _collect(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if frame.fin:
                self._messages.append(b"".join(self._parts))
                self._parts.clear()

    async def _read(self) -> list[Any]:
        try:
            data = await self._reader.read(65_536)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._protocol.receive_data(data)
        events: list[Any] = list(self._protocol.events_received())
        outgoing = self._protocol.data_to_send()
        if self.pongs:
            self._write(b"".join(outgoing))
        # The library's mark for "nothing follows": the closing handshake is complete.
        if b"" in outgoing:
            raise Gone
        return events

    def _write(self, data: bytes) -> None:
        if self._writer.is_closing():
            raise Gone
        self._writer.write(data)

    async def _flush(self) -> None:
        self._write(b"".join(self._protocol.data_to_send()))
        await self._drain()

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError as error:
            raise Gone from error


async def damage(
    peers: dict[Peer, Any], what: str, given: Mapping[str, Any], half: bytes, garbage: Iterable[str]
) -> dict[str, Any]:
    """Ends every connection (`close`, `abort`, `half_frame`) and forgets it, or says what nobody can understand.

    `half`: how a frame of the vendor begins that never ends.
    """
    hurt = list(peers)
    for peer in hurt:
        with suppress(Gone):
            if what == "close":
                await peer.send_close(given["code"], given.get("reason", ""))
            elif what == "abort":
                peer.abort()
            elif what == "half_frame":
                # A text frame that promises 100 bytes and brings three, then the end of the connection.
                await peer.send_raw(b"\x81\x64" + half)
                await peer.hang_up()
            else:
                for text in garbage:
                    await peer.send(text)
                await peer.send(b"\xff\xfe\x00", text=False)
        if what != "garbage":
            peers.pop(peer, None)
    return {"broken": len(hurt)}
