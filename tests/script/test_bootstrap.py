"""The fast way of the set-up: what it decides without starting anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap
from tests.script.conftest import BASE_PYTHON, CHECKOUT

PYTHON = (3, 11, 7)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with both locks."""
    for name in bootstrap.LOCKS.values():
        (tmp_path / name).write_text(f"{name}\n")
    return tmp_path


def test_fingerprint_depends_on_lock_python_and_place(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("moved")
    (elsewhere / "requirements.lock").write_text("requirements.lock\n")
    prints = {
        bootstrap.fingerprint("runtime", str(checkout), PYTHON),
        bootstrap.fingerprint("dev", str(checkout), PYTHON),
        bootstrap.fingerprint("runtime", str(checkout), (3, 13, 0)),
        bootstrap.fingerprint("runtime", str(elsewhere), PYTHON),
    }
    before = bootstrap.fingerprint("runtime", str(checkout), PYTHON)
    (checkout / "requirements.lock").write_text("other\n")
    prints.add(bootstrap.fingerprint("runtime", str(checkout), PYTHON))
    assert len(prints) == 5
    assert before in prints


@pytest.mark.parametrize("text", ["", "runtime abc", "runtime abc\nlibraries offscr", "complete\nruntime abc"])
def test_torn_stamp_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stamp"
    path.write_text(text)
    assert bootstrap.read_stamp(str(path)) == {}


def test_absent_stamp_counts_as_none(tmp_path: Path) -> None:
    assert bootstrap.read_stamp(str(tmp_path / "stamp")) == {}


def test_environment_is_ready_only_for_what_its_stamp_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", sys.executable)
    stamp = {"runtime": bootstrap.fingerprint("runtime"), "libraries": "offscreen"}
    assert bootstrap.is_ready("runtime", ["offscreen"], stamp)
    assert not bootstrap.is_ready("dev", ["offscreen"], stamp)
    assert not bootstrap.is_ready("runtime", ["offscreen", "xcb"], stamp)
    assert not bootstrap.is_ready("runtime", ["offscreen"], {**stamp, "runtime": "of another lock"})
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", "/nowhere/python")
    assert not bootstrap.is_ready("runtime", ["offscreen"], stamp)


@pytest.mark.parametrize(
    ("command", "environ", "platform", "groups"),
    [
        ("run", {}, "linux", ["offscreen"]),
        ("run", {"DISPLAY": ":0"}, "linux", ["offscreen", "xcb"]),
        ("test", {"DISPLAY": ":0"}, "linux", ["offscreen"]),
        ("run", {"DISPLAY": ":0"}, "darwin", []),
        ("run", {}, "win32", []),
    ],
)
def test_libraries_are_those_that_the_command_needs_here(
    command: str, environ: dict[str, str], platform: str, groups: list[str]
) -> None:
    assert bootstrap.library_groups(command, environ, platform) == groups


def test_run_passes_every_argument_through() -> None:
    command = bootstrap.command_line("run", ["--symbol", "BRK.B", "-n"])
    assert command == [bootstrap.VENV_PYTHON, "-P", "-m", "live_monitor", "--symbol", "BRK.B", "-n"]


def test_tests_run_on_two_workers_and_pass_arguments_to_pytest() -> None:
    command = bootstrap.command_line("test", ["-x", "tests/wire"])
    assert command[2:] == ["-m", "pytest", "-n", "2", "-x", "tests/wire"]


def test_nightly_selects_the_long_tests_too_and_is_kept_from_pytest() -> None:
    command = bootstrap.command_line("test", ["--nightly", "-x"])
    assert command[2:] == ["-m", "pytest", "-n", "2", "-m", "", "-x"]


def test_windows_are_hidden_in_tests_but_not_in_the_program() -> None:
    assert "QT_QPA_PLATFORM" not in bootstrap.environment_of("run", {})
    assert bootstrap.environment_of("test", {})["QT_QPA_PLATFORM"] == "offscreen"
    assert bootstrap.environment_of("test", {"QT_QPA_PLATFORM": "xcb"})["QT_QPA_PLATFORM"] == "xcb"


def test_signature_changes_with_every_edit_of_the_package(tmp_path: Path) -> None:
    module = tmp_path / "deep" / "module.py"
    module.parent.mkdir()
    module.write_text("x = 1\n")
    signatures = [bootstrap.source_signature(str(tmp_path))]
    os.utime(module, ns=(1, 1))
    signatures.append(bootstrap.source_signature(str(tmp_path)))
    (tmp_path / "other.py").touch()
    signatures.append(bootstrap.source_signature(str(tmp_path)))
    assert len(set(signatures)) == 3
    (tmp_path / "notes.txt").write_text("no source\n")
    assert bootstrap.source_signature(str(tmp_path)) == signatures[-1]


def under_old_python(path: str) -> subprocess.CompletedProcess[str]:
    """Starts bootstrap.py in a Python that says it is 3.9, with `path` as PATH."""
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); "
        "sys.argv = ['bootstrap.py', 'run', '--symbol', 'A']; "
        f"runpy.run_path({bootstrap.__file__!r}, run_name='__main__')"
    )
    return subprocess.run(
        [str(BASE_PYTHON), "-I", "-S", "-c", code], env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_old_python_without_a_newer_one_ends_in_one_sentence(tmp_path: Path) -> None:
    done = under_old_python(str(tmp_path))
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert "needs Python 3.11 or newer" in line
    assert "3.9.2" in line


def test_old_python_hands_over_to_a_newer_one_that_really_starts(tmp_path: Path) -> None:
    broken = tmp_path / "python3.13"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    (tmp_path / "python3.11").symlink_to(BASE_PYTHON)
    done = under_old_python(str(tmp_path))
    # Without a display the newer one gets as far as saying so.
    assert (done.returncode, "--screenshot FILE" in done.stderr) == (2, True), done.stderr


def test_set_up_parses_on_old_pythons() -> None:
    import ast

    for name in ("bootstrap.py", "environment.py"):
        tree = ast.parse((CHECKOUT / "script" / name).read_text(encoding="utf-8"), feature_version=(3, 9))
        assert any(isinstance(node, ast.FunctionDef) for node in tree.body)


def test_fast_way_imports_little() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(CHECKOUT / 'script')!r}); import bootstrap; "
        "bootstrap.is_ready('runtime', [], bootstrap.read_stamp()); bootstrap.display_problem([], {}); "
        "print(*sys.modules)"
    )
    done = subprocess.run([str(BASE_PYTHON), "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert not {"subprocess", "shutil", "json", "ssl", "socket", "typing", "re"} & set(done.stdout.split())


@pytest.mark.parametrize("arguments", [[], ["dance"]])
def test_unknown_command_says_which_there_are(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(arguments) == 2
    assert "run|test|check" in capsys.readouterr().err


@pytest.mark.parametrize("command", bootstrap.COMMANDS)
def test_every_command_has_its_wrapper(command: str) -> None:
    wrapper = CHECKOUT / "script" / command
    assert os.access(wrapper, os.X_OK)
    assert f'bootstrap.py" {command} "$@"' in wrapper.read_text()
