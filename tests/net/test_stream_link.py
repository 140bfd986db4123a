"""One link for every stream: what is between two connections, and what ends it for good."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import NoReturn

import pytest
from websockets.asyncio.client import ClientConnection

from live_monitor.clock import Clock, ManualClock, SystemClock
from live_monitor.errors import FatalFeedError, FeedError, LoginNeeded, RateLimited
from live_monitor.net.stream_link import LinkTiming, StreamLink
from tests.fakes.chaos_server import ChaosServer, answers_http, closes, closes_at_once, only_pongs
from tests.fakes.outlet import Outlet

QUICK = LinkTiming(delay_scale=0.001)
Converse = Callable[[ClientConnection], Awaitable[NoReturn]]


class Course:
    """A link to `url` with the converse of a test, running in the present loop."""

    def __init__(self, url: str | Callable[[], Awaitable[str]], clock: Clock | None = None) -> None:
        self.outlet = Outlet()
        clock = clock or SystemClock()
        self.link = StreamLink(url, self.outlet, clock=clock, random=Random(1), timing=QUICK)
        self.link.provider, self.link.label = "polygon", "POLYGON"
        self.task: asyncio.Task[None] | None = None

    async def listens(self, socket: ClientConnection) -> NoReturn:
        """The simplest converse: it is live at once, and reads."""
        self.link.live()
        while True:
            await socket.recv()

    def start(self, converse: Converse | None = None) -> None:
        self.task = asyncio.create_task(self.link.run(converse or self.listens))

    async def __aenter__(self) -> Course:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)


def address(server: ChaosServer) -> str:
    return f"ws://127.0.0.1:{server.port}/stocks"


@pytest.mark.asyncio
async def test_every_state_says_whose_prices_they_are_and_a_close_is_followed_by_a_new_connection() -> None:
    async with ChaosServer(closes(1001), only_pongs()) as server, Course(address(server)) as course:
        course.start()
        await course.outlet.until(lambda: course.outlet.states.count("live") == 2)
        assert course.outlet.states == ["connecting", "live", "retrying", "connecting", "live"]
        assert {(link.provider, link.label) for link in course.outlet.links} == {("polygon", "POLYGON")}
        assert "code 1001" in course.outlet.links[2].message
        assert course.link.connected


@pytest.mark.asyncio
async def test_f8_a_redirect_is_not_followed_not_even_to_another_path_of_the_same_server() -> None:
    redirect = answers_http(302, {"Location": "/elsewhere"})
    async with ChaosServer(redirect, only_pongs()) as server, Course(address(server)) as course:
        course.start()
        await course.outlet.until(lambda: "live" in course.outlet.states)
        assert course.outlet.states == ["connecting", "retrying", "connecting", "live"]
        assert "HTTP 302" in course.outlet.links[1].message
        assert [connection.path for connection in server.connections] == ["/stocks", "/stocks"]


@pytest.mark.asyncio
async def test_an_address_that_has_to_be_asked_for_is_asked_for_before_every_attempt() -> None:
    asked: list[int] = []
    async with ChaosServer(closes_at_once(), only_pongs()) as server:

        async def find() -> str:
            asked.append(len(asked))
            if len(asked) == 1:
                raise FeedError("The broker does not say where it streams.", "It is asked again.")
            return address(server)

        async with Course(find) as course:
            course.start()
            await course.outlet.until(lambda: course.outlet.states.count("live") == 2)
            retried = course.outlet.links[1]
            assert (retried.state, retried.message) == ("retrying", "The broker does not say where it streams.")
            assert retried.remedy == "It is asked again."
            assert len(asked) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("error", "state"),
    [
        (FeedError("No answer to the log-in."), "retrying"),
        (RateLimited("Too many questions.", wait_s=55.0), "retrying"),
        (FatalFeedError("The key was refused.", "Check the key."), "failed"),
        (LoginNeeded("The log-in is too old.", "Log in again."), "failed"),
    ],
)
async def test_what_a_conversation_raises_decides_what_follows(error: FeedError, state: str) -> None:
    async with ChaosServer(only_pongs()) as server, Course(address(server)) as course:

        async def refuses(socket: ClientConnection) -> NoReturn:
            raise error

        course.start(refuses)
        await course.outlet.until(lambda: state in course.outlet.states)
        told = next(link for link in course.outlet.links if link.state == state)
        assert (told.message, told.remedy) == (error.message, error.remedy)
        if isinstance(error, RateLimited):
            assert told.retry_in_s == pytest.approx(55.0 * QUICK.delay_scale)
        if state == "failed":
            assert course.task is not None
            await course.task
            assert len(server.connections) == 1


@pytest.mark.asyncio
async def test_an_error_of_the_program_is_not_taken_for_one_of_the_far_end() -> None:
    async with ChaosServer(only_pongs()) as server, Course(address(server)) as course:

        async def stumbles(socket: ClientConnection) -> NoReturn:
            raise RuntimeError("a bug")

        course.start(stumbles)
        assert course.task is not None
        with pytest.raises(RuntimeError, match="a bug"):
            await course.task
        assert not course.link.connected


@pytest.mark.asyncio
async def test_delays_start_over_only_after_half_a_minute_of_health() -> None:
    clock = ManualClock()
    healthy_s = iter([0.0, 29.0, 31.0, 0.0])
    async with ChaosServer(only_pongs()) as server, Course(address(server), clock) as course:

        async def lives_for_a_while(socket: ClientConnection) -> NoReturn:
            clock.advance(next(healthy_s))
            raise FeedError("over")

        course.start(lives_for_a_while)
        await course.outlet.until(lambda: course.outlet.states.count("retrying") == 4)
        assert [link.attempt for link in course.outlet.links if link.state == "retrying"] == [1, 2, 1, 2]


@pytest.mark.asyncio
async def test_a_connection_that_is_dropped_on_purpose_says_why() -> None:
    async with ChaosServer(only_pongs()) as server, Course(address(server)) as course:
        course.start()
        await course.outlet.until(lambda: "live" in course.outlet.states)
        await course.link.reconnect("No data arrived.")
        await course.outlet.until(lambda: course.outlet.states.count("live") == 2)
        assert [link.message for link in course.outlet.links if link.state == "retrying"] == ["No data arrived."]


@pytest.mark.asyncio
async def test_what_is_sent_without_a_connection_goes_nowhere() -> None:
    async with ChaosServer(only_pongs()) as server, Course(address(server)) as course:
        await course.link.send("lost")
        course.start()
        await course.outlet.until(lambda: "live" in course.outlet.states)
        await course.link.send("heard")
        await course.link.send(b"in bytes")
        while len(server.received) < 2:
            await asyncio.sleep(0)
        assert server.received == [b"heard", b"in bytes"]


@pytest.mark.asyncio
async def test_no_secret_of_an_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "live_monitor")
    async with ChaosServer(closes(1000), only_pongs()) as server:
        url = f"ws://canary-user:canary-word@127.0.0.1:{server.port}/stocks?apiKey=canary-key"
        async with Course(url) as course:
            course.start()
            await course.outlet.until(lambda: course.outlet.states.count("live") == 2)
    assert f"127.0.0.1:{server.port}/stocks" in caplog.text
    assert "canary" not in caplog.text
    assert not any("canary" in f"{link.message}{link.remedy}" for link in course.outlet.links)


@pytest.mark.asyncio
async def test_a_cancelled_link_is_gone_at_once_and_without_a_closing_handshake() -> None:
    async with ChaosServer(only_pongs()) as server, Course(address(server)) as course:
        course.start()
        await course.outlet.until(lambda: "live" in course.outlet.states)
        assert course.task is not None
        course.task.cancel()
        async with asyncio.timeout(1):
            await asyncio.gather(course.task, return_exceptions=True)
        assert not course.link.connected
        while server.open_peers:
            await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_f11_names_that_nobody_looks_up_are_given_up_in_time_and_asked_for_again() -> None:
    asked: list[str] = []

    async def silent(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        await asyncio.get_running_loop().create_future()
        return []

    outlet = Outlet()
    link = StreamLink(
        "wss://feed.example/stocks", outlet, clock=SystemClock(), random=Random(1),
        timing=QUICK._replace(open_s=0.05), resolver=silent,
    )  # fmt: skip
    task = asyncio.create_task(link.run(Course("wss://feed.example").listens))
    await outlet.until(lambda: outlet.states.count("retrying") == 2)
    assert asked[:2] == ["feed.example:443"] * 2
    assert "did not answer in time" in outlet.links[1].message
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.asyncio
async def test_a_server_on_this_machine_is_not_looked_for_behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with ChaosServer(only_pongs()) as server, Course(address(server)) as course:
        course.start()
        await course.outlet.until(lambda: bool({"live", "retrying"} & set(course.outlet.states)))
        assert course.outlet.states == ["connecting", "live"]
