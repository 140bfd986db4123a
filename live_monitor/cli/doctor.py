"""`live-monitor doctor`: what is installed, reachable and missing, each with its remedy.

Exit code 0 when nothing that is required is missing, else 1. Prints no secret and no environment.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import msgspec

from live_monitor import __version__
from live_monitor.cli.doctor_providers import Finding
from live_monitor.clock import Clock, SystemClock
from live_monitor.display import display_problem
from live_monitor.resources import resource_path
from live_monitor.settings import DataPaths, Settings, SettingsStore, data_paths

PACKAGES = (
    "PyQt6", "qasync", "websockets", "pyqtgraph", "numpy", "pandas", "msgspec", "platformdirs", "mcap", "zstandard",
    "openpyxl",
)  # fmt: skip
SET_UP = "Run `script/run` in the checkout, or install the package again."

#: Shared library -> the Debian package that brings it. The first group is needed always, the second for a window on X.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
X_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
FONTS = ("Inter-Regular.otf", "Inter-SemiBold.otf")
FEED_PORT = 8200
FEED_TIMEOUT_S = 2.0


def run(argv: list[str]) -> int:
    """Prints the report; 0 when all that is required is there."""
    parser = argparse.ArgumentParser(prog="live-monitor doctor", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--data-dir", type=Path, metavar="D", help="folder for settings and logs, as for the desktop")
    parser.add_argument("--port", type=int, default=FEED_PORT, metavar="N", help="port of the feed (default: 8200)")
    given = parser.parse_args(argv)
    findings = list(examine(os.environ, given.data_dir, given.port, SystemClock()))
    well = all(finding.ok or not finding.required for finding in findings)
    if given.json:
        report = {"version": __version__, "ok": well, "findings": findings}
        print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        for line in lines_of(findings):
            print(line)
    return 0 if well else 1


def lines_of(findings: list[Finding]) -> Iterator[str]:
    """The report for people: a mark, what was looked at, what was found, and the remedy below it."""
    # A console that cannot print the marks gets words.
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "✓✗".encode(encoding)
        good, bad = "✓", "✗"
    except UnicodeEncodeError:
        good, bad = "ok     ", "MISSING"
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        note = "" if finding.ok or finding.required else " (optional)"
        yield f"{good if finding.ok else bad} {finding.what:<{width}}  {finding.detail}{note}"
        if not finding.ok and finding.remedy:
            yield f"  {'':<{width}}  → {finding.remedy}" if good == "✓" else f"  {'':<{width}}  > {finding.remedy}"


def examine(environ: Mapping[str, str], data_dir: Path | None, port: int, clock: Clock) -> Iterator[Finding]:
    """Looks at everything, one finding after the other; never raises for what it finds."""
    yield _python()
    yield from _packages(importlib.metadata.version)
    yield _qt()
    if sys.platform.startswith("linux"):
        yield from _libraries(environ, loads)
    yield _display(environ)
    paths = data_paths(data_dir, environ, Path(tempfile.gettempdir()))
    yield _data_folder(paths.data)
    yield from _bars(paths, environ, clock)
    yield _ledger(paths.paper)
    yield from _providers(paths, environ, clock)
    yield _resources()
    yield _calendar(clock)
    yield _feed(port)


def _python() -> Finding:
    found = f"{platform.python_version()} on {platform.platform(terse=True)}"
    return Finding(what="Python", ok=sys.version_info >= (3, 11), detail=found, remedy="Install Python 3.11 or newer.")


def _packages(version_of: Callable[[str], str]) -> Iterator[Finding]:
    for package in PACKAGES:
        try:
            yield Finding(what=package, ok=True, detail=version_of(package))
        except importlib.metadata.PackageNotFoundError:
            # A frozen build carries modules without the records of their installation.
            try:
                import_module(package)
                yield Finding(what=package, ok=True, detail="built in")
            except ImportError:
                yield Finding(what=package, ok=False, detail="missing", remedy=SET_UP)


def _qt() -> Finding:
    try:
        core = import_module("PyQt6.QtCore")
        import_module("PyQt6.QtWidgets")
    except ImportError as problem:
        return Finding(what="Qt", ok=False, detail=str(problem), remedy="See the shared libraries below.")
    return Finding(what="Qt", ok=True, detail=f"{core.QT_VERSION_STR} (PyQt {core.PYQT_VERSION_STR})")


def loads(library: str) -> bool:
    """True when the system's loader finds the shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _libraries(environ: Mapping[str, str], present: Callable[[str], bool]) -> Iterator[Finding]:
    groups = (
        ("shared libraries of Qt", QT_LIBRARIES, True),
        ("shared libraries of X", X_LIBRARIES, bool(environ.get("DISPLAY"))),
    )
    for what, libraries, required in groups:
        missing = [library for library in libraries if not present(library)]
        packages = " ".join(libraries[library] for library in missing)
        yield Finding(
            what=what,
            ok=not missing,
            detail="all there" if not missing else "missing: " + ", ".join(missing),
            remedy=f"sudo apt-get install --no-install-recommends {packages}",
            required=required,
        )


