"""The committed files, as git sees them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__"}


def committed_files() -> list[str]:
    """Paths relative to the checkout; without git (an unpacked archive), everything that is not built."""
    if shutil.which("git") and (CHECKOUT / ".git").exists():
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
        )
        paths = [path for path in listed.stdout.decode().split("\0") if path]
    else:
        found = (path.relative_to(CHECKOUT) for path in CHECKOUT.rglob("*") if path.is_file())
        paths = [path.as_posix() for path in found if not _NOT_OURS & set(path.parts)]
    return sorted(path for path in paths if (CHECKOUT / path).is_file())


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """Path -> text of every committed text file."""
    found = {}
    for path in committed_files():
        content = (CHECKOUT / path).read_bytes()
        if b"\0" not in content[:8192]:
            found[path] = content.decode("utf-8")
    return found


@pytest.fixture(scope="session")
def sources(texts: dict[str, str]) -> dict[str, str]:
    """Path -> text of every committed Python file, scripts included."""
    return {path: text for path, text in texts.items() if path.endswith((".py", ".spec"))}


@pytest.fixture(scope="session")
def program(sources: dict[str, str]) -> dict[str, str]:
    """Path -> text of the program's own modules."""
    return {path: text for path, text in sources.items() if path.startswith("live_monitor/")}
