"""Stores for the tests of stores.

A real InfluxDB among them; where none can be had, its tests are skipped with a word.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.stores.cached_store import CachedStore
from live_monitor.data.stores.sqlite_store import SqliteStore
from tests.fakes.influx_server import PLACES, InfluxServer, find_influxd
from tests.fakes.shared_store import SharedStore

#: Ignored by git; kept between runs.
_CACHE = Path(__file__).resolve().parents[3] / "build" / "influxdb"
_numbers = count()


@pytest.fixture(scope="session")
def influxd() -> Path:
    """The server's binary."""
    found = find_influxd(os.environ.get("PATH", ""), PLACES, _CACHE)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def influx_server(influxd: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """One server for the tests that only use it; those that harm it start their own."""
    with InfluxServer(influxd, tmp_path_factory.mktemp("influx")) as server:
        yield server


@pytest.fixture
def database(influx_server: InfluxServer) -> Iterator[str]:
    """A database of the test's own."""
    name = f"test{next(_numbers)}"
    influx_server.execute(f"CREATE DATABASE {name}")
    yield name
    influx_server.execute(f"DROP DATABASE {name}")


@pytest.fixture
def front(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "own" / "bars.sqlite3")
    yield store
    store.close()


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[SharedStore]:
    store = SharedStore(tmp_path / "shared" / "bars.sqlite3")
    yield store
    store.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def cached(front: SqliteStore, shared: SharedStore, clock: ManualClock) -> CachedStore:
    return CachedStore(front, shared, clock=clock)
