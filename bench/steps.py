"""`steps`: what each step of docs/life-of-a-tick.md costs, one after the other on one thread.

Events are those of the simulated market, prints and quotes of one busy symbol in their real proportion. Times are CPU;
the best of the rounds counts, because each step alone is short and whatever else the machine does only adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from PyQt6.QtCore import QEventLoop
from PyQt6.QtWidgets import QApplication

from bench import flood
from bench.rows import Row, Size
from live_monitor import limits
from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data.inbox import Batch, Inbox
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Event, Quote, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import Rejections
from live_monitor.ports import MarketSource
from live_monitor.server.relay_frames import encode_event
from live_monitor.wire import relay
from live_monitor.wire.relay import HistoryPage

SYMBOL = "AAPL"
EVENTS = 60_000
PER_FRAME = 10
#: What the main thread takes at a time at 20,000 events a second, once in 4 ms.
PER_DRAIN = 80
#: The whole window is brought up to date so often in a second, with so many events in between.
FRAMES, EVENTS_PER_FRAME = 240, 330
MINUTE_MS = 60_000


def run(size: Size) -> Iterator[Row]:
    """Rows in µs per event, then in ms per frame of the screen."""
    count = size.count(EVENTS)
    source = flood.market([SYMBOL], 20_000)
    yield _row("source: make an event", _best(size, lambda: _made(count)))
    events = _events(source, count)
    yield _row("server: encode an event", _best(size, lambda: _timed(len(events), lambda: _encoded(events))))
    for per_frame in (1, PER_FRAME, 100):
        frames = _frames(events, per_frame)
        cost = _best(size, lambda frames=frames: _timed(len(events), lambda: _decoded(frames)))  # type: ignore[misc]  # bound per case
        yield _row(f"link: decode and check, {per_frame} a frame", cost)
    foreign = _long_frames(events[: len(events) // 10])
    yield _row(
        "link: decode and check, long field names",
        _best(size, lambda: _timed(len(events) // 10, lambda: _decoded(foreign))),
    )
    yield _row("inbox: put and take", _best(size, lambda: _handed_over(events)))
    for name, kept in (
        ("print in focus", [event for event in events if type(event) is Trade]),
        ("quote in focus", [event for event in events if type(event) is Quote]),
        ("print of the watchlist", [event for event in events if type(event) is Trade]),
    ):
        focus = "MSFT" if "watchlist" in name else SYMBOL
        yield _row(f"hub: fold a {name}", _best(size, lambda kept=kept, focus=focus: _folded(kept, focus)))  # type: ignore[misc]  # bound per case
    yield from _screen(size)


def _row(case: str, value: float, unit: str = "µs/event") -> Row:
    return Row("steps", case, value, unit)


def _best(size: Size, measure: Callable[[], float]) -> float:
    return min(measure() for _ in range(max(size.rounds, 1)))


def _timed(count: int, work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) / count * 1e6


def _made(count: int) -> float:
    source = flood.market([SYMBOL], 20_000)
    made, until_ms = 0, source.start_ms
    source.advance(until_ms)
    started = time.process_time()
    while made < count:
        until_ms += 10
        made += len(source.advance(until_ms))
    return (time.process_time() - started) / made * 1e6


def _events(source: MarketSource, count: int) -> list[Event]:
    taken: list[Event] = []
    until_ms = source.start_ms
    while len(taken) < count:
        until_ms += 50
        taken += [event for event in source.advance(until_ms) if isinstance(event, Trade | Quote)]
    return taken[:count]


def _encoded(events: list[Event]) -> None:
    for event in events:
        encode_event(event)


def _frames(events: list[Event], per_frame: int) -> list[bytes]:
    raw = [encode_event(event) for event in events]
    if per_frame == 1:
        return [relay.market_data(event) for event in raw]
    return [relay.market_data_batch(raw[start : start + per_frame]) for start in range(0, len(raw), per_frame)]


def _long_frames(events: list[Event]) -> list[bytes]:
    """The same events as a server of the long style would write them, one in a frame."""
    import json

    frames = []
    for event in events:
        fields = {"event_type": event["event_type"], "symbol": event["symbol"], "timestamp": event["timestamp"]}
        if type(event) is Trade:
            fields |= {"price": event.price, "size": event.size, "conditions": list(event.conditions)}
        elif type(event) is Quote:
            fields |= {"bid_price": event.bid_price, "bid_size": event.bid_size}
            fields |= {"ask_price": event.ask_price, "ask_size": event.ask_size}
        frames.append(json.dumps({"type": "market_data", "data": fields}).encode())
    return frames


def _decoded(frames: list[bytes]) -> None:
    rejections = Rejections()
    decoder = relay.RelayDecoder(rejections)
    for frame in frames:
        decoder.decode(frame, 0, limits.MAX_TIME_MS)
    assert rejections.total == 0, rejections.by_reason


def _handed_over(events: list[Event]) -> float:
    inbox = Inbox(lambda: None)
    batches = [events[start : start + PER_FRAME] for start in range(0, len(events), PER_FRAME)]
    started = time.process_time()
    for number, batch in enumerate(batches):
        inbox.put_events(batch, 0.0)
        if number % (PER_DRAIN // PER_FRAME) == 0:
            inbox.take(1_000)
    return (time.process_time() - started) / len(events) * 1e6


def _hub(source: MarketSource, focus: str, clock: ManualClock | SystemClock) -> MarketHub:
    hub = MarketHub(clock, us_equities())
    hub.clock.follow(source.start_ms, 1.0)
    asked: list[tuple[str, str, int, int, int]] = []
    hub.pages.request = lambda *question: asked.append(question)
    hub.take([LinkStatus("live", clock.monotonic(), provider="simulated", label="SIMULATED")])
    hub.set_focus(focus)
    hub.acquire(SYMBOL, "bench")
    snapshot = source.snapshot(SYMBOL)
    if snapshot is not None:
        hub.fold_snapshot(snapshot)
    if focus == SYMBOL:
        for symbol, timeframe, end_ms, limit, number in asked:
            width_ms = MINUTE_MS if timeframe == "1m" else 1_000
            bars, more = source.history(symbol, width_ms, end_ms, limit)
            page = HistoryPage(symbol, timeframe, number, list[Any](bars), more)
            hub.history.accept(page)
    return hub


def _folded(events: list[Event], focus: str) -> float:
    hub = _hub(flood.market([SYMBOL], 20_000), focus, ManualClock())
    batches = [events[start : start + PER_DRAIN] for start in range(0, len(events), PER_DRAIN)]
    started = time.process_time()
    for batch in batches:
        hub.ingest(batch, 0.0)
    return (time.process_time() - started) / len(events) * 1e6


# -- the screen --------------------------------------------------------------------------------


class _Meter:
    """CPU spent inside calls of some methods, by name; what one wrapped call does inside another counts for both."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def wrap(self, owner: type, method: str, name: str) -> None:
        """Measures every call of `owner.method`; before the first object of the class is made."""
        inner = getattr(owner, method)

        def outer(this: object, *arguments: object) -> object:
            started = time.process_time()
            try:
                return inner(this, *arguments)
            finally:
                self.spent[name] = self.spent.get(name, 0.0) + time.process_time() - started
                self.calls[name] = self.calls.get(name, 0) + 1

        setattr(owner, method, outer)


