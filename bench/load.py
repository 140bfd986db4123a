"""One window under one load: the desktop as people start it, or one of the windows beside it."""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.child import Child, Usage
from live_monitor.settings import Settings, SettingsStore, data_paths

FOCUS = "AAPL"
#: After the flood: what is under way arrives.
DRAIN_S = 0.5
#: Share of the load that is not counted for CPU and memory.
WARM_UP = 0.25


class Load(NamedTuple):
    """Events a second, for how long, how many in a frame (0: one, in the documented envelope), on which symbols."""

    rate: float
    seconds: float
    per_frame: int
    symbols: Sequence[str] = (FOCUS,)
    #: Seconds from the last subscription to the flood: the window has opened and history is on the screen.
    settle: float = 1.5


class Found(NamedTuple):
    """What came of it. Times in ms; `delay_p99_ms` is from the generator's socket to the reader."""

    #: Less was sent than planned where the connection broke.
    planned: int
    sent: int
    received: int
    dropped: int
    gap_p999_ms: float
    gap_max_ms: float
    paint_p50_ms: float
    paint_p99_ms: float
    delay_p99_ms: float
    behind_ms: float
    cpu_percent: float
    rss_mb: float
    #: Growth of the memory after the warm-up, in percent, and its slope in MB a minute.
    rss_growth: float
    rss_slope: float
    generator_cpu_percent: float

    @property
    def lost(self) -> int:
        """Events that the generator sent and the hub never saw."""
        return self.sent - self.received

    def sustained(self, limit_ms: float = 50.0) -> bool:
        """Nothing lost, the rate held, and p99 from the generator to the screen within `limit_ms`."""
        delay = self.paint_p99_ms + (0.0 if math.isnan(self.delay_p99_ms) else self.delay_p99_ms)
        return self.planned == self.received and self.dropped == 0 and self.behind_ms <= limit_ms and delay <= limit_ms


@contextmanager
def desktop(symbols: Sequence[str], *options: str) -> Iterator[tuple[Child, Path]]:
    """The desktop as a process of its own, with settings of its own, and the file of figures that it will write."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        settings = Settings(symbol=symbols[0], watchlist=list(symbols))
        SettingsStore(data_paths(Path(folder), {}, Path(folder)).settings_file).save(settings)
        stats = Path(folder) / "stats.json"
        common = ["--data-dir", folder, "--size", "1280x800", "--stats", str(stats)]
        with Child("live_monitor", *common, *options) as child:
            yield child, stats


def _generator(load: Load) -> Child:
    options = ["--rate", str(load.rate), "--seconds", str(load.seconds), "--per-frame", str(load.per_frame)]
    return Child(
        "bench.generator", *options, "--symbols", ",".join(load.symbols), "--settle", str(load.settle), "--history"
    )


def _watch(window: Child, load: Load) -> list[Usage]:
    """Usage at the end of the warm-up, then about every second, until shortly before the end of the load."""
    started = time.monotonic()
    end = started + load.seconds * 0.97
    time.sleep(load.seconds * WARM_UP)
    seen = [window.usage()]
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(1.0, left))
        seen.append(window.usage())
    return seen


def under_load(design: str, load: Load) -> Found:
    """Starts generator and window (`ours`, `naive`), floods, and reads what both measured."""
    with ExitStack() as stack:
        generator = stack.enter_context(_generator(load))
        url = f"ws://127.0.0.1:{generator.said('port')['port']}/ws/bench"
        figures: dict[str, Any]
        stats: Path | None = None
        if design == "ours":
            window, stats = stack.enter_context(desktop(load.symbols, "--server-url", url))
        else:
            symbols = ",".join(load.symbols)
            window = stack.enter_context(Child("bench.window_subject", design, "--url", url, "--symbols", symbols))
        generator.said("flooding")
        seen = _watch(window, load)
        sent = generator.said("sent", timeout_s=load.seconds + 120)
        time.sleep(DRAIN_S)
        window.interrupt()
        if stats is None:
            figures = window.said("events")
        else:
            figures = json.loads(stats.read_text(encoding="utf-8"))
            figures["events"] = figures["events_received"]
    return _found(sent, figures, seen)


def _found(sent: dict[str, Any], figures: dict[str, Any], seen: list[Usage]) -> Found:
    first, last = seen[0], seen[-1]
    minutes = (last.wall_s - first.wall_s) / 60
    return Found(
        planned=sent["planned"],
        sent=sent["sent"],
        received=figures["events"],
        dropped=figures.get("dropped", 0),
        gap_p999_ms=_number(figures, "ui_gap_p999_ms"),
        gap_max_ms=_number(figures, "ui_gap_max_ms"),
        paint_p50_ms=_number(figures, "tick_to_paint_p50_ms"),
        paint_p99_ms=_number(figures, "tick_to_paint_p99_ms"),
        delay_p99_ms=sent["ping_p99_ms"] if not sent["pings_lost"] > 5 else math.inf,
        behind_ms=sent["behind_ms"],
        cpu_percent=(last.cpu_s - first.cpu_s) / (last.wall_s - first.wall_s) * 100,
        rss_mb=last.rss_mb,
        rss_growth=(last.rss_mb / first.rss_mb - 1) * 100,
        rss_slope=(last.rss_mb - first.rss_mb) / minutes,
        generator_cpu_percent=sent["cpu_s"] / sent["seconds"] * 100,
    )


def _number(figures: dict[str, Any], key: str) -> float:
    value = figures.get(key)
    return math.nan if value is None else float(value)


def empty_window(seconds: float) -> tuple[float, float]:
    """p99.9 and worst gap (ms) of a window that does nothing, for what the machine itself adds."""
    with Child("bench.window_subject", "empty") as window:
        window.said("ready")
        time.sleep(0.7 + seconds)
        window.interrupt()
        figures = window.said("events")
    return _number(figures, "ui_gap_p999_ms"), _number(figures, "ui_gap_max_ms")
