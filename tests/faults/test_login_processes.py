"""Renewed tokens and processes: killed at any point, or several at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.providers.schwab_auth import BrokerConnection
from live_monitor.secrets import SCHWAB_CONNECTION, Secret
from tests.fakes.far_end import FarEnd
from tests.faults.renewal_kills import store

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def far() -> Iterator[FarEnd]:
    with FarEnd("schwab_login_server") as process:
        yield process


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
@pytest.mark.parametrize("same", [True, False])
def test_o4_killed_at_any_point_of_keeping_them_old_or_new_tokens_are_left(
    far: FarEnd, tmp_path: Path, same: bool
) -> None:
    far.do("renewing", same=True)
    logins = [far.do("login") for _ in range(60)]
    pairs = json.dumps([(given["access_token"], given["refresh_token"]) for given in logins])
    far.do("renewing", same=same)
    command = [sys.executable, "-m", "tests.faults.renewal_kills", far.rest, str(tmp_path)]
    done = subprocess.run(command, cwd=_ROOT, input=pairs, capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode == 0, done.stderr
    points = json.loads(done.stdout)
    assert len(points) > 8
    assert points[-1]["lived"]
    assert not any(point["lived"] for point in points[:-1])
    assert points[0]["which"] == "old"
    assert {point["which"] for point in points} == {"old", "new"}
    if same:
        # As Schwab does it: the refresh token stays the same, so that no log-in is ever lost.
        assert all(point["usable"] for point in points)
    else:
        # The old ones are dead then: one log-in, from a store that is whole.
        assert all(point["usable"] == (point["which"] == "new") for point in points)


def test_o5_processes_that_renew_together_ask_once(far: FarEnd, tmp_path: Path) -> None:
    far.do("renewing", same=True)
    given, clock = far.do("login"), ManualClock()
    now = clock.wall_ms()
    old = BrokerConnection(
        Secret(given["access_token"]), Secret(given["refresh_token"]), now + 1_800_000, now, now, clock=clock
    )
    store(tmp_path).put(SCHWAB_CONNECTION, old.to_secret(), plaintext=True)
    before = len(far.seen()["forms"])
    command = [sys.executable, "-m", "tests.faults.renewal_pair", far.rest, str(tmp_path), given["access_token"]]
    processes = [
        subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        answers = {process.communicate("go\n", timeout=30)[0].strip() for process in processes}
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert len(far.seen()["forms"]) == before + 1
    assert len(answers) == 1
    assert answers <= set(far.seen()["access"])
