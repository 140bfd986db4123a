"""Colours and fonts of the chart, looked up once per theme and pixel density."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from PyQt6.QtCore import QPointF, QRect, Qt
from PyQt6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap, QStaticText, QTransform

from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.theme import Theme

AXIS_PX: Final = 11
READOUT_PX: Final = 12
_MOST_TEXTS: Final = 1_000
#: Distance of hatch lines in logical pixels.
_HATCH: Final = 8
#: Least contrast by WCAG 2.2, level AA: of text (1.4.3), and of marks that say something by themselves (1.4.11).
TEXT_CONTRAST: Final = 4.5
MARK_CONTRAST: Final = 3.0


class Face:
    """A font in device pixels with its metrics."""

    def __init__(self, theme: Theme, px: int, weight: int, ratio: float) -> None:
        self.font: QFont = theme.font(round(px * ratio), weight)
        self.metrics = QFontMetricsF(self.font)
        #: Distance from the middle of a line of figures down to its base line.
        self.drop = self.metrics.capHeight() / 2
        self._ascent = self.metrics.ascent()
        self._shaped: dict[str, tuple[QStaticText, float]] = {}

    def width(self, text: str) -> float:
        """Advance of `text` in device pixels."""
        return self._shape(text)[1]

    def write(self, painter: QPainter, color: QColor, x: float, middle: float, text: str) -> None:
        """Writes `text` from `x` on, with the figures' middle at row `middle`, on whole pixels."""
        self.write_all(painter, color, ((x, middle, text),))

    def write_all(self, painter: QPainter, color: QColor, texts: Iterable[tuple[float, float, str]]) -> None:
        """The same for many texts in one colour, each with its `x` and `middle`."""
        painter.setFont(self.font)
        painter.setPen(color)
        for x, middle, text in texts:
            top = round(middle + self.drop) - self._ascent
            painter.drawStaticText(QPointF(round(x), top), self._shape(text)[0])

    def _shape(self, text: str) -> tuple[QStaticText, float]:
        """Shaping costs more than painting, and the same figures come again and again: both are kept."""
        found = self._shaped.get(text)
        if found is None:
            if len(self._shaped) >= _MOST_TEXTS:
                self._shaped.clear()
            shaped = QStaticText(text)
            shaped.setTextFormat(Qt.TextFormat.PlainText)
            shaped.prepare(QTransform(), self.font)
            found = self._shaped[text] = (shaped, self.metrics.horizontalAdvance(text))
        return found


class Ink:
    """What the layers paint with. Main thread."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.ratio = ratio
        self.axis = Face(theme, AXIS_PX, 400, ratio)
        self.axis_strong = Face(theme, AXIS_PX, 600, ratio)
        self.readout = Face(theme, READOUT_PX, 400, ratio)
        self.readout_strong = Face(theme, READOUT_PX, 600, ratio)
        self.tail = Face(theme, 9, 500, ratio)
        self.letter = Face(theme, 9, 700, ratio)
        self.message = Face(theme, 15, 400, ratio)
        self.up = QBrush(theme.color("up"))
        self.down = QBrush(theme.color("down"))
        # Mixed here and painted opaque: blending tall bars at every frame costs more than all candles.
        self.volume_up = QBrush(quiet(theme.color("up"), theme.color("panel")))
        self.volume_down = QBrush(quiet(theme.color("down"), theme.color("panel")))
        #: Ground where prints were missed.
        self.hole = _hatched(
            mixed(theme.color("warning"), theme.color("panel"), 0.06),
            mixed(theme.color("warning"), theme.color("panel"), 0.24),
            max(1, round(ratio)),
        )
        #: Ground below a line of closes.
        self.area = theme.color("accent", 0.16)
        self.off_hours = mixed(theme.color("raised"), theme.color("panel"), 0.55)

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """A colour of the theme by role."""
        return self.theme.color(role, alpha)

    def pen(self, role: str, *, dashes: tuple[float, float] | None = None) -> QPen:
        """One logical pixel wide, drawn on whole device pixels; `dashes` are on and off in logical pixels."""
        width = max(1, round(self.ratio))
        pen = QPen(self.color(role), width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dashes:
            pen.setDashPattern([length * self.ratio / width for length in dashes])
        return pen


def _hatched(ground: QColor, line: QColor, thick: int) -> QBrush:
    """Diagonal lines on a ground as one opaque tile, which costs less than Qt's own pattern over a fill."""
    size = _HATCH * thick
    tile = QPixmap(size, size)
    tile.fill(ground)
    painter = QPainter(tile)
    for step in range(_HATCH):
        painter.fillRect((_HATCH - 1 - step) * thick, step * thick, thick, thick, line)
    painter.end()
    return QBrush(tile)


def mixed(over: QColor, under: QColor, share: float) -> QColor:
    """What `over` at an opacity of `share` looks like on `under`."""
    parts = zip((over.red(), over.green(), over.blue()), (under.red(), under.green(), under.blue()), strict=True)
    return QColor(*(round(a * share + b * (1 - share)) for a, b in parts))


def clip_to(painter: QPainter, box: Box) -> None:
    """Paints inside `box` only from now on.

    Not for looks: what a tick exposes is a dozen strips, and within a single rectangle Qt paints three times as fast.
    """
    painter.setClipRect(QRect(*box))


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio by WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def quiet(color: QColor, ground: QColor) -> QColor:
    """`color` laid over `ground` as faintly as a mark may be; as it is when it stands out less than that by itself.

    So rising and falling volume are equally quiet, whatever their colours.
    """
    return _quiet(color.rgb(), ground.rgb())


@lru_cache(maxsize=256)
def _quiet(color: int, ground: int) -> QColor:
    for percent in range(30, 100):
        found = mixed(QColor(color), QColor(ground), percent / 100)
        if contrast(found, QColor(ground)) >= MARK_CONTRAST:
            return found
    return QColor(color)


def legible(color: QColor, ink: Ink) -> QColor:
    """`color`, drawn towards the colour of text until it can be read on the panel; for colours that people choose."""
    return _legible(color.rgb(), ink.color("panel").rgb(), ink.color("text").rgb())


@lru_cache(maxsize=256)
def _legible(color: int, panel: int, text: int) -> QColor:
    for share in (0.0, 0.25, 0.5, 0.75):
        found = mixed(QColor(text), QColor(color), share)
        if contrast(found, QColor(panel)) >= TEXT_CONTRAST:
            return found
    return QColor(text)
