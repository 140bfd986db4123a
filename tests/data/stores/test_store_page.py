"""docs/history-store.md says how to read the file; whoever believes it reads every bit."""

from __future__ import annotations

import re
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_monitor.data.stores.bar_rows import encode_rows
from live_monitor.data.stores.sqlite_file import APPLICATION_ID, SCHEMA, TABLES
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import BarColumns
from tests.architecture.conftest import CHECKOUT
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, KEY, a_bar, bits
from tests.data.stores.test_packing import KINDS, any_bars, simulated_day

PAGE = (CHECKOUT / "docs/history-store.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def hostile(seed: int) -> BarColumns:
    kinds = [KINDS[(seed * 7 + number * 5) % len(KINDS)] for number in range(7)]
    bars = any_bars(kinds, seed, 300)
    return bars._replace(start_ms=FRIDAY_MS - (30 - seed) * DAY_MS + bars.start_ms % 7 + 1_000 * np.arange(300))


def test_the_program_on_the_page_reads_every_bit(tmp_path: Path) -> None:
    path = tmp_path / "bars.sqlite3"
    with closing(SqliteStore(path)) as store:
        for seed in range(len(KINDS)):
            store.put(KEY, hostile(seed))
        store.put(KEY, simulated_day("F"))
        while store.pack(0):
            pass
        expected = store.read(KEY, 0, ALL_MS)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) > 5 FROM blocks").fetchone() == (1,)
        assert connection.execute("SELECT count(*) > 5 FROM bars").fetchone() == (1,)
        page: dict[str, Any] = {"__name__": "page"}
        exec(compile(PROGRAM, "history-store.md", "exec"), page)
        found = page["bars"](connection, *KEY[:2], KEY.timeframe.name)
    order = [page["NAMES"].index(name) + 1 if name != "start_ms" else 0 for name in BarColumns._fields]
    assert [found[at].tobytes() for at in order] == bits(expected)


def test_the_program_on_the_page_runs_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "bars.sqlite3"
    with closing(SqliteStore(path)) as store:
        store.put(KEY, simulated_day("F"))
    command = [sys.executable, "-c", PROGRAM, str(path), KEY.market, KEY.symbol, KEY.timeframe.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == simulated_day("F").length


def test_the_page_names_every_table_and_column(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "bars.sqlite3")):
        pass
    with closing(sqlite3.connect(tmp_path / "bars.sqlite3")) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            assert f"| `{table}` | {', '.join(f'`{name}`' for name in columns)} |" in PAGE
    assert f"{APPLICATION_ID:#x}".upper().replace("X", "x") in PAGE
    assert f"what follows: {SCHEMA}." in PAGE
    assert len(TABLES) == 5


@pytest.mark.parametrize("start", [FRIDAY_MS, 0])
def test_the_check_sum_of_a_row_is_the_one_on_the_page(start: int) -> None:
    (raw,) = encode_rows(BarColumns.of([a_bar(start)]))
    words = [*struct.unpack("<8Q", raw[:64]), int.from_bytes(raw[64:68], "little"), start]
    factors = [0x9E3779B97F4A7C15 * (2 * number + 1) for number in range(10)]
    total = (factors[1] + sum(word * factor for word, factor in zip(words, factors, strict=True))) % 2**64
    assert int.from_bytes(raw[68:], "little") == (total ^ total >> 32) % 2**32
