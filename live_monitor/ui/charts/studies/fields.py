"""Fields for one setting of a study: a number, a word of a few, a colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PyQt6.QtCore import QLocale, QPoint, QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PyQt6.QtWidgets import QColorDialog, QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from live_monitor.engine.signals.study_kinds import STUDY_COLORS, Parameter
from live_monitor.ui import icons
from live_monitor.ui.theme import Theme

_CHEVRON: Final = 14
_SWATCH: Final = 14
_OTHER: Final = "Other…"
#: How a colour role is called; the same in both themes.
COLOR_NAMES: Final[Mapping[str, str]] = {
    "accent": "Blue",
    "study_1": "Blue",
    "study_2": "Ochre",
    "study_3": "Violet",
    "study_4": "Aqua",
    "study_5": "Berry",
    "study_6": "Lime",
    "up": "As rising bars",
    "down": "As falling bars",
    "text": "As text",
    "muted": "Grey",
}
#: What words of the settings mean.
SPOKEN: Final[Mapping[str, str]] = {
    "close": "Close",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "hl2": "(High + low) / 2",
    "hlc3": "(High + low + close) / 3",
    "ohlc4": "(Open + high + low + close) / 4",
    "vwap": "Mean price of the bar",
    "regular": "Regular session",
    "all": "Before and after it too",
}


def color_of(theme: Theme, color: str) -> QColor:
    """The colour of a role or of `#rrggbb`."""
    return QColor(color) if color.startswith("#") else theme.color(color)


def swatch(theme: Theme, color: str, px: int = _SWATCH) -> QIcon:
    """A square of a colour, sharp on screens of single and double density."""
    icon = QIcon()
    for ratio in (1, 2):
        pixmap = QPixmap(QSize(px * ratio, px * ratio))
        pixmap.fill(color_of(theme, color))
        pixmap.setDevicePixelRatio(ratio)
        icon.addPixmap(pixmap)
        # Else Qt tints it in a row that is marked.
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


class ChoiceField(QComboBox):
    """A list of a few words with a chevron of our own. The wheel scrolls the page rather than the value."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in the colours of `theme`."""
        self._theme = theme
        self.update()

    def offer(self, words: Sequence[str]) -> None:
        """The words to choose from, in their order."""
        for word in words:
            self.addItem(SPOKEN.get(word, word), word)

    def value(self) -> str:
        """The chosen word."""
        return str(self.currentData())

    def set_value(self, word: str) -> None:
        """Shows `word` without a signal."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(word))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        pixmap = icons.pixmap("chevron-down", self._theme, "muted", _CHEVRON, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(self.width() - 6 - _CHEVRON, (self.height() - _CHEVRON) // 2), pixmap)
        painter.end()


class ColorField(ChoiceField):
    """The colours of the theme by name, and any other one from Qt's own page, which is not modal."""

    #: Another colour was chosen. Payload: a role or `#rrggbb`.
    color_chosen = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, roles: Sequence[str] = STUDY_COLORS) -> None:
        """`roles`: the colours of the theme that are offered, each of them named in `COLOR_NAMES`."""
        super().__init__(theme, parent)
        self._roles = tuple(roles)
        self._color = self._roles[0]
        for role in self._roles:
            self.addItem(swatch(theme, role), COLOR_NAMES[role], role)
        none = QPixmap(QSize(_SWATCH, _SWATCH))
        none.fill(Qt.GlobalColor.transparent)
        # So that its name stands in line with the others.
        self.addItem(QIcon(none), _OTHER, "")
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.activated.connect(self._on_activated)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for index in range(self.count()):
            color = str(self.itemData(index))
            if color:
                self.setItemIcon(index, swatch(theme, color))

    def set_value(self, word: str) -> None:
        self._color = word
        if self.findData(word) < 0:
            self._offer_own(word)
        super().set_value(word)

    def _offer_own(self, color: str) -> None:
        """One row for a colour that is none of the theme's, above the one that leads to others."""
        with QSignalBlocker(self):
            while self.count() > len(self._roles) + 1:
                self.removeItem(len(self._roles))
            self.insertItem(len(self._roles), swatch(self._theme, color), color.upper(), color)

    def _on_activated(self, index: int) -> None:
        color = str(self.itemData(index))
        if not color:
            self.set_value(self._color)
            self._open_page()
        elif color != self._color:
            self._color = color
            self.color_chosen.emit(color)

    def _open_page(self) -> None:
        page = QColorDialog(color_of(self._theme, self._color), self)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.setWindowTitle(self.accessibleName())
        page.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        page.setModal(False)
        page.colorSelected.connect(lambda color: self.take(color.name()))
        page.show()

    def take(self, color: str) -> None:
        """Takes a colour as if it had been chosen from the list."""
        self.set_value(color)
        self.color_chosen.emit(color)


class WholeField(QSpinBox):
    """A whole number; told when it is whole, not at every key. The wheel scrolls the page."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(int(parameter.least), int(parameter.most))
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.setKeyboardTracking(False)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            event.ignore()


class DecimalField(QDoubleSpinBox):
    """A number with decimals; told when it is whole, not at every key. 0 reads "automatic" where it may be 0."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # As numbers are written everywhere here, whatever the country of the machine.
        self.setLocale(QLocale.c())
        self.setDecimals(2 if parameter.least > 0 else 4)
        self.setSingleStep(0.1 if parameter.least > 0 else 0.01)
        self.setRange(parameter.least, parameter.most)
        if parameter.least == 0:
            self.setSpecialValueText("automatic")
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setKeyboardTracking(False)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            event.ignore()
