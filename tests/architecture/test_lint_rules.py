"""ruff's settings ban what the architecture bans, where it bans it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.conftest import CHECKOUT


def banned(path: str, code: str) -> bool:
    """True when ruff would refuse `code` in the file `path`, which need not exist, for a banned name."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"]
    done = subprocess.run(
        [*command, "--stdin-filename", path, "-"], cwd=CHECKOUT, input=code, capture_output=True, text=True, check=False
    )
    return "TID251" in done.stdout


WIDGETS = "from PyQt6.QtWidgets import QLabel\n\nQLabel()\n"
GUI = "from PyQt6 import QtGui\n\nQtGui.QColor()\n"
GRAPH = "import pyqtgraph\n\npyqtgraph.mkPen()\n"
WALL = "import time\n\ntime.time()\n"
STEADY = "from time import monotonic\n\nmonotonic()\n"
NOW = "from datetime import datetime\n\ndatetime.now()\n"
EVENTS = "from PyQt6.QtCore import QCoreApplication\n\nQCoreApplication.processEvents()\n"


@pytest.mark.parametrize("code", [WIDGETS, GUI, GRAPH, WALL, STEADY, NOW, EVENTS])
@pytest.mark.parametrize("folder", ["data", "engine", "server", "runtime"])
def test_widgets_and_clocks_are_banned_outside_their_homes(folder: str, code: str) -> None:
    assert banned(f"live_monitor/{folder}/newcomer.py", code)


@pytest.mark.parametrize("code", [WIDGETS, GUI, GRAPH])
@pytest.mark.parametrize("path", ["live_monitor/ui/charts/newcomer.py", "live_monitor/app.py"])
def test_widgets_are_at_home_in_the_desktop(path: str, code: str) -> None:
    assert not banned(path, code)


@pytest.mark.parametrize("code", [WALL, STEADY])
def test_clock_module_reads_the_clocks(code: str) -> None:
    assert not banned("live_monitor/clock.py", code)


def test_measuring_ourselves_is_allowed() -> None:
    assert not banned("live_monitor/data/newcomer.py", "import time\n\ntime.perf_counter()\n")
