"""The drawings of each symbol in a file of their own."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.limits import valid_symbol
from live_monitor.runtime.drawing_files import MAX_FILE_BYTES, MAX_KEPT_COPIES, DrawingFiles, file_name

symbols = st.from_regex(r"[A-Z0-9.^/_=-]{1,32}", fullmatch=True).filter(valid_symbol)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="permissions and links as POSIX has them")


class Desk:
    """Files in a folder, and what was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.files = DrawingFiles(folder, self.unsound, self.told.append)

    @staticmethod
    def unsound(raw: bytes) -> str:
        """What is not "sound" is damaged."""
        return "" if raw.startswith(b"sound") else "is damaged"

    def put(self, symbol: str, raw: bytes) -> Path:
        """Lays a file there as another hand would."""
        self.folder.mkdir(exist_ok=True)
        path = self.folder / file_name(symbol)
        path.write_bytes(raw)
        return path

    def names(self) -> list[str]:
        """What lies in the folder."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "drawings")


@pytest.mark.parametrize("symbol", ["AAPL", "BRK.B", "ES=F", "^GSPC", "BTC/USD", "CON", "NUL.X", "A", "-", "."])
def test_every_symbol_has_a_file_of_its_own(desk: Desk, symbol: str) -> None:
    assert desk.files.load(symbol) is None
    assert desk.files.save(symbol, b"sound " + symbol.encode())
    assert desk.files.save("OTHER", b"sound other")
    assert desk.files.load(symbol) == b"sound " + symbol.encode()
    assert desk.told == []
    assert all(path.parent == desk.folder for path in desk.folder.iterdir())


@given(symbols, symbols)
def test_names_are_safe_on_every_system_and_tell_symbols_apart(one: str, other: str) -> None:
    name = file_name(one)
    assert re.fullmatch(r"drawings-[A-Z0-9._%-]{1,96}\.json", name)
    assert (name.casefold() == file_name(other).casefold()) == (one == other)
    stem = name.split(".", 1)[0].upper()
    assert stem not in {"CON", "PRN", "AUX", "NUL"}
    assert not re.fullmatch(r"(?:COM|LPT)\d", stem)


@pytest.mark.parametrize("wrong", ["", "../AAPL", "aapl", "A B", "..", "A" * 33, "AAPL\n"])
def test_what_is_no_symbol_has_no_file(desk: Desk, wrong: str) -> None:
    with pytest.raises(ValueError, match="no symbol"):
        desk.files.save(wrong, b"sound")
    assert not desk.folder.exists()


@posix_only
def test_files_are_private(desk: Desk) -> None:
    desk.files.save("AAPL", b"sound")
    assert desk.folder.stat().st_mode & 0o777 == 0o700
    assert (desk.folder / file_name("AAPL")).stat().st_mode & 0o777 == 0o600


def test_u12_a_damaged_file_is_copied_aside_before_it_can_be_overwritten(desk: Desk) -> None:
    desk.put("AAPL", b"half of it")
    assert desk.files.load("AAPL") == b"half of it"
    assert desk.told == [
        "The drawings file of AAPL is damaged: what is sound is shown, "
        "the file is kept as drawings-AAPL.damaged-1.json."
    ]
    assert desk.files.save("AAPL", b"sound now")
    assert (desk.folder / "drawings-AAPL.damaged-1.json").read_bytes() == b"half of it"
    assert desk.files.load("AAPL") == b"sound now"


def test_u12_the_same_damage_is_kept_once_and_other_damage_beside_it(desk: Desk) -> None:
    desk.put("AAPL", b"half of it")
    for _ in range(5):
        desk.files.load("AAPL")
    assert desk.names() == ["drawings-AAPL.damaged-1.json", "drawings-AAPL.json"]
    assert len(desk.told) == 1
    desk.put("AAPL", b"more damage")
    desk.files.load("AAPL")
    assert (desk.folder / "drawings-AAPL.damaged-2.json").read_bytes() == b"more damage"


def test_u12_damage_without_end_takes_no_more_than_nine_copies(desk: Desk) -> None:
    for number in range(MAX_KEPT_COPIES + 3):
        desk.put("AAPL", b"damage %d" % number)
        desk.files.load("AAPL")
    assert len(desk.names()) == MAX_KEPT_COPIES + 1
    assert (desk.folder / "drawings-AAPL.damaged-9.json").read_bytes() == b"damage 11"


def test_u12_what_is_no_file_is_put_aside_and_a_new_one_begun(desk: Desk) -> None:
    desk.folder.mkdir()
    (desk.folder / file_name("AAPL")).mkdir()
    assert desk.files.load("AAPL") is None
    assert "is not a plain file" in desk.told[0]
    assert desk.files.save("AAPL", b"sound")
    assert desk.files.load("AAPL") == b"sound"
    assert (desk.folder / "drawings-AAPL.damaged-1.json").is_dir()


@posix_only
def test_u12_a_link_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"sound secret")
    desk.folder.mkdir()
    (desk.folder / file_name("AAPL")).symlink_to(secret)
    assert desk.files.load("AAPL") is None
    desk.files.save("AAPL", b"sound mine")
    assert secret.read_bytes() == b"sound secret"


def test_u12_a_file_beyond_all_measure_is_not_read(desk: Desk) -> None:
    path = desk.put("AAPL", b"")
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert desk.files.load("AAPL") is None
    assert "larger than" in desk.told[0]
    assert (desk.folder / "drawings-AAPL.damaged-1.json").stat().st_size == MAX_FILE_BYTES + 1


def test_u12_what_can_be_neither_read_nor_copied_is_not_written_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = desk.put("AAPL", b"out of reach")
    monkeypatch.setattr(os, "open", refuse)
    assert desk.files.load("AAPL") is None
    monkeypatch.undo()
    assert "drawings of AAPL are not saved in this run" in desk.told[0]
    assert not desk.files.save("AAPL", b"sound")
    assert path.read_bytes() == b"out of reach"
    assert desk.files.save("MSFT", b"sound")
    assert desk.files.load("AAPL") == b"out of reach"
    assert desk.files.save("AAPL", b"sound")


def test_u12_where_no_copy_can_be_made_the_file_is_left_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.put("AAPL", b"half of it")
    monkeypatch.setattr(os, "fsync", refuse)
    assert desk.files.load("AAPL") == b"half of it"
    assert "not saved in this run" in desk.told[0]
    monkeypatch.undo()
    assert not desk.files.save("AAPL", b"sound")
    assert path.read_bytes() == b"half of it"
    assert desk.names() == ["drawings-AAPL.json"]


def refuse(*_: object) -> None:
    """The disk is full."""
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_once_and_the_old_file_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.files.save("AAPL", b"sound old")
    monkeypatch.setattr(os, "fsync", refuse)
    assert not desk.files.save("AAPL", b"sound new")
    assert not desk.files.save("AAPL", b"sound newer")
    assert desk.told == ["Drawings are not saved: No space left on device."]
    monkeypatch.undo()
    assert desk.files.load("AAPL") == b"sound old"
    assert desk.files.save("AAPL", b"sound newer")
    assert desk.names() == ["drawings-AAPL.json"]
