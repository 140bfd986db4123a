"""A log-in at Schwab as a value: when it is over, how it is kept, and that it does not show itself."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.clock import ManualClock
from live_monitor.errors import SecretsError
from live_monitor.providers.schwab_connection import DAY_S, BrokerConnection, valid_token
from live_monitor.secrets import Secret
from live_monitor.secrets.store import MAX_SECRET


def connection(clock: ManualClock, lives_s: float = 1800.0) -> BrokerConnection:
    now = clock.wall_ms()
    return BrokerConnection(
        Secret("CANARYaccess@"), Secret("CANARYrefresh@"), now + round(lives_s * 1000), now, now, "CANARYhash", clock
    )


def test_it_expires_after_thirty_minutes_and_is_due_after_twenty_five(manual_clock: ManualClock) -> None:
    made = connection(manual_clock)
    manual_clock.advance(25 * 60 - 1)
    assert not made.is_due
    manual_clock.advance(1)
    assert made.is_due
    assert not made.is_expired
    manual_clock.advance(5 * 60 - 1)
    assert not made.is_expired
    manual_clock.advance(1)
    assert made.is_expired


def test_a_token_of_a_short_life_is_renewed_in_its_last_sixth(manual_clock: ManualClock) -> None:
    made = connection(manual_clock, 60.0)
    manual_clock.advance(49)
    assert not made.is_due
    manual_clock.advance(1)
    assert made.is_due


def test_the_person_is_warned_from_the_sixth_day_on(manual_clock: ManualClock) -> None:
    made = connection(manual_clock)
    manual_clock.advance(6 * DAY_S - 1)
    assert made.login_warning == ""
    manual_clock.advance(2)
    assert "in 23 hours" in made.login_warning
    manual_clock.advance(DAY_S - 3600)
    assert "in less than an hour" in made.login_warning
    assert not made.is_login_over
    manual_clock.advance(3600)
    assert made.is_login_over
    assert "has ended" in made.login_warning


def test_a_clock_that_was_set_back_makes_no_negative_age(manual_clock: ManualClock) -> None:
    made = connection(manual_clock)
    manual_clock.step_wall(-3600)
    assert made.login_age_s == 0.0
    assert made.login_warning == ""


def test_o6_a_connection_shows_neither_tokens_nor_account(manual_clock: ManualClock) -> None:
    made = connection(manual_clock)
    assert "CANARY" not in f"{made} {made!r} {[made]} {made.to_secret()}"
    with pytest.raises(TypeError):
        json.dumps(made)
    with pytest.raises(TypeError):
        msgspec.json.encode(made)


def test_what_is_kept_comes_back_and_fits_into_the_smallest_key_store(manual_clock: ManualClock) -> None:
    made = connection(manual_clock)
    kept = made.to_secret()
    assert BrokerConnection.from_secret(kept, manual_clock) == made
    # Windows takes 2560 bytes of UTF-16; Schwab's tokens have fewer than 200 characters.
    assert len(kept.reveal()) + 2 * 200 < 1280


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"access_token":"a"}', "[" * 10**5, '{"schema":2}', "x" * 9000],
)
def test_what_is_no_kept_log_in_is_refused_without_its_words(text: str, manual_clock: ManualClock) -> None:
    with pytest.raises(SecretsError, match="Log in again") as caught:
        BrokerConnection.from_secret(Secret(text), manual_clock)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(
    field=st.sampled_from(["access_token", "refresh_token", "access_expires_at", "logged_in_at", "renewed_at"]),
    value=st.one_of(
        st.none(), st.just(""), st.just("a b"), st.just("a\nb"), st.just(-1), st.just(2**60), st.booleans()
    ),
)
def test_a_kept_log_in_with_one_wrong_part_is_refused(field: str, value: object) -> None:
    clock = ManualClock()
    content = json.loads(connection(clock).to_secret().reveal())
    content[field] = value
    with pytest.raises(SecretsError):
        BrokerConnection.from_secret(Secret(json.dumps(content)), clock)


def test_the_recorded_answer_of_schwab_holds_tokens_that_are_taken(shared_data: object) -> None:
    from pathlib import Path

    recorded = json.loads((Path(str(shared_data)) / "schwab_rb/spec/fixtures/token.json").read_bytes())["token"]
    assert valid_token(recorded["access_token"])
    assert valid_token(recorded["refresh_token"])


def test_the_longest_tokens_can_be_kept(manual_clock: ManualClock) -> None:
    now = manual_clock.wall_ms()
    longest = (Secret('"' * 4096), Secret("\\" * 4096))
    made = BrokerConnection(*longest, now, now, now, "A" * 128, manual_clock)
    assert len(made.to_secret().reveal()) <= MAX_SECRET
    assert BrokerConnection.from_secret(made.to_secret(), manual_clock) == made
