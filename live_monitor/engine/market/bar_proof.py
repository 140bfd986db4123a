"""Our own bar beside the provider's: do they say the same, and if not, why (ADR 16).

Prices are compared exactly, because both come from the same prints; volumes to half a share, because some providers
round fractions of shares away.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_columns import Bar, BarColumns, Proof

#: Shares by which two volumes may differ and still be the same.
HALF_A_SHARE: Final = 0.5
#: Prints may come this much later than the provider's bar that counts them (faults M8); then they count as missing.
PATIENCE_MS: Final = 5_000


class Numbers(NamedTuple):
    """What is compared of our own bar. `open` and `close` are NaN where no print could set the last price."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int


def prove(own: Numbers, given: Bar, before: Numbers | None) -> Proof:
    """The verdict on the provider's bar `given`; `before` are our own numbers when it came, None where unknown."""
    missing = given.volume - own.volume
    if missing > HALF_A_SHARE:
        return Proof.MISSING_TRADES
    if missing >= -HALF_A_SHARE and own[:4] == given[1:5]:
        return Proof.AGREES
    return Proof.LATE_PRINT if before is not None and own != before else Proof.CONDITION_RULE


def prove_columns(own: BarColumns, given: BarColumns) -> NDArray[np.uint8]:
    """The same for rows that stand beside one another, where nothing is known of what came when."""
    missing = given.volume - own.volume
    same = abs(missing) <= HALF_A_SHARE
    for ours, theirs in zip(own[1:5], given[1:5], strict=True):
        same &= ours == theirs
    verdict = np.where(missing > HALF_A_SHARE, Proof.MISSING_TRADES, Proof.CONDITION_RULE)
    return np.where(same, Proof.AGREES, verdict).astype(np.uint8)


class MissingPrints:
    """Windows in which the provider counts shares that never reached us; each is told once. One thread."""

    def __init__(self) -> None:
        self._found: set[tuple[int, int]] = set()
        self._told: set[tuple[int, int]] = set()

    def judge(self, from_ms: int, to_ms: int, *, missing: bool) -> None:
        """Notes what is known of the window now; what was missing may still come."""
        window = (from_ms, to_ms)
        if not missing:
            self._found.discard(window)
        elif window not in self._told:
            self._found.add(window)

    def take(self, now_ms: int) -> list[tuple[int, int]]:
        """Stretches [from_ms, to_ms) of windows that ended `PATIENCE_MS` ago and were not told before, in order."""
        if not self._found:
            return []
        ripe = sorted(window for window in self._found if window[1] <= now_ms - PATIENCE_MS)
        self._found.difference_update(ripe)
        self._told.update(ripe)
        stretches: list[tuple[int, int]] = []
        for from_ms, to_ms in ripe:
            if stretches and from_ms <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(to_ms, stretches[-1][1]))
            else:
                stretches.append((from_ms, to_ms))
        return stretches

    def forget(self, before_ms: int) -> None:
        """Windows that ended by `before_ms` are judged no more; what was not told of them still will be."""
        self._told = {window for window in self._told if window[1] > before_ms}
