"""A provider's bars as rows, and what our own knowledge adds to a page of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.market_data import Aggregate
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource, Proof
from live_monitor.engine.market.bar_proof import HALF_A_SHARE, prove_columns


def bar_of(bar: Aggregate, source: BarSource, revised: bool = False) -> Bar:
    """A provider's bar as a row of a series."""
    trades = -1 if bar.transactions is None else bar.transactions
    return Bar(
        bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap, trades, source, revised,
        bar.day_volume,
    )  # fmt: skip


def columns_of(bars: Iterable[Aggregate], source: BarSource = BarSource.HISTORY) -> BarColumns:
    """A provider's bars of one timeframe as columns, ascending."""
    return BarColumns.of(sorted((bar_of(bar, source) for bar in bars), key=lambda bar: bar.start_ms))


def says_the_same(known: Bar, bar: Bar) -> bool:
    """True where open, high, low, close and volume are equal."""
    return known[1:6] == bar[1:6]


def with_what_is_known(
    page: BarColumns, known: BarColumns, index: NDArray[np.intp], whole: NDArray[np.bool_]
) -> BarColumns:
    """`page` with the marks that outlive a replacement; rows of `page` beside the row of `known` at `index`, -1: none.

    A bar that was revised stays so, and one of equal rank that says something else now is. A proof goes on for the same
    numbers; against a bar of our own, of a window that was seen `whole`, it is given. The day's volume is kept where
    the page does not have it.
    """
    met = np.flatnonzero(index >= 0)
    if not len(met):
        return page
    old, new = known.rows(index[met]), page.rows(met)
    same = abs(new.volume - old.volume) <= HALF_A_SHARE
    for before, now in zip(old[1:5], new[1:5], strict=True):
        same &= before == now
    # What a store kept of our own bars is no second opinion of them.
    comparable = (old.source == BarSource.OWN) & (new.source > BarSource.OWN) & whole[met]
    carried = np.where(same & (new.proof == Proof.NONE), old.proof, new.proof)
    revised, proof, cumulative = page.revised.copy(), page.proof.copy(), page.cumulative_volume.copy()
    revised[met] |= old.revised | ((new.source == old.source) & ~same)
    proof[met] = np.where(comparable, prove_columns(old, new), carried)
    cumulative[met] = np.where(np.isnan(new.cumulative_volume) & same, old.cumulative_volume, new.cumulative_volume)
    return page._replace(revised=revised, proof=proof, cumulative_volume=cumulative)
