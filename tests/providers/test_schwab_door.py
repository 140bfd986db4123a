"""Questions to Schwab: one renewal, bounded answers, every status in words, and no way to place an order."""

from __future__ import annotations

import asyncio
import gzip
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from live_monitor.clock import SystemClock
from live_monitor.errors import FatalFeedError, FeedError, LoginNeeded, ProtocolError, RateLimited
from live_monitor.providers.schwab_certificate import server_context
from live_monitor.providers.schwab_door import SchwabDoor
from live_monitor.wire.schwab_market import MAX_BODY_BYTES
from tests.fakes.far_end import FarEnd
from tests.providers.schwab_subject import IMPATIENT, TOKEN, GivenTokens

pytestmark = [pytest.mark.timeout(60)]

PATH = "/trader/v1/userPreference"


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("schwab_server", "--token", TOKEN) as end:
        yield end


@asynccontextmanager
async def _door(far: FarEnd, *tokens: str, base_url: str = "") -> AsyncIterator[tuple[SchwabDoor, GivenTokens]]:
    given = GivenTokens(*tokens)
    door = SchwabDoor(given, clock=SystemClock(), base_url=base_url or far.rest, timing=IMPATIENT)
    try:
        yield door, given
    finally:
        await door.close()


def _asked(far: FarEnd) -> int:
    return sum(PATH in question for question in far.seen()["questions"])


@pytest.mark.asyncio
async def test_a_refused_token_is_renewed_once_and_the_question_asked_once_more(far: FarEnd) -> None:
    async with _door(far, "STALE", TOKEN) as (door, tokens):
        assert b"streamerInfo" in await door.get(PATH)
    assert [secret.reveal() for secret in tokens.refused] == ["STALE"]
    assert _asked(far) == 2


@pytest.mark.asyncio
async def test_a_token_that_stays_refused_asks_for_a_log_in(far: FarEnd) -> None:
    async with _door(far, "STALE", "STALE TOO") as (door, tokens):
        with pytest.raises(LoginNeeded) as caught:
            await door.get(PATH)
    assert len(tokens.refused) == 1
    assert _asked(far) == 2
    assert "STALE" not in str(caught.value)
    assert "Invalid bearer token" in caught.value.message


@pytest.mark.asyncio
async def test_too_often_is_answered_by_silence_for_as_long_as_schwab_says(far: FarEnd) -> None:
    far.do("answer", path=PATH, status=429, headers={"Retry-After": "7"})
    async with _door(far) as (door, _):
        with pytest.raises(RateLimited) as caught:
            await door.get(PATH)
        assert caught.value.wait_s == 7
        with pytest.raises(RateLimited):
            await door.get(PATH)
    assert _asked(far) == 1, "nobody asks before the time is over"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"status": 500, "body": "oops"}, FeedError, "HTTP 500: oops"),
        ({"status": 503, "body": "<html>down</html>"}, FeedError, "HTTP 503."),
        ({"status": 403, "body": '{"message":"Forbidden"}'}, FeedError, "Forbidden"),
        ({"status": 404, "body": '{"errors":[{"title":"Not Found","detail":"No"}]}'}, FeedError, "Not Found: No"),
        ({"status": 302, "headers": {"Location": "https://example.com/"}}, FeedError, "not followed"),
        ({"status": 200, "size": MAX_BODY_BYTES + 1}, ProtocolError, "larger than 4 MiB"),
        ({"status": 200, "body": "x", "headers": {"Content-Encoding": "br"}}, ProtocolError, "packed"),
        ({"status": 200, "body": "x", "headers": {"Content-Encoding": "gzip"}}, ProtocolError, "unpacked"),
        ({"status": 200, "body": "x", "slow": True}, FeedError, "in time"),
    ],
)
async def test_every_odd_answer_is_an_error_in_words(
    far: FarEnd, answer: dict[str, Any], kind: type[FeedError], words: str
) -> None:
    far.do("answer", path=PATH, **answer)
    async with _door(far) as (door, _):
        with pytest.raises(kind) as caught:
            await door.get(PATH)
        assert words in caught.value.message
        assert b"streamerInfo" in await door.get(PATH), "the next question is answered"


@pytest.mark.asyncio
async def test_nobody_at_home_is_an_error_that_may_pass(far: FarEnd) -> None:
    async with _door(far, base_url="http://127.0.0.1:9") as (door, _):
        with pytest.raises(FeedError, match="cannot be reached"):
            await door.get(PATH)


