"""Trades, provider bars and history to one-second and one-minute bars (market rules 3.1, 3.2, 3.4).

Second windows are kept for a quarter of an hour, as long as providers re-broadcast; a minute is
always the fold of its second windows, so 1 s and 1 m never disagree, also when one joins in the
middle of a minute and history fills in the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from live_monitor.data.models.market_data import Aggregate, Trade
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, BarSeries
from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, BAR_VOLUME

NAN = float("nan")
_INF = float("inf")
#: Late prints are folded in for as long as the vendor re-broadcasts a bar (market rules 3.1).
KEEP_MS = 16 * MINUTE_MS
#: A minute is closed by the market clock, one second after its end (market rules 3.4).
CLOSE_DELAY_MS = 1_000


class _Window:
    """One second of prints. `open` is NaN until a print that may set the last price came."""

    __slots__ = (
        "close",
        "first_ms",
        "first_sequence",
        "high",
        "last_ms",
        "last_sequence",
        "low",
        "open",
        "own",
        "revised",
        "trades",
        "turnover",
        "volume",
    )

    def __init__(self) -> None:
        self.open = self.close = NAN
        self.high, self.low = -_INF, _INF
        self.volume = self.turnover = 0.0
        self.trades = 0
        self.first_ms, self.first_sequence = _INF, 0
        self.last_ms, self.last_sequence = -_INF, 0
        #: False once a provider's bar stands here: prints no longer change it.
        self.own = True
        self.revised = False


class BarBuilder:
    """Feeds the second and the minute series of one symbol. One thread.

    `add` is the hot path and touches no numpy; `flush` writes what changed, once per frame.
    """

    def __init__(self, symbol: str) -> None:
        self.seconds = BarSeries(symbol, SECOND_MS, capacity=16_384)
        self.minutes = BarSeries(symbol, MINUTE_MS)
        self._windows: dict[int, _Window] = {}
        self._dirty: set[int] = set()
        self._current_start = self._current_end = -1
        self._current: _Window | None = None
        self._newest_start = -1
        self._closed_until = -1
        #: Every print from this time (ms) on is in the windows: when it joined, or missed the last ones before.
        self.whole_from_ms = 0

    def add(self, trade: Trade, flags: int) -> None:
        """Folds one print; `flags` are the bits of `conditions`. One older than `KEEP_MS` is left to the provider."""
        at = trade.timestamp_ms
        known = self._current_start <= at < self._current_end
        window = self._current if known else self._window(at - at % SECOND_MS)
        if window is None or not window.own:
            return
        price = trade.price
        if flags & BAR_HILO:
            if price > window.high:
                window.high = price
            if price < window.low:
                window.low = price
        if flags & BAR_LAST:
            sequence = trade.sequence
            if at > window.last_ms or (at == window.last_ms and sequence >= window.last_sequence):
                window.last_ms = at
                window.last_sequence = sequence
                window.close = price
            if at < window.first_ms or (at == window.first_ms and sequence < window.first_sequence):
                window.first_ms = at
                window.first_sequence = sequence
                window.open = price
        if flags & BAR_VOLUME:
            size = trade.size
            window.volume += size
            window.turnover += price * size
            window.trades += 1

    def _window(self, start: int) -> _Window | None:
        """The window of `start`, made when new; remembered as the current one and as changed."""
        if start < self._newest_start - KEEP_MS:
            return None
        window = self._windows.get(start)
        if window is None:
            window = self._windows[start] = _Window()
        if start > self._newest_start:
            self._newest_start = start
        elif start < self._closed_until:
            window.revised = True
        self._dirty.add(start)
        self._current_start, self._current_end, self._current = start, start + SECOND_MS, window
        return window

    def apply(self, bar: Aggregate, source: BarSource) -> bool:
        """Takes a provider's bar; it replaces what ranks lower. False when a better one is there already.

        History ranks highest, yet a bar that the stream gives again with more volume is newer than the page: a print
        was reported late (market rules 3.1).
        """
        width = bar.end_ms - bar.start_ms
        series = self.seconds if width == SECOND_MS else self.minutes
        index = series.index_of(bar.start_ms)
        revised = False
        if index >= 0:
            known = series.bar(index)
            again = source is BarSource.STREAM and bar.volume > known.volume
            if known.source > source and not again:
                return False
            revised = known.revised or (known.source >= source and not _same(known, bar))
        series.put(bar_of(bar, source, revised))
        if series is self.seconds:
            self._adopt(bar_of(bar, source))
        return True

    def _adopt(self, bar: Bar) -> None:
        """Makes a provider's second the window from which its minute is folded."""
        if bar.start_ms < self._newest_start - KEEP_MS:
            return
        window = _Window()
        window.open, window.high, window.low, window.close = bar.open, bar.high, bar.low, bar.close
        window.volume = bar.volume
        window.turnover = (bar.vwap if bar.vwap == bar.vwap else bar.close) * bar.volume
        window.trades = max(bar.trades, 0)
        window.own = False
        self._windows[bar.start_ms] = window
        self._newest_start = max(self._newest_start, bar.start_ms)
        if bar.start_ms == self._current_start:
            self._current = window
        self._dirty.add(bar.start_ms)

    def merge_history(self, bars: BarColumns | Iterable[Aggregate], timeframe_ms: int) -> int:
        """Takes a page of final bars; live bars that are newer stay. Returns how many were added or changed."""
        rows = bars if isinstance(bars, BarColumns) else columns_of(bars)
        if timeframe_ms == SECOND_MS:
            for row in rows.bars():
                self._adopt(row)
            return self.seconds.merge(rows)
        return self.minutes.merge(rows)

    def flush(self) -> bool:
        """Writes changed windows and their minutes into the series. True when anything changed."""
        if self._current is not None:
            self._dirty.add(self._current_start)
        if not self._dirty:
            return False
        before = self.seconds.version + self.minutes.version
        for start in sorted(self._dirty):
            window = self._windows.get(start)
            if window is not None and window.own and window.open == window.open:
                self._write(self.seconds, start, window)
        for minute in sorted({start - start % MINUTE_MS for start in self._dirty}):
            self._write(self.minutes, minute, self._minute(minute))
        self._dirty.clear()
        self._current, self._current_start, self._current_end = None, -1, -1
        self._forget()
        return self.seconds.version + self.minutes.version != before

    def _minute(self, minute: int) -> _Window:
        """The fold of the second windows of a minute."""
        total = _Window()
        windows = self._windows
        for start in range(minute, minute + MINUTE_MS, SECOND_MS):
            window = windows.get(start)
            if window is None:
                continue
            if window.high > total.high:
                total.high = window.high
            if window.low < total.low:
                total.low = window.low
            if window.open == window.open:
                if total.open != total.open:
                    total.open = window.open
                total.close = window.close
            total.volume += window.volume
            total.turnover += window.turnover
            total.trades += window.trades
            total.revised = total.revised or window.revised
        return total

    def _write(self, series: BarSeries, start: int, window: _Window) -> None:
        if window.open != window.open:
            return  # only volume-only prints: the volume waits for the minute, no bar is drawn
        index = series.index_of(start)
        known = series.bar(index) if index >= 0 else None
        if known is not None and known.source is not BarSource.OWN:
            return
        high, low = max(window.high, window.open, window.close), min(window.low, window.open, window.close)
        vwap = window.turnover / window.volume if window.volume > 0 else NAN
        bar = Bar(
            start, window.open, high, low, window.close, window.volume, vwap, window.trades, BarSource.OWN,
            window.revised or (known is not None and known.revised),
        )  # fmt: skip
        if bar != known:
            series.put(bar)

    def _forget(self) -> None:
        oldest = self._newest_start - KEEP_MS
        if self._windows and next(iter(self._windows)) < oldest - MINUTE_MS:
            self._windows = {start: window for start, window in self._windows.items() if start >= oldest}

    def volume_from(self, start_ms: int) -> float:
        """Shares of the windows that start at `start_ms` or later; too few where that is before `whole_from_ms`."""
        return sum(window.volume for start, window in self._windows.items() if start >= start_ms)

    def restart_closing(self, now_ms: int) -> None:
        """Bars that ended before `now_ms` count as closed; the clock goes on from here."""
        edge = now_ms - CLOSE_DELAY_MS
        self._closed_until = edge - edge % MINUTE_MS

    def take_closed(self, now_ms: int) -> list[Bar]:
        """Minute bars that the market clock has closed since the last call (or restart), oldest first, each once."""
        edge = now_ms - CLOSE_DELAY_MS
        edge -= edge % MINUTE_MS
        if edge <= self._closed_until or self._closed_until < 0:
            return []
        self.flush()
        starts = self.minutes.start_ms
        first = int(starts.searchsorted(self._closed_until))
        last = int(starts.searchsorted(edge))
        self._closed_until = edge
        return [self.minutes.bar(index) for index in range(first, last)]


def bar_of(bar: Aggregate, source: BarSource, revised: bool = False) -> Bar:
    """A provider's bar as a row of a series."""
    trades = -1 if bar.transactions is None else bar.transactions
    return Bar(
        bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap, trades, source, revised,
        bar.day_volume,
    )  # fmt: skip


def columns_of(bars: Iterable[Aggregate], source: BarSource = BarSource.HISTORY) -> BarColumns:
    """A provider's bars of one timeframe as columns, ascending."""
    return BarColumns.of(sorted((bar_of(bar, source) for bar in bars), key=lambda bar: bar.start_ms))


def _same(known: Bar, bar: Aggregate) -> bool:
    return (known.open, known.high, known.low, known.close, known.volume) == (
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
    )
