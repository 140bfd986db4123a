"""Wall clocks: New York's, and the one beside the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from live_monitor.ui.charts.wall_clock import NEW_YORK, machine_clock

HOUR = 3_600_000
SUMMER = int(datetime(2021, 7, 1, 12, tzinfo=ZoneInfo("UTC")).timestamp() * 1000)
WINTER = int(datetime(2021, 1, 4, 12, tzinfo=ZoneInfo("UTC")).timestamp() * 1000)

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="only a system with tzset changes its zone")


@pytest.fixture
def machine_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()
    assert os.environ.get("TZ") != "Asia/Kolkata"


@pytest.mark.parametrize(("zone", "summer", "winter", "told"), [
    ("Europe/Berlin", 2.0, 1.0, "UTC+2"), ("Asia/Kolkata", 5.5, 5.5, "UTC+5:30"),
    ("America/Los_Angeles", -7.0, -8.0, "UTC−7"), ("UTC", 0.0, 0.0, "UTC+0"),
])  # fmt: skip
def test_the_machines_clock_follows_its_zone_and_summer_time(
    machine_in: Callable[[str], None], zone: str, summer: float, winter: float, told: str
) -> None:
    machine_in(zone)
    wall = machine_clock()
    assert wall.ms(SUMMER) - SUMMER == round(summer * HOUR)
    assert wall.ms(WINTER) - WINTER == round(winter * HOUR)
    assert wall.walls(np.array([WINTER, SUMMER])).tolist() == [wall.ms(WINTER), wall.ms(SUMMER)]
    assert wall.told_at(SUMMER) == told


def test_new_york_says_its_name_and_years_without_a_calendar_have_a_time() -> None:
    assert NEW_YORK.told_at(SUMMER) == "New York"
    assert NEW_YORK.ms(-(10**15)) == -(10**15) - 5 * HOUR
