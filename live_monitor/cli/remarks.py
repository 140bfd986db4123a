"""Warnings of the log on the terminal of a command: one line each, secrets removed, nothing said twice."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Collection, Iterator

from live_monitor.log import RateLimit, RedactingFormatter


@contextlib.contextmanager
def remarks(prefix: str, *, reported: Collection[str] = ()) -> Iterator[None]:
    """While it lasts, warnings go to standard error behind `prefix`. Main thread.

    `reported`: loggers of which the command's own report says everything. Without this Python would print every
    warning as it is, secrets and all (`logging.lastResort`).
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(RedactingFormatter(f"{prefix}: %(message)s"))
    handler.addFilter(lambda record: record.name not in reported)
    handler.addFilter(RateLimit())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
