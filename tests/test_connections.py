"""Keys, log-ins and workbooks: tried and kept without holding the loop that asks."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest

from live_monitor.clock import SystemClock
from live_monitor.connections import Connections, Pasted
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.errors import FatalFeedError, FeedError, WorkbookError
from live_monitor.providers.schwab_connection import BrokerConnection
from live_monitor.runtime.options import DesktopOptions
from live_monitor.secrets import (
    POLYGON_API_KEY,
    SCHWAB_APP_KEY,
    SCHWAB_APP_SECRET,
    SCHWAB_CONNECTION,
    Secret,
    SecretStore,
)
from live_monitor.settings import Settings, data_paths
from live_monitor.sources import Sources
from tests.e2e.test_providers import write_quotes
from tests.fakes.far_end import FarEnd
from tests.fakes.kept_outlet import KeptOutlet
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.whole_desk import no_keyring

KEYS = {SCHWAB_APP_KEY: Secret(APP_KEY), SCHWAB_APP_SECRET: Secret(APP_SECRET)}
#: No browser can come back there: what is pasted has to do.
CALLBACK = "https://example.test/callback"
DAY_MS = 86_400_000


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    store = SecretStore({}, tmp_path, keyring=no_keyring)
    made = Sources(data_paths(tmp_path, {}, tmp_path), {}, SystemClock(), store)
    made.tools = made.tools._replace(random=Random(1))
    return made


@pytest.fixture(scope="module")
def schwab() -> Iterator[FarEnd]:
    with FarEnd("schwab_server") as far:
        yield far


class Browser:
    """Shows no page, but remembers its address."""

    def __init__(self, pages: list[str]) -> None:
        self._pages = pages

    def __call__(self, page: str) -> bool:
        self._pages.append(page)
        return True


def code_from(far: FarEnd, page: str) -> str:
    """What the browser's address line shows after the person agreed."""
    import httpx

    reply = httpx.get(page, follow_redirects=False, trust_env=False)
    assert reply.status_code == 302, reply.text
    return reply.headers["location"]


@pytest.mark.asyncio
async def test_a_log_in_by_pasting_keeps_its_tokens(sources: Sources, schwab: FarEnd) -> None:
    pages: list[str] = []
    connections = Connections(sources, open_page=Browser(pages))
    pasted, said = Pasted(), list[str]()
    choice = ProviderChoice(provider="schwab", rest_url=schwab.rest)
    work = asyncio.create_task(connections.log_in(choice, CALLBACK, KEYS, pasted, said.append, plaintext=False))
    while not pages:
        await asyncio.sleep(0.01)
    assert parse_qs(urlsplit(pages[0]).query)["redirect_uri"] == [CALLBACK]
    pasted.put("https://example.test/callback?code=stolen&state=wrong")
    while not any("not the answer" in line for line in said):
        await asyncio.sleep(0.01)
    pasted.put(await asyncio.to_thread(code_from, schwab, pages[0]))
    assert await work == "Logged in. The log-in holds for seven days and is kept until the program ends."
    assert (await connections.login_words())[0] == "Logged in today; the log-in holds for 7 days more."


@pytest.mark.asyncio
async def test_a_log_in_that_is_given_up_keeps_nothing(sources: Sources, schwab: FarEnd) -> None:
    pages: list[str] = []
    connections = Connections(sources, open_page=Browser(pages))
    choice = ProviderChoice(provider="schwab", rest_url=schwab.rest)
    work = asyncio.create_task(connections.log_in(choice, CALLBACK, KEYS, Pasted(), lambda text: None, plaintext=False))
    while not pages:
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert await connections.login_words() == ("", "")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("days", "says", "role"),
    [
        (2.2, "Logged in 2 days ago; the log-in holds for 5 days more.", "up"),
        (6.5, "ends in", "warning"),
        (9, "ended", "down"),
    ],
)
async def test_the_age_of_a_log_in_is_told(sources: Sources, days: float, says: str, role: str) -> None:
    then = SystemClock().wall_ms() - math.floor(days * DAY_MS)
    connection = BrokerConnection(Secret("access"), Secret("refresh"), then + 1_800_000, then, then)
    sources.secrets.put(SCHWAB_CONNECTION, connection.to_secret())
    told = await Connections(sources).login_words()
    assert says in told[0]
    assert told[1] == role


