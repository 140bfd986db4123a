"""The slow half of the set-up: shared libraries, the private .venv, the locked packages. Standard library only.

`bootstrap.py` calls `prepare` only when the stamp says that something is missing. The stamp is removed before the first
change and written after the last, so an interrupted set-up is redone from the start; a file lock that every child
process inherits keeps two set-ups of one checkout apart, even when the first one's parent was killed.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import bootstrap
from bootstrap import CHECKOUT, EXIT_FAILED, EXIT_MISSING, LOCKS, STAMP, VENV, VENV_PYTHON, WINDOWS, say

#: Debian package -> shared library that it brings, by group. Qt loads these from the system; its wheel has the rest.
LIBRARIES = {
    "offscreen": {
        "libgl1": "libGL.so.1",
        "libegl1": "libEGL.so.1",
        "libxkbcommon0": "libxkbcommon.so.0",
        "libfontconfig1": "libfontconfig.so.1",
        "libdbus-1-3": "libdbus-1.so.3",
        "libglib2.0-0": "libglib-2.0.so.0",
    },
    "xcb": {
        "libxcb-cursor0": "libxcb-cursor.so.0",
        "libxcb-icccm4": "libxcb-icccm.so.4",
        "libxcb-keysyms1": "libxcb-keysyms.so.1",
        "libxcb-shape0": "libxcb-shape.so.0",
        "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    },
}
LOCK_WAIT_S = 120

#: Variables that would send packages elsewhere than into .venv, or keep bytecode from being written.
_UNWANTED = (
    "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_NO_COMPILE", "PIP_REQUIRE_VIRTUALENV", "PYTHONHOME",
    "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "UV_TARGET", "UV_PROJECT_ENVIRONMENT",
    "VIRTUAL_ENV", "CONDA_PREFIX", "__PYVENV_LAUNCHER__",
)  # fmt: skip


class SetUpError(Exception):
    """The set-up cannot go on; the text says why and what to do."""

    def __init__(self, message: str, code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.code = code


def prepare(kind: str, groups: list[str]) -> None:
    """Makes the environment of `kind` (a key of LOCKS) ready, or ends the process with a sentence and a code."""
    try:
        with only_one_set_up():
            _prepare(kind, groups)
    except SetUpError as error:
        say(str(error))
        sys.exit(error.code)
    except KeyboardInterrupt:
        say("Set-up interrupted; the next start begins it again.")
        sys.exit(130)


def _prepare(kind: str, groups: list[str]) -> None:
    # Read again under the lock: the set-up that held it may have done everything.
    stamp = bootstrap.read_stamp()
    if bootstrap.is_ready(kind, groups, stamp):
        return
    uv = shutil.which("uv")
    packages = missing_packages(groups, listed_libraries()) + ([] if uv or WINDOWS else venv_package())
    if packages:
        install_packages(packages)
    checked = sorted({*groups, *filter(None, stamp.get("libraries", "").split(","))})
    stamp["libraries"] = ",".join(checked)
    if stamp.get(kind) != bootstrap.fingerprint(kind) or not os.path.exists(VENV_PYTHON):
        stamp = {**install(kind, stamp, uv), "libraries": stamp["libraries"]}
    write_stamp(stamp)


# -- one at a time -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_one_set_up() -> Iterator[None]:
    """Holds the checkout's set-up lock; waits, saying so, while another process has it."""
    folder = os.path.join(CHECKOUT, "build")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "setup.lock"), "a", encoding="ascii") as file:
        # A pip that outlives a killed parent keeps the lock until it is done.
        os.set_inheritable(file.fileno(), True)
        if not _lock(file.fileno(), wait=False):
            say("Another set-up of this checkout is running; waiting for it …")
            _lock(file.fileno(), wait=True)
        yield


if sys.platform == "win32":

    def _lock(descriptor: int, wait: bool) -> bool:
        import msvcrt

        # LK_LOCK gives up after ten tries, one a second.
        for _ in range(60 if wait else 1):
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                continue
        return False

else:

    def _lock(descriptor: int, wait: bool) -> bool:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


