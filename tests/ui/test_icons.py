"""Own icons: one grid, one stroke, every colour from the theme."""

from __future__ import annotations

import re

import pytest
from PyQt6.QtWidgets import QApplication

from live_monitor.resources import resource_path
from live_monitor.ui import icons
from live_monitor.ui.theme import Theme, load_theme

NAMES = sorted(path.stem for path in resource_path("icons").glob("*.svg") if path.stem != "app")


@pytest.mark.parametrize("name", NAMES)
def test_icon_is_drawn_on_one_grid_with_one_stroke(name: str) -> None:
    source = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 24 24"' in source
    assert re.findall(r'stroke-width="([^"]+)"', source) == ["1.75"]
    assert re.findall(r"#[0-9A-Fa-f]{3,8}", source) == []
    assert "currentColor" in source


@pytest.mark.parametrize("name", NAMES)
def test_icon_takes_the_colour_of_its_role(theme: Theme, name: str) -> None:
    image = icons.pixmap(name, theme, "accent", 32).toImage()
    wanted = theme.color("accent")
    solid = [image.pixelColor(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() > 250]
    assert solid
    assert all(abs(color.red() - wanted.red()) <= 2 and abs(color.blue() - wanted.blue()) <= 2 for color in solid)


def test_icon_is_sharp_on_dense_screens(qapp: QApplication) -> None:
    pixmap = icons.pixmap("close", load_theme("dark"), px=16, ratio=2.0)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (32, 2.0)


def test_unknown_icon_is_a_mistake_of_the_programmer(qapp: QApplication) -> None:
    with pytest.raises(OSError, match="no-such-icon"):
        icons.pixmap("no-such-icon", load_theme("dark"))


def test_program_has_an_icon(qapp: QApplication) -> None:
    assert not icons.app_icon().pixmap(64, 64).isNull()
