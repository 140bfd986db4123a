"""The last n values of a column, kept so that a value that leaves is never subtracted."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from live_monitor.engine.signals.columns import Floats, length_of


class BlockWindow(ABC):
    """A window of `length` values in two parts: the block that fills, and the rest of the full one before it.

    The block is summed up as it grows. When it is full, sums from its end are made, one for each number of values that
    will still be in the window; so a window is two sums joined. Rounding errors neither add up nor outlast the value
    that they came with, which a running sum that adds the new value and subtracts the old one cannot say.
    """

    __slots__ = ("_before", "_block", "length")

    def __init__(self, length: int) -> None:
        self.length = length_of(length)
        self._before: list[float] = []
        self._block: list[float] = []

    @abstractmethod
    def update(self, value: float) -> object:
        """Takes a closed bar's value."""

    @abstractmethod
    def _restart(self) -> None:
        """Empties the block; the full one before it stays until the next is full."""

    def _one_by_one(self, count: int) -> int:
        """How many of the next `count` values are better taken singly: until the first block is full, or all of few."""
        if count <= 2 * self.length:
            return count
        return 0 if self._before else self.length - len(self._block)

    def _with_before(self, values: Floats) -> list[tuple[int, Floats]]:
        """Columns whose windows are those of `values`, in two parts, so that the long one is no copy.

        Of each part: which of `values` its first window ends with, and the column.
        """
        reach = self.length - 1
        held = [*self._before, *self._block]
        return [(0, np.concatenate((held[len(held) - reach :], values[:reach]))), (reach, values)]

    def _resume(self, values: Floats) -> None:
        """Takes `values`, more than two blocks of them, by taking the last two singly: the state knows no more."""
        begun = (len(self._block) + len(values)) % self.length
        self._restart()
        for value in values[-(self.length + begun) :].tolist():
            self.update(value)
