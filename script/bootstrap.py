"""The one door behind script/run, test, check, bench, package and lock. Standard library only.

    script/run  ──►  1  a Python that is new enough, or a sentence saying which one is needed
                     2  a display, or a sentence with the ways out (run only)
                     3  the environment: nothing to do when its stamp matches the lock, the Python and the checkout;
                        otherwise `environment.py` installs what is missing
                     4  exec .venv/bin/python -m live_monitor …

A second start takes the fast way: it reads two small files and never touches the network, so this module imports only
what that needs. The wrappers start it with `-I -S`, which keeps a user's site-packages and PYTHON* variables out.

Exit codes: 1 set-up failed, 2 no display or wrong usage, 3 something is missing on the machine; otherwise the
command's own.
"""

from __future__ import annotations

import hashlib
import os
import sys

TYPE_CHECKING = False  # as in `typing`, whose import costs more than this whole module
if TYPE_CHECKING:
    from types import ModuleType

CHECKOUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(CHECKOUT, ".venv")
STAMP = os.path.join(VENV, ".live-monitor-stamp")
COMPILED = os.path.join(VENV, ".live-monitor-compiled")
WINDOWS = os.name == "nt"
VENV_PYTHON = os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin", "python")

OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")
#: The stamp's own format; a change sets everything up again.
STAMP_FORMAT = "1"
#: Where `script/bench --peers` puts what it measures against, apart from the program's environment.
PEERS = os.path.join(CHECKOUT, "build", "peers")
#: Lock file of each kind of set-up; the second holds everything that the first does, in the same versions.
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}
#: Command -> kind of set-up that it needs (None: none at all).
COMMANDS = {"run": "runtime", "test": "dev", "check": "dev", "bench": "dev", "package": "dev", "lock": None}

EXIT_FAILED, EXIT_USAGE, EXIT_MISSING = 1, 2, 3


def say(line: str) -> None:
    """One line for the person, on stderr: stdout belongs to the command."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


# -- 1: Python -----------------------------------------------------------------------------------------------------


def restart_with_newer_python(arguments: list[str]) -> int:
    """Replaces this process by one under a Python that is new enough; returns only when there is none."""
    import shutil
    import subprocess

    test = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON!r})"
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        # A version manager's shim may exist and refuse to start, so each candidate has to prove itself.
        if path and subprocess.call([path, "-I", "-S", "-c", test], stderr=subprocess.DEVNULL) == 0:
            return replace_process([path, "-I", "-S", os.path.abspath(__file__), *arguments], dict(os.environ))
    needed, found = (".".join(str(part) for part in version[:3]) for version in (OLDEST_PYTHON, sys.version_info))
    say(f"Live Monitor needs Python {needed} or newer; {sys.executable} is {found}, and no newer one is on the PATH.")
    return EXIT_MISSING


# -- 3: the stamp --------------------------------------------------------------------------------------------------


def fingerprint(kind: str, checkout: str = CHECKOUT, python: tuple[object, ...] = tuple(sys.version_info[:3])) -> str:
    """What an environment of `kind` must have been made from: lock, Python, place, format of the stamp."""
    digest = hashlib.sha256(repr((STAMP_FORMAT, python, os.path.realpath(checkout))).encode())
    with open(os.path.join(checkout, LOCKS[kind]), "rb") as lock:
        digest.update(lock.read())
    return digest.hexdigest()


def read_stamp(path: str = STAMP) -> dict[str, str]:
    """`runtime` and `dev` (fingerprints), `libraries` (groups that were checked); {} when no stamp is whole."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        return {}
    if not lines or lines[-1] != "complete":
        return {}
    return dict(line.split(" ", 1) for line in lines[:-1])


def library_groups(command: str, environ: dict[str, str], platform: str = sys.platform) -> list[str]:
    """Groups of shared libraries that `command` needs here: Qt itself, and its X11 plugin where there is a screen."""
    if not platform.startswith("linux"):
        return []
    return ["offscreen", "xcb"] if command == "run" and environ.get("DISPLAY") else ["offscreen"]


def is_ready(kind: str, groups: list[str], stamp: dict[str, str]) -> bool:
    """True when the environment of the stamp serves `kind` and the libraries were seen; costs no process."""
    checked = stamp.get("libraries", "").split(",")
    return stamp.get(kind) == fingerprint(kind) and set(groups) <= set(checked) and os.path.exists(VENV_PYTHON)


