"""Market time: of a feed, and of the machine without the jumps of its wall clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.clock import HEARING_S, PATIENCE_S, ManualClock, SessionClock, describe_jump

START_MS = 1_795_188_600_000
HOUR_S = 3_600.0
JUMPS = [HOUR_S, -HOUR_S, 400 * 86_400.0, -400 * 86_400.0, 5.0, -5.0]


class Desk:
    """A market time beside the truth, which runs on whatever happens to the machine's clock."""

    def __init__(self) -> None:
        self.machine = ManualClock(START_MS)
        self.market = SessionClock(self.machine)
        self.true_ms = START_MS

    def pass_time(self, seconds: float, *, events: bool = True, late_ms: int = 80) -> None:
        """Half a second at a time; with `events`, a print comes that is `late_ms` old."""
        for _ in range(round(seconds * 2)):
            self.machine.advance(0.5)
            self.true_ms += 500
            if events:
                self.market.heard(self.true_ms - late_ms)
            self.market.now_ms()

    def sleep(self, seconds: float) -> None:
        """The machine is suspended: its wall clock goes on, its monotonic clock stands still."""
        self.machine.step_wall(seconds)
        self.true_ms += round(seconds * 1000)

    @property
    def error_ms(self) -> int:
        return self.market.now_ms() - self.true_ms


def test_market_time_is_the_machines_as_long_as_its_clock_runs_smoothly() -> None:
    desk = Desk()
    desk.pass_time(600, events=False)
    assert (desk.error_ms, desk.market.jump_ms, desk.market.speed) == (0, 0, 1.0)
    assert desk.market.latest_ms() == desk.true_ms


@pytest.mark.parametrize("jump_s", JUMPS)
def test_t1_a_jump_that_events_contradict_never_moves_market_time(jump_s: float) -> None:
    desk = Desk()
    desk.pass_time(10)
    desk.machine.step_wall(jump_s)
    assert desk.error_ms == 0
    desk.pass_time(HEARING_S + 1)
    assert desk.market.jump_ms == round(jump_s * 1000)
    for _ in range(100):
        desk.pass_time(10)
        assert desk.error_ms == 0
        assert desk.market.latest_ms() == desk.true_ms
    desk.pass_time(3 * PATIENCE_S, events=False)
    assert (desk.error_ms, desk.market.jump_ms) == (0, round(jump_s * 1000))
    desk.machine.step_wall(-jump_s)
    desk.pass_time(1)
    assert (desk.error_ms, desk.market.jump_ms) == (0, 0)


@pytest.mark.parametrize("asleep_s", [90.0, 2 * HOUR_S, 3 * 86_400.0])
def test_t1_a_machine_that_slept_knows_the_time_two_seconds_after_the_first_event(asleep_s: float) -> None:
    desk = Desk()
    desk.pass_time(10)
    desk.sleep(asleep_s)
    assert desk.market.latest_ms() == desk.true_ms  # or events of the present would be refused as too far ahead
    desk.pass_time(HEARING_S + 1)
    assert (desk.error_ms, desk.market.jump_ms) == (0, 0)


def test_t1_events_that_waited_in_a_buffer_do_not_speak_for_the_time_before_the_sleep() -> None:
    desk = Desk()
    desk.pass_time(10)
    waited = [desk.true_ms + at for at in range(0, 5_000, 100)]
    desk.sleep(HOUR_S)
    for at_ms in waited:
        desk.machine.advance(0.001)
        desk.market.heard(at_ms)
    desk.true_ms += len(waited)
    desk.pass_time(2 * HEARING_S + 1)
    assert (desk.error_ms, desk.market.jump_ms) == (0, 0)


def test_t1_the_last_quotes_of_a_closed_market_do_not_speak_for_the_time_before_the_sleep() -> None:
    desk = Desk()
    desk.pass_time(10)
    closed_ms = desk.true_ms + 600_000
    desk.sleep(12 * HOUR_S)
    for number in range(3):  # one symbol after the other is subscribed again, and its last quote comes
        desk.pass_time(1, events=False)
        desk.market.heard(closed_ms + 20_000 * number)
    desk.pass_time(PATIENCE_S + 10, events=False)
    assert (desk.error_ms, desk.market.jump_ms) == (0, 0)


@pytest.mark.parametrize("jump_s", JUMPS)
def test_t1_a_jump_in_silence_is_believed_after_a_minute_and_taken_back_when_events_contradict(jump_s: float) -> None:
    desk = Desk()
    desk.pass_time(10)
    desk.machine.step_wall(jump_s)
    desk.pass_time(PATIENCE_S - 1, events=False)
    assert desk.error_ms == 0
    desk.pass_time(2, events=False)
    assert desk.error_ms == round(jump_s * 1000)
    assert desk.market.latest_ms() >= desk.true_ms
    desk.pass_time(HEARING_S + 1)
    assert (desk.error_ms, desk.market.jump_ms) == (0, round(jump_s * 1000))


