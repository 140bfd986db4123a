"""The embedded store."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_monitor.data.stores.sqlite_store import SqliteStore
from tests.conformance.history_store import HistoryStoreSuite, Opened


class TestSqliteStore(HistoryStoreSuite):
    """The suite that every store passes."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        return lambda: SqliteStore(tmp_path / "history" / "bars.sqlite3")
