"""Files that a command writes appear whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from live_monitor.cli.outputs import replaced, text_output
from live_monitor.errors import StartError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with text_output(str(target)) as stream:
        stream.write("one\ntwo\n")
        stream.flush()
        assert not target.exists()
    assert target.read_bytes() == b"one\ntwo\n"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_after_a_failure_the_old_file_is_what_it_was(tmp_path: Path, failure: type[BaseException]) -> None:
    target = tmp_path / "out"
    target.write_text("old")

    def breaks_off() -> None:
        with text_output(str(target)) as stream:
            stream.write("half of the n")
            raise failure

    with pytest.raises(failure):
        breaks_off()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["out"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be written"), text_output(str(tmp_path / "no" / "out")):
        pass


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be written"), text_output(str(tmp_path)):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full, as Linux has it")
def test_a_device_that_takes_nothing_is_told() -> None:
    with pytest.raises(StartError, match="No space left"), text_output("/dev/full") as stream:
        stream.write("x")


def test_text_is_utf8_with_line_feeds_on_every_system(tmp_path: Path) -> None:
    with text_output(str(tmp_path / "out")) as stream:
        stream.write("ä\n")
    assert (tmp_path / "out").read_bytes() == b"\xc3\xa4\n"


@pytest.mark.skipif(os.name != "posix", reason="named pipes as POSIX has them")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with replaced(pipe) as path, path.open("w") as stream:
        stream.write("through")
    reader.join()
    assert read == [b"through"]
    assert pipe.is_fifo()
