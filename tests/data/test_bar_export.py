"""CSV and Excel files of bars: exact, safe to open, bounded in memory."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data import bar_export
from live_monitor.data.bar_export import CSV_COLUMNS, write_csv, write_xlsx
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource

NEW_YORK = ZoneInfo("America/New_York")
#: 2026-11-20 10:00 New York.
START = 1_795_186_800_000
BAR = Bar(START, 1.5, 2.0, 1.25, 1.75, 300.0, 1.6, 7, BarSource.STREAM, True, 1300.0)
PRICES = st.floats(1e-6, 1e7, allow_nan=False)
VOLUMES = st.one_of(st.integers(0, 10**15).map(float), st.floats(0, 1e15, allow_nan=False), st.just(NAN))


def text_of(*bars: Bar, header: bool = True) -> str:
    stream = io.StringIO(newline="")
    write_csv(stream, BarColumns.of(bars), header=header)
    return stream.getvalue()


def rows_of(*bars: Bar) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(*bars))))


def workbook(path: Path, *parts: BarColumns, **about: str) -> Any:
    write_xlsx(path, parts, NEW_YORK, about)
    return openpyxl.load_workbook(path)


def same(one: float, two: float) -> bool:
    return one == two or (math.isnan(one) and math.isnan(two))


def test_the_columns_are_those_that_others_read() -> None:
    assert text_of() == "start_ms,open,high,low,close,volume,cumulative_volume,vwap,trades,source,revised\n"
    assert text_of(BAR, header=False) == f"{START},1.5,2.0,1.25,1.75,300,1300,1.6,7,stream,1\n"


def test_what_is_absent_is_an_empty_field() -> None:
    bar = Bar(START, 1.5, 2.0, 1.25, 1.75, 0.0)
    assert text_of(bar, header=False) == f"{START},1.5,2.0,1.25,1.75,0,,,,own,0\n"


def test_a_row_without_prices_is_no_bar(tmp_path: Path) -> None:
    volume_only = Bar(START + 60_000, NAN, NAN, NAN, NAN, 50.0, 1.0, 1)
    assert text_of(BAR, volume_only) == text_of(BAR)
    book = workbook(tmp_path / "b.xlsx", BarColumns.of([BAR, volume_only]))
    assert book["bars"].max_row == 2


@given(prices=st.tuples(PRICES, PRICES, PRICES, PRICES), volumes=st.tuples(VOLUMES, VOLUMES), vwap=PRICES)
def test_every_number_reads_back_bit_for_bit(
    prices: tuple[float, float, float, float], volumes: tuple[float, float], vwap: float
) -> None:
    volume, cumulative = volumes
    if volume != volume:
        volume = 0.0
    (row,) = rows_of(Bar(START, *prices, volume, vwap, 3, BarSource.OWN, False, cumulative))
    assert [float(row[name]) for name in ("open", "high", "low", "close", "vwap")] == [*prices, vwap]
    assert float(row["volume"]) == volume
    assert same(float(row["cumulative_volume"] or "nan"), cumulative)
    assert not row["volume"].endswith(".0")


def test_many_bars_are_written_in_order() -> None:
    bars = [BAR._replace(start_ms=START + 1_000 * number, volume=float(number)) for number in range(20_001)]
    rows = rows_of(*bars)
    assert [(int(row["start_ms"]), int(row["volume"])) for row in rows] == [
        (bar.start_ms, int(bar.volume)) for bar in bars
    ]


def test_a_workbook_has_real_times_numbers_and_formats(tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "b.xlsx", BarColumns.of([BAR, Bar(START + 60_000, 1.5, 2.0, 1.25, 1.75, 0.0)]))["bars"]
    header, first, second = sheet.iter_rows()
    assert tuple(cell.value for cell in header) == ("time", *CSV_COLUMNS)
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in first] == [
        datetime(2026, 11, 20, 10), START, 1.5, 2.0, 1.25, 1.75, 300, 1300, 1.6, 7, "stream", 1,
    ]  # fmt: skip
    assert [cell.value for cell in second][6:] == [0, None, None, None, "own", 0]
    assert first[0].number_format == "yyyy-mm-dd hh:mm:ss"
    assert (first[1].number_format, first[6].number_format) == ("0", "#,##0")
    assert all(cell.data_type == "n" for cell in first[1:10])


def test_numbers_of_a_workbook_are_whole_to_the_last_bit(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    bars = [BAR._replace(start_ms=START + number, vwap=value) for number, value in enumerate(random.uniform(1, 9, 500))]
    sheet = workbook(tmp_path / "b.xlsx", BarColumns.of(bars))["bars"]
    assert [row[8] for row in sheet.iter_rows(min_row=2, values_only=True)] == [bar.vwap for bar in bars]


def test_every_second_of_a_workbook_is_that_second(tmp_path: Path) -> None:
    # Excel counts in fractions of days. 2026-11-01 has the hour from one to two twice.
    night = int(datetime(2026, 11, 1, tzinfo=NEW_YORK).timestamp() * 1000)
    bars = BarColumns.of(BAR._replace(start_ms=night + 1_000 * second) for second in range(0, 25 * 3_600, 61))
    sheet = workbook(tmp_path / "b.xlsx", bars)["bars"]
    for time, start, *_ in sheet.iter_rows(min_row=2, values_only=True):
        assert time == datetime.fromtimestamp(start / 1000, NEW_YORK).replace(tzinfo=None)


def test_text_is_never_a_formula(tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "b.xlsx", symbol="=1+1", name="bad\x01name", error="#REF!")["about"]
    said = {name.value: (value.value, value.data_type) for name, value in sheet.iter_rows()}
    assert said["symbol"] == ("=1+1", "s")
    assert said["error"] == ("#REF!", "s")
    assert said["name"] == ("bad?name", "s")
    assert said["times are of"] == ("America/New_York", "s")


def test_a_workbook_without_bars_has_its_header(tmp_path: Path) -> None:
    book = workbook(tmp_path / "b.xlsx")
    assert book.sheetnames == ["bars", "about"]
    assert book["bars"].max_row == 1


def test_a_full_sheet_is_followed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar_export, "MAX_SHEET_ROWS", 4)
    bars = BarColumns.of(BAR._replace(start_ms=START + number) for number in range(7))
    book = workbook(tmp_path / "b.xlsx", bars.rows(slice(2)), bars.rows(slice(2, None)))
    assert book.sheetnames == ["bars", "bars 2", "bars 3", "about"]
    starts = [[row[1] for row in book[name].iter_rows(min_row=2, values_only=True)] for name in book.sheetnames[:3]]
    assert [len(each) for each in starts] == [3, 3, 1]
    assert [start for each in starts for start in each] == bars.start_ms.tolist()


def test_a_source_that_fails_leaves_no_workbook(tmp_path: Path) -> None:
    def parts() -> Iterator[BarColumns]:
        yield BarColumns.of([BAR])
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        write_xlsx(tmp_path / "b.xlsx", parts(), NEW_YORK)
    assert list(tmp_path.iterdir()) == []


BARS = BarColumns.of(
    Bar(START + at * 60_000, *((NAN,) * 4 if at == 1 else (1.5, 2.0, 1.25, 1.75)), 10.0 * at) for at in range(5)
)
BESIDE = {"SMA 20": np.array([NAN, 7.0, 1.1, 0.1 + 0.2, -0.0]), 'MACD 12, 26 "x"\n': np.array([1.0, 2, 3, 4, NAN])}


def test_values_of_indicators_stand_beside_their_bars_bit_for_bit() -> None:
    stream = io.StringIO(newline="")
    write_csv(stream, BARS, beside=BESIDE)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    # The second row holds no prices and is no bar: its values go with it.
    assert [row["start_ms"] for row in rows] == [str(START + at * 60_000) for at in (0, 2, 3, 4)]
    assert [row["SMA 20"] for row in rows] == ["", "1.1", "0.30000000000000004", "-0.0"]
    assert [row['MACD 12, 26 "x"'] for row in rows] == ["1.0", "3.0", "4.0", ""]


@pytest.mark.parametrize("room", [2, 3, 1_000])
def test_values_of_indicators_stay_beside_their_bars_across_parts_and_sheets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(bar_export, "MAX_SHEET_ROWS", room)
    path = tmp_path / "bars.xlsx"
    parts = [BARS.rows(slice(0, 3)), BARS.rows(slice(3, None))]
    assert write_xlsx(path, parts, NEW_YORK, beside={**BESIDE, "=1+1": BESIDE["SMA 20"]}) == 4
    found: dict[int, tuple[Any, ...]] = {}
    for sheet in openpyxl.load_workbook(path).worksheets[:-1]:
        header, *rows = sheet.iter_rows(values_only=True)
        assert header[-3:] == ("SMA 20", 'MACD 12, 26 "x"', "=1+1")
        assert [cell.data_type for cell in next(iter(sheet.iter_rows(max_row=1)))][-1] == "s"
        found |= {row[1]: row[-3:-1] for row in rows}
    minute = 60_000
    assert found == {
        START: (None, 1), START + 2 * minute: (1.1, 3), START + 3 * minute: (0.1 + 0.2, 4),
        START + 4 * minute: (0, None),
    }  # fmt: skip
