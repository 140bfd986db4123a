"""A recorded day of IQFeed: our bars of its ticks are the vendor's own, field by field."""

from __future__ import annotations

import csv
import gzip
import math
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from live_monitor.data.models.market_data import Quote, SecondAggregate, Trade
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_series import BarSource, Proof
from live_monitor.engine.market.conditions import daily, rules_for
from live_monitor.engine.market.ticker_state import TickerState

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000


class Tick(NamedTuple):
    quote: Quote
    trade: Trade
    day_volume: float


def ms(text: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)
    return int(moment.timestamp()) * 1_000 + moment.microsecond // 1_000


def rows(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="ascii") as file:
        # The last line is the vendor's end mark.
        yield from (row for row in csv.reader(file) if len(row) >= 8)


@pytest.fixture(scope="module")
def ticks(shared_data: Path) -> list[Tick]:
    found = []
    for row in rows(shared_data / "iqfeed" / "by_day" / "2021-03-01_ticks.csv.gz"):
        at = ms(row[0])
        codes = tuple(row[9][first : first + 2] for first in range(0, len(row[9]), 2))
        quote = Quote("XYZ", at, float(row[4]), 100.0, float(row[5]), 100.0)
        found.append(Tick(quote, Trade("XYZ", float(row[1]), float(row[2]), at, (row[7], *codes)), float(row[3])))
    assert len(found) > 11_000
    return found


@pytest.fixture(scope="module")
def vendor(shared_data: Path) -> list[SecondAggregate]:
    """The vendor's second bars; its order is high, low, open, close."""
    intervals = rows(shared_data / "iqfeed" / "by_day" / "2021-03-01_intervals_1s.csv.gz")
    return [second_bar(ms(row[0]), *map(float, row[1:7])) for row in intervals]


def second_bar(
    start_ms: int, high: float, low: float, first: float, last: float, day_volume: float, volume: float
) -> SecondAggregate:
    end_ms = start_ms + SECOND
    return SecondAggregate("XYZ", start_ms, end_ms, first, high, low, last, volume, day_volume=day_volume)


def built(ticks: list[Tick], *, by_day: bool = False) -> tuple[BarBuilder, TickerState]:
    """Bars and level 1 of the day, written every 16 ms as the desktop does."""
    rules, state, builder = rules_for("iqfeed"), TickerState("XYZ"), BarBuilder("XYZ")
    frame = 0
    for quote, trade, day_volume in ticks:
        if trade.timestamp_ms // 16 != frame:
            frame = trade.timestamp_ms // 16
            builder.flush()
        state.on_quote(quote)
        counted = state.on_trade(trade, rules.flags(trade.conditions))
        assert counted is not None
        builder.add(trade, daily(counted) if by_day else counted, day_volume)
    builder.flush()
    return builder, state


def test_second_bars_of_the_ticks_are_the_vendors_in_every_field(
    ticks: list[Tick], vendor: list[SecondAggregate]
) -> None:
    builder, _ = built(ticks)
    ours = [(*bar[:6], bar.cumulative_volume) for bar in builder.seconds.columns().bars()]
    theirs = [(bar.start_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.day_volume) for bar in vendor]
    assert len(theirs) > 1_000
    assert ours == theirs


def test_the_vendors_bars_beside_ours_are_all_proven(ticks: list[Tick], vendor: list[SecondAggregate]) -> None:
    rules, builder = rules_for("iqfeed"), BarBuilder("XYZ")
    due = list(reversed(vendor))
    for _, trade, day_volume in ticks:
        while due and due[-1].end_ms + 2_000 <= trade.timestamp_ms:
            builder.apply(due.pop(), BarSource.STREAM)
        builder.add(trade, rules.flags(trade.conditions), day_volume)
        builder.flush()
    for bar in reversed(due):
        builder.apply(bar, BarSource.STREAM)
    builder.flush()
    assert set(builder.seconds.proof.tolist()) == {Proof.AGREES}
    assert set(builder.minutes.proof.tolist()) == {Proof.AGREES}
    assert builder.missing(vendor[-1].end_ms + 3_600_000) == []


def test_no_price_of_the_day_is_taken_for_a_bad_print(ticks: list[Tick]) -> None:
    _, state = built(ticks)
    assert (state.guard.held, state.guard.dropped) == (0, 0)


def test_by_the_rules_of_days_the_windows_make_the_vendors_daily_bar(shared_data: Path, ticks: list[Tick]) -> None:
    builder, _ = built(ticks, by_day=True)
    windows = builder.windows()
    drawn = builder.seconds.columns()
    with zipfile.ZipFile(shared_data / "iqfeed" / "data" / "dailies_oldest.zip") as archive:
        text = archive.read(archive.namelist()[0]).decode("ascii")
    day = next(row for row in csv.reader(text.splitlines()) if row[0] == "2021-03-01")
    high, low, first, last, volume = map(float, day[1:6])
    assert (drawn.high.max(), drawn.low.min(), drawn.open[0], drawn.close[-1]) == (high, low, first, last)
    assert windows.volume.sum() == volume == ticks[-1].day_volume
    quiet = windows.rows(slice(0, int(windows.start_ms.searchsorted(drawn.start_ms[0]))))
    assert quiet.length > 100
    assert all(math.isnan(price) for price in quiet.open)
