"""The https server that waits for the browser: what is wrong gets a page and nothing else, what is right closes it."""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.clock import ManualClock
from live_monitor.errors import FatalFeedError, LoginNeeded
from live_monitor.providers import schwab_callback
from live_monitor.providers.schwab_auth import BrokerConnection, LoginFlow
from live_monitor.providers.schwab_callback import Callback, judge, read_callback
from live_monitor.secrets import SCHWAB_CONNECTION
from tests.fakes.far_end import FarEnd
from tests.providers.login_browser import flow, listening, logs_in, request, send
from tests.secrets.key_stores import GoodKeyring

PAGE = b"You can close this page"


@pytest.fixture(scope="module")
def process() -> Iterator[FarEnd]:
    with FarEnd("schwab_login_server") as far:
        yield far


@pytest.fixture
def far(process: FarEnd) -> FarEnd:
    process.do("answer", how="normal")
    return process


@asynccontextmanager
async def waiting(made: LoginFlow) -> AsyncIterator[tuple[str, int, asyncio.Task[BrokerConnection]]]:
    """A started flow that listens: its address, its port, what it will give."""
    address = made.start()
    port = read_callback(made._app.callback)
    assert port is not None
    task = asyncio.create_task(made.listen())
    await listening(port.port)
    try:
        yield address, port.port, task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.asyncio
async def test_the_browser_comes_back_and_the_tokens_are_kept(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    keyring = GoodKeyring()
    made = flow(far.rest, tmp_path, manual_clock, keyring)
    async with waiting(made) as (address, port, task):
        answer = await send(port, request(await logs_in(address)))
        connection = await task
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert PAGE in answer
    assert connection.access_token.reveal() in far.seen()["access"]
    assert made.kept == "keyring"
    kept = keyring.kept["live-monitor", SCHWAB_CONNECTION]
    assert connection.refresh_token.reveal() in kept
    assert await send(port, request(f"https://127.0.0.1:{port}/?code=x")) == b"", "nobody listens any more"


@pytest.mark.asyncio
async def test_o1_whatever_is_not_the_one_reply_gets_a_page_and_the_flow_waits_on(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring(), path="/back")
    before = len(far.seen()["forms"])
    async with waiting(made) as (address, port, task):
        right = await logs_in(address)
        base, _, query = right.partition("?")
        fields = dict(field.split("=", 1) for field in query.split("&"))
        code, state = fields["code"], fields["state"]
        other_state = "A" * len(state)
        host = f"Host: 127.0.0.1:{port}\r\n"
        bad = {
            "no state": request(f"{base}?code={code}"),
            "empty state": request(f"{base}?code={code}&state="),
            "wrong state": request(f"{base}?code={code}&state={other_state}"),
            "state of another length": request(f"{base}?code={code}&state={state}A"),
            "two states": request(f"{base}?code={code}&state={other_state}&state={state}"),
            "two codes": request(f"{base}?code={code}&code=evil&state={state}"),
            "no code": request(f"{base}?state={state}"),
            "code and error": request(f"{base}?code={code}&error=access_denied&state={state}"),
            "error with a wrong state": request(f"{base}?error=access_denied&state={other_state}"),
            "another path": request(right, target=f"/other?{query}"),
            "the path and more": request(right, target=f"/back/?{query}"),
            "an address as target": request(right, target=right),
            "POST": request(right, method="POST", more="Content-Length: 0\r\n"),
            "HEAD": request(right, method="HEAD"),
            "a name that was rebound": request(right, host=f"Host: evil.test:{port}\r\n"),
            "another port": request(right, host="Host: 127.0.0.1:1\r\n"),
            "localhost": request(right, host=f"Host: localhost:{port}\r\n"),
            "no host": request(right, host=""),
            "two hosts": request(right, host=host + host),
            "asked by a page": request(right, more="Origin: https://evil.test\r\n"),
            "fetched": request(right).replace(b"Mode: navigate", b"Mode: no-cors"),
            "an image": request(right).replace(b"Dest: document", b"Dest: image"),
            "with a body": request(right, more="Content-Length: 3\r\n") + b"abc",
            "broken escape": request(f"{base}?code={code}%4&state={state}"),
            "a line feed in the code": request(f"{base}?code=a%0Ab&state={state}"),
            "no http": b"\x16\x03\x01 hello\r\n\r\n",
            "folded header": request(right, more="X: a\r\n b\r\n"),
            "no query": request(right, target="/back"),
            "favicon": request(right, target="/favicon.ico"),
        }
        for name, data in bad.items():
            answer = await send(port, data)
            assert answer.split(b" ")[1][:1] == b"4", name
            assert PAGE in answer, name
            assert b"evil" not in answer, name
            assert b"no-store" in answer, name
            assert not task.done(), name
        # Plain http at a TLS port.
        assert PAGE not in await send(port, request(right), tls=False)
        assert len(far.seen()["forms"]) == before
        assert made.ends_in_s > 0
        assert (await send(port, request(right))).startswith(b"HTTP/1.1 200 ")
        await task
    (form,) = far.seen()["forms"][before:]
    assert form["code"] == unquote(code)


@pytest.mark.asyncio
async def test_o1_a_head_without_end_is_refused(far: FarEnd, tmp_path: Path, manual_clock: ManualClock) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring())
    async with waiting(made) as (address, port, task):
        right = await logs_in(address)
        answer = await send(port, request(right, more=f"X: {'a' * 20_000}\r\n"))
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
        assert not task.done()
        await send(port, request(right))
        await task


