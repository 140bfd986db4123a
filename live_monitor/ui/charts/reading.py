"""What the read-out says about one bar. Pure text, no Qt."""

from __future__ import annotations

import math
from typing import NamedTuple

from live_monitor.data.models.timeframe import MONTH, WEEK
from live_monitor.engine.market.bar_series import Bar, BarSeries, BarSource, Proof
from live_monitor.ui.charts.time_ticks import DAY_MS, bar_clock, bar_label
from live_monitor.ui.charts.wall_clock import NEW_YORK, WallClock
from live_monitor.ui.number_format import DASH, format_percent, format_price, format_size, split_price

#: What the comparison with the provider's bar says, and its colour role.
_PROOFS = {
    Proof.NONE: ("not compared", "muted"),
    Proof.AGREES: ("checked: equals the provider’s bar", "text"),
    Proof.LATE_PRINT: ("differs: a late print", "doubt"),
    Proof.CONDITION_RULE: ("differs: other condition rules", "doubt"),
    Proof.MISSING_TRADES: ("differs: missing trades", "doubt"),
}
_SOURCES = {BarSource.OWN: "own", BarSource.STREAM: "stream", BarSource.HISTORY: "history"}


class Part(NamedTuple):
    """One figure of the read-out: what it is, its text, and its colour role.

    `rank` says how soon it is left out where there is no room: 0 never, then the highest first.
    `tail` are the hundredths of a cent that only some prices have; they are shown smaller.
    """

    key: str
    label: str
    text: str
    role: str
    rank: int
    tail: str = ""


class Reading(NamedTuple):
    """The bar under the crosshair, or the last one; `gap`: what is known of prints that were missed there."""

    symbol: str
    timeframe: str
    parts: list[Part]
    bar: Bar
    gap: str = ""
    healed: str = ""

    @property
    def notes(self) -> list[Part]:
        """Where the bar comes from, and whether it can be believed; made when asked for, which is not at every tick."""
        return _notes(self.bar, self.gap, self.healed)

    def spoken(self) -> str:
        """The same for assistive technology."""
        said = [
            f"{_SPOKEN.get(part.key, part.key)} {part.text}{part.tail}".strip()
            for part in (*self.parts, *self.notes)
            if part.text != DASH
        ]
        return f"{self.symbol}, {self.timeframe} bar: " + ", ".join(said)


_SPOKEN = {
    "time": "", "O": "open", "H": "high", "L": "low", "C": "close", "change": "change", "V": "volume", "revised": "",
    "proof": "", "gap": "prints missed", "healed": "filled from history",
}  # fmt: skip


def timeframe_name(ms: int) -> str:
    """`1s`, `5m`, `1h`, `1D`, `1W`, `1M`: the name of the length whose `nominal_ms` this is."""
    for calendar in (WEEK, MONTH):
        if ms == calendar.nominal_ms:
            return calendar.name
    for size, suffix in ((DAY_MS, "D"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")):
        if ms % size == 0:
            return f"{ms // size}{suffix}"
    return f"{ms}ms"


def read_bar(series: BarSeries, index: int, gap: str = "", wall: WallClock = NEW_YORK, *, healed: str = "") -> Reading:
    """The figures of bar `index`. The change is that of the close against the close before it.

    `gap`: what is known of prints that were missed there; `healed`: of those that history has filled in.
    """
    bar = series.bar(index)
    before = float(series.close[index - 1]) if index > 0 else bar.open
    # Of a price at or below zero there is no percentage.
    change = (bar.close / before - 1) * 100 if 0 < before < math.inf else math.nan
    prices = (bar.open, bar.high, bar.low, bar.close)
    role = "down" if bar.close < bar.open else "up"
    parts = [Part("time", "", _time(series, bar.start_ms, wall), "text", 1)]
    ranks = {"O": 4, "H": 3, "L": 3, "C": 0}
    for (key, rank), price in zip(ranks.items(), prices, strict=True):
        parts.append(_price(key, price, role, rank))
    way = "muted" if not change or math.isnan(change) else "up" if change > 0 else "down"
    parts.append(Part("change", "", format_percent(change), way, 2))
    parts.append(Part("V", "V", format_size(bar.volume), "text", 5))
    parts.append(_price("VWAP", bar.vwap, "text", 6))
    return Reading(series.symbol, timeframe_name(series.timeframe_ms), parts, bar, gap, healed)


def _notes(bar: Bar, gap: str, healed: str) -> list[Part]:
    """How many trades, whose bar it is, what became of it."""
    trades = f"{bar.trades:,}" if bar.trades >= 0 else DASH
    said, role = _PROOFS[bar.proof]
    notes = [Part("trades", "Trades", trades, "text", 4), Part("source", "Source", _SOURCES[bar.source], "text", 3)]
    if bar.revised:
        notes.append(Part("revised", "", "revised", "warning", 2))
    notes.append(Part("proof", "", said, role, 0 if bar.proof else 1))
    if gap:
        notes.append(Part("gap", "Gap", gap, "warning", 0))
    if healed:
        notes.append(Part("healed", "Filled from history", healed, "muted", 1))
    return notes


def _price(key: str, price: float, role: str, rank: int) -> Part:
    if not abs(price) >= 1:
        return Part(key, key, format_price(price), role, rank)
    cents, tail = split_price(price)
    return Part(key, key, cents, role, rank, tail)


def _time(series: BarSeries, start_ms: int, wall: WallClock) -> str:
    """Wall time; with the date unless the bar is of the newest bar's day."""
    newest_ms = int(series.start_ms[-1])
    if series.timeframe_ms < DAY_MS and wall.ms(start_ms) // DAY_MS == wall.ms(newest_ms) // DAY_MS:
        return bar_clock(start_ms, series.timeframe_ms, wall)
    return bar_label(start_ms, series.timeframe_ms, newest_ms, wall).replace("  ", " ")
