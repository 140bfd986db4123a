"""Streaming indicators against their definitions."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.signals.indicators import Atr, Ema, OpeningRange, SessionVwap, Sma

MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

prices = st.lists(st.floats(0.01, 10_000), min_size=1, max_size=80)
volumes = st.floats(0, 1e9)


def test_ema_is_seeded_with_the_mean_of_its_first_values() -> None:
    ema = Ema(3)
    values = [ema.update(value) for value in (1.0, 2.0, 6.0, 7.0, 1.0)]
    assert all(math.isnan(value) for value in values[:2])
    assert values[2:] == [3.0, 5.0, 3.0]


@given(prices, st.integers(1, 30))
def test_ema_stays_within_what_it_has_seen(values: list[float], length: int) -> None:
    ema = Ema(length)
    for index, value in enumerate(values):
        result = ema.update(value)
        assert math.isnan(result) == (index + 1 < length)
        if result == result:
            assert min(values[: index + 1]) - 1e-9 <= result <= max(values[: index + 1]) + 1e-9


@given(prices, st.integers(1, 30), st.integers(1, 30))
def test_rolling_mean_is_the_mean_of_the_last_values(values: list[float], length: int, minimum: int) -> None:
    minimum = min(minimum, length)
    mean = Sma(length, minimum)
    for index, value in enumerate(values):
        result = mean.update(value)
        window = values[: index + 1][-length:]
        if len(window) < minimum:
            assert math.isnan(result)
        else:
            assert result == pytest.approx(math.fsum(window) / len(window), rel=1e-9, abs=1e-9)


def test_rolling_mean_needs_all_its_values_unless_told_otherwise() -> None:
    mean = Sma(2)
    assert math.isnan(mean.update(4.0))
    assert mean.update(6.0) == 5.0


@given(st.lists(st.tuples(st.floats(0.01, 10_000), volumes), min_size=1, max_size=60))
def test_vwap_is_turnover_over_volume(bars: list[tuple[float, float]]) -> None:
    vwap = SessionVwap(bands=0)
    result = [vwap.update(1, price, volume)[0] for price, volume in bars][-1]
    volume = math.fsum(volume for _, volume in bars)
    if volume == 0:
        assert math.isnan(result)
    else:
        assert result == pytest.approx(math.fsum(p * v for p, v in bars) / volume, rel=1e-9)


def test_a_bar_without_volume_leaves_vwap_alone() -> None:
    vwap = SessionVwap(bands=0)
    assert math.isnan(vwap.update(1, 500.0, 0.0)[0])
    assert vwap.update(1, 10.0, 5.0)[0] == 10.0
    assert vwap.update(1, 500.0, 0.0)[0] == 10.0


def test_atr_takes_gaps_into_the_true_range_and_smooths_after_wilder() -> None:
    atr = Atr(2)
    assert math.isnan(atr.update(high=11.0, low=10.0, close=10.5))  # 1.0: no close before
    assert atr.update(high=13.0, low=12.0, close=12.5) == pytest.approx((1.0 + 2.5) / 2)  # gap up: 13 - 10.5
    assert atr.update(high=9.0, low=8.0, close=8.5) == pytest.approx((1.75 + 4.5) / 2)  # gap down: 12.5 - 8


@given(
    st.lists(st.tuples(st.floats(1, 1000), st.floats(0, 50), st.floats(0, 1)), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_atr_is_never_negative_nor_wider_than_the_widest_range(
    bars: list[tuple[float, float, float]], length: int
) -> None:
    atr, widest, before = Atr(length), 0.0, None
    for index, (low, height, place) in enumerate(bars):
        high, close = low + height, low + height * place
        reach = height if before is None else max(height, abs(high - before), abs(low - before))
        widest, before = max(widest, reach), close
        result = atr.update(high, low, close)
        assert math.isnan(result) == (index + 1 < length)
        assert not result < 0
        assert not result > widest + 1e-9


def test_opening_range_is_given_out_when_complete_and_for_a_while() -> None:
    opening = OpeningRange(300, 500)
    forming = [
        opening.update(0, start, high, low) for start, high, low in ((0, 5.0, 3.0), (100, 7.0, 4.0), (200, 6.0, 2.0))
    ]
    assert all(math.isnan(edge) for edges in forming for edge in edges)
    assert opening.update(0, 300, 100.0, 1.0) == (7.0, 2.0)
    assert opening.update(0, 400, 100.0, 1.0) == (7.0, 2.0)
    assert math.isnan(opening.update(0, 500, 100.0, 1.0)[0])


def test_opening_range_without_a_bar_never_is() -> None:
    assert all(math.isnan(edge) for edge in OpeningRange(300, 500).update(0, 300, 7.0, 2.0))


def sheet_columns(workbook: Path, value: str, result: str) -> list[tuple[float, float | None]]:
    """Two columns of a calculation sheet, row by row from the second."""
    with zipfile.ZipFile(workbook) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    rows: list[tuple[float, float | None]] = []
    for row in list(sheet.iter(f"{MAIN}row"))[1:]:
        cells = {(cell.get("r") or "").rstrip("0123456789"): cell.findtext(f"{MAIN}v") for cell in row.iter(f"{MAIN}c")}
        number, answer = cells.get(value), cells.get(result)
        if number:
            rows.append((float(number), float(answer) if answer else None))
    return rows


@pytest.mark.parametrize(
    ("sheet", "close", "result", "indicator"), [("Ema", "C", "E", Ema(20)), ("Sma", "F", "H", Sma(20))]
)
def test_averages_agree_with_sheets_made_by_hand(
    shared_data: Path, sheet: str, close: str, result: str, indicator: Ema | Sma
) -> None:
    rows = sheet_columns(shared_data / "skender" / "calc" / f"{sheet}.Calc.xlsx", close, result)
    assert len(rows) == 502
    for index, (value, expected) in enumerate(rows):
        ours = indicator.update(value)
        if index < 19:
            assert expected is None
            assert math.isnan(ours)
        else:
            assert ours == pytest.approx(expected, abs=1e-9)
