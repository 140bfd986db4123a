"""script/check: every step runs, one line each with its time; any failure makes the whole fail."""

from __future__ import annotations

import os
import subprocess
import sys
import time

BIN = os.path.dirname(sys.executable)
PYTHON = [sys.executable, "-P"]
TYPED = ["live_monitor", "main.py", "script", "bench", "tests"]

STEPS = [
    ("format", [*PYTHON, "-m", "ruff", "format", "--check", "."]),
    ("lint", [*PYTHON, "-m", "ruff", "check", "."]),
    ("types", [*PYTHON, "-m", "mypy", *TYPED]),
    # import-linter has no `-m` entry.
    ("layers", [os.path.join(BIN, "lint-imports"), "--no-logo"]),
    ("architecture", [*PYTHON, "-m", "pytest", "-q", "-n", "0", "tests/architecture"]),
]


def main() -> int:
    """Runs every step, prints the output of those that fail; 1 when any did."""
    failed = []
    # mypy joins types in the order of a set: another hash seed finds other errors in the same code.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    for name, command in STEPS:
        started = time.perf_counter()
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:<14}{verdict:<8}{time.perf_counter() - started:6.1f} s", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
