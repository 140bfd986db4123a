"""Filling a real store from a source of history: what is asked for, what is left out, what survives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.backfill_run import PAGE_BARS, Pace, Progress, Wish, backfill
from live_monitor.data.models.timeframe import MINUTE, Timeframe
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.errors import HistoryError
from live_monitor.ports import HistoryStore, Page, SeriesKey

M = MINUTE.nominal_ms
NOW = 1_795_186_800_000
KEY = SeriesKey("m", "AAPL", MINUTE)
LATER = 2**41


class Past:
    """A bar a minute from `first` to the present, given in pages of at most `size`; every question is remembered."""

    market = "m"
    timeframes: tuple[Timeframe, ...] = (MINUTE,)

    def __init__(self, first: int, size: int = 100) -> None:
        self.asked: list[tuple[int, int]] = []
        self.fails_at = 0
        self._first = first
        self._size = size

    def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
        self.asked.append((end_ms, limit))
        if len(self.asked) == self.fails_at:
            raise HistoryError("The server is gone.")
        starts = range(max(self._first, NOW - 100_000 * M), min(end_ms, NOW), M)[-min(limit, self._size) :]
        bars = BarColumns.of(Bar(start, 1.0, 2.0, 0.5, 1.5, 10.0, source=BarSource.HISTORY) for start in starts)
        return Page(bars, starts[0] if starts else end_ms, bool(starts) and starts[0] > self._first)

    def close(self) -> None:
        """Nothing to let go."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HistoryStore]:
    with closing(SqliteStore(tmp_path / "bars.sqlite3")) as opened:
        yield opened


def fill(source: Past, store: HistoryStore, from_ms: int, to_ms: int = NOW) -> Progress:
    wish = Wish("AAPL", MINUTE, from_ms, to_ms)
    return backfill(source, store, wish, NOW, pace=lambda: None, told=lambda progress: None)


def kept(store: HistoryStore) -> list[int]:
    starts: list[int] = store.read(KEY, 0, LATER).start_ms.tolist()
    return starts


def test_pages_are_fetched_newest_first_until_the_wish_is_fulfilled(store: HistoryStore) -> None:
    source = Past(NOW - 10_000 * M)
    progress = fill(source, store, NOW - 250 * M)
    assert [end for end, _ in source.asked] == [NOW, NOW - 100 * M, NOW - 200 * M]
    assert (progress.pages, progress.bars, progress.exhausted) == (3, 251, False)
    assert kept(store) == list(range(NOW - 251 * M, NOW, M))


def test_no_more_is_asked_for_than_the_wish_can_need(store: HistoryStore) -> None:
    source = Past(NOW - 10_000 * M, size=PAGE_BARS)
    fill(source, store, NOW - 30 * M)
    assert source.asked == [(NOW, 31)]


def test_the_end_of_history_is_told(store: HistoryStore) -> None:
    progress = fill(Past(NOW - 120 * M), store, NOW - 10_000 * M)
    assert (progress.exhausted, progress.at_ms, progress.bars) == (True, NOW - 120 * M, 120)


def test_a_second_run_asks_only_for_what_may_have_changed(store: HistoryStore) -> None:
    fill(Past(NOW - 10_000 * M), store, NOW - 250 * M)
    source = Past(NOW - 10_000 * M)
    progress = fill(source, store, NOW - 250 * M)
    # Late prints may still change bars of the last 16 minutes; the rest is known.
    assert source.asked == [(NOW, 17)]
    assert progress.skipped_ms == 233 * M


def test_a_stretch_that_is_kept_whole_costs_no_request(store: HistoryStore) -> None:
    fill(Past(NOW - 10_000 * M), store, NOW - 250 * M)
    source = Past(NOW - 10_000 * M)
    progress = fill(source, store, NOW - 200 * M, NOW - 100 * M)
    assert source.asked == []
    assert (progress.bars, progress.skipped_ms) == (0, 100 * M)


def test_a_run_that_was_broken_off_goes_on_where_it_ended(store: HistoryStore) -> None:
    source = Past(NOW - 10_000 * M)
    source.fails_at = 3
    with pytest.raises(HistoryError, match="gone"):
        fill(source, store, NOW - 400 * M)
    assert len(kept(store)) == 200
    again = Past(NOW - 10_000 * M)
    fill(again, store, NOW - 400 * M)
    assert [end for end, _ in again.asked] == [NOW, NOW - 200 * M, NOW - 300 * M]
    assert kept(store) == list(range(kept(store)[0], NOW, M))


def test_a_hole_between_two_kept_stretches_is_filled_and_nothing_else(store: HistoryStore) -> None:
    fill(Past(NOW - 10_000 * M), store, NOW - 300 * M, NOW - 200 * M)
    fill(Past(NOW - 10_000 * M), store, NOW - 100 * M)
    source = Past(NOW - 10_000 * M)
    fill(source, store, NOW - 300 * M, NOW - 50 * M)
    assert [end for end, _ in source.asked] == [NOW - 100 * M]


def test_bars_that_may_still_change_do_not_count_as_known(store: HistoryStore) -> None:
    fill(Past(NOW - 10_000 * M), store, NOW - 50 * M)
    assert store.covered_from(KEY, NOW) is None
    assert store.covered_from(KEY, NOW - 16 * M) == NOW - 51 * M
    assert kept(store)[-1] == NOW - M


def test_a_source_that_gives_nothing_new_is_not_asked_for_ever(store: HistoryStore) -> None:
    class Stuck(Past):
        def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
            return Page(BarColumns.of(()), end_ms, True)

    with pytest.raises(HistoryError, match="says that there is more"):
        fill(Stuck(0), store, NOW - 50 * M)


def test_a_quiet_stretch_is_known_although_it_has_no_bars(store: HistoryStore) -> None:
    class Quiet(Past):
        def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
            self.asked.append((end_ms, limit))
            return Page(BarColumns.of(()), NOW - 500 * M, True)

    source = Quiet(0)
    fill(source, store, NOW - 400 * M)
    assert len(source.asked) == 1
    assert store.covered_from(KEY, NOW - 20 * M) == NOW - 500 * M


def test_bars_of_nobody_knows_which_market_are_not_kept(store: HistoryStore) -> None:
    source = Past(NOW - 10_000 * M)
    source.market = ""
    with pytest.raises(HistoryError, match="whose prices"):
        fill(source, store, NOW - 50 * M)
    assert store.series() == []


def test_every_page_is_told(store: HistoryStore) -> None:
    told: list[Progress] = []
    wish = Wish("AAPL", MINUTE, NOW - 250 * M, NOW)
    backfill(Past(NOW - 10_000 * M), store, wish, NOW, pace=lambda: None, told=told.append)
    assert [(progress.pages, progress.at_ms) for progress in told] == [
        (1, NOW - 100 * M), (2, NOW - 200 * M), (3, NOW - 251 * M),
    ]  # fmt: skip


def test_requests_keep_their_distance() -> None:
    clock = ManualClock()
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(seconds)

    pace = Pace(30.0, clock, wait)
    for spent in (0.5, 3.0, 0.0, 0.0):
        pace()
        clock.advance(spent)
    # Two seconds apart; an answer that took longer is not made up for.
    assert waited == pytest.approx([1.5, 2.0])


def test_without_a_rate_nothing_waits() -> None:
    def wait(seconds: float) -> None:
        raise AssertionError(f"waited {seconds} s")

    pace = Pace(0.0, ManualClock(), wait)
    for _ in range(5):
        pace()
