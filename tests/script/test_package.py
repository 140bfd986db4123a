"""What script/package makes sure of."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

import package

PNG_HEAD = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 1440, 900)


def test_picture_is_measured_from_its_own_header(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(PNG_HEAD + b"and the rest")
    assert package.picture_size(path) == (1440, 900)


@pytest.mark.parametrize("content", [None, b"", PNG_HEAD[:20], b"GIF89a" + b"\0" * 40])
def test_absent_empty_torn_or_other_file_is_no_picture(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.png is no picture"):
        package.picture_size(path)


def test_build_is_started_without_python_path_or_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("DISPLAY", ":0")
    environ = package.bare_environment(tmp_path)
    assert environ["PATH"] == ""
    assert environ["QT_QPA_PLATFORM"] == "offscreen"
    assert not {"PYTHONPATH", "DISPLAY", "VIRTUAL_ENV"} & set(environ)


def fake_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Puts a script in the place of the executable; its first argument pair is `--screenshot FILE`."""
    executable = tmp_path / "live-monitor"
    executable.write_text(f"#!{sys.executable} -I\nimport pathlib, sys\npicture = pathlib.Path(sys.argv[2])\n{code}\n")
    executable.chmod(0o755)
    monkeypatch.setattr(package, "EXECUTABLE", executable)


def test_start_that_makes_a_picture_passes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_build(monkeypatch, tmp_path, f"picture.write_bytes({PNG_HEAD!r})")
    assert package.start_once().startswith("a picture of 1440×900")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('no Qt'); sys.exit(3)", "ended with code 3:\nno Qt"),
        ("print('busy')", "made no picture"),
        ("picture.touch()", "made no picture"),
    ],
)
def test_start_that_fails_or_shows_nothing_fails_the_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, words: str
) -> None:
    fake_build(monkeypatch, tmp_path, code)
    with pytest.raises(SystemExit, match=words):
        package.start_once()


def test_start_that_never_ends_is_killed_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_build(monkeypatch, tmp_path, "import time; print('here', flush=True); time.sleep(60)")
    monkeypatch.setattr(package, "START_LIMIT_S", 0.5)
    with pytest.raises(SystemExit, match="did not end:\nhere"):
        package.start_once()


@pytest.mark.nightly
@pytest.mark.timeout(600)
def test_build_starts_on_the_simulated_market(capfd: pytest.CaptureFixture[str]) -> None:
    assert package.main() == 0
    assert "started   a picture of" in capfd.readouterr().out
