"""Bars of simulated trades, by market rules 2.4 and 3.2.

`Cells` hold what each second's prints add up to, in exact whole numbers (points, shares); every bar
is a sum of cells. `emissions` lists the bars that the stream gives out, each as of the moment at
which it is given out, and again when a late report changes it (market rules 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, BAR_VOLUME, DAY_HILO, DAY_LAST, DAY_VOLUME
from live_monitor.providers.simulated_flow import FlowBlock, Ints
from live_monitor.providers.simulated_prints import OFFICIAL_OPEN, condition_flags
from live_monitor.providers.simulated_universe import POINTS

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

#: A second's bar is given out this long after its second, a minute's this long after its minute, a
#: replacement this long after the late report.
SECOND_LAG_MS, MINUTE_LAG_MS, REPLACEMENT_LAG_MS = 2000, 120, 400

#: No low: above every price.
_NO_LOW = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums per window, only windows with a counted print; all arrays of one length, in order of `at`.

    `at`: start in seconds since 04:00. `open`, `close`: 0 where no print may set the last price.
    `high` 0 and `low` 2**31-1 likewise. `value`: points × shares.
    """

    at: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Longs
    value: Longs
    trades: Ints

    def __len__(self) -> int:
        return len(self.at)

    def between(self, first_s: int, last_s: int) -> Cells:
        """The cells that start in [`first_s`, `last_s`)."""
        return self.rows(slice(int(np.searchsorted(self.at, first_s)), int(np.searchsorted(self.at, last_s))))

    def rows(self, window: slice) -> Cells:
        """Some of the cells."""
        return Cells(*(getattr(self, name)[window] for name in self.__slots__))


_INT, _LONG = np.empty(0, np.int32), np.empty(0, np.int64)
NO_CELLS = Cells(_INT, _INT, _INT, _INT, _INT, _LONG, _LONG, _INT)


def joined(parts: list[Cells]) -> Cells:
    """The cells of `parts`, which follow one another."""
    if not parts:
        return NO_CELLS
    if len(parts) == 1:
        return parts[0]
    return Cells(*(np.concatenate([getattr(part, name) for part in parts]) for name in Cells.__slots__))


def cells_of(trade_ms: Ints, price: Ints, size: Ints, code: NDArray[np.uint8]) -> Cells:
    """One cell per second of prints that were reported in the order given."""
    flags = condition_flags()[code]
    order = np.argsort(trade_ms, kind="stable") if np.any(trade_ms[1:] < trade_ms[:-1]) else slice(None)
    flags, second, price, size = flags[order], trade_ms[order] // 1000, price[order], size[order]
    counted = (flags & (BAR_VOLUME | BAR_HILO | BAR_LAST)) != 0
    if not counted.all():
        flags, second, price, size = flags[counted], second[counted], price[counted], size[counted]
    if not len(second):
        return NO_CELLS
    starts = np.flatnonzero(np.concatenate(([True], second[1:] != second[:-1])))
    row = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(second))))
    shares = np.where(flags & BAR_VOLUME, size, 0).astype(np.int64)
    ranged = (flags & BAR_HILO) != 0
    first, last = np.zeros(len(starts), np.int32), np.zeros(len(starts), np.int32)
    setting = np.flatnonzero(flags & BAR_LAST)
    last[row[setting]] = price[setting]
    backwards = setting[::-1]
    first[row[backwards]] = price[backwards]
    return Cells(
        at=second[starts],
        open=first,
        high=np.maximum.reduceat(np.where(ranged, price, np.int32(0)), starts),
        low=np.minimum.reduceat(np.where(ranged, price, np.int32(_NO_LOW)), starts),
        close=last,
        volume=np.add.reduceat(shares, starts),
        value=np.add.reduceat(shares * price, starts),
        trades=np.add.reduceat((shares > 0).astype(np.int32), starts),
    )