@pytest.mark.asyncio
async def test_polygon_is_tried_by_its_stream_and_a_question(sources: Sources) -> None:
    connections = Connections(sources)
    with FarEnd("polygon_server") as stream, FarEnd("polygon_rest_server") as rest:
        choice = ProviderChoice(provider="polygon", server_url=stream.ws, rest_url=rest.rest)
        good, bad = {POLYGON_API_KEY: Secret("TESTKEY")}, {POLYGON_API_KEY: Secret("canary-wrong")}
        assert await connections.try_out(choice, good, stream=True) == "It works: POLYGON."
        assert stream.wait_until(lambda seen: not seen.get("open"))["connections"] == 1
        # Its stream is in use: only a question is asked.
        assert "in use here" in await connections.try_out(choice, good, stream=False)
        assert stream.seen()["connections"] == 1
        for stream_too in (True, False):
            with pytest.raises(FatalFeedError) as refused:
                await connections.try_out(choice, bad, stream=stream_too)
            assert "canary" not in str(refused.value)
        rest.do("fault", kind="500", times=9)
        assert "but no history" in await connections.try_out(choice, good, stream=True)


@pytest.mark.asyncio
async def test_a_workbook_is_tried_by_reading_it(sources: Sources, tmp_path: Path) -> None:
    connections = Connections(sources)
    write_quotes(tmp_path / "quotes.xlsx", 150.25)
    good = ProviderChoice(provider="tos_excel", workbook=str(tmp_path / "quotes.xlsx"))
    assert await connections.try_out(good, {}, stream=True) == "It works: AAPL, MSFT."
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    with pytest.raises(FeedError) as told:
        await connections.try_out(
            ProviderChoice(provider="tos_excel", workbook=str(tmp_path / "bad.xlsx")), {}, stream=True
        )
    assert "bad.xlsx" in str(told.value)


@pytest.mark.asyncio
async def test_a_workbook_that_was_never_calculated_is_not_said_to_work(sources: Sources, tmp_path: Path) -> None:
    path = tmp_path / "starter.xlsx"
    connections = Connections(sources)
    await connections.make_workbook(path, ["AAPL", "MSFT", "SPY", "QQQ"])
    choice = ProviderChoice(provider="tos_excel", workbook=str(path))
    assert await connections.try_out(choice, {}, stream=True) == (
        "The workbook can be read (AAPL, MSFT, SPY and 1 more), but no cell holds a price yet. "
        "Open it in Excel with thinkorswim running, wait for numbers, and save it."
    )


@pytest.mark.asyncio
async def test_a_typed_app_of_schwab_is_tried_by_logging_in(sources: Sources) -> None:
    with pytest.raises(FatalFeedError, match="Log in in the browser"):
        await Connections(sources).try_out(ProviderChoice(provider="schwab"), KEYS, stream=True)


@pytest.mark.asyncio
async def test_schwab_without_a_log_in_says_so(sources: Sources, schwab: FarEnd) -> None:
    choice = ProviderChoice(provider="schwab", rest_url=schwab.rest)
    with pytest.raises(FeedError, match="log"):
        await Connections(sources).try_out(choice, sources.secrets, stream=True)


@pytest.mark.asyncio
async def test_an_address_where_nobody_is_says_so(sources: Sources) -> None:
    choice = ProviderChoice(provider="relay", server_url="ws://127.0.0.1:1/x")
    with pytest.raises(FeedError):
        await Connections(sources).try_out(choice, {}, stream=True)


@pytest.mark.asyncio
async def test_a_starter_workbook_is_written_or_the_reason_told(sources: Sources, tmp_path: Path) -> None:
    connections = Connections(sources)
    await connections.make_workbook(tmp_path / "quotes.xlsx", ["AAPL", "MSFT"])
    assert (tmp_path / "quotes.xlsx").stat().st_size > 1_000
    with pytest.raises(WorkbookError, match="could not be written"):
        await connections.make_workbook(tmp_path / "nowhere" / "quotes.xlsx", ["AAPL"])


@pytest.mark.asyncio
async def test_without_a_key_store_keys_do_not_last(sources: Sources) -> None:
    assert not await Connections(sources).keeps_keys()


@pytest.mark.asyncio
async def test_a_source_without_its_key_is_a_feed_that_failed(sources: Sources) -> None:
    prepare = sources.feed(DesktopOptions(provider="polygon"), Settings())
    assert prepare is not None
    outlet = KeptOutlet()
    await (await prepare())(outlet).run()
    assert outlet.states == ["failed"]
