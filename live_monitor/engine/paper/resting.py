"""Orders that rest, ordered by the price that wakes them.

A heap for each kind of order and symbol: a price that wakes nothing costs one comparison with a float, whatever rests,
and one that wakes k orders costs k steps. The floats only wake; what happens is decided in `Decimal`.
"""

from __future__ import annotations

import math
from heapq import heapify, heappop, heappush
from typing import Final, Literal, NamedTuple

NAN: Final = math.nan
#: Entries of orders that are gone may outnumber the living by so many before the heap is made anew.
_DEAD: Final = 16


class Resting(NamedTuple):
    """One entry of a heap, smallest first. `number`: of the order, which is its place in time."""

    key: float
    number: int
    order_id: str


class PriceHeap:
    """Orders of one kind by price. `first`: which price is woken first, the "highest" or the "lowest"."""

    __slots__ = ("_heap", "_live", "_sign", "top")

    def __init__(self, first: Literal["highest", "lowest"]) -> None:
        self._sign = -1.0 if first == "highest" else 1.0
        self._heap: list[Resting] = []
        self._live: dict[str, Resting] = {}
        #: The price that is woken first; NaN, which no comparison reaches, where nothing rests.
        self.top = NAN

    def __len__(self) -> int:
        return len(self._live)

    def add(self, order_id: str, number: int, price: float) -> None:
        """`order_id` is woken at `price`; a price that it had before is forgotten."""
        resting = self._live[order_id] = Resting(self._sign * price, number, order_id)
        heappush(self._heap, resting)
        self._settle()

    def discard(self, order_id: str) -> None:
        """`order_id` rests here no longer."""
        del self._live[order_id]
        self._settle()

    def reached(self, price: float) -> list[str]:
        """The orders that `price` wakes: best price first, then the older; they stay."""
        limit = self._sign * price
        heap, live = self._heap, self._live
        found: list[Resting] = []
        # Only the children of an entry that is reached can be reached themselves.
        at = [0] if heap else []
        while at:
            index = at.pop()
            resting = heap[index]
            if not resting.key <= limit:
                continue
            if live.get(resting.order_id) is resting:
                found.append(resting)
            child = 2 * index + 1
            if child < len(heap):
                at.append(child)
                if child + 1 < len(heap):
                    at.append(child + 1)
        found.sort()
        return [resting.order_id for resting in found]

    def _settle(self) -> None:
        heap, live = self._heap, self._live
        if len(heap) > 2 * len(live) + _DEAD:
            heap[:] = live.values()
            heapify(heap)
        while heap and live.get(heap[0].order_id) is not heap[0]:
            heappop(heap)
        self.top = self._sign * heap[0].key if heap else NAN
