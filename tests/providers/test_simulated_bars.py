from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, BAR_VOLUME, rules_for
from live_monitor.providers import simulated_prints as prints
from live_monitor.providers.simulated_bars import (
    MINUTE_LAG_MS,
    NO_CELLS,
    REPLACEMENT_LAG_MS,
    SECOND_LAG_MS,
    BarRows,
    Cells,
    DayTotals,
    added,
    cells_of,
    emissions,
    grouped,
    joined,
)
from live_monitor.providers.simulated_flow import FlowBlock
from live_monitor.providers.simulated_universe import POINTS

#: (trade ms, given ms, price in points, size, code)
Row = tuple[int, int, int, int, int]

CODES = [
    0,
    0,
    prints.SWEEP,
    prints.ODD_LOT,
    prints.FORM_T,
    prints.DERIVATIVE,
    prints.AVERAGE_PRICE,
    prints.OFFICIAL_CLOSE,
]


def block_of(rows: Sequence[Row], first_s: int, last_s: int) -> FlowBlock:
    """A block with these prints and no quotes."""
    ordered = sorted(rows, key=lambda row: row[1])
    trade_ms, given_ms, price, size, code = np.array(ordered, np.int32).reshape(-1, 5).T
    none = np.empty(0, np.int32)
    venue = np.full(len(ordered), 4, np.uint8)
    return FlowBlock(first_s, last_s, none, none, none, trade_ms, given_ms, price, size, code.astype(np.uint8), venue)


def cells_of_rows(rows: Sequence[Row]) -> Cells:
    block = block_of(rows, 0, 0)
    return cells_of(block.trade_ms, block.price, block.size, block.code)


def bar_by_hand(rows: Sequence[Row], start_ms: int, end_ms: int) -> tuple[int, int, int, int, int, int, int] | None:
    """open, high, low, close, volume, value, count of a window by the text of the rules; None without a last price."""
    rules = rules_for("polygon")
    inside = [row for row in sorted(rows, key=lambda row: row[1]) if start_ms <= row[0] < end_ms]
    inside.sort(key=lambda row: row[0])
    flagged = [(row, rules.flags(prints.CONDITIONS[row[4]])) for row in inside]
    last = [row[2] for row, flags in flagged if flags & BAR_LAST]
    ranged = [row[2] for row, flags in flagged if flags & BAR_HILO]
    counted = [row for row, flags in flagged if flags & BAR_VOLUME]
    if not last:
        return None
    volume, value = sum(row[3] for row in counted), sum(row[2] * row[3] for row in counted)
    return last[0], max(ranged), min(ranged), last[-1], volume, value, len(counted)


def rows_as_dict(rows: BarRows) -> list[dict[str, float]]:
    columns = {name: getattr(rows, name).tolist() for name in BarRows.__slots__}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def test_the_published_example_minute_comes_out_exactly() -> None:
    def code(*conditions: int) -> int:
        return prints.CONDITIONS.index(tuple(sorted(conditions)))

    tape = [
        (100, 1_000_000, 100, code()),
        (5_000, 1_010_000, 10, code(37)),
        (10_000, 995_000, 200, code(14, 41)),
        (20_000, 1_050_000, 50, code(2)),
        (30_000, 980_000, 300, code(10)),
        (40_000, 1_005_000, 100, code(52)),
        (50_000, 1_002_500, 1_000, code(16)),
        (59_999, 997_500, 100, code(32)),
    ]
    minute = grouped(cells_of_rows([(ms, ms, price, size, code) for ms, price, size, code in tape]), 60)
    assert len(minute) == 1
    assert (minute.open[0], minute.high[0], minute.low[0], minute.close[0]) == (1_000_000, 1_000_000, 980_000, 995_000)
    assert (minute.volume[0], minute.trades[0]) == (860, 7)
    assert minute.value[0] / minute.volume[0] / POINTS == pytest.approx(99.517441860, abs=1e-9)


moments = st.integers(0, 179_999)
tapes = st.lists(
    st.tuples(moments, st.integers(10_000, 10_100), st.integers(1, 500), st.sampled_from(CODES)).map(
        lambda row: (row[0], row[0], *row[1:])
    ),
    min_size=1,
    max_size=40,
)


@given(tapes, st.sampled_from([1, 60]))
def test_bars_are_what_the_rules_say_print_by_print(tape: list[Row], seconds: int) -> None:
    cells = grouped(cells_of_rows(tape), seconds)
    found = {
        int(cells.at[row]): tuple(int(getattr(cells, name)[row]) for name in Cells.__slots__[1:])
        for row in range(len(cells))
        if cells.open[row]
    }
    for start in range(0, 180, seconds):
        by_hand = bar_by_hand(tape, start * 1000, (start + seconds) * 1000)
        if by_hand is None:
            assert start not in found
        else:
            open_, high, low, close, volume, value, count = by_hand
            assert found[start] == (open_, high, low, close, volume, value, count)


@given(tapes)
def test_cells_of_parts_joined_are_the_cells_of_the_whole(tape: list[Row]) -> None:
    whole = cells_of_rows(tape)
    parts = joined([whole.between(0, 60), whole.between(60, 120), whole.between(120, 180)])
    for name in Cells.__slots__:
        assert np.array_equal(getattr(parts, name), getattr(whole, name))


def test_windows_can_start_off_the_multiples() -> None:
    cells = cells_of_rows([(ms, ms, 10_000 + ms, 100, 0) for ms in (0, 29_000, 31_000, 89_000)])
    assert grouped(cells, 60, 30).at.tolist() == [-30, 30]
    assert grouped(cells, 60, 30).volume.tolist() == [200, 200]


