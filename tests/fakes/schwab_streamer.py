"""The streamer of the fake Schwab: one user, one stream, deltas; free to break every rule."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from websockets.http11 import Request

from tests.fakes import schwab_frames as frames
from tests.fakes.chaos_peer import Gone, Peer, damage

LEVEL1, CHART, ACTIVITY = "LEVELONE_EQUITIES", "CHART_EQUITY", "ACCT_ACTIVITY"


class Streamer:
    """One loop. `ended` and the `note_…` are what a `Peer` asks for; `good` says which tokens are."""

    def __init__(self, good: Callable[[str], bool]) -> None:
        self._good = good
        self._denials = 0
        self._closes_second = False
        self._mute = self._holds_acks = False
        self._pongs = True
        self._unknown: set[str] = set()
        self._refused: dict[str, int] = {}
        self._limit = 500
        self._delayed = False
        self._rows: dict[str, dict[str, Any]] = {}
        #: Who has logged in, and what each of its services holds.
        self.peers: dict[Peer, dict[str, list[str]]] = {}
        self.ended = asyncio.Event()
        self.connections = 0
        self.logins = 0
        self.requests: list[Any] = []
        self._sequence = 0

    def note_request(self, number: int, request: Request) -> None:
        """Nothing of the handshake matters."""

    def note_open(self, peer: Peer) -> None:
        peer.pongs = self._pongs or not self._mute

    def note_received(self, number: int, data: Any) -> None:
        """Each request without its token: what is seen is printed when a test fails."""
        for request in data.get("requests", []) if isinstance(data, dict) else []:
            told = {name: value for name, value in request["parameters"].items() if name != "Authorization"}
            self.requests.append({**request, "parameters": told})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from the handshake to its end."""
        self.connections += 1
        peer = Peer(self, self.connections - 1, reader, writer)
        with suppress(Gone, ConnectionError):
            await peer.accept()
            while True:
                message = await peer.recv()
                for request in message["requests"] if not self._mute else ():
                    await self._answer(peer, request)
        self.peers.pop(peer, None)

    async def _answer(self, peer: Peer, request: Mapping[str, Any]) -> None:
        command = request["command"]
        if command == "LOGIN":
            await self._log_in(peer, request)
        elif peer not in self.peers:
            await peer.send(frames.response(request, 20, "Stream connection not found"))
        elif command in ("SUBS", "ADD", "UNSUBS"):
            await self._subscribe(peer, request)
        else:
            await peer.send(frames.response(request, 0, "success"))

    async def _log_in(self, peer: Peer, request: Mapping[str, Any]) -> None:
        denied = self._denials > 0 or not self._good(request["parameters"]["Authorization"])
        self._denials -= self._denials > 0
        if denied or (self._closes_second and self.peers):
            code, words = (3, "Login denied") if denied else (12, "Close connection: one stream per user")
            await peer.send(frames.response(request, code, words))
            await peer.send_close(1000)
            raise Gone
        self.logins += 1
        self.peers[peer] = {LEVEL1: [], CHART: [], ACTIVITY: []}
        await peer.send(frames.response(request, 0, "server=fake;status=NP"))

    async def _subscribe(self, peer: Peer, request: Mapping[str, Any]) -> None:
        service, command = request["service"], request["command"]
        held = self.peers[peer][service]
        keys = request["parameters"]["keys"].split(",")
        code = next((self._refused[key] for key in keys if key in self._refused), 0)
        if "fields" in request["parameters"] and not request["parameters"]["fields"].startswith("0"):
            code = 21
        room = self._limit - (0 if command == "SUBS" else len(held))
        if command != "UNSUBS" and len(keys) > room:
            code = code or 19
        if code:
            words = {19: "Reached symbol limit", 22: "SUBS command failed"}.get(code, f"{command} command failed")
            await peer.send(frames.response(request, code, words))
            return
        if command == "SUBS":
            held.clear()
        kept = [key for key in held if key not in keys]
        held[:] = kept if command == "UNSUBS" else [*kept, *keys]
        if not self._holds_acks:
            await peer.send(frames.response(request, 0, f"{command} command succeeded"))
        if command != "UNSUBS" and service == LEVEL1:
            images = [self._image(key) for key in keys if key not in self._unknown]
            if images and not self._holds_acks:
                await peer.send(frames.data(LEVEL1, images, command=command))
        elif service == ACTIVITY:
            await peer.send(frames.data(ACTIVITY, [frames.activity(0, "SUBSCRIBED")]))

    def _image(self, key: str) -> dict[str, Any]:
        row = self._rows.setdefault(key, frames.image(key, 150.0))
        return {**row, "delayed": self._delayed}

    def row(self, key: str) -> dict[str, Any] | None:
        """Level 1 of a symbol as it stands; None for one that does not exist."""
        return None if key in self._unknown else self._image(key)

    async def change(self, key: str, **given: Any) -> dict[str, Any]:
        """Sends what changes of level 1, and nothing else; says to how many."""
        delta = frames.level1(key, **given)
        self._image(key)
        self._rows[key].update(delta)
        return {"sent": await self.send(frames.data(LEVEL1, [delta]), LEVEL1, key)}

    async def trade(self, symbol: str, price: Any, size: Any = 100, **given: Any) -> dict[str, Any]:
        """What a print changes of level 1."""
        self._image(symbol)
        volume = self._rows[symbol]["8"] + size
        given.pop("id", None)
        told = {"last": price, "last_size": size, "volume": volume, "trade_ms": frames.now_ms(), **given}
        return await self.change(symbol, **told)

    async def quote(self, symbol: str, bid: Any, ask: Any, **given: Any) -> dict[str, Any]:
        return await self.change(symbol, **{"bid": bid, "ask": ask, "quote_ms": frames.now_ms(), **given})

    async def bar(self, symbol: str, price: Any, **given: Any) -> dict[str, Any]:
        return {"sent": await self.send(frames.data(CHART, [frames.bar(symbol, price, **given)]), CHART, symbol)}

    async def activity(self, kind: str, symbol: str = "AAPL", shares: int = 10, cents: int = 22_047) -> dict[str, Any]:
        """A word about an order, twice, as the server repeats itself."""
        self._sequence += 1
        record = frames.activity(self._sequence, kind, frames.fill(symbol, shares, cents))
        return {"sent": await self.send(frames.data(ACTIVITY, [record, record]), ACTIVITY)}

    async def send(self, text: str | bytes, service: str = "", key: str = "") -> int:
        """Sends to whoever is logged in and holds `key` of `service` (anything, where none is named)."""
        sent = 0
        for peer, held in list(self.peers.items()):
            if not self._mute and (not service or (held[service] if not key else key in held[service])):
                with suppress(Gone):
                    await peer.send(text, text=True)
                    sent += 1
        return sent

    async def flood(self, n: int, symbol: str = "AAPL", per: int = 100) -> dict[str, Any]:
        """`n` deltas of quotes, `per` to a frame."""
        sent = 0
        for start in range(0, n, per):
            count = min(per, n - start)
            records = [
                frames.level1(symbol, bid=150 + at % 50 / 100, ask=150.6 + at % 50 / 100, quote_ms=frames.now_ms())
                for at in range(count)
            ]
            sent += count * await self.send(frames.data(LEVEL1, records), LEVEL1, symbol)
        return {"sent": sent}

    def behave(self, what: str, given: Mapping[str, Any]) -> None:
        """Changes what it does from now on. Raises ValueError for what is not known."""
        if what == "silence":
            self._mute, self._pongs = True, given.get("pongs", True)
        elif what == "talk":
            self._mute = False
        elif what == "refuse_auth":
            self._denials = given.get("times", 1_000)
        elif what == "accept_auth":
            self._denials = 0
        elif what == "second":
            self._closes_second = True
        elif what == "hold_acks":
            self._holds_acks = given.get("on", True)
        elif what == "unknown":
            self._unknown.update(given["symbols"])
        elif what == "refuse":
            self._refused.update(dict.fromkeys(given["symbols"], given["code"]))
        elif what == "limit":
            self._limit = given["symbols"]
        elif what == "delayed":
            self._delayed = given["on"]
        else:
            raise ValueError(f"unknown command {what!r}")
        for peer in self.peers:
            peer.pongs = self._pongs or not self._mute

    async def damage(self, what: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Ends or damages every connection."""
        return await damage(self.peers, what, given, b'{"d', _GARBAGE)

    def subscribed(self) -> list[str]:
        """What is subscribed, as "service.key", of all connections."""
        return sorted({f"{name}.{key}" for held in self.peers.values() for name, keys in held.items() for key in keys})


def _records(records: Iterable[Any]) -> str:
    return frames.data(LEVEL1, records)


_GARBAGE = (
    "[{]", "null", "\x00", '{"data"', "[1,2,null]", '{"data":[null,{},{"content":3}]}', '{"response":[{}]}',
    '{"data":[],"data":[]}', '{"what":[1]}', _records([None, {}, {"key": "=CMD()"}, {"key": 7, "1": 1.0}]),
    '{"data":[{"service":"X","content":[{"key":"A"}]}]}',
)  # fmt: skip