def test_t1_a_clock_that_was_wrong_from_the_start_is_believed_once_it_is_set_right() -> None:
    desk = Desk()
    desk.true_ms -= 3_600_000
    desk.pass_time(30)
    assert desk.error_ms == 3_600_000  # nothing to compare with: a feed may be delayed
    desk.machine.step_wall(-HOUR_S)
    desk.pass_time(HEARING_S + 1)
    assert (desk.error_ms, desk.market.jump_ms) == (0, 0)


def test_t1_a_machine_that_sleeps_while_its_clock_is_known_to_be_wrong() -> None:
    desk = Desk()
    desk.pass_time(10)
    desk.machine.step_wall(HOUR_S)
    desk.pass_time(10)
    desk.sleep(8 * HOUR_S)
    desk.pass_time(HEARING_S + 1)
    assert (desk.error_ms, desk.market.jump_ms) == (0, 3_600_000)


def test_t1_a_delayed_feed_does_not_pull_market_time_back() -> None:
    desk = Desk()
    desk.pass_time(10, late_ms=900_000)
    desk.machine.step_wall(HOUR_S)
    desk.pass_time(10, late_ms=900_000)
    assert (desk.error_ms, desk.market.jump_ms) == (0, 3_600_000)


@given(st.lists(st.tuples(st.floats(-1.9, 1.9), st.integers(1, 60)), max_size=12))
def test_small_steps_are_followed_gently_and_time_never_turns_back(steps: list[tuple[float, int]]) -> None:
    machine = ManualClock(START_MS)
    market = SessionClock(machine)
    for step_s, wait_s in steps:
        if abs(machine.wall_ms() + step_s * 1000 - market.now_ms()) < 1_990:
            machine.step_wall(step_s)
        for _ in range(wait_s * 2):
            before_ms = market.now_ms()
            machine.advance(0.5)
            assert 470 <= market.now_ms() - before_ms <= 530
        assert market.jump_ms == 0
    for _ in range(100):
        machine.advance(0.5)
        market.now_ms()
    assert abs(market.now_ms() - machine.wall_ms()) <= 1


def set_by() -> st.SearchStrategy[float]:
    """Seconds that nobody takes for drift."""
    return st.floats(10, 1e8) | st.floats(-1e8, -10)


@given(
    st.lists(
        st.tuples(
            st.tuples(st.just("set"), set_by()) | st.tuples(st.just("slept"), st.floats(10, 1e6)), st.integers(0, 200)
        ),
        max_size=8,
    )
)
def test_t1_after_whatever_happened_two_seconds_of_events_put_market_time_right(
    happenings: list[tuple[tuple[str, float], int]],
) -> None:
    desk = Desk()
    desk.pass_time(10)
    for (what, seconds), silent_s in happenings:
        if what == "set":
            desk.machine.step_wall(seconds)
        else:
            desk.sleep(seconds)
        desk.pass_time(silent_s, events=False)
        assert desk.market.latest_ms() >= desk.true_ms - 2_000  # the events to come are not refused
        desk.pass_time(HEARING_S + 1)
        assert abs(desk.error_ms) <= 2


def test_a_feed_with_a_clock_of_its_own_is_followed_at_its_speed_whatever_the_machine_says() -> None:
    machine = ManualClock(START_MS)
    market = SessionClock(machine)
    market.follow(1_000_000_000_000, 10.0)
    machine.advance(2)
    machine.step_wall(HOUR_S)
    market.heard(5)
    assert (market.now_ms(), market.latest_ms(), market.jump_ms) == (1_000_000_020_000, 1_000_000_020_000, 0)
    assert (market.belongs_to_feed, market.speed) == (True, 10.0)
    market.follow(1_000_000_000_000, 0.0, received_monotonic=machine.monotonic() - 5)
    assert (market.now_ms(), market.speed) == (1_000_000_000_000, 0.0)
    market.release()
    assert (market.belongs_to_feed, market.speed) == (False, 1.0)


def test_releasing_market_time_does_not_make_a_jump_true() -> None:
    desk = Desk()
    desk.pass_time(10)
    desk.machine.step_wall(HOUR_S)
    desk.pass_time(10)
    desk.market.release()  # as after every new connection
    assert (desk.error_ms, desk.market.jump_ms) == (0, 3_600_000)


@pytest.mark.parametrize(
    ("jump_ms", "words"),
    [
        (3_600_000, "forward by 1:00:00"),
        (-3_599_600, "back by 1:00:00"),
        (5_000, "forward by 0:00:05"),
        (86_400_000, "forward by 1 day"),
        (400 * 86_400_000 + 61_000, "forward by 400 days 0:01:01"),
    ],
)
def test_a_jump_is_described_in_words(jump_ms: int, words: str) -> None:
    assert describe_jump(jump_ms) == f"The machine's clock was set {words}; market time goes on."


def test_a_jump_has_one_length_however_long_it_lasts() -> None:
    desk = Desk()
    desk.pass_time(10)
    desk.machine.step_wall(HOUR_S)
    desk.pass_time(5)
    for _ in range(60):
        desk.machine.step_wall(0.01)  # the machine's clock runs fast besides
        desk.pass_time(1)
        assert desk.market.jump_ms == 3_600_000
