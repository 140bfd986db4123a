"""`start`: from the command to the first painted window, what `script/run` adds, and what standing still costs."""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from bench.child import CHECKOUT, Usage, environment
from bench.load import desktop
from bench.rows import Row, Size, cost, interleave

STARTS = 5
IDLE_S = 10.0
MINUTES = 0.5
#: Late in the evening: the market is closed and no print comes.
CLOSED = "21:00"

BARE_WINDOW = """
import time
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        QTimer.singleShot(0, done)
def done():
    fields = open("/proc/self/stat").read().rpartition(")")[2].split()
    ticks = __import__("os").sysconf("SC_CLK_TCK")
    print((time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / ticks) * 1000)
    application.quit()
application = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
application.exec()
"""


def first_window_ms() -> float:
    """Milliseconds from the start of the process to the end of the first paint, as `--stats` tells it."""
    with desktop(["AAPL"], "--provider", "sim", "--after", "0.5") as (_, stats):
        deadline = time.monotonic() + 30
        while not stats.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return float(json.loads(stats.read_text(encoding="utf-8"))["first_window_ms"])


def bare_window_ms() -> float:
    """The same of a window without anything in it (Linux): what Python and Qt need."""
    done = subprocess.run(
        [sys.executable, "-c", BARE_WINDOW], env=environment(), capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _wall_ms(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment(), cwd=CHECKOUT, capture_output=True, check=True)
    return (time.perf_counter() - started) * 1000


def script_overhead_ms(starts: int) -> float:
    """What `script/run` adds to a start when everything is set up."""
    python = CHECKOUT / ".venv" / "bin" / "python"
    found = interleave(
        starts,
        {
            "script": lambda: _wall_ms([str(CHECKOUT / "script" / "run"), "--version"]),
            "plain": lambda: _wall_ms([str(python), "-P", "-m", "live_monitor", "--version"]),
        },
    )
    return found["script"] - found["plain"]


def simulated(seconds: float, *options: str) -> tuple[Usage, Usage]:
    """Usage of the desktop (without its feed's process) some seconds after the start, and `seconds` later."""
    with desktop(["AAPL", "MSFT", "NVDA", "SPY"], "--provider", "sim", *options) as (child, _):
        time.sleep(min(5.0, 5 * seconds))
        before = child.usage()
        time.sleep(seconds)
        after = child.usage()
        child.interrupt()
    return before, after


def run(size: Size) -> Iterator[Row]:
    """Rows of the start and of quiet running."""
    compileall.compile_dir(str(CHECKOUT / "live_monitor"), quiet=2)
    starts = 1 if size.tiny else STARTS
    found = interleave(starts, {"ours": first_window_ms, "bare window": bare_window_ms})
    yield cost("start", "first painted window", found["ours"], "ms", "bare window", found["bare window"])
    if not size.tiny and os.name == "posix" and (CHECKOUT / ".venv").exists():
        _wall_ms([str(CHECKOUT / "script" / "run"), "--version"])
        yield cost("start", "script/run over the interpreter, second start", script_overhead_ms(starts), "ms")
    before, after = simulated(size.seconds(IDLE_S), "--at", CLOSED)
    idle = (after.cpu_s - before.cpu_s) / (after.wall_s - before.wall_s) * 100
    yield cost("start", "CPU in a closed market", idle, "% of a core")
    minutes = size.minutes or MINUTES * size.scale
    before, after = simulated(minutes * 60)
    busy = (after.cpu_s - before.cpu_s) / (after.wall_s - before.wall_s) * 100
    yield cost("start", "CPU in the simulated market", busy, "% of a core")
    yield cost("start", f"memory, {minutes:g} minutes of the simulated market", after.rss_mb, "MB")
    slope = (after.rss_mb - before.rss_mb) / (after.wall_s - before.wall_s) * 60
    yield cost("start", "memory slope in the simulated market", slope, "MB/min")
