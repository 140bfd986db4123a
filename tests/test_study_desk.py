"""Indicators come onto the chart by menu, page and settings, and stay for the next start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.chart_settings import MAX_STUDIES, ChartSettings
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.settings import Settings, SettingsStore
from live_monitor.ui.charts.studies.dialog import StudiesDialog
from tests.whole_desk import WholeDesk


def kept(whole: WholeDesk) -> list[str]:
    whole.keeper.save_now()
    return [study["id"] for study in SettingsStore(whole.store.path).load().settings.chart.studies]


def labels(whole: WholeDesk) -> list[str]:
    return [study.label for study in whole.desk.chart.studies.studies]


@pytest.mark.parametrize("kind", CATALOG)
def test_every_indicator_can_be_added_by_its_command_and_is_kept(whole: WholeDesk, kind: str) -> None:
    whole.window.actions_by_name[f"study_{kind}"].trigger()
    assert [study.kind.name for study in whole.desk.chart.studies.studies] == [kind]
    assert kept(whole) == [f"{kind}-1"]
    whole.frame()
    assert not whole.chart.chart.image().isNull()


def test_an_indicator_is_hidden_and_shown_from_the_tool_bar(whole: WholeDesk) -> None:
    whole.wishes.study_added.emit("sma")
    whole.frame()
    shown = whole.chart.chart.image()
    whole.window.tool_bar.chart.study_toggled.emit("sma-1")
    assert [study.choice.shown for study in whole.desk.chart.studies.studies] == [False]
    assert not whole.window.tool_bar.chart.indicators.isChecked()
    whole.window.tool_bar.chart.study_toggled.emit("sma-1")
    whole.frame()
    assert whole.chart.chart.image() == shown


def test_an_indicator_that_stays_as_it_is_keeps_what_it_has_counted(whole: WholeDesk) -> None:
    whole.wishes.study_added.emit("sma")
    first = whole.desk.chart.studies.studies[0]
    whole.wishes.study_added.emit("rsi")
    assert whole.desk.chart.studies.studies[0] is first
    whole.wishes.study_toggled.emit("sma-1")
    assert whole.desk.chart.studies.studies[0] is first, "hidden, and shown again, it need not count anew"


def test_more_than_a_chart_holds_is_told_and_changes_nothing(whole: WholeDesk) -> None:
    for _ in range(MAX_STUDIES + 1):
        whole.wishes.study_added.emit("ema")
    assert len(labels(whole)) == MAX_STUDIES
    assert str(MAX_STUDIES) in whole.told[-1]


def test_the_page_applies_at_once_follows_the_menu_and_opens_once(whole: WholeDesk) -> None:
    whole.window.actions_by_name["studies"].trigger()
    whole.window.actions_by_name["studies"].trigger()
    (page,) = whole.window.findChildren(StudiesDialog)
    assert not page.isModal()
    whole.wishes.study_added.emit("atr")
    assert [choice.kind for choice in page.choices] == ["atr"]
    page.changed.emit([])
    assert labels(whole) == []
    assert kept(whole) == []
    page.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    whole.window.actions_by_name["studies"].trigger()
    assert len([page for page in whole.window.findChildren(StudiesDialog) if page.isVisible()]) == 1


def test_a_kept_indicator_that_is_none_any_more_is_told_and_costs_no_other(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    studies: list[dict[str, Any]] = [
        {"id": "a", "kind": "sma", "parameters": {"length": 50}},
        {"id": "b", "kind": "crystal ball"},
        {"id": "c", "kind": "rsi", "parameters": {"length": -3}},
    ]
    whole = WholeDesk(tmp_path, qapp, Settings(chart=ChartSettings(studies=studies)))
    whole.open(qtbot)
    assert labels(whole) == ["SMA 50"]
    assert len(whole.told) == 2
    assert "crystal ball" in whole.told[0]
    whole.close(qtbot)


def test_at_the_first_start_volume_has_its_average(qtbot: QtBot, tmp_path: Path, qapp: QApplication) -> None:
    whole = WholeDesk(tmp_path, qapp)
    whole.open(qtbot)
    assert labels(whole) == ["Vol avg 20"]
    whole.close(qtbot)
