"""Exceptions leave our code in many places; none of them ends the program, each is shown once."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.crash_subject import CASES

CHECKOUT = Path(__file__).resolve().parents[2]


def start_subject(case: str, logs: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.runtime.crash_subject", case, str(logs)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def run_subject(case: str, logs: Path) -> dict[str, Any]:
    """Result line of a subject that ended well; -6 would be Qt's abort."""
    done = start_subject(case, logs)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.mark.parametrize("case", CASES)
def test_u1_an_exception_is_shown_once_and_survived(case: str, tmp_path: Path) -> None:
    result = run_subject(case, tmp_path)
    assert result["causes"] == 1, result
    assert result["main_thread"]
    assert result["quits"] == 0
    log = (tmp_path / "live-monitor.log").read_text(encoding="utf-8")
    if case == "log handler":
        # Written by the sound handler before the broken one; what matters is that nothing recursed.
        assert log.count("x: anything") == 1
    else:
        assert log.count("Unhandled in") == 1
        assert "Traceback" in log or case == "unprintable"


def test_u1_ctrl_c_inside_a_slot_is_no_problem_but_a_wish_to_end(tmp_path: Path) -> None:
    result = run_subject("Ctrl-C", tmp_path)
    assert result["causes"] == 0
    assert result["quits"] == 1


def test_u1_exit_inside_a_slot_ends_the_program_with_its_code(tmp_path: Path) -> None:
    """PyQt hands SystemExit to Python, which ends the process by itself: no hook is asked, nothing aborts."""
    assert start_subject("exit", tmp_path).returncode == 3


def test_u2_a_storm_of_exceptions_shows_one_panel_and_a_short_log(tmp_path: Path) -> None:
    result = run_subject("storm", tmp_path)
    assert result["raised"] == 10_000
    # Once when it begins, and once a second while it goes on.
    assert 1 <= result["shown"] <= 1 + math.ceil(result["seconds"])
    assert result["gap_ms"] < 200 * 5
    assert (tmp_path / "live-monitor.log").stat().st_size < 1e6
