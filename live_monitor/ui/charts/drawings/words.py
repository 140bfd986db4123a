"""What the drawing tools and drawings are called, and what is said while one draws. Pure text, no Qt."""

from __future__ import annotations

from typing import Final, NamedTuple

from live_monitor.engine.market.bar_series import MINUTE_MS
from live_monitor.ui.charts.drawings.levels import decimals
from live_monitor.ui.charts.drawings.values import Drawing, Kind
from live_monitor.ui.charts.time_ticks import bar_label
from live_monitor.ui.number_format import format_price

#: The tool that draws nothing: it selects, drags and pans.
POINTER: Final = "pointer"


class ToolWords(NamedTuple):
    """A tool as the screen names it, and what is asked for each of its points."""

    title: str
    asks: tuple[str, ...]


#: By kind, in the order of the keys Alt+1 to Alt+8.
TOOLS: Final[dict[Kind, ToolWords]] = {
    "trend": ToolWords("Trend line", ("first point", "second point")),
    "ray": ToolWords("Ray", ("start", "a point it goes through")),
    "horizontal": ToolWords("Horizontal line", ("price",)),
    "vertical": ToolWords("Vertical line", ("time",)),
    "rectangle": ToolWords("Rectangle", ("first corner", "opposite corner")),
    "fibonacci": ToolWords("Fibonacci retracement", ("start of the move", "end of the move")),
    "measure": ToolWords("Measure", ("start", "end")),
    "text": ToolWords("Text", ("place of the text",)),
}
#: Alt and the number of the tool; Alt+0 is the pointer.
SHORTCUTS: Final[dict[str, str]] = {POINTER: "Alt+0", **{kind: f"Alt+{at}" for at, kind in enumerate(TOOLS, start=1)}}


def title_of(tool: str) -> str:
    """`Trend line`; `Pointer` for the tool that draws nothing."""
    return next((words.title for kind, words in TOOLS.items() if kind == tool), "Pointer")


def hint(kind: Kind, placed: int, *, magnet: bool) -> str:
    """What the chart asks for while `placed` points of a `kind` stand."""
    words = TOOLS[kind]
    asked = words.asks[min(placed, len(words.asks) - 1)]
    return f"{words.title}: {asked}{' · magnet' if magnet else ''} · Esc cancels"


def spoken(drawing: Drawing, timeframe_ms: int, *, place: tuple[int, int] | None = None) -> str:
    """A drawing as assistive technology says it; `place`: which one it is, of how many."""
    words = [TOOLS[drawing.kind].title + (f" “{drawing.text}”" if drawing.text else "")]
    points = [_point(drawing, anchor.ms, anchor.price, timeframe_ms) for anchor in drawing.anchors]
    words.append(" to ".join(points))
    if drawing.locked:
        words.append("locked")
    if place is not None:
        words.append(f"{place[0]} of {place[1]}")
    return ", ".join(words)


def row_of(drawing: Drawing) -> str:
    """A drawing in a list: `Trend line  98.20 → 99.54  (locked)`."""
    words = [TOOLS[drawing.kind].title]
    if drawing.text:
        words.append(drawing.text)
    if drawing.kind == "vertical":
        words.append(bar_label(drawing.anchors[0].ms, MINUTE_MS).replace("  ", " "))
    elif drawing.kind != "text":
        words.append(" → ".join(format_price(anchor.price, decimals(anchor.price)) for anchor in drawing.anchors))
    state = [name for name, on in (("hidden", drawing.hidden), ("locked", drawing.locked)) if on]
    return "  ".join([*words, *([f"({', '.join(state)})"] if state else [])])


def _point(drawing: Drawing, ms: int, price: float, timeframe_ms: int) -> str:
    if drawing.kind == "horizontal":
        return f"at {format_price(price, decimals(price))}"
    when = bar_label(ms, timeframe_ms, ms).replace("  ", " ")
    return when if drawing.kind == "vertical" else f"{format_price(price, decimals(price))} at {when}"
