"""The goals of docs/performance.md, by (bench, case, peer).

A goal without a peer binds the value; with a peer it binds the ratio.
"""

from __future__ import annotations

import math

from bench.rows import Row, number

GOALS: dict[tuple[str, str, str], tuple[str, float]] = {
    ("tick", "socket to state, frames of 10", ""): ("<=", 2.0),
    ("tick", "socket to state, frames of 10", "naive"): (">=", 4.0),
    ("desktop", "20,000/s on one symbol, frames of 10: CPU", ""): ("<=", 35.0),
    ("desktop", "20,000/s on one symbol, one a frame: CPU", ""): ("<=", 35.0),
    ("sustained", "rate, frames of 100, one symbol", ""): (">=", 200_000.0),
    ("sustained", "rate, frames of 100, one symbol", "naive, one event a frame"): (">=", 8.0),
    ("start", "first painted window", ""): ("<=", 600.0),
    ("start", "script/run over the interpreter, second start", ""): ("<=", 300.0),
    ("start", "CPU in a closed market", ""): ("<=", 2.0),
    ("start", "memory, 60 minutes of the simulated market", ""): ("<=", 250.0),
    ("desktop", "memory, 10 minutes at 30,000/s: growth", ""): ("<=", 2.0),
}
for _name in ("5s", "1m", "7m", "1h", "1D"):
    GOALS["bars", f"streaming, 1s to {_name}", ""] = ("<=", 1.0)
    for _columns in ("OHLCV", "OHLCV, vwap, trades"):
        GOALS["bars", f"at once, 1s to {_name}, {_columns}", "pandas"] = (">=", 2.0)
        if _name != "5s":  # five rows to a window leave little to win
            GOALS["bars", f"at once, 1s to {_name}, {_columns}", ""] = (">=", 50.0)
for _rate in ("20,000/s", "1,000/s"):
    for _beside in ("", ", each bar compared with the provider's"):
        GOALS["bars", f"trades to 1s and 1m, {_rate}{_beside}", ""] = (">=", 500.0)
GOALS |= {
    ("store", "bars in, day by day", ""): (">=", 2.0),
    ("store", "bars out, symbol by symbol", ""): (">=", 2.0),
    ("store", "a packed bar", ""): ("<=", 8.0),
    ("store", "last 2,000 bars of one symbol among 100", ""): ("<=", 2.0),
    ("store", "a day of 23,400 seconds", ""): ("<=", 4.0),
    ("store", "append 100 bars to the open day", ""): ("<=", 1.0),
    ("history", "page of 1m bars from the feed: median", ""): ("<=", 50.0),
    ("history", "page of 1m bars from the store: median", ""): ("<=", 50.0),
    ("history", "page of 1s bars from the feed: median", ""): ("<=", 50.0),
    ("history", "page of 1s bars from the store: median", ""): ("<=", 50.0),
}
for _name in ("SMA 20", "EMA 20", "Bollinger 20", "RSI 14", "MACD 12 26 9", "ATR 14", "Stochastic 14 3 3", "OBV",
              "VWAP, three bands", "volume profile", "previous day", "opening range"):  # fmt: skip
    GOALS["indicators", f"streaming, {_name}", ""] = ("<=", 0.5)
    GOALS["indicators", f"streaming, {_name}", "talipp"] = (">=", 1.0)
for _name in ("SMA 20", "Bollinger 20"):
    GOALS["indicators", f"at once, {_name}", "TA-Lib"] = (">=", 1 / 5)
for _name in ("EMA 20", "RSI 14", "MACD 12 26 9", "ATR 14"):  # each value needs the one before
    GOALS["indicators", f"at once, {_name}", "TA-Lib"] = (">=", 1 / 20)
for _view in ("2,000", "20,000"):
    GOALS["chart", f"last-bar update, {_view} bars in view", ""] = ("<=", 0.7)
    GOALS["chart", f"zoom frame, {_view} bars in view", ""] = ("<=", 3.0)
    GOALS["chart", f"pan frame, {_view} bars in view", ""] = ("<=", 3.0)
for _view in ("200", "2,000", "20,000", "1,000,000"):
    GOALS["chart", f"dressed: last-bar update, {_view} bars in view", ""] = ("<=", 1.0)
    GOALS["chart", f"dressed: zoom frame, {_view} bars in view", ""] = ("<=", 6.0)
    GOALS["chart", f"dressed: pan frame, {_view} bars in view", ""] = ("<=", 6.0)
for _change in ("last-bar update", "zoom frame", "pan frame"):
    GOALS["chart", f"{_change}, 200 of 1,000,000 bars in view", "200 of 2,000"] = (">=", 1 / 1.5)
GOALS |= {
    ("chart", "last-bar update, 20,000 bars in view", "pyqtgraph's example"): (">=", 100.0),
    ("chart", "last-bar update, 20,000 bars in view", "vnpy chart"): (">=", 100.0),
    ("chart", "last-bar update, 20,000 bars in view", "finplot"): (">=", 20.0),
    ("chart", "zoom frame, 1,000,000 bars in view", ""): ("<=", 6.0),
    ("chart", "pan frame, 1,000,000 bars in view", ""): ("<=", 6.0),
    ("chart", "first paint, 1,000,000 bars in view", ""): ("<=", 120.0),
    ("chart", "memory of series and pyramid, 1,000,000 bars loaded", ""): ("<=", 90.0),
}
for _load in (
    "30,000/s on one symbol, frames of 10",
    "30,000/s on one symbol, one a frame",
    "100,000/s on 50 symbols, frames of 10",
    "100,000/s on 50 symbols, frames of 100",
):
    for _figure, _bound in (
        ("UI gap p99.9", 33.0), ("UI gap worst", 100.0), ("tick to paint p99", 33.0), ("trades dropped", 0.0),
    ):  # fmt: skip
        GOALS["desktop", f"{_load}: {_figure}", ""] = ("<=", _bound)
for _resting in ("0", "100", "1,000"):
    GOALS["orders", f"a quote that triggers nothing, {_resting} resting", ""] = ("<=", 1.0)
GOALS |= {
    # Ten times the orders may cost no more than a heap's depth.
    ("orders", "a quote that triggers nothing, 10,000 resting", ""): ("<=", 1.5),
    ("orders", "a quote that triggers nothing, 100 resting", "vnpy paper account"): (">=", 50.0),
    ("orders", "a market order decided and filled", ""): ("<=", 50.0),
    ("orders", "memory of a closed order", ""): ("<=", 1_024.0),
    ("orders", "a market order, filled and on the disk: p99", ""): ("<=", 5.0),
    ("orders", "market orders, filled and on the disk", ""): (">=", 2_000.0),
    ("providers", "Polygon, decoded and checked, frames of 100", ""): (">=", 1_500_000.0),
    # The vendor's parser does 0.35 million a second.
    ("providers", "Polygon, decoded and checked, frames of 100", "massive"): (">=", 4.0),
    ("providers", "Relay, decoded and checked, frames of 10", ""): (">=", 1_000_000.0),
    # A workbook brings 500 rows a second.
    ("providers", "Level 1 folded, 500 symbols", ""): (">=", 50_000.0),
    ("providers", "Excel, 500 rows of 20 cells to level 1", ""): ("<=", 5.0),
    ("providers", "Schwab, deltas merged and checked, 50 to a frame", ""): (">=", 50_000.0),
    ("providers", "Schwab, deltas merged and checked, 1 to a frame", ""): (">=", 50_000.0),
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
