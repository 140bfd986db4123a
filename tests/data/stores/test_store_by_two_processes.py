"""Two processes at one file: one writes and packs, the other reads, and what it reads is always right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.ports import SeriesKey
from tests.architecture.conftest import CHECKOUT
from tests.conformance.history_store import ALL_MS, FRIDAY_MS, KEY, a_bar, bits

KEYS = [KEY._replace(symbol=symbol) for symbol in ("AAPL", "F", "ESZ6")]
#: Market time between two bars: a day closes every 48 steps.
STEP_MS = 1_800_000
STEPS = 120

WRITER = """
import sys
from pathlib import Path
from live_monitor.data.stores.sqlite_store import SqliteStore
from tests.data.stores.test_store_by_two_processes import written

store = SqliteStore(Path(sys.argv[1]), busy_s=30.0)
for now_ms, rows in written(int(sys.argv[2])):
    store.append(rows)
    store.pack(now_ms)
store.close()
"""


def a_step(step: int, number: int) -> Bar:
    return a_bar(FRIDAY_MS + STEP_MS * step + 1_000 * number, 100.0 + step, volume=float(step + number))


def written(writer: int) -> Iterator[tuple[int, list[tuple[SeriesKey, Bar]]]]:
    """What a writer writes, step by step: writer 0 the even bars of each step, writer 1 the odd ones."""
    for step in range(STEPS):
        yield FRIDAY_MS + STEP_MS * step, [(key, a_step(step, 2 * row + writer)) for row in range(10) for key in KEYS]


def series_of(writers: tuple[int, ...], steps: int) -> BarColumns:
    """What a series holds after so many steps."""
    numbers = sorted(2 * row + writer for row in range(10) for writer in writers)
    return BarColumns.of(a_step(step, number) for step in range(steps) for number in numbers)


def started(path: Path, writer: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(writer)], cwd=CHECKOUT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bars.sqlite3"


def test_a_reader_sees_whole_steps_whatever_the_writer_packs_meanwhile(path: Path) -> None:
    whole = series_of((0,), STEPS)
    seen, looks = 0, 0
    with closing(SqliteStore(path)) as reader, started(path, 0) as writer:
        while seen < whole.length:
            ended = writer.poll() is not None
            before = seen
            for key in KEYS:
                found = reader.read(key, 0, ALL_MS)
                assert found.length % 10 == 0
                assert found.length >= before
                assert bits(found) == bits(whole.rows(slice(0, found.length)))
                seen = found.length
                newest = reader.last(key, ALL_MS, 35)
                end = int(whole.start_ms.searchsorted(newest.start_ms[-1])) + 1 if newest.length else 0
                assert end >= seen
                assert bits(newest) == bits(whole.rows(slice(max(0, end - 35), end)))
            looks += seen > before
            assert not ended or seen == whole.length
        assert reader.notice == ""
    assert writer.returncode == 0
    assert looks > 5


def test_two_writers_lose_nothing_of_one_another(path: Path) -> None:
    """As when bars are fetched by a command while the desktop runs: both append, both pack the same days."""
    with started(path, 0) as first, started(path, 1) as second:
        first.communicate(timeout=50)
        second.communicate(timeout=50)
    assert (first.returncode, second.returncode) == (0, 0)
    with closing(SqliteStore(path)) as store:
        for key in KEYS:
            assert bits(store.read(key, 0, ALL_MS)) == bits(series_of((0, 1), STEPS))
