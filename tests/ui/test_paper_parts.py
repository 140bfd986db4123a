"""Small parts of the panels: badge, chips, figures, buttons, and what is kept of a frame's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.engine.market.sessions import hms
from live_monitor.ui.account_panel import AccountPanel
from live_monitor.ui.blotter import Blotter
from live_monitor.ui.charts.ink import TEXT_CONTRAST, contrast
from live_monitor.ui.chips import Chip, Chips
from live_monitor.ui.deed_button import DeedButton
from live_monitor.ui.figure_list import LINE_HEIGHT, TWO_FROM, Figure, FigureList
from live_monitor.ui.fills_table import FillsPanel
from live_monitor.ui.order_ticket import OrderTicket
from live_monitor.ui.paper_badge import PaperBadge, badge_width, paint_badge
from live_monitor.ui.positions_table import PositionsPanel
from live_monitor.ui.theme import THEME_NAMES, Theme, load_theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import busy_paper
from tests.ui.hands import click, double_click, press

#: Of one frame; goal on an idle machine is 2 ms, and a busy one may take longer.
BOUND_S = 0.002


def colours(image: QImage) -> set[str]:
    """Every colour of a picture."""
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def test_badge_is_painted_in_the_warning_colour(
    qtbot: QtBot, theme: Theme, picture: Callable[[QWidget], QImage]
) -> None:
    badge = PaperBadge(theme)
    qtbot.addWidget(badge)
    badge.resize(badge.sizeHint())
    assert theme.color("warning").name() in colours(picture(badge))


def test_badge_on_another_surface_ends_where_it_is_told(qapp: QApplication, dark: Theme) -> None:
    image = QImage(120, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.black)
    painter = QPainter(image)
    left = paint_badge(painter, 110.0, 15.0, dark)
    painter.end()
    assert left == pytest.approx(110.0 - badge_width(dark), abs=1.0)
    assert dark.color("warning").name() in colours(image.copy(int(left), 0, 120 - int(left), 30))
    assert colours(image.copy(112, 0, 8, 30)) == {"#000000"}


@pytest.mark.parametrize("safe", [False, True])
@pytest.mark.parametrize("name", THEME_NAMES)
def test_words_on_the_panels_can_be_read(name: str, safe: bool) -> None:
    theme = load_theme(name, colour_blind_safe=safe)
    pairs = [
        ("on_accent", "up"),
        ("on_accent", "down"),
        ("muted", "raised"),
        ("warning", "panel"),
        ("text", "selection"),
    ]
    pairs += [(role, "panel") for role in ("text", "muted", "accent", "up", "down")]
    found = {pair: contrast(theme.color(pair[0]), theme.color(pair[1])) for pair in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < TEXT_CONTRAST} == {}


def test_chips_hold_one_value_and_tell_the_hand_only(qtbot: QtBot) -> None:
    chips = Chips("Size by", (Chip("a", "A", "first"), Chip("b", "B", "second")))
    qtbot.addWidget(chips)
    chips.resize(200, 30)
    chips.show()
    spy = QSignalSpy(chips.chosen)
    assert chips.value == "a"
    chips.set_value("b")
    assert (chips.value, len(spy)) == ("b", 0)
    click(chips.buttons["a"])
    assert (chips.value, spy[0][0]) == ("a", "a")
    assert chips.buttons["a"].accessibleName() == "Size by: A"


def test_deed_button_that_is_blocked_keeps_the_keyboard_and_says_why(qtbot: QtBot) -> None:
    button = DeedButton("Cancel", "Cancel it")
    qtbot.addWidget(button)
    button.show()
    done, refused = QSignalSpy(button.done), QSignalSpy(button.refused)
    button.block("Choose an order.")
    press(button, Qt.Key.Key_Space)
    assert button.isEnabled()
    assert (len(done), refused[0][0], button.toolTip()) == (0, "Choose an order.", "Choose an order.")
    button.block("")
    click(button)
    double_click(button)
    assert (len(done), button.toolTip()) == (1, "Cancel it")


def test_figures_stand_in_two_columns_where_there_is_room(
    qtbot: QtBot, dark: Theme, picture: Callable[[QWidget], QImage]
) -> None:
    figures = FigureList("Account", dark)
    qtbot.addWidget(figures)
    figures.show()
    figures.show_figures([Figure(f"Caption {number}", f"{number}.00") for number in range(5)])
    figures.resize(TWO_FROM - 1, 10)
    assert figures.height() == 5 * LINE_HEIGHT
    figures.resize(TWO_FROM, 10)
    assert figures.height() == 3 * LINE_HEIGHT
    assert "Caption 4 4.00" in figures.accessibleDescription()
    assert figures.value("Caption 2") == "2.00"
    assert figures.value("none") == ""
    before = picture(figures)
    figures.show_figures([Figure(f"Caption {number}", f"{number}.01") for number in range(5)])
    assert picture(figures) != before


def test_figure_under_the_pointer_is_explained(qtbot: QtBot, dark: Theme) -> None:
    figures = FigureList("Account", dark, columns=1)
    qtbot.addWidget(figures)
    figures.show_figures([Figure("Cash", "1.00"), Figure("Fees", "2.00", hint="of today")])
    figures.resize(200, 10)
    found = figures._figure_at(QPoint(20, LINE_HEIGHT + 3).x(), LINE_HEIGHT + 3)
    assert found is not None
    assert found.hint == "of today"
    assert figures._figure_at(20, 9_999) is None


def best_of(run: Callable[[], object], rounds: int = 20) -> float:
    """Seconds of the fastest round: what the work takes when nobody else is busy."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        took.append(time.perf_counter() - began)
    return min(took)


def test_a_frame_with_200_orders_and_2000_fills_takes_two_milliseconds_at_most(
    qtbot: QtBot, dark: Theme, manual_clock: ManualClock
) -> None:
    paper = busy_paper(200, 2_000)
    ticket = OrderTicket(dark, manual_clock, lambda: "c1")
    panels: list[Any] = [Blotter(dark, hms), FillsPanel(dark, hms), PositionsPanel(dark), AccountPanel(dark)]
    for panel in (*panels, ticket):
        qtbot.addWidget(panel)
        panel.resize(900, 300)
        panel.show()

    def frame() -> None:
        for panel in panels:
            panel.refresh(paper, TEN)
        ticket.refresh(paper, "AAPL", TEN)

    def frame_of_a_market_that_moved() -> None:
        paper.touch()
        frame()

    frame()
    assert best_of(frame) < BOUND_S / 10, "nothing changed at all"
    assert best_of(frame_of_a_market_that_moved) < BOUND_S, "only the version rose"
