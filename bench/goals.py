"""The goals of docs/performance.md, by (bench, case, peer).

A goal without a peer binds the value; with a peer it binds the ratio.
"""

from __future__ import annotations

import math

from bench.rows import Row, number

GOALS: dict[tuple[str, str, str], tuple[str, float]] = {
    ("tick", "socket to state, frames of 10", ""): ("<=", 2.0),
    ("tick", "socket to state, frames of 10", "naive"): (">=", 4.0),
}


def goal_of(row: Row) -> tuple[str, bool | None]:
    """The goal in words ("" without one), and whether the row meets it (None: no goal, or not measured)."""
    words: list[str] = []
    verdicts: list[bool | None] = []
    for peer, value, mark in (("", row.ours, ""), (row.peer, row.ratio, "×")):
        goal = GOALS.get((row.bench, row.case, peer))
        if goal is None or (mark == "×" and not row.peer):
            continue
        sign, bound = goal
        words.append(f"{'≤' if sign == '<=' else '≥'} {number(bound)}{mark}")
        met = None if math.isnan(value) else (value <= bound if sign == "<=" else value >= bound)
        verdicts.append(met)
    if not words:
        return "", None
    return ", ".join(words), None if None in verdicts else all(verdicts)
