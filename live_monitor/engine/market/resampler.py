"""Bars of any length from shorter ones: as they come (`BarResampler`) and all at once (`resample`); ADR 17."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import Final

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_columns import NAN, Bar, BarSource, Proof
from live_monitor.engine.market.bar_windows import Stretch, Window, division_of, stretch_at, window_at, window_of
from live_monitor.engine.market.bulk_resample import resample
from live_monitor.engine.market.sessions import Calendar, us_equities

__all__ = ["KEEP_MS", "MIN_CHILDREN", "BarResampler", "resample", "window_of"]

_MINUTE_MS: Final = 60_000
#: Children are kept for the current and the 15 minutes before it, as long as bars are given again (market rules 3.1).
KEEP_MS: Final = 15 * _MINUTE_MS
#: And never fewer than these: days come again, too, and make months.
MIN_CHILDREN: Final = 32

_NOWHERE: Final = Stretch(0, 0, 0, False)
_LONG_AGO: Final = -(2**63)
_AGREES: Final = Proof.AGREES
_start_of: Final = itemgetter(0)
#: Makes a bar in half the time of its class; both take every field in order.
_new_bar: Final = tuple.__new__

#: Every field but the start of a bar without children.
_NOTHING: Final = (NAN, NAN, NAN, NAN, 0.0, NAN, 0, max(BarSource), False, NAN, Proof.AGREES)

#: Some children of a window: their bar, and Σ(vwap · volume), which the bar's vwap would give only rounded.
Fold = tuple[Bar, float]


class BarResampler:
    """Makes the bars of one timeframe from shorter ones as they come, in any order within reach. One thread.

    A child may be given again (its bar forms, or was corrected) and may come late; its parent is then folded anew.
    That reaches as far back as children are kept, `KEEP_MS` before the minute of the newest and at least
    `MIN_CHILDREN` of them. What comes for an older one changes nothing and is counted in `out_of_reach`: make those
    bars from history with `resample`, which gives the same bars.
    """

    def __init__(self, timeframe: Timeframe | str, calendar: Calendar | None = None, *, extended: bool = True) -> None:
        """`timeframe` may be a name; raises ValueError for what is none. `calendar`: US equities."""
        self.timeframe: Final = Timeframe.parse(timeframe) if isinstance(timeframe, str) else timeframe
        self.calendar: Final = us_equities() if calendar is None else calendar
        self.extended: Final = extended
        self.out_of_reach = 0
        self._division: Final = division_of(self.timeframe)
        #: 0: a stretch, or several, make a window.
        self._width_ms: Final = self.timeframe.nominal_ms if self._division == "grid" else 0
        # The newest window, with and without the newest child. Up to `until` a child needs no further look.
        self._stretch = _NOWHERE
        self._last_ms = self._until_ms = _LONG_AGO
        self._fold = self._before = _empty(_LONG_AGO)
        # Children within reach, ascending, and what was let go of the window that the newest one let go belongs to.
        self._children: list[Bar] = []
        self._let_go = self._fold
        self._reach_ms = self._trim_at_ms = _LONG_AGO
        # What stood before a child, the first one of its minute or window: what is let go, or stands before a
        # correction, need not be folded a second time.
        self._marks: dict[int, Fold] = {}

    def add(self, bar: Bar) -> Bar | None:
        """Takes a child: a new one, the same again, or a late one. Returns its parent as it now stands.

        None where the child is outside the shown hours or out of reach, and while no child of the parent has a price.
        """
        start = bar[0]
        last = self._last_ms
        if start > last:
            if start < self._until_ms:
                self._before = self._fold
            elif not self._enter(start):
                return None
            self._last_ms = start
            self._children.append(bar)
        elif start == last:
            self._children[-1] = bar
        else:
            return self._revise(bar)
        fold = self._fold = _joined(self._before, bar)
        whole = fold[0]
        first = whole[1]  # its open
        return whole if first == first else None

    def _enter(self, start: int) -> bool:
        """Goes on to the minute and the window of a child newer than all others; False where it is not shown."""
        if not self._stretch.from_ms <= start < self._stretch.to_ms:
            self._stretch = stretch_at(start, self.calendar, self._division, self.extended)
        begins, until, name, shown = self._stretch
        if not shown:
            return False
        if width := self._width_ms:
            name = start - (start - name) % width
            if name + width < until:
                until = name + width
            if name < begins:
                name = begins
        self._before = self._fold if name == self._fold[0].start_ms else _empty(name)
        if start >= self._trim_at_ms:
            self._trim(start)
        trim = self._trim_at_ms
        self._until_ms = until if until < trim else trim
        return True

    def _revise(self, bar: Bar) -> Bar | None:
        """Puts a child among the older ones and folds its parent anew."""
        start = bar.start_ms
        window = window_at(start, self.timeframe, self.calendar, self.extended)
        if window is None:
            return None
        if start < self._reach_ms:
            self.out_of_reach += 1
            return None
        children = self._children
        at = bisect_left(children, start, key=_start_of)
        if children[at].start_ms == start:
            children[at] = bar
        else:
            children.insert(at, bar)
        for marked in [mark for mark in self._marks if start < mark < window.to_ms]:
            del self._marks[marked]
        end = bisect_left(children, window.to_ms, key=_start_of)
        before = self._folded(window, end - 1)
        fold = _joined(before, children[end - 1])
        if window.name_ms == self._fold[0].start_ms:
            self._before, self._fold = before, fold
        whole = fold[0]
        return whole if whole.open == whole.open else None

    def _folded(self, window: Window, end: int) -> Fold:
        """The children of `window` before the one at `end`, from the last mark on; sets marks on the way."""
        children = self._children
        limit = min(children[end].start_ms, window.to_ms - 1)
        mark = max((mark for mark in self._marks if window.from_ms <= mark <= limit), default=window.from_ms)
        fold = self._marks.get(mark)
        if fold is None:
            fold = self._let_go if self._let_go[0].start_ms == window.name_ms else _empty(window.name_ms)
        marked_until = mark - mark % _MINUTE_MS + _MINUTE_MS
        for child in children[bisect_left(children, mark, key=_start_of) : end]:
            if child.start_ms >= marked_until:
                self._marks[child.start_ms] = fold
                marked_until = child.start_ms - child.start_ms % _MINUTE_MS + _MINUTE_MS
            fold = _joined(fold, child)
        return fold

    def _trim(self, start: int) -> None:
        """Lets children go that are out of reach; looked at with the first child of a minute, `start`."""
        minute = start - start % _MINUTE_MS
        self._trim_at_ms = minute + _MINUTE_MS
        self._marks[start] = self._before
        children = self._children
        count = min(bisect_left(children, minute - KEEP_MS, key=_start_of), len(children) - MIN_CHILDREN)
        if count <= 0:
            return
        newest = children[count - 1].start_ms
        window = window_at(newest, self.timeframe, self.calendar, self.extended)
        assert window is not None  # only children that are shown are kept
        if window.to_ms <= minute - KEEP_MS:
            self._reach_ms = window.to_ms
        else:
            self._let_go, self._reach_ms = self._folded(window, count), newest + 1
        self._marks = {mark: fold for mark, fold in self._marks.items() if mark > newest}
        del children[:count]


def _empty(name_ms: int) -> Fold:
    """No child: leaves every child that is joined to it as it is."""
    return _new_bar(Bar, (name_ms, *_NOTHING)), 0.0


def _joined(fold: Fold, child: Bar) -> Fold:
    """`fold` and the child after it (market rules 3.4). The hot path."""
    whole, turnover = fold
    name, first, highest, lowest, last, volume, _, trades, source, revised, cumulative, proof = whole
    _, open_, high, low, close, more, vwap, count, rank, again, so_far, verdict = child
    if open_ == open_:
        if first == first:
            open_ = first
            if highest > high:
                high = highest
            if lowest < low:
                low = lowest
    else:
        open_, high, low, close = first, highest, lowest, last
    if more:
        volume += more
        turnover += vwap * more  # NaN from here on where a child with volume does not say its vwap
    vwap = turnover / volume if volume > 0 else NAN
    count = -1 if count < 0 or trades < 0 else trades + count
    if rank is not source and rank > source:
        rank = source
    if so_far != so_far:
        so_far = cumulative
    if verdict is not proof:
        graver = max(verdict, proof)
        verdict = graver if graver > _AGREES else min(verdict, proof)
    fields = (name, open_, high, low, close, volume, vwap, count, rank, revised or again, so_far, verdict)
    return _new_bar(Bar, fields), turnover
