"""A feed server that costs next to nothing and keeps its rate: own process, one client, plain asyncio.

It speaks as a server of ours (hello, clock, snapshot, history), so the market's time is its own. Events go out by a
token bucket on the monotonic clock. It measures what the client cannot know: how far it fell behind because the
socket was full, and how long a WebSocket ping takes through the very stream that the events are in.

    stdin   ends: the process ends
    stdout  {"port"}  {"flooding"}
            {"planned", "sent", "trades", "seconds", "behind_ms", "ping_p50_ms", "ping_p99_ms", "pings_lost", "cpu_s"}
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import math
import re
import time
from collections.abc import Sequence

from bench import flood
from bench.child import end_with_parent, say
from live_monitor.ports import PastPage
from live_monitor.server.relay_frames import encode_history, encode_snapshot
from live_monitor.wire import relay

#: A burst after a pause of this process is spread over several writes.
MAX_STRETCH_EVENTS = 4_000
WRITE_BUFFER = 512 * 1024
PING_S = 0.05
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Plan(argparse.Namespace):
    """The command line."""

    rate: float
    seconds: float
    per_frame: int
    symbols: list[str]
    pace: str
    settle: float
    history: bool


class Peer(asyncio.Protocol):
    """The one connection: handshake, requests, pings."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._buffer = b""
        self._open = False
        self.paused = False
        self.transport: asyncio.Transport | None = None
        self.pings_ms: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=WRITE_BUFFER, low=WRITE_BUFFER // 2)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        self.transport = None

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._open, self._buffer = True, rest
            self._shake_hands(head)
        while (frame := _client_frame(self._buffer)) is not None:
            opcode, payload, used = frame
            self._buffer = self._buffer[used:]
            self._take(opcode, payload)

    def _shake_hands(self, head: bytes) -> None:
        found = re.search(rb"(?im)^sec-websocket-key:\s*(\S+)", head)
        accept = base64.b64encode(hashlib.sha1((found[1] if found else b"") + _GUID).digest())
        self.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._generator.greet(self)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 9:
            self.write(flood.text_frame(payload, opcode=10))
        elif opcode == 10 and len(payload) == 16:
            self.pings_ms.append((time.monotonic() - float(payload)) * 1000)
        elif opcode in (1, 2):
            request = relay.decode_request(payload)
            if request is not None:
                self._generator.answer(self, request)

    def ping(self) -> None:
        self.write(flood.text_frame(b"%016.4f" % time.monotonic(), opcode=9))


def _client_frame(data: bytes) -> tuple[int, bytes, int] | None:
    """Opcode, payload and length of the first masked frame; None while it is not whole."""
    if len(data) < 2:
        return None
    size, start = data[1] & 0x7F, 2
    if size == 126:
        size, start = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(data[2:10], "big"), 10
    end = start + 4 + size
    if len(data) < end:
        return None
    mask = data[start : start + 4]
    payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data[start + 4 : end]))
    return data[0] & 15, payload, end