# -- bytecode of our own package -----------------------------------------------------------------------------------


def source_signature(folder: str) -> str:
    """Changes whenever a source file of the package is added, removed or edited."""
    count = size = newest = 0
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith(".py"):
                    status = entry.stat()
                    count, size, newest = count + 1, size + status.st_size, max(newest, status.st_mtime_ns)
    return f"{count} {size} {newest}"


def compile_package() -> None:
    """Compiles live_monitor/ after an edit; else each start under PYTHONDONTWRITEBYTECODE would do it again."""
    signature = source_signature(os.path.join(CHECKOUT, "live_monitor"))
    try:
        with open(COMPILED, encoding="utf-8") as file:
            if file.read() == signature:
                return
    except OSError:
        pass  # never compiled
    import subprocess

    command = [VENV_PYTHON, "-I", "-S", "-m", "compileall", "-q", os.path.join(CHECKOUT, "live_monitor")]
    subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with open(COMPILED, "w", encoding="utf-8") as file:
            file.write(signature)
    except OSError:
        pass  # a read-only checkout runs all the same, only slower


# -- 4: the command ------------------------------------------------------------------------------------------------


def command_line(command: str, arguments: list[str]) -> list[str]:
    """What replaces this process."""
    # -P keeps the current folder off the import path: a stray queue.py beside the user must not be imported.
    python = [VENV_PYTHON, "-P"]
    if command == "run":
        return [*python, "-m", "live_monitor", *arguments]
    if command == "test":
        selection = ["-m", ""] if "--nightly" in arguments else []
        return [*python, "-m", "pytest", "-n", "2", *selection, *(a for a in arguments if a != "--nightly")]
    if command == "lock":
        return [sys.executable, os.path.join(CHECKOUT, "script", "lock.py"), *arguments]
    if command == "bench":
        return [*python, "-m", "bench", *(a for a in arguments if a != "--peers")]
    return [*python, os.path.join(CHECKOUT, "script", command + ".py"), *arguments]


def environment_of(command: str, environ: dict[str, str]) -> dict[str, str]:
    """The command's environment: nobody else's packages on the path, and no window while testing."""
    environ = {name: value for name, value in environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    if command not in ("run", "lock"):
        environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if command == "bench" and os.path.isdir(PEERS):
        environ["PYTHONPATH"] = PEERS
    return environ


def replace_process(command: list[str], environ: dict[str, str]) -> int:  # noqa: RET503 - execve never returns
    """exec; on Windows, where exec returns the prompt too early, a child whose exit code is handed on."""
    sys.stdout.flush()
    if WINDOWS:
        import subprocess

        return subprocess.call(command, env=environ)
    os.execve(command[0], command, environ)


def display_problem(arguments: list[str], environ: dict[str, str]) -> str | None:
    """The sentence that the desktop would say without a display; None when it can open."""
    sys.path.insert(0, CHECKOUT)
    from live_monitor.display import display_problem as problem

    return problem(arguments, environ, sys.platform)


def slow_half() -> ModuleType:
    """The module that installs; imported only when there is something to install."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import environment

    return environment


def main(arguments: list[str]) -> int:
    """Runs one command; see the module's docstring."""
    if not arguments or arguments[0] not in COMMANDS:
        say(f"usage: bootstrap.py {'|'.join(COMMANDS)} [ARGUMENTS]")
        return EXIT_USAGE
    if sys.version_info < OLDEST_PYTHON:
        return restart_with_newer_python(arguments)
    command, rest, environ = arguments[0], arguments[1:], dict(os.environ)
    if command == "run":
        problem = display_problem(rest, environ)
        if problem:
            say(problem)
            return EXIT_USAGE
    kind = COMMANDS[command]
    if kind is not None:
        groups = library_groups(command, environ)
        if not is_ready(kind, groups, read_stamp()):
            slow_half().prepare(kind, groups)
        compile_package()
    if command == "bench" and "--peers" in rest:
        slow_half().fetch_peers()
    if command in ("test", "check", "package"):
        os.chdir(CHECKOUT)
    return replace_process(command_line(command, rest), environment_of(command, environ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
