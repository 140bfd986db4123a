"""The log tab: plain, bounded, from any thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from PyQt6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from live_monitor.ui.log_panel import MAX_LINES, LogPanel, PanelHandler
from live_monitor.ui.theme import Theme
from tests.ui.hands import click


def listeners(logger: logging.Logger) -> int:
    """How many panels listen; pytest has handlers of its own."""
    return sum(isinstance(handler, PanelHandler) for handler in logger.handlers)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of the test's own."""
    made = logging.getLogger("tests.log_panel")
    made.propagate = False
    made.setLevel(logging.DEBUG)
    yield made
    assert listeners(made) == 0


@pytest.fixture
def panel(qtbot: QtBot, dark: Theme, logger: logging.Logger) -> Iterator[LogPanel]:
    """Attached to the logger."""
    made = LogPanel(dark)
    qtbot.addWidget(made)
    made.attach(logger, logging.Formatter("%(levelname)s %(message)s"))
    yield made
    made.detach()


def test_lines_of_every_thread_arrive(qtbot: QtBot, panel: LogPanel, logger: logging.Logger) -> None:
    threads = [threading.Thread(target=logger.info, args=(f"line {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: panel.view.toPlainText().count("line") == 8, timeout=10_000)


def test_storm_is_bounded_and_keeps_the_newest(qtbot: QtBot, panel: LogPanel, logger: logging.Logger) -> None:
    def storm() -> None:
        for number in range(MAX_LINES + 500):
            logger.info("line %d", number)

    thread = threading.Thread(target=storm)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: f"line {MAX_LINES + 499}" in panel.view.toPlainText(), timeout=5000)
    assert panel.view.blockCount() <= MAX_LINES
    assert "line 0\n" not in panel.view.toPlainText()


def test_level_filter_applies_to_old_and_new_lines(qtbot: QtBot, panel: LogPanel, logger: logging.Logger) -> None:
    logger.info("quiet")
    logger.error("loud")
    qtbot.waitUntil(lambda: "loud" in panel.view.toPlainText(), timeout=10_000)
    errors = next(found for found in panel.findChildren(QToolButton) if found.text() == "Errors")
    click(errors)
    assert panel.view.toPlainText() == "ERROR loud"
    logger.warning("not shown")
    logger.error("shown")
    qtbot.waitUntil(lambda: "shown" in panel.view.toPlainText(), timeout=10_000)
    assert panel.view.toPlainText() == "ERROR loud\nERROR shown"


def test_markup_is_shown_as_it_is(qtbot: QtBot, panel: LogPanel, logger: logging.Logger) -> None:
    logger.info("<b>bold</b> <img src=file:///x>")
    qtbot.waitUntil(lambda: "<b>bold</b> <img" in panel.view.toPlainText(), timeout=10_000)


def test_debug_lines_are_left_out(qtbot: QtBot, panel: LogPanel, logger: logging.Logger) -> None:
    logger.debug("detail")
    logger.info("end")
    qtbot.waitUntil(lambda: "end" in panel.view.toPlainText(), timeout=10_000)
    assert "detail" not in panel.view.toPlainText()


def test_detached_panel_hears_nothing(panel: LogPanel, logger: logging.Logger) -> None:
    panel.detach()
    panel.detach()
    assert listeners(logger) == 0
    logger.info("nobody listens")


def test_second_attach_replaces_the_first(panel: LogPanel, logger: logging.Logger) -> None:
    panel.attach(logger)
    assert listeners(logger) == 1
