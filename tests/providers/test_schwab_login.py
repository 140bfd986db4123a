"""A log-in without a server: the person pastes the address at which the browser arrived."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.clock import ManualClock
from live_monitor.errors import FatalFeedError, FeedError, LoginNeeded
from live_monitor.providers.schwab_auth import LoginFlow, SchwabApp, SchwabTokens, TokenEndpoint
from live_monitor.providers.schwab_login import Redirect, read_redirect
from live_monitor.secrets import SCHWAB_APP_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION, Secret, SecretStore
from tests.fakes.far_end import FarEnd
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.providers.login_browser import flow, logs_in
from tests.secrets.key_stores import GoodKeyring

CALLBACK = "https://127.0.0.1:8182"


@pytest.fixture(scope="module")
def process() -> Iterator[FarEnd]:
    with FarEnd("schwab_login_server") as far:
        yield far


@pytest.fixture
def far(process: FarEnd) -> FarEnd:
    process.do("answer", how="normal")
    return process


def asked(far: FarEnd) -> int:
    return len(far.seen()["forms"])


def test_the_address_is_exactly_as_schwab_documents_it(tmp_path: Path, manual_clock: ManualClock) -> None:
    app = SchwabApp(Secret(APP_KEY), Secret(APP_SECRET), CALLBACK)
    store = SecretStore({}, tmp_path, keyring=GoodKeyring)
    made = LoginFlow(app, store, manual_clock, tmp_path, random_bytes=lambda count: bytes(range(count)))
    parts = urlsplit(made.start())
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://api.schwabapi.com/v1/oauth/authorize"
    state = urlsafe_b64encode(bytes(range(32))).rstrip(b"=").decode()
    assert parse_qs(parts.query) == {
        "client_id": [APP_KEY],
        "redirect_uri": [CALLBACK],
        "response_type": ["code"],
        "state": [state],
    }
    assert APP_SECRET not in parts.query


def test_a_challenge_is_named_only_on_demand(tmp_path: Path, manual_clock: ManualClock) -> None:
    app = SchwabApp(Secret(APP_KEY), Secret(APP_SECRET), CALLBACK)
    store = SecretStore({}, tmp_path, keyring=GoodKeyring)
    made = LoginFlow(app, store, manual_clock, tmp_path, pkce=True, random_bytes=lambda count: bytes(range(count)))
    query = parse_qs(urlsplit(made.start()).query)
    verifier = urlsafe_b64encode(bytes(range(32))).rstrip(b"=")
    assert query["code_challenge_method"] == ["S256"]
    assert query["code_challenge"] == [urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()]


def test_every_start_has_a_state_of_its_own(tmp_path: Path, manual_clock: ManualClock) -> None:
    made = flow("https://api.schwabapi.com", tmp_path, manual_clock, GoodKeyring())
    states = {parse_qs(urlsplit(made.start()).query)["state"][0] for _ in range(100)}
    assert len(states) == 100
    assert all(len(state) == 43 for state in states)


@pytest.mark.asyncio
@pytest.mark.parametrize("pkce", [False, True])
async def test_a_pasted_address_becomes_tokens_that_work(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock, pkce: bool
) -> None:
    keyring = GoodKeyring()
    made = flow(far.rest, tmp_path, manual_clock, keyring, pkce=pkce)
    pasted = await logs_in(made.start())
    assert "%40" in pasted
    connection = await made.accept_redirect(f"  {pasted}#fragment\n")
    assert made.kept == "keyring"
    store = SecretStore({}, tmp_path / "secrets", keyring=lambda: keyring)
    store.put(SCHWAB_APP_KEY, Secret(APP_KEY))
    store.put(SCHWAB_APP_SECRET, Secret(APP_SECRET))
    tokens = SchwabTokens(store, manual_clock, endpoint=TokenEndpoint(far.rest))
    assert await tokens.access() == connection.access_token
    assert await tokens.renewed(connection.access_token) != connection.access_token


@pytest.mark.asyncio
async def test_o1_what_is_pasted_and_is_not_the_answer_costs_nothing(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring())
    before = asked(far)
    address = made.start()
    right = await logs_in(address)
    base, _, query = right.partition("?")
    for wrong in (
        "",
        "C0.code",
        address,
        base,
        f"http{right.removeprefix('https')}",
        right.replace("127.0.0.1", "localhost"),
        f"https://evil.test/?{query}",
        f"{base}x?{query}",
        right.replace("state=", "state=A"),
        right.replace("state=", "stat="),
        f"{right}&code=evil",
        f"{right}&a%zz=1",
        right + "&x" * 20,
        right + "&x=" + "y" * 20_000,
        f"{right}&ü=1",
    ):
        with pytest.raises(FeedError) as caught:
            await made.accept_redirect(wrong)
        assert type(caught.value) is FeedError, wrong
        assert "C0.FAKE" not in str(caught.value)
    assert asked(far) == before
    assert made.ends_in_s > 0
    await made.accept_redirect(right)
    assert asked(far) == before + 1
    with pytest.raises(FatalFeedError, match="is over"):
        await made.accept_redirect(right)
    assert asked(far) == before + 1


@pytest.mark.asyncio
async def test_o1_a_pasted_address_is_too_late_after_five_minutes_or_another_start(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    made = flow(far.rest, tmp_path, manual_clock, GoodKeyring())
    before = asked(far)
    first = await logs_in(made.start())
    second = await logs_in(made.start())
    with pytest.raises(FeedError, match="opened last"):
        await made.accept_redirect(first)
    manual_clock.advance(300.0)
    with pytest.raises(FatalFeedError, match="five minutes"):
        await made.accept_redirect(second)
    assert asked(far) == before


@pytest.mark.asyncio
async def test_o3_an_exchange_that_fails_keeps_the_old_log_in(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    keyring = GoodKeyring()
    old = flow(far.rest, tmp_path, manual_clock, keyring)
    await old.accept_redirect(await logs_in(old.start()))
    kept = dict(keyring.kept)
    for how, kind in (("server_error", FatalFeedError), ("html", FatalFeedError), ("invalid_grant", LoginNeeded)):
        made = flow(far.rest, tmp_path, manual_clock, keyring)
        pasted = await logs_in(made.start())
        far.do("answer", how=how)
        with pytest.raises(kind, match="again"):
            await made.accept_redirect(pasted)
        assert made.ends_in_s == 0.0
        with pytest.raises(kind, match="again"):
            await made.listen()
        far.do("answer", how="normal")
    assert keyring.kept == kept
    assert ("live-monitor", SCHWAB_CONNECTION) in kept


@pytest.mark.asyncio
async def test_a_plain_file_is_chosen_at_the_log_in(far: FarEnd, tmp_path: Path, manual_clock: ManualClock) -> None:
    app = SchwabApp(Secret(APP_KEY), Secret(APP_SECRET), CALLBACK)
    store = SecretStore({}, tmp_path / "secrets", keyring=GoodKeyring)
    made = LoginFlow(app, store, manual_clock, tmp_path, endpoint=TokenEndpoint(far.rest), plaintext=True)
    await made.accept_redirect(await logs_in(made.start()))
    assert made.kept == "file"
    assert "unencrypted" in store.notice


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("code=C0.a%40&session=x&state=s", Redirect("s", "C0.a@", "")),
        ("state=s&code=a+b%2Bc", Redirect("s", "a+b+c", "")),
        ("error=access_denied&state=s", Redirect("s", "", "access_denied")),
        ("code=a@&state=s", Redirect("s", "a@", "")),
        ("code=a%20b&state=s", None),
        ("code=a%0d%0ab&state=s", None),
        ("code=a&state=s%00", None),
        ("code=%FF&state=s", None),
        ("code=a", None),
        ("", None),
    ],
)
def test_a_redirect_is_read_to_the_letter(query: str, expected: Redirect | None) -> None:
    assert read_redirect(query) == expected


@given(st.text(max_size=200))
def test_no_text_makes_it_raise(query: str) -> None:
    found = read_redirect(query)
    assert found is None or (found.state and bool(found.code) != bool(found.error))
