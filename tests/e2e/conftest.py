"""Starts the real desktop in a process of its own, offscreen, with a data folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
#: What a slow machine may need in addition.
SLACK = 5
#: From a wish to end to the end.
END_S = 3.0


class DesktopProcess:
    """A desktop that runs."""

    def __init__(self, arguments: list[str], folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self._errors = folder.parent / f"{folder.name}-stderr.txt"
        with self._errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *arguments, "--data-dir", str(folder)],
                cwd=CHECKOUT,
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                env=environ,
                text=True,
            )

    def line(self, begins: str) -> str:
        """The next line of its output that begins so, without that; fails when it ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(begins):
                return line[len(begins) :].strip()
        raise AssertionError(f"it ended without saying {begins}: {self.errors()}")

    def ended(self) -> tuple[int, float]:
        """Waits for its end; exit code and seconds waited. One that does not end is failed with its stacks."""
        started = time.perf_counter()
        try:
            self.process.communicate(timeout=END_S * 2 * SLACK)
        except subprocess.TimeoutExpired:
            # The fault handler writes all stacks when the process dies of this.
            self.process.send_signal(signal.SIGABRT)
            self.process.communicate()
            stacks = self.folder / "logs" / "fault.txt"
            written = stacks.read_text(encoding="utf-8", errors="replace") if stacks.exists() else "no stacks"
            raise AssertionError(f"it did not end: {self.errors()}\n{self.log()}\n{written}") from None
        return self.process.returncode, time.perf_counter() - started

    def errors(self) -> str:
        """What it wrote to stderr so far."""
        return self._errors.read_text(encoding="utf-8", errors="replace")

    def log(self) -> str:
        """What stands in its log."""
        return "".join(file.read_text(encoding="utf-8") for file in (self.folder / "logs").glob("*.log"))

    def feeds(self) -> list[int]:
        """Process ids of feeds that were started for this data folder and are alive."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes()
                dead = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[
                    0
                ] == "Z"
            except OSError:
                continue
            if os.fsencode(self.folder) in words and b"feed" in words and not dead:
                found.append(int(entry.name))
        return found


StartDesktop = Callable[..., DesktopProcess]


@pytest.fixture
def start_desktop(tmp_path: Path) -> Iterator[StartDesktop]:
    """Starts `tests.e2e.SUBJECT SCENE OPTIONS…`, or the program itself when the scene is None."""
    started: list[DesktopProcess] = []

    def start(
        scene: str | None,
        *options: str,
        folder: str = "data",
        platform: str = "offscreen",
        subject: str = "desktop_subject",
    ) -> DesktopProcess:
        # The set-up compiles the package; a start that recompiles each time would be measured otherwise.
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            environ.pop(name, None)
        what = ["-m", "live_monitor"] if scene is None else ["-m", f"tests.e2e.{subject}", scene]
        where = ["--platform", platform] if platform else []
        process = DesktopProcess([*what, *where, *options], tmp_path / folder, environ)
        started.append(process)
        return process

    yield start
    for desktop in started:
        if desktop.process.poll() is None:
            desktop.process.kill()
            desktop.process.communicate()
