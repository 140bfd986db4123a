"""Trailing orders that share an extreme move together.

A trailing sell keeps the highest price since its acceptance and is triggered that price less its offset (market rules
10.2). Orders with one extreme are a cohort: a price above the extremes of some cohorts merges them, and one heap by
offset says which order of a cohort is triggered first. So a rise costs the same for one order as for a thousand, and a
fall costs what it triggers. Buys are the mirror image: prices enter negated.
"""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from live_monitor.data.models.orders import Order

NAN: Final = math.nan
_ONE: Final = Decimal(1)
_CENT: Final = Decimal("0.01")
_SUB_CENT: Final = Decimal("0.0001")
_HUNDRED: Final = Decimal(100)
#: Floats may be off by so much of a price; what they wake is checked in Decimal.
_SLACK: Final = 1e-9
#: Offsets of orders that are gone may outnumber the living by so many before a heap is made anew.
_DEAD: Final = 16


def trail_stop(order: Order, extreme: Decimal) -> Decimal:
    """The price that triggers `order` while `extreme` is the best one since acceptance; a tick, away from the market.

    `trail_percent` is in percent of the extreme.
    """
    if order.trail_amount is not None:
        offset = order.trail_amount
    else:
        assert order.trail_percent is not None  # the rules of an order leave a trailing one with either
        offset = extreme * order.trail_percent / _HUNDRED
    raw = extreme - offset if order.side == "SELL" else extreme + offset
    tick = _CENT if raw >= _ONE else _SUB_CENT
    return raw.quantize(tick, ROUND_FLOOR if order.side == "SELL" else ROUND_CEILING)


class _Offset(NamedTuple):
    """How far below its extreme an order is triggered: USD, or a share of the extreme."""

    size: float
    number: int
    order_id: str


class _Cohort:
    __slots__ = ("amounts", "extreme", "highest", "live", "shares")

    def __init__(self, extreme: float) -> None:
        self.extreme = extreme
        #: The highest stop of this cohort and of all before it.
        self.highest = -math.inf
        self.amounts: list[_Offset] = []
        self.shares: list[_Offset] = []
        self.live = 0


class _Member(NamedTuple):
    offset: _Offset
    is_share: bool
    since_ms: int


