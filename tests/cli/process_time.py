"""How long a process has worked: one that stands still waits for something."""

from __future__ import annotations

from pathlib import Path


def cpu_of(pid: int) -> float:
    """Processor time of a process so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return float(fields[11]) + float(fields[12])
