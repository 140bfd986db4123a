"""Tick files in Lean's format, made here, for tests that must run without recorded data."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from live_monitor.limits import Rejections
from live_monitor.providers.lean_import import LeanFile, write_session

DAY = "20131007"


def ms_of(clock: str) -> int:
    """ms since midnight of HH:MM:SS.fff."""
    hours, minutes, seconds = clock.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1_000)


def print_row(clock: str, price: int, size: int, bits: str = "1", exchange: str = "N", suspicious: int = 0) -> bytes:
    """A trade; `price` in 1/10,000 USD."""
    return f"{ms_of(clock)},{price},{size},{exchange},{bits},{suspicious}".encode()


def bid_row(clock: str, price: int, size: int, exchange: str = "N", bits: str = "1", suspicious: int = 0) -> bytes:
    return f"{ms_of(clock)},{price},{size},0,0,{exchange},{bits},{suspicious}".encode()


def ask_row(clock: str, price: int, size: int, exchange: str = "N", bits: str = "1", suspicious: int = 0) -> bytes:
    return f"{ms_of(clock)},0,0,{price},{size},{exchange},{bits},{suspicious}".encode()


def both_rows(clock: str, bid: int, ask: int, exchange: str = "N") -> list[bytes]:
    """A quote as the vendor writes it: its bid, then its ask."""
    return [bid_row(clock, bid, 100, exchange), ask_row(clock, ask, 200, exchange)]


def packed(member: str, rows: Sequence[bytes]) -> bytes:
    """A zip of one file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, b"\r\n".join(rows))
    return data.getvalue()


def lean_file(
    root: Path, kind: str, rows: Sequence[bytes], *, symbol: str = "ibm", day: str = DAY, member: str | None = None
) -> Path:
    """`root/SYMBOL/DAY_KIND.zip` with `rows` in it."""
    path = root / symbol / f"{day}_{kind}.zip"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(packed(member or f"{day}_{symbol}_{kind.title()}_Tick.csv", rows))
    return path


def lean_session(path: Path, files: Sequence[Path]) -> Path:
    """Imports `files` into a session at `path`."""
    rejections = Rejections()
    with path.open("wb") as stream:
        write_session(stream, [LeanFile(file, rejections) for file in files], "test")
    return path
