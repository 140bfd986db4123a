"""A store with bars in it, and the line that a person reads when it fails."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.errors import StoreError
from tests.conformance.history_store import DAY_MS, FRIDAY_MS, KEY, seconds

#: What a person reads in each line: nothing is kept, and the rest goes on.
GOES_ON = "Live data goes on, bars are not kept."


def a_kept_store(path: Path) -> Path:
    """A store with some days, closed in good order."""
    with closing(SqliteStore(path)) as store:
        for days in range(30, -1, -1):
            start = FRIDAY_MS - days * DAY_MS
            store.put(KEY._replace(symbol=f"S{days % 7}"), seconds(300, start), (start, start + 300_000))
    return path


def said(problem: pytest.ExceptionInfo[StoreError]) -> str:
    """The line, which must be one, with its remedy."""
    text = str(problem.value)
    assert "\n" not in text
    assert problem.value.remedy.startswith(GOES_ON)
    return text