def test_seconds_come_two_seconds_after_and_minutes_right_after_their_window() -> None:
    block = block_of([(500, 500, 10_000, 100, 0), (61_000, 61_000, 10_002, 100, 0)], 0, 900)
    rows = rows_as_dict(emissions(block, NO_CELLS, DayTotals(), 7))
    assert [(row["minute"], row["start_ms"], row["end_ms"], row["given_ms"]) for row in rows] == [
        (False, 0, 1_000, 1_000 + SECOND_LAG_MS + 7),
        (True, 0, 60_000, 60_000 + MINUTE_LAG_MS + 7),
        (False, 61_000, 62_000, 62_000 + SECOND_LAG_MS + 7),
        (True, 60_000, 120_000, 120_000 + MINUTE_LAG_MS + 7),
    ]


def test_a_late_report_brings_its_bars_out_again_and_counts_only_from_then_on() -> None:
    late = (30_500, 64_000, 9_900, 70, prints.LATE)
    block = block_of([(30_100, 30_100, 10_000, 100, 0), (62_000, 62_000, 10_010, 30, 0), late], 0, 900)
    rows = rows_as_dict(emissions(block, NO_CELLS, DayTotals(volume=1_000, value=10_000_000), 0))
    told = [
        (row["minute"], row["start_ms"], row["given_ms"], row["low"], row["volume"], row["day_volume"]) for row in rows
    ]
    assert told == [
        (False, 30_000, 33_000, 1.0, 100.0, 1_100.0),
        (True, 0, 60_120, 1.0, 100.0, 1_100.0),
        (False, 30_000, 64_000 + REPLACEMENT_LAG_MS, 0.99, 170.0, 1_170.0),
        (True, 0, 64_000 + REPLACEMENT_LAG_MS, 0.99, 170.0, 1_170.0),
        (False, 62_000, 65_000, 1.001, 30.0, 1_200.0),
        (True, 60_000, 120_120, 1.001, 30.0, 1_200.0),
    ]


def test_a_report_that_is_late_by_less_than_the_lag_is_in_the_first_bar() -> None:
    block = block_of([(100, 100, 10_000, 100, 0), (900, 2_500, 9_900, 5, prints.LATE)], 0, 900)
    (second, minute) = rows_as_dict(emissions(block, NO_CELLS, DayTotals(), 0))
    assert (second["volume"], second["low"], second["day_volume"]) == (105.0, 0.99, 105.0)
    assert minute["volume"] == 105.0


def test_windows_without_a_print_that_may_set_the_price_give_no_bar_but_count_in_the_day() -> None:
    block = block_of([(500, 500, 10_000, 30, prints.ODD_LOT), (1_500, 1_500, 10_000, 100, 0)], 0, 900)
    second, minute = rows_as_dict(emissions(block, NO_CELLS, DayTotals(), 0))
    assert (second["start_ms"], second["volume"], second["day_volume"]) == (1_000, 100.0, 130.0)
    assert minute["volume"] == 130.0


def test_the_official_open_is_in_bars_from_its_window_on() -> None:
    tape = [(900, 900, 9_000, 10, prints.FORM_T), (2_100, 2_100, 10_000, 100, prints.OPENING)]
    tape.append((2_100, 2_100, 10_000, 100, prints.OFFICIAL_OPEN))
    block = block_of(tape[1:], 2, 902)
    (opening, _) = rows_as_dict(emissions(block, cells_of_rows(tape[:1]), DayTotals(volume=10, value=90_000), 0))
    assert (opening["day_open"], opening["volume"], opening["day_volume"]) == (1.0, 100.0, 110.0)
    before = rows_as_dict(emissions(block_of(tape[:1], 0, 1), NO_CELLS, DayTotals(), 0))
    assert np.isnan(before[0]["day_open"])


@given(tapes)
def test_blocks_shorter_than_a_minute_give_the_same_bars(tape: list[Row]) -> None:
    whole = rows_as_dict(emissions(block_of(tape, 0, 180), NO_CELLS, DayTotals(), 0))
    pieces: list[dict[str, float]] = []
    so_far, totals = NO_CELLS, DayTotals()
    for first in range(0, 180, 20):
        block = block_of([row for row in tape if first * 1000 <= row[0] < (first + 20) * 1000], first, first + 20)
        minute = so_far.between(first // 60 * 60, first)
        pieces += rows_as_dict(emissions(block, minute, totals, 0))
        so_far = joined([so_far, cells_of(block.trade_ms, block.price, block.size, block.code)])
        totals = added(totals, block, len(block.price))

    def ordered(rows: list[dict[str, float]]) -> list[str]:
        return [repr(row) for row in sorted(rows, key=lambda row: (row["given_ms"], row["minute"], row["start_ms"]))]

    assert ordered(pieces) == ordered(whole)


def test_day_totals_follow_the_daily_rules() -> None:
    tape = [
        (0, 0, 20_000, 100, prints.FORM_T),
        (1, 1, 10_000, 100, prints.OPENING),
        (1, 1, 10_000, 100, prints.OFFICIAL_OPEN),
        (2, 2, 10_500, 7, prints.ODD_LOT),
        (3, 3, 9_900, 50, 0),
        (4, 4, 9_800, 50, prints.LATE),
    ]
    before = added(DayTotals(), block_of(tape[:1], 0, 1), 1)
    assert before == DayTotals(volume=100, value=2_000_000)
    after = added(before, block_of(tape[1:], 1, 2), 5)
    assert after[:1] == (307,)
    assert after[2:] == (10_000, 1, 10_000, 10_000, 9_800)
    assert added(before, block_of(tape[1:], 1, 2), 1).open == 0
