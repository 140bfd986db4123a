"""Which unhandled exceptions are news: told apart by where they were raised, counted when they repeat.

Qt-free. A storm of ten thousand exceptions a second costs a dictionary look-up each.
"""

from __future__ import annotations

import threading
import traceback
from types import TracebackType

import msgspec

from live_monitor.clock import Clock
from live_monitor.log import redact

MAX_PROBLEMS = 100
#: A problem that goes on is reported again at most this often.
REPORT_EVERY_S = 1.0
MAX_DETAIL = 20_000

#: Where an exception was raised: its type, and file and line of the outermost and the innermost frames.
Fingerprint = tuple[object, ...]


class Problem(msgspec.Struct, frozen=True):
    """One cause. `where` names what failed ("slot or paint", "thread feed"); `detail` holds the traceback."""

    fingerprint: Fingerprint
    title: str
    where: str
    detail: str
    count: int

    @property
    def text(self) -> str:
        """One line for the person."""
        times = f" ({self.count:,} times)" if self.count > 1 else ""
        return f"{self.title}{times}"


class ProblemBook:
    """All problems of this run. Any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._problems: dict[Fingerprint, Problem] = {}
        self._counts: dict[Fingerprint, int] = {}
        self._reported_at: dict[Fingerprint, float] = {}
        #: All exceptions, of whatever cause.
        self.total = 0

    def note(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str
    ) -> Problem | None:
        """Counts one exception; returns the problem when it is due to be reported, else None."""
        now = self._clock.monotonic()
        fingerprint = fingerprint_of(kind, trace)
        with self._lock:
            self.total += 1
            if fingerprint not in self._counts and len(self._counts) >= MAX_PROBLEMS:
                return None
            count = self._counts[fingerprint] = self._counts.get(fingerprint, 0) + 1
            if count > 1 and now - self._reported_at[fingerprint] < REPORT_EVERY_S:
                return None
            self._reported_at[fingerprint] = now
            known = self._problems.get(fingerprint)
            if known is None:
                known = _describe(fingerprint, kind, error, trace, where)
            problem = self._problems[fingerprint] = msgspec.structs.replace(known, count=count)
            return problem


def fingerprint_of(kind: type[BaseException], trace: TracebackType | None) -> Fingerprint:
    """Tells causes apart; walks at most 200 frames, because a recursion error has a thousand."""
    first = last = trace
    for _ in range(200):
        if last is None or last.tb_next is None:
            break
        last = last.tb_next
    return (kind, *((frame.tb_frame.f_code, frame.tb_lineno) if frame is not None else None for frame in (first, last)))


def _describe(
    fingerprint: Fingerprint,
    kind: type[BaseException],
    error: BaseException | None,
    trace: TracebackType | None,
    where: str,
) -> Problem:
    try:
        said = str(error) if error is not None else ""
        detail = "".join(traceback.format_exception(kind, error, trace, limit=-40))
    except Exception as unprintable:  # noqa: BLE001 - an exception whose own str() raises must still be reported
        said, detail = "", f"{kind.__name__}, which cannot be printed: {type(unprintable).__name__}"
    title = f"{kind.__name__}: {said}" if said else kind.__name__
    return Problem(fingerprint, redact(title)[:300], where, redact(detail)[:MAX_DETAIL], 1)