def _screen(size: Size) -> Iterator[Row]:
    """One window at 1440 × 900, offscreen, brought up to date frame by frame as the frame pacer does."""
    from live_monitor.ui.charts.canvas import ChartCanvas
    from live_monitor.ui.charts.market_chart import MarketChart
    from live_monitor.ui.main_window import MainWindow
    from live_monitor.ui.theme import apply_theme, load_theme
    from live_monitor.ui.ticker_panel import TickerPanel
    from live_monitor.ui.time_and_sales import TimeAndSales
    from live_monitor.ui.watchlist import Watchlist

    meter = _Meter()
    meter.wrap(TickerPanel, "refresh", "screen: price panel, look and compose")
    meter.wrap(TickerPanel, "paintEvent", "screen: price panel, paint")
    meter.wrap(MarketChart, "refresh", "screen: chart, look")
    meter.wrap(ChartCanvas, "paintEvent", "screen: chart, paint")
    meter.wrap(TimeAndSales, "paintEvent", "screen: time and sales, paint")
    meter.wrap(Watchlist, "refresh", "screen: watchlist, look")
    found = QApplication.instance()
    application = found if isinstance(found, QApplication) else QApplication([])
    theme, clock = load_theme("dark"), ManualClock()
    apply_theme(application, theme)
    source = flood.market([SYMBOL], 20_000)
    hub = _hub(source, SYMBOL, clock)
    window, chart = MainWindow(theme, clock), MarketChart(theme, us_equities())
    window.set_chart(chart)
    window.set_watchlist([SYMBOL])
    window.resize(1440, 900)
    window.show()
    _settle(application)

    frames = max(20, int(FRAMES * size.scale))
    step_ms = max(1, round(EVENTS_PER_FRAME / 20))
    until_ms = source.start_ms
    whole = bars = refresh = 0.0
    for number in range(frames + 20):
        if number == 20:  # what is made once is made by now
            whole = bars = refresh = 0.0
            meter.spent.clear()
            meter.calls.clear()
        until_ms += step_ms
        clock.advance(step_ms / 1000)
        hub.take([Batch(source.advance(until_ms), clock.monotonic())])
        started = time.process_time()
        hub.tick()
        ticked = time.process_time()
        window.refresh(hub, hub.clock.now_ms())
        refreshed = time.process_time()
        _settle(application)
        whole += time.process_time() - started
        bars += ticked - started
        refresh += refreshed - ticked
    yield _row("screen: whole frame", whole / frames * 1000, "ms/frame")
    yield _row("screen: write the forming bars", bars / frames * 1000, "ms/frame")
    yield _row("screen: every panel looks at the hub", refresh / frames * 1000, "ms/frame")
    for name in meter.spent:
        yield _row(name, meter.spent[name] / meter.calls[name] * 1000, "ms/call")
    window.close()
    window.deleteLater()
    _settle(application)


def _settle(application: QApplication) -> None:
    application.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
