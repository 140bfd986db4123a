"""What tests of Polygon's REST service share: an instant, and a client of a fake one."""

from __future__ import annotations

from typing import Any

from live_monitor.clock import Clock, ManualClock, SystemClock
from live_monitor.providers.polygon_door import DoorTiming
from live_monitor.providers.polygon_rest import PolygonRest
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd

#: Friday 2026-11-20, 04:00, 09:30 and 20:00 in New York.
PRE, OPEN, POST_END = 1_795_165_200_000, 1_795_185_000_000, 1_795_222_800_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
QUICK = DoorTiming(connect_s=2.0, read_s=1.0, whole_s=2.0)


def rest_of(far: FarEnd, *, clock: Clock | None = None, key: str = "TESTKEY", **options: Any) -> PolygonRest:
    """A client of the fake service that does not wait for long."""
    pace = options.pop("requests_per_minute", 600_000)
    chosen = clock or SystemClock()
    timing = options.pop("timing", QUICK)
    return PolygonRest(Secret(key), far.rest, clock=chosen, timing=timing, requests_per_minute=pace, **options)


def at(ms: int) -> ManualClock:
    """A clock that stands at `ms`."""
    return ManualClock(ms)