@pytest.mark.asyncio
async def test_a_server_without_tls_where_there_should_be_is_refused(far: FarEnd) -> None:
    async with _door(far, base_url=far.rest.replace("http:", "https:")) as (door, _):
        with pytest.raises(FeedError):
            await door.get(PATH)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "url", ["http://api.schwabapi.com", "ftp://x", "https://", "api.schwabapi.com", "https://x/path", "http://[::1", ""]
)
async def test_an_address_that_must_not_be_asked_is_refused(url: str) -> None:
    with pytest.raises(FatalFeedError):
        SchwabDoor(GivenTokens(), clock=SystemClock(), base_url=url or " ")


@pytest.mark.asyncio
async def test_many_questions_at_once_are_all_answered(far: FarEnd) -> None:
    async with _door(far) as (door, _):
        found = await asyncio.gather(*(door.get(PATH) for _ in range(20)))
    assert len({bytes(body) for body in found}) == 1
    assert _asked(far) == 20


def test_orders_cannot_be_placed_changed_or_cancelled_from_here() -> None:
    folder = Path(__file__).resolve().parents[2] / "live_monitor"
    sources = {
        path: path.read_text() for path in [*folder.glob("providers/schwab*.py"), *folder.glob("wire/schwab*.py")]
    }
    assert len(sources) >= 10
    verbs = re.compile(r"""["'](?:PUT|DELETE|PATCH)["']|\.(?:put|delete|patch|request)\(|previewOrder""")
    assert {path.name for path, text in sources.items() if verbs.search(text)} == set()
    # Only the log-in posts, and only to the token endpoint.
    posting = {path.name for path, text in sources.items() if re.search(r"""["']POST["']|\.post\(""", text)}
    assert posting <= {"schwab_token_endpoint.py"}
    assert [name for name in vars(SchwabDoor) if not name.startswith("_")] == ["get", "close"]


def test_a_certificate_that_is_refused_is_for_good() -> None:
    from live_monitor.providers.schwab_address import unreachable

    inner = ssl.SSLCertVerificationError("x")
    inner.verify_message = "self-signed certificate"
    outer = OSError("connect")
    outer.__cause__ = inner
    assert isinstance(unreachable(outer), FatalFeedError)
    assert not isinstance(unreachable(OSError("x")), FatalFeedError)


# -- a server that only this test knows ---------------------------------------------------------


@asynccontextmanager
async def _asked_of(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]], *, tls: ssl.SSLContext | None = None, **timing: float
) -> AsyncIterator[tuple[SchwabDoor, list[bytes]]]:
    """A door to a server that answers so, and what the server heard."""
    heard: list[bytes] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        with suppress(ConnectionError):
            await answer(writer)
        writer.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0, ssl=tls)
    async with server:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        door = SchwabDoor(GivenTokens(), clock=SystemClock(), base_url=url, timing=IMPATIENT._replace(**timing))
        try:
            yield door, heard
        finally:
            await door.close()


async def _nothing(_writer: asyncio.StreamWriter) -> None:
    return


@pytest.mark.asyncio
async def test_nobody_who_is_not_vouched_for_is_asked(tmp_path: Path) -> None:
    async with _asked_of(_nothing, tls=server_context(tmp_path, SystemClock())) as (door, heard):
        with pytest.raises(FatalFeedError, match="certificate was refused"):
            await door.get(PATH)
    assert heard == [], "the token was not sent"


@pytest.mark.asyncio
async def test_what_swells_when_it_is_unpacked_is_not_unpacked() -> None:
    packed = gzip.compress(bytes(MAX_BODY_BYTES + 1))
    assert len(packed) < 10_000

    async def answer(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
        writer.write(head.encode() + packed)
        await writer.drain()

    async with _asked_of(answer) as (door, _):
        with pytest.raises(ProtocolError, match="larger than 4 MiB"):
            await door.get(PATH)


@pytest.mark.asyncio
async def test_an_answer_that_comes_drop_by_drop_is_not_waited_for() -> None:
    ended = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(100):
                writer.write(b"x")
                await writer.drain()
                # Sooner than the time-out of a single read.
                await asyncio.sleep(0.05)
        finally:
            ended.set()

    async with _asked_of(answer, whole_s=0.5) as (door, _):
        with pytest.raises(FeedError, match="in time"):
            await door.get(PATH)
        await ended.wait()


@pytest.mark.asyncio
async def test_four_questions_are_asked_at_a_time_at_most() -> None:
    open_now, most = 0, 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.02)
        open_now -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with _asked_of(answer) as (door, _):
        assert await asyncio.gather(*(door.get(PATH) for _ in range(12))) == [b"{}"] * 12
    assert most == 4
