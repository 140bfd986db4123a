"""A disk of a few megabytes that a child process fills: real, where this account may mount one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_CHECKOUT = Path(__file__).resolve().parents[2]


def on_a_small_disk(folder: Path, megabytes: int, script: str) -> Any:
    """What `script` (its first argument is the disk's folder) prints as JSON; skips where no disk can be mounted."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here: a small disk of our own needs it")
    mount = f"mount -t tmpfs -o size={megabytes}m tmpfs '{folder}'"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode != 0:
        pytest.skip("this account may not mount a small disk")
    command = f"{mount} && exec '{sys.executable}' -c \"$0\" '{folder}'"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, script], cwd=_CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
