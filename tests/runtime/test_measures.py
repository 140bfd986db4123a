"""What the system says about this process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from live_monitor.runtime.measures import resident_mb, since_process_start_ms

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells when a process was started")
def test_time_counts_from_the_start_of_the_process() -> None:
    code = """
import time
time.sleep(0.25)
from live_monitor.runtime.measures import since_process_start_ms
print(since_process_start_ms())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert 240.0 <= float(done.stdout) < 10_000.0


def test_time_goes_on() -> None:
    assert since_process_start_ms() <= since_process_start_ms()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell without another library")
def test_memory_grows_by_what_is_taken() -> None:
    before = resident_mb()
    taken = b"x" * 50_000_000
    assert resident_mb() >= before + 40
    assert len(taken) == 50_000_000
