"""Clock, session and pill at any width."""

from __future__ import annotations

from itertools import pairwise

from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from live_monitor.ui.session_bar import SessionBar
from live_monitor.ui.theme import Theme
from live_monitor.ui.trust import Pill


def bar(qtbot: QtBot, theme: Theme, state: str = "open") -> SessionBar:
    made = SessionBar(theme)
    qtbot.addWidget(made)
    made.show_session("10:00:00", state, Pill("SIMULATED", "accent", ""))
    return made


def picture(made: SessionBar, width: int) -> QImage:
    made.resize(width, 32)
    return made.grab().toImage()


def test_it_needs_less_the_less_it_says(qtbot: QtBot, theme: Theme) -> None:
    made = bar(qtbot, theme)
    assert all(wide > narrow for wide, narrow in pairwise(made.widths))
    assert made.sizeHint().width() == made.widths[0]
    assert made.minimumSizeHint().width() == made.widths[-1]


def test_each_width_says_as_much_as_fits_and_what_is_said_stays_whole(qtbot: QtBot, theme: Theme) -> None:
    made = bar(qtbot, theme)
    for wider in made.widths[:-1]:
        # A pixel less than this level needs: its words would be cut at the left edge.
        shown = picture(made, wider - 1)
        assert len({shown.pixel(0, y) for y in range(32)}) == 1, wider


def test_the_session_is_told_in_full_however_little_is_shown(qtbot: QtBot, theme: Theme) -> None:
    made = bar(qtbot, theme, "post")
    made.resize(made.minimumSizeHint())
    assert made.accessibleDescription() == "SIMULATED, After hours"
