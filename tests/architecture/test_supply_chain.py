"""Row O9: no key in the tree, nothing installed that is not pinned by its hash, and (nightly) no known hole."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.architecture.conftest import CHECKOUT
from tests.architecture.supply_rules import secret_like, unhashed

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-peers.lock")


def test_o9_no_committed_file_holds_what_looks_like_a_key(texts: dict[str, str]) -> None:
    # Hashes are long and mixed; that the locks hold nothing else is shown below.
    read = {path: text for path, text in texts.items() if path not in LOCKS}
    assert len(read) > 500
    assert {path: found for path, text in read.items() if (found := secret_like(text))} == {}


def test_o9_every_package_is_locked_by_its_hash(texts: dict[str, str]) -> None:
    for lock in LOCKS:
        assert texts[lock].count("==") > 10
        assert unhashed(texts[lock]) == [], lock


@pytest.mark.nightly
def test_o9_no_package_has_a_known_hole() -> None:
    """Needs `pip-audit` and its data base on the internet; where either is missing nothing is claimed."""
    tool = shutil.which("pip-audit")
    if tool is None:
        pytest.skip("pip-audit is not installed")
    command = [tool, "--disable-pip", "--require-hashes", "--progress-spinner", "off", "-r", "requirements.lock"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=50, check=False)
    if "ConnectionError" in done.stderr or "Max retries" in done.stderr:
        pytest.skip("the data base of known holes cannot be reached")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN " + "EC PRIVATE KEY-----",
        "aws = 'AKIA" + "IOSFODNN7QZXCVBN'",
        "x = ghp_" + "a1B2" * 9,
        "Bearer eyJ" + "hbGciOiJIUzI1NiIsInR5.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "code=C0." + "b2F1dGgyLmJkYy5zY2h3YWIuY29t.Qk9SVEVE%40",
        "POLYGON_API_KEY=" + "pQ7vR2xK9mT4wZ8bN3cL6jH1gF5dS0aY",
        'client_secret: "' + "Hq8ZpW3vN7tRk2Ls9XyB" + '"',
    ],
)
def test_what_looks_like_a_key_is_found_and_not_repeated(line: str) -> None:
    assert secret_like(f"first\n{line}") == ["2: looks like a key"]


@pytest.mark.parametrize(
    "line",
    [
        "key = settings.polygon_api_key_of_the_person",
        "token: CANARY-7f3a9c-7f3a9c-7f3a9c",
        "api_key=os.environ.get",
        "secret",
    ],
)
def test_innocent_lines_are_left_alone(line: str) -> None:
    assert secret_like(line) == []


def test_a_package_without_a_hash_is_found() -> None:
    good = (
        f"httpx==0.28.1 ; python_version < '3.12' \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n"
    )
    assert unhashed(good * 2) == []
    assert unhashed(f"{good}anyio==4.16.0\n{good}") == ["anyio==4.16.0"]
    assert unhashed(good.replace("==0.28.1", ">=0.28")) == ["httpx>=0.28"]
    assert unhashed(good.replace("a" * 64, "a" * 63).replace("b" * 64, "c")) == ["httpx==0.28.1"]
