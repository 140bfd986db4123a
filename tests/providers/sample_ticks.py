"""Tick rows in IQFeed's shape, made here, for tests that must run without recorded data."""

from __future__ import annotations

import gzip
from pathlib import Path

from live_monitor.limits import Rejections
from live_monitor.providers.iqfeed_import import merge, read_ticks, write_session
from live_monitor.providers.iqfeed_ticks import IqfeedTicks

END = b"!ENDMSG!,"


def tick(
    clock: str, price: float, size: int, volume: int, basis: str = "C", *, number: int = 1, day: str = "2021-03-01",
    bid: float = 1.0, ask: float = 2.0, pairs: str = "01",
) -> bytes:  # fmt: skip
    """One row at New York time `clock` (HH:MM:SS.ffffff)."""
    return f"{day} {clock},{price:.4f},{size},{volume},{bid:.4f},{ask:.4f},{number},{basis},11,{pairs},0,1,".encode()


def write_file(path: Path, rows: list[bytes], *, end: bool = True) -> Path:
    """Writes rows as the vendor's files have them, compressed when the name says so."""
    data = b"".join(row + b"\r\n" for row in [*rows, *([END] if end else [])])
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def session(path: Path, files: list[Path], symbol: str = "XYZ") -> Path:
    """Imports `files` into a session at `path`."""
    parts = []
    for file in files:
        with file.open("rb") as stream:
            parts.append(read_ticks(stream, file.name, IqfeedTicks(symbol, Rejections())))
    with path.open("wb") as stream:
        write_session(stream, merge(parts).rows, symbol, "test")
    return path
