"""script/run and script/test from nothing to a started program, for real, without network."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.script.conftest import SmallCheckout

STARTED = "started with ['--screenshot', 'a b.png'] beside ['tiny_runtime']"
ALL_HERE = ["--screenshot", "a b.png"]


def wait_for(path: Path) -> None:
    """Until `path` exists, for at most 20 s."""
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.01)


def test_first_start_installs_by_pip_and_the_second_adds_almost_nothing(small_checkout: SmallCheckout) -> None:
    first = small_checkout.run("run", *ALL_HERE)
    assert (first.returncode, first.stdout.strip()) == (0, STARTED), first.stderr
    assert "Setting up" in first.stderr
    took = []
    for _ in range(3):
        started = time.perf_counter()
        second = small_checkout.run("run", *ALL_HERE, PIP_FIND_LINKS="/nowhere")
        took.append(time.perf_counter() - started)
        assert (second.returncode, second.stdout.strip(), second.stderr) == (0, STARTED, "")
    # 0.3 s is promised; five times that for a busy runner, which may also stand still for a moment.
    assert min(took) < 1.5


def test_bytecode_is_compiled_although_the_environment_forbids_it(small_checkout: SmallCheckout) -> None:
    assert small_checkout.run("run", *ALL_HERE).returncode == 0
    assert list((small_checkout.root / "live_monitor/__pycache__").glob("display.*.pyc"))
    assert list((small_checkout.root / ".venv").glob("lib/*/site-packages/__pycache__/tiny_runtime.*.pyc"))


def test_edited_package_is_compiled_again(small_checkout: SmallCheckout) -> None:
    small_checkout.add_uv("exit 0")
    small_checkout.run("run", *ALL_HERE)
    (small_checkout.root / "live_monitor/newcomer.py").write_text("x = 1\n")
    small_checkout.run("run", *ALL_HERE)
    assert list((small_checkout.root / "live_monitor/__pycache__").glob("newcomer.*.pyc"))


def test_wrong_hash_ends_in_a_sentence_and_leaves_no_stamp(small_checkout: SmallCheckout) -> None:
    small_checkout.runtime_lock.write_text("tiny-runtime==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    done = small_checkout.run("run", *ALL_HERE)
    assert done.returncode == 1
    assert "Set-up failed." in done.stderr
    assert "Traceback" not in done.stderr
    assert not small_checkout.stamp.exists()


def test_development_set_up_adds_to_the_runtime_one_and_run_keeps_it(small_checkout: SmallCheckout) -> None:
    small_checkout.add_uv('echo "$*" >> "$(dirname "$0")/installs"')
    installs = small_checkout.tools / "installs"
    small_checkout.run("run", *ALL_HERE)
    witness = small_checkout.root / ".venv/witness"
    witness.touch()
    small_checkout.run("test")
    small_checkout.run("run", *ALL_HERE)
    small_checkout.run("test")
    assert witness.exists(), "the environment was rebuilt"
    locks = [line.rsplit("/", 1)[1] for line in installs.read_text().splitlines()]
    assert locks == ["requirements.lock", "requirements-dev.lock"]


def test_every_install_demands_hashes(small_checkout: SmallCheckout) -> None:
    small_checkout.add_uv('echo "$*" >> "$(dirname "$0")/installs"')
    small_checkout.run("test")
    assert "--require-hashes" in (small_checkout.tools / "installs").read_text()


def test_changed_lock_rebuilds_the_environment(small_checkout: SmallCheckout) -> None:
    small_checkout.add_uv("exit 0")
    small_checkout.run("run", *ALL_HERE)
    witness = small_checkout.root / ".venv/witness"
    witness.touch()
    small_checkout.runtime_lock.write_text(small_checkout.runtime_lock.read_text() + "\n")
    assert small_checkout.run("run", *ALL_HERE).returncode == 0
    assert not witness.exists()


def test_uv_that_fails_gives_way_to_pip(small_checkout: SmallCheckout) -> None:
    small_checkout.add_uv("echo no such option >&2; exit 2")
    done = small_checkout.run("run", *ALL_HERE)
    assert (done.returncode, done.stdout.strip()) == (0, STARTED), done.stderr
    assert "no such option" in done.stderr


def test_killed_set_up_is_begun_again(small_checkout: SmallCheckout) -> None:
    small_checkout.add_uv('touch "$(dirname "$0")/reached"; exec sleep 60')
    process = subprocess.Popen(
        [str(small_checkout.root / "script/run"), *ALL_HERE],
        env=small_checkout.environ(),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(small_checkout.tools / "reached")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not small_checkout.stamp.exists()
    small_checkout.add_uv("exit 0")
    done = small_checkout.run("run", *ALL_HERE)
    assert done.returncode == 0
    assert "Setting up" in done.stderr


def test_two_set_ups_at_once_install_only_once(small_checkout: SmallCheckout) -> None:
    small_checkout.add_uv(
        'here="$(dirname "$0")"; echo once >> "$here/installs"; touch "$here/reached"; '
        'until [ -e "$here/go" ]; do sleep 0.02; done'
    )
    command = [str(small_checkout.root / "script/run"), *ALL_HERE]
    first = subprocess.Popen(command, env=small_checkout.environ(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    wait_for(small_checkout.tools / "reached")
    second = subprocess.Popen(command, env=small_checkout.environ(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert second.stderr is not None
    assert b"waiting for it" in second.stderr.readline()
    (small_checkout.tools / "go").touch()
    for process in (first, second):
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert (small_checkout.tools / "installs").read_text() == "once\n"


@pytest.mark.parametrize("unwanted", ["PYTHONPATH", "PYTHONHOME"])
def test_other_peoples_packages_stay_out(small_checkout: SmallCheckout, unwanted: str) -> None:
    small_checkout.add_uv("exit 0")
    assert small_checkout.run("run", *ALL_HERE, **{unwanted: "/nowhere"}).returncode == 0


def test_without_a_display_one_line_names_the_ways_out_and_nothing_is_installed(small_checkout: SmallCheckout) -> None:
    done = small_checkout.run("run", "--symbol", "AAPL")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    for way_out in ("--screenshot FILE", "--platform offscreen", "live-monitor feed"):
        assert way_out in line
    assert not (small_checkout.root / ".venv").exists()
