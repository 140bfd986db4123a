"""Workbooks that tests make: honest ones, and each kind that is built to hurt (faults, row P8)."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence

from openpyxl import Workbook

HEADINGS: list[object] = ["Symbol", "Last", "Bid", "Ask"]
QUOTES: list[list[object]] = [HEADINGS, ["AAPL", 230.5, 230.49, 230.51], ["VFF", 3.0, 2.95, 3.05]]
SHEET_1 = "xl/worksheets/sheet1.xml"


def book(rows: Sequence[Sequence[object]] = QUOTES, *, sheets: Sequence[str] = ("RTD",)) -> bytes:
    """A workbook with `rows` on its last sheet; the others are empty."""
    made = Workbook()
    made.remove(made.active)
    for name in sheets:
        made.create_sheet(name)
    for row in rows:
        made.worksheets[-1].append(list(row))
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """Every part by its name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], *, level: int = 6) -> bytes:
    """An archive of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def with_part(name: str, content: bytes, *, level: int = 6) -> bytes:
    """An honest workbook with one part put in or exchanged."""
    return packed(parts_of(book()) | {name: content}, level=level)


def with_cells(cells: str, *, before: str = "") -> bytes:
    """A workbook whose sheet holds this XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_part(SHEET_1, f'<worksheet xmlns="{space}">{before}<sheetData>{cells}</sheetData></worksheet>'.encode())


def _many_rows() -> bytes:
    """114 MB of cells in 5 MB: nothing about it is odd but its size."""
    numbers = random.Random(8)
    some = b"".join(b"<row><c><v>%d</v></c></row>" % numbers.randrange(10**6) for _ in range(2_000))
    sheet = b"<worksheet><sheetData>" + some * (114 * 2**20 // len(some)) + b"</sheetData></worksheet>"
    return with_part(SHEET_1, sheet, level=1)


def _lying() -> bytes:
    """Sixty megabytes of zeros that say they are a hundred bytes, in both places."""
    size = 60 * 2**20
    whole = with_part("xl/media/zeros.bin", bytes(size))
    return whole.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))


def lying_prefix(whole: bytes, shown: int) -> bytes:
    """A sheet of which only the first `shown` bytes are what the part says of its size and its check sum."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        sheet, size = archive.read(SHEET_1), archive.getinfo(SHEET_1).file_size
    told = zlib.crc32(sheet).to_bytes(4, "little"), size.to_bytes(4, "little")
    lies = zlib.crc32(sheet[:shown]).to_bytes(4, "little"), shown.to_bytes(4, "little")
    return whole.replace(told[0], lies[0]).replace(told[1], lies[1])


def _method(number: int) -> bytes:
    """A part that says it is packed by method `number`, and is noise."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", number) as archive:
        for name, content in parts_of(book()).items():
            archive.writestr(name, content)
    data = bytearray(made.getvalue())
    data[200:260] = random.Random(number).randbytes(60)
    return bytes(data)


def _entities() -> str:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY e0 "AAPL">{nested}]><sst><si><t>&e9;</t></si></sst>'


def _password() -> bytes:
    """What a part says of its password is one bit in each of its two headings."""
    whole = bytearray(book())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = whole.find(mark)
        while place >= 0:
            whole[place + at] |= 1
            place = whole.find(mark, place + 4)
    return bytes(whole)


def _one_name_twice() -> bytes:
    return packed(parts_of(book()) | {"xl/Worksheets/sheet1.xml": b"<worksheet/>"})


def _many_parts() -> bytes:
    return packed(parts_of(book()) | {f"xl/media/{number}.bin": b"" for number in range(5_000)})


def _far_locator() -> bytes:
    """A second end of the archive, that a reader would believe before the first."""
    whole = book()
    at = whole.rfind(b"PK\x05\x06")
    return whole[:at] + b"PK\x06\x07" + bytes(16) + whole[at:]


_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_FAR = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'

#: By name: the file, and how it is refused.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb of rows": (_many_rows, "unpacks to more than 50 MB"),
    "zip bomb of zeros": (lambda: with_part("xl/media/z.bin", bytes(60 * 2**20)), "unpacks to more than 50 MB"),
    "dense part": (lambda: with_part("xl/media/z.bin", bytes(40 * 2**20)), "packed more than 100-fold"),
    "part that lies of its size": (_lying, "packed more than 100-fold"),
    "cells behind the end that a part says it has": (
        lambda: lying_prefix(with_cells(_FAR.format(1, "A") + _FAR.format(1048576, "XFD")), 150),
        "damaged or cut off",
    ),
    "rows without end behind the end that a part says it has": (
        lambda: lying_prefix(_many_rows(), 900),
        "unpacks to more than 50 MB",
    ),
    "packed by bzip2": (lambda: _method(zipfile.ZIP_BZIP2), "packed in a way"),
    "packed by LZMA": (lambda: _method(zipfile.ZIP_LZMA), "packed in a way"),
    "entities": (lambda: with_part("xl/sharedStrings.xml", _entities().encode()), "XML that no workbook has"),
    "entities in UTF-16": (
        lambda: with_part("xl/sharedStrings.xml", _entities().encode("utf-16")),
        "XML that no workbook has",
    ),
    "dimension of the whole sheet": (
        lambda: with_cells("", before='<dimension ref="A1:XFD1048576"/>'),
        "1,048,576 rows and 16,384 columns",
    ),
    "two cells far apart": (
        lambda: with_cells(_FAR.format(1, "A") + _FAR.format(1048576, "XFD")),
        "1,048,576 rows and 16,384 columns",
    ),
    "too many cells": (
        lambda: with_cells("".join(f'<c r="A{number}">1</c>' for number in range(1, 500_002))),
        "more than 500,000 cells",
    ),
    "name that leads up": (lambda: with_part("../../evil.xml", b"<a/>"), "leads out of it"),
    "name from the root": (lambda: with_part("/etc/passwd", b""), "leads out of it"),
    "name with a drive": (lambda: with_part("C:\\x.xml", b"<a/>"), "leads out of it"),
    "one name twice": (_one_name_twice, "two parts of one name"),
    "password": (_password, "has a password"),
    "password of Excel": (lambda: _OLE + bytes(1_000) + "EncryptedPackage".encode("utf-16-le"), "has a password"),
    "old format": (lambda: _OLE + bytes(5_000), "old format"),
    "binary workbook": (lambda: packed({"[Content_Types].xml": b"", "xl/workbook.bin": b"\0"}), r"\.xlsb"),
    "another archive": (lambda: packed({"word/document.xml": b"<a/>"}), "no workbook of Excel"),
    "text": (lambda: b"Symbol,Last\nAAPL,1\n", "no workbook of Excel"),
    "nothing": (lambda: b"", "is empty"),
    "cut off": (lambda: book()[:-30], "damaged or cut off"),
    "cut in the middle": (lambda: book()[:1_000], "damaged or cut off"),
    "links to other files": (
        lambda: with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
        "links to other files",
    ),
    "too many parts": (_many_parts, "more than 1,000 parts"),
    "second directory": (_far_locator, "more than 1,000 parts"),
    "too large": (lambda: b"PK\x03\x04" + bytes(21 * 2**20), "larger than 20"),
}