# -- what the machine must bring -----------------------------------------------------------------------------------


def listed_libraries() -> str | None:
    """Output of `ldconfig -p`; None where there is no ldconfig, and then Qt's own message has to do."""
    # A user's PATH often lacks /sbin.
    ldconfig = shutil.which("ldconfig") or shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if not ldconfig:
        return None
    return subprocess.run([ldconfig, "-p"], capture_output=True, text=True, check=False).stdout or None


def missing_packages(groups: list[str], listed: str | None) -> list[str]:
    """Debian packages of the libraries of `groups` that `ldconfig -p` does not list, in the table's order."""
    if listed is None:
        return []
    present = set(re.findall(r"^\s*(\S+) \(", listed, re.MULTILINE))
    return [package for group in groups for package, library in LIBRARIES[group].items() if library not in present]


def _python_name() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def venv_package() -> list[str]:
    """The package that `python -m venv` lacks; Debian ships ensurepip apart from Python."""
    if importlib.util.find_spec("ensurepip") is not None:
        return []
    return [f"python{_python_name()}-venv"]


def apt_line(packages: list[str]) -> str:
    """The line that a person can paste."""
    return "apt-get install --no-install-recommends " + " ".join(packages)


def install_packages(packages: list[str]) -> None:
    """Installs Debian packages when this is root; else raises `SetUpError` (code 3) with the line that does it."""
    apt = shutil.which("apt-get")
    if not apt:
        wanted = {package: library for group in LIBRARIES.values() for package, library in group.items()}
        names = ", ".join(wanted.get(package, "Python's ensurepip module") for package in packages)
        raise SetUpError(f"Missing on this machine: {names}. Install them, then start again.", EXIT_MISSING)
    if os.geteuid() != 0:  # type: ignore[attr-defined,unused-ignore]  # Linux only; absent from Windows' stubs
        raise SetUpError(
            f"Missing on this machine. Run this, then start again:\n  sudo {apt_line(packages)}", EXIT_MISSING
        )
    say("Installing what Qt and Python need: " + " ".join(packages))
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", f"DPkg::Lock::Timeout={LOCK_WAIT_S}"]
    install = [apt, *options, "install", "-y", "--no-install-recommends", *packages]
    if glob.glob("/var/lib/apt/lists/*_Packages*") and _quiet(install, environ) is None:
        return
    # No package lists yet (a container), or lists that name versions which the mirror no longer has.
    failure = _quiet([apt, *options, "update"], environ)
    failure = _quiet(install, environ) or None if failure is None else failure
    if failure is not None:
        raise SetUpError(f"{failure}\nThis could not be installed: {apt_line(packages)}", EXIT_MISSING)


def _quiet(command: list[str], environ: dict[str, str]) -> str | None:
    """Runs a command without a terminal; None when it succeeded, else the end of what it printed."""
    done = subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", close_fds=False, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return None
    return "\n".join(done.stdout.splitlines()[-15:]) or f"{command[0]} ended with code {done.returncode}"


# -- the private environment ---------------------------------------------------------------------------------------


def installer_environment() -> dict[str, str]:
    """The caller's settings (mirror, proxy, certificates) without those that would misplace packages."""
    environ = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    environ.update(
        UV_SYSTEM_CERTS="1", UV_PYTHON_DOWNLOADS="never", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1",
        PIP_USER="0", PYTHONNOUSERSITE="1",
    )  # fmt: skip
    return environ


def install(kind: str, stamp: dict[str, str], uv: str | None) -> dict[str, str]:
    """Brings .venv to `kind`; returns the new fingerprints. Adds to a sound environment, rebuilds any other."""
    extends = kind == "dev" and stamp.get("runtime") == bootstrap.fingerprint("runtime") and os.path.exists(VENV_PYTHON)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(STAMP)
    what = "the development tools" if extends else "the program's packages"
    say(f"Setting up {what} in .venv (once; from 5 s to a few minutes, by the network) …")
    ways: list[tuple[str, Callable[[], str | None]]] = []
    if uv:
        ways.append(("uv", lambda: _with_uv(uv, kind, extends)))
    ways.append(("pip", lambda: _with_pip(kind, extends)))
    failure: str | None = None
    for name, way in ways:
        failure = way()
        if failure is None:
            break
        say(f"{name} could not do it:\n{failure}")
        extends = False
    if failure is not None:
        raise SetUpError("Set-up failed. Check the network (and proxy settings), then start again.")
    link_checkout()
    bytecode = [VENV_PYTHON, "-I", "-m", "compileall", "-q", "-j", "0", site_packages()]
    _quiet(bytecode, installer_environment())
    made = {"runtime": bootstrap.fingerprint("runtime")}
    return {**made, "dev": bootstrap.fingerprint("dev")} if kind == "dev" else made