def grouped(cells: Cells, seconds: int, phase: int = 0) -> Cells:
    """Cells of `seconds` each; windows start at multiples of `seconds` less `phase`."""
    if seconds == 1 or not len(cells):
        return cells
    window = (cells.at + phase) // seconds
    starts = np.flatnonzero(np.concatenate(([True], window[1:] != window[:-1])))
    row = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(cells))))
    first, last = np.zeros(len(starts), np.int32), np.zeros(len(starts), np.int32)
    setting = np.flatnonzero(cells.open)
    last[row[setting]] = cells.close[setting]
    backwards = setting[::-1]
    first[row[backwards]] = cells.open[backwards]
    return Cells(
        at=(window[starts] * seconds - phase).astype(np.int32),
        open=first,
        high=np.maximum.reduceat(cells.high, starts),
        low=np.minimum.reduceat(cells.low, starts),
        close=last,
        volume=np.add.reduceat(cells.volume, starts),
        value=np.add.reduceat(cells.value, starts),
        trades=np.add.reduceat(cells.trades, starts),
    )


class DayTotals(NamedTuple):
    """What a day's prints add up to so far, in points and shares; 0 where there is none yet.

    `open`, `open_ms`: the official open. `first`, `high`, `low`: open and range by the daily rules.
    """

    volume: int = 0
    value: int = 0
    open: int = 0
    open_ms: int = 0
    first: int = 0
    high: int = 0
    low: int = 0


def added(before: DayTotals, flow: FlowBlock, prints: int) -> DayTotals:
    """The totals after the first `prints` prints of the block that follows."""
    flags = condition_flags()[flow.code[:prints]]
    price = flow.price[:prints]
    shares = np.where(flags & DAY_VOLUME, flow.size[:prints], 0).astype(np.int64)
    setting = np.flatnonzero(flags & DAY_LAST)
    ranged = price[(flags & DAY_HILO) != 0]
    official = np.flatnonzero(flow.code[: min(prints, 2)] == OFFICIAL_OPEN)
    return DayTotals(
        volume=before.volume + int(shares.sum()),
        value=before.value + int((shares * price).sum()),
        open=int(price[official[0]]) if len(official) else before.open,
        open_ms=int(flow.given_ms[official[0]]) if len(official) else before.open_ms,
        first=before.first or (int(price[setting[0]]) if len(setting) else 0),
        high=max(before.high, int(ranged.max())) if len(ranged) else before.high,
        low=min(before.low or _NO_LOW, int(ranged.min())) if len(ranged) else before.low,
    )


@dataclass(frozen=True, slots=True)
class BarRows:
    """Bars as columns of one length. Prices in USD, `start_ms`/`end_ms` since 04:00.

    `given_ms`: when the stream gives the bar out. `minute`: False for a second's bar.
    """

    given_ms: Longs
    minute: NDArray[np.bool_]
    start_ms: Longs
    end_ms: Longs
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    vwap: Floats
    day_volume: Floats
    day_open: Floats
    day_vwap: Floats


def bar_rows(cells: Cells, seconds: int, given_ms: Longs, day: tuple[Longs, Longs], totals: DayTotals) -> BarRows:
    """Rows of the cells that have a last price; `day` is the day's (volume, value) up to each cell's end."""
    real = np.flatnonzero(cells.open)
    at, volume, value = cells.at[real].astype(np.int64) * 1000, cells.volume[real], cells.value[real]
    day_volume, day_value = day[0][real], day[1][real]
    end = at + seconds * 1000
    opened = (totals.open > 0) & (end > totals.open_ms)
    return BarRows(
        given_ms=given_ms[real],
        minute=np.full(len(real), seconds != 1),
        start_ms=at,
        end_ms=end,
        open=cells.open[real] / POINTS,
        high=cells.high[real] / POINTS,
        low=cells.low[real] / POINTS,
        close=cells.close[real] / POINTS,
        volume=volume.astype(np.float64),
        vwap=value / (volume * POINTS),
        day_volume=day_volume.astype(np.float64),
        day_open=np.where(opened, totals.open / POINTS, np.nan),
        day_vwap=day_value / (day_volume * POINTS),
    )


