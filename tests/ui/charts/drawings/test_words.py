"""What tools and drawings are called."""

from __future__ import annotations

import pytest

from live_monitor.ui.chart_commands import TOOLS as OFFERED
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS
from live_monitor.ui.charts.drawings.words import POINTER, SHORTCUTS, TOOLS, hint, row_of, spoken, title_of
from tests.ui.charts.drawings.samples import MINUTE, at, drawing


def test_every_kind_has_a_tool_that_asks_for_each_of_its_points() -> None:
    assert tuple(TOOLS) == KINDS
    assert {kind: len(words.asks) for kind, words in TOOLS.items()} == ANCHORS


def test_menus_offer_the_same_tools_under_the_same_names_and_keys() -> None:
    assert list(OFFERED) == [POINTER, *TOOLS]
    assert [named.text.replace("&", "") for named in OFFERED.values()] == [title_of(tool) for tool in OFFERED]
    assert [SHORTCUTS[tool] for tool in OFFERED] == [f"Alt+{number}" for number in range(9)]


@pytest.mark.parametrize(
    ("placed", "magnet", "expected"),
    [
        (0, False, "Trend line: first point · Esc cancels"),
        (1, True, "Trend line: second point · magnet · Esc cancels"),
    ],
)
def test_a_hint_names_tool_point_and_the_way_out(placed: int, magnet: bool, expected: str) -> None:
    assert hint("trend", placed, magnet=magnet) == expected


def test_a_drawing_is_said_with_its_points_state_and_place() -> None:
    line = drawing("trend", at(0, 99.5), at(12, 100.25), locked=True, text="since open")
    assert spoken(line, MINUTE, place=(2, 5)) == (
        "Trend line “since open”, 99.50 at Mon 1 Mar 10:00 to 100.25 at Mon 1 Mar 10:12, locked, 2 of 5"
    )
    assert spoken(drawing("horizontal", at(0, 99.5)), MINUTE) == "Horizontal line, at 99.50"
    assert spoken(drawing("vertical", at(1, 99.5)), MINUTE) == "Vertical line, Mon 1 Mar 10:01"


def test_a_row_names_kind_text_prices_and_state() -> None:
    assert row_of(drawing("trend", at(0, 99.5), at(12, 0.4312))) == "Trend line  99.50 → 0.4312"
    assert row_of(drawing("vertical", at(1, 99.5), hidden=True)) == "Vertical line  Mon 1 Mar 10:01  (hidden)"
    assert row_of(drawing("text", at(1, 99.5), text="news", locked=True, hidden=True)) == "Text  news  (hidden, locked)"
