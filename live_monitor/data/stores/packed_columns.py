"""A chunk of bars, column by column: each number as its distance from what the bar so far lets expect.

Open is expected at the close before it, the close at the open, high and low at the body, the vwap in the middle of the
range, the cumulative volume at the one before plus the bar's volume.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from live_monitor.data.stores.packed_numbers import DamagedBlock, Longs, NumberReader, NumberWriter, sampled
from live_monitor.data.stores.packed_scales import (
    POWERS,
    VOLUME_SCALES,
    VWAP_SCALES,
    Floats,
    Mask,
    Scale,
    Units,
    best_scale,
    carried,
    expected_of,
    middle,
    price_exponent,
    whole_cents,
    wholes_of,
)
from live_monitor.engine.market.bar_columns import BarColumns

#: How a column of floats is kept.
_CONSTANT: Final = 0
_RAW: Final = 1
_SCALED: Final = 2


def write_columns(out: NumberWriter, bars: BarColumns) -> None:
    """Writes bars, at least one; each column contiguous in memory."""
    # Where a number is absent or absurd, arithmetic says so in its result, which is looked at.
    with np.errstate(all="ignore"):
        _Packing(out, bars).write()


def read_columns(source: NumberReader, rows: int) -> BarColumns:
    """The `rows` bars that were written. Raises DamagedBlock; does not check that they ascend."""
    with np.errstate(all="ignore"):
        return _Unpacking(source, rows).read()


class _Packing:
    """One block on its way out."""

    def __init__(self, out: NumberWriter, bars: BarColumns) -> None:
        self._out, self._bars = out, bars

    def write(self) -> None:
        out, bars = self._out, self._bars
        self._starts(bars.start_ms)
        self._prices([bars.open, bars.high, bars.low, bars.close])
        self._floats(bars.volume, VOLUME_SCALES, lambda _: np.zeros(bars.length, np.int64))
        between = middle(bars.high, bars.low)
        self._floats(bars.vwap, VWAP_SCALES, lambda units: expected_of(between, units))
        out.longs(bars.trades)
        out.octets(bars.source)
        out.octets(bars.revised.view(np.uint8))
        self._floats(bars.cumulative_volume, VOLUME_SCALES, lambda units: expected_of(bars.volume, units), running=True)
        out.octets(bars.proof)

    def _starts(self, start_ms: Longs) -> None:
        """Distances from bar to bar, in multiples of what most of them share."""
        gaps = start_ms[1:] - start_ms[:-1]
        unit = int(np.gcd.reduce(sampled(gaps))) if len(gaps) else 1
        steps = gaps // unit
        if not np.array_equal(steps * unit, gaps):
            unit, steps = 1, gaps
        self._out.long(int(start_ms[0]))
        self._out.long(unit)
        self._out.longs(steps)

    def _prices(self, columns: list[Floats]) -> None:
        """Open from the close before it, close from the open, high and low from the body."""
        out = self._out
        exponent = price_exponent(columns)
        units = POWERS[exponent]
        found = [wholes_of(column, units) for column in columns]
        raw = np.logical_or.reduce([each.raw | (each.correction != 0) for each in found])
        opens, highs, lows, closes = (each.whole for each in found)
        cents = whole_cents(opens) if exponent >= 4 else 1
        if raw.any():
            usable = np.flatnonzero(~raw)
            before = int(opens[usable[0]]) if len(usable) else 0
            flat = carried(closes, raw, before) // cents * cents
            opens, highs, lows, closes = (np.where(raw, flat, each) for each in (opens, highs, lows, closes))
        first = int(opens[0])
        previous = np.concatenate(([first], closes[:-1]))
        out.byte(exponent)
        out.count(cents)
        out.long(first)
        out.longs(opens - previous // cents * cents)
        out.longs(closes - opens)
        out.longs(highs - np.maximum(opens, closes))
        out.longs(np.minimum(opens, closes) - lows)
        self._exceptions(raw, columns)

    def _floats(
        self,
        values: Floats,
        scales: tuple[Scale, ...],
        expected: Callable[[Units], Longs],
        *,
        running: bool = False,
    ) -> None:
        """A column as whole numbers less what is `expected` of them; `running`: less the row before, too."""
        out, bits = self._out, values.view(np.int64)
        if bool((bits == bits[0]).all()):
            out.byte(_CONSTANT)
            out.long(int(bits[0]))
            return
        scale = best_scale(values, self._bars.volume, scales)
        if scale is None:
            out.byte(_RAW)
            out.long(int(bits[0]))
            out.longs(bits[1:] - bits[:-1])
            return
        units = scale.units(self._bars.volume)
        whole, correction, raw = wholes_of(values, units)
        cents = 1 if running else whole_cents(whole)
        rest = expected(units) // cents * cents
        if running:
            rest = np.cumsum(rest)
        over = whole - rest
        if raw.any():
            over = carried(over, raw, 0) if running else np.where(raw, 0, over)
        first = int(over[0]) if running else 0
        if running:
            over = np.diff(over, prepend=first)
        out.byte(_SCALED)
        out.byte(scale.exponent)
        out.byte(scale.by_volume)
        out.count(cents)
        out.long(first)
        out.longs(over)
        out.longs(correction)
        self._exceptions(raw, [values])

    def _exceptions(self, raw: Mask, columns: list[Floats]) -> None:
        """The rows that are kept as they are, with their places."""
        places = np.flatnonzero(raw)
        self._out.count(len(places))
        if len(places):
            self._out.longs(np.diff(places, prepend=0))
            for column in columns:
                bits = column.view(np.int64)[places]
                self._out.longs(np.diff(bits, prepend=np.int64(0)))


class _Unpacking:
    """One block on its way in."""

    def __init__(self, source: NumberReader, rows: int) -> None:
        self._in, self._rows = source, rows

    def read(self) -> BarColumns:
        source, rows = self._in, self._rows
        start_ms = self._starts()
        opens, highs, lows, closes = self._prices()
        volume = self._floats(None, np.zeros(rows))
        vwap = self._floats(volume, middle(highs, lows))
        trades = source.longs(rows)
        made_by, revised = source.octets(rows), source.octets(rows)
        cumulative = self._floats(volume, volume, running=True)
        proof = source.octets(rows)
        if revised.max() > 1:
            raise DamagedBlock("a flag that is neither yes nor no")
        flags = revised.view(np.bool_)
        return BarColumns(
            start_ms, opens, highs, lows, closes, volume, vwap, trades, made_by, flags, cumulative, proof
        )  # fmt: skip

    def _starts(self) -> Longs:
        first, unit = self._in.long(), self._in.long()
        steps = self._in.longs(self._rows - 1)
        return np.cumsum(np.concatenate(([np.int64(first)], steps * np.int64(unit))))

    def _prices(self) -> list[Floats]:
        source, rows = self._in, self._rows
        units = self._power()
        cents = np.int64(self._cents())
        first = np.int64(source.long())
        opens_over, closes_over, highs_over, lows_under = (source.longs(rows) for _ in range(4))
        steps = opens_over // cents
        fine = opens_over - steps * cents
        # By how many cents each close lies above its open's cents: known before any price is.
        bodies = (fine + closes_over) // cents
        opens = (first // cents + np.cumsum(steps) + np.cumsum(bodies) - bodies) * cents + fine
        closes = opens + closes_over
        highs = np.maximum(opens, closes) + highs_over
        lows = np.minimum(opens, closes) - lows_under
        columns = [whole / units for whole in (opens, highs, lows, closes)]
        self._exceptions(columns)
        return columns

    def _floats(self, volume: Floats | None, expected: Floats, *, running: bool = False) -> Floats:
        """`volume` is None for the volume itself, of which no multiple can be kept."""
        source, rows = self._in, self._rows
        kind = source.byte()
        if kind == _CONSTANT:
            return np.full(rows, source.long(), np.int64).view(np.float64)
        if kind == _RAW:
            first = np.int64(source.long())
            return np.cumsum(np.concatenate(([first], source.longs(rows - 1)))).view(np.float64)
        if kind != _SCALED:
            raise DamagedBlock(f"no such kind of column: {kind}")
        units: Units = self._power()
        if source.byte():
            if volume is None:
                raise DamagedBlock("a volume as a multiple of itself")
            units = volume * units
        cents, first = np.int64(self._cents()), np.int64(source.long())
        rest = expected_of(expected, units) // cents * cents
        over = source.longs(rows)
        if running:
            rest, over = np.cumsum(rest), np.cumsum(over) + first
        columns = [((over + rest) / units).view(np.int64) + source.longs(rows)]
        found = [columns[0].view(np.float64)]
        self._exceptions(found)
        return found[0]

    def _power(self) -> float:
        exponent = self._in.byte()
        if exponent >= len(POWERS):
            raise DamagedBlock(f"a scale of {exponent} digits")
        return POWERS[exponent]

    def _cents(self) -> int:
        cents = self._in.count(100)
        if not cents:
            raise DamagedBlock("no cents to divide by")
        return cents

    def _exceptions(self, columns: list[Floats]) -> None:
        count = self._in.count(self._rows)
        if not count:
            return
        places = np.cumsum(self._in.longs(count))
        if places.min() < 0 or places.max() >= self._rows:
            raise DamagedBlock("a row outside the block")
        for column in columns:
            column.view(np.int64)[places] = np.cumsum(self._in.longs(count))