@pytest.mark.asyncio
async def test_o1_a_state_works_once_and_for_five_minutes(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring())
    before = len(far.seen()["forms"])
    async with waiting(made) as (address, port, task):
        first = await logs_in(address)
        await send(port, request(first))
        await task
    async with waiting(made) as (address, port, task):
        reused = first.replace(urlsplit(first).netloc, f"127.0.0.1:{port}")
        assert b" 400 " in await send(port, request(reused))
        second = await logs_in(address)
        manual_clock.advance(300.0)
        assert b" 400 " in await send(port, request(second))
        assert not task.done()
    assert len(far.seen()["forms"]) == before + 1


@pytest.mark.asyncio
async def test_o1_a_refusal_with_the_right_state_ends_the_log_in_without_a_request(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring())
    before = len(far.seen()["forms"])
    async with waiting(made) as (address, port, task):
        right = await logs_in(address)
        state = right.split("state=")[1].split("&")[0]
        await send(port, request(f"https://127.0.0.1:{port}/?error=access_denied&state={state}"))
        with pytest.raises(LoginNeeded, match="access_denied"):
            await task
    assert len(far.seen()["forms"]) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("pkce", [False, True])
async def test_o2_of_a_thousand_codes_pushed_in_by_others_none_is_sent(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock, pkce: bool
) -> None:
    """Racers hit the port from before the browser comes until it has been; half of them for each kind of flow."""
    rounds, racers = 20, 25
    codes: set[str] = set()
    before, old_state = len(far.seen()["forms"]), "A" * 43
    for _ in range(rounds):
        made = flow(far.rest, tmp_path, manual_clock, GoodKeyring(), pkce=pkce)
        async with waiting(made) as (address, port, task):
            right = await logs_in(address)

            async def race(number: int, port: int = port, state: str = old_state) -> None:
                guess = ("", f"&state={state}", "&state=", f"&state={state[:-1]}B")[number % 4]
                await send(port, request(f"https://127.0.0.1:{port}/?code=EVIL{number}%40{guess}"))

            others = [asyncio.create_task(race(number)) for number in range(racers)]
            browser = asyncio.create_task(send(port, request(right)))
            connection = await task
            await asyncio.gather(browser, *others)
            codes.add(connection.access_token.reveal())
            old_state = right.split("state=")[1].split("&")[0]
    forms = far.seen()["forms"][before:]
    assert len(forms) == rounds
    assert len(codes) == rounds
    assert not [form for form in forms if "EVIL" in form["code"]]
    assert all(("code_verifier" in form) == pkce for form in forms)


