"""What the system knows about this process: when it started, how much memory it holds.

Self-measurement reads `perf_counter` and the system's own accounts of the process; none of it drives behaviour.
"""

from __future__ import annotations

import math
import os
import sys
import time
from pathlib import Path

#: Perf-counter seconds when this module was first imported: the start where the system does not tell.
_IMPORTED_AT = time.perf_counter()


def since_process_start_ms() -> float:
    """Milliseconds since the system started this process (10 ms fine), or since the first import where it is silent."""
    if sys.platform.startswith("linux"):
        try:
            # Field 22 counts from after the name, which stands in brackets and may hold anything.
            fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
            # The only clock that can be compared with the kernel's account of the start.
            return (time.clock_gettime(time.CLOCK_BOOTTIME) - started_s) * 1000.0
        except (OSError, ValueError, IndexError):
            pass
    return (time.perf_counter() - _IMPORTED_AT) * 1000.0


def resident_mb() -> float:
    """Memory of this process in MB (10^6 bytes) that is in use now; NaN where the system does not tell."""
    if sys.platform.startswith("linux"):
        try:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return math.nan
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    if sys.platform == "win32":
        return math.nan
    import resource  # noqa: PLC0415 - does not exist on Windows

    # macOS: bytes, and the highest so far; the present value needs a call into the kernel's own library.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
