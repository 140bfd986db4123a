"""docs/ledger.md says how to check the file; whoever believes it comes to the same digest and the same cash."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from live_monitor.data.stores.ledger_file import APPLICATION_ID, SCHEMA
from live_monitor.data.stores.ledger_head import head_path
from live_monitor.data.stores.ledger_store import FILE_NAME
from live_monitor.engine.paper.entries import AnyEntry
from tests.architecture.conftest import CHECKOUT
from tests.fakes import ledger_story as story

PAGE = (CHECKOUT / "docs/ledger.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    story.a_ledger(tmp_path, 14).close()
    return tmp_path / FILE_NAME


def said(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=False)


def test_the_program_on_the_page_comes_to_the_same_digest_and_cash(path: Path) -> None:
    with closing(story.a_ledger(path.parent, 17, start=14)) as ledger:
        # While the desktop runs.
        done = said(path)
        assert done.stdout.split()[:2] == [str(ledger.end.seq), ledger.end.hex_digest], done.stderr
        assert f"{{'{story.ACCOUNT}': {float(story.truth(17)[0])}}}" in done.stdout


def test_the_program_on_the_page_sees_a_changed_entry_and_a_lost_one(path: Path) -> None:
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b"100.07", b"900.07", 1))
    assert "is not what was written" in said(path).stderr
    path.write_bytes(sound)
    head = head_path(path)
    older = head.read_bytes()
    story.a_ledger(path.parent, 15, start=14).close()
    path.write_bytes(sound)
    assert "acknowledged entries are missing" in said(path).stderr
    head.write_bytes(older)
    assert said(path).returncode == 0


def test_the_page_names_every_table_column_and_kind(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            assert f"| `{table}` | {', '.join(f'`{name}`' for name in columns)} |" in PAGE
    for kind in get_args(AnyEntry):
        assert f"`{kind.__struct_config__.tag}`" in PAGE
    assert f"{APPLICATION_ID:#x}".upper().replace("X", "x") in PAGE
    assert f"what follows: {SCHEMA}." in PAGE
    assert f"text of {head_path(path).stat().st_size} bytes" in PAGE
