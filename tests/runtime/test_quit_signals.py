"""Signals become an orderly end; a second one ends at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.runtime.quit_signals import QuitSignals

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows cannot send itself these signals")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_u5_a_signal_reaches_the_loop_and_handlers_come_back(qtbot: QtBot, name: str) -> None:
    number = signal.Signals[name]
    before = signal.getsignal(number)
    signals = QuitSignals()
    signals.install()
    heard: list[str] = []
    armed: list[bool] = []
    signals.attach(heard.append, lambda: armed.append(True))
    try:
        os.kill(os.getpid(), number)
        qtbot.waitUntil(lambda: heard == [name], timeout=5000)
        assert armed == [True]
    finally:
        signals.close()
    assert signal.getsignal(number) is before
    assert signal.set_wakeup_fd(-1) == -1


def test_u5_a_signal_that_came_before_qt_is_remembered(qtbot: QtBot) -> None:
    signals = QuitSignals()
    signals.install()
    heard: list[str] = []
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        qtbot.waitUntil(lambda: signals.received == "SIGTERM", timeout=5000)
        armed: list[bool] = []
        signals.attach(heard.append, lambda: armed.append(True))
        assert armed == [True]
        qtbot.waitUntil(lambda: heard == ["SIGTERM"], timeout=5000)
    finally:
        signals.close()


_STUCK = """
import os, signal, threading
from PyQt6.QtCore import QCoreApplication, QSemaphore
from live_monitor.runtime.quit_signals import QuitSignals
application = QCoreApplication([])
signals = QuitSignals()
signals.install()
signals.attach(print, lambda: os._exit(7))
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
QSemaphore(0).acquire()
"""


def test_u5_a_main_thread_that_is_stuck_inside_c_still_hears_of_it() -> None:
    # Python would run a handler of its own only after the call has returned, which it never does.
    done = subprocess.run([sys.executable, "-c", _STUCK], cwd=CHECKOUT, timeout=30, check=False)
    assert done.returncode == 7


_STUBBORN = """
import os, signal, time
from live_monitor.runtime.quit_signals import QuitSignals
signals = QuitSignals()
signals.install()
os.kill(os.getpid(), signal.SIGTERM)
print("still here", flush=True)
os.kill(os.getpid(), signal.SIGINT)
time.sleep(30)
"""


def test_u5_a_second_signal_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _STUBBORN], cwd=CHECKOUT, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.stdout == "still here\n"
    assert done.returncode == 128 + signal.SIGINT
