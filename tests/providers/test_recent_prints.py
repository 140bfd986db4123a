"""What a feed has just put: nothing counts twice, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.market_data import NAN, Event, Quote, Snapshot, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.conditions import rules_for
from live_monitor.providers.recent_prints import KEEP_EVENTS, RecentPrints
from live_monitor.wire.notices import Hello, SnapshotFrame
from tests.fakes.kept_outlet import KeptOutlet
from tests.providers.polygon_service import OPEN


def _print(at: int, sequence: int = 0, *, conditions: Sequence[int] = (), price: float = 10.0, id_: str = "") -> Trade:
    return Trade("AAA", price, 100, OPEN + at, tuple(conditions), 4, id_, sequence)


@pytest.fixture
def recent() -> RecentPrints:
    return RecentPrints(KeptOutlet(), rules_for("polygon"))


def _snapshot(at: int, volume: float = 1_000.0) -> Snapshot:
    return Snapshot("AAA", OPEN + at, last=10.0, high=10.5, low=9.5, day_volume=volume)


def test_prints_that_came_after_level_1_was_made_are_added_to_it(recent: RecentPrints) -> None:
    recent.put_events([_print(0, 1), _print(10, 2), _print(20, 3, conditions=[16]), _print(30, 4, price=11.0)], 1.0)
    recent.put_events([Quote("AAA", OPEN + 40, 9.0, 100, 9.1, 100), Trade("BBB", 5.0, 900, OPEN + 50)], 1.1)

    found = recent.completed(_snapshot(5))

    # The official open, 16, is no new share; another symbol's print is none of this one.
    assert (found.day_volume, found.high, found.low) == (1_200.0, 11.0, 9.5)


def test_an_odd_lot_counts_and_moves_no_range(recent: RecentPrints) -> None:
    recent.put_events([_print(10, 1, conditions=[37], price=99.0)], 1.0)

    found = recent.completed(_snapshot(5))

    assert (found.day_volume, found.high) == (1_100.0, 10.5)


def test_a_volume_that_is_absent_stays_absent(recent: RecentPrints) -> None:
    recent.put_events([_print(10, 1)], 1.0)

    found = recent.completed(Snapshot("AAA", OPEN, last=1.0))

    assert found.day_volume != found.day_volume
    assert found.high != found.high


def test_of_a_tape_that_is_too_busy_to_be_remembered_level_1_has_no_volume(recent: RecentPrints) -> None:
    recent.put_events([_print(0, 1)] * KEEP_EVENTS, 1.0)
    recent.put_events([_print(10, 2)], 1.5)
    assert recent.completed(_snapshot(5)).day_volume != recent.completed(_snapshot(5)).day_volume

    recent.put_events([_print(5_000, 3)], 5.0)
    assert recent.completed(_snapshot(4_000)).day_volume == 1_100.0


def test_a_quiet_tape_is_remembered_well_enough(recent: RecentPrints) -> None:
    for minute in range(5):
        recent.put_events([_print(minute * 60_000, minute + 1)], minute * 60.0)

    assert recent.completed(_snapshot(4 * 60_000 - 1)).day_volume == 1_100.0


def test_what_streamed_before_and_after_a_loss_is_not_put_again(recent: RecentPrints) -> None:
    recent.put_status(LinkStatus("live"))
    recent.put_events([_print(0, 1), _print(1, id_="x")], 1.0)
    recent.put_status(LinkStatus("retrying"))
    recent.put_status(LinkStatus("live"))
    recent.put_events([_print(90, 9)], 40.0)
    quote = Quote("AAA", OPEN + 80, 9.0, 100, 9.1, 100)
    missed: list[Event] = [_print(0, 1), _print(1, id_="x"), _print(2, id_="y"), _print(50, 5), _print(90, 9), quote]

    assert recent.unknown("AAA", missed) == [missed[2], missed[3], quote]


def test_what_level_1_has_counted_is_not_put_again(recent: RecentPrints) -> None:
    recent.put_notice(SnapshotFrame(_snapshot(60)), 1.0)
    recent.put_notice(SnapshotFrame(Snapshot("AAA", OPEN + 99, last=1.0, day_volume=NAN)), 1.0)

    assert recent.unknown("AAA", [_print(50, 5), _print(60, 6), _print(61, 7)]) == [_print(61, 7)]


def test_a_greeting_is_told_after_it_was_passed_on(recent: RecentPrints) -> None:
    outlet = KeptOutlet()
    recent = RecentPrints(outlet, rules_for("polygon"))
    seen: list[int] = []
    recent.greeted = lambda: seen.append(len(outlet.all(Hello)))

    recent.put_notice(Hello(features=[]), 1.0)

    assert seen == [1]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60, unique=True), st.data())
def test_wherever_a_stream_breaks_every_print_is_put_once(sequences: list[int], data: st.DataObject) -> None:
    """Live before the loss, missed, live again: with overlaps as large as one likes, the union is the tape."""
    tape = [_print(number, number) for number in sorted(sequences)]
    lost, back = sorted(data.draw(st.tuples(st.integers(0, len(tape)), st.integers(0, len(tape)))))
    overlap = data.draw(st.integers(0, 5))
    outlet = KeptOutlet()
    recent = RecentPrints(outlet, rules_for("polygon"))
    recent.put_status(LinkStatus("live"))
    recent.put_events([*tape[:lost]], 1.0)
    recent.put_status(LinkStatus("retrying"))
    recent.put_status(LinkStatus("live"))
    recent.put_events([*tape[back:]], 2.0)

    recent.put_events(recent.unknown("AAA", tape[max(lost - overlap, 0) : back + overlap]), 3.0)

    put = sorted(trade.sequence for trade in outlet.all(Trade))
    assert put == sorted(sequences)
    assert all(first < second for first, second in pairwise(put))
