"""The reader whose CPU time the bench `tick` measures, in its own process: ours, the naive design, or the bare floor.

stdout  {"events", "cpu_s", "wall_s"}
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time

import msgspec
import websockets
from PyQt6.QtCore import QCoreApplication, QTimer

from bench.child import end_with_parent, say
from bench.naive import NaiveClient, NaiveManager
from live_monitor.wire import relay


class Meter:
    """Process time (all threads) from the first event seen to the last."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._first = 0
        self._cpu = self._wall = 0.0
        self.done = False

    def note(self, events: int) -> None:
        """`events` are on the main thread by now."""
        if self.done or events == 0:
            return
        if self._first == 0:
            self._first, self._cpu, self._wall = events, time.process_time(), time.perf_counter()
        if events >= self._wanted:
            self.done = True
            say(
                events=events - self._first,
                cpu_s=time.process_time() - self._cpu,
                wall_s=time.perf_counter() - self._wall,
                peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            )


def run_ours(url: str, symbols: list[str], wanted: int) -> None:
    """Client, inbox, hub and manager as in the desktop, without widgets."""
    from live_monitor.data.polygon_data_manager import PolygonDataManager

    application = QCoreApplication([])
    manager = PolygonDataManager(url)
    meter = Meter(wanted)

    def look() -> None:
        meter.note(manager.hub.counters.events)
        if meter.done:
            application.quit()

    manager.hub_updated.connect(look)
    manager.change_symbol(symbols[0])
    for symbol in symbols[1:]:
        manager.hub.acquire(symbol, "bench")
    manager.connect()
    application.exec()
    manager.disconnect()


def run_naive(url: str, symbols: list[str], wanted: int) -> None:
    """json, one queued signal per event, a dict and a formatted time in the slot."""
    application = QCoreApplication([])
    client, manager, meter = NaiveClient(url, symbols), NaiveManager(), Meter(wanted)
    client.data_received.connect(manager.on_data)
    watch = QTimer()
    watch.setInterval(1)

    def look() -> None:
        meter.note(manager.events)
        if meter.done:
            application.quit()

    watch.timeout.connect(look)
    watch.start()
    client.start()
    application.exec()


def run_floor(url: str, symbols: list[str], wanted: int, decode: bool) -> None:
    """`websockets` alone, or with msgspec behind it: what any design over it has to pay."""
    decoder = msgspec.json.Decoder(relay.MarketData)
    meter = Meter(wanted)

    async def read() -> None:
        events = 0
        async with websockets.connect(url, compression=None, proxy=None, max_queue=16) as socket:
            await socket.send(relay.subscribe(symbols, ("T", "Q", "AM")), text=True)
            await socket.recv(decode=False)
            while not meter.done:
                raw = await socket.recv(decode=False)
                if raw.startswith(b'{"type":"market_data"'):
                    data = decoder.decode(raw).data if decode else None
                    events += raw.count(b'"ev":') if data is None else len(data) if isinstance(data, list) else 1
                    meter.note(events)

    asyncio.run(read())


def main() -> None:
    """Runs until the wanted number of events was seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("design", choices=("ours", "naive", "websockets", "decoded"))
    parser.add_argument("url")
    parser.add_argument("symbols", type=lambda text: text.split(","))
    parser.add_argument("events", type=int)
    given = parser.parse_args()
    end_with_parent()
    if given.design == "ours":
        run_ours(given.url, given.symbols, given.events)
    elif given.design == "naive":
        run_naive(given.url, given.symbols, given.events)
        # Its thread reads until the server goes, and a running QThread must not be destroyed.
        import os

        os._exit(0)
    else:
        run_floor(given.url, given.symbols, given.events, given.design == "decoded")


if __name__ == "__main__":
    main()
