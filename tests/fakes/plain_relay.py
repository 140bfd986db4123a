"""A relay of another make, in a process of its own: the documented protocol and nothing beyond it; see `far_end`.

    python -m tests.fakes.plain_relay

It does not greet, acknowledges nothing and has no history: `{"action":"subscribe",…}` in, wrapped events out.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from websockets.http11 import Request

from tests.fakes import polygon_frames as frames
from tests.fakes.chaos_peer import Gone, Peer
from tests.fakes.far_side import live, obey
from tests.fakes.listener import Listener
from tests.fakes.middle import GARBAGE


class PlainRelay:
    """One loop. `ended` and the `note_…` are what a `Peer` asks for."""

    def __init__(self) -> None:
        self._peers: dict[Peer, set[str]] = {}
        self._mute = self._refuses = False
        self._sequence = 0
        self.ended = asyncio.Event()
        self.connections = 0

    def note_request(self, number: int, request: Request) -> None:
        pass

    def note_open(self, peer: Peer) -> None:
        peer.pongs = not self._mute

    def note_received(self, number: int, data: Any) -> None:
        pass

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from the handshake to its end."""
        self.connections += 1
        peer = Peer(self, self.connections, reader, writer)
        with suppress(Gone, ConnectionError):
            if self._refuses:
                await peer.request()
                await peer.send_raw(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await peer.hang_up()
                return
            await peer.accept()
            held = self._peers[peer] = set()
            while True:
                message = await peer.recv()
                if isinstance(message, dict) and message.get("action") == "subscribe":
                    held.update(message["symbols"])
                elif isinstance(message, dict) and message.get("action") == "unsubscribe":
                    held.difference_update(message["symbols"])
        self._peers.pop(peer, None)

    async def do(self, what: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
        """One command of `far_end`. Raises ValueError for one that is not known."""
        match what:
            case "seen":
                held = sorted(set().union(*self._peers.values())) if self._peers else []
                return {"connections": self.connections, "subscribed": held, "open": len(self._peers)}
            case "trade" | "quote":
                self._sequence += 1
                event = getattr(frames, what)(sequence=self._sequence, **given)
                return {"sent": await self._send(_wrapped(event), event["sym"])}
            case "emit":
                return {"sent": await self._send(given["text"])}
            case "garbage":
                for text in GARBAGE:
                    await self._send(text)
            case "close":
                for peer in list(self._peers):
                    await peer.send_close(given["code"])
                    self._peers.pop(peer, None)
            case "abort":
                for peer in list(self._peers):
                    peer.abort()
            case "silence" | "talk":
                self._mute = what == "silence"
                for peer in self._peers:
                    peer.pongs = not self._mute
            case "refuse_auth" | "accept_auth":
                self._refuses = what == "refuse_auth"
            case "flood":
                for number in range(given["n"]):
                    bid = round(150.0 + number % 50 / 100, 2)
                    await self._send(_wrapped(frames.quote(given["symbol"], bid, round(bid + 0.01, 2))))
            case _:
                raise ValueError(f"unknown command {what!r}")
        return None

    async def _send(self, text: str, symbol: str = "") -> int:
        sent = 0
        for peer, held in list(self._peers.items()):
            if not self._mute and (not symbol or symbol in held):
                with suppress(Gone):
                    await peer.send(text)
                    sent += 1
        return sent


def _wrapped(event: Mapping[str, Any]) -> str:
    return json.dumps({"type": "market_data", "data": event})


async def _run() -> None:
    server = PlainRelay()
    listener = Listener(server.serve, limit=2**22)
    await obey({"ws": f"ws://127.0.0.1:{listener.port}/ws/{{client_id}}"}, server.do)
    server.ended.set()
    await listener.close()


if __name__ == "__main__":
    live(_run)
