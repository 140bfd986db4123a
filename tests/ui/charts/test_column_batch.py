"""A picture of columns has the pixels that rectangles have."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtGui import QColor, QImage, QPainter

from live_monitor.ui.charts.column_batch import ColumnBatch
from live_monitor.ui.charts.geometry import Box, Rects

BOX = Box(10, 20, 300, 120)
COLORS = QColor("#2fbf8a"), QColor("#f2605c")


def columns(count: int, reach: int, seed: int) -> tuple[Rects, np.ndarray]:
    """Columns side by side with gaps, some of them partly or wholly outside the box."""
    rng = np.random.default_rng(seed)
    xs = np.sort(rng.choice(np.arange(0, 330), count, replace=False))
    rects = np.empty((count, 4), np.int32)
    rects[:, 0] = rects[:, 2] = xs
    rects[:, 1] = rng.integers(-40, 160, count)
    rects[:, 3] = rects[:, 1] + rng.integers(0, reach, count)
    rects[: count // 50, 3] = 1 << 20
    return rects, rng.random(count) < 0.5


def painted(rects: Rects, second: np.ndarray, *, one_by_one: bool, colors: tuple[QColor, QColor] = COLORS) -> QImage:
    image = QImage(340, 160, QImage.Format.Format_RGB32)
    image.fill(QColor("#161b22"))
    painter = QPainter(image)
    painter.setClipRect(*BOX)
    if one_by_one:
        for (left, top, right, bottom), other in zip(rects.tolist(), second.tolist(), strict=True):
            painter.fillRect(left, top, right - left + 1, min(bottom, 400) - top + 1, colors[int(other)])
    else:
        ColumnBatch().draw(painter, rects, BOX, colors, second)
    painter.end()
    return image


@pytest.mark.parametrize(("count", "reach"), [(0, 5), (1, 90), (40, 90), (250, 3), (250, 140), (300, 60)])
@pytest.mark.parametrize("seed", [1, 2])
def test_however_many_and_tall_they_are_the_pixels_are_those_of_rectangles(count: int, reach: int, seed: int) -> None:
    rects, second = columns(count, reach, seed)
    assert painted(rects, second, one_by_one=False) == painted(rects, second, one_by_one=True)


def test_translucent_and_wide_ones_are_left_to_rectangles() -> None:
    rects, second = columns(250, 140, 3)
    faint = QColor(47, 191, 138, 90), QColor(242, 96, 92, 90)
    together = painted(rects, second, one_by_one=False, colors=faint)
    assert together == painted(rects, second, one_by_one=True, colors=faint)
    wide = rects[::2].copy()
    wide[:, 2] += 1
    assert painted(wide, second[::2], one_by_one=False).pixel(wide[5, 2], 70) == painted(
        wide, second[::2], one_by_one=True
    ).pixel(wide[5, 2], 70)


@pytest.mark.parametrize("thick", [1, 2, 3])
def test_lines_that_cross_lie_on_one_another_in_their_order(thick: int) -> None:
    lines = [columns(200, reach, seed)[0] for seed, reach in ((4, 6), (5, 80), (6, 3))]
    for rects in lines:
        rects[:, 2] += thick - 1
    colors = [QColor("#2fbf8a"), QColor("#f2605c"), QColor("#4d8dff")]
    images = []
    for together in (True, False):
        image = QImage(340, 160, QImage.Format.Format_RGB32)
        image.fill(QColor("#161b22"))
        painter, batch = QPainter(image), ColumnBatch()
        painter.setClipRect(*BOX)
        for rects, color in zip(lines, colors, strict=True):
            if together:
                batch.keep(rects, color)
            else:
                for left, top, right, bottom in rects.tolist():
                    painter.fillRect(left, top, right - left + 1, min(bottom, 400) - top + 1, color)
        batch.show(painter, BOX)
        painter.end()
        images.append(image)
    assert images[0] == images[1]