class Trails:
    """Trailing orders of one side of one symbol. Prices in USD as floats, NaN for none.

    `stop`: the price that triggers the first of them, at or through it; `extreme`: the price past which at least one
    extreme moves. A print counts for the orders that were accepted before its time, and for no other.
    """

    __slots__ = ("_cohorts", "_members", "_newest_ms", "_of", "_sign", "_waiting", "extreme", "stop")

    def __init__(self, *, buys: bool) -> None:
        self._sign = -1.0 if buys else 1.0
        #: Highest extreme first; all different.
        self._cohorts: list[_Cohort] = []
        self._members: dict[str, _Member] = {}
        self._of: dict[str, _Cohort] = {}
        #: Accepted before any price was known: their first price is their extreme.
        self._waiting: dict[str, _Member] = {}
        self._newest_ms = 0
        self.stop = self.extreme = NAN

    def __len__(self) -> int:
        return len(self._members)

    @property
    def waits(self) -> bool:
        """True while an order has no extreme yet, so that any price moves something."""
        return bool(self._waiting)

    def add(self, order: Order, number: int, extreme: float) -> None:
        """`order` trails from now on; `extreme` NaN where no price is known yet."""
        is_share = order.trail_amount is None
        size = float((order.trail_percent or 0) / _HUNDRED if is_share else order.trail_amount or 0)
        # It counts what is younger than its acceptance, and not before it works.
        since_ms = max(order.accepted_ms, order.active_ms - 1)
        member = _Member(_Offset(size, number, order.order_id), is_share, since_ms)
        self._members[order.order_id] = member
        self._newest_ms = max(self._newest_ms, since_ms)
        self._settle(member, self._sign * extreme)
        self._refresh()

    def discard(self, order_id: str) -> None:
        """`order_id` trails no longer."""
        del self._members[order_id]
        if self._waiting.pop(order_id, None) is None:
            cohort = self._of.pop(order_id)
            cohort.live -= 1
            if not cohort.live:
                self._cohorts.remove(cohort)
            elif len(cohort.amounts) + len(cohort.shares) > 2 * cohort.live + _DEAD:
                for heap in (cohort.amounts, cohort.shares):
                    heap[:] = [offset for offset in heap if self._stands(offset, cohort)]
                    heapify(heap)
        self._refresh()

    def extreme_of(self, order_id: str) -> float:
        """The best price since acceptance; NaN before the first."""
        cohort = self._of.get(order_id)
        return NAN if cohort is None else self._sign * cohort.extreme

    def extremes(self) -> list[tuple[str, float]]:
        """Every order with its extreme, where it has one, the older first."""
        members = sorted(self._members.values(), key=lambda member: member.offset.number)
        known = ((member.offset.order_id, self._of.get(member.offset.order_id)) for member in members)
        return [(order_id, self._sign * cohort.extreme) for order_id, cohort in known if cohort is not None]

    def observe(self, price: float, ms: int) -> bool:
        """A price that counts, of the time `ms`, moves extremes; True when one moved."""
        signed = self._sign * price
        if ms <= self._newest_ms:
            return self._one_by_one(signed, ms)
        moved = self._start_waiting(signed, ms)
        if moved:
            self._refresh()
        cohorts = self._cohorts
        if cohorts and signed > cohorts[-1].extreme:
            self._raise(signed)
            self._refresh(len(cohorts) - 1)
            moved = True
        return moved

    def reached(self, price: float) -> list[str]:
        """Orders that `price` may trigger: the nearest stop first, then the older; they stay."""
        signed = self._sign * price
        found: list[tuple[float, int, str]] = []
        for cohort in self._cohorts:
            for heap, is_share in ((cohort.amounts, False), (cohort.shares, True)):
                # Only the children of an offset that is reached can be reached themselves.
                at = [0] if heap else []
                while at:
                    index = at.pop()
                    offset = heap[index]
                    stop = _stop(cohort.extreme, offset.size, is_share)
                    if not stop >= signed:
                        continue
                    if self._stands(offset, cohort):
                        found.append((-stop, offset.number, offset.order_id))
                    at.extend(child for child in (2 * index + 1, 2 * index + 2) if child < len(heap))
        found.sort()
        return [order_id for _, _, order_id in found]

    # How they stand ---------------------------------------------------------------------------------------------------

    def _settle(self, member: _Member, signed: float) -> None:
        """Puts `member` into the cohort of the extreme `signed`."""
        order_id = member.offset.order_id
        if signed != signed:
            self._waiting[order_id] = member
            return
        cohorts = self._cohorts
        at = len(cohorts)
        while at and cohorts[at - 1].extreme < signed:
            at -= 1
        if at and cohorts[at - 1].extreme == signed:
            cohort = cohorts[at - 1]
        else:
            cohort = _Cohort(signed)
            cohorts.insert(at, cohort)
        heappush(cohort.shares if member.is_share else cohort.amounts, member.offset)
        cohort.live += 1
        self._of[order_id] = cohort

    def _start_waiting(self, signed: float, ms: int) -> bool:
        started = [member for member in self._waiting.values() if member.since_ms < ms]
        for member in started:
            del self._waiting[member.offset.order_id]
            self._settle(member, signed)
        return bool(started)

    def _raise(self, signed: float) -> None:
        """Cohorts below `signed` become one; the smaller is poured into the larger."""
        cohorts = self._cohorts
        base = cohorts.pop()
        while cohorts and cohorts[-1].extreme <= signed:
            other = cohorts.pop()
            if other.live > base.live:
                base, other = other, base
            self._pour(other, base)
        base.extreme = signed
        cohorts.append(base)

    def _pour(self, source: _Cohort, target: _Cohort) -> None:
        for heap, onto in ((source.amounts, target.amounts), (source.shares, target.shares)):
            for offset in heap:
                if self._stands(offset, source):
                    heappush(onto, offset)
                    self._of[offset.order_id] = target
                    target.live += 1

    def _one_by_one(self, signed: float, ms: int) -> bool:
        """A print that is not younger than each of the orders: it counts for those alone that it is younger than."""
        extremes = {order_id: cohort.extreme for order_id, cohort in self._of.items()}
        moved = False
        for order_id, member in self._members.items():
            if member.since_ms < ms and not extremes.get(order_id, -math.inf) >= signed:
                extremes[order_id] = signed
                moved = True
        if not moved:
            return False
        self._cohorts.clear()
        self._of.clear()
        self._waiting.clear()
        for order_id, member in self._members.items():
            self._settle(member, extremes.get(order_id, NAN))
        self._refresh()
        return True

    def _stands(self, offset: _Offset, cohort: _Cohort) -> bool:
        """False for what is left in a heap of an order that has gone, or has other terms now."""
        return self._of.get(offset.order_id) is cohort and self._members[offset.order_id].offset is offset

    def _refresh(self, first: int = 0) -> None:
        """Finds the thresholds anew; cohorts before `first` are as they were."""
        cohorts = self._cohorts
        stop = cohorts[first - 1].highest if first else -math.inf
        for cohort in cohorts[first:]:
            for heap in (cohort.amounts, cohort.shares):
                while heap and not self._stands(heap[0], cohort):
                    heappop(heap)
            stop = cohort.highest = max(stop, _highest_stop(cohort))
        self.stop = self._sign * stop if cohorts else NAN
        self.extreme = self._sign * cohorts[-1].extreme if cohorts else NAN


def _stop(extreme: float, size: float, is_share: bool) -> float:
    offset = abs(extreme) * size if is_share else size
    return extreme - offset + abs(extreme) * _SLACK


def _highest_stop(cohort: _Cohort) -> float:
    stop = -math.inf
    if cohort.amounts:
        stop = _stop(cohort.extreme, cohort.amounts[0].size, False)
    if cohort.shares:
        stop = max(stop, _stop(cohort.extreme, cohort.shares[0].size, True))
    return stop
