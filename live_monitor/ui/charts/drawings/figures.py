"""The shape of each kind of drawing. Pure, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from live_monitor.ui.charts.drawings.levels import Level, change_text, fibonacci_levels, price_text, span_text
from live_monitor.ui.charts.drawings.shape_parts import (
    LINE_HEIGHT,
    Align,
    Fill,
    Label,
    Line,
    Shape,
    clipped,
    overlap,
    text_width,
    within,
)
from live_monitor.ui.charts.drawings.values import Drawing, Kind
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.price_scale import FAR, PriceScale

#: Opacity of a rectangle, of a measurement, and of the band between the two middle levels.
RECTANGLE_ALPHA: Final = 0.14
MEASURE_ALPHA: Final = 0.16
BAND_ALPHA: Final = 0.07
_BAND: Final = (0.382, 0.618)
#: Logical pixels: from a line to its label beside it and above it, from a text's anchor to the text, size of an arrow.
_BESIDE: Final = 5
_ABOVE: Final = 9
_TEXT_GAP: Final = 8
_ARROW: Final = 5


@lru_cache(8)
def _placing(scale: PriceScale) -> Callable[[float], float]:
    """`scale.y` for many prices of one picture, one by one: what depends on the scale alone is found once."""
    if scale.log:
        return scale.y
    top, high, unit = scale.top, scale.high, scale.pixels_per_unit
    return lambda price: top + max(-FAR, min(FAR, (high - price) * unit))


class Placed(NamedTuple):
    """A drawing with its anchors in device pixels, and in bars; a second one repeats the only one."""

    drawing: Drawing
    x1: float
    y1: float
    x2: float
    y2: float
    bars: float

    @property
    def line(self) -> Line:
        """From the first anchor to the second."""
        return Line(self.x1, self.y1, self.x2, self.y2)


#: Market time in ms as the label of a vertical line says it.
TimeText = Callable[[int], str]


def trend(placed: Placed, frame: Frame, _: TimeText) -> Shape | None:
    """A line between two points, its text above its middle."""
    return _line(placed, frame, endless=False)


def ray(placed: Placed, frame: Frame, _: TimeText) -> Shape | None:
    """A line through two points that goes on beyond the second one."""
    return _line(placed, frame, endless=True)


def _line(placed: Placed, frame: Frame, *, endless: bool) -> Shape | None:
    line = clipped(placed.line, frame.panes.price, endless=endless)
    if line is None:
        return None
    labels = []
    if placed.drawing.text:
        labels.append(_beside(frame, line, placed.drawing.text))
    return Shape(placed.drawing, [line], [], [], labels, _handles(placed, frame))


def horizontal(placed: Placed, frame: Frame, _: TimeText) -> Shape | None:
    """A price across the whole pane, said at its right end."""
    box, y = frame.panes.price, placed.y1
    if not box.y <= y <= box.bottom:
        return None
    drawing = placed.drawing
    text = "  ".join(part for part in (drawing.text, price_text(drawing.anchors[0].price)) if part)
    label = _near(frame, box.right - frame.px(_BESIDE), y, text, "right")
    x = placed.x1 if box.x <= placed.x1 <= box.right else (box.x + box.right) / 2
    return Shape(drawing, [Line(box.x, y, box.right, y)], [], [], [label], {0: (x, y)})


def vertical(placed: Placed, frame: Frame, time_text: TimeText) -> Shape | None:
    """An instant across all panes, said at the foot of the price pane."""
    box, plot, x = frame.panes.price, frame.panes.plot, placed.x1
    if not plot.x <= x <= plot.right:
        return None
    drawing, gap = placed.drawing, frame.px(_BESIDE)
    text = "  ".join(part for part in (drawing.text, time_text(drawing.anchors[0].ms)) if part)
    turned = x + gap + text_width(text, frame.ratio) > plot.right
    label = Label(x - gap if turned else x + gap, box.bottom - frame.px(_ABOVE), text, "right" if turned else "left")
    y = placed.y1 if box.y <= placed.y1 <= box.bottom else (box.y + box.bottom) / 2
    return Shape(drawing, [Line(x, plot.y, x, plot.bottom)], [], [], [label], {0: (x, y)})


def rectangle(placed: Placed, frame: Frame, _: TimeText) -> Shape | None:
    """A filled rectangle between two corners, its text inside of its upper left one."""
    box = frame.panes.price
    left, right = sorted((placed.x1, placed.x2))
    top, bottom = sorted((placed.y1, placed.y2))
    fill = overlap(left, top, right, bottom, box, RECTANGLE_ALPHA)
    if fill is None:
        return None
    lines = [Line(fill.left, y, fill.right, y) for y in (top, bottom) if fill.top <= y <= fill.bottom]
    lines += [Line(x, fill.top, x, fill.bottom) for x in (left, right) if fill.left <= x <= fill.right]
    labels = []
    if placed.drawing.text:
        labels.append(Label(fill.left + frame.px(_BESIDE), fill.top + frame.px(_ABOVE), placed.drawing.text, "left"))
    corners = {2: (placed.x1, placed.y2), 3: (placed.x2, placed.y1)}
    handles = _handles(placed, frame) | {at: corner for at, corner in corners.items() if within(box, *corner)}
    return Shape(placed.drawing, lines, [], [fill], labels, handles)


def fibonacci(placed: Placed, frame: Frame, _: TimeText) -> Shape | None:
    """Levels from the earlier of two points to the right edge, with their prices; the move itself is faint."""
    box, drawing = frame.panes.price, placed.drawing
    left = max(float(box.x), min(placed.x1, placed.x2))
    top, bottom, right, y_of = box.y, box.bottom, box.right, _placing(frame.scale)
    levels = [(level, y_of(level.price)) for level in fibonacci_levels(*drawing.anchors)]
    shown = [(level, y) for level, y in levels if top <= y <= bottom]
    # Levels may all lie outside while the band between two of them fills the pane.
    edges = [y for level, y in levels if level.share in _BAND]
    band = None if left > right or len(edges) < 2 else overlap(left, min(edges), right, max(edges), box, BAND_ALPHA)
    move = clipped(placed.line, box)
    if left > right or (not shown and band is None and move is None):
        return None
    labels = _level_labels(frame, left + frame.px(_BESIDE), shown)
    if drawing.text and labels:
        labels[0] = labels[0]._replace(text=f"{labels[0].text}  {drawing.text}")
    lines = [Line(left, y, right, y) for _, y in shown]
    return Shape(drawing, lines, [move] if move else [], [band] if band else [], labels, _handles(placed, frame))


def _level_labels(frame: Frame, x: float, shown: list[tuple[Level, float]]) -> list[Label]:
    """Names of the levels at these rows, from `x` on; without those that would be written over more important ones."""
    labels: list[Label] = []
    height, above, least = frame.px(LINE_HEIGHT), frame.px(_ABOVE), _least_above(frame)
    for level, y in sorted(shown, key=_importance):
        middle = y - above if y >= least else y + above
        for other in labels:
            if abs(middle - other.y) < height:
                break
        else:
            labels.append(Label(x, middle, level.text, "left"))
    return labels


def measure(placed: Placed, frame: Frame, _: TimeText) -> Shape | None:
    """Change of price, percent, bars and time between two points, beside the second one."""
    box, drawing = frame.panes.price, placed.drawing
    left, right = sorted((placed.x1, placed.x2))
    top, bottom = sorted((placed.y1, placed.y2))
    fill = overlap(left, top, right, bottom, box, MEASURE_ALPHA)
    if fill is None:
        return None
    x, y = (left + right) / 2, (top + bottom) / 2
    lines = []
    for arrow in (Line(x, placed.y1, x, placed.y2), Line(placed.x1, y, placed.x2, y)):
        lines += [part for line in _arrow(arrow, frame.px(_ARROW)) if (part := clipped(line, box)) is not None]
    texts = [change_text(*drawing.anchors), span_text(round(placed.bars), *drawing.anchors)]
    texts += [drawing.text] if drawing.text else []
    height = frame.px(LINE_HEIGHT)
    rising = placed.y2 <= placed.y1
    first = fill.top - height * (len(texts) - 0.5) if rising else fill.bottom + height * 0.5
    # Where there is no room beyond the end, the words stand inside of it.
    first = max(box.y + height * 0.5, min(first, box.bottom - height * (len(texts) - 0.5)))
    middle = (fill.left + fill.right) / 2
    labels = [Label(middle, first + at * height, text, "center") for at, text in enumerate(texts)]
    return Shape(drawing, lines, [], [fill], labels, _handles(placed, frame))


def text(placed: Placed, frame: Frame, _: TimeText) -> Shape | None:
    """A line of text that begins at its anchor."""
    box, words = frame.panes.price, placed.drawing.text
    x, half = placed.x1 + frame.px(_TEXT_GAP), frame.px(LINE_HEIGHT) / 2
    felt = overlap(x, placed.y1 - half, x + text_width(words, frame.ratio), placed.y1 + half, box, 0.0)
    handles = _handles(placed, frame)
    if felt is None and not handles:
        return None
    fills: list[Fill] = [] if felt is None else [felt]
    return Shape(placed.drawing, [], [], fills, [Label(x, placed.y1, words, "left")], handles)


FIGURES: Final[dict[Kind, Callable[[Placed, Frame, TimeText], Shape | None]]] = {
    "trend": trend,
    "ray": ray,
    "horizontal": horizontal,
    "vertical": vertical,
    "rectangle": rectangle,
    "fibonacci": fibonacci,
    "measure": measure,
    "text": text,
}


def _importance(shown: tuple[Level, float]) -> float:
    """Sorts the ends of a move first, and what lies beyond them."""
    return -abs(shown[0].share - 0.5)


def _handles(placed: Placed, frame: Frame) -> dict[int, tuple[float, float]]:
    box, handles = frame.panes.price, {}
    if within(box, placed.x1, placed.y1):
        handles[0] = (placed.x1, placed.y1)
    if len(placed.drawing.anchors) > 1 and within(box, placed.x2, placed.y2):
        handles[1] = (placed.x2, placed.y2)
    return handles


def _beside(frame: Frame, line: Line, words: str) -> Label:
    """A label above the middle of a line, on the side that the line falls away from."""
    rise = (line.y1 - line.y2) * (1 if line.x2 >= line.x1 else -1)
    level = abs(rise) < frame.px(LINE_HEIGHT) / 4
    align: Align = "center" if level else "right" if rise > 0 else "left"
    return _near(frame, (line.x1 + line.x2) / 2, (line.y1 + line.y2) / 2, words, align)


def _near(frame: Frame, x: float, y: float, words: str, align: Align) -> Label:
    """A label above a line at `y`, or below it at the top of the pane."""
    gap = frame.px(_ABOVE)
    return Label(x, y - gap if y >= _least_above(frame) else y + gap, words, align)


def _least_above(frame: Frame) -> float:
    """The uppermost line that has room for a label above it."""
    return frame.panes.price.y + frame.px(_ABOVE) + frame.px(LINE_HEIGHT) / 2


def _arrow(line: Line, size: int) -> list[Line]:
    """A level or upright line with a head at its end; none where it is too short for one."""
    x1, y1, x2, y2 = line
    length = abs(x2 - x1) + abs(y2 - y1)
    if length < 2 * size:
        return [line] if length else []
    dx, dy = ((x2 > x1) - (x2 < x1)) * size, ((y2 > y1) - (y2 < y1)) * size
    return [line, Line(x2 - dx - dy, y2 - dy - dx, x2, y2), Line(x2 - dx + dy, y2 - dy + dx, x2, y2)]
