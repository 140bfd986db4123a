"""Answers to a feed's questions, on threads of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
import pytest_asyncio

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Event, Snapshot, Trade
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import DAY, MINUTE, Timeframe
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.errors import FeedError, HistoryError
from live_monitor.ports import Page
from live_monitor.providers.history_answers import Answers, HistoryAnswers, Missed
from live_monitor.wire.notices import ErrorNotice, HistoryPage, Notice, SnapshotFrame
from tests.providers.polygon_service import OPEN, PRE


class Outlet:
    """What was put, in order, and on which thread."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.threads: set[int] = set()
        self.has_room = True

    def _put(self, item: Any) -> None:
        self.items.append(item)
        self.threads.add(threading.get_ident())

    def put_events(self, events: list[Event], received: float) -> None:
        self._put(events)

    def put_notice(self, notice: Notice, received: float) -> None:
        self._put(notice)

    def put_status(self, status: LinkStatus) -> None:
        self._put(status)

    def put_problem(self, symbol: str, reason: str) -> None:
        self._put((symbol, reason))

    def put_provider(self, status: ProviderStatus) -> None:
        self._put(status)

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        self._put((request_id, [*hits]))


class Service:
    """Answers when it is let; remembers what it was asked, in order."""

    timeframes: tuple[Timeframe, ...] = (MINUTE, DAY)
    market = "test"

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.gate = threading.Event()
        self.gate.set()
        self.at_the_gate = threading.Event()
        self.error: Exception | None = None
        #: Prints alone cannot be had.
        self.lost: Exception | None = None
        self.events: list[Event] = []

    def _came(self, question: Any) -> None:
        self.asked.append(question)
        self.at_the_gate.set()
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error

    def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
        self._came((symbol, timeframe.name, end_ms, limit))
        start_ms = PRE - 4 * 3_600_000 if timeframe == DAY else OPEN
        bars = [Bar(start_ms, 10.0, 11.0, 9.0, 10.5, 700.0, trades=7)]
        return Page(BarColumns.of(bars), start_ms - 60_000, True)

    def close(self) -> None:
        """Nothing is held."""

    def snapshots(self, symbols: Sequence[str]) -> list[Snapshot]:
        self._came(("level 1", *symbols))
        return [Snapshot(symbol, OPEN, last=1.0) for symbol in symbols]

    def search(self, text: str) -> list[SymbolHit]:
        self._came(("search", text))
        return [SymbolHit(text.upper(), "found")]

    def missed(self, symbol: str, from_ms: int, to_ms: int) -> Missed:
        self._came(("missed", symbol, from_ms, to_ms))
        if self.lost is not None:
            raise self.lost
        return Missed([*self.events], whole=True)


@pytest.fixture
def outlet() -> Outlet:
    return Outlet()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest_asyncio.fixture
async def answers(outlet: Outlet, service: Service) -> AsyncIterator[HistoryAnswers]:
    asks = Answers(service, service.snapshots, service.search, service.missed)
    made = HistoryAnswers(outlet, asks, ManualClock(), name="test")
    yield made
    service.gate.set()
    made.close()
    await _until(lambda: not any(thread.name.startswith("test-") for thread in threading.enumerate()))


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def _refused(answers: HistoryAnswers, times: int) -> None:
    await _until(lambda: answers.rejections.total == times)


def _print(at_ms: int, sequence: int = 1) -> Trade:
    return Trade("AAA", 10.0, 100, at_ms, sequence=sequence)


@pytest.mark.asyncio
async def test_a_page_comes_as_a_notice_on_the_feeds_own_thread(outlet: Outlet, answers: HistoryAnswers) -> None:
    await answers.request_history("AAA", "1m", OPEN + 60_000, 900, 17)
    await _until(lambda: bool(outlet.items))

    (page,) = outlet.items
    assert isinstance(page, HistoryPage)
    assert (page.symbol, page.timeframe, page.request_id, page.more) == ("AAA", "1m", 17, True)
    assert (page.bars[0].start_ms, page.bars[0].end_ms, page.bars[0].transactions) == (OPEN, OPEN + 60_000, 7)
    assert page.from_ms == OPEN - 60_000
    assert outlet.threads == {threading.get_ident()}


@pytest.mark.asyncio
async def test_a_day_is_as_long_as_its_day_in_new_york(outlet: Outlet, answers: HistoryAnswers) -> None:
    await answers.request_history("AAA", "1D", OPEN, 900, 1)
    await _until(lambda: bool(outlet.items))

    assert outlet.items[0].bars[0].end_ms - outlet.items[0].bars[0].start_ms == 86_400_000