@pytest.mark.asyncio
async def test_a_port_that_is_taken_leads_to_pasting(far: FarEnd, tmp_path: Path, manual_clock: ManualClock) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring())
    callback = read_callback(made._app.callback)
    assert callback is not None
    made.start()
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", callback.port)
    async with taken:
        with pytest.raises(FatalFeedError, match=r"cannot be received.*Paste"):
            await made.listen()
    assert made.ends_in_s > 0, "pasting still works"


@pytest.mark.asyncio
async def test_nothing_listens_before_and_after_a_flow(far: FarEnd, tmp_path: Path, manual_clock: ManualClock) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring())
    callback = read_callback(made._app.callback)
    assert callback is not None
    made.start()
    assert await send(callback.port, b"x") == b""
    task = asyncio.create_task(made.listen())
    await listening(callback.port)
    made.cancel()
    with pytest.raises(FatalFeedError, match="canceled"):
        await task
    assert await send(callback.port, b"x") == b""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://127.0.0.1:8182", Callback(8182, "/", ("127.0.0.1:8182",))),
        ("https://127.0.0.1:8182/a/b", Callback(8182, "/a/b", ("127.0.0.1:8182",))),
        ("https://127.0.0.1", Callback(443, "/", ("127.0.0.1", "127.0.0.1:443"))),
        ("http://127.0.0.1:8182", None),
        ("https://localhost:8182", None),
        ("https://example.test/back", None),
        ("https://127.0.0.1:99999", None),
        ("https://me@127.0.0.1:1", None),
        ("https://127.0.0.1:1/?a=b", None),
        ("", None),
    ],
)
def test_only_https_on_this_machine_can_be_listened_at(address: str, expected: Callback | None) -> None:
    assert read_callback(address) == expected


@given(st.binary(max_size=300))
def test_no_bytes_pass_for_a_browser_or_raise(noise: bytes) -> None:
    callback = Callback(8182, "/", ("127.0.0.1:8182",))
    assert isinstance(judge(noise + b"\r\n\r\n", callback), HTTPStatus)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.asyncio
async def test_o8_the_key_of_the_callback_is_private_whatever_the_umask(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    before = os.umask(0)
    try:
        async with waiting(flow(far.rest, tmp_path, manual_clock, GoodKeyring())):
            folder = tmp_path / "callback"
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    finally:
        os.umask(before)


@pytest.mark.asyncio
async def test_other_addresses_of_the_machine_do_not_answer(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    async with waiting(flow(far.rest, tmp_path, manual_clock, GoodKeyring())) as (_, port, _task):
        with pytest.raises(OSError, match=r"Connect call failed|not assign|unreachable|timed out"):
            await asyncio.open_connection("127.0.0.2", port)


@pytest.mark.asyncio
async def test_visitors_who_say_nothing_are_let_go_and_too_many_are_turned_away(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schwab_callback, "PATIENCE_S", 1.0)
    monkeypatch.setattr(schwab_callback, "MAX_CONNECTIONS", 2)
    context = ssl._create_unverified_context()
    async with waiting(flow(far.rest, tmp_path, manual_clock, GoodKeyring())) as (address, port, task):
        silent = [await asyncio.open_connection("127.0.0.1", port, ssl=context) for _ in range(2)]
        right = await logs_in(address)
        assert await send(port, request(right)) == b"", "no room"
        assert not task.done()
        # They are let go by the server, within its patience.
        assert [await reader.read() for reader, _ in silent] == [b"", b""]
        for _, writer in silent:
            writer.transport.abort()
        assert (await send(port, request(right))).startswith(b"HTTP/1.1 200 ")
        await task
