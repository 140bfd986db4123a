"""Shared fixtures. Every test runs offscreen, in random order, in a home of its own, and leaves nothing running."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from live_monitor.chart_settings import ChartSettings
from live_monitor.clock import ManualClock
from live_monitor.settings import Settings
from tests.dangling import Watch

if TYPE_CHECKING:
    from PyQt6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.whole_desk import WholeDesk

# The same examples on every machine, and no time limit of Hypothesis' own: a slow runner is not a bug.
_UNHURRIED = [HealthCheck.too_slow]
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=_UNHURRIED)
settings.register_profile("explore", deadline=None, max_examples=2000, suppress_health_check=_UNHURRIED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

#: Where programs look for a user's files, on every system.
_HOMES = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_CACHE_HOME": "cache",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "run",
}


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no test reads or writes the user's files. Child processes inherit it."""
    home = tmp_path_factory.mktemp("home")
    for variable, folder in _HOMES.items():
        path = home / folder
        # Qt refuses a runtime folder that others can read.
        path.mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setenv(variable, str(path))
    return home


@pytest.fixture(autouse=True)
def nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test that leaves a thread or a timer running and prints the line that started it.

    `@pytest.mark.leaves_running(reason="…")` lets one test do so.
    """
    watch = Watch()
    with watch.on():
        yield
    if request.node.get_closest_marker("leaves_running"):
        return
    leftovers = watch.leftovers()
    if leftovers:
        pytest.fail("left running by this test:\n  " + "\n  ".join(leftovers), pytrace=False)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recorded data beside the checkout; it never enters the project."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no recorded data beside the checkout: {folder} is absent")
    return folder


@pytest.fixture
def manual_clock() -> ManualClock:
    """A clock that moves only when the test says so."""
    return ManualClock()


@pytest.fixture
def whole(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[WholeDesk]:
    """The desktop put together, shown, with its chart and a hub that has ten minutes of AAPL."""
    # Tests without a window need not load the chart.
    from tests.whole_desk import WholeDesk

    qapp.setQuitOnLastWindowClosed(False)
    made = WholeDesk(tmp_path, qapp, Settings(chart=ChartSettings(studies=[])))
    made.open(qtbot)
    made.stream("AAPL", [100.0 + number for number in range(10)])
    yield made
    made.close(qtbot)
