"""Each import contract of pyproject.toml breaks when a module breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.conftest import CHECKOUT


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("engine/newcomer.py", "import live_monitor.wire.relay", "Dependencies point down"),
        ("wire/newcomer.py", "from live_monitor.data import market_hub", "Dependencies point down"),
        ("data/inbox.py", "from live_monitor.data import feed_thread", "Dependencies point down"),
        ("data/models/newcomer.py", "import live_monitor.ports", "Dependencies point down"),
        ("ui/newcomer.py", "import live_monitor.server", "Dependencies point down"),
        ("unplaced.py", "import json", "Dependencies point down"),
        ("engine/newcomer.py", "from PyQt6.QtCore import QObject", "Qt stays in the desktop"),
        ("data/inbox.py", "def f():\n    import PyQt6", "Qt stays in the desktop"),
        ("providers/newcomer.py", "import live_monitor.data.market_hub", "Providers and data meet only in ports"),
        ("server/newcomer.py", "import live_monitor.providers", "Data and faces know no provider"),
        ("wire/newcomer.py", "import asyncio", "The engine and the wire do no input or output"),
    ],
)
def test_contract_breaks(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(CHECKOUT / "live_monitor", tmp_path / "live_monitor", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    with (tmp_path / "live_monitor" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(lint), "--no-logo", "--no-cache"], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    broken = [row for row in done.stdout.splitlines() if row.startswith(contract)]
    assert broken
    assert "BROKEN" in broken[0] or "not configured" in done.stdout, done.stdout
