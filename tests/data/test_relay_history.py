"""History of a relay server over a real socket: answers, refusals, silence, lost connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import TypeVar

import pytest
from websockets.sync.server import Server, ServerConnection, serve

from live_monitor.clock import SystemClock
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND
from live_monitor.data.relay_history import HistoryTiming, RelayHistory
from live_monitor.engine.market.bar_columns import BarSource
from live_monitor.errors import HistoryError
from live_monitor.wire import relay
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute, a_second
from tests.server.harness import serving

T = TypeVar("T")

FAST = HistoryTiming(open_s=2.0, hello_s=1.0, answer_s=1.0)
HELLO = relay.Hello(["history"], "other", "simulated", "OTHER", symbols=["AAPL"], market="other", timeframes=["1m"])
Talk = Callable[[ServerConnection], None]


def past() -> list[Aggregate]:
    return [*(a_minute("AAPL", number) for number in range(-10, 0)), *(a_second("AAPL", number) for number in (-3, -2))]


async def ask(url: str, question: Callable[[RelayHistory], T]) -> T:
    """Asks on a thread, as a command would; this one serves."""

    def asking() -> T:
        with closing(RelayHistory(url, "test", SystemClock(), timing=FAST)) as history:
            return question(history)

    return await asyncio.to_thread(asking)


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """The address of a server that says what the test wrote down."""

    def heard(connection: ServerConnection) -> None:
        talk(connection)
        for _ in connection:
            pass

    with serve(heard, "127.0.0.1", 0) as server:
        yield from _served(server)


def _served(server: Server) -> Iterator[str]:
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/ws/{{client_id}}"
    finally:
        server.shutdown()
        thread.join()


def greeted(connection: ServerConnection, hello: relay.Hello = HELLO) -> None:
    connection.send(relay.encode(hello), text=True)
    connection.recv()


def request(connection: ServerConnection) -> relay.Request:
    asked = relay.decode_request(connection.recv(decode=False))
    assert asked is not None
    return asked


# -- a server of ours --------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_newest_bars_before_an_instant_come_as_columns() -> None:
    async with serving(ScriptedMarket(past=past()), speed=1.0) as server:
        page = await ask(server.url, lambda history: history.page("AAPL", MINUTE, START_MS, 3))
    assert page.bars.start_ms.tolist() == [START_MS - 180_000, START_MS - 120_000, START_MS - 60_000]
    assert page.bars.close.tolist() == [100.5] * 3
    assert set(page.bars.source) == {BarSource.HISTORY}
    assert page.more
    assert page.from_ms <= START_MS - 180_000


@pytest.mark.asyncio
async def test_pages_follow_one_another_to_the_beginning() -> None:
    def walk(history: RelayHistory) -> list[int]:
        starts: list[int] = []
        end_ms, more = START_MS, True
        while more:
            page = history.page("AAPL", MINUTE, end_ms, 4)
            starts = page.bars.start_ms.tolist() + starts
            end_ms, more = page.from_ms, page.more
        return starts

    async with serving(ScriptedMarket(past=past()), speed=1.0) as server:
        starts = await ask(server.url, walk)
    assert starts == [bar.start_ms for bar in past()[:10]]


@pytest.mark.asyncio
async def test_the_greeting_says_whose_bars_these_are() -> None:
    async with serving(ScriptedMarket(past=past()), speed=1.0) as server:
        found = await ask(server.url, lambda one: (one.market, one.label, one.symbols, one.timeframes, one.now_ms))
    assert found[:3] == ("scripted", "SCRIPTED", ("AAPL", "MSFT"))
    assert {SECOND, MINUTE} <= set(found[3])
    assert found[4] >= START_MS


@pytest.mark.asyncio
async def test_a_symbol_that_is_not_served_is_refused_without_asking() -> None:
    async with serving(ScriptedMarket(), speed=1.0) as server:
        with pytest.raises(HistoryError, match=r"does not know ZZZ. It has AAPL, MSFT"):
            await ask(server.url, lambda history: history.page("ZZZ", MINUTE, START_MS, 3))


@pytest.mark.asyncio
async def test_a_name_with_odd_letters_is_a_client_like_any_other() -> None:
    async with serving(ScriptedMarket(past=past()), speed=1.0) as server:

        def asking() -> int:
            with closing(RelayHistory(server.url, "a b/ü", SystemClock(), timing=FAST)) as history:
                return history.page("AAPL", SECOND, START_MS, 9).bars.length

        assert await asyncio.to_thread(asking) == 2


# -- servers that behave otherwise -------------------------------------------------------------


def test_a_server_that_is_not_there_is_told_in_words() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(HistoryError, match="cannot be reached"):
        RelayHistory(f"ws://127.0.0.1:{port}/ws", "test", SystemClock(), timing=FAST)


def test_f9_without_tls_no_other_machine_is_asked_for_history() -> None:
    with pytest.raises(HistoryError, match="without encryption"):
        RelayHistory("ws://192.0.2.1:9/ws/x", "test", SystemClock(), timing=FAST)


@pytest.mark.parametrize("url", ["http://localhost:1/", "ws://", "nonsense", "ws://[::1/"])
def test_an_address_that_is_none_is_told_in_words(url: str) -> None:
    with pytest.raises(HistoryError, match="WebSocket address"):
        RelayHistory(url, "test", SystemClock(), timing=FAST)


def test_a_server_that_does_not_greet_is_not_one_of_ours() -> None:
    with talking(lambda connection: None) as url, pytest.raises(HistoryError, match="does not greet"):
        RelayHistory(url, "test", SystemClock(), timing=FAST._replace(hello_s=0.05))


def test_a_server_without_history_is_told() -> None:
    def talk(connection: ServerConnection) -> None:
        connection.send(relay.encode(relay.Hello(["ack"])), text=True)

    with talking(talk) as url, pytest.raises(HistoryError, match="offers no history"):
        RelayHistory(url, "test", SystemClock(), timing=FAST)


def test_a_length_that_is_not_offered_is_refused_without_asking() -> None:
    with (
        talking(greeted) as url,
        closing(RelayHistory(url, "test", SystemClock(), timing=FAST)) as history,
        pytest.raises(HistoryError, match=r"no history of 1D bars. It has 1m"),
    ):
        history.page("AAPL", DAY, START_MS, 3)


def test_what_a_server_refuses_is_told_in_its_words() -> None:
    def talk(connection: ServerConnection) -> None:
        greeted(connection)
        request(connection)
        connection.send(relay.encode(relay.ErrorNotice("Not today.")), text=True)

    with (
        talking(talk) as url,
        closing(RelayHistory(url, "test", SystemClock(), timing=FAST)) as history,
        pytest.raises(HistoryError, match="Not today"),
    ):
        history.page("AAPL", MINUTE, START_MS, 3)


def test_a_late_answer_is_never_taken_for_that_to_another_question() -> None:
    connections: list[ServerConnection] = []

    def talk(connection: ServerConnection) -> None:
        connections.append(connection)
        greeted(connection)
        if len(connections) == 1:
            request(connection)
            return
        asked = request(connection)
        stale = relay.HistoryPage("AAPL", "1m", asked.request_id - 1, [a_minute("AAPL", -9)])
        right = relay.HistoryPage("AAPL", "1m", asked.request_id, [a_minute("AAPL", -1)])
        for page in (stale, right):
            connection.send(relay.encode(page), text=True)

    timing = FAST._replace(answer_s=0.2)
    with talking(talk) as url, closing(RelayHistory(url, "test", SystemClock(), timing=timing)) as history:
        with pytest.raises(HistoryError, match=r"did not answer within 0.2 s"):
            history.page("AAPL", MINUTE, START_MS, 3)
        assert history.page("AAPL", MINUTE, START_MS, 3).bars.start_ms.tolist() == [START_MS - 60_000]
    assert len(connections) == 2


def test_a_connection_that_is_lost_is_made_anew_once() -> None:
    connections: list[ServerConnection] = []

    def talk(connection: ServerConnection) -> None:
        connections.append(connection)
        greeted(connection)
        asked = request(connection)
        if len(connections) == 1:
            connection.close_socket()
            return
        connection.send(
            relay.encode(relay.HistoryPage("AAPL", "1m", asked.request_id, [a_minute("AAPL", -1)])), text=True
        )

    with talking(talk) as url, closing(RelayHistory(url, "test", SystemClock(), timing=FAST)) as history:
        assert history.page("AAPL", MINUTE, START_MS, 3).bars.length == 1
    assert len(connections) == 2


def test_another_market_behind_the_same_address_is_not_mixed_with_the_first() -> None:
    markets = iter(("one", "two"))

    def talk(connection: ServerConnection) -> None:
        market = next(markets)
        greeted(connection, relay.Hello(["history"], market=market, timeframes=["1m"]))
        if market == "one":
            request(connection)
            connection.close_socket()

    with (
        talking(talk) as url,
        closing(RelayHistory(url, "test", SystemClock(), timing=FAST)) as history,
        pytest.raises(HistoryError, match="another market"),
    ):
        history.page("AAPL", MINUTE, START_MS, 3)


def test_bars_that_cannot_be_are_left_out_and_the_page_does_not_claim_to_be_whole() -> None:
    def talk(connection: ServerConnection) -> None:
        greeted(connection)
        asked = request(connection)
        upside_down = Aggregate("AAPL", START_MS - 120_000, START_MS - 60_000, 5.0, 4.0, 6.0, 5.0, 1.0)
        bars: list[Aggregate] = [a_minute("AAPL", -3), upside_down, a_minute("AAPL", -1)]
        page = relay.HistoryPage("AAPL", "1m", asked.request_id, [*bars], True, START_MS - 180_000)
        connection.send(relay.encode(page), text=True)

    with talking(talk) as url, closing(RelayHistory(url, "test", SystemClock(), timing=FAST)) as history:
        page = history.page("AAPL", MINUTE, START_MS, 3)
        assert page.bars.start_ms.tolist() == [START_MS - 180_000, START_MS - 60_000]
        assert history.rejections.by_reason["history: inconsistent bar"] == 1


def test_closing_twice_is_harmless() -> None:
    with talking(greeted) as url:
        history = RelayHistory(url, "test", SystemClock(), timing=FAST)
        history.close()
        history.close()
