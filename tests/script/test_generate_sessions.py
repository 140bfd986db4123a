"""The tables of sessions are what the calendar package and the exchanges say, and nothing is guessed."""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def generator() -> ModuleType:
    """The script as a module of its own."""
    spec = importlib.util.spec_from_file_location("generate_sessions", ROOT / "script" / "generate_sessions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def package_warnings() -> Iterator[None]:
    """Lets the calendar package use what newer pandas deprecates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


Hours = dict[str, Any]
NORMAL = {"pre": "04:00", "open": "09:30", "close": "16:00", "post": "20:00"}
HALF = {"pre": "04:00", "open": "09:30", "close": "13:00", "post": "17:00"}
LATE = {"pre": "04:00", "open": "11:00", "close": "16:00", "post": "20:00"}
HOUR = {"pre": "18:00", "open": "18:15", "close": "19:15", "post": "19:35"}
WEEK = date(2026, 11, 23), date(2026, 11, 29)


def week(generator: ModuleType, name: str, normal: Hours, unusual: dict[date, Hours], **changes: Any) -> dict[str, Any]:
    """The table of a calendar in which Monday to Wednesday and Friday are normal but for `unusual`, Thursday closed."""
    days = dict.fromkeys((WEEK[0] + timedelta(days=count) for count in (0, 1, 2, 4)), normal) | unusual
    source = next(source for source in generator.SOURCES if source.name == name)
    weekdays = {WEEK[0]: next(kind for kind, hours in source.hours.items() if hours == normal)}
    source = source._replace(
        first=WEEK[0], last=WEEK[1], weekdays=weekdays, hours_by_day=lambda first, last: days, **changes
    )
    loaded: dict[str, Any] = json.loads(generator.table(source))
    return loaded


def test_only_what_differs_from_a_normal_weekday_is_written(generator: ModuleType) -> None:
    written = week(generator, "US equities", NORMAL, {date(2026, 11, 27): HALF})
    assert written["closed"] == {"2026": ["11-26"]}
    assert written["special"] == {"half": {"2026": ["11-27"]}}
    assert written["unknown"] == {}


@pytest.mark.parametrize("unusual", [{date(2026, 11, 24): LATE}, {date(2026, 11, 28): HALF}])
def test_hours_without_a_name_stop_the_script(generator: ModuleType, unusual: dict[date, Hours]) -> None:
    with pytest.raises(ValueError, match="2026-11-2"):
        week(generator, "US equities", NORMAL, unusual)


def test_a_day_of_which_nothing_is_known_is_neither_closed_nor_open(generator: ModuleType) -> None:
    doubtful = date(2026, 11, 24)
    written = week(generator, "US equities", NORMAL, {doubtful: LATE}, unknown=frozenset([doubtful]))
    assert written["unknown"] == {"2026": ["11-24"]}
    assert written["closed"] == {"2026": ["11-26"]}
    assert written["special"] == {}


def test_diwali_has_an_hour_of_its_own_also_on_a_weekend(generator: ModuleType) -> None:
    normal = {"pre": "09:00", "open": "09:15", "close": "15:30", "post": "16:00"}
    written = week(generator, "NSE equities", normal, {date(2026, 11, 29): HOUR})
    assert written["special"] == {"Muhurat 18:15-19:15": {"2026": ["11-29"]}}
    assert written["hours"]["Muhurat 18:15-19:15"] == HOUR
    with pytest.raises(ValueError, match="2026-11-25"):
        week(generator, "NSE equities", normal, {date(2026, 11, 25): LATE})


def test_packaged_tables_are_byte_for_byte_what_the_script_writes(
    generator: ModuleType, package_warnings: None
) -> None:
    pytest.importorskip("pandas_market_calendars", reason="the calendars group is not installed")
    packaged = {path.stem: path.read_bytes() for path in generator.FOLDER.glob("*.json")}
    assert packaged == {source.file: generator.table(source).encode() for source in generator.SOURCES}
