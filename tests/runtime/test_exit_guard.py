"""Whatever hangs, the program ends; what counts is saved first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from live_monitor.runtime.exit_guard import ExitGuard

CHECKOUT = Path(__file__).resolve().parents[2]

_HANGING = """
import sys, time
from pathlib import Path
from live_monitor.runtime.exit_guard import ExitGuard
def save():
    Path(sys.argv[1]).write_text("saved")
    if sys.argv[2] == "fails":
        raise OSError("disk full")
    if sys.argv[2] == "hangs":
        time.sleep(60)
guard = ExitGuard(save, grace_s=0.2, words_s=0.2 if sys.argv[2] == "hangs" else 20.0)
guard.arm()
guard.arm()
time.sleep(60)
"""


def hang(target: Path, how: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _HANGING, str(target), how]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=20, check=False)


def test_u4_a_hanging_end_is_forced_after_saving(tmp_path: Path) -> None:
    assert hang(tmp_path / "a", "well").returncode == 0
    assert (tmp_path / "a").read_text() == "saved"


def test_u4_a_failing_save_does_not_stop_the_forced_end(tmp_path: Path) -> None:
    assert hang(tmp_path / "a", "fails").returncode == 0


def test_u4_a_save_that_hangs_as_well_does_not_stop_the_forced_end(tmp_path: Path) -> None:
    assert hang(tmp_path / "a", "hangs").returncode == 0


def test_an_ordinary_end_disarms_the_guard() -> None:
    saved: list[bool] = []
    guard = ExitGuard(lambda: saved.append(True), grace_s=30.0)
    guard.arm()
    guard.disarm()
    assert saved == []
