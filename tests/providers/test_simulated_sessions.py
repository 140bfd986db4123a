from __future__ import annotations

from datetime import date

import pytest

from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import StartError
from live_monitor.providers.simulated_sessions import Sessions

FRIDAY_TEN = 1_795_186_800_000
HOUR = 3_600_000


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(us_equities())


def test_a_session_counts_seconds_from_four_in_new_york(sessions: Sessions) -> None:
    friday = sessions.on(date(2026, 11, 20))
    assert friday.origin_ms == 1_795_165_200_000
    assert (friday.open_s, friday.close_s, friday.seconds) == (19_800, 43_200, 57_600)
    assert friday.end_ms == 1_795_165_200_000 + 16 * HOUR
    assert friday.previous == date(2026, 11, 19)


def test_a_half_day_ends_early(sessions: Sessions) -> None:
    half = sessions.on(date(2026, 11, 27))
    assert (half.close_s, half.seconds) == (32_400, 46_800)
    assert half.previous == date(2026, 11, 25)


@pytest.mark.parametrize("hours_later", [0, 10, 17.9, 20, 48, 65.9])
def test_until_is_the_last_session_that_began(sessions: Sessions, hours_later: float) -> None:
    assert sessions.until(FRIDAY_TEN + int(hours_later * HOUR)).day == date(2026, 11, 20)


def test_until_moves_on_when_the_next_session_begins(sessions: Sessions) -> None:
    monday = sessions.on(date(2026, 11, 23))
    assert sessions.until(monday.origin_ms - 1).day == date(2026, 11, 20)
    assert sessions.until(monday.origin_ms) == monday


def test_after_skips_weekends_and_holidays(sessions: Sessions) -> None:
    wednesday = sessions.on(date(2026, 11, 25))
    friday = sessions.after(wednesday)
    assert friday is not None
    assert friday.day == date(2026, 11, 27)
    monday = sessions.after(friday)
    assert monday is not None
    assert monday.day == date(2026, 11, 30)


def test_nothing_comes_after_the_last_day_of_the_table(sessions: Sessions) -> None:
    assert sessions.after(sessions.until(1_924_970_400_000)) is None  # 2030-12-31


@pytest.mark.parametrize("day", [date(1999, 5, 3), date(2040, 5, 3), date(2026, 11, 26)])
def test_a_day_without_trading_is_refused(sessions: Sessions, day: date) -> None:
    with pytest.raises(StartError, match=str(day)):
        sessions.on(day)


def test_a_moment_before_the_table_is_refused(sessions: Sessions) -> None:
    with pytest.raises(StartError):
        sessions.until(946_684_800_000)  # 2000-01-01
