"""Dates and times of the command line mean the exchange's days and clock."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

import pytest

from live_monitor.cli.periods import moment, period
from live_monitor.engine.market.sessions import cme_equity_futures, us_equities

US = us_equities()


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_day_is_meant_whole() -> None:
    assert period(moment("2026-11-20"), moment("2026-11-20"), US) == (utc("2026-11-20 05:00"), utc("2026-11-21 05:00"))


def test_a_day_on_which_the_clocks_change_has_its_own_length() -> None:
    first, last = period(moment("2026-11-01"), moment("2026-11-01"), US)
    assert last - first == 25 * 3_600_000


def test_a_trading_day_may_begin_the_evening_before() -> None:
    first, last = period(moment("2026-11-20"), moment("2026-11-20"), cme_equity_futures())
    assert (first, last) == (utc("2026-11-19 23:00"), utc("2026-11-20 23:00"))


@pytest.mark.parametrize(
    "text", ["2026-11-20T09:30", "2026-11-20 09:30:00", "2026-11-20T14:30Z", "2026-11-20T15:30+01:00"]
)
def test_an_instant_is_on_the_clock_of_the_exchange_unless_it_names_a_zone(text: str) -> None:
    assert moment(text).start_ms(US) == moment(text).end_ms(US) == utc("2026-11-20 14:30")


@pytest.mark.parametrize(
    "text", ["", "today", "20.11.2026", "2026-13-01", "2026-11-20T25:00", "1970-01-01", "2200-01-01"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        moment(text)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="--to must lie after --from"):
        period(moment("2026-11-21"), moment("2026-11-20"), US)


def test_without_limits_all_time_is_meant() -> None:
    first, last = period(None, None, US)
    assert first < utc("1990-01-01 00:00") < utc("2090-01-01 00:00") < last
