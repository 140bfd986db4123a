"""Stretches of time against a plain set of instants, and what the shared store is owed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.stores import outbox as outbox_module
from live_monitor.data.stores.outbox import MAX_STRETCHES, Outbox
from live_monitor.data.stores.stretches import Stretches
from tests.conformance.history_store import KEY

EDGES = st.integers(0, 40)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "remove"]), EDGES, EDGES), max_size=20)


def made(steps: list[tuple[str, int, int]]) -> tuple[Stretches, set[int]]:
    stretches, instants = Stretches(), set[int]()
    for what, start, end in steps:
        if what == "add":
            stretches.add(start, end)
            instants |= set(range(start, end))
        else:
            stretches.remove(start, end)
            instants -= set(range(start, end))
    return stretches, instants


@given(STEPS)
def test_they_are_the_union_of_what_was_added_less_what_was_removed(steps: list[tuple[str, int, int]]) -> None:
    stretches, instants = made(steps)
    assert {at for start, end in stretches for at in range(start, end)} == instants
    edges = [edge for stretch in stretches for edge in stretch]
    assert edges == sorted(set(edges))
    assert len(stretches) == len(list(stretches))


@given(STEPS, EDGES, EDGES)
def test_questions_are_answered_as_a_set_would(steps: list[tuple[str, int, int]], start: int, end: int) -> None:
    stretches, instants = made(steps)
    missing = {at for first, last in stretches.missing(start, end) for at in range(first, last)}
    assert missing == set(range(start, end)) - instants
    if start < end:
        assert (stretches.around(start, end) is not None) == (not missing)
        reaching = stretches.start_reaching(end)
        assert (reaching is not None) == (end - 1 in instants)
        if reaching is not None:
            assert set(range(reaching, end)) <= instants
            assert reaching - 1 not in instants


@given(STEPS, st.integers(1, 5))
def test_joining_keeps_everything_and_closes_the_smallest_gaps(steps: list[tuple[str, int, int]], most: int) -> None:
    stretches, instants = made(steps)
    count = len(stretches)
    gaps = sorted(
        gap for (_, end), (start, _) in zip(stretches, list(stretches)[1:], strict=False) for gap in (start - end,)
    )
    stretches.join_to(most)
    joined = {at for start, end in stretches for at in range(start, end)}
    assert instants <= joined
    assert len(stretches) == min(count, most)
    assert len(joined) == len(instants) + sum(gaps[: max(0, count - most)])


def test_an_empty_stretch_is_none() -> None:
    assert list(Stretches([(5, 5), (7, 6)])) == []
    assert Stretches().start_reaching(0) is None


# -- the outbox ------------------------------------------------------------------------------------


def test_a_stretch_is_called_whole_only_when_no_bars_of_its_series_are_owed() -> None:
    outbox = Outbox()
    outbox.add_cover(KEY, 0, 100)
    outbox.add_bars(KEY, 10, 20)
    assert outbox.next_cover() is None
    assert outbox.next_bars() == (KEY, 10, 20)
    outbox.sent_bars(KEY, 10, 15)
    assert outbox.next_bars() == (KEY, 15, 20)
    outbox.sent_bars(KEY, 15, 20)
    assert outbox.next_bars() is None
    assert outbox.next_cover() == (KEY, 0, 100)
    outbox.sent_cover(KEY, 0, 100)
    assert not outbox


def test_it_stays_small_however_long_an_outage_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_SERIES", 3)
    outbox, rng = Outbox(), random.Random(1)
    owed, whole = set[int](), set[int]()
    for _ in range(2_000):
        at = rng.randrange(0, 10**6)
        outbox.add_bars(KEY, at, at + 1)
        outbox.add_cover(KEY, at, at + 2)
        owed.add(at)
        whole |= {at, at + 1}
    for number in range(5):
        outbox.add_bars(KEY._replace(symbol=f"S{number}"), 0, 1)
    assert (len(outbox), outbox.dropped) == (3, 3)
    found, told, count = set[int](), set[int](), 0
    while (bars := outbox.next_bars()) is not None:
        count += 1
        found |= set(range(bars[1], bars[2])) if bars[0] == KEY else set()
        outbox.sent_bars(*bars)
    while (cover := outbox.next_cover()) is not None:
        told |= set(range(cover[1], cover[2]))
        outbox.sent_cover(*cover)
    assert count <= MAX_STRETCHES + 2
    assert owed <= found
    assert told <= whole
