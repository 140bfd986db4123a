"""Part of `tick`: a value that is ready on one thread, handed to a consumer on another.

Ours: batches of 10 into the inbox, one armed wake-up, taken on Qt's main thread. Beside it one queued
`pyqtSignal(dict)` per event, and vnpy's event engine (`script/bench --peers`), which puts every event into a queue.
"""

from __future__ import annotations

import importlib
import math
import threading
import time
from collections.abc import Callable, Iterator

from PyQt6.QtCore import QCoreApplication, QObject, Qt, QThread, pyqtSignal

from bench.rows import Row, Size, cost, interleave
from live_monitor.data.inbox import Batch, Inbox
from live_monitor.data.models.market_data import Event, Trade

EVENTS = 200_000
PER_BATCH = 10


def _trade() -> Trade:
    return Trade("AAPL", 228.5, 100.0, 1_795_186_800_000, (37,), 11, "id", 1)


class _Producer(QThread):
    """Emits from a thread of its own, as the feed thread does."""

    woken = pyqtSignal()
    one = pyqtSignal(dict)

    def __init__(self, work: Callable[[_Producer], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        self._work(self)


def _application() -> QCoreApplication:
    found = QCoreApplication.instance()
    return found if found is not None else QCoreApplication([])


def through_inbox(events: int) -> float:
    """µs of CPU per event through our inbox."""
    application = _application()
    batch: list[Event] = [_trade()] * PER_BATCH

    def work(_: _Producer) -> None:
        for _batch in range(events // PER_BATCH):
            while not inbox.has_room:
                time.sleep(0.0005)
            inbox.put_events(batch, 0.0)

    producer = _Producer(work)
    inbox = Inbox(producer.woken.emit)
    seen = 0

    def drain() -> None:
        nonlocal seen
        while items := inbox.take(1_000):
            for item in items:
                if type(item) is Batch:
                    for _ in item.events:
                        seen += 1
        if seen >= events // PER_BATCH * PER_BATCH:
            application.quit()

    queued = Qt.ConnectionType.QueuedConnection
    producer.woken.connect(drain, queued)  # type: ignore[call-arg]  # PyQt6's stubs forget the type
    return _measured(producer, application, events)


def through_signals(events: int) -> float:
    """µs of CPU per event, one queued signal each."""
    application = _application()
    data = {"ev": "T", "sym": "AAPL", "p": 228.5, "s": 100.0, "t": 1_795_186_800_000, "c": [37], "x": 11, "q": 1}

    def work(thread: _Producer) -> None:
        for _ in range(events):
            thread.one.emit(data)

    class Sink(QObject):
        seen = 0

        def take(self, _: dict[str, object]) -> None:
            self.seen += 1
            if self.seen == events:
                application.quit()

    producer, sink = _Producer(work), Sink()
    producer.one.connect(sink.take)
    return _measured(producer, application, events)


def _measured(producer: _Producer, application: QCoreApplication, events: int) -> float:
    cpu = time.process_time()
    producer.start()
    application.exec()
    producer.wait()
    return (time.process_time() - cpu) / events * 1e6


def through_vnpy(events: int) -> float:
    """µs of CPU per event through vnpy's event engine; NaN when vnpy is not there."""
    try:
        engine_module = importlib.import_module("vnpy.event.engine")
    except ImportError:
        return math.nan
    engine, done, seen = engine_module.EventEngine(), threading.Event(), 0

    def take(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == events:
            done.set()

    engine.register("eTick.", take)
    # Its timer thread sleeps for a second at a time, which would only lengthen the stop.
    engine._active = True
    engine._thread.start()
    trade = _trade()
    cpu = time.process_time()
    for _ in range(events):
        engine.put(engine_module.Event("eTick.", trade))
    done.wait()
    cpu = time.process_time() - cpu
    engine._active = False
    engine.put(engine_module.Event("end"))
    engine._thread.join()
    return cpu / events * 1e6


def hand_over(size: Size) -> Iterator[Row]:
    """Rows in µs per event."""
    events = size.count(EVENTS)
    found = interleave(
        size.rounds,
        {
            "ours": lambda: through_inbox(events),
            "one pyqtSignal(dict) per event": lambda: through_signals(events // 2),
            "vnpy event engine": lambda: through_vnpy(events // 2),
        },
    )
    for peer in list(found)[1:]:
        if math.isfinite(found[peer]):
            yield cost("tick", "hand-over to the main thread", found["ours"], "µs/event", peer, found[peer])
