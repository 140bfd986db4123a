"""The first paint is noticed once."""

from __future__ import annotations

import asyncio
import sys

import pytest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.runtime.first_paint import FirstPaint


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells when a process was started")
def test_the_time_of_the_first_paint_is_kept(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    first = FirstPaint(widget)
    assert isinstance(first.painted, asyncio.Event)
    assert not first.painted.is_set()
    widget.show()
    qtbot.waitUntil(first.painted.is_set)
    assert first.after_ms > 0
    kept = first.after_ms
    widget.repaint()
    assert first.after_ms == kept
