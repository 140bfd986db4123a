"""A file is the old one or the new one, whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from live_monitor.atomic_file import private_folder, read_bounded, write_atomically


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"old" * 1000)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["a.bin"]


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "a").symlink_to(tmp_path / "target")
    write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "target").read_bytes() == b"precious"
    assert (tmp_path / "a").read_bytes() == b"new"


def test_what_a_killed_writer_left_does_not_stop_the_next(tmp_path: Path) -> None:
    (tmp_path / ".a.new").write_bytes(b"half")
    write_atomically(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert not (tmp_path / ".a.new").exists()


_WRITER = """
import resource, signal, sys
from pathlib import Path
from live_monitor.atomic_file import write_atomically
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in range(0, 8192, 512):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_atomically(Path(sys.argv[1]), b"n" * 8192)
    except OSError:
        continue
    raise SystemExit(f"a write of 8192 bytes passed a limit of {limit}")
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are POSIX")
def test_p3_a_short_write_keeps_the_old_file(tmp_path: Path) -> None:
    """The size limit of a process cuts a write short exactly as a full disk does."""
    path = tmp_path / "a"
    write_atomically(path, b"old" * 100)
    done = subprocess.run(
        [sys.executable, "-c", _WRITER, str(path)],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == b"old" * 100
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 11)
    assert read_bounded(tmp_path / "a", 11) == b"x" * 11
    with pytest.raises(ValueError, match="larger"):
        read_bounded(tmp_path / "a", 10)


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    for odd in (tmp_path, tmp_path / "link"):
        with pytest.raises(ValueError, match="plain file"):
            read_bounded(odd, 100)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_a_folder_made_by_somebody_careless_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o700
