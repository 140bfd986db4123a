"""The lengths of bars in the tool bar: eight buttons, a menu of more, and the switch for extended hours.

Where there is no room for all buttons the least wanted ones move into the menu; the one in force always stays.
"""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QFontMetrics, QResizeEvent
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from live_monitor.ui import icons
from live_monitor.ui.theme import BASE_PX, Theme
from live_monitor.ui.timeframes import BUTTONS, MORE, WANTED_FIRST, ignores_hours, spoken

_SPACING: Final = 2
_GAP: Final = 8
#: Padding and border of a button on both sides, as the style sheet has them.
_FRAME: Final = 18
_MORE_WIDTH: Final = 28
_HEIGHT: Final = 28
_EXTENDED: Final = "Extended hours: also bars before the open and after the close"
_NO_CHOICE: Final = "Extended hours: days, weeks and months are the same with and without them"


class TimeframeBar(QWidget):
    """Shows the timeframe in force and asks for others. Main thread."""

    #: Show bars of this length. Payload: a name that `Timeframe.parse` reads.
    timeframe_requested = pyqtSignal(str)
    #: The person wants to type another length; no payload.
    other_requested = pyqtSignal()
    #: Show bars outside the regular session too, or no longer.
    extended_requested = pyqtSignal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Length of bars")
        self._shown = ""
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(_SPACING)
        for name in BUTTONS:
            self._add_button(name)
        #: A length that has no button of its own, while it is in force.
        self.custom = self._make_button("")
        self.custom.setAccessibleName("Other length of bars")
        self.custom.hide()
        self.more = QToolButton(self)
        self.more.setToolTip("More lengths of bars")
        self.more.setAccessibleName("More lengths of bars")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setProperty("arrowless", True)
        self.menu = QMenu(self.more)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self.menu)
        self.extended = QToolButton(self)
        self.extended.setText("Ext")
        self.extended.setCheckable(True)
        self.extended.setChecked(True)
        self.extended.setToolTip(_EXTENDED)
        self.extended.setAccessibleName("Extended hours")
        self.extended.clicked.connect(self.extended_requested)
        for widget in (self.custom, self.more):
            self._row.addWidget(widget)
        self._row.addSpacing(_GAP)
        self._row.addWidget(self.extended)
        self._row.addStretch(1)
        for button in (*self.buttons.values(), self.custom, self.more, self.extended):
            button.setFixedHeight(_HEIGHT)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._metrics = QFontMetrics(theme.font(BASE_PX, 600))
        self.more.setIcon(icons.icon("chevron-down", theme))
        self.more.setIconSize(QSize(14, 14))
        self.more.setFixedWidth(_MORE_WIDTH)
        for name, button in self.buttons.items():
            # As wide as its bold text: what is chosen must not push its neighbours aside.
            button.setFixedWidth(self._width(name))
        self.extended.setFixedWidth(self._width("Ext"))
        self.updateGeometry()
        self._fold()

    def set_timeframe(self, name: str) -> None:
        """Marks the length that is shown; does not ask for it."""
        self._shown = name
        own = name in self.buttons
        if not own:
            self.custom.setText(name)
            self.custom.setFixedWidth(self._width(name))
            self._describe(self.custom, name)
        (self.buttons[name] if own else self.custom).setChecked(True)
        for button in self._group.buttons():
            # Tab meets the one in force, arrows go on from there; Qt alone would let Tab meet the first one.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if button.isChecked() else Qt.FocusPolicy.NoFocus)
        fixed = ignores_hours(name)
        self.extended.setEnabled(not fixed)
        self.extended.setToolTip(_NO_CHOICE if fixed else _EXTENDED)
        self.updateGeometry()
        self._fold()

    def set_extended(self, on: bool) -> None:
        """Shows whether bars outside the regular session are shown; does not ask for it."""
        self.extended.setChecked(on)

    @property
    def folded(self) -> list[str]:
        """Lengths whose buttons have no room at present, and stand in the menu."""
        return [name for name, button in self.buttons.items() if button.isHidden()]

    # -- Qt ----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(self._needed(list(BUTTONS)), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed([self._shown] if self._shown in self.buttons else []), _HEIGHT)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fold()

    # -- inside ------------------------------------------------------------------------------

    def _add_button(self, name: str) -> None:
        button = self.buttons[name] = self._make_button(name)
        self._describe(button, name)
        self._row.addWidget(button)

    def _make_button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(name)
        button.setCheckable(True)
        button.clicked.connect(lambda: self.timeframe_requested.emit(button.text()))
        self._group.addButton(button)
        return button

    def _describe(self, button: QToolButton, name: str) -> None:
        keys = f" (Ctrl+{BUTTONS.index(name) + 1})" if name in BUTTONS else ""
        button.setToolTip(f"Bars of {spoken(name)}{keys}")
        button.setAccessibleName(f"Bars of {spoken(name)}")

    def _width(self, text: str) -> int:
        return self._metrics.horizontalAdvance(text) + _FRAME

    def _needed(self, names: list[str]) -> int:
        """Width for these buttons, the custom one where it is shown, the menu and the switch."""
        texts = [*names, *([self._shown] if self._shown and self._shown not in self.buttons else [])]
        widths = [self._width(text) for text in texts]
        return sum(widths) + len(widths) * _SPACING + _MORE_WIDTH + 2 * _SPACING + _GAP + self._width("Ext")

    def _fold(self) -> None:
        """Shows the most wanted buttons that fit, and the one in force."""
        wanted = sorted(WANTED_FIRST, key=lambda name: name != self._shown)
        shown: list[str] = []
        for name in wanted:
            if name == self._shown or self._needed([*shown, name]) <= self.width():
                shown.append(name)
            else:
                break
        for name, button in self.buttons.items():
            button.setVisible(name in shown)
        self.custom.setVisible(bool(self._shown) and self._shown not in self.buttons)

    def _fill_menu(self) -> None:
        self.menu.clear()
        folded = self.folded
        for name in folded:
            self._add_choice(name)
        if folded:
            self.menu.addSeparator()
        for name in MORE:
            self._add_choice(name)
        self.menu.addSeparator()
        other = QAction("Other length…", self.menu)
        other.triggered.connect(lambda _checked=False: self.other_requested.emit())
        self.menu.addAction(other)

    def _add_choice(self, name: str) -> None:
        action = QAction(spoken(name), self.menu)
        action.setCheckable(True)
        action.setChecked(name == self._shown)
        action.triggered.connect(lambda _checked=False: self.timeframe_requested.emit(name))
        self.menu.addAction(action)
