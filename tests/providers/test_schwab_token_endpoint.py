"""Asking Schwab for tokens: a real server over loopback that does what it should, and everything else."""

from __future__ import annotations

import asyncio
import gc
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.errors import FatalFeedError, FeedError, LoginNeeded, RateLimited
from live_monitor.log import redact
from live_monitor.providers.schwab_auth import SchwabApp, TokenEndpoint, exchange_code_for_tokens
from live_monitor.providers.schwab_certificate import server_context
from live_monitor.providers.schwab_door import SchwabDoor
from live_monitor.providers.schwab_token_endpoint import TokenReply
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.providers.schwab_subject import GivenTokens

APP = SchwabApp(Secret(APP_KEY), Secret(APP_SECRET))


@pytest.fixture(scope="module")
def process() -> Iterator[FarEnd]:
    with FarEnd("schwab_login_server") as far:
        yield far


@pytest.fixture
def far(process: FarEnd) -> FarEnd:
    process.do("answer", how="normal")
    return process


def ask(far: FarEnd, form: dict[str, str], *, app: SchwabApp = APP, timeout_s: float = 5.0) -> TokenReply:
    async def one() -> TokenReply:
        return await TokenEndpoint(far.rest, timeout_s=timeout_s).ask(app, form)

    with asyncio.Runner() as runner:
        return runner.run(one())


def renewal(far: FarEnd) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": far.do("login")["refresh_token"]}


def test_a_refresh_token_becomes_an_access_token(far: FarEnd) -> None:
    form = renewal(far)
    reply = ask(far, form)
    assert reply.access.reveal() in far.seen()["access"]
    assert reply.refresh is not None
    assert reply.refresh.reveal() == form["refresh_token"]
    assert reply.lives_s == 1800.0
    assert "FAKE" not in repr(reply)


def test_o3_whatever_else_the_endpoint_answers_is_told_in_words_and_asked_once(far: FarEnd) -> None:
    form = renewal(far)
    with FarEnd("schwab_login_server") as other:
        expected = {
            "invalid_grant": (LoginNeeded, "invalid_grant"),
            "invalid_client": (LoginNeeded, "Ready for Use"),
            "other_refusal": (FeedError, "HTTP 400, invalid_request"),
            "server_error": (FeedError, "HTTP 500"),
            "html": (FeedError, "cannot be understood"),
            "redirect": (FeedError, "not followed"),
            "huge": (FeedError, "too large"),
            "packed": (FeedError, "cannot be understood"),
            "slow": (FeedError, "within 0.4 s"),
            "too_many": (RateLimited, "too often"),
            "no_numbers": (FeedError, "cannot be understood"),
            "odd_token": (FeedError, "cannot be understood"),
        }
        for how, (kind, words) in expected.items():
            far.do("answer", how=how, to=f"{other.rest}/v1/oauth/token")
            before = len(far.seen()["forms"])
            begin = time.perf_counter()
            with pytest.raises(kind, match=words) as caught:
                ask(far, form, timeout_s=0.4)
            assert type(caught.value) is kind, how
            assert time.perf_counter() - begin < 3.0, how
            assert "FAKE" not in str(caught.value), how
            assert caught.value.__cause__ is None, how
            assert len(far.seen()["forms"]) == before + 1, how
        assert other.seen()["requests"] == []
    far.do("answer", how="normal")
    ask(far, form)


def test_too_many_requests_say_how_long_to_wait(far: FarEnd) -> None:
    far.do("answer", how="too_many")
    with pytest.raises(RateLimited) as caught:
        ask(far, {"grant_type": "refresh_token", "refresh_token": "x"})
    assert caught.value.wait_s == 7.0


def test_a_revoked_refresh_token_needs_a_log_in(far: FarEnd) -> None:
    form = renewal(far)
    far.do("revoke")
    with pytest.raises(LoginNeeded, match="unsupported_token_type"):
        ask(far, form)


def test_a_wrong_app_is_told_from_a_wrong_log_in(far: FarEnd) -> None:
    with pytest.raises(LoginNeeded, match="key and secret"):
        ask(far, renewal(far), app=SchwabApp(Secret("another"), Secret("thing")))


