"""Drawings as JSON: what is stored for a symbol, and what is imported and exported (docs/drawings.md). Pure, no Qt."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import msgspec

from live_monitor.limits import MAX_DRAWINGS, MAX_TEXT, valid_symbol
from live_monitor.ui.charts.drawings.values import Drawing, clean_text, flaw_of

FORMAT: Final = "live-monitor drawings"
VERSION: Final = 1
#: Ten times what 2,000 drawings with the longest texts take.
MAX_DRAWINGS_BYTES: Final = 64 * 2**20
_FIELDS: Final = frozenset(Drawing.__struct_fields__)
#: Where msgspec found a wrong value: "… - at `$.anchors[0].ms`".
_AT: Final = re.compile(r"at `\$\.(\w+)")
#: No whole number of a drawing has more digits; Python refuses to read thousands of them, and with them the whole file.
_MOST_DIGITS: Final = 20
#: In a damaged file: the version, which stands before the first drawing, and where a drawing begins.
_VERSION: Final = re.compile(r'"version"\s*:\s*(\d{1,9})')
_ITEM: Final = re.compile(r'\{\s*"id"\s*:')


class Loaded(NamedTuple):
    """What a file held. `refused` items were left out, counted by reason.

    `symbol` is empty where the file names none. `sound`: nothing was refused, and nothing has changed since this
    program wrote it.
    """

    drawings: tuple[Drawing, ...]
    refused: int
    reasons: dict[str, int]
    symbol: str
    sound: bool


def to_json(drawings: Sequence[Drawing], symbol: str = "") -> bytes:
    """The drawings as indented JSON in UTF-8, with the checksum of their content."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "symbol": symbol,
        "sha256": _digest(drawings, symbol),
        "drawings": drawings,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def from_json(raw: bytes) -> Loaded:
    """Every sound drawing of `raw`, bottom to top, up to `MAX_DRAWINGS`; of those with one id the first.

    What is wrong with one costs no other, also where the file is cut off or a byte of it is damaged. Raises ValueError
    with a phrase for people ("is damaged") when nothing can be read at all: no JSON, no drawings, a newer version, too
    large.
    """
    document = _document(raw)
    version, items = document.get("version"), document.get("drawings")
    if isinstance(version, int) and version > VERSION:
        raise ValueError("was written by a newer version")
    if not isinstance(items, list):
        raise ValueError("holds no drawings")
    kept: dict[str, Drawing] = {}
    reasons: Counter[str] = Counter()
    for at, item in enumerate(items):
        if len(kept) >= MAX_DRAWINGS:
            reasons[f"more than {MAX_DRAWINGS:,}"] += len(items) - at
            break
        found = _drawing(item)
        if isinstance(found, str):
            reasons[found] += 1
        elif kept.setdefault(found.id, found) is not found:
            reasons["id: there already"] += 1
    symbol = document.get("symbol")
    symbol = symbol if isinstance(symbol, str) and valid_symbol(symbol) else ""
    drawings = tuple(kept.values())
    sound = not reasons and document.get("sha256") == _digest(drawings, symbol)
    return Loaded(drawings, reasons.total(), dict(reasons), symbol, sound)


def unsound(raw: bytes) -> str:
    """Why a stored file is not as this program left it, as a phrase ("is damaged"); empty when it is."""
    try:
        loaded = from_json(raw)
    except ValueError as problem:
        return str(problem)
    if loaded.refused:
        return f"holds {loaded.refused:,} drawing{'' if loaded.refused == 1 else 's'} that cannot be read"
    return "" if loaded.sound else "was changed by something else"


def _digest(drawings: Sequence[Drawing], symbol: str) -> str:
    """SHA-256 over version, symbol and drawings, whatever the spaces and the order of keys in the file."""
    return hashlib.sha256(b"%d\n%s\n" % (VERSION, symbol.encode()) + msgspec.json.encode(drawings)).hexdigest()


def _document(raw: bytes) -> dict[str, Any]:
    """The outermost object, of a damaged file with the items that can still be read.

    By Python's own reader, because it takes NaN and 1e999 for numbers: one of them costs no more than its drawing,
    while msgspec would give up the whole file.
    """
    if len(raw) > MAX_DRAWINGS_BYTES:
        raise ValueError(f"is larger than {MAX_DRAWINGS_BYTES} bytes")
    text = raw.decode("utf-8-sig", "replace")
    try:
        document = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError) as problem:
        document = _wreck(text)
        if document is None:
            raise ValueError("is damaged") from problem
    if not isinstance(document, dict):
        raise ValueError("holds no drawings")
    return document


def _wreck(text: str) -> dict[str, Any] | None:
    """What is left of a damaged file: its version, and its drawings, each read alone. None when it was no such file.

    A drawing begins with its id, as this program writes it, and reaches to the next one at most: time grows with the
    length of the text only, whatever it holds.
    """
    begins = [found.start() for found in _ITEM.finditer(text)]
    head = _VERSION.search(text[: begins[0]]) if begins else None
    if head is None:
        return None
    items: list[object] = []
    for begin, end in pairwise([*begins, len(text)]):
        try:
            items.append(_READER.raw_decode(text[begin:end])[0])
        except (ValueError, RecursionError):
            items.append(None)
    return {"version": _whole(head[1]), "drawings": items}


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf


_READER: Final = json.JSONDecoder(parse_int=_whole)


def _drawing(item: object) -> Drawing | str:
    """The drawing, or why it is none: one of a small number of reasons."""
    if item is None:
        return "not readable"
    try:
        drawing = msgspec.convert(item, Drawing)
    except msgspec.ValidationError as problem:
        return _reason(str(problem))
    text = drawing.text
    if text and len(text) <= MAX_TEXT:
        drawing = msgspec.structs.replace(drawing, text=clean_text(text))
    return flaw_of(drawing) or drawing


def _reason(said: str) -> str:
    """msgspec's words without what came from the file."""
    found = _AT.search(said)
    if found is not None and found[1] in _FIELDS:
        return f"{found[1]}: wrong type or value"
    return "a field is missing" if said.startswith("Object missing") else "not a drawing"
