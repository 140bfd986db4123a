"""Bars that others made, read from where they were recorded; New York time, as both vendors write it."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource

NEW_YORK = ZoneInfo("America/New_York")
#: Prices of Lean's files are whole ten-thousandths of a dollar.
LEAN_PRICE = 10_000


def ms(local: datetime) -> int:
    """ms since the epoch of a New York time."""
    return round(local.replace(tzinfo=NEW_YORK).timestamp() * 1000)


def iqfeed_bars(path: Path) -> BarColumns:
    """IQFeed's interval bars: time of the START, high, low, open, close, cumulative volume, volume, trades (0)."""
    bars = []
    with gzip.open(path, "rt", encoding="ascii") as lines:
        for row in csv.reader(lines):
            if row[0].startswith("!"):
                break
            high, low, open_, close, cumulative, volume = map(float, row[1:7])
            start = ms(datetime.fromisoformat(row[0]))
            bars.append(
                Bar(start, open_, high, low, close, volume, source=BarSource.HISTORY, cumulative_volume=cumulative)
            )
    return BarColumns.of(bars)


def lean_bars(path: Path) -> BarColumns:
    """Lean's trade bars of a zip: `YYYYMMDD HH:MM` or ms since midnight, open, high, low, close, volume."""
    bars: list[Bar] = []
    with ZipFile(path) as archive:
        for name in archive.namelist():
            midnight = None if name.count("_") == 0 else datetime.strptime(name.split("_")[0], "%Y%m%d")
            with archive.open(name) as file:
                bars += _lean_rows(csv.reader(io.TextIOWrapper(file, "ascii")), midnight)
    return BarColumns.of(bars)


def _lean_rows(rows: Iterable[list[str]], midnight: datetime | None) -> Iterable[Bar]:
    for when, *numbers in rows:
        if midnight is None:
            start = datetime.strptime(when, "%Y%m%d %H:%M")
        else:
            start = midnight + timedelta(milliseconds=int(when))
        open_, high, low, close = (int(price) / LEAN_PRICE for price in numbers[:4])
        yield Bar(ms(start), open_, high, low, close, float(numbers[4]), NAN, -1, BarSource.HISTORY)
