"""The lock files say nothing but versions and hashes, and agree with one another."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "script"))

import lock  # noqa: E402 - a script, found only through the line above

VERSION_LINE = "msgspec==0.22.0 \\"
HASH_LINE = "    --hash=sha256:" + "0" * 64


def versions(path: Path) -> set[str]:
    return set(re.findall(r"^[a-z].*?==[^ ]+(?: ; .*)?(?= \\)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", [lock.RUNTIME, lock.DEV, lock.PEERS], ids=lambda path: path.name)
def test_locks_hold_versions_and_hashes_only(path: Path) -> None:
    assert lock.strangers(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.com",
        "--find-links /opt/wheels",
        "torch @ https://example.com/torch.whl \\",
        "torch @ file:///opt/torch.whl \\",
        "msgspec==0.22.0",
        "    # via pandas",
        "    --hash=md5:" + "0" * 32,
        "",
    ],
)
def test_any_other_line_is_a_stranger(line: str) -> None:
    assert lock.strangers("\n".join([VERSION_LINE, HASH_LINE, line, VERSION_LINE])) == [line]


def test_development_lock_holds_the_runtime_lock_in_the_same_versions() -> None:
    runtime, development = versions(lock.RUNTIME), versions(lock.DEV)
    assert len(runtime) > 10
    # What the program needs on some platforms only, its tests may need on all: the version alone, without a condition.
    assert [line for line in runtime if not {line, line.partition(" ;")[0]} & development] == []


@pytest.mark.parametrize("name", ["numpy", "msgspec", "pyqt6-sip", "zstandard"])
def test_binary_packages_are_locked_for_many_platforms(name: str) -> None:
    block = re.search(rf"^{name}==.*\n(?:    --hash=.*\n?)+", lock.RUNTIME.read_text(), re.MULTILINE)
    assert block is not None
    assert block.group().count("--hash=") >= 15


def test_lock_is_made_without_the_machines_mirrors() -> None:
    environ = lock.without_machine_settings(
        {"PATH": "/bin", "UV_INDEX_URL": "https://mirror.example", "PIP_FIND_LINKS": "/opt/wheels"}
    )
    assert environ == {"PATH": "/bin", "UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
