"""What lies in a file of the embedded store, as another program sees it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.conformance.history_store import FRIDAY_MS

#: Midnight in New York after FRIDAY_MS.
MIDNIGHT_MS = FRIDAY_MS + 14 * 3_600_000


def asked(path: Path, question: str) -> list[tuple[object, ...]]:
    """What lies in the file, seen by another program."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def rows_and_days(path: Path) -> tuple[int, list[object]]:
    """How many bars lie in rows, and which days are packed."""
    ((rows,),) = asked(path, "SELECT count(*) FROM bars")
    assert isinstance(rows, int)
    return rows, [day for (day,) in asked(path, "SELECT day FROM blocks ORDER BY day")]


def kept_twice(path: Path) -> list[tuple[object, ...]]:
    """Days of a series that are in rows and in a block."""
    return asked(
        path,
        "SELECT series, day FROM blocks JOIN bars USING (series) WHERE start_ms >= from_ms AND start_ms < to_ms",
    )