def _as_of(block: FlowBlock, cells: Cells, seconds: int, given_ms: Longs, totals: DayTotals) -> BarRows:
    """Rows of `cells` (made of prints reported in time) with the late reports known at `given_ms` added."""
    end = (cells.at.astype(np.int64) + seconds) * 1000
    volume, value = np.cumsum(cells.volume) + totals.volume, np.cumsum(cells.value) + totals.value
    late = np.flatnonzero(block.trade_ms != block.given_ms)
    if len(late):
        flags = condition_flags()[block.code[late]]
        happened, reported = block.trade_ms[late], block.given_ms[late]
        price, size = block.price[late], block.size[late].astype(np.int64)
        size[(flags & BAR_VOLUME) == 0] = 0
        known = reported[None, :] <= given_ms[:, None]
        before = known & (happened[None, :] < end[:, None])
        volume, value = volume + before @ size, value + before @ (size * price)
        inside = before & (happened[None, :] >= end[:, None] - seconds * 1000)
        ranged = inside & ((flags & BAR_HILO) != 0)
        cells = Cells(
            at=cells.at,
            open=cells.open,
            high=np.maximum(cells.high, np.where(ranged, price, 0).max(axis=1)).astype(np.int32),
            low=np.minimum(cells.low, np.where(ranged, price, _NO_LOW).min(axis=1)).astype(np.int32),
            close=cells.close,
            volume=cells.volume + inside @ size,
            value=cells.value + inside @ (size * price),
            trades=cells.trades,
        )
    return bar_rows(cells, seconds, given_ms, (volume, value), totals)


def _replacements(block: FlowBlock, cells: Cells, seconds: int, lag_ms: int, totals: DayTotals) -> list[BarRows]:
    """The rows that late reports force out again, each as of its report."""
    rows = []
    late = np.flatnonzero(block.trade_ms != block.given_ms)
    for happened, reported in zip(block.trade_ms[late].tolist(), block.given_ms[late].tolist(), strict=True):
        start_s = happened // 1000 // seconds * seconds
        if reported > (start_s + seconds) * 1000 + lag_ms:
            upto = cells.between(0, start_s + seconds)
            given = np.full(len(upto), reported + REPLACEMENT_LAG_MS, dtype=np.int64)
            row = _as_of(block, upto, seconds, given, totals)
            if len(row.start_ms) and int(row.start_ms[-1]) == start_s * 1000:
                rows.append(BarRows(*(getattr(row, name)[-1:] for name in BarRows.__slots__)))
    return rows


def emissions(block: FlowBlock, minute_so_far: Cells, before: DayTotals, lag_ms: int) -> BarRows:
    """Every bar that follows from this block, in the order in which the stream gives it out.

    `minute_so_far`: cells of the same minute in earlier blocks (blocks may be shorter than a
    minute). `before`: the day up to this block. `lag_ms`: this symbol's own delay, small.
    """
    in_time = block.trade_ms == block.given_ms
    cells = cells_of(block.trade_ms[in_time], block.price[in_time], block.size[in_time], block.code[in_time])
    opened = added(DayTotals(), block, 2)
    totals = before._replace(open=opened.open, open_ms=opened.open_ms) if opened.open else before
    second_lag, minute_lag = SECOND_LAG_MS + lag_ms, MINUTE_LAG_MS + lag_ms
    parts = [_as_of(block, cells, 1, (cells.at.astype(np.int64) + 1) * 1000 + second_lag, totals)]
    parts += _replacements(block, cells, 1, second_lag, totals)
    minutes = grouped(joined([minute_so_far, cells]), 60)
    minutes = minutes.between(0, block.last_s // 60 * 60)
    base = totals._replace(
        volume=totals.volume - int(minute_so_far.volume.sum()), value=totals.value - int(minute_so_far.value.sum())
    )
    parts.append(_as_of(block, minutes, 60, (minutes.at.astype(np.int64) + 60) * 1000 + minute_lag, base))
    parts += _replacements(block, minutes, 60, minute_lag, base)
    merged = {name: np.concatenate([getattr(part, name) for part in parts]) for name in BarRows.__slots__}
    order = np.argsort(merged["given_ms"], kind="stable")
    return BarRows(**{name: column[order] for name, column in merged.items()})
