"""Every kind of study, found by typing a part of its name."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QLabel, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from live_monitor.engine.signals.study_kinds import CATALOG, StudyKind
from live_monitor.ui.command_palette import match_rank

_KIND = Qt.ItemDataRole.UserRole
_STEPS = {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}


class Catalogue(QWidget):
    """A field and a list. Enter, a double click or the button adds; arrows move through the list from the field."""

    #: Put one on the chart. Payload: a name of `study_kinds.CATALOG`.
    add_requested = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Find an indicator")
        self.field.setAccessibleName("Find an indicator")
        self.field.setAccessibleDescription("Type a part of its name; Enter puts it on the chart")
        self.field.setMaxLength(40)
        self.field.setClearButtonEnabled(False)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._add)
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Indicators to add")
        self.list.setUniformItemSizes(True)
        self.list.setProperty("popup", True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(self._add)
        self.list.currentItemChanged.connect(self._tell)
        self.about = QLabel(self)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setProperty("muted", True)
        self.about.setWordWrap(True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.about.setMinimumHeight(3 * self.about.fontMetrics().lineSpacing())
        self.button = QPushButton("Add to the chart", self)
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.about)
        layout.addWidget(self.button)
        self._filter("")

    def current(self) -> str:
        """The name of the kind that is marked; empty when none matches."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(_KIND))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Arrows in the field move through the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _STEPS:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def _filter(self, typed: str) -> None:
        ranked = [(rank, kind) for kind in CATALOG.values() if (rank := _rank(typed, kind)) is not None]
        self.list.clear()
        for _, kind in sorted(ranked, key=lambda pair: pair[0]):
            item = QListWidgetItem(kind.title)
            item.setData(_KIND, kind.name)
            item.setToolTip(kind.about)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._tell()

    def _tell(self) -> None:
        kind = CATALOG.get(self.current())
        self.about.setText("No indicator of that name." if kind is None else kind.about)
        self.button.setEnabled(kind is not None)

    def _add(self) -> None:
        if self.current():
            self.add_requested.emit(self.current())


def _rank(typed: str, kind: StudyKind) -> int | None:
    """How well the title or the short name answers to what was typed; lower is better."""
    ranks = [rank for text in (kind.title, kind.short) if (rank := match_rank(typed, text)) is not None]
    return min(ranks, default=None)
