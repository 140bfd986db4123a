"""The table of sessions is what the calendar package says, and nothing is guessed."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

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


Hours = dict[str, str]
NORMAL = {"pre": "04:00", "open": "09:30", "close": "16:00", "post": "20:00"}
HALF = {"pre": "04:00", "open": "09:30", "close": "13:00", "post": "17:00"}
LATE = {"pre": "04:00", "open": "11:00", "close": "16:00", "post": "20:00"}
WEEK = date(2026, 11, 23), date(2026, 11, 29)


def week(unusual: dict[date, Hours]) -> dict[date, Hours]:
    """Monday to Wednesday and Friday are normal but for `unusual`; Thursday has no session."""
    days = [WEEK[0] + timedelta(days=count) for count in (0, 1, 2, 4)]
    return dict.fromkeys(days, NORMAL) | unusual


def test_only_closed_and_half_days_are_written(generator: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "hours_by_day", lambda first, last: week({date(2026, 11, 27): HALF}))
    text = generator.table(*WEEK)
    assert '"2026": ["11-26"]' in text
    assert '"2026": ["11-27"]' in text
    assert "11-24" not in text


@pytest.mark.parametrize("unusual", [{date(2026, 11, 24): LATE}, {date(2026, 11, 28): HALF}])
def test_hours_without_a_word_in_the_format_stop_the_script(
    generator: ModuleType, monkeypatch: pytest.MonkeyPatch, unusual: dict[date, Hours]
) -> None:
    monkeypatch.setattr(generator, "hours_by_day", lambda first, last: week(unusual))
    with pytest.raises(ValueError, match="2026-11-2"):
        generator.table(*WEEK)


def test_packaged_table_is_byte_for_byte_what_the_script_writes(generator: ModuleType, package_warnings: None) -> None:
    pytest.importorskip("pandas_market_calendars", reason="the calendars group is not installed")
    assert generator.TABLE.read_bytes() == generator.table().encode()
