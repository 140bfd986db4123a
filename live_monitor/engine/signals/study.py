"""A study follows a series of bars: closed bars once, the forming one by a glance at every tick.

Nothing but the series is asked, and it says itself how much of it is new: the last bar only, bars at the end, bars
that were corrected, pages in front, bars that were let go. So live and looked-back bars give the same values.
"""

from __future__ import annotations

import copy
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSeries
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.signals.indicators import Profile
from live_monitor.engine.signals.study_choice import ReadStudies, StudyChoice, checked, label_of, read_choices
from live_monitor.engine.signals.study_formulas import Formula, formula_of
from live_monitor.engine.signals.study_kinds import CATALOG, Output
from live_monitor.engine.signals.study_lines import StudyLines
from live_monitor.engine.signals.study_minutes import MinutesBefore
from live_monitor.engine.signals.study_of_day import DayProfile

__all__ = ["Profile", "ReadStudies", "Study", "StudyChange", "StudyChoice", "checked", "label_of", "read_choices"]

#: Closed bars between two states that are kept, and how many are kept: what is corrected is mostly a few bars old.
_EVERY: Final = 128
_KEPT: Final = 4
#: More bars at once are cheaper as columns.
_ONE_BY_ONE: Final = 8


class StudyChange(IntEnum):
    """How much of the lines is another than before; ordered, so that `max` of several studies is that of the chart."""

    NOTHING = 0
    LAST = 1
    EVERYTHING = 2


class _State(NamedTuple):
    """A formula after `bars` closed bars, the last of which starts at `last_ms`."""

    bars: int
    last_ms: int
    formula: Formula


