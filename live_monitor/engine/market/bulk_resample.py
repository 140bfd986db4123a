"""Bars of any length from shorter ones, all at once (market rules 3.4, 3.5; ADR 17)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_columns import BarColumns, Proof
from live_monitor.engine.market.bar_windows import Division, Stretch, dates_between, division_of, stretches_of
from live_monitor.engine.market.sessions import Calendar

Index = NDArray[np.intp]

#: With fewer rows than a quarter of the dates they reach over, only the dates that have rows are looked at.
_DATES_PER_ROW: Final = 4
#: To look an edge up costs as much as to divide so many rows.
_ROWS_PER_EDGE: Final = 8


def resample(bars: BarColumns, timeframe: Timeframe, calendar: Calendar, *, extended: bool = True) -> BarColumns:
    """Bars of `timeframe` from `bars`, which are shorter and ascend by start; new arrays. Any thread.

    A child belongs to the window in which it starts. The first window is given as it is, also when its first children
    are missing. Without `extended` only children of the regular session count. Weeks and months take daily bars, which
    start at midnight, as they are, and shorter ones by their sessions. Starts lie between 1980 and 2100.
    """
    if bars.length == 0:
        return BarColumns.of(())
    division = division_of(timeframe)
    parts = _parts(bars.start_ms, _stretches(bars.start_ms, calendar, division, extended))
    if division in "WM" and not parts.shown.all():
        # Hidden rows lie in the middle of a week: they have to go before anything is folded.
        bars, parts = _shown_only(bars, parts)
        if bars.length == 0:
            return bars
    if division == "grid":
        firsts, names, shown = _grid(bars.start_ms, parts, timeframe.nominal_ms)
    else:
        firsts, names, shown = _whole_parts(parts)
    rows = _folded(bars, firsts, names)
    if np.isnan(rows.high).any():
        rows = _by_priced_children(rows, bars, firsts)
        shown = shown & ~np.isnan(rows.open)
    return rows if shown.all() else rows.rows(shown)


class _Parts(NamedTuple):
    """The stretches that have rows, as columns; `at` is the first row of each, and nothing lies between two."""

    at: Index
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    anchors: NDArray[np.int64]
    shown: NDArray[np.bool_]


def _stretches(starts: NDArray[np.int64], calendar: Calendar, division: Division, extended: bool) -> list[Stretch]:
    """The stretches of every trade date that has rows, ascending; some may have none."""
    first, last = calendar.trade_date(int(starts[0])), calendar.trade_date(int(starts[-1]))
    if (last - first).days < _DATES_PER_ROW * len(starts):
        dates = dates_between(first, last)
    else:
        dates = iter(sorted({calendar.trade_date(ms) for ms in starts.tolist()}))
    return [part for day in dates for part in stretches_of(calendar, day, division, extended)]


def _parts(starts: NDArray[np.int64], stretches: list[Stretch]) -> _Parts:
    begins, ends, anchors, shown = np.array(stretches, np.int64).T
    at = starts.searchsorted(begins)
    parts = _Parts(at, begins, ends, anchors, shown.astype(np.bool_))
    return _some(parts, at < np.append(at[1:], len(starts)))


def _some(parts: _Parts, which: NDArray[np.bool_]) -> _Parts:
    at, begins, ends, anchors, shown = parts
    return _Parts(at[which], begins[which], ends[which], anchors[which], shown[which])


def _shown_only(bars: BarColumns, parts: _Parts) -> tuple[BarColumns, _Parts]:
    counts = np.diff(parts.at, append=bars.length)[parts.shown]
    kept = _some(parts, parts.shown)
    slices = (slice(first, first + count) for first, count in zip(kept.at.tolist(), counts.tolist(), strict=True))
    return BarColumns.joined(map(bars.rows, slices)), kept._replace(at=np.cumsum(counts) - counts)


#: The first row of every window, the window's name, and whether it is shown.
Windows = tuple[Index, NDArray[np.int64], NDArray[np.bool_]]


def _whole_parts(parts: _Parts) -> Windows:
    """Windows of days, weeks and months: neighbours of one name are one window."""
    new = np.ones(len(parts.at), np.bool_)
    new[1:] = (parts.anchors[1:] != parts.anchors[:-1]) | (parts.shown[1:] != parts.shown[:-1])
    return parts.at[new], parts.anchors[new], parts.shown[new]


def _grid(starts: NDArray[np.int64], parts: _Parts, width_ms: int) -> Windows:
    """Windows of equal length from each part's anchor, cut at its beginning.

    Where rows are many, the edges of all windows are looked up; else each row is divided, which does not cost more the
    more windows are empty.
    """
    lowest = (parts.begins - parts.anchors) // width_ms
    counts = (parts.ends - 1 - parts.anchors) // width_ms - lowest + 1
    if counts.sum() * _ROWS_PER_EDGE <= len(starts):
        number = np.arange(counts.sum()) + np.repeat(lowest - (np.cumsum(counts) - counts), counts)
        part = np.repeat(np.arange(len(counts)), counts)
        names = np.maximum(parts.anchors[part] + number * width_ms, parts.begins[part])
        firsts = starts.searchsorted(names)
        filled = firsts < np.append(firsts[1:], len(starts))
        return firsts[filled], names[filled], parts.shown[part[filled]]
    number = starts - np.repeat(parts.anchors, np.diff(parts.at, append=len(starts)))
    number //= width_ms
    new = np.empty(len(starts), np.bool_)
    np.not_equal(number[1:], number[:-1], out=new[1:])
    new[parts.at] = True
    firsts = np.flatnonzero(new)
    part = np.searchsorted(parts.at, firsts, side="right") - 1
    names = np.maximum(parts.anchors[part] + number[firsts] * width_ms, parts.begins[part])
    return firsts, names, parts.shown[part]


def _folded(bars: BarColumns, firsts: Index, names: NDArray[np.int64]) -> BarColumns:
    """One row for each window; `firsts` are the first rows of the windows, which follow one another without a gap."""
    lasts = np.append(firsts[1:], bars.length) - 1
    volume = np.add.reduceat(bars.volume, firsts)
    return BarColumns(
        start_ms=names,
        open=bars.open[firsts],
        high=np.maximum.reduceat(bars.high, firsts),
        low=np.minimum.reduceat(bars.low, firsts),
        close=bars.close[lasts],
        volume=volume,
        vwap=_vwap(bars, firsts, volume),
        trades=_trades(bars.trades, firsts),
        source=_lowest(bars.source, firsts),
        revised=_any(bars.revised, firsts),
        cumulative_volume=_last_known(bars.cumulative_volume, firsts, lasts),
        proof=_proof(bars.proof, firsts),
    )


def _by_priced_children(rows: BarColumns, bars: BarColumns, firsts: Index) -> BarColumns:
    """`rows` with prices only from children that have some; NaN in the windows in which none has."""
    has_price = ~np.isnan(bars.open)
    counts = np.add.reduceat(has_price.astype(np.intp), firsts)
    filled = counts > 0
    prices = np.full((4, len(firsts)), np.nan)
    if filled.any():
        ends = np.cumsum(counts[filled])
        begins = ends - counts[filled]
        prices[0, filled] = bars.open[has_price][begins]
        prices[1, filled] = np.maximum.reduceat(bars.high[has_price], begins)
        prices[2, filled] = np.minimum.reduceat(bars.low[has_price], begins)
        prices[3, filled] = bars.close[has_price][ends - 1]
    return rows._replace(open=prices[0], high=prices[1], low=prices[2], close=prices[3])


def _vwap(bars: BarColumns, firsts: Index, volume: NDArray[np.float64]) -> NDArray[np.float64]:
    """Σ(vwap · volume) / Σ volume; NaN where nothing was traded, or a child with volume does not say its own."""
    if _all_absent(bars.vwap):
        return np.full(len(firsts), np.nan)
    turnover = bars.vwap * bars.volume
    total = np.add.reduceat(turnover, firsts)
    if np.isnan(total).any():
        turnover[np.isnan(bars.vwap) & (bars.volume == 0)] = 0.0
        total = np.add.reduceat(turnover, firsts)
    vwap = np.full(len(firsts), np.nan)
    np.divide(total, volume, out=vwap, where=volume > 0)
    return vwap


def _trades(trades: NDArray[np.int64], firsts: Index) -> NDArray[np.int64]:
    """The sum; -1 where a child does not say."""
    if trades.max() < 0:
        return np.full(len(firsts), -1, np.int64)
    total = np.add.reduceat(trades, firsts)
    if trades.min() < 0:
        total[np.minimum.reduceat(trades, firsts) < 0] = -1
    return total


def _lowest(source: NDArray[np.uint8], firsts: Index) -> NDArray[np.uint8]:
    lowest = source.min()
    if lowest == source.max():
        return np.full(len(firsts), lowest, np.uint8)
    return np.minimum.reduceat(source, firsts)


def _any(flags: NDArray[np.bool_], firsts: Index) -> NDArray[np.bool_]:
    if not flags.any():
        return np.zeros(len(firsts), np.bool_)
    return np.logical_or.reduceat(flags, firsts)


def _last_known(values: NDArray[np.float64], firsts: Index, lasts: Index) -> NDArray[np.float64]:
    """The last value of each window that is not NaN."""
    known = values[lasts]
    absent = np.isnan(known)
    if absent.any() and not _all_absent(values):
        rows = np.where(np.isnan(values), -1, np.arange(len(values)))
        rows = np.maximum.reduceat(rows, firsts)[absent]
        known[absent] = np.where(rows >= 0, values[rows], np.nan)
    return known


def _all_absent(values: NDArray[np.float64]) -> bool:
    return bool(np.isnan(values[0]) and np.isnan(values).all())


def _proof(proof: NDArray[np.uint8], firsts: Index) -> NDArray[np.uint8]:
    """The gravest difference of a child; that all agree; or nothing."""
    lowest, highest = proof.min(), proof.max()
    if lowest == highest:
        return np.full(len(firsts), lowest, np.uint8)
    least, most = np.minimum.reduceat(proof, firsts), np.maximum.reduceat(proof, firsts)
    return np.where(most > Proof.AGREES, most, least)
