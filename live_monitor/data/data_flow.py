"""Is the silence of a symbol normal? Pure decisions; the caller brings monotonic seconds."""

from __future__ import annotations

from typing import Literal

Flow = Literal["unknown", "live", "ageing", "stale"]
Remedy = Literal["none", "warn", "reconnect"]

WARN_AFTER_S = 30.0
RECONNECT_AFTER_S = 45.0
#: After the gap that is normal for the symbol, so many seconds until its price is called stale.
STALE_AFTER_S = 5.0
_SHORTEST_GAP_S, _LONGEST_GAP_S = 2.0, 120.0
_GAPS = 8.0
_WEIGHT = 0.05


class DataFlowWatch:
    """Learns how often a symbol speaks and judges its silence.

    The expected gap is eight times the mean gap between looks that brought something, at least
    2 s and at most 2 min: a busy symbol is amber after seconds, a quiet one is left in peace.
    """

    def __init__(self) -> None:
        self._last: float | None = None
        self._mean_s = 0.5
        self._warned = False

    def reset(self, now: float) -> None:
        """Starts over, as after a switch of symbol or a new connection."""
        self._last = now
        self._mean_s = 0.5
        self._warned = False

    def heard(self, now: float) -> None:
        """The symbol spoke."""
        if self._last is not None:
            self._mean_s += _WEIGHT * (min(now - self._last, _LONGEST_GAP_S) - self._mean_s)
        self._last = now
        self._warned = False

    @property
    def expected_gap_s(self) -> float:
        """The longest silence that is normal."""
        return min(max(self._mean_s * _GAPS, _SHORTEST_GAP_S), _LONGEST_GAP_S)

    def age_s(self, now: float) -> float:
        """Seconds since the symbol spoke, never negative; 0 before anything is known."""
        return max(0.0, now - self._last) if self._last is not None else 0.0

    def flow(self, now: float) -> Flow:
        """How far the present silence is from normal."""
        if self._last is None:
            return "unknown"
        age = now - self._last
        if age <= self.expected_gap_s:
            return "live"
        return "ageing" if age <= self.expected_gap_s + STALE_AFTER_S else "stale"

    def remedy(self, now: float, *, session_open: bool) -> Remedy:
        """What to do about the silence; `warn` is given once. Silence outside the session is normal."""
        if self._last is None or not session_open:
            return "none"
        age = now - self._last
        if age >= max(RECONNECT_AFTER_S, 1.5 * self.expected_gap_s):
            self._last = now - WARN_AFTER_S  # the next connection gets its own time
            return "reconnect"
        if age >= max(WARN_AFTER_S, self.expected_gap_s) and not self._warned:
            self._warned = True
            return "warn"
        return "none"
