"""Secrets that are easy to find again: planted where real ones would be, looked for in all that comes out (faults O6).

    canaries = Canaries()
    run(environ=canaries.environ())
    assert canaries.found_in(output) == []
    assert canaries.found_below(folder) == []

Looked for as they are, in JSON, in addresses, in Base64 at any offset, in hex, in UTF-16, backwards, and inside of
workbooks, session files and SQLite.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

import zstandard

#: Nothing in the program, its tests or their names looks like these.
PLANTED: Final = {
    "polygon key": "CnryPolygonKey7Qx2vB9+mT4w==",
    "app key": "CnryAppKey3Zt8Ls0dRk",
    "app secret": "CnryAppSecret6Hh1yUe",
    "access token": "CnryAccess.I0.b4Kf/9sW@",
    "refresh token": "CnryRefresh.x2Vn8+Jq@",
    "code": "CnryCode.C0.m5Tg7PzE@",
    "account number": "CNRY86421975309",
}
VARIABLES: Final = {
    "POLYGON_API_KEY": "polygon key",
    "SCHWAB_APP_KEY": "app key",
    "SCHWAB_APP_SECRET": "app secret",
}
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Ran(NamedTuple):
    """A command that has ended; `said` is both of its outputs."""

    code: int
    said: str


class Canaries:
    """One set of planted secrets."""

    def __init__(self, planted: Mapping[str, str] = PLANTED) -> None:
        self.planted = dict(planted)
        self._forms = {name: _forms(text) for name, text in self.planted.items()}

    def __getitem__(self, name: str) -> str:
        return self.planted[name]

    def environ(self, **more: str) -> dict[str, str]:
        """This process' environment with the keys that a person would put there, and without a key store."""
        return {
            **os.environ,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "QT_QPA_PLATFORM": "offscreen",
            **{variable: self.planted[name] for variable, name in VARIABLES.items() if name in self.planted},
            **more,
        }

    def found_in(self, output: object) -> list[str]:
        """Names of the secrets that stand in `output`: bytes, or anything's text."""
        data = output if isinstance(output, bytes) else str(output).encode("utf-8", "surrogatepass")
        return [name for name, forms in self._forms.items() if any(form in data for form in forms)]

    def found_below(self, *folders: Path, but: Sequence[str] = ()) -> list[str]:
        """`file: name` for each secret in a file, or its path, below `folders`; `but`: names of files left out."""
        found = []
        for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
            if path.name in but or path.is_symlink() or not path.is_file():
                continue
            inside = [os.fsencode(path), *_contents(path)]
            found += [f"{path}: {name}" for name in self.planted if any(name in self.found_in(data) for data in inside)]
        return found

    def run(self, *arguments: str, environ: Mapping[str, str] | None = None, timeout_s: float = 50.0) -> Ran:
        """Runs `live-monitor` with the secrets in its environment."""
        command = [sys.executable, "-m", "live_monitor", *arguments]
        assert self.found_in(command) == []
        given = self.environ() if environ is None else dict(environ)
        done = subprocess.run(command, env=given, capture_output=True, timeout=timeout_s, check=False)
        return Ran(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))


def _forms(text: str) -> frozenset[bytes]:
    """All the ways in which somebody who did not mean to could have written `text`."""
    raw = text.encode()
    forms = {
        raw,
        raw[::-1],
        raw.hex().encode(),
        text.encode("utf-16-le"),
        quote(text).encode(),
        quote(text, safe="").encode(),
        json.dumps(text)[1:-1].encode(),
        text.replace("/", "\\/").encode(),
    }
    # Of Base64 the middle is the same whatever stands before, for each of three offsets.
    for offset in range(3):
        packed = base64.b64encode(b"x" * offset + raw).rstrip(b"=")
        middle = packed[4 if offset else 0 : -2]
        forms |= {middle, middle.replace(b"+", b"-").replace(b"/", b"_")}
    return frozenset(forms)


def _contents(path: Path) -> list[bytes]:
    """The bytes of a file, and what is packed in them."""
    raw = path.read_bytes()
    contents = [raw]
    if raw[:2] == b"PK":
        with zipfile.ZipFile(path) as archive:
            contents += [archive.read(name) for name in archive.namelist()]
    elif raw[:2] == b"\x1f\x8b":
        contents.append(gzip.decompress(raw))
    for match in re.finditer(re.escape(_ZSTD_MAGIC), raw):
        try:
            contents.append(zstandard.ZstdDecompressor().decompressobj().decompress(raw[match.start() :]))
        except zstandard.ZstdError:
            continue
    for match in re.finditer(rb"x[\x01\x5e\x9c\xda]", raw):
        try:
            contents.append(zlib.decompressobj().decompress(raw[match.start() :], 2**24))
        except zlib.error:
            continue
    return contents
