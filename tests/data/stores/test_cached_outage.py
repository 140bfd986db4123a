"""What the shared store misses while it is down, it gets later."""

from __future__ import annotations

import logging
import random
from itertools import pairwise

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.stores import cached_store
from live_monitor.data.stores.cached_store import CATCH_UP_MS, CachedStore
from live_monitor.data.stores.shared_side import PAUSES_S
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.errors import StoreError
from live_monitor.ports import SeriesKey
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, KEY, a_bar, bits, seconds
from tests.fakes.shared_store import DOWN, SharedStore

NOTHING = BarColumns.of(())


def starts(bars: BarColumns) -> list[int]:
    return [(start - FRIDAY_MS) // 1_000 for start in bars.start_ms.tolist()]


def test_p20_while_the_shared_store_is_down_reads_fall_back_with_one_notice(
    cached: CachedStore, front: SqliteStore, shared: SharedStore, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    front.put(KEY, seconds(10), (FRIDAY_MS, FRIDAY_MS + 10_000))
    shared.trouble = DOWN
    for _ in range(5):
        assert cached.read(KEY, 0, ALL_MS).length == 10
        assert cached.last(KEY, ALL_MS, 20).length == 10
        assert cached.covered_from(KEY, FRIDAY_MS + 10_000) == FRIDAY_MS
        assert cached.series() == [KEY]
    assert len(shared.asked) == 1
    assert "does not answer" in cached.notice
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_p20_it_is_tried_again_after_pauses_that_grow(
    cached: CachedStore, shared: SharedStore, clock: ManualClock
) -> None:
    shared.trouble = DOWN
    tries = []
    for second in range(1_000):
        before = len(shared.asked)
        cached.append([(KEY, a_bar(FRIDAY_MS + 1_000 * second))])
        if len(shared.asked) > before:
            tries.append(second)
        clock.advance(1.0)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == [*PAUSES_S, PAUSES_S[-1], PAUSES_S[-1]][: len(gaps)]
    assert len(gaps) >= 5


def test_p20_what_was_written_during_an_outage_is_sent_afterwards(
    cached: CachedStore, front: SqliteStore, shared: SharedStore, clock: ManualClock
) -> None:
    cached.append([(KEY, a_bar(FRIDAY_MS))])
    shared.trouble = DOWN
    bars = seconds(200)
    for row in range(1, 100):
        cached.append([(KEY, bars.bar(row)), (KEY._replace(symbol="MSFT"), bars.bar(row))])
    cached.put(KEY._replace(timeframe=MINUTE), seconds(50, step_ms=60_000), (FRIDAY_MS, FRIDAY_MS + 50 * 60_000))
    assert front.read(KEY, 0, ALL_MS).length == 100
    assert cached.owed == 3
    shared.trouble = None
    clock.advance(PAUSES_S[0])
    while cached.deliver():
        pass
    assert cached.owed == 0
    assert cached.notice == ""
    for key in front.series():
        assert starts(shared.read(key, 0, ALL_MS)) == starts(front.read(key, 0, ALL_MS)), key
    assert shared.covered_from(KEY._replace(timeframe=MINUTE), FRIDAY_MS + 50 * 60_000) == FRIDAY_MS


def test_a_stretch_is_not_called_whole_before_its_bars_have_arrived(
    cached: CachedStore, shared: SharedStore, clock: ManualClock
) -> None:
    shared.trouble = DOWN
    cached.append([(KEY, a_bar(FRIDAY_MS))])
    shared.trouble = None
    clock.advance(PAUSES_S[0])
    steps: list[tuple[int, int | None]] = []
    plain = SqliteStore.put

    def put(self: SharedStore, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        plain(self, key, bars, covers)
        steps.append(
            (SqliteStore.read(self, KEY, 0, ALL_MS).length, SqliteStore.covered_from(self, KEY, FRIDAY_MS + 5_000))
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SharedStore, "put", put)
        cached.put(KEY, seconds(5).rows(slice(1, 5)), (FRIDAY_MS, FRIDAY_MS + 5_000))
        while cached.deliver():
            pass
    assert all(count == 5 or covered is None for count, covered in steps)
    assert steps[-1] == (5, FRIDAY_MS)


def test_a_failure_in_the_middle_of_a_delivery_repeats_it(
    cached: CachedStore, front: SqliteStore, shared: SharedStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_store, "CHUNK", 10)
    shared.trouble = DOWN
    cached.put(KEY, seconds(95))
    for _ in range(3):
        shared.trouble = None
        clock.advance(PAUSES_S[-1])
        assert cached.deliver()
        shared.trouble = DOWN
        assert not cached.deliver()
    shared.trouble = None
    clock.advance(PAUSES_S[-1])
    while cached.deliver():
        pass
    assert starts(shared.read(KEY, 0, ALL_MS)) == list(range(95))


def test_one_delivery_is_bounded_even_over_a_long_quiet_stretch(
    cached: CachedStore, shared: SharedStore, clock: ManualClock
) -> None:
    shared.trouble = DOWN
    for days in (400, 200, 0):
        cached.append([(KEY, a_bar(FRIDAY_MS - days * DAY_MS))])
    shared.trouble = None
    clock.advance(PAUSES_S[-1])
    while cached.deliver():
        pass
    assert shared.read(KEY, 0, ALL_MS).length == 3


def test_p21_bars_that_are_refused_for_good_are_not_sent_again_and_told(
    cached: CachedStore, front: SqliteStore, shared: SharedStore, caplog: pytest.LogCaptureFixture
) -> None:
    shared.put(KEY, seconds(1))
    cached.append([(KEY, a_bar(FRIDAY_MS + 1_000))])
    shared.trouble = RefusedBars("These bars are too old.", "Lengthen the retention.")
    cached.append([(KEY, a_bar(FRIDAY_MS - 1_000 * second)) for second in range(1, 5)])
    cached.append([(KEY, a_bar(FRIDAY_MS - 9_000))])
    assert cached.owed == 0
    assert "too old" in cached.notice
    assert len(caplog.records) == 1
    assert front.read(KEY, 0, ALL_MS).length == 6


def test_where_the_embedded_store_fails_the_shared_one_gets_the_bars_and_the_failure_is_told(
    cached: CachedStore, front: SqliteStore, shared: SharedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(front, "put", full)
    monkeypatch.setattr(front, "append", full)
    with pytest.raises(StoreError, match="disk is full"):
        cached.put(KEY, seconds(5))
    with pytest.raises(StoreError, match="disk is full"):
        cached.append([(KEY, a_bar(FRIDAY_MS + 5_000))])
    assert shared.read(KEY, 0, ALL_MS).length == 6


# -- from one run to the next --------------------------------------------------------------------


def test_p20_what_an_earlier_run_could_not_send_is_sent_by_the_next(
    front: SqliteStore, shared: SharedStore, clock: ManualClock
) -> None:
    bars = seconds(3_000)
    shared.put(KEY, bars.rows(slice(0, 1_000)))
    front.put(KEY, bars.rows(slice(0, 2_999)))
    store = CachedStore(front, shared, clock=clock)
    store.append([(KEY, bars.bar(2_999))])
    while store.deliver():
        pass
    assert shared.read(KEY, 0, ALL_MS).length == 3_000


def test_a_new_shared_store_gets_the_last_week_and_not_all_history(
    front: SqliteStore, shared: SharedStore, clock: ManualClock
) -> None:
    days = [seconds(10, FRIDAY_MS - days * DAY_MS) for days in (30, 8, 6, 1)]
    front.put(KEY, BarColumns.joined(days))
    store = CachedStore(front, shared, clock=clock)
    store.append([(KEY, a_bar(FRIDAY_MS))])
    while store.deliver():
        pass
    assert shared.read(KEY, 0, ALL_MS).start_ms[0] >= FRIDAY_MS - CATCH_UP_MS
    assert shared.read(KEY, 0, ALL_MS).length == 21


def test_closing_sends_what_is_owed_and_says_what_it_could_not(
    front: SqliteStore, shared: SharedStore, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = CachedStore(front, shared, clock=clock)
    shared.trouble = DOWN
    store.append([(KEY, a_bar(FRIDAY_MS))])
    store.close()
    assert "lacks bars of 1 series" in caplog.text
    store.close()


def test_what_is_whole_here_and_not_there_is_sent_once_somebody_asks_for_it(
    front: SqliteStore, shared: SharedStore, clock: ManualClock
) -> None:
    years_ago = FRIDAY_MS - 900 * DAY_MS
    front.put(KEY, seconds(200, years_ago), (years_ago, years_ago + 200_000))
    shared.put(KEY, NOTHING, (years_ago + 150_000, years_ago + 200_000))
    store = CachedStore(front, shared, clock=clock)
    assert store.covered_from(KEY, years_ago + 200_000) == years_ago
    assert store.owed == 1
    while store.deliver():
        pass
    assert shared.read(KEY, 0, ALL_MS).length == 150
    assert shared.covered_from(KEY, years_ago + 200_000) == years_ago
    assert store.covered_from(KEY, years_ago + 200_000) == years_ago
    assert store.owed == 0


def test_a_stretch_whose_bars_were_refused_is_never_called_whole_over_there(
    front: SqliteStore, shared: SharedStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CachedStore(front, shared, clock=clock)
    old, plain = FRIDAY_MS - 900 * DAY_MS, SharedStore.put

    def put(self: SharedStore, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        if bars.length and bars.start_ms[0] < FRIDAY_MS - DAY_MS:
            raise RefusedBars("These bars are too old.", "Lengthen the retention.")
        plain(self, key, bars, covers)

    monkeypatch.setattr(SharedStore, "put", put)
    shared.trouble = DOWN
    store.put(KEY, seconds(10, old), (old, old + 10_000))
    shared.trouble = None
    clock.advance(PAUSES_S[0])
    store.put(KEY._replace(symbol="MSFT"), seconds(10, old), (old, old + 10_000))
    while store.deliver():
        pass
    for symbol in ("AAPL", "MSFT"):
        key = KEY._replace(symbol=symbol)
        assert store.covered_from(key, old + 10_000) == old
        assert SqliteStore.covered_from(shared, key, old + 10_000) is None
    assert store.owed == 0


def test_upkeep_delivers_too(cached: CachedStore, shared: SharedStore, clock: ManualClock) -> None:
    shared.trouble = DOWN
    cached.append([(KEY, a_bar(FRIDAY_MS))])
    shared.trouble = None
    clock.advance(PAUSES_S[0])
    cached.pack(FRIDAY_MS)
    assert cached.owed == 0
    cached.forget({"1s": 0, "1m": 0, "1D": 0}, FRIDAY_MS)
    assert shared.read(KEY, 0, ALL_MS).length == 1


# -- whatever happens --------------------------------------------------------------------------------


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_p20_after_any_outages_both_agree_and_nothing_was_called_whole_too_early(
    front: SqliteStore,
    shared: SharedStore,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    restarts: bool,
) -> None:
    monkeypatch.setattr(cached_store, "CHUNK", 7)
    # A week in steps of seven bars would be tens of thousands of looks.
    monkeypatch.setattr(cached_store, "CATCH_UP_MS", 100 * MINUTE.nominal_ms)
    rng = random.Random(seed)
    store = CachedStore(front, shared, clock=clock)
    # The windows in which anything was traded.
    traded = {key: sorted(rng.sample(range(80), 50)) for key in (KEY, KEY._replace(timeframe=MINUTE))}
    for step in range(120):
        key = rng.choice(list(traded))
        first = rng.randrange(80)
        last = first + rng.randrange(1, 25)
        stretch = tuple(FRIDAY_MS + at * key.timeframe.nominal_ms for at in (first, last))
        bars = BarColumns.of(
            a_bar(FRIDAY_MS + at * key.timeframe.nominal_ms, 100 * rng.random(), source=rng.choice(list(BarSource)))
            for at in traded[key]
            if first <= at < last
        )
        what = rng.random()
        if what < 0.4:
            store.put(key, bars, (stretch[0], stretch[1]))
        elif what < 0.7:
            store.append([(key, bar) for bar in bars.bars() if rng.random() < 0.5])
        elif what < 0.85:
            store.covered_from(key, stretch[1])
        elif restarts:
            store = CachedStore(front, shared, clock=clock)
        if rng.random() < 0.2:
            shared.trouble = rng.choice([None, DOWN])
        clock.advance(rng.choice([0.0, 1.0, 10.0, 400.0]))
        store.deliver()
        for known, windows in traded.items() if step % 4 == 0 else ():
            _check_covers(shared, known, windows)
    shared.trouble = None
    clock.advance(PAUSES_S[-1])
    while store.deliver():
        pass
    if not restarts:
        for key in traded:
            assert bits(SqliteStore.read(shared, key, 0, ALL_MS)) == bits(front.read(key, 0, ALL_MS)), key


def _check_covers(shared: SharedStore, key: SeriesKey, traded: list[int]) -> None:
    """Of what the shared store calls whole, nothing is missing there."""
    width_ms = key.timeframe.nominal_ms
    for end in range(1, 110, 7):
        from_ms = SqliteStore.covered_from(shared, key, FRIDAY_MS + end * width_ms)
        if from_ms is not None:
            theirs = SqliteStore.read(shared, key, from_ms, FRIDAY_MS + end * width_ms)
            known = [(start - FRIDAY_MS) // width_ms for start in theirs.start_ms.tolist()]
            assert known == [at for at in traded if (from_ms - FRIDAY_MS) // width_ms <= at < end]
