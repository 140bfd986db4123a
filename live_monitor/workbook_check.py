"""Looks a workbook over before anything parses it: a file that somebody was sent may be built to hurt.

What a part of the archive says of its own size proves nothing, so each is unpacked once, in small pieces that are not
kept. What is refused: more than 50 MB, packed more than a hundredfold, entities, cells without end, names that lead out
of the archive, a password, links to other files, and what is no workbook of Excel's present format.
"""

from __future__ import annotations

import copy
import re
import zipfile
import zlib
from typing import BinaryIO, Final

from live_monitor.errors import WorkbookError

MAX_FILE_BYTES: Final = 20 * 2**20
MAX_UNPACKED_BYTES: Final = 50 * 2**20
MAX_RATIO: Final = 100
MAX_PARTS: Final = 1_000
#: Cells with a value, and cells of the rectangle from A1 that holds them: readers make room for all of it.
MAX_CELLS: Final = 500_000
MAX_AREA: Final = 5_000_000

#: What is packed tightly, but small, hurts nobody.
_ANY_RATIO_BYTES: Final = 2**20
_MAX_DIRECTORY_BYTES: Final = 2**18
_CHUNK: Final = 2**17
#: Longer than any tag that is looked for.
_OVERLAP: Final = 1_024
_END_OF_ARCHIVE: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_MAX_COMMENT: Final = 2**16
_LOCATOR_64, _LOCATOR_64_BYTES = b"PK\x06\x07", 20
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")

_XML: Final = (".xml", ".rels", ".vml")
_WORKBOOK: Final = re.compile(r"xl/workbook[0-9]*\.xml")
_DECLARES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
#: A cell that is not empty, and what a sheet says of its own extent; with or without a prefix. What is written in a way
#: that these do not see is met by the limits of the process that parses.
_CELL: Final = re.compile(rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)??r=["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]*(?<!/)>""")
_EXTENT: Final = re.compile(
    rb"""<(?:\w+:)?dimension\s[^<>]*?ref=["'](?:[A-Z]{1,3}[0-9]{1,7}:)?([A-Z]{1,3})([0-9]{1,7})["']"""
)

_SAVE: Final = "Save it in Excel as an .xlsx workbook that holds the quotes and no more."


