"""What a drawing is: its kind, the instants and prices it hangs on, its look. Pure, no Qt.

Anchors are market time and price, never pixels or numbers of bars, so a drawing stays where it is whatever the length
of the bars, and whatever is loaded.
"""

from __future__ import annotations

import math
import re
from typing import Final, Literal, get_args

from msgspec import Struct

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.limits import MAX_DRAWINGS, MAX_PRICE, MAX_TEXT, MIN_PRICE

__all__ = [
    "ANCHORS",
    "DASHES",
    "KINDS",
    "MAX_DRAWINGS",
    "MAX_TEXT",
    "Anchor",
    "Drawing",
    "Kind",
    "clean_text",
    "flaw_of",
]

Kind = Literal["trend", "ray", "horizontal", "vertical", "rectangle", "fibonacci", "measure", "text"]
Dash = Literal["solid", "dashed", "dotted"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
DASHES: Final[tuple[Dash, ...]] = get_args(Dash)

#: How many anchors a drawing of each kind has.
ANCHORS: Final[dict[Kind, int]] = {
    "trend": 2,
    "ray": 2,
    "horizontal": 1,
    "vertical": 1,
    "rectangle": 2,
    "fibonacci": 2,
    "measure": 2,
    "text": 1,
}
#: 1900-01-01 and 2201-01-01 in ms: wider than any bars, so that a line may reach far into either direction.
MIN_ANCHOR_MS: Final = -2_208_988_800_000
MAX_ANCHOR_MS: Final = 7_289_654_400_000
MAX_WIDTH: Final = 8
MAX_TIMEFRAMES: Final = 32
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COLOR: Final = re.compile(r"[a-z][a-z0-9_]{0,31}|#[0-9a-fA-F]{6}")
#: White space that would break the line, and what cannot be seen: control characters, half surrogates (no file can keep
#: them), marks that turn the direction of writing around. The joiners U+200C and U+200D stay: scripts and emoji need
#: them.
_BREAKS: Final = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSEEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]+"
)


class Anchor(Struct, frozen=True):
    """A point of market time (ms since the epoch) and price (USD)."""

    ms: int
    price: float


class Drawing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One drawing.

    `color` is a role of the theme or `#rrggbb`; a role that the theme does not have is for the painter to replace.
    `width` is in logical pixels. `timeframes` are names (`5m`) of the lengths of bars on which it is shown; none: all.
    """

    id: str
    kind: Kind
    anchors: tuple[Anchor, ...]
    color: str = "accent"
    width: int = 1
    dash: Dash = "solid"
    text: str = ""
    locked: bool = False
    hidden: bool = False
    timeframes: tuple[str, ...] = ()

    def shown_on(self, timeframe: str) -> bool:
        """True when it is to be seen on bars of this length (`5m`)."""
        return not self.hidden and (not self.timeframes or timeframe in self.timeframes)


def clean_text(text: str) -> str:
    """The text on one line, without what cannot be seen, its ends trimmed. Too long it stays: `flaw_of` says so."""
    return _UNSEEN.sub("", _BREAKS.sub(" ", text)).strip()


def flaw_of(drawing: Drawing) -> str:
    """Why this drawing cannot be taken, one phrase of a small fixed number of them; empty when it can.

    Types are taken for granted: msgspec has checked them, or mypy.
    """
    if not _ID.fullmatch(drawing.id):
        return "id: 1 to 64 letters, digits, - and _"
    if drawing.kind not in ANCHORS:
        return "kind: unknown"
    if len(drawing.anchors) != ANCHORS[drawing.kind]:
        return "anchors: not as many as its kind has"
    for anchor in drawing.anchors:
        if not MIN_ANCHOR_MS <= anchor.ms < MAX_ANCHOR_MS:
            return "ms: not within 1900 to 2200"
        if not math.isfinite(anchor.price):
            return "price: not finite"
        if not MIN_PRICE <= anchor.price <= MAX_PRICE:
            return "price: out of range"
    return _flaw_of_look(drawing)


def _flaw_of_look(drawing: Drawing) -> str:
    if not _COLOR.fullmatch(drawing.color):
        return "color: neither a role nor #rrggbb"
    if not 1 <= drawing.width <= MAX_WIDTH:
        return f"width: not within 1 to {MAX_WIDTH}"
    if drawing.dash not in DASHES:
        return "dash: unknown"
    if len(drawing.text) > MAX_TEXT:
        return f"text: longer than {MAX_TEXT}"
    if drawing.text != clean_text(drawing.text):
        return "text: holds control characters"
    if drawing.kind == "text" and not drawing.text:
        return "text: absent"
    if len(drawing.timeframes) > MAX_TIMEFRAMES or not all(map(_is_timeframe, drawing.timeframes)):
        return "timeframes: not lengths of bars"
    return ""


def _is_timeframe(name: str) -> bool:
    """True for a name as `Timeframe.name` writes it: `60s` would never match the `1m` that the chart shows."""
    try:
        return Timeframe.parse(name).name == name
    except ValueError:
        return False
