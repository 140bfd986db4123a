"""Turns the closed minute bars of one symbol into entry and exit signals.

A day's signals depend on that day's bars and nothing else: every indicator starts with the day. So
the same bars give the same signals live, in replay, and after a restart at noon.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from live_monitor.data.models.signals import EntrySignal, ExitSignal, Urgency
from live_monitor.engine.market.bar_series import MINUTE_MS, Bar
from live_monitor.engine.market.sessions import Calendar, SessionTimes, hms
from live_monitor.engine.signals.indicators import Atr, Ema, OpeningRange, SessionVwap, Sma
from live_monitor.engine.signals.position import Exit, ExitKind, Position, price_text
from live_monitor.engine.signals.rules import LONG, Reading, RuleSet, Setup, find_entry, starter_rules

_URGENCY: Final[dict[ExitKind, Urgency]] = {"STOP": "Urgent", "TRAIL": "Warning", "TARGET": "Normal"}


class _Day:
    """Indicators of one trading day. The EMAs also follow pre-market bars, so that at the open they know the gap.

    VWAP, ATR and mean volume are of the regular session: thin pre-market bars would make them say
    that everything after the open is extraordinary.
    """

    def __init__(self, rules: RuleSet, open_ms: int) -> None:
        self._fast = Ema(rules.fast_ema)
        self._slow = Ema(rules.slow_ema)
        self._vwap = SessionVwap(bands=0)
        self._atr = Atr(rules.atr_length)
        self._volume = Sma(rules.volume_length, rules.volume_minimum)
        self._mean_volume = math.nan
        self._range = OpeningRange(rules.range_min * MINUTE_MS, rules.range_until_min * MINUTE_MS)
        self._open_ms = open_ms

    def extended(self, bar: Bar) -> None:
        """Takes a bar before the open."""
        self._fast.update(bar.close)
        self._slow.update(bar.close)

    def regular(self, bar: Bar) -> Reading:
        """Takes a bar of the regular session. Where it has no VWAP its typical price stands in, (h + l + c) / 3."""
        mean_volume = self._mean_volume
        self._mean_volume = self._volume.update(bar.volume)
        range_high, range_low = self._range.update(self._open_ms, bar.start_ms, bar.high, bar.low)
        mean_price = bar.vwap if math.isfinite(bar.vwap) else (bar.high + bar.low + bar.close) / 3.0
        return Reading(
            bar=bar,
            fast=self._fast.update(bar.close),
            slow=self._slow.update(bar.close),
            vwap=self._vwap.update(self._open_ms, mean_price, bar.volume)[0],
            atr=self._atr.update(bar.high, bar.low, bar.close),
            mean_volume=mean_volume,
            range_high=range_high,
            range_low=range_low,
        )


class SignalEngine:
    """Signals of one symbol; at most one hypothetical position at a time. One thread, pure, deterministic.

    What is still open when the regular session ends is dropped without an exit signal: nobody hit a
    stop or a target, and the three documented exit types have no honest word for it.
    `refused` counts bars that were not used because they are no bars or come out of order.
    """

    def __init__(self, symbol: str, rules: RuleSet | None = None, *, calendar: Calendar) -> None:
        self.symbol = symbol
        self.rules = starter_rules() if rules is None else rules
        self._calendar = calendar
        self.reset()

    def reset(self) -> None:
        """Forgets every bar."""
        self.refused = 0
        self._newest_ms = -1
        self._session: SessionTimes | None = None
        self._begin(None)

    def _begin(self, session: SessionTimes | None) -> None:
        self._session = session
        self._day = _Day(self.rules, 0 if session is None else session.open_ms)
        self._readings: deque[Reading] = deque(maxlen=self.rules.fresh_bars + 1)
        self._position: Position | None = None
        self._pause = 0

    def on_bar(self, bar: Bar) -> list[EntrySignal | ExitSignal]:
        """The signals at the end of a CLOSED minute bar, given in the order of time.

        A bar that starts no later than the one before (a correction of it, too) is refused: what was
        signalled stays signalled. Outside sessions, and where the calendar ends, nothing is signalled.
        """
        if bar.start_ms <= self._newest_ms or not _is_bar(bar):
            self.refused += 1
            return []
        self._newest_ms = bar.start_ms
        session = self._calendar.session_bounds(bar.start_ms)
        if session != self._session:
            self._begin(session)
        if session is None or not session.pre_ms <= bar.start_ms < session.close_ms:
            return []
        if bar.start_ms < session.open_ms:
            self._day.extended(bar)
            return []
        self._readings.append(self._day.regular(bar))
        if self._position is not None:
            return self._manage(self._position, bar)
        if self._pause > 0:
            self._pause -= 1
            return []
        last_entry_ms = session.close_ms - self.rules.no_entry_before_close_min * MINUTE_MS
        return [] if bar.start_ms + MINUTE_MS > last_entry_ms else self._enter()

    def _enter(self) -> list[EntrySignal | ExitSignal]:
        setup = find_entry(self.rules, tuple(self._readings))
        if setup is None:
            return []
        now = self._readings[-1]
        self._position = Position.open(self.rules, setup.side, now.bar.close, now.atr)
        return [] if self._position is None else [self._entry_signal(setup, now, self._position)]

    def _manage(self, position: Position, bar: Bar) -> list[EntrySignal | ExitSignal]:
        left = position.on_bar(bar)
        if left is None:
            return []
        self._position = None
        self._pause = self.rules.pause_bars
        return [self._exit_signal(position, left, bar)]

    def _entry_signal(self, setup: Setup, now: Reading, position: Position) -> EntrySignal:
        end_ms = now.bar.start_ms + MINUTE_MS
        trend = (now.fast - now.slow) / now.atr
        vwap = price_text(round(now.vwap, 2 if now.vwap >= 10.0 else 4))
        notes = (
            f"VWAP {vwap}, volume {now.volume_ratio:.1f} × mean, EMA gap {trend:+.2f} ATR, "
            f"stop {price_text(position.stop)}, target {price_text(position.target)}"
        )
        return EntrySignal(
            time=hms(end_ms),
            signal_type="LONG" if setup.side == LONG else "SHORT",
            price=price_text(position.entry),
            signal=setup.trigger,
            strength=setup.strength,
            notes=notes,
            timestamp=self._calendar.to_new_york(end_ms),
            symbol=self.symbol,
        )

    def _exit_signal(self, position: Position, left: Exit, bar: Bar) -> ExitSignal:
        end_ms = bar.start_ms + MINUTE_MS
        gain = position.side * (left.price - position.entry)
        side = "LONG" if position.side == LONG else "SHORT"
        return ExitSignal(
            time=hms(end_ms),
            exit_type=left.kind,
            price=price_text(left.price),
            pnl=f"{_unsigned_zero(round(gain / position.entry * 100.0, 2)):+.2f}%",
            signal=f"{side} from {price_text(position.entry)}: {left.reason}",
            urgency=_URGENCY[left.kind],
            timestamp=self._calendar.to_new_york(end_ms),
            symbol=self.symbol,
            pnl_value=_unsigned_zero(round(gain, 4)),
        )


def _unsigned_zero(number: float) -> float:
    """-0.0 as 0.0: a loss of nothing is none."""
    return number + 0.0


def _is_bar(bar: Bar) -> bool:
    """True for finite prices above zero in their order, and a finite volume. Every comparison with NaN is false."""
    low, high = bar.low, bar.high
    in_order = 0.0 < low <= bar.open <= high < math.inf and low <= bar.close <= high
    return in_order and 0.0 <= bar.volume < math.inf
