"""Where bars begin and end; market rules 3.3, 3.4, 3.5."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_windows import window_of
from live_monitor.engine.market.sessions import us_equities

NEW_YORK = ZoneInfo("America/New_York")
MINUTE_MS = 60_000


def ms(text: str, zone: ZoneInfo = NEW_YORK) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def window(at: str, timeframe: str, *, extended: bool = True) -> tuple[str, str] | None:
    """The window in New York's clock, as `YYYY-MM-DD HH:MM`."""
    found = window_of(ms(at), Timeframe.parse(timeframe), us_equities(), extended=extended)
    if found is None:
        return None
    start, end = (f"{datetime.fromtimestamp(edge / 1000, NEW_YORK):%Y-%m-%d %H:%M}" for edge in found)
    return start, end


@pytest.mark.parametrize(
    ("at", "timeframe", "start", "end"),
    [
        ("2026-11-20 09:30:00", "1h", "09:30", "10:30"),
        ("2026-11-20 10:29:59.999", "1h", "09:30", "10:30"),
        ("2026-11-20 10:30:00", "1h", "10:30", "11:30"),
        ("2026-11-20 15:59:59", "1h", "15:30", "16:00"),
        ("2026-11-20 12:00:00", "4h", "09:30", "13:30"),
        ("2026-11-20 14:00:00", "4h", "13:30", "16:00"),
        ("2026-11-20 09:40:00", "7m", "09:37", "09:44"),
        ("2026-11-27 12:45:00", "1h", "12:30", "13:00"),
        ("2026-11-27 12:00:00", "4h", "09:30", "13:00"),
    ],
)
def test_regular_windows_are_counted_from_the_open_and_cut_at_the_close(
    at: str, timeframe: str, start: str, end: str
) -> None:
    day = at[:10]
    assert window(at, timeframe, extended=False) == (f"{day} {start}", f"{day} {end}")
