"""Stretches of time: what is known, asked for, or still to be sent."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Stretches:
    """Half-open stretches [from_ms, to_ms) that neither overlap nor touch, ascending."""

    def __init__(self, stretches: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for from_ms, to_ms in stretches:
            self.add(from_ms, to_ms)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(list(zip(self._starts, self._ends, strict=True)))

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, from_ms: int, to_ms: int) -> None:
        """Adds a stretch; an empty one changes nothing."""
        if from_ms >= to_ms:
            return
        first, last = bisect_left(self._ends, from_ms), bisect_right(self._starts, to_ms)
        if first < last:
            from_ms, to_ms = min(from_ms, self._starts[first]), max(to_ms, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [from_ms], [to_ms]

    def remove(self, from_ms: int, to_ms: int) -> None:
        """Takes a stretch away; an empty one changes nothing."""
        if from_ms >= to_ms:
            return
        kept = [part for start, end in self for part in ((start, min(end, from_ms)), (max(start, to_ms), end))]
        kept = [(start, end) for start, end in kept if start < end]
        self._starts, self._ends = [start for start, _ in kept], [end for _, end in kept]

    def around(self, from_ms: int, to_ms: int) -> tuple[int, int] | None:
        """The stretch that holds all of [`from_ms`, `to_ms`); None when a part of it is missing."""
        index = bisect_right(self._starts, from_ms) - 1
        if index < 0 or self._ends[index] < to_ms:
            return None
        return self._starts[index], self._ends[index]

    def start_reaching(self, end_ms: int) -> int | None:
        """Start of the stretch that begins before `end_ms` and reaches it; None where there is none."""
        around = self.around(end_ms - 1, end_ms)
        return around[0] if around is not None else None

    def missing(self, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """The parts of [`from_ms`, `to_ms`) that are in no stretch, ascending."""
        gaps, at = [], from_ms
        for start, end in self:
            if start >= to_ms:
                break
            if end <= at:
                continue
            if start > at:
                gaps.append((at, start))
            at = end
        if at < to_ms:
            gaps.append((at, to_ms))
        return gaps

    def join_to(self, most: int) -> None:
        """Closes the smallest gaps until at most `most` stretches are left."""
        while len(self) > most:
            gaps = [start - end for start, end in zip(self._starts[1:], self._ends, strict=False)]
            at = gaps.index(min(gaps))
            self.add(self._ends[at], self._starts[at + 1])
