"""Volume by price of one session: how many shares traded in each row of prices, and where most of them did."""

from __future__ import annotations

import copy
from math import floor, inf
from typing import Final, NamedTuple

import numpy as np

from live_monitor.engine.signals.columns import NAN, Floats, Ints

#: Rows of a session; where its prices need more, rows are joined in pairs. Also what bounds the work of a bar.
MOST_ROWS: Final = 4096
#: Rows that are added at once beyond a price that needs room.
_ROOM: Final = 64
#: Part of a row by which a price may miss its lower edge: 100.10 / 0.05 is a little less than 2002.
_ROUNDING: Final = 1e-9


class Profile(NamedTuple):
    """Shares by price. `prices` float64[m]: lower edges of the rows, ascending by `step` USD; `shares` float64[m].

    `poc`, the point of control: the middle of the row with the most shares. `value_low`, `value_high`: the lower and
    the upper edge of the value area.
    """

    prices: Floats
    step: float
    shares: Floats
    poc: float
    value_low: float
    value_high: float


class VolumeProfile:
    """Volume by price of the session of the newest bar; a bar's shares go evenly to the rows of `step` USD it touches.

    The value area grows from the point of control by the row above or below it, whichever has more shares (of two
    equals the upper), until it holds at least `share` of all. Everything starts afresh when `session` changes.
    """

    __slots__ = ("_base", "_control", "_most", "_peak", "_session", "_shares", "_step", "share", "step")

    def __init__(self, step: float, share: float = 0.7) -> None:
        if not (0.0 < step < inf and 0.0 < share <= 1.0):
            raise ValueError(f"a profile has rows of more than 0 USD and a share of 0 to 1, not {step} and {share}")
        self.step = step
        self.share = share
        self._session: int | None = None
        self._step = step
        self._base = 0  # number of the first row of `_shares`, counted in steps from 0 USD
        self._shares: list[float] = []
        self._most = 0.0
        self._peak = 0  # the row of `_shares` that was the first to hold so many
        self._control = NAN  # the middle of that row, in USD

    def update(self, session: int, low: float, high: float, volume: float) -> float:
        """The point of control after this bar has closed, in USD; NaN while no share has traded."""
        step = self._step
        bottom, top = low / step, high / step
        check = bottom + top + volume
        if check - check != 0.0 or low > high:
            return NAN
        if session != self._session:
            self._session = session
            self._restart()
        first, last = floor(bottom + _ROUNDING) - self._base, floor(top + _ROUNDING) - self._base
        if first < 0 or last >= len(self._shares):
            first, last = self._with_room(low, high)
        shares, part, most = self._shares, volume / (last - first + 1), self._most
        while True:  # of a row or two, where a range() would cost more than the rows
            shares[first] = grown = shares[first] + part
            if grown > most:
                most = grown
                self._peak = first
            if first == last:
                break
            first += 1
        if most > self._most:
            self._most = most
            self._control = (self._base + self._peak + 0.5) * self._step
        return self._control

    def peek(self, session: int, low: float, high: float, volume: float) -> float:
        """The point of control if the forming bar closed like this."""
        return self._copied().update(session, low, high, volume)

    def feed(self, session: Ints, low: Floats, high: Floats, volume: Floats) -> Floats:
        """The point of control after each bar, float64[n]. It is a course of events, so this takes bar after bar.

        A chart that shows only the newest session's profile need feed only that session.
        """
        bars = zip(session.tolist(), low.tolist(), high.tolist(), volume.tolist(), strict=True)
        return np.array([self.update(*bar) for bar in bars], dtype=np.float64)

    def profile(self) -> Profile | None:
        """The session's profile as it stands; None while no share has traded."""
        if not self._most > 0.0:
            return None
        traded = np.flatnonzero(self._shares)
        first, end = int(traded[0]), int(traded[-1]) + 1
        below, above = self._value_area(first, end)
        edges = np.arange(self._base + first, self._base + end, dtype=np.float64) * self._step
        return Profile(
            prices=edges,
            step=self._step,
            shares=np.array(self._shares[first:end]),
            poc=self._control,
            value_low=(self._base + below) * self._step,
            value_high=(self._base + above + 1) * self._step,
        )

    def peek_profile(self, session: int, low: float, high: float, volume: float) -> Profile | None:
        """The profile if the forming bar closed like this."""
        after = self._copied()
        after.update(session, low, high, volume)
        return after.profile()

    def _restart(self) -> None:
        self._step, self._base, self._shares = self.step, 0, []
        self._most, self._peak, self._control = 0.0, 0, NAN

    def _copied(self) -> VolumeProfile:
        twin = copy.copy(self)
        twin._shares = self._shares.copy()
        return twin

    def _with_room(self, low: float, high: float) -> tuple[int, int]:
        """Adds rows for a bar outside those there are; the places of its first and its last row."""
        while True:
            first, last = floor(low / self._step + _ROUNDING), floor(high / self._step + _ROUNDING)
            if not self._shares:
                self._base = first
            begin, end = min(first, self._base), max(last + 1, self._base + len(self._shares))
            if end - begin <= MOST_ROWS:
                break
            self._join_rows()
        below, above = self._base - begin, end - self._base - len(self._shares)
        # Beyond a new extreme there will be another: some rows more than it needs, as far as they may be.
        spare = min(_ROOM, (MOST_ROWS - (end - begin)) // 2)
        below, above = below + spare * (below > 0), above + spare * (above > 0)
        self._shares = [0.0] * below + self._shares + [0.0] * above
        self._base -= below
        self._peak += below
        return first - self._base, last - self._base

    def _join_rows(self) -> None:
        """Rows of twice the step."""
        shares = [0.0] * (self._base % 2) + self._shares
        shares += [0.0] * (len(shares) % 2)
        self._base //= 2
        self._step *= 2.0
        self._shares = [lower + upper for lower, upper in zip(shares[::2], shares[1::2], strict=True)]
        self._most = max(self._shares, default=0.0)
        if self._most > 0.0:
            self._peak = self._shares.index(self._most)
            self._control = (self._base + self._peak + 0.5) * self._step

    def _value_area(self, first: int, end: int) -> tuple[int, int]:
        """The lowest and the highest row of the value area, of the rows from `first` to before `end`."""
        shares = self._shares
        below = above = self._peak
        held, wanted = shares[self._peak], self.share * sum(shares)
        while held < wanted and (below > first or above + 1 < end):
            upper = shares[above + 1] if above + 1 < end else -1.0
            lower = shares[below - 1] if below > first else -1.0
            if upper >= lower:
                above, held = above + 1, held + upper
            else:
                below, held = below - 1, held + lower
        return below, above
