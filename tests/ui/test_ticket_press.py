"""One press, one order."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.ticket_press import CHANGED, REPEATED, SETTLE_S, PressGuard

QUIET = 0.5


def pressed(guard: PressGuard, offer: object, at: float, held_s: float = 0.0) -> str:
    """Presses at a time, holds and lets go."""
    guard.press(offer, at)
    return guard.release(offer, at + held_s)


def test_press_counts_and_the_next_one_after_a_pause() -> None:
    guard = PressGuard(QUIET)
    assert pressed(guard, "A", 10.0) == ""
    assert pressed(guard, "A", 10.0 + QUIET) == ""


def test_hammering_hand_is_one_press_however_long_it_hammers() -> None:
    guard = PressGuard(QUIET)
    verdicts = [pressed(guard, "A", 10.0 + number * 0.3) for number in range(20)]
    assert verdicts == ["", *[REPEATED] * 19]


def test_what_changes_between_down_and_up_is_not_sent() -> None:
    guard = PressGuard(QUIET)
    guard.press("A", 10.0)
    assert guard.release("B", 10.1) == CHANGED


def test_letting_go_without_a_press_sends_nothing() -> None:
    assert PressGuard(QUIET).release("A", 10.0) == CHANGED


def test_symbol_that_came_and_went_under_the_hand_sends_nothing() -> None:
    guard = PressGuard(QUIET)
    guard.press("A", 10.0)
    guard.symbol_came(10.02)
    guard.symbol_came(10.04)
    assert guard.release("A", 10.1) == CHANGED


def test_press_that_began_too_soon_after_a_change_does_not_count_when_it_ends_late() -> None:
    guard = PressGuard(QUIET)
    guard.symbol_came(10.0)
    assert "nothing was sent" in pressed(guard, "A", 10.0 + SETTLE_S - 0.1, held_s=2.0)
    assert pressed(guard, "A", 12.9) == REPEATED, "a hand that hammers on is still the same press"
    assert pressed(guard, "A", 13.4) == ""
    assert guard.settling_s(13.4) == 0.0


steps = st.lists(
    st.tuples(st.floats(0.0, 2.0), st.sampled_from(["press", "release", "symbol"])), max_size=60
)  # fmt: skip


@given(steps=steps)
def test_l10_accepted_presses_are_apart_and_of_one_symbol(steps: list[tuple[float, str]]) -> None:
    guard, now, symbol, down = PressGuard(QUIET), 100.0, 0, None
    came, accepted = -9.0, []
    for wait, what in steps:
        now += wait
        if what == "press":
            guard.press(symbol, now)
            down = (symbol, now)
        elif what == "symbol":
            symbol, came = symbol + 1, now
            guard.symbol_came(now)
        else:
            verdict = guard.release(symbol, now)
            if not verdict:
                assert down is not None
                assert down[0] == symbol
                assert down[1] - came >= SETTLE_S - 1e-9
                accepted.append(now)
            down = None
    assert all(after - before >= QUIET - 1e-9 for before, after in pairwise(accepted))
