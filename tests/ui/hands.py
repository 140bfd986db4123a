"""Keyboard and mouse of a test; the stubs of QTest do not fit its static methods."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget

_test: Any = QTest


def type_text(widget: QWidget | None, text: str) -> None:
    """Types each character."""
    _test.keyClicks(widget, text)


def press(widget: QWidget | None, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Presses and releases one key."""
    _test.keyClick(widget, key, modifier)


def click(widget: QWidget | None, at: QPoint | None = None) -> None:
    """Clicks with the left button, in the middle or at a place."""
    _mouse("mouseClick", widget, at)


def double_click(widget: QWidget | None, at: QPoint | None = None) -> None:
    """Double-clicks with the left button."""
    _mouse("mouseDClick", widget, at)


def button_down(widget: QWidget | None, at: QPoint | None = None) -> None:
    """Presses the left button and keeps it down."""
    _mouse("mousePress", widget, at)


def button_up(widget: QWidget | None, at: QPoint | None = None) -> None:
    """Lets the left button go."""
    _mouse("mouseRelease", widget, at)


def _mouse(action: str, widget: QWidget | None, at: QPoint | None) -> None:
    place = {} if at is None else {"pos": at}
    getattr(_test, action)(widget, Qt.MouseButton.LeftButton, **place)