def check_workbook(file: BinaryIO, name: str) -> None:
    """Returns when `file` may be parsed; `name` is how it is called in words. Keeps nothing of it in memory.

    Takes a second at most. Raises WorkbookError, one line and a remedy; OSError when it cannot be read.
    """
    try:
        _check_kind(file, name)
        _check_end(file, name)
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _check_names(parts, name)
            _check_sizes(parts, name)
            left = MAX_UNPACKED_BYTES
            for part in parts:
                left = _look_through(archive, part, name, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as problem:
        # RuntimeError: a password. ValueError: places that lie outside of the file.
        raise WorkbookError(f"{name} is damaged or cut off.", "Copy or save it again.") from problem


def _check_kind(file: BinaryIO, name: str) -> None:
    size = file.seek(0, 2)
    if size == 0:
        raise WorkbookError(f"{name} is empty.", _SAVE)
    if size > MAX_FILE_BYTES:
        raise WorkbookError(f"{name} is larger than {MAX_FILE_BYTES // 2**20} MB.", _SAVE)
    file.seek(0)
    head = file.read(8)
    if head == _OLE:
        if _holds(file, _ENCRYPTED):
            raise WorkbookError(f"{name} has a password.", "Take the password off in Excel (File ▸ Info) and save it.")
        raise WorkbookError(f"{name} is no .xlsx workbook, but one of Excel's old format.", _SAVE)
    if not head.startswith(b"PK\x03\x04"):
        raise WorkbookError(f"{name} is no workbook of Excel.", _SAVE)


def _holds(file: BinaryIO, wanted: bytes) -> bool:
    before = b""
    while chunk := file.read(_CHUNK):
        if wanted in before + chunk:
            return True
        before = chunk[-len(wanted) :]
    return False


def _check_end(file: BinaryIO, name: str) -> None:
    """The directory is read into memory as a whole, so its length is looked at first."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES - _MAX_COMMENT))
    tail = file.read()
    at = tail.rfind(_END_OF_ARCHIVE)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise zipfile.BadZipFile("no end of the archive")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if entries > MAX_PARTS or length > _MAX_DIRECTORY_BYTES or _has_locator_64(tail, at):
        raise WorkbookError(f"{name} has more than {MAX_PARTS:,} parts.", _SAVE)


def _has_locator_64(tail: bytes, at: int) -> bool:
    """A second directory end, for archives beyond 4 GB, would be believed instead of the one that was looked at."""
    return tail[max(0, at - _LOCATOR_64_BYTES) : at].startswith(_LOCATOR_64)


def _check_names(parts: list[zipfile.ZipInfo], name: str) -> None:
    names = [part.orig_filename for part in parts]
    if len(parts) > MAX_PARTS:
        raise WorkbookError(f"{name} has more than {MAX_PARTS:,} parts.", _SAVE)
    for one in names:
        if one.startswith("/") or "\\" in one or ":" in one or "\0" in one or ".." in one.split("/"):
            raise WorkbookError(f"{name} holds a part whose name leads out of it.", _SAVE)
    if len({one.lower() for one in names}) < len(names):
        raise WorkbookError(f"{name} holds two parts of one name.", _SAVE)
    if any(part.flag_bits & 1 for part in parts):
        raise WorkbookError(f"{name} has a password.", "Take the password off and save it.")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise WorkbookError(f"{name} is packed in a way that Excel does not know.", _SAVE)
    if any(one.startswith("xl/externalLinks/") for one in names):
        raise WorkbookError(f"{name} has links to other files.", "Break them in Excel (Data ▸ Edit Links) and save it.")
    if "xl/workbook.bin" in names:
        raise WorkbookError(f"{name} is a binary workbook (.xlsb).", _SAVE)
    if "[Content_Types].xml" not in names or not any(_WORKBOOK.fullmatch(one) for one in names):
        raise WorkbookError(f"{name} is no workbook of Excel.", _SAVE)


def _check_sizes(parts: list[zipfile.ZipInfo], name: str) -> None:
    """What the parts say of themselves, which saves unpacking where they are honest."""
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise _too_large(name)
    for part in parts:
        if part.file_size > max(_ANY_RATIO_BYTES, MAX_RATIO * part.compress_size):
            raise _too_dense(name)


def _too_large(name: str) -> WorkbookError:
    return WorkbookError(f"{name} unpacks to more than {MAX_UNPACKED_BYTES // 2**20} MB.", _SAVE)


def _too_dense(name: str) -> WorkbookError:
    return WorkbookError(f"{name} is packed more than {MAX_RATIO}-fold, as no workbook is.", _SAVE)


def _look_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, left: int) -> int:
    """Unpacks one part; how many bytes may still come."""
    sheet = _Extent(name) if part.filename.lower().endswith(_XML) else None
    most = max(_ANY_RATIO_BYTES, MAX_RATIO * part.compress_size)
    # `zipfile` stops at the size that the part says of itself; another reader may go on to what lies behind it.
    whole = copy.copy(part)
    whole.file_size = MAX_UNPACKED_BYTES + _CHUNK
    size = 0
    with archive.open(whole) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            left -= len(chunk)
            most -= len(chunk)
            if left < 0:
                raise _too_large(name)
            if most < 0:
                raise _too_dense(name)
            if sheet is not None:
                sheet.look(chunk)
    if size != part.file_size:
        raise zipfile.BadZipFile("a part has another size than it says")
    return left


class _Extent:
    """Which cells a part of XML names, and what it declares; fed piece by piece."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._before = b""
        self._cells = self._rows = self._columns = 0

    def look(self, chunk: bytes) -> None:
        # In UTF-16, which no program writes here, every second byte is 0.
        if b"\0" in chunk:
            raise self._hostile()
        text = self._before + chunk
        if _DECLARES.search(text):
            raise self._hostile()
        last = 0
        for cell in _CELL.finditer(text):
            self._cells += 1
            last = cell.end()
            self._reach(cell[1], cell[2])
            if self._cells > MAX_CELLS:
                raise WorkbookError(f"{self._name} holds more than {MAX_CELLS:,} cells.", _SAVE)
        for extent in _EXTENT.finditer(text):
            self._reach(extent[1], extent[2])
        # The rest may hold the beginning of a tag; what was counted is not counted again.
        self._before = text[max(last, len(text) - _OVERLAP) :]

    def _reach(self, letters: bytes, digits: bytes) -> None:
        row, column = int(digits), 0
        for letter in letters:
            column = column * 26 + letter - 64
        self._rows, self._columns = max(self._rows, row), max(self._columns, column)
        if self._rows * self._columns > MAX_AREA:
            raise WorkbookError(
                f"{self._name} has a sheet of {self._rows:,} rows and {self._columns:,} columns.",
                "Delete what lies outside of the quotes (rows and columns, not only their contents) and save it.",
            )

    def _hostile(self) -> WorkbookError:
        return WorkbookError(f"{self._name} holds XML that no workbook has.", _SAVE)
