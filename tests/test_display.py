"""Whether a window can open is decided before Qt starts."""

from __future__ import annotations

import pytest

from live_monitor.display import NO_DISPLAY, display_problem


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
    assert display_problem(arguments, environ, "linux") == NO_DISPLAY


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        ([], {"DISPLAY": ":0"}),
        ([], {"WAYLAND_DISPLAY": "wayland-0"}),
        (["--screenshot", "a.png"], {}),
        (["--after", "8", "--screenshot=a.png"], {}),
        (["--platform", "offscreen"], {}),
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
    assert display_problem(arguments, environ, "linux") is None


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_windows_and_macos_always_have_a_display(system: str) -> None:
    assert display_problem([], {}, system) is None


def test_the_sentence_is_one_line_with_every_way_out() -> None:
    assert "\n" not in NO_DISPLAY
    for way_out in ("--screenshot FILE", "--platform offscreen", "live-monitor feed"):
        assert way_out in NO_DISPLAY
