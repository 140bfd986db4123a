"""Colours by role, one type family, palette and style sheet.

Colours are data: `resources/themes/{dark,light}.json` names them by role, widgets ask for a role and
never write a literal. Qt's own colour scheme switch is not used: it changes nothing offscreen or on
a bare X server.
"""

from __future__ import annotations

import json
import string
from functools import cache
from typing import Final

from PyQt6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PyQt6.QtWidgets import QApplication

from live_monitor.errors import StartError
from live_monitor.resources import resource_path

THEME_NAMES: Final = ("dark", "light")
ROLES: Final = (
    "window", "panel", "raised", "line", "text", "muted", "up", "down", "up_safe", "down_safe",
    "accent", "on_accent", "warning", "doubt", "stale", "grid", "crosshair", "selection",
    "study_1", "study_2", "study_3", "study_4", "study_5", "study_6",
)  # fmt: skip
FONT_FAMILY: Final = "Inter"
BASE_PX: Final = 13
_FONT_FILES: Final = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")
#: Where the bundled font cannot be read, in this order: the platforms' own faces.
_FALLBACK_FAMILIES: Final = ("Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans")


class Theme:
    """Colours and fonts of one look. Main thread; the objects returned are shared: copy before changing them."""

    def __init__(self, name: str, roles: dict[str, str], *, colour_blind_safe: bool = False) -> None:
        self.name = name
        self.colour_blind_safe = colour_blind_safe
        self._roles = dict(roles)
        if colour_blind_safe:
            self._roles |= {"up": roles["up_safe"], "down": roles["down_safe"]}
        self._colors: dict[tuple[str, float], QColor] = {}
        self._fonts: dict[tuple[int, int], QFont] = {}

    def hex(self, role: str) -> str:
        """`#RRGGBB` of a role. Raises KeyError for a name that is no role."""
        return self._roles[role]

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """Colour of a role with an opacity from 0 to 1. Raises KeyError for a name that is no role."""
        key = (role, alpha)
        found = self._colors.get(key)
        if found is None:
            found = QColor(self._roles[role])
            found.setAlphaF(alpha)
            self._colors[key] = found
        return found

    def mixed(self, role: str, ground: str, share: float) -> QColor:
        """The opaque colour of `role` laid over `ground` with an opacity of `share`.

        Faster than a translucent brush: Qt fills those in a thread pool and waits for it, which on a busy machine
        takes longer than the rest of a panel (measured: 0.7 ms a blink at 20,000 events/s on two cores).
        """
        key = (f"{role}/{ground}", share)
        found = self._colors.get(key)
        if found is None:
            over, under = QColor(self._roles[role]), QColor(self._roles[ground])
            found = QColor(
                round(over.red() * share + under.red() * (1 - share)),
                round(over.green() * share + under.green() * (1 - share)),
                round(over.blue() * share + under.blue() * (1 - share)),
            )
            self._colors[key] = found
        return found

    def direction_color(self, way: int) -> QColor:
        """`up` for +1, `down` for −1, `muted` for 0; an arrow or sign must stand beside it."""
        return self.color("up" if way > 0 else "down" if way < 0 else "muted")

    def font(self, px: int, weight: int = 400) -> QFont:
        """The interface face with tabular figures, so that a changing number keeps its width."""
        key = (px, weight)
        found = self._fonts.get(key)
        if found is None:
            found = QFont([FONT_FAMILY, *_FALLBACK_FAMILIES])
            found.setPixelSize(px)
            found.setWeight(QFont.Weight(weight))
            # Hinting across would round each figure to a width of its own where a system asks for it (full hinting by
            # fontconfig): changing numbers would tremble.
            found.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
            if px >= 20:
                # The face is cut for text sizes; large figures want to stand closer.
                found.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 98)
            found.setFeature(QFont.Tag("tnum"), 1)
            self._fonts[key] = found
        return found

    def __repr__(self) -> str:
        return f"Theme({self.name!r}, colour_blind_safe={self.colour_blind_safe})"


def load_theme(name: str, *, colour_blind_safe: bool = False) -> Theme:
    """The theme `dark` or `light`. Raises StartError when its file is missing or not a full set of roles."""
    path = resource_path("themes", f"{name}.json")
    try:
        roles = json.loads(path.read_text(encoding="utf-8"))["roles"]
        missing = [role for role in ROLES if not QColor(roles[role]).isValid()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartError(f"The theme {name!r} cannot be read ({error}).", "Reinstall Live Monitor.") from error
    if missing:
        raise StartError(f"The theme {name!r} has no valid colour for {', '.join(missing)}.", "Reinstall Live Monitor.")
    return Theme(name, {role: roles[role] for role in ROLES}, colour_blind_safe=colour_blind_safe)


@cache
def load_fonts() -> bool:
    """Registers the bundled faces once per process; False when none could be read (the platform's face is used)."""
    loaded = [QFontDatabase.addApplicationFont(str(resource_path("fonts", file))) for file in _FONT_FILES]
    return any(handle >= 0 for handle in loaded)


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Font, palette and style sheet for the whole application; costs a re-polish of every widget."""
    load_fonts()
    if app.style() is None or app.style().objectName().lower() != "fusion":  # type: ignore[union-attr] # None is ruled out on the left; stubs type it Optional
        app.setStyle("Fusion")
    app.setFont(theme.font(BASE_PX))
    app.setPalette(palette_of(theme))
    app.setStyleSheet(style_sheet_of(theme))


def palette_of(theme: Theme) -> QPalette:
    """Qt's palette by roles, for everything that the style sheet does not name."""
    palette = QPalette()
    role = QPalette.ColorRole
    plain = {
        role.Window: "window", role.WindowText: "text", role.Base: "panel", role.AlternateBase: "raised",
        role.Text: "text", role.Button: "raised", role.ButtonText: "text", role.BrightText: "warning",
        role.ToolTipBase: "raised", role.ToolTipText: "text", role.PlaceholderText: "muted",
        role.Highlight: "accent", role.HighlightedText: "on_accent", role.Link: "accent", role.LinkVisited: "accent",
        role.Light: "line", role.Midlight: "line", role.Mid: "line", role.Dark: "line", role.Shadow: "window",
        role.Accent: "accent",
    }  # fmt: skip
    for which, name in plain.items():
        palette.setColor(which, theme.color(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, theme.color("stale"))
    return palette


def style_sheet_of(theme: Theme) -> str:
    """The style sheet with the roles filled in. Raises StartError when its file is missing."""
    path = resource_path("themes", "app.qss")
    try:
        template = string.Template(path.read_text(encoding="utf-8"))
        return template.substitute({role: theme.hex(role) for role in ROLES})
    except (OSError, ValueError, KeyError) as error:
        raise StartError(f"The style sheet cannot be read ({error}).", "Reinstall Live Monitor.") from error
