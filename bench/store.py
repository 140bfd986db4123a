"""`store`: the embedded store of bars beside plain SQLite rows, on 1-second bars of 100 symbols.

Bars are those of the simulated market, a dozen symbols from busy to quiet taken over and over: about a million bars,
ten million with `--minutes`. Each day is packed by itself, so repeating days repeats no bytes in a block. Both write
into the same folder, in turn; times are wall clock, files are in the system's cache.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np

from bench.rows import Row, Size, cost, interleave, median, yield_of
from live_monitor.data.models.timeframe import SECOND
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import COLUMNS, Bar, BarColumns, BarSource
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ports import SeriesKey
from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket
from live_monitor.providers.simulated_universe import DEFAULT_SYMBOLS

SYMBOLS = 100
#: Days of each symbol: about 10,000 bars each.
DAYS, DAYS_AT_NIGHT = 1, 10
DAY_MS = 86_400_000
LAST = 2_000
#: A regular session without a quiet second, over three days.
DENSE = SeriesKey("bench", "S999", SECOND)
DENSE_BARS = 23_400
APPENDS = 400
PEER = "plain rows"


class Bars(Protocol):
    """What is asked of both."""

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None, /) -> None: ...

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None: ...

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns: ...

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns: ...

    def close(self) -> None: ...


class PlainRows:
    """The store as one would write it first: a row a bar, a column a number."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        columns = ", ".join(COLUMNS)
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS bars (series, {columns}, PRIMARY KEY (series, start_ms)) WITHOUT ROWID"
        )
        self._insert = f"INSERT OR REPLACE INTO bars VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
        self._select = f"SELECT {columns} FROM bars WHERE series = ? AND start_ms"

    def put(self, key: SeriesKey, bars: BarColumns, _covers: tuple[int, int] | None, /) -> None:
        rows = zip([_number(key)] * bars.length, *(column.tolist() for column in bars), strict=True)
        self._write(rows)

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        self._write((_number(key), *bar) for key, bar in rows)

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        found = self._connection.execute(f"{self._select} >= ? AND start_ms < ?", (_number(key), from_ms, to_ms))
        return self._columns(found.fetchall())

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        question = f"{self._select} < ? ORDER BY start_ms DESC LIMIT ?"
        return self._columns(self._connection.execute(question, (_number(key), end_ms, limit)).fetchall()[::-1])

    def close(self) -> None:
        self._connection.close()

    def _write(self, rows: Iterator[tuple[object, ...]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self._insert, rows)
        self._connection.execute("COMMIT")

    @staticmethod
    def _columns(found: list[tuple[float, ...]]) -> BarColumns:
        if not found:
            return BarColumns.of(())
        by_column = zip(zip(*found, strict=True), COLUMNS.values(), strict=True)
        return BarColumns._make(np.array(values, dtype) for values, dtype in by_column)


def _number(key: SeriesKey) -> int:
    return int(key.symbol[1:])


def run(size: Size) -> Iterator[Row]:
    """Rows in million bars a second, bytes a bar, ms a call."""
    series = _series(DAYS_AT_NIGHT if size.minutes else DAYS, 3 if size.tiny else SYMBOLS)
    bars = sum(part.length for parts in series.values() for part in parts)
    with TemporaryDirectory(prefix="bench-store") as folder:
        ours = Subject(Path(folder) / "ours", series, SqliteStore, 50 if size.tiny else APPENDS)
        plain = Subject(Path(folder) / "plain", series, PlainRows, 50 if size.tiny else APPENDS)
        for case, name in (("bars in, day by day", "write"), ("bars out, symbol by symbol", "read_all")):
            took = interleave(size.rounds, {"ours": getattr(ours, name), "plain": getattr(plain, name)})
            rate = {who: bars / seconds / 1e6 for who, seconds in took.items()}
            yield yield_of("store", case, rate["ours"], "M bars/s", PEER, rate["plain"])
        yield cost("store", "a packed bar", ours.bytes / bars, "bytes", PEER, plain.bytes / bars)
        ours.open_a_day()
        plain.open_a_day()
        for case, name in (
            ("last 2,000 bars of one symbol among 100", "last"),
            ("a day of 23,400 seconds", "day"),
            ("append 100 bars to the open day", "append"),
            ("last 2,000 bars of the open day", "last_open"),
        ):
            took = interleave(size.rounds, {"ours": getattr(ours, name), "plain": getattr(plain, name)})
            yield cost("store", case, took["ours"] * 1e3, "ms", PEER, took["plain"] * 1e3)
        yield Row("store", "pack one symbol's day of rows", _packing_s(ours) * 1e3, "ms")
        ours.store.close()
        plain.store.close()


def _packing_s(subject: Subject) -> float:
    """Seconds of a call that packs the open day of one symbol, when it is over."""
    store = subject.store
    assert isinstance(store, SqliteStore)
    return median(timed(store.pack, subject.live_ms + 3 * DAY_MS) for _ in range(min(20, len(subject.keys))))


def _series(days: int, symbols: int) -> dict[SeriesKey, list[BarColumns]]:
    """Days of bars by series, oldest first, and one series that misses no second."""
    market = SimulatedMarket(86, DEFAULT_SYMBOLS[-symbols:])
    single = [_day(market, symbol) for symbol in market.symbols]
    found: dict[SeriesKey, list[BarColumns]] = {}
    for number in range(symbols):
        day = single[number % len(single)]
        found[SeriesKey("bench", f"S{number:02d}", SECOND)] = [_moved(day, back) for back in reversed(range(days))]
    busiest = single[0].rows(np.resize(np.arange(single[0].length), DENSE_BARS))
    opened = us_equities().session_bounds(int(single[0].start_ms[0]))
    assert opened is not None
    dense = busiest._replace(start_ms=opened.open_ms + 1_000 * np.arange(DENSE_BARS))
    found[DENSE] = [_moved(dense, back) for back in reversed(range(3))]
    return found


def _day(market: SimulatedMarket, symbol: str) -> BarColumns:
    """1-second bars of the last whole session."""
    made, _ = market.history(symbol, 1_000, DEFAULT_START_MS - 12 * 3_600_000, 60_000)
    calendar = us_equities()
    last = calendar.trade_date(made[-1].start_ms)
    return BarColumns.of(
        Bar(
            bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap, bar.transactions or -1,
            BarSource.HISTORY, cumulative_volume=bar.day_volume,
        )
        for bar in made
        if calendar.trade_date(bar.start_ms) == last
    )  # fmt: skip


def _moved(day: BarColumns, back: int) -> BarColumns:
    return day._replace(start_ms=day.start_ms - back * DAY_MS)


def timed(work: Callable[..., object], *arguments: object) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


class Subject:
    """What is measured of a store; each method gives seconds, of single calls the median."""

    def __init__(
        self, path: Path, series: dict[SeriesKey, list[BarColumns]], opened: Callable[[Path], Bars], appends: int
    ) -> None:
        self._path, self._series, self._opened, self._appends = path, series, opened, appends
        self.keys = [key for key in series if key != DENSE]
        self._end_ms = max(int(part.start_ms[-1]) for parts in series.values() for part in parts) + 1
        self.live_ms = self._end_ms // 1_000 * 1_000 + DAY_MS
        self.bytes = math.nan
        self.store: Bars

    def write(self) -> float:
        """All bars into a new file."""
        if self.bytes == self.bytes:
            self.store.close()
            self._path.unlink()
        self.store = self._opened(self._path)
        took = timed(self._write)
        # The last one to close moves everything into the file.
        self.store.close()
        self.bytes = float(self._path.stat().st_size)
        self.store = self._opened(self._path)
        return took

    def _write(self) -> None:
        for key, parts in self._series.items():
            for part in parts:
                start = int(part.start_ms[0])
                self.store.put(key, part, (start, start + DAY_MS))

    def read_all(self) -> float:
        """All bars, a symbol at a time."""
        return sum(timed(self.store.read, key, 0, self._end_ms) for key in self._series)

    def last(self) -> float:
        """The newest of each symbol."""
        return median(timed(self.store.last, key, self._end_ms, LAST) for key in self.keys)

    def day(self) -> float:
        """Each day of the symbol that misses no second."""
        days = [(int(part.start_ms[0]), int(part.start_ms[-1]) + 1) for part in self._series[DENSE]]
        return median(timed(self.store.read, DENSE, *day) for day in days * 7)

    def append(self) -> float:
        """Seconds of the open day, one after the other."""
        return median(timed(self.store.append, self._live()) for _ in range(self._appends))

    def last_open(self) -> float:
        """The newest of each symbol, all of them of the open day."""
        return median(timed(self.store.last, key, self.live_ms + 1, LAST) for key in self.keys)

    def open_a_day(self) -> None:
        """As many bars of the open day for each symbol as are asked for."""
        rows = np.resize(np.arange(3_000), LAST)
        for key in self.keys:
            bars = self._series[key][-1].rows(rows)
            self.store.put(key, bars._replace(start_ms=self.live_ms + 1_000 * np.arange(1, LAST + 1)), None)
        self.live_ms += 1_000 * LAST

    def _live(self) -> list[tuple[SeriesKey, Bar]]:
        """The bars of the next second, one of each symbol."""
        self.live_ms += 1_000
        row = self.live_ms // 1_000 % 3_000
        return [(key, self._series[key][-1].bar(row)._replace(start_ms=self.live_ms)) for key in self.keys]
