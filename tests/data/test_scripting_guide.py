"""docs/guide/scripting.md: what it prints is what its code prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.polygon_data_manager import PolygonDataManager
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.engine.signals import indicators
from tests.architecture.conftest import CHECKOUT

PAGE = (CHECKOUT / "docs/guide/scripting.md").read_text(encoding="utf-8")
#: Every block of code, with the language it is in; a block without one is what the block before it prints.
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NOON_MS = 1_795_194_000_000  # 2026-11-20 12:00 New York


def block(mark: str) -> tuple[str, str]:
    """The one block of Python with `mark` in it, and what the page says that it prints."""
    (at,) = [at for at, (language, code) in enumerate(BLOCKS) if language == "python" and mark in code]
    language, printed = BLOCKS[at + 1] if at + 1 < len(BLOCKS) else ("python", "")
    return BLOCKS[at][1], "" if language else printed


def run(code: str, **names: Any) -> str:
    """What the code prints."""
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(code, "scripting.md", "exec"), names)
    return printed.getvalue()


@pytest.fixture
def manager(qtbot: QtBot) -> Iterator[PolygonDataManager]:
    """A manager at noon with the minutes from 9:20 on, each a cent higher than the one before it."""
    manager = PolygonDataManager("ws://127.0.0.1:9/ws/{client_id}", clock=ManualClock(NOON_MS))
    manager.change_symbol("AAPL")
    starts = range(NOON_MS - 160 * 60_000, NOON_MS, 60_000)
    bars = [
        Bar(ms, p := 100.0 + at / 100, p + 0.01, p, p + 0.01, 10.0, source=BarSource.HISTORY)
        for at, ms in enumerate(starts)
    ]
    assert manager.hub.focus_bars.merge(MINUTE, BarColumns.of(bars))
    manager.hub.focus_bars.reaches(MINUTE, bars[0].start_ms)
    yield manager
    manager.disconnect()


def test_the_resampler_prints_what_the_page_says() -> None:
    code, printed = block("BarResampler(")
    assert printed
    assert run(code) == printed


def test_the_indicator_prints_what_the_page_says() -> None:
    code, printed = block("Ema(3)")
    assert printed
    assert run(code) == printed


def test_every_indicator_is_named_on_the_page() -> None:
    told = PAGE.partition("## Indicators\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", told))
    # What a profile gives is no indicator itself.
    assert named == set(indicators.__all__) - {"Profile"}


def test_the_data_frame_is_in_the_exchanges_time(manager: PolygonDataManager) -> None:
    code, printed = block("get_bars_frame(")
    lines = run(code, manager=manager).splitlines()
    assert lines[0].split() == printed.splitlines()[0].split()
    assert lines[1].split() == printed.splitlines()[1].split()
    assert [line.split()[1] for line in lines[2:]] == [f"11:{minute}:00-05:00" for minute in (45, 50, 55)]


def test_every_column_of_the_frame_is_named_on_the_page(manager: PolygonDataManager) -> None:
    told = PAGE.partition("Columns: ")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", told)
    frame = manager.get_bars_frame()
    assert [name for name in frame.columns if name not in named] == []
    assert [proof for proof in frame["proof"].cat.categories if proof not in named] == []


def test_the_arrays_are_those_that_the_page_names(manager: PolygonDataManager) -> None:
    code, _ = block("get_last_bars(")
    assert run(code, manager=manager).startswith("above the 19 bars before it, since 17951")
    bars = manager.get_last_bars("5m", 7)
    line = next(line for line in PAGE.splitlines() if line.startswith("`timestamp` (int64"))
    assert re.findall(r"`(\w+)`", line) == list(bars)
    assert {len(column) for column in bars.values()} == {7}  # type: ignore[arg-type]  # every value is an array
    assert bars["timestamp"].dtype == np.int64


def test_older_bars_are_asked_for(manager: PolygonDataManager) -> None:
    code, _ = block("history.older(")
    printed = run(code, manager=manager)
    assert printed.startswith("23 ")
