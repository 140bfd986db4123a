"""The process that reads a workbook, watched: a call into Excel may never return, and cannot be interrupted.

    ExcelProcess.run (feed loop) ── Popen, pipes ──► excel_child: reads, says what changed
         ▲ call_soon_threadsafe                          │ a line of JSON at least every second
         └──────── thread `excel` ◄── stdout ────────────┘

A child that is silent for too long is killed and started anew. It ends by itself when its standard input ends, so that
it also goes when this process is killed. Popen and threads rather than asyncio's own processes: the feed loop is a
selector loop, which has none on Windows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

import live_monitor
from live_monitor.clock import Clock
from live_monitor.providers.excel_lines import MAX_LINE, Beat, Line, Order, decode, encode
from live_monitor.secrets import without_credentials

_log = logging.getLogger(__name__)

#: What a child that has ended said last is waited for so long (s); a process of its own may hold the pipe open.
_LAST_WORDS_S = 0.5


class ProcessTiming(NamedTuple):
    """Seconds. The sum of `silence`, the first back-off and a start keeps a hang below ten (faults, row U15)."""

    #: A child that has said nothing for so long hangs. It beats every second, and between two calls into Excel.
    silence: float = 5.0
    #: The same for its first line: Python starts, and xlwings is imported.
    first: float = 20.0
    check: float = 0.25
    #: Before a child is started again: doubled each time up to `longest`; a child that read for `healthy` starts anew.
    pause: float = 0.25
    longest: float = 30.0
    healthy: float = 30.0


def child_command(frozen: bool, executable: str, interpreter_flags: Sequence[str] = ()) -> list[str]:
    """How this very program reads a workbook in another process."""
    start = [executable] if frozen else [executable, *interpreter_flags, "-m", "live_monitor"]
    return [*start, "read-excel"]


def own_command() -> list[str]:
    """`child_command` of this process."""
    return child_command(bool(getattr(sys, "frozen", False)), sys.executable)


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Environment in which the child finds this package, from wherever the program was started; without keys."""
    child = without_credentials(environ)
    if not getattr(sys, "frozen", False):
        parent, found = str(Path(live_monitor.__file__).resolve().parent.parent), child.get("PYTHONPATH")
        child["PYTHONPATH"] = f"{parent}{os.pathsep}{found}" if found else parent
    return child