class Study:
    """The values of one choice over the series that it follows. One thread. Raises ValueError for a bad choice."""

    def __init__(self, choice: StudyChoice, calendar: Calendar) -> None:
        self.choice = checked(choice)
        self.kind: Final = CATALOG[choice.kind]
        self.label: Final = label_of(self.choice)
        self._calendar = calendar
        self._series: BarSeries | None = None
        self._seen = (-1, -1)
        self._last: Bar | None = None
        #: How often every value was made anew.
        self.beginnings = 0
        self._before = MinutesBefore()
        self._kept: list[_State] = []
        #: Made for this version of the series.
        self._profile: tuple[int, Profile | None] = (-1, None)
        self._start_anew()

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What is drawn: outputs of the kind without those that are switched off. `lines` has them first."""
        return self.kind.outputs[: self._formula.lines]

    @property
    def levels(self) -> tuple[float, ...]:
        """Lines across the study's own pane: those of its kind, or where they were set to."""
        values = self.choice.parameters
        return (float(values["low"]), float(values["high"])) if "low" in values else self.kind.levels

    @property
    def remark(self) -> str:
        """Why nothing is to be seen at the newest bar, in one line; empty while something is, or before any bar."""
        return self._formula.remark if self._last is not None else ""

    def lines(self) -> tuple[NDArray[np.float64], ...]:
        """Values by output, float64[n] as long as the series was when last followed, NaN where there is none.

        Read-only views that are valid until the next `follow`. Outputs that are switched off take no memory.
        """
        views, off = self._lines.views(), len(self.kind.outputs) - self._formula.lines
        return views + (self._lines.nothing(),) * off if off else views

    @property
    def profile(self) -> Profile | None:
        """Shares by price of the newest trading day, the forming bar included; None for other kinds, and without any.

        Made when first asked for after a change.
        """
        if not isinstance(self._formula, DayProfile) or self._last is None:
            return None
        if self._profile[0] != self._seen[0]:
            self._profile = self._seen[0], self._formula.with_bar(self._last)
        return self._profile[1]

    def restyle(self, choice: StudyChoice) -> bool:
        """Takes over other colours, another width or visibility; False where `choice` would have other values.

        Raises ValueError for a bad choice.
        """
        good, own = checked(choice), self.choice
        if (good.id, good.kind, good.parameters) != (own.id, own.kind, own.parameters):
            return False
        self.choice = good
        return True

    def lean_on(self, minutes: BarSeries | None) -> None:
        """Minutes of the symbol that is followed, extended hours included, for a study of the day over seconds."""
        if minutes is not self._before.minutes and self.kind.by_day:
            self._before = MinutesBefore(minutes)
            self._series = None

    def follow(self, series: BarSeries) -> StudyChange:
        """Brings the lines up to date with `series`. A tick costs O(1), a new bar O(1), a correction little."""
        if series is not self._series or self._before.changed(series):
            self._series, self._seen = series, (-1, -1)
            self._start_anew()
        seen, before = self._seen, len(self._lines)
        if seen == (series.version, series.revision):
            return StudyChange.NOTHING
        self._seen, self._last = (series.version, series.revision), None
        if series.revision != seen[1]:
            self._go_back(series, seen[0])
        count = len(series)
        self._lines.resize(count)
        if count:
            self._close(series, count - 1)
            self._last = series.bar(-1)
            self._lines.write_bar(count - 1, self._formula.peek(self._last))
        same = series.revision == seen[1] and count == before
        return StudyChange.LAST if same else StudyChange.EVERYTHING

    def _start_anew(self) -> None:
        series = self._series
        self.beginnings += 1
        self._formula = formula_of(self.choice, self._calendar, MINUTE_MS if series is None else series.timeframe_ms)
        self._lines = StudyLines(self._formula.lines)
        self._profile = (-1, None)
        self._closed = 0 if series is None else self._before.feed(series, self._formula)
        self._closed_ms = int(series.start_ms[self._closed - 1]) if series is not None and self._closed else 0
        self._kept.clear()

    def _close(self, series: BarSeries, upto: int) -> None:
        """Takes the closed bars before `upto`."""
        if upto - self._closed <= _ONE_BY_ONE:
            for index in range(self._closed, upto):
                bar = series.bar(index)
                self._lines.write_bar(index, self._formula.update(bar))
                self._closed, self._closed_ms = index + 1, bar.start_ms
                self._keep_now_and_then()
            return
        columns = series.columns()
        while self._closed < upto:
            # All but the newest bars at once: states that are older than those are of no use.
            end = max(self._closed + _EVERY, upto - _KEPT * _EVERY)
            end = min(end, upto)
            # Prices that are no numbers give values that are none, without a word.
            with np.errstate(invalid="ignore", over="ignore"):
                self._lines.write(self._closed, self._formula.feed(columns.rows(slice(self._closed, end))))
            self._closed, self._closed_ms = end, int(columns.start_ms[end - 1])
            self._keep_now_and_then()

    def _keep_now_and_then(self) -> None:
        if self._closed - (self._kept[-1].bars if self._kept else 0) < _EVERY:
            return
        self._kept.append(_State(self._closed, self._closed_ms, copy.deepcopy(self._formula)))
        del self._kept[:-_KEPT]

    def _go_back(self, series: BarSeries, version: int) -> None:
        """Returns to the newest state before the earliest bar that changed after `version`, or to the beginning."""
        earliest = series.changed_since(version)
        states = [*self._kept, _State(self._closed, self._closed_ms, self._formula)] if self._closed else []
        while states:
            state = states.pop()
            if earliest is not None and state.last_ms >= earliest:
                continue
            let_go = state.bars - 1 - series.index_of(state.last_ms)
            # Fewer bars before it than there were: the oldest were let go. Gone itself: all that it stood on went.
            if 0 <= let_go < state.bars:
                self._return_to(state, let_go)
                return
        self._start_anew()

    def _return_to(self, state: _State, let_go: int) -> None:
        self._lines.drop_front(let_go)
        older = [kept for kept in self._kept if let_go < kept.bars <= state.bars]
        self._kept = [kept._replace(bars=kept.bars - let_go) for kept in older]
        self._closed, self._closed_ms = state.bars - let_go, state.last_ms
        self._formula = state.formula if state.formula is self._formula else copy.deepcopy(state.formula)
        self._lines.resize(self._closed)
