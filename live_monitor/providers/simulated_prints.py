"""Tables from which the simulated tape draws: conditions, exchanges, sizes, price styles.

A draw is one 16-bit number per question, its upper 12 bits the index of a table of 4,096 answers:
about 5 ns each in numpy. Proportions follow a full tape of July 2026 (market rules 2.3).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.conditions import rules_for
from live_monitor.providers.simulated_universe import ARCX, FINRA, XNAS, XNYS

Draws = NDArray[np.uint16]

_TABLE = 4096

#: A condition code is one byte: four bits for what combines freely, the rest for one special condition.
ODD_LOT, SWEEP, TRADE_THROUGH_EXEMPT, FORM_T = 1, 2, 4, 8
_FREE = {ODD_LOT: 37, SWEEP: 14, TRADE_THROUGH_EXEMPT: 41, FORM_T: 12}
_SPECIAL = (None, 2, 10, 22, 32, 33, 53, 52, 16, 15, 25, 17, 8, 19)
AVERAGE_PRICE, DERIVATIVE, PRIOR_REFERENCE, LATE, LATE_STOPPED, QUALIFIED, CONTINGENT = (n << 4 for n in range(1, 8))
OFFICIAL_OPEN, OFFICIAL_CLOSE, OPENING, OPENING_TRADE, CLOSING, CLOSING_TRADE = (n << 4 for n in range(8, 14))


def _conditions(code: int) -> tuple[int, ...]:
    special = _SPECIAL[code >> 4]
    free = [condition for bit, condition in _FREE.items() if code & bit]
    return tuple(sorted([*free, special] if special is not None else free))


#: Sale conditions by code.
CONDITIONS: tuple[tuple[int, ...], ...] = tuple(_conditions(code) for code in range(len(_SPECIAL) << 4))


@functools.cache
def condition_flags() -> NDArray[np.uint8]:
    """What a print may update, by code (bits of `engine.market.conditions`); uint8[len(CONDITIONS)]."""
    rules = rules_for("polygon")
    return np.array([rules.flags(conditions) for conditions in CONDITIONS], dtype=np.uint8)


def draws(rng: np.random.Generator, rows: int) -> Draws:
    """`rows` × 4 independent 16-bit numbers."""
    raw = rng.bit_generator.random_raw(rows)
    return np.asarray(raw, dtype="<u8").view(np.uint16).reshape(rows, 4)


def draw_column(rng: np.random.Generator, count: int) -> Draws:
    """`count` independent 16-bit numbers."""
    return draws(rng, (count + 3) // 4).reshape(-1)[:count]


def chance(probability: float) -> int:
    """The bound below which a 16-bit draw falls with this probability."""
    return round(probability * 65_536)


def table(weights: Sequence[tuple[int, float]]) -> NDArray[np.int32]:
    """int32[4096]: each value as often as its weight says."""
    values = np.array([value for value, _ in weights], dtype=np.int32)
    share = np.cumsum([weight for _, weight in weights])
    answers: NDArray[np.int32] = values[np.searchsorted(share / share[-1], (np.arange(_TABLE) + 0.5) / _TABLE)]
    return answers


def pick(answers: NDArray[np.int32], draw: Draws) -> NDArray[np.int32]:
    """The answers to a column of draws."""
    picked: NDArray[np.int32] = answers[draw >> 4]
    return picked


#: Prints of one order that sweeps several venues.
SWEEP_PRINTS = table([(1, 0.56), (2, 0.21), (3, 0.10), (4, 0.06), (5, 0.035), (6, 0.02), (8, 0.01), (12, 0.005)])
#: Where in the spread a print falls: 0 at the touch, 1 midpoint, 2 within a cent of the touch, 3 a tick inside.
STYLE_EXCHANGE = table([(0, 0.84), (1, 0.09), (3, 0.07)])
STYLE_OFF_EXCHANGE = table([(0, 0.26), (1, 0.28), (2, 0.46)])
#: Price improvement off exchange, in points.
IMPROVEMENT = table(
    [(1, 0.42), (2, 0.1), (5, 0.06), (10, 0.12), (15, 0.04), (20, 0.08), (25, 0.06), (40, 0.05), (49, 0.07)]
)
#: Special conditions of reports to the TRF; 0 is none.
SPECIAL_REPORT = table(
    [
        (0, 0.9866),
        (AVERAGE_PRICE, 0.0045),
        (DERIVATIVE, 0.0006),
        (PRIOR_REFERENCE, 0.0003),
        (LATE, 0.0045),
        (LATE_STOPPED, 0.0005),
        (QUALIFIED, 0.0020),
        (CONTINGENT, 0.0010),
    ]
)
#: ms between an order and a quote that follows from it.
REACTION_MS = table(
    [(0, 0.22), (1, 0.24), (2, 0.14), (4, 0.10), (8, 0.08), (15, 0.07), (30, 0.06), (70, 0.05), (160, 0.04)]
)
#: TRF ids seen on the wire.
TRF_ID = table([(202, 0.86), (3, 0.14)])
#: Displayed size in round lots.
LOTS_SHOWN = table(
    [
        (1, 0.38),
        (2, 0.22),
        (3, 0.13),
        (4, 0.08),
        (5, 0.06),
        (6, 0.04),
        (8, 0.03),
        (10, 0.025),
        (15, 0.02),
        (25, 0.01),
        (50, 0.005),
    ]
)

_SMALL = ((1, 20.0), (2, 7.0), (3, 5.0), (4, 3.5), (5, 6.5), (10, 9.0), (15, 3.0), (20, 6.0), (25, 5.0), (50, 6.0))
_LARGE = (
    (1, 60.0),
    (2, 15.0),
    (3, 7.0),
    (4, 4.0),
    (5, 5.0),
    (6, 1.5),
    (8, 1.0),
    (10, 2.5),
    (20, 0.6),
    (50, 0.2),
    (120, 0.05),
)


@functools.lru_cache(maxsize=256)
def size_table(lot: int, odd_share: float, scale: float) -> NDArray[np.int32]:
    """Shares of a print; `odd_share` of them below a round lot of `lot` shares."""
    small = {size: weight for size, weight in _SMALL if size < lot}
    for size in range(1, lot):
        small[size] = small.get(size, 0.0) + 0.35
    large: dict[int, float] = {}
    for lots, weight in _LARGE:
        big = max(round(lots * (scale if lots > 1 else 1.0)), 1) * lot
        large[big] = large.get(big, 0.0) + 0.8 * weight
        large[big + max(lot // 4, 1)] = 0.2 * weight
    odd, even = sum(small.values()), sum(large.values())
    rows = [(size, weight / odd * odd_share) for size, weight in sorted(small.items())]
    rows += [(size, weight / even * (1.0 - odd_share)) for size, weight in sorted(large.items())]
    return table(rows)


_SHARES = {
    12: 24,
    11: 13,
    19: 12,
    8: 11,
    21: 9,
    10: 8,
    15: 6,
    20: 5,
    18: 4,
    7: 3,
    2: 2,
    17: 1.4,
    3: 0.7,
    1: 0.5,
    9: 0.3,
    14: 0.1,
}


@functools.cache
def exchange_table(listing: int) -> NDArray[np.int32]:
    """Exchange ids by their share of displayed trading in a stock listed on `listing`."""
    boost = {XNAS: 1.3, XNYS: 3.0, ARCX: 1.6}.get(listing, 1.0)
    return table([(venue, share * (boost if venue == listing else 1.0)) for venue, share in _SHARES.items()])


#: Off-exchange reports carry this exchange id.
OFF_EXCHANGE = FINRA
