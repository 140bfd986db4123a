"""The settings of one study: what it computes, in which colours, how wide its lines are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from live_monitor.engine.signals.study import StudyChoice, checked
from live_monitor.engine.signals.study_choice import ABOVE, MAX_WIDTH, OWN, USUAL, panes_of
from live_monitor.engine.signals.study_kinds import CATALOG, Output, Parameter
from live_monitor.ui.charts.studies.fields import ChoiceField, ColorField, DecimalField, WholeField
from live_monitor.ui.theme import Theme

_CAPTION: Final = 124
_FIELD: Final = 184
_WIDTH: Final = Parameter("width", "Width of lines", 1, 1, MAX_WIDTH)

#: What the places of a study are called, by the usual place of its kind.
_PANE_NAMES: Final = {
    ("price", USUAL): "over the prices",
    ("price", OWN): "a pane of its own",
    ("volume", USUAL): "over the volume",
    ("volume", OWN): "a pane of its own",
    ("own", USUAL): "its own pane",
    ("own", ABOVE): "the pane above",
}

Field = WholeField | DecimalField | ChoiceField


class StudyForm(QWidget):
    """Fields of one choice, made for its kind. What is changed is told at once; what cannot be is said in place."""

    #: The choice was changed to another that can be used. Payload: StudyChoice.
    changed = pyqtSignal(object)

    def __init__(self, theme: Theme, choice: StudyChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choice = choice
        self._kind = CATALOG[choice.kind]
        #: Fields by the name of their parameter.
        self.fields: dict[str, Field] = {}
        #: Fields by the key of the first output that they colour.
        self.colors: dict[str, ColorField] = {}
        self._captions: dict[str, QLabel] = {}
        self.title = _label(self._kind.title, self)
        self.title.setProperty("heading", True)
        about = _label(self._kind.about, self)
        about.setProperty("muted", True)
        about.setWordWrap(True)
        self.objection = _label("", self)
        self.objection.setProperty("refused", True)
        self.objection.setWordWrap(True)
        self.objection.hide()
        self.defaults = QPushButton("Defaults", self)
        self.defaults.setAutoDefault(False)
        self.defaults.setToolTip("Settings and colours as they were at first")
        self.defaults.clicked.connect(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(12)
        for widget in (self.title, about):
            layout.addWidget(widget)
        layout.addLayout(self._grid())
        layout.addWidget(self.objection)
        layout.addWidget(self.defaults, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
        self._show()

    @property
    def choice(self) -> StudyChoice:
        """The choice as it is now."""
        return self._choice

    def set_choice(self, choice: StudyChoice) -> None:
        """Takes over what was changed elsewhere; of the same kind and id."""
        if choice != self._choice:
            self._choice = choice
            self._show()

    def set_theme(self, theme: Theme) -> None:
        """Repaints swatches and chevrons."""
        for field in (*self.fields.values(), *self.colors.values()):
            if isinstance(field, ChoiceField):
                field.set_theme(theme)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, _CAPTION)
        grid.setColumnStretch(1, 1)
        for parameter in self._kind.parameters:
            self._add(grid, parameter.name, parameter.label, self._field(parameter))
        for name, outputs in self._groups():
            field = self.colors[outputs[0].key] = ColorField(self._theme, self)
            field.color_chosen.connect(lambda color, outputs=outputs: self._recolor(outputs, color))
            self._add(grid, outputs[0].key, f"Colour of {name}", field, caption=name)
        # Shares by price are bars; everything else has a line.
        if self._kind.outputs[0].style != "histogram" or self._kind.pane == "own":
            self._add(grid, _WIDTH.name, _WIDTH.label, self._field(_WIDTH, name="line width"))
        panes = panes_of(self._kind)
        if len(panes) > 1:
            places = self.fields["pane"] = ChoiceField(self._theme, self)
            places.offer([_PANE_NAMES[(self._kind.pane, pane)] for pane in panes])
            places.currentIndexChanged.connect(self._edited)
            self._add(grid, "pane", "Pane", places)
        return grid

    def _groups(self) -> Iterator[tuple[str, list[Output]]]:
        """Outputs that get their colour together, by what that is called."""
        groups: dict[str, list[Output]] = {}
        for output in self._kind.outputs:
            groups.setdefault(output.group or output.label, []).append(output)
        return iter(groups.items())

    def _add(self, grid: QGridLayout, key: str, spoken: str, field: QWidget, caption: str = "") -> None:
        row, label = grid.rowCount(), _label(caption or spoken, self)
        label.setProperty("muted", True)
        field.setAccessibleName(f"{self._kind.short}: {spoken}")
        field.setFixedWidth(_FIELD)
        grid.addWidget(label, row, 0)
        grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)
        self._captions[key] = label

    def _field(self, parameter: Parameter, name: str = "") -> Field:
        made: Field
        if parameter.choices:
            made = ChoiceField(self._theme, self)
            made.offer(parameter.choices)
            made.currentIndexChanged.connect(self._edited)
        elif parameter.whole:
            made = WholeField(parameter, self)
            made.valueChanged.connect(self._edited)
        else:
            made = DecimalField(parameter, self)
            made.valueChanged.connect(self._edited)
        self.fields[name or parameter.name] = made
        return made

    def _show(self) -> None:
        """Shows the choice without a signal."""
        pane = _PANE_NAMES.get((self._kind.pane, self._choice.pane), "")
        values: dict[str, float | str] = {
            **self._choice.parameters, "line width": self._choice.width, "pane": pane,
        }  # fmt: skip
        for name, field in self.fields.items():
            value = values[name]
            if isinstance(field, ChoiceField):
                field.set_value(str(value))
                continue
            with QSignalBlocker(field):
                if isinstance(field, WholeField):
                    field.setValue(int(value))
                else:
                    field.setValue(float(value))
        roles = {output.key: output.role for output in self._kind.outputs}
        for key, field in self.colors.items():
            field.set_value(self._choice.colors.get(key, roles[key]))
        self._show_those_in_use()
        self._object("")

    def _show_those_in_use(self) -> None:
        """Colours of bands that are switched off are not asked for."""
        bands = self._choice.parameters.get("bands")
        for key, field in self.colors.items():
            used = bands is None or not key.startswith("upper_") or int(key.removeprefix("upper_")) <= int(bands)
            field.setVisible(used)
            self._captions[key].setVisible(used)

    def _edited(self) -> None:
        values = {name: _value(field) for name, field in self.fields.items()}
        width = values.pop("line width", self._choice.width)
        named = values.pop("pane", "")
        pane = next((key for (_, key), name in _PANE_NAMES.items() if name == named), self._choice.pane)
        self._offer(msgspec.structs.replace(self._choice, parameters=values, width=int(width), pane=pane))

    def _recolor(self, outputs: list[Output], color: str) -> None:
        colors = {**self._choice.colors, **{output.key: color for output in outputs}}
        self._offer(msgspec.structs.replace(self._choice, colors=colors))

    def _reset(self) -> None:
        self._offer(msgspec.structs.replace(self._choice, parameters={}, colors={}, width=1, pane=USUAL))
        self._show()

    def _offer(self, choice: StudyChoice) -> None:
        try:
            good = checked(choice)
        except ValueError as error:
            self._object(f"{error}.")
            return
        self._object("")
        if good != self._choice:
            self._choice = good
            self._show_those_in_use()
            self.changed.emit(good)

    def _object(self, text: str) -> None:
        self.objection.setText(text)
        self.objection.setVisible(bool(text))


def _value(field: Field) -> float | str:
    return field.value()


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
