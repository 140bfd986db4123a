"""Everything on the chart can be seen, and told apart by people who see red and green alike (WCAG 2.2, level AA)."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PyQt6.QtGui import QColor

from live_monitor.engine.signals.study_kinds import CATALOG, STUDY_COLORS
from live_monitor.ui.charts.drawings.drawing_form import COLORS as DRAWING_COLORS
from live_monitor.ui.charts.ink import MARK_CONTRAST, TEXT_CONTRAST, Ink, contrast, legible, quiet
from live_monitor.ui.theme import THEME_NAMES, Theme, load_theme

LOOKS = [(name, safe) for name in THEME_NAMES for safe in (False, True)]
#: Roles in which the chart writes on its panel: axes, read-out, legend, notes, tags.
WRITTEN = {"text", "muted", "up", "down", "warning", "doubt"} | {
    output.role for kind in CATALOG.values() for output in kind.outputs
}
#: Roles of marks: candles, line of closes, alert lines, proofs, crosshair, price lines; lines that people colour.
MARKS = {"up", "down", "accent", "warning", "doubt", "crosshair", "stale", *STUDY_COLORS, *DRAWING_COLORS}

#: What is left of a colour for somebody without one kind of cone, in linear RGB (Machado, Oliveira, Fernandes 2009).
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
#: Least distance in CIE L*a*b* of two lines of studies; what lies side by side differs visibly from 2.3 on.
LINES_APART = 15.0
#: The same of rising and falling where red and green are no choice.
WAYS_APART = 60.0

_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(color: QColor, eye: NDArray[np.float64]) -> NDArray[np.float64]:
    """L*, a*, b* (D65) of what this eye makes of a colour."""
    raw = np.array([color.redF(), color.greenF(), color.blueF()])
    linear = np.where(raw <= 0.04045, raw / 12.92, ((raw + 0.055) / 1.055) ** 2.4)
    ratio = _XYZ @ np.clip(eye @ linear, 0.0, 1.0) / _WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(one: QColor, other: QColor, eye: str) -> float:
    """Distance of two colours (CIE 1976)."""
    return float(np.linalg.norm(lab(one, EYES[eye]) - lab(other, EYES[eye])))


@pytest.mark.parametrize(("name", "safe"), LOOKS)
def test_what_the_chart_writes_can_be_read(name: str, safe: bool) -> None:
    theme = load_theme(name, colour_blind_safe=safe)
    ratios = {role: contrast(theme.color(role), theme.color("panel")) for role in WRITTEN}
    assert {role: ratio for role, ratio in ratios.items() if ratio < TEXT_CONTRAST} == {}
    # The price under the crosshair, the last price and alerts: the panel's colour on a tag.
    for role in ("text", "up", "down", "warning", "stale"):
        assert contrast(theme.color("panel"), theme.color(role)) >= TEXT_CONTRAST, role


@pytest.mark.parametrize(("name", "safe"), LOOKS)
def test_what_the_chart_paints_can_be_seen(name: str, safe: bool) -> None:
    theme = load_theme(name, colour_blind_safe=safe)
    ink = Ink(theme, 1.0)
    panel = theme.color("panel")
    found = {role: contrast(theme.color(role), panel) for role in MARKS}
    found |= {f"quiet {role}": contrast(quiet(theme.color(role), panel), panel) for role in MARKS}
    found |= {
        "volume up": contrast(ink.volume_up.color(), panel),
        "volume down": contrast(ink.volume_down.color(), panel),
    }
    assert {role: ratio for role, ratio in found.items() if ratio < MARK_CONTRAST} == {}
    # Rising and falling volume are equally quiet: neither side looks like the larger one.
    assert found["volume up"] == pytest.approx(found["volume down"], rel=0.05)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", THEME_NAMES)
def test_lines_of_studies_can_be_told_apart(name: str, eye: str) -> None:
    theme = load_theme(name)
    roles = [*(f"study_{number}" for number in range(1, 7)), "muted"]
    found = {pair: apart(theme.color(pair[0]), theme.color(pair[1]), eye) for pair in combinations(roles, 2)}
    assert {pair: round(far, 1) for pair, far in found.items() if far < LINES_APART} == {}


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", THEME_NAMES)
def test_the_safe_pair_is_told_apart_by_every_eye(name: str, eye: str) -> None:
    theme = load_theme(name, colour_blind_safe=True)
    assert apart(theme.color("up"), theme.color("down"), eye) >= WAYS_APART


def test_red_and_green_are_no_pair_for_every_eye() -> None:
    """Why the safe pair is offered, and why arrows and signs stand beside the colours."""
    theme = load_theme("light")
    assert apart(theme.color("up"), theme.color("down"), "protanopia") < LINES_APART


colours = st.integers(0, 0xFFFFFF).map(QColor.fromRgb)
themes = st.sampled_from([load_theme(name) for name in THEME_NAMES])


@given(color=colours, theme=themes)
def test_any_colour_of_a_person_can_be_read(color: QColor, theme: Theme) -> None:
    ink = Ink(theme, 1.0)
    assert contrast(legible(color, ink), theme.color("panel")) >= TEXT_CONTRAST
    if contrast(color, theme.color("panel")) >= TEXT_CONTRAST:
        assert legible(color, ink) == color


@given(color=colours, theme=themes)
def test_quiet_is_never_fainter_than_a_mark_may_be(color: QColor, theme: Theme) -> None:
    panel = theme.color("panel")
    assert contrast(quiet(color, panel), panel) >= min(MARK_CONTRAST, contrast(color, panel))
