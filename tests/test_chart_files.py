"""Files of the chart: asked for without stopping the market, whole or not at all, and read back as they were."""

from __future__ import annotations

import asyncio
import csv
import math
import os
import stat
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from live_monitor.data.models.timeframe import MINUTE
from live_monitor.ui.charts.pointer import MenuPoint
from tests.whole_desk import NOW, WholeDesk


@pytest.fixture
def at_work(whole: WholeDesk, monkeypatch: pytest.MonkeyPatch) -> WholeDesk:
    """Coroutines that are spawned run to their end at once, on a loop of their own."""

    def spawn(coroutine: Coroutine[Any, Any, None], name: str) -> Any:
        asyncio.run(coroutine)
        return lambda: None

    monkeypatch.setattr(whole.desktop, "spawn", spawn)
    return whole


def dialog(whole: WholeDesk) -> QFileDialog:
    """The one that is open, which does not stop the market."""
    (found,) = [each for each in whole.window.findChildren(QFileDialog) if each.isVisible()]
    return found


def choose(whole: WholeDesk, path: Path) -> None:
    asked = dialog(whole)
    asked.fileSelected.emit(str(path))
    asked.close()


def test_a_picture_is_what_was_seen_when_it_was_asked_for(whole: WholeDesk, tmp_path: Path) -> None:
    seen = whole.chart.chart.image()
    whole.window.actions_by_name["image_export"].trigger()
    assert dialog(whole).selectedFiles()[0].endswith("AAPL-1m.png")
    whole.wishes.kind_requested.emit("line")
    choose(whole, tmp_path / "chart.png")
    written = QImage(str(tmp_path / "chart.png"))
    assert written.size() == seen.size()
    assert written.convertToFormat(seen.format()) == seen
    assert str(tmp_path / "chart.png") in whole.told[-1]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_who_may_read_an_export_is_for_the_umask_to_say(whole: WholeDesk, tmp_path: Path) -> None:
    previous = os.umask(0o022)
    try:
        whole.window.actions_by_name["image_export"].trigger()
        choose(whole, tmp_path / "chart.png")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "chart.png").stat().st_mode) == 0o644


def test_a_picture_goes_to_the_clipboard(whole: WholeDesk) -> None:
    whole.window.actions_by_name["image_copy"].trigger()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.image().size() == whole.chart.chart.image().size()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_bars_and_values_of_indicators_come_back_as_they_were(at_work: WholeDesk, tmp_path: Path, ending: str) -> None:
    whole, path = at_work, tmp_path / f"bars.{ending}"
    whole.wishes.study_added.emit("sma")
    whole.stream("AAPL", [200.0 + number for number in range(20)], NOW + 600_000)
    series = whole.hub.series(MINUTE)
    closes, average = series.close.tolist(), whole.desk.chart.studies.studies[0].lines()[0].tolist()
    whole.window.actions_by_name["data_export"].trigger()
    # What streams on, or another symbol, is not what was asked for.
    whole.stream("AAPL", [1.0], NOW + 1_800_000)
    whole.window.symbol_requested.emit("MSFT")
    choose(whole, path)
    if ending == "csv":
        with path.open(newline="") as stream:
            rows = [(float(row["close"]), row["SMA 20"]) for row in csv.DictReader(stream)]
        found = [(close, float(value) if value else math.nan) for close, value in rows]
    else:
        sheet = openpyxl.load_workbook(path)["bars"]
        header, *cells = sheet.iter_rows(values_only=True)
        at, beside = header.index("close"), header.index("SMA 20")
        found = [(row[at], math.nan if row[beside] is None else row[beside]) for row in cells]
    assert [close for close, _ in found] == closes
    assert [value for _, value in found] == pytest.approx(average, nan_ok=True, abs=0)
    assert sum(math.isfinite(value) for value in average) == len(closes) - 19 > 0
    assert f"{len(closes)} bars" in whole.told[-1]
    assert sorted(tmp_path.glob(".*")) == []


def test_an_indicator_that_is_hidden_has_no_column(at_work: WholeDesk, tmp_path: Path) -> None:
    for kind in ("sma", "ema"):
        at_work.wishes.study_added.emit(kind)
    at_work.wishes.study_toggled.emit(at_work.desk.chart.studies.studies[-1].choice.id)
    at_work.window.actions_by_name["data_export"].trigger()
    choose(at_work, tmp_path / "bars.csv")
    header = (tmp_path / "bars.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert "SMA 20" in header
    assert not [name for name in header if "EMA" in name]


def test_without_bars_there_is_nothing_to_export(whole: WholeDesk) -> None:
    whole.window.symbol_requested.emit("MSFT")
    whole.frame()
    whole.window.actions_by_name["data_export"].trigger()
    assert whole.told == ["There are no bars to export yet."]


@pytest.mark.parametrize("name", ["data_export", "image_export", "drawings_export"])
def test_p4_what_cannot_be_written_is_told_and_leaves_the_old_file(
    at_work: WholeDesk, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "a file in the way"
    folder.write_bytes(b"old")
    at_work.window.actions_by_name[name].trigger()
    choose(at_work, folder / "out.csv")
    assert "out.csv cannot be written" in at_work.told[-1]
    assert folder.read_bytes() == b"old"


def test_drawings_go_to_a_file_and_come_back_from_it(whole: WholeDesk, tmp_path: Path) -> None:
    book = whole.chart.chart.drawings.easel
    for price in (103.0, 104.0):
        whole.wishes.line_requested.emit("horizontal", MenuPoint(QPoint(), NOW, price, "price"))
    before = book.book.drawings
    whole.window.actions_by_name["drawings_export"].trigger()
    choose(whole, tmp_path / "lines.json")
    whole.window.actions_by_name["clear_drawings"].trigger()
    whole.window.actions_by_name["drawings_import"].trigger()
    choose(whole, tmp_path / "lines.json")
    assert whole.told[-1].startswith("2 drawings loaded")
    assert [(each.kind, each.anchors) for each in book.book.drawings] == [(each.kind, each.anchors) for each in before]


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00\xff" * 100, b"[1, 2"])
def test_a_file_that_holds_no_drawings_is_told_and_changes_nothing(
    whole: WholeDesk, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "odd.json").write_bytes(content)
    whole.window.actions_by_name["drawings_import"].trigger()
    choose(whole, tmp_path / "odd.json")
    assert len(whole.told) == 1
    whole.window.actions_by_name["drawings_import"].trigger()
    choose(whole, tmp_path / "none.json")
    assert "none.json cannot be read" in whole.told[-1]
    assert whole.chart.chart.drawings.easel.book.drawings == ()


def test_a_table_is_proposed_under_the_ending_of_its_kind(whole: WholeDesk, qtbot: QtBot) -> None:
    whole.window.actions_by_name["data_export"].trigger()
    asked = dialog(whole)
    assert not asked.testOption(QFileDialog.Option.ReadOnly)
    assert asked.defaultSuffix() == "csv"
    asked.filterSelected.emit("Excel workbook (*.xlsx)")
    assert asked.defaultSuffix() == "xlsx"
    asked.close()
