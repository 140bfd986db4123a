"""Prints and bars for tests of what is built from them."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from live_monitor.data.models.market_data import NAN, Aggregate, SecondAggregate, Trade
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_series import Bar, BarSeries
from live_monitor.engine.market.conditions import rules_for

START = 1_795_185_000_000  # 2026-11-20 09:30 New York
SECOND, MINUTE = 1_000, 60_000
RULES = rules_for("polygon")


def trade(offset_s: float, price: float, size: float, conditions: tuple[int, ...] = (), sequence: int = 0) -> Trade:
    """A print `offset_s` seconds after the open."""
    return Trade("AAPL", price, size, START + round(offset_s * 1000), conditions, 12, "", sequence)


def add(builder: BarBuilder, trades: Iterable[Trade]) -> None:
    """Folds prints by the rules of their conditions."""
    for item in trades:
        builder.add(item, RULES.flags(item.conditions))


def built(trades: Iterable[Trade]) -> BarBuilder:
    """A builder that has folded `trades`, and written."""
    builder = BarBuilder("AAPL")
    add(builder, trades)
    builder.flush()
    return builder


def bars(series: BarSeries) -> list[Bar]:
    """Every bar of the series."""
    return list(series.columns().bars())


def numbers(series: BarSeries) -> list[tuple[float, ...]]:
    """Start, open, high, low, close and volume of every bar."""
    return [bar[:6] for bar in bars(series)]


def given(bar: Bar, width_ms: int, *, day_volume: float = NAN) -> Aggregate:
    """The same bar as a provider sends it."""
    kind = SecondAggregate if width_ms == SECOND else Aggregate
    return kind(
        "AAPL", bar.start_ms, bar.start_ms + width_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap,
        day_volume=day_volume,
    )  # fmt: skip


def tape(seed: int, seconds: int = 300, per_second: float = 3.0) -> list[Trade]:
    """A random walk in order of time, with odd lots, out-of-sequence sales and average prices among it."""
    random, price, made = Random(seed), 100.0, list[Trade]()
    times = sorted(random.randrange(seconds * 1000) for _ in range(round(seconds * per_second)))
    for number, at_ms in enumerate(times, 1):
        price = round(price + random.choice((-0.01, 0.0, 0.01)), 2)
        conditions = random.choice(((), (), (14, 41), (37,), (37,), (10,), (2,)))
        size = float(random.randrange(1, 99 if 37 in conditions else 500))
        made.append(trade(at_ms / 1000, price, size, conditions, number))
    return made
