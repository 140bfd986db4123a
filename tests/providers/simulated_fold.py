"""A simulated market at a few events a second, and the sum of its events by the text of the rules."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, BAR_VOLUME, DAY_HILO, DAY_LAST, rules_for
from live_monitor.providers.simulated import SimulatedMarket

MINUTE, HOUR = 60_000, 3_600_000
RULES = rules_for("polygon")


def new_york(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    """Epoch ms of a New York wall-clock time."""
    return int(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("America/New_York")).timestamp() * 1000)


#: Friday 2026-11-20, start of the pre-market.
MORNING = new_york(2026, 11, 20, 4)


def quiet(start_ms: int = MORNING, *symbols: str) -> SimulatedMarket:
    """A few tickers at a few events a second, so that whole days are cheap to read event by event."""
    return SimulatedMarket(5, symbols or ("AAPL", "F"), start_ms, events_per_second=3.0)


class Fold:
    """All prints and the last quote of one symbol, and what they add up to by the text of the rules."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.trades: list[tuple[Trade, int]] = []
        self.quote: Quote | None = None
        self.sequence = 0
        self.seconds: dict[int, Aggregate] = {}
        self.minutes: dict[int, Aggregate] = {}
        self.repeated = 0

    def take(self, events: list[Event]) -> Fold:
        for event in events:
            if isinstance(event, Trade) and event.symbol == self.symbol:
                self.trades.append((event, RULES.flags(event.conditions)))
                self.sequence = event.sequence
            elif isinstance(event, Quote) and event.symbol == self.symbol:
                self.quote = event
                self.sequence = event.sequence
            elif isinstance(event, Aggregate) and event.symbol == self.symbol:
                bars = self.seconds if isinstance(event, SecondAggregate) else self.minutes
                self.repeated += event.start_ms in bars
                bars[event.start_ms] = event
        return self

    def bars(self, width_ms: int) -> dict[int, tuple[float, ...]]:
        """Start → open, high, low, close, volume, vwap, count; only windows with a last price."""
        windows: dict[int, list[tuple[Trade, int]]] = {}
        for trade, flags in sorted(self.trades, key=lambda row: row[0].timestamp_ms):
            windows.setdefault(trade.timestamp_ms // width_ms * width_ms, []).append((trade, flags))
        found: dict[int, tuple[float, ...]] = {}
        for start, rows in windows.items():
            last = [trade.price for trade, flags in rows if flags & BAR_LAST]
            ranged = [trade.price for trade, flags in rows if flags & BAR_HILO]
            counted = [trade for trade, flags in rows if flags & BAR_VOLUME]
            if last:
                volume = sum(trade.size for trade in counted)
                vwap = sum(trade.size * trade.price for trade in counted) / volume
                found[start] = (last[0], max(ranged), min(ranged), last[-1], volume, vwap, len(counted))
        return found

    def check(self, level1: Snapshot) -> None:
        """Asserts that a snapshot says what the events said."""
        last = [trade for trade, flags in self.trades if flags & BAR_LAST]
        daily = [trade.price for trade, flags in self.trades if flags & DAY_LAST]
        ranged = [trade.price for trade, flags in self.trades if flags & DAY_HILO]
        counted = [trade for trade, flags in self.trades if flags & BAR_VOLUME]
        volume = sum(trade.size for trade in counted)
        value = sum(trade.size * trade.price for trade in counted)
        assert self.quote is not None
        expected = {
            "last": last[-1].price if last else math.nan,
            "last_size": last[-1].size if last else math.nan,
            "last_timestamp_ms": last[-1].timestamp_ms if last else 0,
            "bid": self.quote.bid_price,
            "bid_size": self.quote.bid_size,
            "ask": self.quote.ask_price,
            "ask_size": self.quote.ask_size,
            "quote_timestamp_ms": self.quote.timestamp_ms,
            "open": daily[0] if daily else math.nan,
            "high": max(ranged, default=math.nan),
            "low": min(ranged, default=math.nan),
            "day_volume": volume,
            "day_vwap": value / volume if volume else math.nan,
            "sequence": self.sequence,
        }
        assert {name: getattr(level1, name) for name in expected} == pytest.approx(expected, nan_ok=True, rel=1e-12)


def as_bar(bar: Aggregate) -> tuple[float, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap
