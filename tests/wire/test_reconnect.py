"""When to try again: delays within their bounds, what a server asks for bounded too, every status with its meaning."""

from __future__ import annotations

from random import Random

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from live_monitor.errors import FatalFeedError, RateLimited
from live_monitor.wire.reconnect import MAX_RETRY_AFTER_S, Backoff, judge, judge_session_status


def test_delays_double_to_half_a_minute_and_are_spread_from_the_half_to_the_whole() -> None:
    factors: list[list[float]] = [[] for _ in range(8)]
    for seed in range(400):
        backoff = Backoff(Random(seed))
        for number in range(8):
            factors[number].append(backoff.next_delay() / min(2.0**number, 30.0))
    assert min(map(min, factors)) >= 0.5
    assert max(map(max, factors)) <= 1.0
    # Clients that were cut off together come back apart.
    assert max(map(min, factors)) < 0.52
    assert min(map(max, factors)) > 0.98


@pytest.mark.parametrize("value", ["901", "99999999", "100000000", "Wed, 21 Oct 2026 07:28:00 GMT", "-5", "1e3"])
def test_no_server_silences_us_for_longer_than_a_quarter_of_an_hour(value: str) -> None:
    verdict = judge(InvalidStatus(Response(429, "Too Many Requests", Headers({"Retry-After": value}))))
    assert verdict.action == "retry"
    assert verdict.wait_s == (MAX_RETRY_AFTER_S if value in ("901", "99999999") else 60.0)
    assert judge(RateLimited("Wait.", wait_s=1e9)).wait_s == MAX_RETRY_AFTER_S


@pytest.mark.parametrize(
    ("code", "reason", "action"),
    [
        (1000, "", "retry"),
        (1001, "max connections", "retry"),
        (1008, "", "retry"),
        (1008, "Maximum number of connections exceeded.", "stop"),
        (1008, "Authentication failed", "stop"),
        (1011, "auth", "retry"),
        (1012, "", "retry"),
    ],
)
def test_only_a_close_for_good_stops(code: int, reason: str, action: str) -> None:
    verdict = judge(ConnectionClosedError(Close(code, reason), None))
    assert verdict.action == action
    assert (reason if action == "stop" else str(code)) in verdict.message


@pytest.mark.parametrize("status", ["auth_failed", "auth_timeout", "max_connections"])
def test_a_status_after_which_trying_again_is_useless_stops(status: str) -> None:
    meaning = judge_session_status(status, "words")
    assert isinstance(meaning, FatalFeedError)
    assert "words" in meaning.message
    assert ("close the other program" in meaning.remedy) == (status == "max_connections")


@pytest.mark.parametrize("status", ["auth_required", "error", "force_disconnect", "slow_consumer"])
def test_a_status_that_is_no_good_news_is_said(status: str) -> None:
    assert judge_session_status(status, "") == f"The server says: {status} ({status})."


@pytest.mark.parametrize("status", ["connected", "success", "auth_success", "something new"])
def test_any_other_status_is_none_to_speak_of(status: str) -> None:
    assert judge_session_status(status, "words") is None
