"""Can a window open here? Asked before Qt starts, because Qt aborts the process where it cannot.

Standard library only: `script/bootstrap.py` asks before anything is installed, `app.py` at a direct start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

#: Qt platform plugins that need a display server; all others (offscreen, minimal, vnc, linuxfb, eglfs) do not.
_NEED_SERVER = ("xcb", "wayland")

#: Options that end before a window would open.
_NO_WINDOW = ("-h", "--help", "--version")

#: A display server on this machine, or one behind an ssh tunnel to it, answers far sooner.
_ANSWER_S = 0.5
_X11_FIRST_PORT = 6000

WAYS_OUT = "use `--screenshot FILE`, `--platform offscreen`, or `live-monitor feed`."
NO_DISPLAY = f"No display here (DISPLAY and WAYLAND_DISPLAY are not set): {WAYS_OUT}"


def _value_of(option: str, arguments: Sequence[str]) -> str | None:
    """Value of `--option value` or `--option=value`, the last one given; None when absent."""
    value = None
    for position, argument in enumerate(arguments):
        if argument == option:
            value = arguments[position + 1] if position + 1 < len(arguments) else ""
        elif argument.startswith(f"{option}="):
            value = argument[len(option) + 1 :]
    return value


def _needs_server(platform: str) -> bool:
    """True when each plugin of a QT_QPA_PLATFORM value ("wayland;xcb", "offscreen:size=1x1") needs a server."""
    names = [entry.split(":", 1)[0].strip() for entry in platform.split(";")]
    return all(name.startswith(_NEED_SERVER) for name in names if name)


def server_addresses(environ: Mapping[str, str]) -> list[str | tuple[str, int]]:
    """Where the display servers of `environ` listen: paths of Unix sockets, and (host, port) of remote X servers."""
    found: list[str | tuple[str, int]] = []
    wayland = environ.get("WAYLAND_DISPLAY")
    if wayland:
        found.append(wayland if wayland.startswith("/") else f"{environ.get('XDG_RUNTIME_DIR', '')}/{wayland}")
    host, colon, screen = environ.get("DISPLAY", "").rpartition(":")
    number = screen.split(".", 1)[0]
    if colon and number.isdecimal():
        if host in ("", "unix"):
            found.append(f"/tmp/.X11-unix/X{number}")
        elif not host.startswith("/"):
            found.append((host, _X11_FIRST_PORT + int(number)))
    if host.startswith("/"):  # macOS and some others name the socket itself
        found.append(environ["DISPLAY"])
    return found


def display_answers(environ: Mapping[str, str]) -> bool:
    """True when a display server of `environ` accepts a connection; waits at most half a second for each."""
    import socket  # noqa: PLC0415 - only where a display is set: every start of every command loads this module

    for address in server_addresses(environ):
        if isinstance(address, tuple):
            attempts: list[tuple[int, str | tuple[str, int]]] = [(socket.AF_INET, address)]
        else:
            # X servers also listen in Linux' abstract name space, some only there.
            attempts = [(socket.AF_UNIX, address), (socket.AF_UNIX, f"\0{address}")]
        for family, target in attempts:
            with socket.socket(family, socket.SOCK_STREAM) as link:
                link.settimeout(_ANSWER_S)
                try:
                    link.connect(target)
                except OSError:
                    continue
                return True
    return False


def display_problem(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    system: str,
    answers: Callable[[Mapping[str, str]], bool] = display_answers,
) -> str | None:
    """One line for the person when `live-monitor ARGUMENTS` would want a window where none can open, else None.

    `system` is `sys.platform`; `answers` says whether the display that `environ` names is there. The desktop takes no
    positional argument, so a leading word is a command (`feed`, `import`, `doctor`) that opens no window.
    """
    if not system.startswith(("linux", "freebsd", "openbsd")):
        return None
    if arguments and not arguments[0].startswith("-"):
        return None
    if any(argument in _NO_WINDOW for argument in arguments) or _value_of("--screenshot", arguments) is not None:
        return None
    platform = _value_of("--platform", arguments) or environ.get("QT_QPA_PLATFORM") or ""
    if platform and not _needs_server(platform):
        return None
    named = [f"{name}={environ[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if environ.get(name)]
    if not named:
        return NO_DISPLAY
    return None if answers(environ) else f"The display does not answer ({', '.join(named)}): {WAYS_OUT}"
