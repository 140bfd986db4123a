"""The provider in the tool bar: where prices come from, whether they come, and a menu of all the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import QPoint, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QFontMetrics, QPainter, QPaintEvent
from PyQt6.QtWidgets import QMenu, QToolButton, QWidget

from live_monitor.ui import icons
from live_monitor.ui.provider_view import ProviderLine
from live_monitor.ui.theme import BASE_PX, Theme
from live_monitor.ui.tooltips import plain_tooltip

_HEIGHT: Final = 28
_DOT: Final = 7
_CHEVRON: Final = 12
#: Border and padding on the left, room between the parts, padding on the right.
_LEFT, _GAP, _RIGHT = 9, 7, 6
_MOST_TEXT: Final = 150
_SECOND: Final = "When it fails, go on with"
_NO_SECOND: Final = "None: wait for it"
_NOT_REAL: Final = "Nothing stands in for a market that is not the real one."


def menu_text(text: str) -> str:
    """`text` as a menu shows it: an ampersand would underline what follows it."""
    return text.replace("&", "&&").replace("\t", " ")


class ProviderBox(QToolButton):
    """A dot, the name of the provider, a chevron; where there is no room, the dot and the chevron. Main thread."""

    #: Take prices from this provider. Payload: its id.
    use_requested = pyqtSignal(str)
    #: Let this provider take over when the first one fails. Payload: its id, empty for none.
    second_requested = pyqtSignal(str)
    #: The menu is about to open: `show_lines` is to say what it offers. No payload.
    opening = pyqtSignal()
    #: Go back to the first provider; connect one; show how they are doing. No payload.
    use_first_requested = pyqtSignal()
    connect_asked = pyqtSignal()
    status_asked = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._dot = "muted"
        self._named = True
        self._lines: Sequence[ProviderLine] = ()
        self._second = ""
        self._stood_in = False
        self.setProperty("arrowless", True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(_HEIGHT)
        self.setMenu(QMenu(self))
        self.list().setToolTipsVisible(True)
        self.list().aboutToShow.connect(self._fill)
        self.set_theme(theme)
        self.show_provider("No provider", "muted", "")

    def list(self) -> QMenu:
        """The menu that the box opens."""
        menu = self.menu()
        assert menu is not None
        return menu

    def text(self) -> str:
        """The name of the provider, also where only its dot is shown."""
        return self._name

    @property
    def dot(self) -> str:
        """Colour role of the dot."""
        return self._dot

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._metrics = QFontMetrics(theme.font(BASE_PX))
        self.update()

    def show_provider(self, name: str, dot: str, detail: str) -> bool:
        """Takes over name, colour role of the dot and what the tooltip says (plain text). True: another width."""
        if (name, dot) != (self._name, self._dot):
            self.setAccessibleName(f"Provider: {name}")
            self.update()
        hint = plain_tooltip(f"{name}: {detail}" if detail else name)
        if hint != self.toolTip():
            self.setToolTip(hint)
            self.setAccessibleDescription(detail)
        wider = name != self._name
        self._name, self._dot = name, dot
        if wider:
            self._fit()
        return wider

    def show_lines(self, lines: Sequence[ProviderLine], second: str, *, stood_in: bool) -> None:
        """What the menu offers; `second` takes over on a failure, and has done so where `stood_in`."""
        self._lines, self._second, self._stood_in = lines, second, stood_in

    def set_named(self, named: bool) -> None:
        """Leaves the name out where there is no room."""
        if named != self._named:
            self._named = named
            self._fit()

    def width_as(self, *, named: bool) -> int:
        """Logical pixels that it takes."""
        text = min(self._metrics.horizontalAdvance(self._name), _MOST_TEXT) + _GAP if named else 0
        return _LEFT + _DOT + _GAP + text + _CHEVRON + _RIGHT

    def paintEvent(self, event: QPaintEvent | None) -> None:
        # Frame and ground are the style sheet's; the text is ours, because it stands beside the dot.
        super().paintEvent(event)
        theme, middle = self._theme, self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._dot))
        painter.drawEllipse(QPointF(_LEFT + _DOT / 2, middle), _DOT / 2, _DOT / 2)
        if self._named:
            painter.setFont(theme.font(BASE_PX))
            painter.setPen(theme.color("text" if self.underMouse() else "muted"))
            shown = self._metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, _MOST_TEXT)
            baseline = middle + (self._metrics.ascent() - self._metrics.descent()) / 2
            painter.drawText(QPointF(_LEFT + _DOT + _GAP, baseline), shown)
        pixmap = icons.pixmap("chevron-down", theme, "muted", _CHEVRON, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(self.width() - _RIGHT - _CHEVRON, (self.height() - _CHEVRON) // 2), pixmap)
        painter.end()

    def _fit(self) -> None:
        self.setFixedWidth(self.width_as(named=self._named))
        self.update()

    # -- the menu ----------------------------------------------------------------------------

    def _fill(self) -> None:
        self.opening.emit()
        menu = self.list()
        menu.clear()
        group = QActionGroup(menu)
        for line in self._lines:
            action = self._add(menu, line.title, line.told, line.words)
            action.setCheckable(True)
            action.setChecked(line.chosen)
            group.addAction(action)
            action.triggered.connect(lambda _on=False, name=line.id: self.use_requested.emit(name))
        menu.addSeparator()
        self._fill_second(menu)
        if self._stood_in:
            first = next((line.title for line in self._lines if line.chosen), "the first one")
            self._add(menu, f"Use {first} again").triggered.connect(lambda _on=False: self.use_first_requested.emit())
        menu.addSeparator()
        self._add(menu, "Connect a provider…").triggered.connect(lambda _on=False: self.connect_asked.emit())
        self._add(menu, "How providers are doing").triggered.connect(lambda _on=False: self.status_asked.emit())

    def _fill_second(self, menu: QMenu) -> None:
        chosen = next((line for line in self._lines if line.chosen), None)
        others = QMenu(_SECOND, menu)
        menu.addMenu(others)
        if chosen is None or not chosen.stands_in:
            others.setEnabled(False)
            others.setToolTip(_NOT_REAL)
            return
        group = QActionGroup(others)
        offered = [("", _NO_SECOND, "")]
        offered += [(line.id, line.title, line.told) for line in self._lines if line.stands_in and not line.chosen]
        for name, title, told in offered:
            action = self._add(others, title, told)
            action.setCheckable(True)
            action.setChecked(name == self._second)
            group.addAction(action)
            action.triggered.connect(lambda _on=False, name=name: self.second_requested.emit(name))

    def _add(self, menu: QMenu, text: str, told: str = "", hint: str = "") -> QAction:
        # What follows a tab stands at the right edge, as shortcuts do.
        action = QAction(f"{menu_text(text)}\t{menu_text(told)}" if told else menu_text(text), menu)
        action.setToolTip(plain_tooltip(hint))
        menu.addAction(action)
        return action
