"""What every store of bars must do. Written against `ports.HistoryStore` alone.

A store's own test module takes the suite over and says how to open the store:

    class TestMyStore(HistoryStoreSuite):
        @pytest.fixture
        def opened(self, tmp_path): return lambda: MyStore(tmp_path / "bars")

`opened()` gives a new handle on the same data each time it is called. A store that keeps numbers less exactly than bit
for bit says so by overriding `assert_same`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource, Proof
from live_monitor.ports import HistoryStore, SeriesKey

Opened = Callable[[], HistoryStore]

#: Friday 2026-11-20, 10:00:00 in New York.
FRIDAY_MS = 1_795_186_800_000
DAY_MS = 86_400_000
#: Far beyond every bar.
ALL_MS = 4_000_000_000_000

KEY = SeriesKey("simulated-86", "AAPL", SECOND)


def a_bar(start_ms: int, price: float = 238.0, **more: Any) -> Bar:
    """A plausible bar; `more` replaces fields."""
    known: dict[str, Any] = {
        "open": price,
        "high": price + 0.02,
        "low": price - 0.01,
        "close": price + 0.01,
        "volume": 300.0,
        "vwap": price + 0.0033,
        "trades": 3,
        "cumulative_volume": 1_000_300.0,
    }
    return Bar(start_ms, **{**known, **more})


def seconds(count: int, from_ms: int = FRIDAY_MS, step_ms: int = 1_000, **more: Any) -> BarColumns:
    """`count` bars in a row, each with a price of its own."""
    return BarColumns.of(a_bar(from_ms + step_ms * row, 238.0 + row % 500 / 100, **more) for row in range(count))


def daily(days: int, last_ms: int = FRIDAY_MS) -> BarColumns:
    """Daily bars, oldest first; they start at midnight in New York in winter."""
    midnight = last_ms - 10 * 3_600_000
    return BarColumns.of(a_bar(midnight - DAY_MS * back, 200.0 + back) for back in reversed(range(days)))


def bits(bars: BarColumns) -> list[bytes]:
    """Every column as it lies in memory."""
    return [np.ascontiguousarray(column).tobytes() for column in bars]


class HistoryStoreSuite:
    """The suite; pytest runs it for each class that inherits from it and is named Test…"""

    @pytest.fixture
    def opened(self) -> Opened:
        raise NotImplementedError("the module of a store says how to open it")

    @pytest.fixture
    def store(self, opened: Opened) -> Iterator[HistoryStore]:
        store = opened()
        yield store
        store.close()

    def assert_same(self, found: BarColumns, expected: BarColumns) -> None:
        """The same bars, bit for bit."""
        assert found.start_ms.tolist() == expected.start_ms.tolist()
        for name in BarColumns._fields:
            ours: np.ndarray = getattr(found, name)
            theirs: np.ndarray = getattr(expected, name)
            assert ours.dtype == theirs.dtype, name
            assert ours.tobytes() == np.ascontiguousarray(theirs).tobytes(), name

    # -- what is put is there ------------------------------------------------------------------

    def test_what_was_put_is_read_back(self, store: HistoryStore) -> None:
        bars = seconds(500)
        store.put(KEY, bars)
        self.assert_same(store.read(KEY, 0, ALL_MS), bars)

    def test_an_unknown_series_has_no_bars_no_cover_and_no_name(self, store: HistoryStore) -> None:
        assert store.read(KEY, 0, ALL_MS).length == 0
        assert store.last(KEY, ALL_MS, 100).length == 0
        assert store.covered_from(KEY, ALL_MS) is None
        assert store.series() == []

    def test_absent_numbers_come_back_absent(self, store: HistoryStore) -> None:
        bare = a_bar(FRIDAY_MS, vwap=NAN, trades=-1, cumulative_volume=NAN)
        moves_no_price = a_bar(FRIDAY_MS + 1_000, open=NAN, high=NAN, low=NAN, close=NAN)
        bars = BarColumns.of([bare, moves_no_price])
        store.put(KEY, bars)
        found = store.read(KEY, 0, ALL_MS)
        self.assert_same(found, bars)
        assert np.isnan(found.vwap[0])
        assert found.trades[0] == -1
        assert np.isnan(found.open[1])

    def test_source_revision_and_proof_are_kept(self, store: HistoryStore) -> None:
        sources = (BarSource.OWN, BarSource.STREAM, BarSource.HISTORY, BarSource.OWN, BarSource.HISTORY)
        bars = BarColumns.of(
            a_bar(FRIDAY_MS + 1_000 * row, source=source, revised=bool(row % 2), proof=proof)
            for row, (source, proof) in enumerate(zip(sources, Proof, strict=True))
        )
        store.put(KEY, bars)
        self.assert_same(store.read(KEY, 0, ALL_MS), bars)

    def test_what_was_kept_is_there_after_it_was_opened_anew(self, opened: Opened) -> None:
        first = opened()
        first.put(KEY, seconds(50), (FRIDAY_MS, FRIDAY_MS + 50_000))
        first.append([(KEY, a_bar(FRIDAY_MS + 50_000))])
        first.close()
        again = opened()
        try:
            assert again.read(KEY, 0, ALL_MS).length == 51
            assert again.covered_from(KEY, FRIDAY_MS + 50_000) == FRIDAY_MS
            assert again.series() == [KEY]
        finally:
            again.close()

    def test_nothing_put_and_nothing_appended_changes_nothing(self, store: HistoryStore) -> None:
        store.put(KEY, BarColumns.of(()))
        store.append([])
        assert store.series() == []
        assert store.last(KEY, ALL_MS, 5).length == 0

    # -- ranges ------------------------------------------------------------------------------

    def test_a_range_holds_its_start_and_not_its_end(self, store: HistoryStore) -> None:
        bars = seconds(10)
        store.put(KEY, bars)
        self.assert_same(store.read(KEY, FRIDAY_MS + 2_000, FRIDAY_MS + 5_000), bars.rows(slice(2, 5)))
        assert store.read(KEY, FRIDAY_MS + 2_001, FRIDAY_MS + 3_000).length == 0
        assert store.read(KEY, FRIDAY_MS + 5_000, FRIDAY_MS + 5_000).length == 0
        assert store.read(KEY, FRIDAY_MS + 5_000, FRIDAY_MS).length == 0

    def test_last_gives_the_newest_before_an_instant_ascending(self, store: HistoryStore) -> None:
        bars = seconds(100)
        store.put(KEY, bars)
        self.assert_same(store.last(KEY, ALL_MS, 7), bars.rows(slice(93, 100)))
        self.assert_same(store.last(KEY, FRIDAY_MS + 50_000, 10), bars.rows(slice(40, 50)))
        self.assert_same(store.last(KEY, FRIDAY_MS + 50_001, 1), bars.rows(slice(50, 51)))
        self.assert_same(store.last(KEY, FRIDAY_MS + 5_000, 10), bars.rows(slice(0, 5)))
        assert store.last(KEY, FRIDAY_MS, 10).length == 0
        assert store.last(KEY, ALL_MS, 0).length == 0

    def test_last_reaches_over_holes_nights_and_weekends(self, store: HistoryStore) -> None:
        parts = [seconds(40, FRIDAY_MS - days * DAY_MS) for days in (30, 4, 1, 0)]
        for part in parts:
            store.put(KEY, part)
        whole = BarColumns.joined(parts)
        for limit in (30, 40, 41, 80, 81, 120, 159, 160, 1_000):
            self.assert_same(store.last(KEY, ALL_MS, limit), whole.rows(slice(max(0, 160 - limit), 160)))

    # -- series apart ----------------------------------------------------------------------------

    def test_series_never_mix(self, store: HistoryStore) -> None:
        keys = [
            SeriesKey(market, symbol, timeframe)
            for market in ("polygon", "simulated-86", "replay-iqfeed-2021-03-01")
            for symbol in ("AAPL", "BRK.B", "ES=F", "BTC/USD")
            for timeframe in (SECOND, MINUTE)
        ]
        for number, key in enumerate(keys):
            store.put(key, BarColumns.of([a_bar(FRIDAY_MS, 100.0 + number)]))
        for number, key in enumerate(keys):
            assert store.read(key, 0, ALL_MS).open.tolist() == [100.0 + number]
        assert store.series() == sorted(keys)

    @pytest.mark.parametrize("timeframe", [SECOND, MINUTE, DAY])
    def test_every_base_timeframe_is_kept(self, store: HistoryStore, timeframe: Timeframe) -> None:
        key = KEY._replace(timeframe=timeframe)
        bars = daily(800) if timeframe == DAY else seconds(800, step_ms=timeframe.nominal_ms)
        store.put(key, bars)
        self.assert_same(store.read(key, 0, ALL_MS), bars)
        self.assert_same(store.last(key, ALL_MS, 300), bars.rows(slice(500, 800)))

    # -- which bar wins ----------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("known", "newer", "wins"),
        [
            (BarSource.OWN, BarSource.OWN, True),
            (BarSource.OWN, BarSource.STREAM, True),
            (BarSource.OWN, BarSource.HISTORY, True),
            (BarSource.STREAM, BarSource.OWN, False),
            (BarSource.STREAM, BarSource.STREAM, True),
            (BarSource.HISTORY, BarSource.STREAM, False),
            (BarSource.HISTORY, BarSource.OWN, False),
            (BarSource.HISTORY, BarSource.HISTORY, True),
        ],
    )
    @pytest.mark.parametrize("way", ["put", "append"])
    def test_the_higher_source_wins_and_of_equals_the_newer(
        self, store: HistoryStore, known: BarSource, newer: BarSource, wins: bool, way: str
    ) -> None:
        store.put(KEY, BarColumns.of([a_bar(FRIDAY_MS, 100.0, source=known)]))
        fresh = a_bar(FRIDAY_MS, 200.0, source=newer)
        if way == "put":
            store.put(KEY, BarColumns.of([fresh]))
        else:
            store.append([(KEY, fresh)])
        assert store.read(KEY, 0, ALL_MS).open.tolist() == [200.0 if wins else 100.0]

    def test_a_repeated_write_changes_nothing(self, store: HistoryStore) -> None:
        bars = seconds(300)
        for _ in range(3):
            store.put(KEY, bars, (FRIDAY_MS, FRIDAY_MS + 300_000))
            store.append([(KEY, bars.bar(row)) for row in range(0, 300, 7)])
        self.assert_same(store.read(KEY, 0, ALL_MS), bars)
        assert store.covered_from(KEY, FRIDAY_MS + 300_000) == FRIDAY_MS

    def test_a_page_fills_the_holes_between_what_streamed(self, store: HistoryStore) -> None:
        page = seconds(200, source=BarSource.HISTORY)
        store.append([(KEY, page.bar(row)._replace(source=BarSource.OWN)) for row in range(0, 200, 3)])
        store.put(KEY, page)
        self.assert_same(store.read(KEY, 0, ALL_MS), page)

    # -- appending ---------------------------------------------------------------------------------

    def test_bars_of_many_series_are_appended_at_once(self, store: HistoryStore) -> None:
        keys = [KEY._replace(symbol=f"S{number}") for number in range(100)]
        for second in range(5):
            store.append([(key, a_bar(FRIDAY_MS + 1_000 * second)) for key in keys])
        assert all(store.read(key, 0, ALL_MS).length == 5 for key in keys)

    def test_the_later_of_two_equal_starts_in_one_append_wins(self, store: HistoryStore) -> None:
        store.append([(KEY, a_bar(FRIDAY_MS, 100.0)), (KEY, a_bar(FRIDAY_MS, 101.0))])
        assert store.read(KEY, 0, ALL_MS).open.tolist() == [101.0]

    def test_appended_bars_may_come_in_any_order(self, store: HistoryStore) -> None:
        bars = seconds(60)
        order = random.Random(3).sample(range(60), 60)
        for row in order:
            store.append([(KEY, bars.bar(row))])
        self.assert_same(store.read(KEY, 0, ALL_MS), bars)

    def test_a_late_bar_of_a_day_long_past_finds_its_place(self, store: HistoryStore) -> None:
        for days in (3, 2, 1, 0):
            start = FRIDAY_MS - days * DAY_MS
            store.put(KEY, seconds(100, start), (start, start + 100_000))
        late = a_bar(FRIDAY_MS - 2 * DAY_MS + 50_000, 555.0, revised=True, source=BarSource.HISTORY)
        store.append([(KEY, late)])
        found = store.read(KEY, FRIDAY_MS - 2 * DAY_MS, FRIDAY_MS - DAY_MS)
        assert found.length == 100
        assert found.bar(50) == late

    # -- covers ------------------------------------------------------------------------------------

    def test_stretches_that_touch_or_overlap_become_one(self, store: HistoryStore) -> None:
        nothing = BarColumns.of(())
        for stretch in ((100, 200), (300, 400), (200, 250), (240, 300)):
            store.put(KEY, nothing, stretch)
        assert store.covered_from(KEY, 400) == 100
        assert store.covered_from(KEY, 399) == 100
        assert store.covered_from(KEY, 401) is None
        assert store.covered_from(KEY, 100) is None

    def test_a_stretch_covers_its_series_only(self, store: HistoryStore) -> None:
        store.put(KEY, seconds(5), (FRIDAY_MS, FRIDAY_MS + 5_000))
        assert store.covered_from(KEY, FRIDAY_MS + 5_000) == FRIDAY_MS
        assert store.covered_from(KEY._replace(timeframe=MINUTE), FRIDAY_MS + 5_000) is None

    def test_bars_without_a_word_on_holes_cover_nothing(self, store: HistoryStore) -> None:
        store.put(KEY, seconds(5))
        store.append([(KEY, a_bar(FRIDAY_MS + 5_000))])
        assert store.covered_from(KEY, FRIDAY_MS + 1_000) is None

    def test_stretches_in_any_order_cover_what_their_union_covers(self, store: HistoryStore) -> None:
        rng = random.Random(7)
        nothing, covered = BarColumns.of(()), [False] * 200
        for _ in range(40):
            start = rng.randrange(0, 195)
            end = start + rng.randrange(1, 6)
            store.put(KEY, nothing, (start, end))
            covered[start:end] = [True] * (end - start)
        for end in range(1, 200):
            start = end
            while start > 0 and covered[start - 1]:
                start -= 1
            assert store.covered_from(KEY, end) == (start if start < end else None), end

    # -- two at once, the end --------------------------------------------------------------------

    def test_a_second_handle_sees_what_the_first_has_written(self, opened: Opened) -> None:
        writer, reader = opened(), opened()
        try:
            for second in range(20):
                writer.append([(KEY, a_bar(FRIDAY_MS + 1_000 * second))])
                assert reader.last(KEY, ALL_MS, 100).length == second + 1
            reader.append([(KEY, a_bar(FRIDAY_MS + 20_000))])
            assert writer.last(KEY, ALL_MS, 100).length == 21
        finally:
            writer.close()
            reader.close()

    def test_it_may_be_closed_twice(self, opened: Opened) -> None:
        store = opened()
        store.close()
        store.close()

    def test_it_has_a_name_for_people(self, store: HistoryStore) -> None:
        assert store.name

    # -- against a model -------------------------------------------------------------------------

    @pytest.mark.parametrize("seed", range(3))
    def test_any_sequence_of_writes_gives_what_a_plain_dict_would(self, opened: Opened, seed: int) -> None:
        rng, model = random.Random(seed), dict[int, Bar]()
        store = opened()
        try:
            for step in range(40):
                self._write_something(store, model, rng, step)
                if rng.random() < 0.1:
                    store.close()
                    store = opened()
                expected = BarColumns.of(model[start] for start in sorted(model))
                from_ms = FRIDAY_MS - rng.randrange(0, 5 * DAY_MS)
                to_ms = from_ms + rng.randrange(1, 3 * DAY_MS)
                limit = rng.randrange(1, 200)
                before = expected.between(0, to_ms)
                self.assert_same(store.read(KEY, from_ms, to_ms), expected.between(from_ms, to_ms))
                self.assert_same(store.last(KEY, to_ms, limit), before.rows(slice(max(0, before.length - limit), None)))
        finally:
            store.close()

    def _write_something(self, store: HistoryStore, model: dict[int, Bar], rng: random.Random, step: int) -> None:
        start = FRIDAY_MS - rng.randrange(0, 5) * DAY_MS - 30_000 + rng.randrange(0, 60) * 1_000
        source = rng.choice(list(BarSource))
        bars = seconds(rng.randrange(1, 60), start, volume=float(step), source=source)
        if rng.random() < 0.5:
            store.put(KEY, bars)
        else:
            store.append([(KEY, bar) for bar in bars.bars()])
        for bar in bars.bars():
            known = model.get(bar.start_ms)
            if known is None or known.source <= bar.source:
                model[bar.start_ms] = bar
