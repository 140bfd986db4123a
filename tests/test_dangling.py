"""The watch over left-over threads and timers sees each kind, and the line that started it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PyQt6.QtCore import QObject, QThread, QTimer
from pytestqt.qtbot import QtBot

from tests.dangling import Watch

HERE = Path(__file__).name


def test_thread_that_outlives_its_test_is_named_with_its_line() -> None:
    release = threading.Event()
    watch = Watch()
    with watch.on():
        thread = threading.Thread(target=release.wait, name="straggler")
        thread.start()
    (found,) = watch.leftovers(grace_s=0.01)
    release.set()
    thread.join()
    assert found.startswith("straggler still running, started by ")
    assert f"{HERE}:" in found


def test_thread_that_ends_within_the_grace_is_no_leftover() -> None:
    watch = Watch()
    with watch.on():
        thread = threading.Thread(target=lambda: None)
        thread.start()
    assert watch.leftovers() == []


def test_active_timer_is_named_and_stopped(qtbot: QtBot) -> None:
    watch = Watch()
    timer = QTimer()
    with watch.on():
        timer.start(1000)
    (found,) = watch.leftovers(grace_s=0.0)
    assert f"{HERE}:" in found
    assert not timer.isActive()


@pytest.mark.parametrize("kind", ["stopped", "deleted later"])
def test_timer_that_was_ended_is_no_leftover(qtbot: QtBot, kind: str) -> None:
    watch = Watch()
    parent = QObject()
    timer = QTimer(parent)
    with watch.on():
        timer.start(1000)
        if kind == "stopped":
            timer.stop()
        else:
            parent.deleteLater()
    assert watch.leftovers(grace_s=0.0) == []


def test_running_qthread_is_named_and_told_to_quit(qtbot: QtBot) -> None:
    watch = Watch()
    thread = QThread()
    with watch.on():
        thread.start()
    (found,) = watch.leftovers(grace_s=0.0)
    assert found.startswith("QThread still running")
    assert f"{HERE}:" in found
    assert thread.wait(5000)


def test_start_methods_are_restored() -> None:
    before = (threading.Thread.start, QThread.start, QTimer.start)
    with Watch().on():
        assert threading.Thread.start is not before[0]
    assert (threading.Thread.start, QThread.start, QTimer.start) == before


def test_home_is_the_tests_own(own_home: Path) -> None:
    assert Path.home() == own_home
    assert list((own_home / "config").iterdir()) == []
