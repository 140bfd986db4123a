"""Indicators against sheets of daily SPY bars that were calculated by hand (Skender.Stock.Indicators, Apache-2.0)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import openpyxl
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from live_monitor.engine.signals.indicators import Ema, Macd, Rsi, Sma
from tests.engine.signals.indicator_samples import lines, one_by_one, quotes

#: Name of the sheet's file; its place in the file; what is fed, and each line of the answer, by the head of its column.
SHEETS: Final[dict[str, tuple[str, int, Any, str, tuple[str, ...]]]] = {
    "sma 20": ("Sma", 0, lambda: Sma(20), "close", ("SMA",)),
    "sma 20 of the open": ("Sma", 0, lambda: Sma(20), "open", ("SMA(O)",)),
    "sma 20 of the volume": ("Sma", 1, lambda: Sma(20), "volume", ("sma",)),
    "ema 20": ("Ema", 0, lambda: Ema(20), "close", ("ema",)),
    "ema 20 of the open": ("Ema", 0, lambda: Ema(20), "open", ("ema(O)",)),
    "rsi 14": ("Rsi", 0, lambda: Rsi(14), "close", ("RSI(14)",)),
    "macd 12 26 9": ("Macd", 0, lambda: Macd(12, 26, 9), "close", ("MACD", "Signal", "Histo")),
    "ema 12": ("Macd", 0, lambda: Ema(12), "close", ("EMA12",)),
    "ema 26": ("Macd", 0, lambda: Ema(26), "close", ("EMA26",)),
}


def sheet(folder: Path, file: str, place: int) -> dict[str, NDArray[np.float64]]:
    """The numbers of a sheet by the head of their column (the first of that name), NaN where a cell is empty."""
    workbook = openpyxl.load_workbook(folder / f"{file}.Calc.xlsx", read_only=True, data_only=True)
    heads, *rows = workbook.worksheets[place].iter_rows(values_only=True)
    workbook.close()
    found: dict[str, NDArray[np.float64]] = {}
    for column, head in enumerate(heads):
        cells = [row[column] if column < len(row) else None for row in rows]
        if head is not None and not any(hasattr(cell, "year") or isinstance(cell, str) for cell in cells):
            numbers = np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
            found.setdefault(str(head), numbers)
    return found


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("at_once", [True, False])
def test_indicators_agree_with_sheets_made_by_hand(shared_data: Path, name: str, at_once: bool) -> None:
    file, place, make, fed, heads = SHEETS[name]
    columns = sheet(shared_data / "skender" / "calc", file, place)
    values = columns[fed]
    made = lines(make().feed(values)) if at_once else one_by_one(make(), [(value,) for value in values.tolist()])
    expected = np.array([columns[head] for head in heads])
    assert expected.shape == made.shape == (len(heads), 502)
    # The sheets round nothing; of volumes, 1e-9 of the number.
    assert_allclose(made, expected, rtol=1e-9 if fed == "volume" else 0.0, atol=1e-9, equal_nan=True)


def test_the_sheets_are_of_the_quotes_beside_them(shared_data: Path) -> None:
    columns, bars = sheet(shared_data / "skender" / "calc", "Rsi", 0), quotes(shared_data)
    for name in ("open", "high", "low", "close"):
        assert columns[name].tolist() == getattr(bars, name).tolist()
