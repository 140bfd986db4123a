"""`TOSExcelReader`, as scripts use it: documented dicts from Excel and from a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_reader import TOSExcelReader, iso, kind_of
from tests.fakes.memory_excel import Registered, World
from tests.providers.quote_sheet import PATH, SHEET, SPY, VFF, books, changed, save


def test_quotes_are_the_documented_dicts_with_prices_as_text() -> None:
    clock = ManualClock(wall_ms=1_765_218_600_000)
    with Registered(World(books(VFF))):
        reader = TOSExcelReader(PATH, SHEET, "A1:L2", source="excel", clock=clock)
        reader.connect()
        assert reader.connected
        quotes = reader.get_latest_quotes()
        reader.disconnect()
        assert not reader.connected
    assert quotes == [
        {
            "symbol": "VFF",
            "last": "3.00",
            "last_size": "100",
            "bid": "2.95",
            "bid_size": "500",
            "ask": "3.05",
            "ask_size": "700",
            "open": "2.80",
            "high": "3.10",
            "low": "2.75",
            "close": "2.90",
            "volume": "123456",
            "timestamp": "2025-12-08T18:30:00Z",
        }
    ]


def test_time_of_a_quote_is_when_its_row_changed() -> None:
    clock = ManualClock(wall_ms=1_765_218_600_000)
    world = World(books())
    with Registered(world):
        reader = TOSExcelReader(PATH, source="excel", clock=clock)
        reader.get_latest_quotes()
        clock.advance(1.5)
        world.books = books(VFF, changed(SPY, last=650.5))
        times = {quote["symbol"]: quote["timestamp"] for quote in reader.get_latest_quotes()}
    assert times == {"VFF": "2025-12-08T18:30:00Z", "SPY": "2025-12-08T18:30:01.500Z"}


def test_saved_workbook_gives_the_same_quotes_with_the_time_of_its_saving(tmp_path: Path) -> None:
    with Registered(World(books())):
        live = TOSExcelReader(PATH, source="excel").get_latest_quotes()
    path = save(tmp_path / "quotes.xlsx")
    os.utime(path, (1_765_218_600, 1_765_218_600))
    reader = TOSExcelReader(path, SHEET, source="file")
    saved = reader.get_latest_quotes()
    assert [quote.pop("timestamp") for quote in saved] == ["2025-12-08T18:30:00Z"] * 2
    for quote in live:
        del quote["timestamp"]
    assert saved == live


def test_file_that_is_missing_is_said_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"gone\.xlsx cannot be read .* Name the workbook by its full path"):
        TOSExcelReader(tmp_path / "gone.xlsx", source="file").connect()


def test_without_windows_the_file_is_read() -> None:
    assert kind_of("auto") == "file"
    assert kind_of("excel") == "excel"


def test_path_is_made_a_full_one_and_an_address_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert TOSExcelReader("q.xlsx").path == str(tmp_path / "q.xlsx")
    assert TOSExcelReader("https://example.org/q.xlsx").path == "https://example.org/q.xlsx"


def test_documented_name_is_found_in_the_package_without_loading_it() -> None:
    from live_monitor import providers

    assert providers.TOSExcelReader is TOSExcelReader
    with pytest.raises(AttributeError, match="no attribute 'Nobody'"):
        _ = providers.Nobody


def test_times_are_iso_in_utc() -> None:
    assert iso(1_765_218_600_007) == "2025-12-08T18:30:00.007Z"
