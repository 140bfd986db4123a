"""A vendor's server as a process of its own, told by lines of JSON what to do.

    with FarEnd("polygon_server") as far:
        feed = PolygonFeed(outlet, Secret("TESTKEY"), server_url=far.ws, …)
        far.do("trade", symbol="AAPL", price=150.25, size=100)
        far.do("close", code=1001)

The process prints its addresses as its first line, answers each command by one line, and ends when its input does.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

_ROOT = Path(__file__).resolve().parents[2]
START_S, ANSWER_S, END_S = 20.0, 20.0, 5.0


class FarEnd:
    """Runs `python -m tests.fakes.<module> <arguments>`. Any thread, one at a time."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", f"tests.fakes.{module}", *arguments]
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="far-end")
        #: What it listens on: `ws`, `rest`.
        self.addresses: dict[str, str] = {}

    @property
    def ws(self) -> str:
        """Where its stream is."""
        return self.addresses["ws"]

    @property
    def rest(self) -> str:
        """Where its questions go."""
        return self.addresses["rest"]

    def do(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Has it do one thing; its answer. Raises AssertionError with its words when it cannot."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answer(ANSWER_S)
        assert "error" not in answer, f"{what}: {answer['error']}"
        return answer

    def seen(self) -> dict[str, Any]:
        """What clients have done so far: `connections`, `subscribed`, `requests` and more."""
        return self.do("seen")

    def wait_until(self, condition: Callable[[dict[str, Any]], bool], timeout_s: float = 20.0) -> dict[str, Any]:
        """What was seen once `condition` holds of it. Raises TimeoutError."""
        pause = threading.Event()
        seen: dict[str, Any] = {}
        for _ in range(int(timeout_s / 0.02)):
            seen = self.seen()
            if condition(seen):
                return seen
            pause.wait(0.02)
        raise TimeoutError(f"seen: {seen}")

    def _answer(self, timeout_s: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError("the far end does not answer") from None
        if not line:
            self._errors.seek(0)
            raise AssertionError(f"the far end has ended: {self._errors.read()[-2_000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def __enter__(self) -> Self:
        # A file and not a pipe: nobody reads it before it is wanted.
        self._errors = TemporaryFile("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            self._command,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )
        self._reader.start()
        try:
            self.addresses = self._answer(START_S)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()
