"""Where panels stand, as JSON that can be trusted: checked before Qt sees a byte of it.

Qt's own window state crashes or hangs on damaged bytes, and keeps a geometry that no screen shows
(faults U13). So the bytes travel with a SHA-256 of their own, and a geometry is moved to a screen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from PyQt6.QtCore import QRect

LAYOUT_VERSION: Final = 2
MAX_STATE_BYTES: Final = 64 * 1024
MIN_WIDTH, MIN_HEIGHT = 640, 480
#: So much of the window must lie on a screen for it to stay where it is: enough of its title bar to grab.
_GRIP: Final = 64
_MAX_COLUMNS: Final = 40
_MAX_NAME: Final = 40
#: The tabs of the lower panel by the numbers that were kept before their names were.
_NUMBERED_TABS: Final = ("entries", "exits", "orders", "fills", "positions", "account", "journal", "log")


class SavedLayout(NamedTuple):
    """A layout that has passed every check. `geometry` may still lie outside the screens.

    `tab`: the name of the open tab of the lower panel, also of one that this version does not have.
    """

    docks: bytes
    geometry: QRect
    maximized: bool
    tab: str
    columns: dict[str, list[int]]


def encode_layout(layout: SavedLayout) -> dict[str, Any]:
    """The layout as JSON-able values, with the checksum of the dock state."""
    box = layout.geometry
    return {
        "version": LAYOUT_VERSION,
        "docks": base64.b64encode(layout.docks).decode("ascii"),
        "sha256": hashlib.sha256(layout.docks).hexdigest(),
        "geometry": [box.x(), box.y(), box.width(), box.height()],
        "maximized": layout.maximized,
        "tab": layout.tab,
        "columns": {name: list(widths) for name, widths in layout.columns.items()},
    }


def decode_layout(saved: Mapping[str, Any]) -> SavedLayout | None:
    """The layout, or None for anything that this version did not write itself, byte for byte."""
    if saved.get("version") != LAYOUT_VERSION:
        return None
    docks = _dock_bytes(saved.get("docks"), saved.get("sha256"))
    numbers = _whole_numbers(saved.get("geometry"), 4)
    columns = saved.get("columns")
    tab = _tab_name(saved.get("tab"))
    if docks is None or numbers is None or not isinstance(columns, Mapping) or tab is None:
        return None
    widths: dict[str, list[int]] = {}
    for name, value in columns.items():
        checked = _whole_numbers(value, None)
        if not isinstance(name, str) or checked is None:
            return None
        widths[name] = checked
    return SavedLayout(docks, QRect(*numbers), saved.get("maximized") is True, tab, widths)


def clamp_to_screens(box: QRect, screens: Sequence[QRect]) -> QRect:
    """`box` where somebody can see and grab it: shrunk to its screen, and moved onto the first one when lost.

    `screens` are available areas in desktop coordinates, the primary first; without any, `box` is returned with a
    sane size.
    """
    if not screens:
        return QRect(0, 0, max(MIN_WIDTH, min(box.width(), 4_096)), max(MIN_HEIGHT, min(box.height(), 4_096)))
    shown = [(area, _overlap(box, area)) for area in screens]
    area, overlap = max(shown, key=lambda pair: pair[1])
    if overlap < _GRIP * _GRIP:
        area = screens[0]
    width = min(max(box.width(), MIN_WIDTH), area.width())
    height = min(max(box.height(), MIN_HEIGHT), area.height())
    left = min(max(box.x(), area.left()), area.left() + area.width() - width)
    top = min(max(box.y(), area.top()), area.top() + area.height() - height)
    return QRect(left, top, width, height)


def _overlap(box: QRect, area: QRect) -> int:
    common = box.intersected(area)
    return max(0, common.width()) * max(0, common.height())


def _dock_bytes(text: object, checksum: object) -> bytes | None:
    if not isinstance(text, str) or len(text) > 2 * MAX_STATE_BYTES:
        return None
    try:
        docks = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return docks if hashlib.sha256(docks).hexdigest() == checksum else None


def _tab_name(value: object) -> str | None:
    """The name of a tab, kept as such or as its number at that time."""
    if isinstance(value, str):
        return value if len(value) <= _MAX_NAME else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return _NUMBERED_TABS[value] if 0 <= value < len(_NUMBERED_TABS) else _NUMBERED_TABS[0]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31


def _whole_numbers(value: object, count: int | None) -> list[int] | None:
    if not isinstance(value, list) or len(value) > _MAX_COLUMNS or (count is not None and len(value) != count):
        return None
    return list(value) if all(_is_whole(number) for number in value) else None
