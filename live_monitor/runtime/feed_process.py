"""The feed server as a child process: started before Qt is imported, restarted when it dies, never left behind.

The desktop's own simulated market and its replays come over the same WebSocket as any other server's data. The child
listens on a free port and writes the number into a file; a restarted child takes the same port again, so the client's
own retry loop finds it without being told.

The child ends when its standard input ends: so it also goes when this process is killed and can do nothing about it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import live_monitor
from live_monitor.atomic_file import private_folder
from live_monitor.clock import Clock
from live_monitor.errors import StartError
from live_monitor.runtime.options import DesktopOptions
from live_monitor.secrets import without_credentials
from live_monitor.settings import Provider

_log = logging.getLogger(__name__)

#: A child that has not named its port after this long is not going to.
READY_TIMEOUT_S = 30.0
READY_POLL_S = 0.01
WATCH_POLL_S = 0.25
#: Restarts in a row; a child that lived this long (s) starts the count again.
MAX_RESTARTS = 5
HEALTHY_AFTER_S = 30.0
#: What a child gets to end by itself before it is killed.
STOP_WAIT_S = 0.5


def feed_arguments(options: DesktopOptions, provider: str) -> list[str]:
    """Arguments of `live-monitor feed` for what the desktop was asked for; `provider` is "sim" or "replay"."""
    source = f"replay:{options.replay}" if provider == "replay" else "sim"
    arguments = ["--source", source]
    for name, value in (
        ("--seed", options.seed),
        ("--rate", options.rate),
        ("--at", options.at),
        ("--speed", options.speed),
        ("--faults", options.faults),
    ):
        if value is not None:
            arguments += [name, f"{value:g}" if isinstance(value, float) else str(value)]
    return arguments


def feed_command(frozen: bool, executable: str, interpreter_flags: Sequence[str] = ()) -> list[str]:
    """How this very program starts its own `feed` command; in a frozen build `executable` is the program itself."""
    return [executable, "feed"] if frozen else [executable, *interpreter_flags, "-m", "live_monitor", "feed"]


def feed_environment(environ: Mapping[str, str], package_parent: Path, frozen: bool) -> dict[str, str]:
    """Environment in which the child finds this package, from wherever the desktop was started; without keys."""
    child = without_credentials(environ)
    if not frozen:
        found = child.get("PYTHONPATH")
        child["PYTHONPATH"] = f"{package_parent}{os.pathsep}{found}" if found else str(package_parent)
    return child


class FeedProcess:
    """One child process and its successors. Main thread; the log of the child is read by a small thread of its own."""

    def __init__(
        self, command: Sequence[str], arguments: Sequence[str], environ: Mapping[str, str], folder: Path, clock: Clock
    ) -> None:
        self._command = [*command, *arguments, "--exit-with-parent"]
        self._environ = dict(environ)
        self._folder = folder
        self._ready_file = folder / f"feed-{os.getpid()}.ready"
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._started_at = 0.0
        self._port = 0
        self._last_line = ""
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Process id of the present child; None when there is none."""
        return self._child.pid if self._child is not None else None

    def start(self) -> None:
        """Starts a child and returns at once. Raises StartError when the system refuses."""
        try:
            self._make_room()
            # Its own session (group on Windows), because Ctrl-C in a terminal reaches every process of the group, and
            # the desktop still needs its feed while it says goodbye.
            self._child = subprocess.Popen(
                [*self._command, "--port", str(self._port), "--ready-file", str(self._ready_file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=os.name == "posix",
                creationflags=_windows_flags(),
            )
        except OSError as problem:
            raise StartError(f"The feed process could not be started ({problem.strerror or problem}).") from problem
        self._started_at = self._clock.monotonic()
        self._last_line = ""
        self._reader = threading.Thread(target=self._read_log, args=(self._child,), name="feed-log", daemon=True)
        self._reader.start()

    def _make_room(self) -> None:
        """A private folder for the file that names the port; a temporary one where ours cannot be written."""
        try:
            private_folder(self._ready_file.parent)
        except OSError:
            self._ready_file = Path(tempfile.mkdtemp(prefix="live-monitor-")) / self._ready_file.name
        self._ready_file.unlink(missing_ok=True)

    async def port(self) -> int:
        """The port on which the child serves, as soon as it does. Raises StartError; may be cancelled."""
        deadline = self._clock.monotonic() + READY_TIMEOUT_S
        while self._clock.monotonic() < deadline:
            port = self._read_port()
            if port:
                self._port = port
                return port
            if self._child is None or self._child.poll() is not None:
                raise StartError(
                    self._last_words(), "The log says more; `live-monitor doctor` looks for what is missing."
                )
            await asyncio.sleep(READY_POLL_S)
        raise StartError("The feed process did not start serving in time.", "Try again, or see the log.")

    async def watch(self, on_trouble: Callable[[str], None]) -> None:
        """Runs until cancelled: starts a successor whenever the child dies, and tells `on_trouble` in one line."""
        restarts = 0
        while True:
            await asyncio.sleep(WATCH_POLL_S)
            if self._stopping or self._child is None or self._child.poll() is None:
                continue
            if self._clock.monotonic() - self._started_at >= HEALTHY_AFTER_S:
                restarts = 0
            words = self._last_words()
            self._release()
            if restarts >= MAX_RESTARTS:
                on_trouble(f"{words} It was started {restarts + 1} times and is given up; restart the program.")
                return
            on_trouble(f"{words} It is started again.")
            await asyncio.sleep(min(0.2 * 2**restarts, 5.0))
            restarts += 1
            try:
                self.start()
            except StartError as problem:
                on_trouble(str(problem))
                return

    def stop(self) -> None:
        """Ends the child, by force after half a second; safe to call again. Blocks for at most a second."""
        self._stopping = True
        child = self._child
        if child is not None:
            _end(child)
        self._release()
        with contextlib.suppress(OSError):
            self._ready_file.unlink(missing_ok=True)
            if self._ready_file.parent != self._folder:
                self._ready_file.parent.rmdir()

    def _release(self) -> None:
        child, self._child = self._child, None
        if self._reader is not None:
            self._reader.join(STOP_WAIT_S)
            self._reader = None
        if child is not None:
            for pipe in (child.stdin, child.stderr):
                if pipe is not None:
                    pipe.close()

    def _read_port(self) -> int:
        try:
            text = self._ready_file.read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return 0
        port = int(text) if text.isdigit() and len(text) <= 5 else 0
        if port:
            self._ready_file.unlink(missing_ok=True)
        return port

    def _read_log(self, child: subprocess.Popen[bytes]) -> None:
        """Thread `feed-log`: copies the child's messages into our log until the child closes them."""
        assert child.stderr is not None
        for line in iter(lambda: child.stderr.readline(4096), b""):  # type: ignore[union-attr]  # checked above
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                self._last_line = text
                _log.info("%s", text)

    def _last_words(self) -> str:
        code = self._child.poll() if self._child is not None else None
        said = f": {self._last_line[:200]}" if self._last_line else ""
        return f"The feed process ended (code {code}){said}."


def start_feed(
    provider: Provider, options: DesktopOptions, environ: Mapping[str, str], folder: Path, clock: Clock
) -> FeedProcess | None:
    """Starts the process behind `provider` and returns at once; None for every other source of prices.

    Raises StartError when the system refuses a process.
    """
    if provider not in {"sim", "replay"}:
        return None
    frozen = bool(getattr(sys, "frozen", False))
    package_parent = Path(live_monitor.__file__).resolve().parent.parent
    feed = FeedProcess(
        feed_command(frozen, sys.executable),
        feed_arguments(options, provider),
        feed_environment(environ, package_parent, frozen),
        folder,
        clock,
    )
    feed.start()
    return feed


def _end(child: subprocess.Popen[bytes]) -> None:
    """Closes its input, which it takes as the wish to end; then asks; then kills."""
    if child.stdin is not None:
        child.stdin.close()
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(STOP_WAIT_S)


def _windows_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0
