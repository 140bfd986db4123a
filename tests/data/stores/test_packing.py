"""Blocks of bars: every bit comes back, few bytes are needed, and nothing that is read is trusted."""

from __future__ import annotations

import random
import struct
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from live_monitor.data.stores.packed_numbers import DamagedBlock
from live_monitor.data.stores.packing import CHUNK_BARS, MAX_BARS, BlockPacker
from live_monitor.engine.market.bar_columns import COLUMNS, Bar, BarColumns, BarSource
from live_monitor.engine.market.sessions import us_equities
from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket
from tests.conformance.history_store import FRIDAY_MS, a_bar, bits, seconds

#: What a column of floats may be like, from well-behaved to hostile; each drawn by a seeded generator.
KINDS = (
    "cents", "sub-pennies", "a millionth", "whole", "fractions of shares", "any float", "any bits", "absent",
    "constant", "now and then absent", "negative zero", "huge", "sums of floats",
)  # fmt: skip


def column(kind: str, rng: np.random.Generator, rows: int) -> NDArray[np.float64]:
    """`rows` numbers of one kind."""
    walk = 250.0 + np.cumsum(rng.integers(-3, 4, rows)) / 100
    makers: dict[str, Callable[[], Any]] = {
        "cents": lambda: np.round(walk, 2),
        "sub-pennies": lambda: np.round(walk + (rng.random(rows) < 0.3) * rng.integers(0, 100, rows) / 1e4, 4),
        "a millionth": lambda: np.round(rng.random(rows), 6),
        "whole": lambda: rng.integers(1, 100_000, rows).astype(float),
        "fractions of shares": lambda: np.round(rng.integers(1, 900, rows) + rng.random(rows), 6),
        "any float": lambda: rng.normal(0, 10.0 ** rng.integers(-300, 300), rows),
        "any bits": lambda: rng.integers(-(2**63), 2**63 - 1, rows).view(np.float64),
        "absent": lambda: np.full(rows, np.nan),
        "constant": lambda: np.full(rows, 0.1 + 0.2),
        "now and then absent": lambda: np.where(rng.random(rows) < 0.1, np.nan, np.round(walk, 2)),
        "negative zero": lambda: np.where(rng.random(rows) < 0.5, -0.0, 0.0),
        "huge": lambda: np.where(rng.random(rows) < 0.5, np.inf, 1e308),
        "sums of floats": lambda: np.cumsum(np.round(rng.random(rows), 2)),
    }
    return np.asarray(makers[kind](), np.float64)


def any_bars(kinds: list[str], seed: int, rows: int) -> BarColumns:
    """Bars whose columns of floats are of these kinds; the others as hostile as their types allow."""
    rng = np.random.default_rng(seed)
    floats = iter(column(kind, rng, rows) for kind in kinds)
    made: list[Any] = []
    for name, dtype in COLUMNS.items():
        if name == "start_ms":
            made.append(np.cumsum(rng.choice([1, 1_000, 2_000, 86_400_000], rows)) + rng.integers(0, 2**41))
        elif dtype is np.float64:
            made.append(next(floats))
        elif name == "trades":
            made.append(rng.integers(-1, rng.choice([5, 2**62]), rows))
        else:
            made.append(rng.integers(0, 2 if dtype is np.bool_ else 4, rows).astype(dtype))
    return BarColumns(*made)


def restored(bars: BarColumns) -> BarColumns:
    packer = BlockPacker()
    return packer.unpack(packer.pack(bars))


def assert_same_bits(found: BarColumns, expected: BarColumns) -> None:
    assert [column.dtype for column in found] == [column.dtype for column in expected]
    assert bits(found) == bits(expected)


@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=7, max_size=7),
    seed=st.integers(0, 2**32),
    rows=st.sampled_from([1, 2, 3, 31, 32, 33, 200, 700]),
)
def test_every_bit_comes_back_whatever_the_numbers(kinds: list[str], seed: int, rows: int) -> None:
    bars = any_bars(kinds, seed, rows)
    assert_same_bits(restored(bars), bars)


@given(
    st.lists(
        st.builds(
            Bar,
            start_ms=st.integers(0, 2**42),
            open=st.floats(width=64),
            high=st.floats(width=64),
            low=st.floats(width=64),
            close=st.floats(width=64),
            volume=st.floats(width=64),
            vwap=st.floats(width=64),
            trades=st.integers(-(2**63), 2**63 - 1),
            cumulative_volume=st.floats(width=64),
        ),
        unique_by=lambda bar: bar.start_ms,
        max_size=40,
    )
)
def test_hostile_bars_come_back(made: list[Bar]) -> None:
    bars = BarColumns.of(sorted(made))
    assert_same_bits(restored(bars), bars)


def test_the_payload_of_a_nan_comes_back() -> None:
    strange = np.array([0x7FF8_0000_0000_0001, 0xFFF0_0000_0000_1234, 0x7FF8_0000_0000_0000], np.uint64)
    bars = seconds(3)._replace(open=strange.view(np.float64), vwap=strange[::-1].copy().view(np.float64))
    assert_same_bits(restored(bars), bars)


