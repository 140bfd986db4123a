"""Packages imported in small bites, so that the window's thread gets its turn in between.

An import keeps the interpreter busy for as long as it takes, 0.1 to 0.3 s for a vendor's package. A thread that wants
its turn waits 5 ms, or until the piece of C that runs is done, and it has to wait anew after each call that let go of
the interpreter, of which a turn of the window's loop makes many. Together that was one gap of 60 to 150 ms.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Final

#: Before each module; longer than a usual turn of the window's loop.
REST_S: Final = 0.003

_here = threading.local()
_installing = threading.Lock()


class _Rests(MetaPathFinder):
    """Finds nothing; whoever imports gently rests before it is looked for elsewhere."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> None:  # noqa: ARG002 - as the protocol says
        if getattr(_here, "gentle", False):
            time.sleep(REST_S)


_rests: Final = _Rests()


@contextmanager
def gently() -> Iterator[None]:
    """What is imported inside, by this thread, rests before each module. On the main thread nothing is different."""
    if threading.current_thread() is threading.main_thread() or getattr(_here, "gentle", False):
        yield
        return
    with _installing:
        # It stays: to take it out would make an import that is under way in another thread skip the finder behind it.
        if _rests not in sys.meta_path:
            sys.meta_path.insert(0, _rests)
    _here.gentle = True
    try:
        yield
    finally:
        _here.gentle = False
