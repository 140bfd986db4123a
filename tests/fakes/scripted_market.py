"""A market whose every event the test has written down (`ports.MarketSource`)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.ports import FoundPage, PastPage
from live_monitor.wire.relay import FaultNotice

#: 10:00 New York on a trading day.
START_MS = 1_795_186_800_000
MINUTE_MS = 60_000


def a_trade(symbol: str = "AAPL", after_ms: int = 0, *, price: float = 100.0, sequence: int = 1) -> Trade:
    """A print of 100 shares, `after_ms` after the start."""
    return Trade(symbol, price, 100.0, START_MS + after_ms, (), 12, f"{symbol}{sequence}", sequence)


def a_quote(symbol: str = "AAPL", after_ms: int = 0, *, bid: float = 99.99, ask: float = 100.01) -> Quote:
    """A quote, `after_ms` after the start."""
    return Quote(symbol, START_MS + after_ms, bid, 200.0, ask, 300.0)


def a_minute(symbol: str = "AAPL", number: int = 0, *, volume: float = 1000.0) -> Aggregate:
    """The minute bar `number` minutes after the start (before it, when negative)."""
    start = START_MS + number * MINUTE_MS
    return Aggregate(symbol, start, start + MINUTE_MS, 100.0, 101.0, 99.0, 100.5, volume, 100.2)


def a_second(symbol: str = "AAPL", number: int = 0) -> SecondAggregate:
    """The second bar `number` seconds after the start."""
    start = START_MS + number * 1_000
    return SecondAggregate(symbol, start, start + 1_000, 100.0, 101.0, 99.0, 100.5, 10.0, 100.2)


def prints(count: int, symbol: str = "AAPL", every_ms: int = 1) -> list[tuple[int, Event]]:
    """A script of prints, numbered from 1, the first at the start."""
    return [(n * every_ms, a_trade(symbol, n * every_ms, sequence=n + 1)) for n in range(count)]


class ScriptedMarket:
    """Gives each event at the time (ms after the start) beside it; a notice stands among them as a feed says it.

    A snapshot's `day_volume` is the number of prints given so far, its `sequence` that of the last one; history are
    the bars in `past`, of any timeframe.
    """

    provider = "simulated"
    label = "SCRIPTED"
    market = "scripted"
    start_ms = START_MS

    def __init__(
        self,
        script: Iterable[tuple[int, Event | FaultNotice]] = (),
        *,
        symbols: Sequence[str] = ("AAPL", "MSFT"),
        lasts_ms: int = 0,
        past: Sequence[Aggregate] = (),
    ) -> None:
        self.symbols = tuple(symbols)
        self.end_ms = START_MS + lasts_ms if lasts_ms else 0
        self.given: list[Event] = []
        self.now_ms = START_MS
        self._script = sorted(script, key=lambda line: line[0])
        self._times = [START_MS + at for at, _ in self._script]
        self._done = 0
        self._past = list(past)

    def advance(self, until_ms: int) -> list[Event]:
        """The events up to `until_ms` that were not given yet."""
        self.now_ms = until_ms
        stop = bisect_right(self._times, until_ms, self._done)
        events: list[Event] = [event for _, event in self._script[self._done : stop]]  # type: ignore[misc]  # or notices
        self._done = stop
        self.given += events
        return events

    def snapshot(self, symbol: str) -> Snapshot | None:
        """Level 1 of what was given."""
        trades = [event for event in self.given if type(event) is Trade and event.symbol == symbol]
        last = trades[-1].price if trades else float("nan")
        sequence = trades[-1].sequence if trades else 0
        volume = float(len(trades))
        return Snapshot(symbol, self.now_ms, last=last, previous_close=98.0, day_volume=volume, sequence=sequence)

    def history(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> tuple[list[Aggregate], bool]:
        """The newest bars before `end_ms`."""
        bars = [
            bar
            for bar in self._past
            if bar.symbol == symbol and bar.end_ms - bar.start_ms == timeframe_ms and bar.start_ms < end_ms
        ]
        return bars[-limit:], len(bars) > limit

    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> FoundPage:
        """The same, complete at once."""
        bars, more = self.history(symbol, timeframe_ms, end_ms, limit)
        return FoundPage(PastPage(bars, more, bars[0].start_ms if bars else end_ms))