def test_views_with_gaps_in_memory_are_packed_as_they_are_seen() -> None:
    every_other = seconds(400).rows(slice(None, None, 2))
    assert not every_other.open.flags.c_contiguous
    assert_same_bits(restored(every_other), every_other)


def test_no_bars_make_a_block_too() -> None:
    assert restored(BarColumns.of(())).length == 0


def test_the_same_bars_make_the_same_bytes() -> None:
    packer, bars = BlockPacker(), seconds(500)
    assert packer.pack(bars) == packer.pack(bars) == BlockPacker().pack(bars)


@pytest.mark.parametrize("rows", [1, CHUNK_BARS - 1, CHUNK_BARS, CHUNK_BARS + 1, CHUNK_BARS * 2 + 100, 90_000])
def test_days_of_any_length_come_back(rows: int) -> None:
    bars = any_bars(["sub-pennies"] * 4 + ["whole", "sums of floats", "whole"], 5, rows)
    assert_same_bits(restored(bars), bars)


def test_more_bars_than_any_day_has_are_refused() -> None:
    zeros: dict[str, Any] = {name: np.zeros(MAX_BARS + 1, kind) for name, kind in COLUMNS.items()}
    huge = BarColumns(**{**zeros, "start_ms": np.arange(MAX_BARS + 1)})
    with pytest.raises(ValueError, match="more than a block holds"):
        BlockPacker().pack(huge)


# -- the newest of a block -------------------------------------------------------------------------


def test_the_newest_bars_are_had_before_any_instant() -> None:
    bars = seconds(CHUNK_BARS * 2 + 3_000)
    packer = BlockPacker()
    raw = packer.pack(bars)
    for end in (0, 1, 2_999, 3_000, 3_001, CHUNK_BARS, CHUNK_BARS + 3_000, bars.length - 1, bars.length):
        for limit in (1, 2_000, CHUNK_BARS, CHUNK_BARS + 1, bars.length):
            found = packer.newest(raw, FRIDAY_MS + 1_000 * end, limit)
            assert found.length >= min(limit, end)
            assert_same_bits(found, bars.rows(slice(end - found.length, end)))


# -- how few bytes -----------------------------------------------------------------------------------


@cache
def simulated_day(symbol: str) -> BarColumns:
    """1-second bars of one simulated day: cents and sub-pennies, odd lots, prints that do not count for the bar."""
    market = SimulatedMarket(86, [symbol])
    found, _ = market.history(symbol, 1_000, DEFAULT_START_MS - 12 * 3_600_000, 24_000)
    calendar = us_equities()
    last = calendar.trade_date(found[-1].start_ms)
    day = [bar for bar in found if calendar.trade_date(bar.start_ms) == last]
    return BarColumns.of(
        Bar(
            bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap, bar.transactions or -1,
            BarSource.HISTORY, cumulative_volume=bar.day_volume,
        )
        for bar in day
    )  # fmt: skip


def bytes_a_bar(bars: BarColumns) -> float:
    raw = BlockPacker().pack(bars)
    assert_same_bits(BlockPacker().unpack(raw), bars)
    return len(raw) / bars.length


@pytest.mark.parametrize(("symbol", "most"), [("AAPL", 6.6), ("F", 5.4), ("QZPX", 5.0)])
def test_a_simulated_day_of_seconds_needs_few_bytes(symbol: str, most: float) -> None:
    bars = simulated_day(symbol)
    assert bars.length > 3_000
    assert bytes_a_bar(bars) <= most


def test_a_recorded_day_of_seconds_needs_few_bytes(shared_data: Path) -> None:
    """SPY, 2013-10-07: ms, open, high, low, close in hundredths of a cent, volume; no vwap and no counts."""
    (archive,) = shared_data.glob("lean_equity/Data/equity/usa/second/spy/*_trade.zip")
    with zipfile.ZipFile(archive) as files:
        rows = [line.split(",") for line in files.read(files.namelist()[0]).decode().split()]
    numbers = [[float(value) for value in row] for row in rows]
    bars = BarColumns.of(
        Bar(int(ms), opened / 1e4, high / 1e4, low / 1e4, close / 1e4, volume)
        for ms, opened, high, low, close, volume in numbers
    )
    assert bars.length > 10_000
    assert bytes_a_bar(bars) <= 3


def test_a_vwap_that_the_vendor_rounded_needs_few_bytes() -> None:
    bars = simulated_day("AAPL")
    assert bytes_a_bar(bars._replace(vwap=np.round(bars.vwap, 4))) <= 7


def test_a_vwap_added_up_in_floats_needs_few_bytes() -> None:
    """As our own builder makes it: the sum of float products over the volume is off by units in the last place."""
    bars, rng = simulated_day("AAPL"), np.random.default_rng(1)
    off = rng.integers(-3, 4, bars.length)
    assert bytes_a_bar(bars._replace(vwap=(bars.vwap.view(np.int64) + off).view(np.float64))) <= 7.5


