"""The search for planted secrets finds them, however they were written down."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import pytest
import zstandard

from tests.canaries import PLANTED, Canaries

CANARIES = Canaries()


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize(
    "write",
    [
        str, repr, json.dumps, quote_plus, lambda text: text[::-1], lambda text: text.encode().hex(),
        lambda text: base64.b64encode(f"a:{text}:b".encode()), lambda text: base64.b64encode(f"ab:{text}".encode()),
        lambda text: base64.urlsafe_b64encode(f"abc:{text}".encode()), lambda text: text.encode("utf-16"),
    ],
)  # fmt: skip
def test_a_planted_secret_is_found_in_every_form(name: str, write: Callable[[str], object]) -> None:
    written = write(PLANTED[name])
    around = b"before " + written + b" after" if isinstance(written, bytes) else f"before {written} after"
    assert CANARIES.found_in(around) == [name]


def test_innocent_text_holds_none() -> None:
    assert CANARIES.found_in("Polygon key *** refused; account ···309") == []


@pytest.mark.parametrize("kind", ["plain", "gzip", "zip", "zstd", "zlib", "name"])
def test_a_planted_secret_is_found_in_files(tmp_path: Path, kind: str) -> None:
    hidden = f"xx {PLANTED['code']} yy".encode() * 3
    path = tmp_path / "deep" / ("CnryAppKey3Zt8Ls0dRk" if kind == "name" else "file")
    path.parent.mkdir()
    packed: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "zstd": zstandard.compress,
        "zlib": zlib.compress,
        "plain": bytes,
    }
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sheet.xml", hidden)
    else:
        path.write_bytes(b"" if kind == "name" else b"head" * (kind in ("zstd", "zlib")) + packed[kind](hidden))
    assert CANARIES.found_below(tmp_path) == [f"{path}: {'app key' if kind == 'name' else 'code'}"]
    assert CANARIES.found_below(tmp_path, but=[path.name]) == []