class Generator:
    """Greets, answers, and floods once everything is subscribed."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._source = flood.market(plan.symbols, plan.rate)
        self._opening = [self._source.snapshot(symbol) for symbol in plan.symbols]
        self._pages = self._make_pages(plan.symbols[0]) if plan.history else {}
        total = plan.rate * plan.seconds if plan.rate else plan.seconds
        events = flood.lap(self._source, min(flood.LAP_EVENTS, max(1_000, int(total))))
        self._per_frame = max(1, plan.per_frame)
        self._frames = flood.frames(events, plan.per_frame)
        self._trades = [sum(b'"ev":"T"' in event for event in chunk) for chunk in _chunks(events, self._per_frame)]
        self._total_frames = max(1, int(total) // self._per_frame)
        self._subscribed: set[str] = set()
        self._ready = asyncio.Event()
        self._began = time.monotonic()
        self._peer: Peer | None = None
        self._sent_frames = self._sent_trades = 0

    def _make_pages(self, symbol: str) -> dict[str, relay.HistoryPage]:
        pages = {}
        for name, width in (("1m", 60_000), ("1s", 1_000)):
            bars, more = self._source.history(symbol, width, self._source.start_ms, 2_000)
            pages[name] = relay.HistoryPage(symbol, name, 0, [*bars], more)
        return pages

    # -- conversation ---------------------------------------------------------------------------

    def _market_ms(self) -> int:
        return self._source.start_ms + int((time.monotonic() - self._began) * 1000)

    def greet(self, peer: Peer) -> None:
        features = ["batch", "clock", "ack", *(("snapshot", "history") if self._plan.history else ())]
        hello = relay.Hello(features, "live-monitor", "simulated", "BENCH", self._plan.pace, list(self._plan.symbols))
        peer.write(flood.text_frame(relay.encode(hello)))

    def answer(self, peer: Peer, request: relay.Request) -> None:
        if request.action == "hello":
            peer.write(flood.text_frame(relay.encode(relay.ClockFrame(self._market_ms()))))
        elif request.action == "subscribe":
            named = [request.symbols] if isinstance(request.symbols, str) else request.symbols
            peer.write(flood.text_frame(relay.encode(relay.Ack("subscribe", list(named)))))
            self._subscribed.update(named)
            if self._plan.history:
                for snapshot in self._opening:
                    if snapshot is not None and snapshot.symbol in named:
                        peer.write(flood.text_frame(encode_snapshot(snapshot)))
            if self._subscribed >= set(self._plan.symbols):
                self._peer = peer
                self._ready.set()
        elif request.action == "history" and request.timeframe in self._pages:
            page = self._pages[request.timeframe]
            bars = [bar for bar in page.bars if not request.end_ms or bar.start_ms < request.end_ms]
            peer.write(flood.text_frame(encode_history(request, PastPage([*bars], False, 0))))

    # -- the flood ------------------------------------------------------------------------------

    async def run(self) -> None:
        await self._ready.wait()
        peer = self._peer
        assert peer is not None
        await asyncio.sleep(self._plan.settle)
        say(flooding=True)
        pinging = asyncio.create_task(self._ping(peer))
        cpu = time.process_time()
        started = time.monotonic()
        behind_ms = await (self._send_paced(peer) if self._plan.rate else self._send_flat_out(peer))
        seconds, cpu = time.monotonic() - started, time.process_time() - cpu
        pinging.cancel()
        pings = sorted(peer.pings_ms)
        say(
            planned=self._total_frames * self._per_frame,
            sent=self._sent_frames * self._per_frame,
            trades=self._sent_trades,
            seconds=seconds,
            behind_ms=behind_ms,
            ping_p50_ms=pings[len(pings) // 2] if pings else math.nan,
            ping_p99_ms=pings[int(len(pings) * 0.99)] if pings else math.nan,
            pings_lost=self._pings_sent - len(pings),
            cpu_s=cpu,
        )
        while True:
            await asyncio.sleep(1)
            peer.write(flood.text_frame(relay.encode(relay.ClockFrame(self._market_ms()))))

    _pings_sent = 0

    async def _ping(self, peer: Peer) -> None:
        beats = 0
        while True:
            await asyncio.sleep(PING_S)
            peer.ping()
            self._pings_sent += 1
            beats += 1
            if beats % 20 == 0:
                peer.write(flood.text_frame(relay.encode(relay.ClockFrame(self._market_ms()))))

    async def _send_paced(self, peer: Peer) -> float:
        """Sends what is due every millisecond; returns the longest time (ms) by which the socket held it back."""
        frames_per_s = self._plan.rate / self._per_frame
        most = max(1, MAX_STRETCH_EVENTS // self._per_frame)
        worst = 0
        sent = 0
        started = time.monotonic()
        while sent < self._total_frames and peer.transport is not None:
            due = min(int((time.monotonic() - started) * frames_per_s), self._total_frames) - sent
            if peer.paused:
                worst = max(worst, due)
            elif due > 0:
                sent += self._write(peer, sent, min(due, most))
                if due > most:
                    await asyncio.sleep(0)
                    continue
            await asyncio.sleep(0.001)
        return worst / frames_per_s * 1000

    async def _send_flat_out(self, peer: Peer) -> float:
        sent = 0
        most = max(1, 1_000 // self._per_frame)
        while sent < self._total_frames and peer.transport is not None:
            if peer.paused:
                await asyncio.sleep(0.0005)
            else:
                sent += self._write(peer, sent, min(most, self._total_frames - sent))
                await asyncio.sleep(0)
        return 0.0

    def _write(self, peer: Peer, sent: int, count: int) -> int:
        """Writes up to `count` frames of one lap; returns how many."""
        lap, start = divmod(sent, len(self._frames))
        stretch = self._frames[start : start + count]
        peer.write(flood.dressed(b"".join(stretch), self._market_ms(), lap))
        self._sent_frames += len(stretch)
        self._sent_trades += sum(self._trades[start : start + count])
        return len(stretch)


def _chunks(events: Sequence[bytes], size: int) -> list[Sequence[bytes]]:
    return [events[start : start + size] for start in range(0, len(events) - size + 1, size)]


async def serve(plan: Plan) -> None:
    """Listens on a free port, says which, and floods the first client."""
    generator = Generator(plan)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Peer(generator), "127.0.0.1", 0)
    say(port=server.sockets[0].getsockname()[1])
    await generator.run()


def main() -> None:
    """Runs until stdin ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0.0, help="events per second; 0: as fast as the client reads")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long; without a rate: how many events")
    parser.add_argument("--per-frame", type=int, default=10, help="0: one event in the documented envelope")
    parser.add_argument("--symbols", type=lambda text: text.split(","), default=["AAPL"])
    parser.add_argument("--pace", choices=("realtime", "max"), default="realtime")
    parser.add_argument("--settle", type=float, default=0.0, help="seconds between the subscription and the flood")
    parser.add_argument("--history", action="store_true", help="offer level 1 and two days of bars")
    plan = parser.parse_args(namespace=Plan())
    end_with_parent()
    asyncio.run(serve(plan))


if __name__ == "__main__":
    main()