def test_nobody_there_is_a_failure_that_may_pass() -> None:
    async def one() -> None:
        await TokenEndpoint("http://127.0.0.1:1").ask(APP, {"grant_type": "refresh_token"})

    with asyncio.Runner() as runner, pytest.raises(FeedError, match="connection refused") as caught:
        runner.run(one())
    assert type(caught.value) is FeedError


@pytest.mark.parametrize(
    "url", ["http://api.schwabapi.com", "http://127.0.0.1.evil.test", "ftp://127.0.0.1", "", "https://", "http://[::2]"]
)
def test_secrets_travel_by_tls_only(url: str) -> None:
    with pytest.raises(FatalFeedError, match="https://"):
        TokenEndpoint(url)


@pytest.mark.asyncio
async def test_tls_to_the_endpoint_is_verified(tmp_path: Path) -> None:
    """A certificate that nobody vouches for is met with silence, on this machine too."""
    heard: list[bytes] = []

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    context = server_context(tmp_path, SystemClock())
    server = await asyncio.start_server(visit, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FatalFeedError, match="certificate was refused"):
            await TokenEndpoint(f"https://127.0.0.1:{port}").ask(APP, {"grant_type": "refresh_token"})
    assert heard == []


@pytest.mark.asyncio
async def test_a_handshake_that_never_ends_is_given_up() -> None:
    gone = asyncio.Event()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FeedError, match="no answer in time"):
            await TokenEndpoint(f"https://127.0.0.1:{port}", timeout_s=1.5).ask(APP, {"grant_type": "refresh_token"})
        await gone.wait()


@pytest.mark.asyncio
async def test_a_code_is_exchanged_once(manual_clock: ManualClock, far: FarEnd) -> None:
    import httpx

    endpoint = TokenEndpoint(far.rest)
    query = {"client_id": APP_KEY, "redirect_uri": APP.callback, "response_type": "code"}
    async with httpx.AsyncClient(trust_env=False) as browser:
        reply = await browser.get(f"{far.rest}/v1/oauth/authorize", params=query)
    code = Secret(httpx.URL(reply.headers["location"]).params["code"])
    assert code.reveal().endswith("@")
    made = await exchange_code_for_tokens(code, APP, manual_clock, endpoint=endpoint)
    assert made.logged_in_at == made.renewed_at == manual_clock.wall_ms()
    assert made.access_expires_at == manual_clock.wall_ms() + 1_800_000
    assert not made.is_expired
    with pytest.raises(LoginNeeded, match="invalid_grant"):
        await exchange_code_for_tokens(code, APP, manual_clock, endpoint=endpoint)


@pytest.mark.parametrize(("seconds", "good"), [(86_400, True), (86_401, False), (0, False), (True, False)])
def test_a_life_that_no_token_has_is_not_believed(far: FarEnd, seconds: int, good: bool) -> None:
    form = renewal(far)
    far.do("lives", seconds=seconds)
    try:
        if good:
            assert ask(far, form).lives_s == seconds
        else:
            with pytest.raises(FeedError, match="cannot be understood"):
                ask(far, form)
    finally:
        far.do("lives", seconds=1_800)


def test_no_proxy_is_asked_for_what_is_on_this_machine(far: FarEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert ask(far, renewal(far)).lives_s == 1800.0


def test_the_apps_key_and_secret_as_they_are_sent_are_known_to_the_log(far: FarEnd) -> None:
    app = SchwabApp(Secret("KEYof-this-test"), Secret("SECRETof-this-test"))
    with pytest.raises(LoginNeeded):
        ask(far, renewal(far), app=app)
    assert redact(f"it was {b64encode(b'KEYof-this-test:SECRETof-this-test').decode()}") == "it was ***"


@pytest.mark.asyncio
@pytest.mark.parametrize("who", ["tokens", "questions"])
async def test_a_handshake_that_is_canceled_leaves_no_socket_to_the_collector(who: str) -> None:
    come, gone = asyncio.Event(), asyncio.Event()

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        come.set()
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    gc.disable()
    try:
        async with server:
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            door = SchwabDoor(GivenTokens(), clock=SystemClock(), base_url=url)
            asked = TokenEndpoint(url).ask(APP, {}) if who == "tokens" else door.get("/x")
            task = asyncio.create_task(asked)
            await come.wait()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            async with asyncio.timeout(3.0):
                await gone.wait()
            await door.close()
    finally:
        gc.enable()
