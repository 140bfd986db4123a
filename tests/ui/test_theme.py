"""Roles, contrast, fonts."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PyQt6.QtGui import QColor, QFontInfo, QFontMetricsF, QPalette
from PyQt6.QtWidgets import QApplication

from live_monitor.errors import StartError
from live_monitor.resources import resource_path
from live_monitor.ui import theme as theme_module
from live_monitor.ui.theme import ROLES, THEME_NAMES, Theme, apply_theme, load_theme, style_sheet_of
from live_monitor.ui.ticker_painter import BLINK_SHARE

CHECKOUT = Path(__file__).resolve().parents[2]
#: Roles in which text is written, on every ground it is written on.
TEXT_ON_GROUNDS = {
    "text": ("window", "panel", "raised", "selection"),
    "muted": ("window", "panel", "raised", "selection"),
    "up": ("window", "panel", "selection"),
    "down": ("window", "panel", "selection"),
    "accent": ("window", "panel", "raised", "selection"),
    "warning": ("window", "panel", "raised", "selection"),
    "doubt": ("window", "panel", "raised"),
    "on_accent": ("accent",),
    # Lines of studies, and their values in the read-out.
    **{f"study_{number}": ("window", "panel", "raised") for number in range(1, 7)},
}


def luminance(color: QColor) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [color.redF(), color.greenF(), color.blueF()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, two: QColor) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("safe", [False, True])
@pytest.mark.parametrize("name", THEME_NAMES)
def test_every_text_role_is_readable_on_its_grounds(name: str, safe: bool) -> None:
    theme = load_theme(name, colour_blind_safe=safe)
    for role, grounds in TEXT_ON_GROUNDS.items():
        for ground in grounds:
            ratio = contrast(theme.color(role), theme.color(ground))
            assert ratio >= 4.5, f"{role} on {ground} in {name}: {ratio:.2f}"


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("light", 4.25)])
def test_stale_is_readable_too(name: str, least: float) -> None:
    """4.3 on the light window by design: what is stale carries an icon and words as well."""
    theme = load_theme(name)
    for ground in ("window", "panel"):
        assert contrast(theme.color("stale"), theme.color(ground)) >= least


@pytest.mark.parametrize("name", THEME_NAMES)
def test_text_stays_readable_while_the_price_blinks(name: str) -> None:
    theme = load_theme(name)
    for role in ("up", "down"):
        for ground in ("panel", "selection"):
            assert contrast(theme.color("text"), theme.mixed(role, ground, BLINK_SHARE)) >= 4.5


def test_mixed_colour_is_opaque_and_between_both() -> None:
    theme = load_theme("dark")
    assert theme.mixed("up", "panel", 0.0) == theme.color("panel")
    assert theme.mixed("up", "panel", 1.0) == theme.color("up")
    assert theme.mixed("up", "panel", 0.5).alpha() == 255


def test_colour_blind_safe_pair_replaces_red_and_green() -> None:
    plain, safe = load_theme("dark"), load_theme("dark", colour_blind_safe=True)
    assert safe.color("up") == plain.color("up_safe")
    assert safe.color("down") == plain.color("down_safe")
    assert safe.color("text") == plain.color("text")


@pytest.mark.parametrize("name", THEME_NAMES)
def test_theme_file_names_exactly_the_roles(name: str) -> None:
    roles = json.loads(resource_path("themes", f"{name}.json").read_text(encoding="utf-8"))["roles"]
    assert set(roles) == set(ROLES)


def test_figures_are_tabular_in_every_weight(qapp: QApplication) -> None:
    apply_theme(qapp, load_theme("dark"))
    theme = load_theme("dark")
    for px, weight in ((12, 400), (13, 500), (15, 600), (36, 700)):
        metrics = QFontMetricsF(theme.font(px, weight))
        widths = [metrics.horizontalAdvance(digit * 8) for digit in "0123456789"]
        # Outlines are scaled to 1/64 px; without tabular figures eight ones are 16 px narrower than eight zeros.
        assert max(widths) - min(widths) <= 0.5, f"{px} px {weight}: {widths}"
    qapp.setStyleSheet("")


_FULL_HINTING = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><match target="font">
<edit name="hinting" mode="assign"><bool>true</bool></edit>
<edit name="hintstyle" mode="assign"><const>hintfull</const></edit>
</match></fontconfig>
"""
_WIDTHS = """
from PyQt6.QtGui import QFontMetricsF
from PyQt6.QtWidgets import QApplication
from live_monitor.ui.theme import load_fonts, load_theme
application = QApplication([])
load_fonts()
metrics = QFontMetricsF(load_theme("dark").font(36, 700))
print({metrics.horizontalAdvance(digit * 8) for digit in "0123456789"})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="fontconfig decides about hinting on Linux only")
def test_figures_keep_their_width_where_the_system_hints_fully(tmp_path: Path) -> None:
    """There each figure of 36 px was rounded to a width of its own: eight fours were 8 px narrower than the others."""
    (tmp_path / "fonts.conf").write_text(_FULL_HINTING, encoding="utf-8")
    environ = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    command = [sys.executable, "-c", _WIDTHS]
    done = subprocess.run(command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, timeout=60, check=True)
    widths = ast.literal_eval(done.stdout.strip().splitlines()[-1])
    assert max(widths) - min(widths) <= 0.5


def test_bundled_face_is_used(qapp: QApplication) -> None:
    assert theme_module.load_fonts()
    assert QFontInfo(load_theme("light").font(13)).family() == "Inter"
    assert resource_path("fonts", "OFL.txt").is_file()


def test_palette_and_style_sheet_follow_the_theme(qapp: QApplication) -> None:
    for name in THEME_NAMES:
        theme = load_theme(name)
        apply_theme(qapp, theme)
        assert qapp.palette().color(QPalette.ColorRole.Window) == theme.color("window")
        assert theme.hex("panel") in qapp.styleSheet()
        assert "$" not in qapp.styleSheet()
    qapp.setStyleSheet("")


def test_missing_or_damaged_theme_is_refused_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StartError, match="sepia"):
        load_theme("sepia")
    monkeypatch.setattr(theme_module, "resource_path", tmp_path.joinpath)
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "dark.json").write_text('{"roles": {"window": "not a colour"}}', encoding="utf-8")
    with pytest.raises(StartError) as refused:
        load_theme("dark")
    assert refused.value.remedy
    with pytest.raises(StartError):
        style_sheet_of(Theme("dark", dict.fromkeys(ROLES, "#000000")))


def test_unknown_role_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        load_theme("dark").color("pink")
