"""The stretches of a series in which nothing is missing; inside the transactions of the caller.

Kept so that no two of a series touch: the next stretch always starts behind the end of the one before.
"""

from __future__ import annotations

import sqlite3


def add(connection: sqlite3.Connection, series: int, from_ms: int, to_ms: int) -> None:
    """Covers a stretch; those that it touches become one with it. An empty one changes nothing."""
    if from_ms >= to_ms:
        return
    touched = _taken(connection, series, from_ms, to_ms)
    whole = min([from_ms, *(start for start, _ in touched)]), max([to_ms, *(end for _, end in touched)])
    _insert(connection, series, [whole])


def remove(connection: sqlite3.Connection, series: int, from_ms: int, to_ms: int) -> None:
    """Covers a stretch no more."""
    parts = [
        part
        for start, end in _taken(connection, series, from_ms, to_ms)
        for part in ((start, min(end, from_ms)), (max(start, to_ms), end))
    ]
    _insert(connection, series, [(start, end) for start, end in parts if start < end])


def start_reaching(connection: sqlite3.Connection, series: int, end_ms: int) -> int | None:
    """Start of the stretch that begins before `end_ms` and reaches it."""
    found = connection.execute(
        "SELECT from_ms, to_ms FROM covers WHERE series = ? AND from_ms < ? ORDER BY from_ms DESC LIMIT 1",
        (series, end_ms),
    ).fetchone()
    return found[0] if found is not None and found[1] >= end_ms else None


def _taken(connection: sqlite3.Connection, series: int, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    """The stretches that touch this one; they are gone from the table."""
    touched = connection.execute(
        "SELECT from_ms, to_ms FROM covers WHERE series = ? AND from_ms <= ? AND to_ms >= ?", (series, to_ms, from_ms)
    ).fetchall()
    connection.executemany("DELETE FROM covers WHERE series = ? AND from_ms = ?", [(series, at) for at, _ in touched])
    return touched


def _insert(connection: sqlite3.Connection, series: int, stretches: list[tuple[int, int]]) -> None:
    connection.executemany(
        "INSERT INTO covers (series, from_ms, to_ms) VALUES (?, ?, ?)", [(series, *each) for each in stretches]
    )
