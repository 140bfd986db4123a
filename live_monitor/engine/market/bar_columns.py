"""Many bars as plain numpy columns: what pages, stores, resampling and exports hand to one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

NAN = float("nan")


class BarSource(IntEnum):
    """Where a bar comes from; a higher number replaces a lower one (market rules 3.4)."""

    OWN = 1  #: built here from trades
    STREAM = 2  #: the provider's A or AM
    HISTORY = 3  #: a page of final bars


class Proof(IntEnum):
    """What the comparison of our own bar with the provider's says; a higher number matters more.

    The numbers are stored in files: never reuse one.
    """

    NONE = 0  #: nothing to compare: one of the two is missing, or we did not see the whole window
    AGREES = 1  #: open, high, low, close and volume are equal
    LATE_PRINT = 2  #: a print came after the provider's bar, which did not count it yet
    CONDITION_RULE = 3  #: the same shares, or more than the provider's: a print counts by other rules
    MISSING_TRADES = 4  #: the provider counts shares that never reached us


class Bar(NamedTuple):
    """One bar. `vwap` and `cumulative_volume` are NaN and `trades` -1 where they are absent; volumes in shares.

    `cumulative_volume` is the day's volume up to the last print of the bar.
    """

    start_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float = NAN
    trades: int = -1
    source: BarSource = BarSource.OWN
    revised: bool = False
    cumulative_volume: float = NAN
    proof: Proof = Proof.NONE


#: Name and dtype of every column, in the order of `Bar`.
COLUMNS: Final[dict[str, type]] = {
    "start_ms": np.int64,
    "open": np.float64,
    "high": np.float64,
    "low": np.float64,
    "close": np.float64,
    "volume": np.float64,
    "vwap": np.float64,
    "trades": np.int64,
    "source": np.uint8,
    "revised": np.bool_,
    "cumulative_volume": np.float64,
    "proof": np.uint8,
}


class BarColumns(NamedTuple):
    """Bars of one symbol and timeframe, ascending by `start_ms`, one row a bar; all arrays have one length.

    Units as in `Bar`. Treat the arrays as read-only: they may be views of another object's memory.
    A row whose `open` is NaN is a window of prints that move no price: it has volume only.
    """

    start_ms: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    vwap: NDArray[np.float64]
    trades: NDArray[np.int64]
    source: NDArray[np.uint8]
    revised: NDArray[np.bool_]
    cumulative_volume: NDArray[np.float64]
    proof: NDArray[np.uint8]

    @classmethod
    def of(cls, bars: Iterable[Bar]) -> Self:
        """Columns of `bars`, in their order (which must ascend)."""
        rows = list(bars)
        if not rows:
            return cls(*(np.empty(0, dtype) for dtype in COLUMNS.values()))
        by_column = zip(*rows, strict=True)
        return cls(*(np.array(values, dtype) for values, dtype in zip(by_column, COLUMNS.values(), strict=True)))

    @classmethod
    def joined(cls, parts: Iterable[BarColumns]) -> Self:
        """The rows of `parts`, which follow one another."""
        known = [part for part in parts if part.length]
        if not known:
            return cls.of(())
        if len(known) == 1:
            return cls(*known[0])
        return cls(*(np.concatenate(columns) for columns in zip(*known, strict=True)))

    @property
    def length(self) -> int:
        """How many bars there are (`len` of a NamedTuple is its number of columns)."""
        return len(self.start_ms)

    def rows(self, part: slice | NDArray[Any]) -> Self:
        """Some of the rows: a slice (views) or a mask or index array (copies)."""
        return type(self)(*(column[part] for column in self))  # type: ignore[arg-type]  # a part keeps its dtype

    def between(self, from_ms: int, to_ms: int) -> Self:
        """The bars that start in [`from_ms`, `to_ms`); views."""
        first, last = np.searchsorted(self.start_ms, (from_ms, to_ms))
        return self.rows(slice(int(first), int(last)))

    def bar(self, index: int) -> Bar:
        """The bar at `index` (negative counts from the end). Raises IndexError."""
        return bar_at(self, index)

    def bars(self) -> Iterator[Bar]:
        """Every bar, oldest first."""
        return (bar_at(self, index) for index in range(self.length))


def bar_at(columns: Any, index: int) -> Bar:
    """Row `index` of any sequence of arrays in the order of `COLUMNS`, as Python values."""
    c = columns
    return Bar(
        int(c[0][index]), float(c[1][index]), float(c[2][index]), float(c[3][index]), float(c[4][index]),
        float(c[5][index]), float(c[6][index]), int(c[7][index]), BarSource(int(c[8][index])), bool(c[9][index]),
        float(c[10][index]), Proof(int(c[11][index])),
    )  # fmt: skip
