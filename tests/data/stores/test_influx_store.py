"""The shared store against a real InfluxDB."""

from __future__ import annotations

import pytest

from live_monitor.data.stores.influx_store import InfluxStore
from tests.conformance.history_store import HistoryStoreSuite, Opened
from tests.fakes.influx_server import InfluxServer


class TestInfluxStore(HistoryStoreSuite):
    @pytest.fixture
    def opened(self, influx_server: InfluxServer, database: str) -> Opened:
        return lambda: InfluxStore(influx_server.url, bucket=database)
