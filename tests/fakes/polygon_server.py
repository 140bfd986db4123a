"""Polygon's stream on loopback, in a process of its own, free to break every rule; see `far_end`.

    python -m tests.fakes.polygon_server [--key TESTKEY] [--delayed]

Speaks as the live server was seen to: the newer connection of a key wins, a channel is acknowledged once, an unknown
topic never, an unknown ticker like any other, a bad key is answered and then cut off without a handshake.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from websockets.http11 import Request

from tests.fakes import polygon_frames as frames
from tests.fakes.chaos_peer import Gone, Peer, damage
from tests.fakes.far_side import live, obey
from tests.fakes.listener import Listener

TOPICS = frozenset({"T", "Q", "A", "AM", "LULD", "NOI", "FMV"})
ONLY_REAL_TIME = frozenset({"Q", "LULD", "NOI"})
#: Acknowledgements that share a frame.
ACKS_A_FRAME = 2


class PolygonServer:
    """One loop. `ended` and the `note_…` are what a `Peer` asks for."""

    def __init__(self, key: str, *, delayed: bool) -> None:
        self._key = key
        self._delayed = delayed
        self._refusal = ""
        self._mute = self._pongs = self._holds_acks = False
        self._greets = True
        self._unanswered: set[str] = set()
        self._peers: dict[Peer, set[str]] = {}
        self._sequence = 0
        self.ended = asyncio.Event()
        self.connections = 0
        self.requests: list[Any] = []
        self.paths: list[str] = []

    def note_request(self, number: int, request: Request) -> None:
        self.paths.append(request.path)

    def note_open(self, peer: Peer) -> None:
        peer.pongs = self._pongs or not self._mute

    def note_received(self, number: int, data: Any) -> None:
        # The key stays here: what is seen is printed when a test fails.
        self.requests.append({**data, "params": "***"} if _action(data) == "auth" else data)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from the handshake to its end."""
        self.connections += 1
        peer = Peer(self, self.connections - 1, reader, writer)
        with suppress(Gone, ConnectionError):
            await peer.accept()
            if self._greets and not self._mute:
                await peer.send(frames.frame(frames.CONNECTED))
            while True:
                await self._answer(peer, await peer.recv())
        self._peers.pop(peer, None)

    async def _answer(self, peer: Peer, message: Any) -> None:
        action = _action(message)
        if self._mute:
            return
        if action == "auth":
            await self._authenticate(peer, message["params"])
        elif peer not in self._peers:
            await peer.send(frames.frame(frames.status("auth_required", "authentication required")))
        elif action in ("subscribe", "unsubscribe"):
            await self._subscribe(peer, action, message["params"].split(","))

    async def _authenticate(self, peer: Peer, key: str) -> None:
        if self._refusal or key != self._key:
            message = self._refusal or "authentication failed"
            await peer.send(frames.frame(frames.status("auth_failed", message)))
            peer.abort()
            raise Gone
        for older in [older for older in self._peers if older is not peer]:
            await older.send(frames.frame(frames.MAX_CONNECTIONS))
            await older.send_close(1008, "max connections")
            del self._peers[older]
        self._peers[peer] = set()
        await peer.send(frames.frame(frames.AUTHENTICATED))

    async def _subscribe(self, peer: Peer, action: str, channels: list[str]) -> None:
        held = self._peers[peer]
        answers: list[dict[str, Any]] = []
        for channel in channels:
            topic = channel.partition(".")[0]
            if topic not in TOPICS or (channel in held) == (action == "subscribe"):
                continue
            if self._delayed and topic in ONLY_REAL_TIME:
                answers.append(frames.status("error", f"not authorized to subscribe to: {channel}"))
                continue
            (held.add if action == "subscribe" else held.discard)(channel)
            if not self._holds_acks and channel not in self._unanswered:
                answers.append(frames.status("success", f"{action}d to: {channel}"))
        for start in range(0, len(answers), ACKS_A_FRAME):
            await peer.send(frames.frame(*answers[start : start + ACKS_A_FRAME]))

    async def emit(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Sends one event to whoever holds its channel; says to how many."""
        symbol = event.get("sym", event.get("T"))
        return {"sent": await self._send(frames.frame(event), f"{event['ev']}.{symbol}")}

    async def _send(self, text: str | bytes, channel: str = "") -> int:
        sent = 0
        for peer, held in list(self._peers.items()):
            if not self._mute and (not channel or channel in held or f"{channel.partition('.')[0]}.*" in held):
                with suppress(Gone):
                    await peer.send(text, text=True)
                    sent += 1
        return sent

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    async def do(self, what: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
        """One command of `far_end`. Raises ValueError for one that is not known."""
        if what in ("trade", "quote", "bar", "bands"):
            if what in ("trade", "quote"):
                given.setdefault("sequence", self._next())
            return await self.emit(getattr(frames, what)(**given))
        if what == "seen":
            subscribed = sorted(set().union(*self._peers.values()) if self._peers else ())
            seen = {"connections": self.connections, "subscribed": subscribed, "requests": self.requests}
            return {**seen, "paths": self.paths, "open": len(self._peers)}
        if what == "emit":
            return {"sent": await self._send(given["text"])}
        if what == "status":
            return {"sent": await self._send(frames.frame(frames.status(given["status"], given.get("message", ""))))}
        if what == "flood":
            return await self._flood(**given)
        if what in ("close", "abort", "half_frame", "garbage"):
            return await damage(self._peers, what, given, b'[{"', _GARBAGE)
        return self._behave(what, given)

    def _behave(self, what: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
        if what == "silence":
            self._mute, self._pongs = True, given.get("pongs", True)
        elif what == "talk":
            self._mute = False
        elif what == "refuse_auth":
            self._refusal = given.get("message", "authentication failed")
        elif what == "accept_auth":
            self._refusal = ""
        elif what == "greet":
            self._greets = given["on"]
        elif what == "hold_acks":
            self._holds_acks = given.get("on", True)
        elif what == "no_ack":
            self._unanswered.update(given["channels"])
        else:
            raise ValueError(f"unknown command {what!r}")
        for peer in self._peers:
            peer.pongs = self._pongs or not self._mute
        return None

    async def _flood(self, n: int, symbol: str = "AAPL", price: float = 150.0, per: int = 100) -> Mapping[str, Any]:
        """`n` prints and quotes in turn, `per` to a frame, as fast as they are taken."""
        sent = 0
        for start in range(0, n, per):
            events = []
            for at in range(start, min(start + per, n)):
                cents = round(price + at % 50 / 100, 2)
                ask = round(cents + 0.01, 2)
                sequence = self._next()
                events.append(
                    frames.quote(symbol, cents, ask, sequence=sequence)
                    if at % 2
                    else frames.trade(symbol, cents, 1, sequence=sequence)
                )
            sent += len(events) * await self._send(frames.frame(*events))
        return {"sent": sent}


_GARBAGE = ("[{]", "null", "[[[", "\x00", '{"ev"', "[1,2,null]", '[{"ev":"XX"},{"sym":"AAPL"}]')


def _action(message: Any) -> str:
    return str(message.get("action", "")) if isinstance(message, dict) else ""


async def _run(given: argparse.Namespace) -> None:
    server = PolygonServer(given.key, delayed=given.delayed)
    listener = Listener(server.serve, given.port, limit=2**22)
    await obey({"ws": f"ws://127.0.0.1:{listener.port}/stocks"}, server.do)
    server.ended.set()
    await listener.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--key", default="TESTKEY")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delayed", action="store_true")
    options = parser.parse_args()
    live(lambda: _run(options))
