"""What the machine must bring, and what is said when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import bootstrap
import environment

LDCONFIG = """\
3 libs found in cache `/etc/ld.so.cache'
\tlibxkbcommon.so.0 (libc6,x86-64) => /lib/x86_64-linux-gnu/libxkbcommon.so.0
\tlibGL.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libGL.so.1
\tlibxkbcommon-x11.so.0 (libc6,x86-64) => /lib/x86_64-linux-gnu/libxkbcommon-x11.so.0
"""


def test_packages_of_absent_libraries_are_named_in_order() -> None:
    assert environment.missing_packages(["offscreen"], LDCONFIG) == [
        "libegl1",
        "libfontconfig1",
        "libdbus-1-3",
        "libglib2.0-0",
    ]
    assert "libxkbcommon-x11-0" not in environment.missing_packages(["offscreen", "xcb"], LDCONFIG)
    assert "libxcb-cursor0" in environment.missing_packages(["offscreen", "xcb"], LDCONFIG)


def test_nothing_is_missing_where_ldconfig_cannot_tell() -> None:
    assert environment.missing_packages(["offscreen", "xcb"], None) == []


class FakeApt:
    """An apt-get on the PATH that records its calls and fails as told."""

    def __init__(self, folder: Path, fail: str) -> None:
        self.log = folder / "calls"
        script = folder / "apt-get"
        script.write_text(
            f'#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> "{self.log}"\n'
            f'case "$*" in {fail}) echo "E: broken mirror"; exit 100 ;; esac\n'
        )
        script.chmod(0o755)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def as_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, fail: str = "never", lists: bool = True) -> FakeApt:
    """Makes this process look like root's, with a recording apt-get and with or without package lists."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("glob.glob", lambda pattern: ["lists"] if lists else [])
    return FakeApt(tmp_path, fail)


def test_root_installs_without_questions_and_without_recommendations(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt = as_root(monkeypatch, tmp_path)
    environment.install_packages(["libgl1"])
    (call,) = apt.calls()
    assert call.startswith("noninteractive ")
    assert call.endswith("install -y --no-install-recommends libgl1")


def test_empty_package_lists_are_filled_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    apt = as_root(monkeypatch, tmp_path, lists=False)
    environment.install_packages(["libgl1"])
    assert [call.split()[4] for call in apt.calls()] == ["update", "install"]


def test_stale_package_lists_are_refreshed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    apt = as_root(monkeypatch, tmp_path, fail="*install*")
    with pytest.raises(environment.SetUpError) as caught:
        environment.install_packages(["libgl1"])
    assert [call.split()[4] for call in apt.calls()] == ["install", "update", "install"]
    assert caught.value.code == bootstrap.EXIT_MISSING
    assert "E: broken mirror" in str(caught.value)


def test_anyone_else_is_told_the_exact_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    apt = as_root(monkeypatch, tmp_path)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(environment.SetUpError) as caught:
        environment.install_packages(["libgl1", "python3.11-venv"])
    assert "sudo apt-get install --no-install-recommends libgl1 python3.11-venv" in str(caught.value)
    assert caught.value.code == bootstrap.EXIT_MISSING
    assert apt.calls() == []


def test_without_apt_the_libraries_themselves_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(environment.SetUpError, match=r"libGL\.so\.1"):
        environment.install_packages(["libgl1"])


def test_python_without_ensurepip_needs_its_own_venv_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (package,) = environment.venv_package()
    assert package == f"python{environment._python_name()}-venv"


def test_installers_keep_the_callers_mirror_but_not_a_target_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environ = environment.installer_environment()
    assert environ["PIP_INDEX_URL"] == "https://mirror.example"
    assert environ["UV_SYSTEM_CERTS"] == "1"
    assert environ["UV_PYTHON_DOWNLOADS"] == "never"
    assert not {"PIP_TARGET", "PYTHONDONTWRITEBYTECODE"} & set(environ)


def test_linked_environment_is_unlinked_and_its_target_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    link = tmp_path / ".venv"
    link.symlink_to(target)
    monkeypatch.setattr(environment, "VENV", str(link))
    environment.remove_environment()
    assert target.is_dir()
    assert not link.exists()
