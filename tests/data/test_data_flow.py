"""Rows F6 and F7: which silence is normal."""

from __future__ import annotations

import pytest

from live_monitor.data.data_flow import DataFlowWatch


def fed(every_s: float, until_s: float) -> DataFlowWatch:
    watch = DataFlowWatch()
    now = 0.0
    watch.reset(now)
    while now < until_s:
        now += every_s
        watch.heard(now)
    return watch


def test_f6_a_busy_symbol_is_amber_after_seconds_stale_within_five_more_and_reconnected_at_45() -> None:
    watch = fed(0.125, 60)
    assert watch.expected_gap_s <= 5
    assert watch.flow(61) == "live"
    assert watch.flow(60 + watch.expected_gap_s + 1) == "ageing"
    assert watch.flow(60 + watch.expected_gap_s + 5.5) == "stale"
    remedies = {second: watch.remedy(60.0 + second, session_open=True) for second in range(0, 50, 5)}
    assert {second: remedy for second, remedy in remedies.items() if remedy != "none"} == {30: "warn", 45: "reconnect"}


def test_f7_eight_hours_of_silence_outside_the_session_alarm_nobody() -> None:
    watch = fed(0.1, 60)
    assert {watch.remedy(60.0 + second, session_open=False) for second in range(0, 8 * 3600, 5)} == {"none"}


def test_f7_a_quiet_symbol_is_left_in_peace_for_as_long_as_its_gaps_are_normal() -> None:
    watch = fed(12.0, 3_600)
    assert watch.expected_gap_s > 60
    assert watch.remedy(3_600 + 55, session_open=True) == "none"
    assert watch.flow(3_600 + 55) == "live"


def test_the_warning_comes_once_until_data_flows_again() -> None:
    watch = fed(0.1, 10)
    assert watch.remedy(41, session_open=True) == "warn"
    assert watch.remedy(42, session_open=True) == "none"
    watch.heard(43)
    assert watch.remedy(74, session_open=True) == "warn"


@pytest.mark.parametrize("now", [9.0, 10.0, 10.5])
def test_t4_an_age_is_never_negative(now: float) -> None:
    watch = fed(0.1, 10)
    assert watch.age_s(now) >= 0


def test_before_anything_is_known_nothing_is_claimed() -> None:
    watch = DataFlowWatch()
    assert watch.flow(100.0) == "unknown"
    assert watch.remedy(1e9, session_open=True) == "none"
