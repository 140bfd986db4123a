"""The same symbol from two sources: how far apart their prices are, and which of them says it first.

A *move* is a quote or a last price that differs from the one before of the same source. When the other source makes
the same move, the two are a pair, and the time between their arrivals is how much one leads. A move that the other
never makes within `HORIZON_S` is unmatched: a slow source shows only some of them. Nothing is said of which source is
right.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from statistics import median
from typing import Final, NamedTuple

NAN: Final = float("nan")
#: How far back the figures reach, in seconds.
WINDOW_S: Final = 300.0
#: A move is looked for at the other source for so long.
HORIZON_S: Final = 20.0
#: Moves of one source that wait for their pair, and pairs that are kept.
MAX_WAITING: Final = 4_096
MAX_PAIRS: Final = 2_048
#: A difference of up to half a cent is rounding, not disagreement.
TOLERANCE: Final = 0.005

Move = tuple[str, float, float]


class Side(NamedTuple):
    """What one source says now. Prices in USD, NaN where absent; `heard` in monotonic seconds, 0.0 before the first.

    `late_s`: how long ago the newest event was stamped when it arrived; NaN while nothing was stamped.
    """

    last: float = NAN
    bid: float = NAN
    ask: float = NAN
    heard: float = 0.0
    late_s: float = NAN
    events: int = 0

    @property
    def mid(self) -> float:
        """Middle of a quote that has both sides and is not crossed; else NaN."""
        return (self.bid + self.ask) / 2 if self.bid <= self.ask else NAN

    @property
    def price(self) -> float:
        """What the two are compared by: the middle of the quote, or the last price where there is none."""
        return self.mid if not math.isnan(self.mid) else self.last


class QuarrelReading(NamedTuple):
    """Both sources side by side, over the last `WINDOW_S` at most.

    `apart`: price of the second minus price of the first, NaN while one has none. `share_apart`: part of the compared
    time (`compared_s`) in which they were apart by more than `TOLERANCE`; `worst` the largest distance, with its sign,
    and `worst_at` its monotonic second. `lead_s`: median time by which the first source makes a move before the second
    (negative: after), NaN without pairs; `pairs` how many, `first_leads` the share of them that the first made earlier.
    `unmatched`: moves of each that the other did not make in time.
    """

    sides: tuple[Side, Side]
    apart: float
    share_apart: float
    compared_s: float
    worst: float
    worst_at: float
    lead_s: float
    pairs: int
    first_leads: float
    unmatched: tuple[int, int]
    #: (monotonic second, largest distance within it, with its sign), ascending; seconds without both prices are absent.
    course: tuple[tuple[int, float], ...]


class _Second:
    """One second of comparison."""

    __slots__ = ("apart_s", "compared_s", "second", "worst")

    def __init__(self, second: int) -> None:
        self.second = second
        self.compared_s = self.apart_s = 0.0
        self.worst = 0.0


class _Waiting:
    """Moves of one source that the other has not made yet."""

    def __init__(self) -> None:
        self._order: deque[tuple[float, Move]] = deque()
        self._times: dict[Move, deque[float]] = {}

    def add(self, move: Move, at: float) -> None:
        """Waits for `move`; beyond `MAX_WAITING` the oldest is no longer waited for."""
        self._order.append((at, move))
        self._times.setdefault(move, deque()).append(at)
        if len(self._order) > MAX_WAITING:
            self._drop()

    def take(self, move: Move) -> float | None:
        """When `move` was made first, and waits no longer; None where it does not wait."""
        times = self._times.get(move)
        return self._pop(move, times) if times else None

    def give_up(self, before: float) -> list[float]:
        """Ends the wait for moves made earlier than `before`; when those were that nobody took."""
        missed = []
        while self._order and self._order[0][0] < before:
            at, alive = self._order[0][0], self._drop()
            if alive:
                missed.append(at)
        return missed

    def _drop(self) -> bool:
        """Lets the oldest go; False where it was taken before."""
        at, move = self._order.popleft()
        times = self._times.get(move)
        if not times or times[0] != at:
            return False
        self._pop(move, times)
        return True

    def _pop(self, move: Move, times: deque[float]) -> float:
        at = times.popleft()
        if not times:
            del self._times[move]
        return at


class Quarrel:
    """Hears two sources, 0 and 1, of one symbol. One thread.

    `at` is the monotonic second of arrival; it never falls within a source, and hardly from one to the other.
    """

    def __init__(self) -> None:
        self._sides = [Side(), Side()]
        self._made: list[dict[str, Move]] = [{}, {}]
        self._waiting = (_Waiting(), _Waiting())
        #: (when the pair was complete, by how much the first source led).
        self._pairs: deque[tuple[float, float]] = deque(maxlen=MAX_PAIRS)
        self._missed: list[deque[float]] = [deque(maxlen=MAX_WAITING), deque(maxlen=MAX_WAITING)]
        self._seconds: deque[_Second] = deque()
        self._counted_to = NAN

    def heard(self, source: int, at: float, *, stamped_ms: int = 0, wall_ms: int = 0) -> None:
        """Anything came from `source`; with the time it was stamped and our wall time, where it has a stamp."""
        side = self._sides[source]
        late = (wall_ms - stamped_ms) / 1_000 if stamped_ms and wall_ms else side.late_s
        self._sides[source] = side._replace(heard=at, late_s=late, events=side.events + 1)

    def quote(self, source: int, bid: float, ask: float, at: float) -> None:
        """The best bid and offer of `source`; NaN where a side is absent."""
        side = self._sides[source]
        if same(side.bid, bid) and same(side.ask, ask):
            return
        self._count(at)
        self._sides[source] = side._replace(bid=bid, ask=ask)
        if bid <= ask:
            self._moved(source, ("quote", round(bid, 6), round(ask, 6)), at)

    def last(self, source: int, price: float, at: float) -> None:
        """A price of `source` that may be a last price."""
        side = self._sides[source]
        if math.isnan(price) or same(side.last, price):
            return
        self._count(at)
        self._sides[source] = side._replace(last=price)
        self._moved(source, ("last", round(price, 6), 0.0), at)

    def _moved(self, source: int, move: Move, at: float) -> None:
        self._forget(at)
        known = self._made[source]
        first = move[0] not in known
        known[move[0]] = move
        if first:
            return  # what a source says first is where it stood, not a move
        made_at = self._waiting[1 - source].take(move)
        if made_at is None:
            self._waiting[source].add(move, at)
        else:
            self._pairs.append((at, (made_at - at) if source == 0 else (at - made_at)))

    def _forget(self, at: float) -> None:
        """Moves whose time to be made by the other is over, and figures that are too old."""
        for source in (0, 1):
            missed = self._missed[source]
            missed += self._waiting[source].give_up(at - HORIZON_S)
            while missed and missed[0] < at - WINDOW_S:
                missed.popleft()
        while self._pairs and self._pairs[0][0] < at - WINDOW_S:
            self._pairs.popleft()
        while self._seconds and self._seconds[0].second < at - WINDOW_S:
            self._seconds.popleft()

    def _count(self, at: float) -> None:
        """Adds the time since the last change to the seconds that it belongs to."""
        since, apart = self._counted_to, self._apart()
        if at <= since:
            return
        self._counted_to = at
        if math.isnan(since) or math.isnan(apart):
            return
        for second, length in _pieces(max(since, at - WINDOW_S), at):
            if not self._seconds or self._seconds[-1].second != second:
                self._seconds.append(_Second(second))
            piece = self._seconds[-1]
            piece.compared_s += length
            if abs(apart) > TOLERANCE:
                piece.apart_s += length
            if abs(apart) > abs(piece.worst):
                piece.worst = apart

    def _apart(self) -> float:
        return self._sides[1].price - self._sides[0].price

    def reading(self, at: float) -> QuarrelReading:
        """The figures as of monotonic second `at`."""
        self._count(at)
        self._forget(at)
        compared = sum(second.compared_s for second in self._seconds)
        worst = max(self._seconds, key=lambda second: abs(second.worst), default=None)
        leads = [lead for _, lead in self._pairs]
        return QuarrelReading(
            sides=(self._sides[0], self._sides[1]),
            apart=self._apart(),
            share_apart=sum(second.apart_s for second in self._seconds) / compared if compared else NAN,
            compared_s=compared,
            worst=worst.worst if worst is not None else NAN,
            worst_at=float(worst.second) if worst is not None else NAN,
            lead_s=median(leads) if leads else NAN,
            pairs=len(leads),
            first_leads=sum(lead > 0 for lead in leads) / len(leads) if leads else NAN,
            unmatched=(len(self._missed[0]), len(self._missed[1])),
            course=tuple((second.second, second.worst) for second in self._seconds),
        )


def same(one: float, other: float) -> bool:
    """True for equal prices, and for two that are both absent."""
    return one == other or (math.isnan(one) and math.isnan(other))


def _pieces(since: float, until: float) -> Iterator[tuple[int, float]]:
    """[since, until) cut at whole seconds: (second, length within it)."""
    while since < until:
        second = math.floor(since)
        end = min(until, second + 1.0)
        yield second, end - since
        since = end
