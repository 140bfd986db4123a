"""README, CI and decision records say what is so."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture import source_rules as rules
from tests.architecture.conftest import CHECKOUT

FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(markdown: str) -> list[str]:
    """Lines of the code blocks, without prompts and comments."""
    lines = [line for block in FENCE.findall(markdown) for line in block.splitlines()]
    return [line.split("#")[0].removeprefix("$ ").strip() for line in lines]


def records(folder: Path) -> list[str]:
    """File names of the decision records."""
    return sorted(path.name for path in folder.glob("[0-9]*.md"))


def test_readme_names_the_two_commands() -> None:
    found = commands((CHECKOUT / "README.md").read_text(encoding="utf-8"))
    assert "script/run" in found
    assert "script/test" in found


def test_ci_runs_the_checks_and_then_exactly_the_readmes_test_command() -> None:
    lines = (CHECKOUT / ".ci/run").read_text(encoding="utf-8").splitlines()
    steps = [line.split(" <")[0] for line in lines if line.startswith("script/")]
    assert steps == ["script/check", "script/test"]


def test_ci_fails_when_either_step_fails(tmp_path: Path) -> None:
    for failing in ("check", "test", ""):
        checkout = tmp_path / (failing or "none")
        (checkout / ".ci").mkdir(parents=True)
        (checkout / "script").mkdir()
        shutil.copy(CHECKOUT / ".ci/run", checkout / ".ci/run")
        for step in ("check", "test"):
            path = checkout / "script" / step
            path.write_text(f"#!/bin/sh\necho {step}\nexit {int(step == failing)}\n")
            path.chmod(0o755)
        done = subprocess.run([str(checkout / ".ci/run")], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stdout.split() == ["check", "test"]
        assert (done.returncode != 0) == bool(failing)


def test_every_decision_record_is_listed() -> None:
    folder = CHECKOUT / "docs/adr"
    assert records(folder)
    assert rules.without_a_line(records(folder), (folder / "README.md").read_text(encoding="utf-8")) == []


def test_no_two_decision_records_share_a_number() -> None:
    numbers = [name.split("-")[0] for name in records(CHECKOUT / "docs/adr")]
    assert len(numbers) == len(set(numbers))


def test_changelog_has_a_place_for_what_is_not_released() -> None:
    assert "## [Unreleased]" in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_lock_that_records_addresses_is_committed(texts: dict[str, str]) -> None:
    names = {path.rsplit("/", 1)[-1] for path in texts}
    assert not names & {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"}


def test_unlisted_record_is_found() -> None:
    assert rules.without_a_line(["0001-a.md", "0002-b.md"], "see [A](0001-a.md)") == ["0002-b.md"]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("```sh\nscript/test  # all\n```\n", ["script/test"]),
        ("```\n$ script/run --at 10:30\n```\n", ["script/run --at 10:30"]),
        ("run script/test\n", []),
    ],
)
def test_commands_are_those_in_code_blocks(markdown: str, found: list[str]) -> None:
    assert commands(markdown) == found
