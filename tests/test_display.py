"""Whether a window can open is decided before Qt starts."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from live_monitor.display import NO_DISPLAY, display_answers, display_problem, server_addresses

WAYS_OUT = ("--screenshot FILE", "--platform offscreen", "live-monitor feed")


def there(environ: Mapping[str, str]) -> bool:
    return True


def gone(environ: Mapping[str, str]) -> bool:
    return False


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        ([], {}),
        (["--symbol", "AAPL"], {}),
        (["--platform", "xcb"], {}),
        (["--platform=wayland"], {}),
        ([], {"QT_QPA_PLATFORM": "xcb"}),
        ([], {"QT_QPA_PLATFORM": "wayland;xcb"}),
        ([], {"DISPLAY": ""}),
        (["--platform"], {}),
    ],
)
def test_desktop_without_a_display_is_told_the_ways_out(arguments: list[str], environ: dict[str, str]) -> None:
    assert display_problem(arguments, environ, "linux", there) == NO_DISPLAY


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["--screenshot", "a.png"], {}),
        (["--after", "8", "--screenshot=a.png"], {}),
        (["--platform", "offscreen"], {"DISPLAY": ":0"}),
        (["--platform=vnc:port=5901"], {}),
        (["--platform", "xcb", "--platform", "offscreen"], {}),
        ([], {"QT_QPA_PLATFORM": "offscreen"}),
        ([], {"QT_QPA_PLATFORM": "wayland;offscreen:size=800x600"}),
        (["feed", "--port", "0"], {}),
        (["import", "iqfeed", "x.csv"], {}),
        (["doctor"], {}),
        (["--help"], {}),
        (["--version"], {}),
    ],
)
def test_what_needs_no_display_starts_without_one(arguments: list[str], environ: dict[str, str]) -> None:
    assert display_problem(arguments, environ, "linux", gone) is None


@pytest.mark.parametrize("environ", [{"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0"}])
def test_desktop_opens_on_a_display_that_answers(environ: dict[str, str]) -> None:
    assert display_problem([], environ, "linux", there) is None


def test_display_that_does_not_answer_is_named_in_one_line() -> None:
    line = display_problem([], {"DISPLAY": "localhost:10.0"}, "linux", gone)
    assert line is not None
    assert "DISPLAY=localhost:10.0" in line
    assert all(way_out in line for way_out in WAYS_OUT)
    assert "\n" not in line


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_windows_and_macos_always_have_a_display(system: str) -> None:
    assert display_problem([], {}, system, gone) is None


def test_the_sentence_is_one_line_with_every_way_out() -> None:
    assert "\n" not in NO_DISPLAY
    assert all(way_out in NO_DISPLAY for way_out in WAYS_OUT)


@pytest.mark.parametrize(
    ("environ", "addresses"),
    [
        ({"DISPLAY": ":0"}, ["/tmp/.X11-unix/X0"]),
        ({"DISPLAY": ":1.0"}, ["/tmp/.X11-unix/X1"]),
        ({"DISPLAY": "unix:2"}, ["/tmp/.X11-unix/X2"]),
        ({"DISPLAY": "localhost:10.0"}, [("localhost", 6010)]),
        ({"DISPLAY": "/private/tmp/launch/org.xquartz:0"}, ["/private/tmp/launch/org.xquartz:0"]),
        ({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/run/user/7"}, ["/run/user/7/wayland-0"]),
        ({"WAYLAND_DISPLAY": "/run/w", "DISPLAY": ":0"}, ["/run/w", "/tmp/.X11-unix/X0"]),
        ({"DISPLAY": "nonsense"}, []),
        ({"DISPLAY": ":nonsense"}, []),
        ({}, []),
    ],
)
def test_servers_listen_where_their_protocols_say(
    environ: dict[str, str], addresses: list[str | tuple[str, int]]
) -> None:
    assert server_addresses(environ) == addresses


def test_answer_comes_from_a_real_socket_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a Unix socket must be short
    environ = {"WAYLAND_DISPLAY": "w", "XDG_RUNTIME_DIR": "."}
    assert not display_answers(environ)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("w")
        assert not display_answers(environ), "a socket file that nobody listens on"
        server.listen()
        assert display_answers(environ)


def test_tunnelled_display_is_tried_over_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        monkeypatch.setattr("live_monitor.display._X11_FIRST_PORT", server.getsockname()[1] - 10)
        assert not display_answers({"DISPLAY": "127.0.0.1:10.0"})
        server.listen()
        assert display_answers({"DISPLAY": "127.0.0.1:10.0"})