@pytest.mark.asyncio
async def test_the_newest_question_comes_first_and_takes_the_place_of_an_older_one(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.gate.clear()
    await answers.request_history("AAA", "1m", 1, 10, 1)
    await _until(service.at_the_gate.is_set)
    for number, (symbol, timeframe) in enumerate([("BBB", "1m"), ("CCC", "1m"), ("BBB", "1D"), ("BBB", "1m")], start=2):
        await answers.request_history(symbol, timeframe, 1, 10, number)
    service.gate.set()
    await _until(lambda: len(outlet.items) == 4)

    assert [item.request_id for item in outlet.items] == [1, 5, 4, 3]


@pytest.mark.asyncio
async def test_what_waits_for_a_symbol_that_was_left_is_forgotten(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    answers.follow(["AAA", "BBB"])
    service.gate.clear()
    await answers.request_history("AAA", "1m", 1, 10, 1)
    await _until(service.at_the_gate.is_set)
    await answers.request_history("BBB", "1m", 1, 10, 2)
    await answers.request_history("CCC", "1m", 1, 10, 3)  # its turn comes before the feed hears that it is wanted
    answers.follow(["AAA", "CCC"])
    service.gate.set()
    await _until(lambda: len(outlet.items) == 2)

    assert [item.request_id for item in outlet.items] == [1, 3]


@pytest.mark.asyncio
async def test_more_questions_than_can_wait_drop_the_oldest(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.gate.clear()
    await answers.request_history("AAA", "1m", 1, 10, 0)
    await _until(service.at_the_gate.is_set)
    for number in range(1, 200):
        await answers.request_history(f"S{number}", "1m", 1, 10, number)
    service.gate.set()
    await _until(lambda: len(outlet.items) == 129)

    assert [item.request_id for item in outlet.items] == [0, *range(199, 71, -1)]


@pytest.mark.asyncio
async def test_nothing_is_put_after_the_end(outlet: Outlet, service: Service, answers: HistoryAnswers) -> None:
    service.gate.clear()
    await answers.request_history("AAA", "1m", 1, 10, 1)
    await _until(service.at_the_gate.is_set)
    answers.close()
    service.gate.set()
    await _until(lambda: not any(thread.name == "test-pages" for thread in threading.enumerate()))
    await answers.request_history("AAA", "1m", 1, 10, 2)
    await answers.request_snapshot(["AAA"])
    answers.heal(["AAA"], 1, 2)

    await asyncio.sleep(0)
    assert outlet.items == []


@pytest.mark.asyncio
async def test_a_question_that_hangs_does_not_hold_up_a_search_or_the_end(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    hanging = threading.Event()
    slow = Answers(history=service, search=lambda text: [SymbolHit("X", text)])
    both = HistoryAnswers(outlet, slow, ManualClock(), name="test")
    service.gate.clear()
    await both.request_history("AAA", "1m", 1, 10, 1)
    await _until(service.at_the_gate.is_set)
    await both.search_symbols("x", 9)
    await _until(lambda: outlet.items == [(9, [SymbolHit("X", "x")])])

    both.close()  # returns at once, and the thread is left to itself
    assert not hanging.is_set()
    service.gate.set()


@pytest.mark.asyncio
async def test_what_went_wrong_is_said_once_until_it_goes_right(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.error = HistoryError("No answer.", "Wait.")
    for number in range(3):
        await answers.request_history("AAA", "1m", 1, 10, number)
        await _refused(answers, number + 1)
    service.error = None
    await answers.request_history("AAA", "1m", 1, 10, 4)
    await _until(lambda: len(outlet.items) == 2)
    service.error = HistoryError("No answer.", "Wait.")
    await answers.request_history("AAA", "1m", 1, 10, 5)
    await _until(lambda: len(outlet.items) == 3)

    assert [type(item) for item in outlet.items] == [ErrorNotice, HistoryPage, ErrorNotice]
    assert outlet.items[0].message == "No answer. Wait."


@pytest.mark.asyncio
async def test_a_mistake_of_ours_in_one_answer_does_not_silence_the_next(
    outlet: Outlet, service: Service, answers: HistoryAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    service.error = ZeroDivisionError("a mistake")
    await answers.request_history("AAA", "1m", 1, 10, 1)
    await _until(lambda: "a mistake" in caplog.text)
    service.error = None
    await answers.request_history("AAA", "1m", 1, 10, 2)
    await _until(lambda: len(outlet.items) == 1)

    assert outlet.items[0].request_id == 2


@pytest.mark.asyncio
async def test_a_search_that_fails_is_answered_with_nothing(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.error = FeedError("No.")
    await answers.search_symbols("apple", 4)
    await _until(lambda: len(outlet.items) == 2)

    assert outlet.items[1] == (4, [])


@pytest.mark.asyncio
async def test_level_1_of_symbols_that_wait_is_asked_for_in_one_question(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.gate.clear()
    await answers.search_symbols("x", 1)
    await _until(service.at_the_gate.is_set)
    for symbol in ("CCC", "AAA", "BBB", "AAA"):
        await answers.request_snapshot([symbol])
    service.gate.set()
    await _until(lambda: len(outlet.items) == 4)

    assert service.asked[1:] == [("level 1", "AAA", "BBB", "CCC")]
    assert {item.data.symbol for item in outlet.items[1:] if isinstance(item, SnapshotFrame)} == {"AAA", "BBB", "CCC"}


@pytest.mark.asyncio
async def test_missed_prints_come_before_bars_and_level_1_that_were_asked_for_earlier(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.events = [_print(OPEN + at, at + 1) for at in range(2_500)]
    service.gate.clear()
    await answers.request_history("ZZZ", "1m", 1, 10, 1)
    await _until(service.at_the_gate.is_set)
    await answers.request_history("AAA", "1m", 1, 10, 2)
    answers.heal(["AAA"], OPEN, OPEN + 5_000)
    await answers.request_snapshot(["AAA"])
    service.gate.set()
    await _until(lambda: len(outlet.items) == 6)

    assert [type(item) for item in outlet.items if not isinstance(item, HistoryPage)] == [
        list,
        list,
        list,
        SnapshotFrame,
    ]
    put = [event for item in outlet.items if isinstance(item, list) for event in item]
    assert put == service.events
    assert service.asked[1] == ("missed", "AAA", OPEN, OPEN + 5_000)


@pytest.mark.asyncio
async def test_missed_prints_wait_for_room(outlet: Outlet, service: Service, answers: HistoryAnswers) -> None:
    service.events = [_print(OPEN + at, at + 1) for at in range(1_500)]
    healed: list[Any] = []
    answers.healed = lambda *what: healed.append(what)
    outlet.has_room = False
    answers.heal(["AAA"], OPEN, OPEN + 5_000)
    await _until(lambda: len(service.asked) == 1)
    await asyncio.sleep(0.03)
    assert outlet.items == []

    outlet.has_room = True
    await _until(lambda: bool(healed))

    assert sum(len(item) for item in outlet.items) == 1_500
    assert healed == [("AAA", OPEN, OPEN + 5_000, True)]


@pytest.mark.asyncio
async def test_level_1_of_a_loss_that_could_not_be_healed_comes_all_the_same(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.lost = FeedError("No.")
    answers.heal(["AAA"], OPEN, OPEN + 5_000)
    await answers.request_snapshot(["AAA"])
    await _until(lambda: len(outlet.items) == 2)

    assert [type(item) for item in outlet.items] == [ErrorNotice, SnapshotFrame]


@pytest.mark.asyncio
async def test_news_come_after_the_first_prices_and_once_a_greeting(outlet: Outlet, service: Service) -> None:
    asked: list[int] = []

    def news() -> list[Notice]:
        asked.append(1)
        return [ErrorNotice("news")]

    both = HistoryAnswers(outlet, Answers(snapshots=service.snapshots, news=news), ManualClock(), name="test")
    both.greeted()
    both.greeted()
    await both.request_snapshot(["AAA"])
    await _until(lambda: len(outlet.items) == 2)
    both.close()

    assert [type(item) for item in outlet.items] == [SnapshotFrame, ErrorNotice]
    assert asked == [1]


@pytest.mark.asyncio
async def test_a_source_that_answers_nothing_is_asked_nothing(outlet: Outlet) -> None:
    mute = HistoryAnswers(outlet, Answers(), ManualClock(), name="test")
    await mute.request_history("AAA", "1m", 1, 10, 1)
    await mute.request_snapshot(["AAA"])
    mute.heal(["AAA"], 1, 2)
    await mute.search_symbols("x", 3)

    assert outlet.items == [(3, [])]
    assert not any(thread.name.startswith("test-") for thread in threading.enumerate())
