"""What is a secret in one test is innocent text in the next."""

from __future__ import annotations

import pytest

from live_monitor import log
from live_monitor.log import Redactor


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The redactor is as before afterwards."""
    fresh = Redactor()
    for name in ("_known", "_values"):
        monkeypatch.setattr(log.redact, name, getattr(fresh, name))
