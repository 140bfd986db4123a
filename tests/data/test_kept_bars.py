"""Kept bars of any length, read from a real store a day at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from live_monitor.data.kept_bars import Kept, in_timeframe, kept_bars
from live_monitor.data.models.timeframe import DAY, MINUTE, MONTH, SECOND, WEEK, Timeframe
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ports import HistoryStore, SeriesKey

NEW_YORK = ZoneInfo("America/New_York")
US = us_equities()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


def bar(text: str, price: float = 10.0, volume: float = 100.0) -> Bar:
    return Bar(at(text), price, price + 1, price - 1, price + 0.5, volume, price, 1, cumulative_volume=9_000.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HistoryStore]:
    with closing(SqliteStore(tmp_path / "bars.sqlite3")) as opened:
        yield opened


def keep(store: HistoryStore, timeframe: Timeframe, *bars: Bar, market: str = "m") -> None:
    store.put(SeriesKey(market, "AAPL", timeframe), BarColumns.of(bars))


def read(store: HistoryStore, timeframe: Timeframe, *, extended: bool = True) -> list[Bar]:
    parts = kept_bars(Kept(store, "m", "AAPL", US), timeframe, extended=extended)
    return [*BarColumns.joined(parts).bars()]


FIVE = Timeframe.parse("5m")
MINUTES = [
    bar("2026-11-19 08:00", 9.0), bar("2026-11-19 09:30", 10.0), bar("2026-11-19 09:31", 11.0),
    bar("2026-11-20 09:30", 12.0), bar("2026-11-20 15:59", 13.0),
]  # fmt: skip


def test_kept_bars_are_read_as_they_are(store: HistoryStore) -> None:
    keep(store, MINUTE, *MINUTES)
    assert read(store, MINUTE) == MINUTES
    assert read(store, MINUTE, extended=False) == MINUTES[1:]


def test_longer_bars_are_made_of_the_coarsest_that_fit(store: HistoryStore) -> None:
    keep(store, MINUTE, *MINUTES)
    keep(store, SECOND, bar("2026-11-19 09:30", 99.0))
    assert [(one.start_ms, one.open, one.volume) for one in read(store, FIVE, extended=False)] == [
        (at("2026-11-19 09:30"), 10.0, 200.0),
        (at("2026-11-20 09:30"), 12.0, 100.0),
        (at("2026-11-20 15:55"), 13.0, 100.0),
    ]


def test_minutes_are_made_of_seconds_where_no_minutes_are_kept(store: HistoryStore) -> None:
    keep(store, SECOND, bar("2026-11-19 09:30:05", 10.0), bar("2026-11-19 09:30:59", 12.0))
    (minute,) = read(store, MINUTE)
    assert (minute.start_ms, minute.open, minute.close, minute.volume) == (at("2026-11-19 09:30"), 10.0, 12.5, 200.0)


def test_seconds_are_not_made_of_minutes(store: HistoryStore) -> None:
    keep(store, MINUTE, *MINUTES)
    assert read(store, SECOND) == []


def test_days_go_on_with_minutes_where_the_kept_days_end(store: HistoryStore) -> None:
    kept = bar("2026-11-19 00:00", 50.0, 5_000.0)
    keep(store, DAY, kept)
    keep(store, MINUTE, *MINUTES)
    days = read(store, DAY, extended=False)
    assert days[0] == kept
    assert [(day.start_ms, day.open, day.close, day.volume) for day in days[1:]] == [
        (at("2026-11-20 00:00"), 12.0, 13.5, 200.0)
    ]
    (week,) = read(store, WEEK, extended=False)
    assert (week.start_ms, week.open, week.close, week.volume) == (at("2026-11-15 00:00"), 50.0, 13.5, 5_200.0)


def test_months_are_made_of_minutes_alone_where_no_days_are_kept(store: HistoryStore) -> None:
    keep(store, MINUTE, bar("2026-10-30 10:00", 1.5), *MINUTES)
    months = read(store, MONTH)
    assert [(month.start_ms, month.volume) for month in months] == [
        (at("2026-10-01 00:00"), 100.0),
        (at("2026-11-01 00:00"), 500.0),
    ]


def test_bars_of_another_market_or_symbol_stay_out(store: HistoryStore) -> None:
    keep(store, MINUTE, *MINUTES, market="other")
    assert read(store, MINUTE) == read(store, DAY) == []


def test_one_day_is_read_at_a_time(store: HistoryStore) -> None:
    keep(store, MINUTE, *MINUTES)
    kept = Kept(store, "m", "AAPL", US)
    parts = [part.start_ms.tolist() for part in kept_bars(kept, MINUTE, extended=True) if part.length]
    assert parts == [[one.start_ms for one in MINUTES[:3]], [one.start_ms for one in MINUTES[3:]]]


def test_only_the_days_that_are_wanted_are_read(store: HistoryStore) -> None:
    keep(store, MINUTE, *MINUTES)
    read: list[tuple[int, int]] = []

    class Watched(SqliteStore):
        def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
            read.append((from_ms, to_ms))
            return super().read(key, from_ms, to_ms)

    with closing(Watched(Path(store.name))) as watched:
        for first, last, count in (
            ("2026-11-20 12:00", "2026-11-21 00:00", 2), ("2026-11-18 00:00", "2026-11-19 08:30", 3),
        ):  # fmt: skip
            kept = Kept(watched, "m", "AAPL", US, at(first), at(last))
            assert BarColumns.joined(kept_bars(kept, MINUTE, extended=True)).length == count
    # A day of UTC reaches into two trading days, so the evening of the 18th is looked at, too.
    assert [first for first, _ in read] == [at("2026-11-20 00:00"), at("2026-11-18 00:00"), at("2026-11-19 00:00")]


def test_many_bars_are_found_in_steps(store: HistoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_monitor.data.kept_bars._STEP_BARS", 2)
    keep(store, MINUTE, *MINUTES)
    assert read(store, MINUTE) == MINUTES


def test_a_window_is_whole_also_where_its_bars_come_in_two_pieces() -> None:
    bars = BarColumns.of(MINUTES)
    whole = BarColumns.joined(in_timeframe([bars], MINUTE, FIVE, US, extended=True))
    for cut in range(1, bars.length):
        pieces = [bars.rows(slice(cut)), bars.rows(slice(cut, None))]
        parts = BarColumns.joined(in_timeframe(pieces, MINUTE, FIVE, US, extended=True))
        assert [*parts.bars()] == [*whole.bars()]


def test_volume_without_a_price_goes_into_the_longer_bar_and_makes_none_alone() -> None:
    quiet = Bar(at("2026-11-19 09:33"), NAN, NAN, NAN, NAN, 40.0, 10.0, 1)
    bars = BarColumns.of([MINUTES[1], quiet])
    (five,) = BarColumns.joined(in_timeframe([bars], MINUTE, FIVE, US, extended=True)).bars()
    assert (five.volume, five.trades, five.close) == (140.0, 2, 10.5)
    made = BarColumns.joined(in_timeframe([bars], MINUTE, MINUTE, US, extended=True))
    assert made.start_ms.tolist() == [MINUTES[1].start_ms]
