"""What every live feed keeps, whoever makes it."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.providers.registry import IDS
from tests.conformance.feeds.running import SMALL_BACKLOG, Running, greetings, kinds, running, stopped, told_and_lost
from tests.conformance.feeds.subjects import CANARY, PATIENT, SUBJECTS, Relay, Subject, TosExcel

#: A gap begins at most so much market time before the loss: pings of three quarters of a second, twenty times as fast.
GAP_BEGINS_MS = 30_000

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]


@pytest.fixture(params=SUBJECTS, ids=lambda kind: kind.name)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """Each provider, with its far end running."""
    with request.param(tmp_path) as made:
        yield made
    # What a feed left to the collector fails this test, and not one that comes after it.
    gc.collect()


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


async def test_c2_refused_for_good_it_stops_and_names_a_remedy(
    subject: Subject, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await asyncio.to_thread(subject.refuse)
    async with running(subject, subject.symbols[0]) as run:
        await run.until(lambda: "failed" in run.outlet.states, "it went on")
        await asyncio.wait_for(run.task, 5)
        failed = run.outlet.all(LinkStatus)[-1]
        assert failed.state == "failed"
        assert failed.message
        assert failed.remedy
        assert "live" not in run.outlet.states
        assert run.outlet.states.count("retrying") < subject.attempts
        assert await run.far(subject.connections) <= subject.attempts
        assert CANARY not in repr(run.outlet.items) + caplog.text


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
        assert set(run.outlet.problems) <= {subject.unknown}
        assert all(run.outlet.problems.values())
        assert run.outlet.told_of(subject.unknown) == 0
        assert set(run.outlet.states) == {"connecting", "live"}


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
        assert run.outlet.all(LinkStatus)[-1].message
        await run.far(subject.talk)
        await run.live(2)
        await run.streams(subject.symbols[0])


async def test_c7_garbage_is_counted_and_the_next_good_message_is_handled(subject: Subject) -> None:
    async with running(subject, subject.symbols[0]) as run:
        await run.live()
        await run.streams(subject.symbols[0])
        connections, counted = await run.far(subject.connections), run.feed.rejections.total
        await run.far(subject.garbage)
        if not subject.has_socket:
            # A workbook that cannot be read has no messages that could be counted: it is said that it cannot be read.
            await run.until(lambda: "retrying" in run.outlet.states, "it was not told")
            assert run.outlet.all(LinkStatus)[-1].message
        await run.streams(subject.symbols[0])
        assert await run.far(subject.connections) == connections
        if subject.has_socket:
            assert run.feed.rejections.total > counted
            assert set(run.outlet.states) == {"connecting", "live"}
        assert run.outlet.problems == {}


async def test_c8_it_comes_back_after_every_end(subject: Subject) -> None:
    async with running(subject, subject.symbols[0]) as run:
        await run.live()
        for number, code in enumerate(subject.codes):
            await run.streams(subject.symbols[0])
            await run.far(lambda code=code: subject.end(code))  # type: ignore[misc]  # bound now
            await run.live(number + 2)
        await run.streams(subject.symbols[0])
        assert "failed" not in run.outlet.states
        assert run.outlet.hub.counters.reconnects == len(subject.codes)


async def test_c9_a_flood_leaves_the_link_up_and_takes_bounded_room_and_every_loss_is_told(subject: Subject) -> None:
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
        # A window that never looked in all this time: what waits for it is bounded, and nothing is lost in silence.
        assert run.outlet.unread.backlog <= SMALL_BACKLOG
        came = run.outlet.all(Trade)
        told, lost, quotes = told_and_lost(run.outlet.unread.take(10**9))
        assert told + lost == len(came)
        assert quotes == {quote.symbol: quote for quote in run.outlet.all(Quote)}


async def test_c10_after_a_loss_all_is_subscribed_anew_and_the_gap_is_on_record(subject: Subject) -> None:
    symbols = set(subject.symbols)
    async with running(subject, *symbols) as run:
        hub = run.outlet.hub
        await run.live()
        for symbol in symbols:
            await run.streams(symbol)
        hellos, lost_ms = greetings(run.outlet), hub.clock.now_ms()
        await run.far(lambda: subject.end(subject.codes[-1] if isinstance(subject, TosExcel) else 1006))
        await run.live(2)
        back_ms = hub.clock.now_ms()
        for symbol in symbols:
            await run.streams(symbol)
        assert hub.counters.reconnects == 1
        if hellos:
            assert greetings(run.outlet) > hellos
        gaps = [gap for gap in hub.counters.gaps if gap.reason == "connection lost"]
        assert sorted(gap.symbol for gap in gaps) == sorted(symbols)
        for gap in gaps:
            # It begins when the far end was heard for the last time, and ends with the new connection.
            assert gap.from_ms <= gap.to_ms
            assert lost_ms - GAP_BEGINS_MS <= gap.from_ms
            assert lost_ms <= gap.to_ms <= back_ms


@pytest.mark.parametrize("moment", ["at once", "connecting", "live", "silent", "retrying", "asking"])
async def test_c11_it_ends_at_once_from_every_state_and_leaves_nothing_behind(subject: Subject, moment: str) -> None:
    threads, sockets = set(threading.enumerate()), _sockets()
    async with running(subject, subject.symbols[0]) as run:
        await _reach(run, moment)
        started = time.monotonic()
        await stopped(run.task)
        # Three seconds are what the whole program has for its end.
        assert time.monotonic() - started < 3.0
        assert run.task.done()
        with suppress(asyncio.CancelledError):
            assert run.task.exception() is None
        told = len(run.outlet.items)
    for _ in range(200):
        if (
            not _left(threads)
            and _sockets() <= sockets
            and not (subject.has_socket and await run.far(subject.open_now))
        ):
            break
        await asyncio.sleep(0.02)
    assert _left(threads) == []
    assert _sockets() <= sockets
    if subject.has_socket:
        assert await run.far(subject.open_now) == 0
    assert len(run.outlet.items) == told, "it still speaks"


def _left(before: set[threading.Thread]) -> list[str]:
    """Threads that were not there before, but for those in which this test has the far end do things."""
    return [each.name for each in set(threading.enumerate()) - before if not each.name.startswith("asyncio")]


def _sockets() -> int:
    """Sockets that this process has open; 0 where that is not said."""
    folder, count = Path("/proc/self/fd"), 0
    for each in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):  # the one that listed the folder
            count += os.readlink(each).startswith("socket:")
    return count


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
    if moment == "silent":
        await run.far(run.subject.fall_silent)
    if moment == "retrying":
        code = run.subject.codes[-1] if isinstance(run.subject, TosExcel) else 1006
        await run.far(lambda: run.subject.end(code))
        await run.until(lambda: "retrying" in run.outlet.states, "the end was not noticed")
