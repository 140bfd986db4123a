"""A button of the tool bar that opens a menu: an icon, its name where there is room, and a chevron of our own."""

from __future__ import annotations

from typing import Final, Literal

from PyQt6.QtCore import QPoint, QSize, Qt
from PyQt6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PyQt6.QtWidgets import QMenu, QToolButton, QWidget

from live_monitor.ui import icons
from live_monitor.ui.theme import BASE_PX, Theme

_HEIGHT: Final = 28
_ICON: Final = 16
_CHEVRON: Final = 12
#: Border and padding on the left, room between the parts, padding on the right.
_LEFT, _GAP, _RIGHT = 9, 6, 6
#: How much of a button is shown: all of it, no name, nothing but its icon.
Shape = Literal["named", "icon", "bare"]


class MenuButton(QToolButton):
    """Opens its menu by click, Space or Down; lit while something other than the usual is in force. Main thread."""

    def __init__(self, text: str, icon: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._shape: Shape = "named"
        # Style sheets know no room between icon and text.
        self.setText(f" {text}")
        self.setAccessibleName(text)
        self.setProperty("arrowless", True)
        self.setProperty("menu", True)
        self.setCheckable(True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setFixedHeight(_HEIGHT)
        self.setMenu(QMenu(self))
        self.set_theme(theme)

    def list(self) -> QMenu:
        """The menu that the button opens."""
        menu = self.menu()
        assert menu is not None
        return menu

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        # As wide as its bold text: a button that lights up must not push its neighbours aside.
        self._text_width = QFontMetrics(theme.font(BASE_PX, 600)).horizontalAdvance(self.text())
        self._dress()

    def set_icon(self, icon: str) -> None:
        """Shows another icon."""
        if icon != self._icon:
            self._icon = icon
            self._dress()

    def light(self, on: bool) -> None:
        """Marks that something other than the usual is in force."""
        self.setChecked(on)
        self._dress()

    def set_shape(self, shape: Shape) -> None:
        """Leaves the name out, or the chevron too, where there is no room."""
        if shape != self._shape:
            self._shape = shape
            self.setProperty("menu", shape != "bare")
            style = self.style()
            if style is not None:
                style.unpolish(self)
                style.polish(self)
            self._dress()

    def width_as(self, shape: Shape) -> int:
        """Logical pixels that it takes."""
        if shape == "bare":
            return _LEFT + _ICON + _LEFT
        return _LEFT + _ICON + _GAP + (self._text_width + _GAP if shape == "named" else 0) + _CHEVRON + _RIGHT

    def nextCheckState(self) -> None:
        """A click opens the menu, and what is chosen there decides whether the button is lit."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        if self._shape == "bare":
            return
        painter = QPainter(self)
        pixmap = icons.pixmap("chevron-down", self._theme, "muted", _CHEVRON, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(self.width() - _RIGHT - _CHEVRON, (self.height() - _CHEVRON) // 2), pixmap)
        painter.end()

    def _dress(self) -> None:
        style = Qt.ToolButtonStyle
        named = self._shape == "named"
        self.setToolButtonStyle(style.ToolButtonTextBesideIcon if named else style.ToolButtonIconOnly)
        self.setIcon(icons.icon(self._icon, self._theme, "accent" if self.isChecked() else "muted"))
        self.setFixedWidth(self.width_as(self._shape))
