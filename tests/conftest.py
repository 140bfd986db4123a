"""Shared fixtures. Every test runs offscreen, in random order, in its own home."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from live_monitor.clock import ManualClock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The same examples on every machine and no time limits of Hypothesis' own: a slow runner is not a bug.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recorded data beside the checkout; it never enters the project."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no recorded data beside the checkout: {folder} is absent")
    return folder


@pytest.fixture
def manual_clock() -> ManualClock:
    """A clock that moves only when the test says so."""
    return ManualClock()
