"""Access tokens that are always good: renewed once, kept first, and never asked for in vain."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.errors import FeedError, LoginNeeded, RateLimited
from live_monitor.providers.schwab_auth import BrokerConnection, SchwabApp, SchwabTokens, TokenEndpoint
from live_monitor.providers.schwab_connection import DAY_S
from live_monitor.providers.schwab_token_endpoint import TokenReply
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore
from tests.fakes.far_end import FarEnd
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.providers.login_browser import flow, logs_in
from tests.secrets.key_stores import GoodKeyring, NullKeyring

ENVIRON = {"SCHWAB_APP_KEY": APP_KEY, "SCHWAB_APP_SECRET": APP_SECRET}


@pytest.fixture(scope="module")
def process() -> Iterator[FarEnd]:
    with FarEnd("schwab_login_server") as far:
        yield far


@pytest.fixture
def far(process: FarEnd) -> FarEnd:
    process.do("answer", how="normal")
    process.do("renewing", same=True)
    return process


@pytest.fixture
def keyring() -> GoodKeyring:
    return GoodKeyring()


def logged_in(far: FarEnd, tmp_path: Path, keyring: GoodKeyring, clock: ManualClock) -> SecretStore:
    store = SecretStore(ENVIRON, tmp_path / "secrets", keyring=lambda: keyring)
    given = far.do("login")
    now = clock.wall_ms()
    store.put(
        SCHWAB_CONNECTION,
        BrokerConnection(
            Secret(given["access_token"]), Secret(given["refresh_token"]), now + 1_800_000, now, now, clock=clock
        ).to_secret(),
    )
    return store


def tokens(far: FarEnd, store: SecretStore, clock: ManualClock) -> SchwabTokens:
    return SchwabTokens(store, clock, endpoint=TokenEndpoint(far.rest, timeout_s=5.0))


def asked(far: FarEnd) -> int:
    return len(far.seen()["forms"])


@pytest.mark.asyncio
async def test_a_token_is_renewed_after_25_minutes_and_kept(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = logged_in(far, tmp_path, keyring, manual_clock)
    made = tokens(far, store, manual_clock)
    first, before = await made.access(), asked(far)
    manual_clock.advance(25 * 60 - 1)
    assert await made.access() == first
    assert asked(far) == before
    manual_clock.advance(1)
    second = await made.access()
    assert second != first
    assert second.reveal() in far.seen()["access"]
    assert await made.access() == second
    assert asked(far) == before + 1
    again = tokens(far, SecretStore(ENVIRON, tmp_path / "secrets", keyring=lambda: keyring), manual_clock)
    assert await again.access() == second
    assert made.login_age_s == 25 * 60


@pytest.mark.asyncio
async def test_o5_a_hundred_refusals_at_once_make_one_renewal(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    made = tokens(far, logged_in(far, tmp_path, keyring, manual_clock), manual_clock)
    refused, before = await made.access(), asked(far)
    barrier = asyncio.Barrier(100)

    async def caller() -> Secret:
        await barrier.wait()
        return await made.renewed(refused)

    answers = await asyncio.gather(*(caller() for _ in range(100)))
    assert asked(far) == before + 1
    assert len(set(answers)) == 1
    assert answers[0] != refused
    # One that comes late, still with the old token.
    assert await made.renewed(refused) == answers[0]
    assert asked(far) == before + 1


def test_o5_threads_with_a_loop_each_make_one_renewal(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = logged_in(far, tmp_path, keyring, manual_clock)
    refused = BrokerConnection.from_secret(store.get(SCHWAB_CONNECTION) or Secret(""), manual_clock).access_token
    before = asked(far)
    barrier = threading.Barrier(8)
    answers: list[Secret] = []

    def one() -> None:
        own = SecretStore(ENVIRON, tmp_path / "secrets", keyring=lambda: keyring)

        async def ask() -> Secret:
            made = tokens(far, own, manual_clock)
            barrier.wait()
            return await made.renewed(refused)

        with asyncio.Runner() as runner:
            answers.append(runner.run(ask()))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked(far) == before + 1
    assert len(answers) == 8
    assert len(set(answers)) == 1


@pytest.mark.asyncio
async def test_o3_a_failure_that_may_pass_keeps_the_old_token_and_leaves_schwab_in_peace(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    made = tokens(far, logged_in(far, tmp_path, keyring, manual_clock), manual_clock)
    first, before = await made.access(), asked(far)
    kept = dict(keyring.kept)
    far.do("answer", how="server_error")
    manual_clock.advance(26 * 60)
    for _ in range(10):
        assert await made.access() == first
    assert asked(far) == before + 1
    assert "HTTP 500" in made.notice
    manual_clock.advance(16)
    assert await made.access() == first
    assert asked(far) == before + 2
    manual_clock.advance(4 * 60)
    with pytest.raises(FeedError, match="HTTP 500"):
        await made.access()
    assert keyring.kept == kept
    far.do("answer", how="normal")
    manual_clock.advance(16)
    assert (await made.access()).reveal() in far.seen()["access"]
    assert made.notice == ""


@pytest.mark.asyncio
async def test_o3_a_dead_log_in_is_never_sent_again_and_a_new_one_is_found(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = logged_in(far, tmp_path, keyring, manual_clock)
    made = tokens(far, store, manual_clock)
    refused, kept = await made.access(), dict(keyring.kept)
    far.do("revoke")
    before = asked(far)
    with pytest.raises(LoginNeeded, match="Log in again"):
        await made.renewed(refused)
    for _ in range(5):
        with pytest.raises(LoginNeeded, match="Log in again"):
            await made.access()
        with pytest.raises(LoginNeeded, match="Log in again"):
            await made.renewed(refused)
    assert asked(far) == before + 1
    assert keyring.kept == kept, "the old one is left for whoever can still use it"
    logged_in(far, tmp_path, keyring, manual_clock)
    assert (await made.access()).reveal() in far.seen()["access"]


@pytest.mark.asyncio
async def test_after_seven_days_only_a_new_log_in_helps(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    made = tokens(far, logged_in(far, tmp_path, keyring, manual_clock), manual_clock)
    await made.access()
    manual_clock.advance(6 * DAY_S + 60)
    await made.access()
    assert "ends in 23 hours" in made.notice
    manual_clock.advance(DAY_S)
    before = asked(far)
    with pytest.raises(LoginNeeded, match="seven days"):
        await made.access()
    assert asked(far) == before


@pytest.mark.asyncio
async def test_without_a_log_in_or_an_app_the_person_is_asked(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    nobody = SecretStore({}, tmp_path / "secrets", keyring=lambda: keyring)
    with pytest.raises(LoginNeeded, match="There is no log-in"):
        await tokens(far, nobody, manual_clock).access()
    logged_in(far, tmp_path, keyring, manual_clock)
    without_app = tokens(far, nobody, manual_clock)
    refused = await without_app.access()
    with pytest.raises(LoginNeeded, match="No app of Schwab"):
        await without_app.renewed(refused)


@pytest.mark.asyncio
async def test_what_is_kept_and_makes_no_sense_needs_a_log_in(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = SecretStore(ENVIRON, tmp_path / "secrets", keyring=lambda: keyring)
    store.put(SCHWAB_CONNECTION, Secret("rubbish"))
    with pytest.raises(LoginNeeded, match="cannot be understood"):
        await tokens(far, store, manual_clock).access()


@pytest.mark.asyncio
async def test_a_token_that_was_just_given_and_is_refused_is_not_renewed_for_ever(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    made = tokens(far, logged_in(far, tmp_path, keyring, manual_clock), manual_clock)
    refused, before = await made.access(), asked(far)
    refused = await made.renewed(refused)
    for _ in range(5):
        with pytest.raises(FeedError, match="Ready for Use"):
            await made.renewed(refused)
    assert asked(far) == before + 1
    manual_clock.advance(11)
    assert await made.renewed(refused) != refused


@pytest.mark.asyncio
async def test_a_caller_that_gives_up_does_not_lose_the_renewal_for_the_others(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    made = tokens(far, logged_in(far, tmp_path, keyring, manual_clock), manual_clock)
    refused, before = await made.access(), asked(far)
    hasty, patient = (asyncio.create_task(made.renewed(refused)) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    assert await patient != refused
    assert asked(far) == before + 1
    await made.close()
    await made.close()


@pytest.mark.asyncio
async def test_without_a_key_store_it_works_for_this_run_and_says_so(
    far: FarEnd, tmp_path: Path, manual_clock: ManualClock
) -> None:
    made = tokens(far, logged_in(far, tmp_path, NullKeyring(), manual_clock), manual_clock)
    refused = await made.access()
    assert await made.renewed(refused) != refused
    assert "until the program ends" in made.notice


@pytest.mark.asyncio
async def test_a_plain_file_stays_one_when_the_tokens_are_renewed(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = logged_in(far, tmp_path, keyring, manual_clock)
    kept = store.get(SCHWAB_CONNECTION)
    assert kept is not None
    store.put(SCHWAB_CONNECTION, kept, plaintext=True)
    made = tokens(far, store, manual_clock)
    fresh = await made.renewed(await made.access())
    assert store.where(SCHWAB_CONNECTION) == "file"
    assert fresh.reveal() in (tmp_path / "secrets/secrets.json").read_text()
    assert keyring.kept == {}


@pytest.mark.asyncio
async def test_the_chosen_account_is_remembered_and_logging_out_forgets_all(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = logged_in(far, tmp_path, keyring, manual_clock)
    made = tokens(far, store, manual_clock)
    await made.choose_account("HASH123")
    await made.renewed(await made.access())
    again = tokens(far, store, manual_clock)
    found = await again.load()
    assert found is not None
    assert found.schwab_account_id == "HASH123"
    await again.forget()
    assert keyring.kept == {}
    with pytest.raises(LoginNeeded):
        await again.access()


class LateEndpoint(TokenEndpoint):
    """Its answers are held back on their way, until `arrive` is set; `answered`: one is on its way."""

    def __init__(self, url: str) -> None:
        super().__init__(url, timeout_s=5.0)
        self.answered, self.arrive = asyncio.Event(), asyncio.Event()

    async def ask(self, app: SchwabApp, form: Mapping[str, str]) -> TokenReply:
        reply = await super().ask(app, form)
        self.answered.set()
        await self.arrive.wait()
        return reply


@pytest.mark.asyncio
async def test_a_new_log_in_is_not_replaced_by_a_renewal_of_the_one_before_it(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = logged_in(far, tmp_path, keyring, manual_clock)
    late = LateEndpoint(far.rest)
    made = SchwabTokens(store, manual_clock, endpoint=late)
    renewal = asyncio.create_task(made.renewed(await made.access()))
    await late.answered.wait()
    # In another window, or another program.
    anew = flow(far.rest, tmp_path, manual_clock, keyring)
    log_in = asyncio.create_task(anew.accept_redirect(await logs_in(anew.start())))
    await asyncio.to_thread(far.wait_until, lambda seen: "code" in seen["forms"][-1])
    late.arrive.set()
    await renewal
    connection = await log_in
    found = await tokens(far, SecretStore(ENVIRON, tmp_path / "secrets", keyring=lambda: keyring), manual_clock).load()
    assert found == connection


@pytest.mark.asyncio
async def test_a_renewal_on_its_way_does_not_bring_back_what_was_logged_out(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    store = logged_in(far, tmp_path, keyring, manual_clock)
    late = LateEndpoint(far.rest)
    made = SchwabTokens(store, manual_clock, endpoint=late)
    renewal = asyncio.create_task(made.renewed(await made.access()))
    await late.answered.wait()
    log_out = asyncio.create_task(made.forget())
    late.arrive.set()
    await asyncio.gather(renewal, log_out)
    assert keyring.kept == {}
    assert made.connection is None
    with pytest.raises(LoginNeeded, match="There is no log-in"):
        await made.access()


@pytest.mark.asyncio
async def test_schwab_says_how_long_it_wants_no_renewal(
    far: FarEnd, tmp_path: Path, keyring: GoodKeyring, manual_clock: ManualClock
) -> None:
    made = tokens(far, logged_in(far, tmp_path, keyring, manual_clock), manual_clock)
    refused, before = await made.access(), asked(far)
    far.do("answer", how="too_many")
    for advance in (0.0, 6.9):
        manual_clock.advance(advance)
        with pytest.raises(RateLimited):
            await made.renewed(refused)
    assert asked(far) == before + 1
    manual_clock.advance(0.2)
    far.do("answer", how="normal")
    assert await made.renewed(refused) != refused
    assert asked(far) == before + 2
