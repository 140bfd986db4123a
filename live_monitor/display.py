"""Can a window open here? Asked before Qt starts, because Qt aborts the process where it cannot.

Standard library only: `script/bootstrap.py` asks before anything is installed, `app.py` at a direct start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Qt platform plugins that need a display server; all others (offscreen, minimal, vnc, linuxfb, eglfs) do not.
_NEED_SERVER = ("xcb", "wayland")

#: Options that end before a window would open.
_NO_WINDOW = ("-h", "--help", "--version")

NO_DISPLAY = (
    "No display here (DISPLAY and WAYLAND_DISPLAY are not set): use `--screenshot FILE`, `--platform offscreen`, "
    "or `live-monitor feed`."
)


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


def display_problem(arguments: Sequence[str], environ: Mapping[str, str], system: str) -> str | None:
    """One line for the person when `live-monitor ARGUMENTS` would want a window where none can open, else None.

    `system` is `sys.platform`. The desktop takes no positional argument, so a leading word is a command
    (`feed`, `import`, `doctor`) that opens no window.
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
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return None
    return NO_DISPLAY
