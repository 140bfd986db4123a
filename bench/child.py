"""Child processes of a benchmark: started, listened to line by line, watched from outside, always ended."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, Queue
from types import TracebackType
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent


class Usage(NamedTuple):
    """What a process has used so far. NaN where the system does not tell."""

    wall_s: float
    cpu_s: float
    rss_mb: float


def environment(**changes: str) -> dict[str, str]:
    """The environment of a child: it finds the checkout from anywhere and opens no window."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen", **changes}


def usage_of(pid: int) -> Usage:
    """CPU seconds of all threads and resident memory of a process (Linux)."""
    now = time.monotonic()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return Usage(now, math.nan, math.nan)
    ticks = int(fields[11]) + int(fields[12])
    return Usage(now, ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


class Child:
    """A Python module as its own process; it says JSON objects on stdout, one per line, and ends with its stdin."""

    def __init__(self, module: str, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self._module = module
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment() if environ is None else dict(environ),
            text=True,
        )
        self._lines: Queue[dict[str, Any] | None] = Queue()
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors = [*self._errors[-30:], line]

    def said(self, key: str, timeout_s: float = 60.0) -> dict[str, Any]:
        """The next object with `key`. Raises RuntimeError with the child's last words when it ends or stays silent."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise RuntimeError(f"{self._module}: silent for {timeout_s} s\n{''.join(self._errors)}") from None
            if line is None:
                raise RuntimeError(f"{self._module}: ended\n{''.join(self._errors)}")
            if key in line:
                return line

    def usage(self) -> Usage:
        """What the child has used, seen from outside."""
        return usage_of(self.pid)

    def interrupt(self) -> int:
        """Asks the process to end (SIGTERM) and returns its exit code; kills it after 10 s."""
        self._process.terminate()
        return self._wait(10)

    def end(self) -> None:
        """Ends the process; safe to call again."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._wait(3)
        for reader in self._readers:
            reader.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _wait(self, seconds: float) -> int:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def say(**words: object) -> None:
    """What a child tells its parent."""
    print(json.dumps(words), flush=True)


def end_with_parent() -> None:
    """Ends this process when its stdin does: it is then nobody's child any more."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
