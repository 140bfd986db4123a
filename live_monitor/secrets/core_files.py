"""A process that holds keys leaves no picture of its memory behind when it crashes."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource


def no_core_files() -> None:
    """From now on a crash of this process writes no core file; its children inherit that. Any thread.

    Windows asks its user before it keeps anything. Where a system hands cores to a program of its own instead of
    writing files, that program decides.
    """
    if sys.platform != "win32":
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