def test_fractions_of_shares_in_one_bar_of_ten_need_few_bytes() -> None:
    bars, rng = simulated_day("AAPL"), np.random.default_rng(2)
    fractional = rng.random(bars.length) < 0.1
    volume = np.where(fractional, np.round(bars.volume + rng.random(bars.length), 6), bars.volume)
    turnover = np.round(bars.vwap * bars.volume, 4)
    fine = bars._replace(volume=volume, vwap=turnover / volume, cumulative_volume=np.cumsum(volume))
    assert bytes_a_bar(fine) <= 8


def test_bars_without_counts_vwap_and_cumulative_volume_need_fewer() -> None:
    bars = simulated_day("AAPL")
    nothing = np.full(bars.length, np.nan)
    bare = bars._replace(vwap=nothing, cumulative_volume=nothing, trades=np.full(bars.length, -1))
    assert bytes_a_bar(bare) <= 4


def test_a_day_of_minutes_needs_few_bytes_too() -> None:
    market = SimulatedMarket(86, ["AAPL"])
    found, _ = market.history("AAPL", 60_000, DEFAULT_START_MS - 12 * 3_600_000, 960)
    bars = BarColumns.of(
        Bar(bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap, bar.transactions or -1)
        for bar in found
    )
    assert bytes_a_bar(bars) <= 14


# -- nothing is trusted --------------------------------------------------------------------------------


def attempt(raw: bytes) -> None:
    """Unpacking may only give bars of sane length, or refuse; and it never takes long."""
    started = time.process_time()
    try:
        bars = BlockPacker().unpack(raw)
    except DamagedBlock:
        pass
    else:
        assert bars.length <= MAX_BARS
        assert {len(each) for each in bars} == {bars.length}
    assert time.process_time() - started < 2.0


def test_a_block_cut_off_anywhere_is_refused() -> None:
    raw = BlockPacker().pack(seconds(60))
    for length in range(len(raw)):
        with pytest.raises(DamagedBlock):
            BlockPacker().unpack(raw[:length])
    with pytest.raises(DamagedBlock):
        BlockPacker().unpack(raw + b"\0")


def test_any_changed_byte_gives_bars_or_a_refusal_and_nothing_else() -> None:
    raw, rng = BlockPacker().pack(simulated_day("F").rows(slice(0, 400))), random.Random(4)
    for _ in range(3_000):
        changed = bytearray(raw)
        for _ in range(rng.randrange(1, 4)):
            changed[rng.randrange(len(raw))] = rng.randrange(256)
        attempt(bytes(changed))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_sane(noise: bytes) -> None:
    attempt(noise)
    attempt(b"\x01\x01\x00\x00\x00" + noise)
    attempt(struct.pack("<BIIIq", 1, 1, 50, len(noise), FRIDAY_MS) + noise)


def test_a_block_that_claims_to_be_huge_is_refused_at_once() -> None:
    for rows, size in ((2**32 - 1, 0), (MAX_BARS + 1, 100), (MAX_BARS, 10)):
        with pytest.raises(DamagedBlock):
            BlockPacker().unpack(struct.pack("<BIIIq", 1, 1, rows, size, FRIDAY_MS) + bytes(size))
    with pytest.raises(DamagedBlock):
        BlockPacker().unpack(struct.pack("<BI", 1, 2**32 - 1))


def test_a_frame_that_claims_a_size_of_its_own_is_refused() -> None:
    """It would be believed: the memory is taken before the first byte is unpacked."""
    bars = any_bars(["whole"] * 7, 3, 2_000)
    raw = BlockPacker().pack(bars)
    frame_at = raw.index(b"\x28\xb5\x2f\xfd")
    (size,) = struct.unpack_from("<I", raw, frame_at - 4)
    bomb = zstandard.ZstdCompressor().compress(bytes(2**26))
    swapped = raw[: frame_at - 4] + struct.pack("<I", len(bomb)) + bomb + raw[frame_at + size :]
    grown = len(swapped) - len(raw)
    rows, length, first = struct.unpack_from("<IIq", swapped, 5)
    whole = swapped[:5] + struct.pack("<IIq", rows, length + grown, first) + swapped[21:]
    with pytest.raises(DamagedBlock):
        BlockPacker().unpack(whole)


def test_another_format_is_refused() -> None:
    raw = BlockPacker().pack(seconds(5))
    with pytest.raises(DamagedBlock, match="format"):
        BlockPacker().unpack(b"\x02" + raw[1:])


def test_bars_out_of_order_are_refused() -> None:
    twice = BarColumns.of([a_bar(FRIDAY_MS), a_bar(FRIDAY_MS)])
    with pytest.raises(DamagedBlock, match="order"):
        BlockPacker().unpack(BlockPacker().pack(twice))
