"""The hypothetical position of a signal: where it ends, decided from closed bars only.

Inside a bar only the order open, then the rest is known. So a stop and a target that both lie in one
bar count as the stop, and a level the bar opened beyond is left at the open: every exit is a price
that traded, and never a better one than could be had.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, Self

from live_monitor.engine.market.bar_series import Bar
from live_monitor.engine.signals.rules import LONG, RuleSet

ExitKind = Literal["STOP", "TARGET", "TRAIL"]
_NAMES: Final = {"STOP": "stop", "TARGET": "target", "TRAIL": "trailing stop"}


def tick_size(price: float) -> float:
    """Smallest step of an order's price: 0.01 USD, below one dollar 0.0001 (Rule 612, market rules 4.4)."""
    return 0.01 if price >= 1.0 else 0.0001


def price_text(price: float) -> str:
    """USD with 2 decimals, with 4 when the price needs them; no thousands separator, so that scripts can read it."""
    cents = f"{price:.2f}"
    return cents if abs(float(cents) - price) < 5e-5 else f"{price:.4f}"


class Exit(NamedTuple):
    """The end of a position: `price` traded in the bar; `reason` for people."""

    kind: ExitKind
    price: float
    reason: str


class Position:
    """One share, long or short, from the close of its entry bar on. Prices in USD."""

    def __init__(self, rules: RuleSet, side: int, entry: float, stop_distance: float, trail_distance: float) -> None:
        tick = tick_size(entry)
        self.side = side
        self.entry = entry
        self.stop = _on_tick(entry - side * stop_distance, tick)
        self.risk = side * (entry - self.stop)
        self.target = _on_tick(entry + side * rules.target_r * self.risk, tick)
        self._trail_from = entry + side * rules.trail_after_r * self.risk
        self._trail_distance = trail_distance
        self._tick = tick
        self._trailing = False

    @classmethod
    def open(cls, rules: RuleSet, side: int, entry: float, atr: float) -> Self | None:
        """Enters at `entry`; None where no stop and target can be placed at prices above zero."""
        least = rules.least_ticks * tick_size(entry)
        position = cls(rules, side, entry, max(rules.stop_atr * atr, least), max(rules.trail_atr * atr, least))
        return position if position.risk > 0.0 and position.stop > 0.0 and position.target > 0.0 else None

    def on_bar(self, bar: Bar) -> Exit | None:
        """The exit in this bar, or None; then the trail is drawn nearer for the next bar."""
        side = self.side
        best, worst = (bar.high, bar.low) if side == LONG else (bar.low, bar.high)
        kind: ExitKind = "TRAIL" if self._trailing else "STOP"
        in_target = side * (best - self.target) >= 0.0
        if side * (bar.open - self.target) >= 0.0:
            return self._exit("TARGET", self.target, bar.open)
        if side * (worst - self.stop) <= 0.0:
            price = bar.open if side * (bar.open - self.stop) <= 0.0 else self.stop
            return self._exit(kind, self.stop, price, "; target lay in the same bar" if in_target else "")
        if in_target:
            return self._exit("TARGET", self.target, self.target)
        self._trail(best)
        return None

    def _exit(self, kind: ExitKind, level: float, price: float, note: str = "") -> Exit:
        gap = "" if price == level else ", left at the open beyond it"
        return Exit(kind, price, f"{_NAMES[kind]} {price_text(level)}{gap}{note}")

    def _trail(self, best: float) -> None:
        """Once the price has gone `trail_after_r` our way, the stop follows its best; it never goes back."""
        if self.side * (best - self._trail_from) < 0.0:
            return
        stop = _on_tick(best - self.side * self._trail_distance, self._tick)
        if self.side * (stop - self.stop) > 0.0:
            self.stop = stop
            self._trailing = True


def _on_tick(price: float, tick: float) -> float:
    """The nearest price on a tick; rounded again, because 0.01 has no exact binary value."""
    return round(round(price / tick) * tick, 4)
