"""What every live feed keeps, whoever makes it. The numbers are those of docs/guide/providers.md."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from live_monitor.data.models.status import LinkStatus
from live_monitor.providers.registry import IDS
from tests.conformance.feeds.running import Running, greetings, kinds, running, stopped
from tests.conformance.feeds.subjects import CANARY, PATIENT, SUBJECTS, Relay, Subject, TosExcel

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]


@pytest.fixture(params=SUBJECTS, ids=lambda kind: kind.name)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """Each provider, with its far end running."""
    with request.param(tmp_path) as made:
        yield made


async def test_every_provider_is_held_to_the_suite() -> None:
    names = {kind.name for kind in SUBJECTS}
    assert {"sim" if name == "simulated" else name for name in names} == set(IDS)


async def test_c1_it_says_who_it_is_before_it_is_live(subject: Subject) -> None:
    async with running(subject, subject.symbols[0]) as run:
        await run.live()
        came = kinds(run.outlet.items)
        assert came[0] == "connecting"
        if not isinstance(subject, Relay) or subject.name != "relay":
            assert came.index("Hello") < came.index("live")
            assert run.outlet.hub.hello.market or run.outlet.hub.hello.provider
        assert run.feed.provider
        await run.streams(subject.symbols[0])


async def test_c2_refused_for_good_it_stops_and_names_a_remedy(subject: Subject) -> None:
    await asyncio.to_thread(subject.refuse)
    async with running(subject, subject.symbols[0]) as run:
        await run.until(lambda: "failed" in run.outlet.states, "it went on")
        await asyncio.wait_for(run.task, 5)
        failed = run.outlet.all(LinkStatus)[-1]
        assert failed.state == "failed"
        assert failed.message
        assert failed.remedy
        # A token may be too old: Schwab is asked once more with a new one.
        assert await run.far(subject.connections) <= 2
        assert CANARY not in repr(run.outlet.items)


async def test_c3_what_is_wanted_comes_and_nothing_else(subject: Subject) -> None:
    first, second = subject.symbols
    async with running(subject, first) as run:
        await run.live()
        await run.streams(first)
        if first == second:
            return
        await run.far(lambda: subject.speak(second))
        await run.streams(first)
        assert run.outlet.told_of(second) == 0
        run.outlet.hub.acquire(second, "conformance")
        await run.feed.want(dict.fromkeys(subject.symbols, ("T", "Q", "AM")))
        await run.streams(second)


async def test_c4_an_unknown_symbol_harms_no_other(subject: Subject) -> None:
    async with running(subject, subject.symbols[0], subject.unknown) as run:
        await run.live()
        await run.streams(subject.symbols[0])
        if subject.tells_unknown:
            await run.until(lambda: subject.unknown in run.outlet.problems, "it was not told")
        assert subject.symbols[0] not in run.outlet.problems
        assert run.outlet.told_of(subject.unknown) == 0


async def test_c5_what_is_let_go_of_comes_no_more(subject: Subject) -> None:
    first, second = subject.symbols
    async with running(subject, first, second) as run:
        await run.live()
        await run.streams(first)
        await run.feed.want({second: ("T", "Q", "AM")} if second != first else {})
        await run.until_far(lambda: not subject.holds(first), "it is still held")
        # What was on its way has come once something of the other one has.
        await run.streams(second) if second != first else await asyncio.sleep(0.3)
        before = run.outlet.told_of(first)
        await run.far(lambda: subject.speak(first))
        await run.streams(second) if second != first else await asyncio.sleep(0.3)
        assert run.outlet.told_of(first) == before


async def test_c6_a_far_end_that_falls_silent_is_left_and_found_again(subject: Subject) -> None:
    async with running(subject, subject.symbols[0]) as run:
        await run.live()
        await run.streams(subject.symbols[0])
        await run.far(subject.fall_silent)
        await run.until(lambda: "retrying" in run.outlet.states, "the silence was not noticed", 30)
        await run.far(subject.talk)
        await run.live(2)
        await run.streams(subject.symbols[0])


async def test_c7_garbage_is_counted_and_the_next_good_message_is_handled(subject: Subject) -> None:
    async with running(subject, subject.symbols[0]) as run:
        await run.live()
        await run.streams(subject.symbols[0])
        before = await run.far(subject.connections)
        await run.far(subject.garbage)
        await run.streams(subject.symbols[0])
        told = run.feed.rejections.total or run.outlet.problems or "retrying" in run.outlet.states
        assert told or isinstance(subject, TosExcel)
        assert await run.far(subject.connections) == before


async def test_c8_it_comes_back_after_every_end(subject: Subject) -> None:
    async with running(subject, subject.symbols[0]) as run:
        await run.live()
        for number, code in enumerate(subject.codes):
            await run.streams(subject.symbols[0])
            await run.far(lambda code=code: subject.end(code))  # type: ignore[misc]  # bound now
            await run.live(number + 2)
        await run.streams(subject.symbols[0])
        assert "failed" not in run.outlet.states


async def test_c9_a_flood_leaves_the_link_up_and_the_next_message_is_heard(subject: Subject) -> None:
    subject.timing = PATIENT
    async with running(subject, subject.symbols[0]) as run:
        await run.live()
        await run.streams(subject.symbols[0])
        await run.far(lambda: subject.flood(20_000))
        # The loop is busy elsewhere: nothing is read for a while.
        time.sleep(0.3)  # that is the fault
        await run.streams(subject.symbols[0])
        assert run.outlet.states[-1] == "live"
        assert run.outlet.states.count("retrying") == 0


async def test_c10_after_a_loss_all_is_subscribed_anew_and_the_gap_is_on_record(subject: Subject) -> None:
    async with running(subject, *set(subject.symbols)) as run:
        await run.live()
        for symbol in subject.symbols:
            await run.streams(symbol)
        hellos = greetings(run.outlet)
        await run.far(lambda: subject.end(subject.codes[-1] if isinstance(subject, TosExcel) else 1006))
        await run.live(2)
        for symbol in subject.symbols:
            await run.streams(symbol)
        hub = run.outlet.hub
        assert hub.counters.reconnects >= 1
        if hellos:
            assert greetings(run.outlet) > hellos
        gaps = {gap.symbol for gap in hub.counters.gaps}
        assert gaps >= set(subject.symbols), f"missing on record: {gaps}"


@pytest.mark.parametrize("moment", ["at once", "connecting", "live", "retrying", "asking"])
async def test_c11_it_ends_at_once_from_every_state(subject: Subject, moment: str) -> None:
    threads = threading.active_count()
    async with running(subject, subject.symbols[0]) as run:
        await _reach(run, moment)
        started = time.monotonic()
        await stopped(run.task)
        # Three seconds are what the whole program has for its end.
        assert time.monotonic() - started < 3.0
        assert run.task.done()
        with suppress(asyncio.CancelledError):
            assert run.task.exception() is None
    for _ in range(100):
        if threading.active_count() <= threads:
            break
        await asyncio.sleep(0.05)
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if "excel" in name or "answers" in name], names


async def _reach(run: Running, moment: str) -> None:
    """Brings the feed into a state."""
    if moment == "connecting":
        await run.until(lambda: bool(run.outlet.states), "it never began")
    elif moment != "at once":
        await run.live()
    if moment == "asking":
        await run.feed.request_history(run.subject.symbols[0], "1m", 1_795_185_000_000, 500, 1)
        await run.feed.request_snapshot([run.subject.symbols[0]])
        await run.feed.search_symbols("apple", 2)
    if moment == "retrying":
        code = run.subject.codes[-1] if isinstance(run.subject, TosExcel) else 1006
        await run.far(lambda: run.subject.end(code))
        await run.until(lambda: "retrying" in run.outlet.states, "the end was not noticed")
