"""`feed`: the serving side. Making the simulated market, encoding it, serving it, replaying a recording."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import websockets

from bench import flood
from bench.child import Child
from bench.rows import Row, Size, cost, interleave, median, yield_of
from live_monitor.data.models.market_data import Event
from live_monitor.providers.replay import ReplayMarket
from live_monitor.server.relay_frames import encode_event
from live_monitor.wire import relay
from live_monitor.wire.session_file import SessionHeader, SessionReader, SessionWriter

EVENTS = 200_000
SERVE_S = 4.0
RATE = 50_000.0


def _events(count: int) -> tuple[list[Event], float]:
    """Events of the simulated market, and how long (CPU s) making them took."""
    source = flood.market(["AAPL"], RATE)
    taken: list[Event] = []
    until_ms = source.start_ms
    started = time.process_time()
    while len(taken) < count:
        until_ms += 20
        taken += source.advance(until_ms)
    return taken, time.process_time() - started


def _cpu_per_event(work: object, events: Sequence[Event]) -> float:
    started = time.process_time()
    for event in events:
        work(event)  # type: ignore[operator]  # one of the encoders below
    return (time.process_time() - started) / len(events) * 1e6


def _encode_plainly(event: Event) -> bytes:
    """What a plain server does: a dict, and json."""
    return json.dumps({name: getattr(event, name) for name in event.__struct_fields__}).encode()


def served(seconds: float) -> tuple[float, float]:
    """Events a second that one reader gets of `live-monitor feed` at full speed, and the server's µs of CPU each."""
    with TemporaryDirectory(prefix="bench") as folder:
        ready = Path(folder) / "ready"
        options = ["--source", "sim", "--speed", "max", "--rate", str(RATE), "--symbols", "AAPL", "--port", "0"]
        with Child("live_monitor", "feed", *options, "--ready-file", str(ready), "--exit-with-parent") as server:
            deadline = time.monotonic() + 30
            while not ready.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            return asyncio.run(_read(f"ws://127.0.0.1:{ready.read_text().strip()}/ws/bench", seconds, server))


async def _read(url: str, seconds: float, server: Child) -> tuple[float, float]:
    events = 0
    async with websockets.connect(url, compression=None, proxy=None) as socket:
        await socket.recv()
        await socket.send(relay.accept_features(["batch"]), text=True)
        await socket.send(relay.subscribe(["AAPL"], ("T", "Q")), text=True)
        await socket.recv()
        before = server.usage()
        while time.monotonic() < before.wall_s + seconds:
            events += (await socket.recv(decode=False)).count(b'"ev":')
        after = server.usage()
    return events / (after.wall_s - before.wall_s), (after.cpu_s - before.cpu_s) / events * 1e6


def replayed(events: Sequence[Event]) -> tuple[float, float]:
    """Events a second out of a session file of frames of 10 at full speed, and bytes an event."""
    stream = io.BytesIO()
    day = date(2026, 11, 20)
    header = SessionHeader("simulated", "relay", ("AAPL",), day.isoformat(), label="BENCH")
    writer = SessionWriter(stream, header)
    for start in range(0, len(events), 10):
        chunk = events[start : start + 10]
        received_ms = chunk[-1]["timestamp"]
        writer.write(relay.market_data_batch([encode_event(e) for e in chunk]), received_ms * 1_000_000, "relay")
    writer.close()
    market = ReplayMarket(SessionReader(stream))
    started = time.process_time()
    found = len(market.advance(market.end_ms))
    return found / (time.process_time() - started), stream.tell() / len(events)


def run(size: Size) -> Iterator[Row]:
    """Rows of making, encoding, serving and replaying."""
    count = size.count(EVENTS)
    made = [_events(count)[1] for _ in range(size.rounds)]
    events = _events(count)[0]
    yield yield_of("feed", "simulated market, made", len(events) / median(made), "events/s of CPU")
    found = interleave(
        size.rounds,
        {"ours": lambda: _cpu_per_event(encode_event, events), "json": lambda: _cpu_per_event(_encode_plainly, events)},
    )
    yield cost("feed", "event to wire", found["ours"], "µs/event", "json.dumps of a dict", found["json"])
    runs = [served(size.seconds(SERVE_S)) for _ in range(size.rounds)]
    yield yield_of("feed", "served to one reader at full speed", median(rate for rate, _ in runs), "events/s")
    yield cost("feed", "serving, CPU of the server", median(each for _, each in runs), "µs/event")
    replays = [replayed(events) for _ in range(size.rounds)]
    yield yield_of(
        "feed", "session file replayed at full speed", median(rate for rate, _ in replays), "events/s of CPU"
    )
    yield cost("feed", "session file, frames of 10", replays[0][1], "bytes/event")
