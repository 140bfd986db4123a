"""The embedded store in front of a real InfluxDB."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.stores.cached_store import CachedStore
from live_monitor.data.stores.influx_store import InfluxStore
from live_monitor.data.stores.shared_side import PAUSES_S
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import BarSource
from tests.conformance.history_store import ALL_MS, FRIDAY_MS, KEY, a_bar, seconds
from tests.fakes.influx_server import InfluxServer


@pytest.fixture
def own_server(influxd: Path, tmp_path: Path) -> Iterator[InfluxServer]:
    with InfluxServer(influxd, tmp_path / "influx") as server:
        server.execute("CREATE DATABASE live_monitor")
        yield server


@pytest.mark.parametrize("harm", ["killed", "stopped"])
def test_p20_a_server_that_goes_and_comes_back_has_every_bar(
    own_server: InfluxServer, front: SqliteStore, clock: ManualClock, harm: str
) -> None:
    shared = InfluxStore(own_server.url, clock=clock)
    store, bars = CachedStore(front, shared, clock=clock), seconds(90)
    for row in range(30):
        store.append([(KEY, bars.bar(row))])
    own_server.stop(signal.SIGKILL if harm == "killed" else signal.SIGTERM)
    for row in range(30, 60):
        store.append([(KEY, bars.bar(row))])
    assert "kept on this machine only" in store.notice
    assert store.read(KEY, 0, ALL_MS).length == 60
    own_server.start()
    clock.advance(PAUSES_S[0])
    for row in range(60, 90):
        store.append([(KEY, bars.bar(row))])
    while store.deliver():
        pass
    assert store.notice == ""
    assert shared.read(KEY, 0, ALL_MS).start_ms.tolist() == bars.start_ms.tolist()
    store.close()


def test_two_machines_see_each_others_bars(
    influx_server: InfluxServer, database: str, tmp_path: Path, clock: ManualClock
) -> None:
    def machine(name: str) -> CachedStore:
        shared = InfluxStore(influx_server.url, bucket=database, clock=clock)
        return CachedStore(SqliteStore(tmp_path / f"{name}.sqlite3"), shared, clock=clock)

    one, other = machine("one"), machine("other")
    one.put(KEY, seconds(100, source=BarSource.HISTORY), (FRIDAY_MS, FRIDAY_MS + 100_000))
    other.append([(KEY, a_bar(FRIDAY_MS + 50_000, 999.0, source=BarSource.OWN))])
    for store in (one, other):
        assert store.covered_from(KEY, FRIDAY_MS + 100_000) == FRIDAY_MS
        found = store.read(KEY, FRIDAY_MS, FRIDAY_MS + 100_000)
        assert found.length == 100
        assert found.open.max() < 999.0
        store.close()