def _with_uv(uv: str, kind: str, extends: bool) -> str | None:
    environ = installer_environment()
    if not extends:
        remove_environment()
        failure = _quiet([uv, "venv", "--quiet", "--no-project", "--python", sys.executable, VENV], environ)
        if failure is not None:
            return failure
    lock = os.path.join(CHECKOUT, LOCKS[kind])
    command = [uv, "pip", "install", "--quiet", "--python", VENV_PYTHON, "--require-hashes", "--no-deps"]
    return _quiet([*command, "--only-binary", ":all:", "--compile-bytecode", "-r", lock], environ)


def _with_pip(kind: str, extends: bool) -> str | None:
    environ = installer_environment()
    has_pip = extends and os.path.isdir(os.path.join(site_packages(), "pip"))
    if not has_pip:
        remove_environment()
        if venv_package():
            return "Python's venv needs more: " + apt_line(venv_package())
        failure = _quiet([sys.executable, "-I", "-m", "venv", VENV], environ)
        if failure is not None:
            return failure
    lock = os.path.join(CHECKOUT, LOCKS[kind])
    command = [VENV_PYTHON, "-I", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    return _quiet([*command, "--only-binary", ":all:", "-r", lock], environ)


def fetch_peers() -> None:
    """Puts the programs that the benchmarks measure against into build/peers, or ends the process with a sentence."""
    environ = installer_environment()
    options = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--target", bootstrap.PEERS]
    options += ["--upgrade", "-r", os.path.join(CHECKOUT, "requirements-peers.lock")]
    uv = shutil.which("uv")
    # An environment that uv made has no pip of its own.
    command = [uv, "pip", "install", "--python", VENV_PYTHON] if uv else [VENV_PYTHON, "-I", "-m", "pip", "install"]
    failure = _quiet([*command, *options], environ)
    if failure is not None:
        say(f"{failure}\nThe peers could not be fetched; without --peers the benchmarks run alone.")
        sys.exit(EXIT_FAILED)


def remove_environment() -> None:
    """Deletes .venv; a link to elsewhere is unlinked, not followed."""
    if os.path.islink(VENV):
        os.unlink(VENV)
    elif os.path.exists(VENV):
        try:
            shutil.rmtree(VENV)
        except OSError as error:
            raise SetUpError(f"Cannot replace .venv ({error}). Close Live Monitor, then start again.") from error


def site_packages() -> str:
    """Where .venv keeps its packages."""
    if WINDOWS:
        return os.path.join(VENV, "Lib", "site-packages")
    return os.path.join(VENV, "lib", f"python{_python_name()}", "site-packages")


def link_checkout() -> None:
    """Puts the checkout on .venv's import path, so that child processes find the package from any folder.

    The line is relative to the file: it stays ASCII whatever the checkout's path is (before 3.13 such files are read
    in the locale's encoding).
    """
    folder = site_packages()
    with open(os.path.join(folder, "live_monitor_checkout.pth"), "w", encoding="ascii") as file:
        file.write(os.path.relpath(CHECKOUT, folder).replace(os.sep, "/") + "\n")


def write_stamp(stamp: dict[str, str]) -> None:
    """Writes the stamp in one step; its last line tells a whole one from a torn one."""
    lines = [f"{name} {stamp[name]}" for name in ("runtime", "dev", "libraries") if name in stamp]
    temporary = STAMP + ".new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, "complete"]) + "\n")
    os.replace(temporary, STAMP)
