"""The chart looks as it did when somebody last looked at it: every type, scale, indicator and drawing tool."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.charts.bars_view import CHART_KINDS
from live_monitor.ui.charts.drawings.values import KINDS
from live_monitor.ui.theme import load_fonts, load_theme
from tests.golden.chart_scenes import PICTURES, SCENES, TEXT, THEMES, file_of, packed, picture_of, text_sample

#: Steps of a channel, of 255, from which on a pixel is another one: antialiasing differs a little between builds of Qt.
STEP = 40
#: Pixels of a picture that may be other ones; the thinnest drawing has more.
STRAY = 40
#: A ground (an area, a rectangle, hours without a session) differs by less than that from nothing, but over a stretch.
FAINT_STEP, FAINT_STRAY = 4, 600


def pixels(image: QImage) -> NDArray[np.int16]:
    """int16[height, width, 3] of blue, green, red."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits()
    assert bits is not None
    rows = np.frombuffer(bits.asstring(image.sizeInBytes()), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), :3].astype(np.int16)


def strays(one: QImage, other: QImage, step: int = STEP) -> int:
    """Pixels that differ by more than `step`; every pixel where the sizes do."""
    if one.size() != other.size():
        return one.width() * one.height()
    return int((np.abs(pixels(one) - pixels(other)).max(axis=2) > step).sum())


@pytest.fixture(scope="module")
def same_text(qapp: QApplication) -> None:
    """Skips where letters look otherwise: pictures that are full of them can say nothing there."""
    load_fonts()
    if sys.platform != "linux" or strays(text_sample(), QImage(str(TEXT))) > STRAY:
        pytest.skip("text is rendered otherwise here than where the pictures were painted")


@pytest.mark.usefixtures("same_text")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", SCENES)
def test_a_chart_looks_as_it_did(qtbot: QtBot, tmp_path: Path, name: str, theme: str) -> None:
    image, kept = picture_of(name, load_theme(theme)), QImage(str(file_of(name, theme)))
    found, faint = strays(image, kept), strays(image, kept, FAINT_STEP)
    if found > STRAY or faint > FAINT_STRAY:
        seen = tmp_path / f"{name}-{theme}.png"
        seen.write_bytes(packed(image))
        told = f"{found} pixels differ, and {faint} a little"
        pytest.fail(f"{told}: compare {seen} with {file_of(name, theme)}, then tests/golden/make {name}")


def test_everything_that_can_be_shown_has_a_picture() -> None:
    wanted = {f"type-{kind}" for kind in CHART_KINDS} | {f"study-{kind}" for kind in CATALOG}
    wanted |= {f"drawing-{kind}" for kind in KINDS} | {f"scale-{mode}" for mode in ("log", "percent")}
    assert wanted <= SCENES.keys()
    for theme in THEMES:
        kept = {path.stem: path.stat().st_size for path in (PICTURES / theme).glob("*.png")}
        assert kept.keys() == SCENES.keys()
        assert max(kept.values()) < 40_000


def test_a_missing_line_of_a_drawing_is_noticed(qtbot: QtBot) -> None:
    load_fonts()
    theme = load_theme("dark")
    without = picture_of("type-candles", theme)
    assert strays(without, without) == 0
    for thin in ("drawing-vertical", "drawing-horizontal", "study-opening_range"):
        assert strays(picture_of(thin, theme), picture_of("scale-log", theme)) > 3 * STRAY


def test_a_missing_ground_is_noticed(qtbot: QtBot) -> None:
    load_fonts()
    for theme in map(load_theme, THEMES):
        line, area = (picture_of(name, theme) for name in ("type-line", "type-area"))
        assert strays(line, area, FAINT_STEP) > 3 * FAINT_STRAY