def _display(environ: Mapping[str, str]) -> Finding:
    problem = display_problem([], environ, sys.platform)
    shown = environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY") or environ.get("QT_QPA_PLATFORM") or "the desktop"
    return Finding(
        what="display",
        ok=problem is None,
        detail=shown if problem is None else "none: no window can open here",
        remedy="Use --screenshot FILE, --platform offscreen, or `live-monitor feed`.",
        required=False,
    )


def _data_folder(folder: Path) -> Finding:
    what = "settings and logs"
    remedy = "Make the folder writable, or choose another with --data-dir."
    nearest = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return Finding(what=what, ok=False, detail=f"{folder} cannot be written", remedy=remedy)
    try:
        SettingsStore(folder / "settings.json").inspect()
    except FileNotFoundError:
        return Finding(what=what, ok=True, detail=f"{folder} (no settings yet)")
    except (OSError, ValueError) as problem:
        return Finding(
            what=what,
            ok=False,
            detail=f"the settings file in {folder} {problem}",
            remedy="The next start keeps a copy and goes on with defaults.",
            required=False,
        )
    return Finding(what=what, ok=True, detail=str(folder))


def _bars(paths: DataPaths, environ: Mapping[str, str], clock: Clock) -> Iterator[Finding]:
    """The store on this machine, and the shared one behind it where one is chosen. Without them the charts go on."""
    from live_monitor.data.stores.opening import FILE_NAME, chosen
    from live_monitor.data.stores.store_facts import embedded_facts, shared_facts
    from live_monitor.errors import StoreError

    def found(what: str, facts: Callable[[], str]) -> Finding:
        try:
            return Finding(what=what, ok=True, detail=facts(), required=False)
        except StoreError as problem:
            return Finding(what=what, ok=False, detail=problem.message, remedy=problem.remedy, required=False)

    try:
        url = SettingsStore(paths.settings_file).inspect().history.url
    except (OSError, ValueError):
        # None yet, or damaged, which has a line of its own: defaults are in force.
        url = ""
    yield found("store of bars", lambda: embedded_facts(paths.history / FILE_NAME))
    try:
        place = chosen(url, environ)
    except StoreError as problem:
        yield Finding(what="shared store", ok=False, detail=problem.message, remedy=problem.remedy, required=False)
        return
    if place is not None:
        yield found("shared store", lambda: shared_facts(place, clock))


def _ledger(folder: Path) -> Finding:
    """The journal of paper trading. Without it no order is taken, and all else goes on."""
    from live_monitor.data.stores.ledger_store import FILE_NAME
    from live_monitor.data.stores.store_facts import ledger_facts
    from live_monitor.errors import LedgerError

    what = "paper trading"
    try:
        return Finding(what=what, ok=True, detail=ledger_facts(folder / FILE_NAME), required=False)
    except LedgerError as problem:
        return Finding(what=what, ok=False, detail=problem.message, remedy=problem.remedy, required=False)


def _providers(paths: DataPaths, environ: Mapping[str, str], clock: Clock) -> Iterator[Finding]:
    """What each provider of prices still needs. None is required: the simulated market needs nothing."""
    from live_monitor.cli.doctor_providers import providers
    from live_monitor.secrets import SecretStore

    try:
        settings = SettingsStore(paths.settings_file).inspect()
    except (OSError, ValueError):
        settings = Settings()
    yield from providers(settings, SecretStore(environ, paths.data), clock)


def _resources() -> Finding:
    wanted = [resource_path("fonts", font) for font in FONTS]
    wanted += [resource_path("themes", theme) for theme in ("dark.json", "light.json")]
    missing = [path.name for path in wanted if not path.is_file()]
    detail = "all there" if not missing else "missing: " + ", ".join(missing)
    return Finding(what="fonts and themes", ok=not missing, detail=detail, remedy=SET_UP)


def _calendar(clock: Clock) -> Finding:
    from live_monitor.engine.market.sessions import us_equities

    calendar = us_equities()
    now_ms = clock.wall_ms()
    today = calendar.trade_date(now_ms)
    state = calendar.market_state(now_ms)
    known = calendar.knows(today)
    return Finding(
        what="session calendar",
        ok=known,
        detail=f"covers {today:%Y-%m-%d}; the market is {state} now" if known else f"does not cover {today:%Y-%m-%d}",
        remedy="Update the program, or check the date of this machine.",
        required=False,
    )


def _feed(port: int) -> Finding:
    what = f"port {port}"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=FEED_TIMEOUT_S):
            answered = True
    except OSError:
        answered = False
    if not answered:
        return Finding(what=what, ok=True, detail="free (no feed runs; the desktop starts its own on another port)")
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    try:
        url = f"ws://127.0.0.1:{port}/ws/doctor"
        with connect(url, open_timeout=FEED_TIMEOUT_S, close_timeout=0.5, proxy=None, max_size=2**20):
            return Finding(what=what, ok=True, detail="a feed answers")
    except (OSError, WebSocketException):
        return Finding(
            what=what,
            ok=False,
            detail="taken by another program",
            remedy="Serve on another port: `live-monitor feed --port 0`; the desktop does not need this one.",
            required=False,
        )
