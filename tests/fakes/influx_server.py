"""A real InfluxDB 1.x, started from its binary in a private folder on a free port of this machine."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

#: Where packages put it when it is not on PATH.
PLACES = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/influxdb/usr/bin", "/opt/homebrew/bin")
FETCH_S = 30.0
START_S = 20.0
_LISTENS = re.compile(r'msg="Listening on HTTP".* addr=\S*:(\d+)')

_CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {auth}
"""


def find_influxd(path: str, places: tuple[str, ...], cache: Path) -> Path | str:
    """The server's binary, from the machine or from the package that is fetched once; or, in words, why there is none.

    Nothing is installed: the package is unpacked into `cache`. Takes at most half a minute.
    """
    installed = shutil.which("influxd", path=os.pathsep.join((path, *places)))
    if installed is not None:
        return Path(installed)
    kept = cache / "usr/bin/influxd"
    if kept.is_file():
        return kept
    apt, dpkg = shutil.which("apt-get", path=path), shutil.which("dpkg-deb", path=path)
    if apt is None or dpkg is None:
        return "no influxd on this machine, and no apt-get to fetch one with"
    cache.parent.mkdir(parents=True, exist_ok=True)
    # A folder of one's own, renamed at the end: several workers may fetch at the same time.
    own = cache.with_name(f"{cache.name}.{os.getpid()}")
    own.mkdir()
    try:
        subprocess.run([apt, "download", "influxdb"], cwd=own, timeout=FETCH_S, check=True, capture_output=True)
        package = next(own.glob("influxdb_*.deb"))
        subprocess.run([dpkg, "-x", str(package), str(own)], timeout=FETCH_S, check=True, capture_output=True)
        if not cache.exists():
            own.rename(cache)
    except (OSError, subprocess.SubprocessError, StopIteration) as problem:
        if not kept.is_file():
            return f"no influxd on this machine, and apt-get could not fetch one: {type(problem).__name__}"
    finally:
        shutil.rmtree(own, ignore_errors=True)
    return kept if kept.is_file() else "the package influxdb holds no influxd"


class InfluxServer:
    """Runs while it is entered; its data stay in `folder`, so that it can be started again."""

    def __init__(self, binary: Path, folder: Path, *, password: str = "") -> None:
        self.port = 0
        self._binary = binary
        self._folder = folder
        self._password = password
        self._has_admin = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it listens; on the port of the last time, if there was one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        config, log = self._folder / "influxd.conf", self._folder / "influxd.log"
        auth = str(bool(self._password)).lower()
        config.write_text(_CONFIG.format(folder=self._folder, port=self.port, auth=auth))
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [str(self._binary), "-config", str(config)], stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        until, pause = time.monotonic() + START_S, threading.Event()
        while (found := _LISTENS.search(log.read_text())) is None:
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise AssertionError(f"influxd did not start:\n{log.read_text()[-2000:]}")
            pause.wait(0.02)
        self.port = int(found[1])
        if self._password and not self._has_admin:
            # The one statement that a server without users takes from nobody in particular.
            self._post(f"CREATE USER admin WITH PASSWORD '{self._password}' WITH ALL PRIVILEGES", {})
            self._has_admin = True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, by SIGKILL if it does not go."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def freeze(self) -> None:
        """From now on it accepts connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # On a busy machine one of its threads may answer once more before all have stopped.
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def execute(self, statement: str) -> str:
        """Runs a statement of InfluxQL as the administrator; the server's words."""
        return self._post(statement, {"u": "admin", "p": self._password} if self._password else {})

    def _post(self, statement: str, who: dict[str, str]) -> str:
        url, body = f"{self.url}/query?{urlencode(who)}", urlencode({"q": statement}).encode()
        with urllib.request.urlopen(url, data=body, timeout=10) as answer:
            words: str = answer.read().decode()
        return words

    def write(self, database: str, lines: str) -> None:
        """Writes as another program would, in ms."""
        url = f"{self.url}/write?{urlencode({'db': database, 'precision': 'ms'})}"
        with urllib.request.urlopen(url, data=lines.encode(), timeout=10):
            pass

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