class ExcelProcess:
    """One child and its successors. Everything but two small threads runs on the loop that runs `run`."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        clock: Clock,
        timing: ProcessTiming | None = None,
    ) -> None:
        self._command = list(command)
        self._environ = dict(environ)
        self._clock = clock
        self._timing = timing or ProcessTiming()
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = asyncio.Event()
        self._deadline = 0.0
        self._last_words = ""
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """Process id of the present child; None while there is none."""
        return self._child.pid if self._child is not None else None

    async def run(self, on_line: Callable[[Line], None], on_end: Callable[[str, float], None]) -> None:
        """Keeps a child for ever; cancel to stop: it is killed at once.

        Every line goes to `on_line`; `on_end` hears why a child is gone and in how many seconds the next one starts.
        """
        failures = 0
        while True:
            started = self._clock.monotonic()
            words = await self._one(on_line)
            if self._clock.monotonic() - started >= self._timing.healthy:
                failures = 0
            delay = min(self._timing.pause * 2**failures, self._timing.longest)
            failures = min(failures + 1, 16)
            on_end(words, delay)
            await asyncio.sleep(delay)
            self.restarts += 1

    def order(self, order: Order) -> None:
        """Tells the child to do something; lost where there is none. Never blocks: an order is shorter than a pipe."""
        child = self._child
        if child is not None and child.stdin is not None:
            # The reader thread sees that the child is gone.
            with contextlib.suppress(OSError, ValueError):
                child.stdin.write(encode(order))
                child.stdin.flush()

    async def _one(self, on_line: Callable[[Line], None]) -> str:
        """A child from its start to its end; why it ended."""
        self._last_words = ""
        self._ended = asyncio.Event()
        try:
            child = await self._start()
        except OSError as problem:
            return f"The process that reads Excel could not be started ({problem.strerror or problem})."
        self._child = child
        self._deadline = self._clock.monotonic() + self._timing.first
        loop = asyncio.get_running_loop()
        log = threading.Thread(target=self._read_log, args=(child,), name="excel-log", daemon=True)
        log.start()
        threading.Thread(target=self._read_lines, args=(child, loop, on_line, log), name="excel", daemon=True).start()
        try:
            return await self._until_it_ends(child)
        finally:
            self._child = None
            end(child)

    async def _start(self) -> subprocess.Popen[bytes]:
        """In a thread: on Windows, making a process takes longer than a frame where a virus scanner looks on."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        lock = threading.Lock()
        made: list[subprocess.Popen[bytes]] = []
        problems: list[OSError] = []
        wanted = True

        def settle() -> None:
            if not future.done():
                future.set_result(None)

        def start() -> None:
            try:
                child = self._popen()
            except OSError as problem:
                problems.append(problem)
            else:
                with lock:
                    made.append(child)
                    if not wanted:
                        _discard(child)
            _told(loop, settle)

        threading.Thread(target=start, name="excel-start", daemon=True).start()
        try:
            await future
        except asyncio.CancelledError:
            with lock:
                wanted = False
                for child in made:
                    _discard(child)
            raise
        if problems:
            raise problems[0]
        return made[0]

    def _popen(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(self._environ),
            # Ctrl-C in a terminal reaches the whole group; and with its own one, its own children go with it.
            start_new_session=os.name == "posix",
            creationflags=_windows_flags(),
        )

    async def _until_it_ends(self, child: subprocess.Popen[bytes]) -> str:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.check):
                    await self._ended.wait()
            if self._ended.is_set():
                said = f": {self._last_words[:200]}" if self._last_words else ""
                return f"The process that reads Excel ended (code {child.poll()}){said}."
            if self._clock.monotonic() > self._deadline:
                return "Excel did not answer, so the process that reads it was ended."

    def _heard(self, child: subprocess.Popen[bytes], line: Line, on_line: Callable[[Line], None]) -> None:
        """On the loop."""
        if child is not self._child:
            return  # said by a child that has been given up
        patience = line.within_s if isinstance(line, Beat) else 0.0
        self._deadline = self._clock.monotonic() + max(patience, self._timing.silence)
        on_line(line)

    def _read_lines(
        self,
        child: subprocess.Popen[bytes],
        loop: asyncio.AbstractEventLoop,
        on_line: Callable[[Line], None],
        log: threading.Thread,
    ) -> None:
        """Thread `excel`, until the child closes its output."""
        assert child.stdout is not None, "started with a pipe"
        heard = True
        with child.stdout as output:
            while raw := output.readline(MAX_LINE):
                try:
                    line = decode(raw)
                except msgspec.DecodeError as problem:
                    # A library that prints; or a line too long, whose rest is no line either.
                    _log.warning("The process that reads Excel said what cannot be read: %s", problem)
                    continue
                heard = heard and _told(loop, self._heard, child, line, on_line)
        child.wait()
        log.join(_LAST_WORDS_S)
        _told(loop, self._ended_of, child)

    def _ended_of(self, child: subprocess.Popen[bytes]) -> None:
        if child is self._child:
            self._ended.set()

    def _read_log(self, child: subprocess.Popen[bytes]) -> None:
        """Thread `excel-log`: copies what the child complains about into our log."""
        assert child.stderr is not None, "started with a pipe"
        with child.stderr as output:
            while raw := output.readline(4096):
                text = raw.decode("utf-8", "replace").rstrip()
                if text:
                    if child is self._child:
                        self._last_words = text
                    _log.info("%s", text)


def end(child: subprocess.Popen[bytes]) -> None:
    """Kills it and its own children at once; it holds nothing that could be lost. Reaped by its reading thread."""
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()
    with contextlib.suppress(OSError):
        if sys.platform != "win32" and child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


def _told(loop: asyncio.AbstractEventLoop, deed: Callable[..., None], *arguments: object) -> bool:
    """Has `deed` done on the loop. False when the loop has closed: nobody listens any more."""
    try:
        loop.call_soon_threadsafe(deed, *arguments)
    except RuntimeError:
        return False
    return True


def _discard(child: subprocess.Popen[bytes]) -> None:
    """Ends a child that nobody reads."""
    end(child)
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
    threading.Thread(target=child.wait, name="excel-end", daemon=True).start()


def _windows_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0
