"""The log-in, the questions and the stream of Schwab together, at one far end that gives and takes back tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from live_monitor.clock import Clock, ManualClock, SystemClock
from live_monitor.data.models.status import LinkStatus
from live_monitor.errors import LoginNeeded
from live_monitor.providers.schwab import SchwabFeed
from live_monitor.providers.schwab_auth import BrokerConnection, SchwabTokens, TokenEndpoint
from live_monitor.providers.schwab_connection import DAY_S
from live_monitor.providers.schwab_door import SchwabDoor
from live_monitor.providers.schwab_rest import SchwabTraderAPI
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore
from live_monitor.wire.notices import ErrorNotice
from tests.fakes.far_end import FarEnd
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.providers.schwab_subject import QUICK, Outlet
from tests.secrets.key_stores import GoodKeyring

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

ENVIRON = {"SCHWAB_APP_KEY": APP_KEY, "SCHWAB_APP_SECRET": APP_SECRET}


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("schwab_server") as end:
        yield end


def _tokens(far: FarEnd, folder: Path, clock: Clock, *, age_s: float = 0.0) -> SchwabTokens:
    """Of a log-in that happened `age_s` ago."""
    keyring = GoodKeyring()
    store = SecretStore(ENVIRON, folder / "secrets", keyring=lambda: keyring)
    given, now = far.do("login"), clock.wall_ms()
    kept = BrokerConnection(
        Secret(given["access_token"]),
        Secret(given["refresh_token"]),
        now + 1_800_000,
        now - round(age_s * 1000),
        now,
        clock=clock,
    )
    store.put(SCHWAB_CONNECTION, kept.to_secret())
    return SchwabTokens(store, clock, endpoint=TokenEndpoint(far.rest, timeout_s=5.0))


def _api(far: FarEnd, tokens: SchwabTokens, clock: Clock) -> SchwabTraderAPI:
    return SchwabTraderAPI(SchwabDoor(tokens, clock=clock, base_url=far.rest), clock)


async def test_a_burst_of_refused_questions_renews_once_and_all_are_answered(far: FarEnd, tmp_path: Path) -> None:
    clock = SystemClock()
    api = _api(far, _tokens(far, tmp_path, clock), clock)
    far.do("forget_access")
    found = await asyncio.gather(*(api.user_preference() for _ in range(20)))
    await api.close()
    assert len(set(found)) == 1
    assert len(far.seen()["renewals"]) == 1


async def test_a_log_in_that_is_taken_back_asks_the_person(far: FarEnd, tmp_path: Path) -> None:
    clock = SystemClock()
    api = _api(far, _tokens(far, tmp_path, clock), clock)
    far.do("revoke")
    with pytest.raises(LoginNeeded) as caught:
        await api.accounts()
    await api.close()
    assert "FAKE" not in f"{caught.value}"


@pytest.mark.parametrize(("age_days", "warned"), [(5.9, False), (6.1, True)])
async def test_the_stream_goes_on_through_a_renewal_and_warns_from_the_sixth_day(
    far: FarEnd, tmp_path: Path, age_days: float, warned: bool
) -> None:
    clock = ManualClock(SystemClock().wall_ms())
    tokens = _tokens(far, tmp_path, clock, age_s=age_days * DAY_S)
    outlet = Outlet()
    feed = SchwabFeed(outlet, tokens, _api(far, tokens, clock), clock=clock, random=Random(1), timing=QUICK)
    task = asyncio.create_task(feed.run())
    try:
        await feed.want({"AAPL": ("T", "Q", "AM")})
        await outlet.until(outlet.quoted)
        far.do("forget_access")
        far.do("abort")
        await outlet.until(lambda: outlet.states.count("live") == 2)
        assert len(far.seen()["renewals"]) == 1
        assert bool(outlet.all(ErrorNotice)) is warned
        assert all(state != "failed" for state in outlet.states)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)


async def test_after_seven_days_the_stream_says_that_a_log_in_is_needed(far: FarEnd, tmp_path: Path) -> None:
    clock = SystemClock()
    tokens = _tokens(far, tmp_path, clock, age_s=7.1 * DAY_S)
    outlet = Outlet()
    feed = SchwabFeed(outlet, tokens, _api(far, tokens, clock), clock=clock, random=Random(1), timing=QUICK)
    await feed.run()
    status = outlet.all(LinkStatus)[-1]
    assert status.state == "failed"
    assert "seven days" in status.message
    assert far.seen()["connections"] == 0
