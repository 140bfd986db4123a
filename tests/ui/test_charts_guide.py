"""docs/guide/charts.md names what menus, keys and catalogue have, and the bounds that hold."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QAction

from live_monitor import limits
from live_monitor.chart_settings import MAX_STUDIES
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.chart_commands import chart_commands
from live_monitor.ui.charts.drawings.book import MAX_STEPS
from live_monitor.ui.charts.drawings.words import SHORTCUTS, TOOLS
from live_monitor.ui.main_window import MainWindow
from tests.architecture.conftest import CHECKOUT

PAGE = (CHECKOUT / "docs/guide/charts.md").read_text(encoding="utf-8")


@pytest.fixture
def actions(window: MainWindow) -> list[QAction]:
    """Every command of the chart."""
    return [window.actions_by_name[command.name] for command in chart_commands(window)]


def plain(action: QAction) -> str:
    """`candles` of `&Candles`, `bars` of `&Bars (OHLC)`."""
    return action.text().replace("&", "").partition(" (")[0].lower()


def test_every_command_of_the_chart_is_on_the_page(actions: list[QAction]) -> None:
    assert len(actions) > 40
    assert [plain(action) for action in actions if plain(action) not in PAGE.lower()] == []


def test_every_key_of_the_chart_is_on_the_page(actions: list[QAction]) -> None:
    keys = [key for action in actions if (key := action.shortcut().toString())]
    assert len(keys) > 12
    assert [key for key in keys if key not in PAGE] == []


def test_every_indicator_has_a_row_with_a_link_to_its_formula() -> None:
    assert [kind.title for kind in CATALOG.values() if f"| [{kind.title}](../indicators.md#" not in PAGE] == []


def test_every_tool_has_a_row_with_its_key() -> None:
    rows = [f"| {words.title} | {SHORTCUTS[kind]}".lower() for kind, words in TOOLS.items()]
    assert [row for row in rows if row not in PAGE.lower()] == []


def test_the_bounds_are_those_that_hold() -> None:
    most = f"{MAX_STUDIES} indicators, a symbol {limits.MAX_DRAWINGS:,} drawings"
    assert f"{most}, the program {limits.MAX_PRICE_ALERTS} price alerts" in PAGE
    assert f"{MAX_STEPS} steps" in PAGE
