"""Feeds as the desktop composes them: thinkorswim's is read by one program at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.excel_lock import ExcelLock
from live_monitor.data.models.market_data import Snapshot
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.redis_client import open_redis
from live_monitor.providers.probe import greeting_of
from live_monitor.secrets import SecretStore
from live_monitor.settings import data_paths
from live_monitor.sources import Sources
from live_monitor.wire.notices import SnapshotFrame
from tests.fakes.kept_outlet import KeptOutlet
from tests.fakes.redis_server import RedisServer
from tests.providers.quote_sheet import save
from tests.providers.test_excel_process import until
from tests.whole_desk import no_keyring


def sources_in(folder: Path, environ: dict[str, str] | None = None) -> Sources:
    paths = data_paths(folder, {}, folder)
    return Sources(paths, environ or {}, SystemClock(), SecretStore({}, folder, keyring=no_keyring))


@contextmanager
def held(lock: ExcelLock) -> Iterator[None]:
    assert lock.acquire()
    try:
        yield
    finally:
        lock.release()


async def refused_then_read(sources: Sources, workbook: Path, lock: ExcelLock) -> None:
    """The feed waits, in words, while `lock` is held, and reads once it is free."""
    outlet = KeptOutlet()
    feed = sources.build(ProviderChoice(provider="tos_excel", workbook=str(workbook)))(outlet)
    with held(lock):
        running = asyncio.create_task(feed.run())
        await until(lambda: "retrying" in outlet.states)
        (status,) = [status for status in outlet.all(LinkStatus) if status.state == "retrying"]
        assert status.message.startswith("Another program reads")
        assert status.remedy
    await until(lambda: "live" in outlet.states, 20)
    assert not lock.acquire(), "the desktop has it now"
    await feed.want({"VFF": ("T",)})
    rows: list[Snapshot] = [frame.data for frame in outlet.all(SnapshotFrame)]
    assert [(row.symbol, row.last) for row in rows] == [("VFF", 3.0)]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await until(lock.acquire)
    lock.release()


@pytest.mark.asyncio
async def test_r8_the_desktop_reads_no_sheet_while_another_program_does(tmp_path: Path) -> None:
    sources = sources_in(tmp_path)
    lock = ExcelLock(data_paths(tmp_path, {}, tmp_path).runtime, None, SystemClock(), "poll-tos-excel")
    await refused_then_read(sources, save(tmp_path / "quotes.xlsx"), lock)


@pytest.mark.asyncio
async def test_r8_the_desktop_reads_no_sheet_while_a_program_on_another_machine_does(tmp_path: Path) -> None:
    with RedisServer() as server:
        client = open_redis(server.url)
        sources = sources_in(tmp_path, {"REDIS_URL": server.url})
        # Another folder: only the server says who holds it.
        lock = ExcelLock(tmp_path / "elsewhere", client, SystemClock(), "poll-tos-excel")
        await refused_then_read(sources, save(tmp_path / "quotes.xlsx"), lock)
        client.close()


@pytest.mark.asyncio
async def test_a_workbook_can_be_tried_while_this_program_reads_one(tmp_path: Path) -> None:
    sources, workbook = sources_in(tmp_path), save(tmp_path / "quotes.xlsx")
    build = sources.build(ProviderChoice(provider="tos_excel", workbook=str(workbook)))
    outlet = KeptOutlet()
    running = asyncio.create_task(build(outlet).run())
    await until(lambda: "live" in outlet.states, 20)
    greeting = await greeting_of(build)
    assert greeting.hello is not None
    assert greeting.hello.symbols == ["VFF", "SPY"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.asyncio
async def test_a_bad_address_of_redis_is_told_in_words(tmp_path: Path) -> None:
    outlet = KeptOutlet()
    choice = ProviderChoice(provider="tos_excel", workbook=str(save(tmp_path / "quotes.xlsx")))
    await sources_in(tmp_path, {"REDIS_URL": "nonsense"}).build(choice)(outlet).run()
    assert "is no address of a Redis server" in outlet.all(LinkStatus)[-1].message
