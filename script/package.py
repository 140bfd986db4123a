"""script/package: builds dist/live-monitor, one folder that starts without Python, and starts it once.

The start is the whole main job: no PATH, no Python variables, no display; the feed is a child of the same executable;
a picture comes out. A build that cannot do that fails here and not at somebody's desk.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).resolve().parents[1]
DIST = CHECKOUT / "dist"
FOLDER = DIST / "live-monitor"
EXECUTABLE = FOLDER / ("live-monitor.exe" if os.name == "nt" else "live-monitor")

#: Together 15 MB of symbols. Others are left alone: a library that was patched after linking may not survive it.
WITH_SYMBOLS = ("libpython3*.so*", "zstandard/*.so", "lz4/**/*.so")

PICTURE_AFTER_S = 5
START_LIMIT_S = 90


def build() -> None:
    """Runs PyInstaller and strips the libraries that come with their symbols; others must stay as they are."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(CHECKOUT / "build" / "pyinstaller")]
    subprocess.run([*command, str(CHECKOUT / "packaging" / "live-monitor.spec")], cwd=CHECKOUT, check=True)
    strip = shutil.which("strip")
    if strip and sys.platform == "linux":
        for pattern in WITH_SYMBOLS:
            for library in FOLDER.rglob(pattern):
                subprocess.run([strip, "--strip-unneeded", str(library)], check=True)


def folder_size(folder: Path) -> int:
    """Bytes of all files; links count once."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels of a PNG file; raises ValueError when it is none."""
    head = path.read_bytes()[:24] if path.exists() else b""
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path.name} is no picture")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def bare_environment(home: Path) -> dict[str, str]:
    """What the executable may count on: a home and, on Windows, the system's own folder; no Python, no PATH."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "PATH": "", "QT_QPA_PLATFORM": "offscreen"}


def _code_of(command: list[str], home: Path, output: IO[bytes]) -> int | None:
    """Exit code of `command`; None when it had to be killed after START_LIMIT_S."""
    environ = bare_environment(home)
    with subprocess.Popen(
        command, cwd=home, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    ) as process:
        try:
            return process.wait(START_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return None


def start_once() -> str:
    """Starts the build on the simulated market; returns what it did. Raises SystemExit with the program's words."""
    with tempfile.TemporaryDirectory(prefix="live-monitor-") as name:
        home = Path(name)
        picture = home / "x.png"
        started = time.perf_counter()
        arguments = ["--screenshot", str(picture), "--after", str(PICTURE_AFTER_S)]
        log = home / "output"
        with log.open("wb") as output:
            # A file, not a pipe: a child that outlived the program would hold a pipe open.
            code = _code_of([str(EXECUTABLE), *arguments], home, output)
        words = log.read_text(errors="replace")
        if code != 0:
            ending = "did not end" if code is None else f"ended with code {code}"
            raise SystemExit(f"the build {ending}:\n{words}")
        try:
            width, height = picture_size(picture)
        except ValueError as error:
            raise SystemExit(f"the build made no picture ({error}):\n{words}") from error
        return f"a picture of {width}×{height} after {time.perf_counter() - started:.1f} s"


def main() -> int:
    """Builds and starts; prints one line for each."""
    started = time.perf_counter()
    build()
    seconds = time.perf_counter() - started
    print(f"built     {FOLDER.relative_to(CHECKOUT)}  {folder_size(FOLDER) / 1e6:.0f} MB  {seconds:.0f} s", flush=True)
    print(f"started   {start_once()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
