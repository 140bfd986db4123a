"""Tests give the application's looks back: one that leaves a theme in force changes sizes in those that follow."""

from __future__ import annotations

from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QApplication

from live_monitor.ui.theme import apply_theme, load_theme
from tests.looks import same_looks


def test_font_palette_and_style_sheet_are_what_they_were(qapp: QApplication) -> None:
    font, ground, sheet = qapp.font(), qapp.palette().color(QPalette.ColorRole.Window), qapp.styleSheet()
    with same_looks(qapp):
        apply_theme(qapp, load_theme("dark"))
        assert qapp.styleSheet() != sheet
        assert qapp.font() != font
    assert qapp.styleSheet() == sheet
    assert qapp.font() == font
    assert qapp.palette().color(QPalette.ColorRole.Window) == ground
