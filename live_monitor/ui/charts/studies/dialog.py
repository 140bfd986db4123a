"""The page of indicators: find one, put it on the chart, set it; applied at once, and never modal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from live_monitor.engine.signals import study_list
from live_monitor.engine.signals.study import StudyChoice
from live_monitor.ui.charts.studies.catalogue import Catalogue
from live_monitor.ui.charts.studies.chosen import ChosenList
from live_monitor.ui.charts.studies.form import StudyForm
from live_monitor.ui.theme import Theme

_SIZE: Final = (904, 568)
_LIST_WIDTH: Final = 232
_EMPTY: Final = "Nothing lies on the chart yet. Add an indicator from the list, or begin with the usual ones."
_UNPICKED: Final = "Add an indicator from the list; its settings stand here."


class StudiesDialog(QDialog):
    """Beside the chart, which shows every change at once. Main thread."""

    #: The indicators are others now. Payload: list of StudyChoice, in their order.
    changed = pyqtSignal(object)

    def __init__(self, theme: Theme, choices: Sequence[StudyChoice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices: list[StudyChoice] = list(choices)
        self.setWindowTitle("Indicators")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.catalogue = Catalogue(self)
        self.chosen = ChosenList(theme, self)
        self.form: StudyForm | None = None
        self.note = _label("", self)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self.usual = self._button("Usual indicators", "EMA 9 and 20, VWAP with bands, average volume", self._take_usual)
        self.up = self._button("Up", "Move up (Ctrl+Up)", lambda: self._move(self.chosen.current(), -1))
        self.down = self._button("Down", "Move down (Ctrl+Down)", lambda: self._move(self.chosen.current(), 1))
        self.remove = self._button("Remove", "Take it off the chart (Delete)", self._remove_current)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._lay_out()
        self._wire()
        self.chosen.set_choices(self._choices)
        self._show_form()
        self._tell()
        self.resize(*_SIZE)
        self.catalogue.field.setFocus()

    def _button(self, text: str, tip: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        button.setToolTip(tip)
        button.clicked.connect(run)
        return button

    def _lay_out(self) -> None:
        columns = QHBoxLayout(self)
        columns.setContentsMargins(24, 24, 24, 24)
        columns.setSpacing(24)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.up, self.down, self.remove):
            buttons.addWidget(button)
        middle = QVBoxLayout()
        middle.setSpacing(8)
        for widget in (self.chosen, self.note, self.usual):
            middle.addWidget(widget)
        middle.addLayout(buttons)
        for caption, side, stretch in (("Add", self.catalogue, 0), ("On the chart", middle, 0)):
            columns.addLayout(self._titled(caption, side), stretch)
        columns.addWidget(self._scroll, 1)
        self.catalogue.setFixedWidth(_LIST_WIDTH)
        self.chosen.setFixedWidth(_LIST_WIDTH)

    def _titled(self, caption: str, content: QWidget | QVBoxLayout) -> QVBoxLayout:
        column, label = QVBoxLayout(), _label(caption, self)
        label.setProperty("muted", True)
        column.setSpacing(8)
        column.addWidget(label)
        if isinstance(content, QWidget):
            column.addWidget(content, 1)
        else:
            column.addLayout(content, 1)
        return column

    def _wire(self) -> None:
        self.catalogue.add_requested.connect(self._add)
        self.chosen.picked.connect(lambda _study: self._show_form())
        self.chosen.toggle_requested.connect(lambda study: self._take(study_list.toggled(self._choices, study)))
        self.chosen.remove_requested.connect(lambda study: self._take(study_list.removed(self._choices, study)))
        self.chosen.up_requested.connect(lambda study: self._move(study, -1))
        self.chosen.down_requested.connect(lambda study: self._move(study, 1))
        self.chosen.reordered.connect(self._reorder)

    # What the owner calls

    @property
    def choices(self) -> list[StudyChoice]:
        """The indicators as they are now."""
        return list(self._choices)

    def set_choices(self, choices: Sequence[StudyChoice]) -> None:
        """Takes over what was changed elsewhere; tells nobody."""
        if list(choices) != self._choices:
            self._choices = list(choices)
            self._refresh()

    def pick(self, study: str) -> None:
        """Shows the settings of the one with this id."""
        self.chosen.pick(study)

    def set_theme(self, theme: Theme) -> None:
        """Repaints swatches and chevrons in the colours of `theme`."""
        self._theme = theme
        self.chosen.set_theme(theme, self._choices)
        if self.form is not None:
            self.form.set_theme(theme)

    # What the person does

    def _add(self, kind: str) -> None:
        try:
            choices = study_list.added(self._choices, kind)
        except ValueError as error:
            self.note.setText(str(error))
            self.note.show()
            return
        self._take(choices)
        self.chosen.pick(choices[-1].id)

    def _take_usual(self) -> None:
        self._take(study_list.usual())

    def _remove_current(self) -> None:
        self._take(study_list.removed(self._choices, self.chosen.current()))

    def _move(self, study: str, by: int) -> None:
        self._take(study_list.moved(self._choices, study, by))

    def _reorder(self, ids: list[str]) -> None:
        by_id = {choice.id: choice for choice in self._choices}
        self._take([by_id[study] for study in ids])

    def _on_form_changed(self, choice: StudyChoice) -> None:
        self._take(study_list.replaced(self._choices, choice))

    def _take(self, choices: list[StudyChoice]) -> None:
        if choices != self._choices:
            self._choices = choices
            self._refresh()
            self.changed.emit(list(choices))

    def _refresh(self) -> None:
        self.chosen.set_choices(self._choices)
        self._show_form()
        self._tell()

    def _show_form(self) -> None:
        """The form of the row that is looked at; the one that stands there stays when it fits."""
        study = self.chosen.current()
        choice = next((choice for choice in self._choices if choice.id == study), None)
        self._tell_buttons()
        if self.form is not None and choice is not None and self.form.choice.id == study:
            self.form.set_choice(choice)
            return
        if choice is None:
            self.form = None
            hint = _label(_UNPICKED, self)
            hint.setProperty("muted", True)
            hint.setAlignment(Qt.AlignmentFlag.AlignTop)
            hint.setWordWrap(True)
            self._scroll.setWidget(hint)
            return
        self.form = StudyForm(self._theme, choice, self)
        self.form.changed.connect(self._on_form_changed)
        # What stood there before is deleted by the scroll area.
        self._scroll.setWidget(self.form)

    def _tell(self) -> None:
        empty = not self._choices
        self.note.setText(_EMPTY if empty else "")
        self.note.setVisible(empty)
        self.usual.setVisible(empty)

    def _tell_buttons(self) -> None:
        row, count = self.chosen.currentRow(), self.chosen.count()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        self.remove.setEnabled(row >= 0)


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
