"""The settings of one drawing: colour, width, pattern, text, prices of its points, where it is shown."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace
from PyQt6.QtCore import QLocale, QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from live_monitor.limits import MAX_PRICE, MAX_TEXT, MIN_PRICE
from live_monitor.ui.charts.drawings.levels import decimals
from live_monitor.ui.charts.drawings.values import Anchor, Drawing
from live_monitor.ui.charts.drawings.words import title_of
from live_monitor.ui.charts.studies.fields import ChoiceField, ColorField
from live_monitor.ui.theme import Theme
from live_monitor.ui.timeframes import BUTTONS, spoken

#: Colours that are offered: those that can be told apart on the panel, in both themes.
COLORS: Final = ("accent", "study_2", "study_3", "study_4", "study_5", "study_6", "up", "down", "text", "muted")
_WIDTHS: Final = {"1": "1 pixel", "2": "2 pixels", "3": "3 pixels", "4": "4 pixels"}
_PATTERNS: Final = {"solid": "Solid", "dashed": "Dashed", "dotted": "Dotted"}
_FIELD: Final = 184


class DrawingForm(QWidget):
    """Fields of the selected drawing. What is changed is told at once. Main thread."""

    #: Fields of the drawing are to be others. Payload: dict of names and values of `Drawing`.
    edited = pyqtSignal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.title = _label("", self)
        self.title.setProperty("heading", True)
        self._grid.addWidget(self.title, 0, 0, 1, 2)
        self.color = ColorField(theme, self, roles=COLORS)
        self.width_field = self._choice(theme, _WIDTHS)
        self.pattern = self._choice(theme, _PATTERNS)
        self.words = QLineEdit(self)
        self.words.setMaxLength(MAX_TEXT)
        self.words.setPlaceholderText("none")
        self.prices = (self._price(0), self._price(1))
        self.locked = QCheckBox("Locked: cannot be moved or deleted", self)
        self.shown = QCheckBox("Shown on the chart", self)
        self.everywhere = QCheckBox("On all lengths of bars", self)
        #: One button for each length of bars.
        self.lengths: dict[str, QToolButton] = {}
        self._captions: dict[str, QLabel] = {}
        self._lay_out()
        self._wire()

    def _choice(self, theme: Theme, words: dict[str, str]) -> ChoiceField:
        field = ChoiceField(theme, self)
        for word, name in words.items():
            field.addItem(name, word)
        return field

    def _price(self, point: int) -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        # As prices are written everywhere here; of another country's point a comma would become thousands.
        field.setLocale(QLocale.c())
        field.setRange(MIN_PRICE, MAX_PRICE)
        field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        field.setKeyboardTracking(False)
        field.valueChanged.connect(lambda value: self._put_price(point, value))
        return field

    def _lay_out(self) -> None:
        for name, field in (
            ("Colour", self.color),
            ("Width", self.width_field),
            ("Line", self.pattern),
            ("Text", self.words),
            ("Price", self.prices[0]),
            ("Second price", self.prices[1]),
        ):
            row, caption = self._grid.rowCount(), _label(name, self)
            caption.setProperty("muted", True)
            field.setAccessibleName(f"{name} of the drawing")
            field.setFixedWidth(_FIELD)
            self._captions[name] = caption
            self._grid.addWidget(caption, row, 0)
            self._grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)
        for box in (self.locked, self.shown, self.everywhere):
            self._grid.addWidget(box, self._grid.rowCount(), 0, 1, 2)
        chips = QHBoxLayout()
        chips.setSpacing(4)
        for name in BUTTONS:
            chip = QToolButton(self)
            chip.setText(name)
            chip.setCheckable(True)
            chip.setProperty("chip", True)
            chip.setAccessibleName(f"Shown on bars of {spoken(name)}")
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.clicked.connect(self._choose_lengths)
            self.lengths[name] = chip
            chips.addWidget(chip)
        chips.addStretch(1)
        row = self._grid.rowCount()
        self._grid.addLayout(chips, row, 0, 1, 2)
        self._grid.setRowStretch(row + 1, 1)

    def _wire(self) -> None:
        self.color.color_chosen.connect(lambda color: self._tell(color=color))
        self.width_field.activated.connect(lambda _row: self._tell(width=int(self.width_field.value())))
        self.pattern.activated.connect(lambda _row: self._tell(dash=self.pattern.value()))
        self.words.editingFinished.connect(self._put_words)
        self.locked.clicked.connect(lambda on: self._tell(locked=on))
        self.shown.clicked.connect(lambda on: self._tell(hidden=not on))
        self.everywhere.clicked.connect(self._choose_everywhere)

    def set_theme(self, theme: Theme) -> None:
        """Repaints swatches and chevrons."""
        for field in (self.color, self.width_field, self.pattern):
            field.set_theme(theme)

    def show_drawing(self, drawing: Drawing | None) -> None:
        """Shows the settings of a drawing; None: there is none to be set."""
        self._drawing = drawing
        self.setEnabled(drawing is not None)
        if drawing is None:
            self.title.setText("")
            return
        self.title.setText(title_of(drawing.kind))
        self.color.set_value(drawing.color)
        self.width_field.set_value(str(drawing.width))
        self.pattern.set_value(drawing.dash)
        if self.words.text() != drawing.text:
            self.words.setText(drawing.text)
        for point, field in enumerate(self.prices):
            fits = point < len(drawing.anchors) and drawing.kind != "vertical"
            field.setVisible(fits)
            self._captions[("Price", "Second price")[point]].setVisible(fits)
            if fits:
                self._show_price(field, drawing.anchors[point].price)
            field.setEnabled(not drawing.locked)
        for widget in (self.width_field, self.pattern, self._captions["Width"], self._captions["Line"]):
            widget.setVisible(drawing.kind != "text")
        self.locked.setChecked(drawing.locked)
        self.shown.setChecked(not drawing.hidden)
        self.everywhere.setChecked(not drawing.timeframes)
        for name, chip in self.lengths.items():
            chip.setChecked(not drawing.timeframes or name in drawing.timeframes)

    def _show_price(self, field: QDoubleSpinBox, price: float) -> None:
        with QSignalBlocker(field):
            field.setDecimals(decimals(price))
            field.setSingleStep(10.0 ** -decimals(price))
            field.setValue(price)

    def _put_price(self, point: int, value: float) -> None:
        drawing = self._drawing
        if drawing is not None and point < len(drawing.anchors):
            anchors = list(drawing.anchors)
            anchors[point] = Anchor(anchors[point].ms, value)
            self._tell(anchors=tuple(anchors))

    def _put_words(self) -> None:
        drawing, words = self._drawing, self.words.text().strip()
        if drawing is None or words == drawing.text:
            return
        if not words and drawing.kind == "text":
            # A text without words is none: what stood there stays.
            self.words.setText(drawing.text)
            return
        self._tell(text=words)

    def _choose_everywhere(self, on: bool) -> None:
        # Off: on every length that has a button, which can then be taken away one by one.
        self._tell(timeframes=() if on else tuple(self.lengths))

    def _choose_lengths(self) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        others = [name for name in drawing.timeframes if name not in self.lengths]
        chosen = tuple([name for name, chip in self.lengths.items() if chip.isChecked()] + others)
        if not chosen:
            # On none at all it would be lost to the eye: that is what hiding is for.
            self.show_drawing(drawing)
            return
        self._tell(timeframes=chosen)

    def _tell(self, **fields: Any) -> None:
        drawing = self._drawing
        if drawing is not None and replace(drawing, **fields) != drawing:
            self.edited.emit(fields)


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
