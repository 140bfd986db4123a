"""Where bars are kept, and for how long: a small page that says what it does, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from live_monitor.settings import KEPT_TIMEFRAMES, MAX_KEEP_DAYS
from live_monitor.ui.timeframes import spoken

_NOTE: Final = "Older bars are let go while the program is idle. What you change here takes effect at the next start."
_PATH_WIDTH: Final = 420


class HistoryFacts(NamedTuple):
    """What is known of the kept bars.

    `shared`: the shared store in force, without secrets, or why there is none. `address`: the one that is set here.
    """

    folder: str
    size_bytes: int
    shared: str
    keep_days: Mapping[str, int]
    address: str = ""


class HistoryDialog(QDialog):
    """Not modal: the market goes on behind it."""

    #: Keep bars for so long from the next start on. Payload: dict of days by `1s`, `1m`, `1D`; 0 keeps for ever.
    keep_days_chosen = pyqtSignal(dict)
    #: Share bars in the store at this address from the next start on; empty: in none. Payload: as it was typed.
    address_chosen = pyqtSignal(str)

    def __init__(self, facts: HistoryFacts, objection: Callable[[str], str], parent: QWidget | None = None) -> None:
        """`objection` says in one line why an address cannot be used; empty where it can."""
        super().__init__(parent)
        self._objection = objection
        self.setWindowTitle("History")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        #: What is told, by caption.
        self.told: dict[str, QLabel] = {}
        for caption, text in (
            ("Kept in", facts.folder),
            ("On the disk", _size(facts.size_bytes)),
            ("Shared store", facts.shared),
        ):
            self._tell(grid, caption, text)
        #: Days by timeframe.
        self.days: dict[str, QSpinBox] = {}
        for name in KEPT_TIMEFRAMES:
            self._ask(grid, name, facts.keep_days.get(name, 0))
        self.address = self._ask_address(grid, facts.address)
        self.note = note = _label(_NOTE, self)
        note.setProperty("muted", True)
        note.setWordWrap(True)
        save, close = QDialogButtonBox.StandardButton.Save, QDialogButtonBox.StandardButton.Cancel
        buttons = QDialogButtonBox(save | close, self)
        buttons.accepted.connect(self._save)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(grid)
        layout.addWidget(note)
        layout.addWidget(buttons)

    def _tell(self, grid: QGridLayout, caption: str, text: str) -> None:
        row, value = grid.rowCount(), _label(text, self)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setWordWrap(True)
        value.setMinimumWidth(_PATH_WIDTH)
        value.setAccessibleName(caption)
        grid.addWidget(self._caption(caption), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, row, 1)
        self.told[caption] = value

    def _ask(self, grid: QGridLayout, name: str, days: int) -> None:
        row, field = grid.rowCount(), QSpinBox(self)
        field.setRange(0, MAX_KEEP_DAYS)
        field.setSpecialValueText("for ever")
        field.setSuffix(" days")
        field.setValue(days)
        # Arrows of Qt's style are none of ours; arrow keys and the wheel step all the same.
        field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        field.setFixedWidth(112)
        field.setAccessibleName(f"Days to keep bars of {spoken(name)}, 0 for ever")
        field.setToolTip("0 keeps them for ever")
        grid.addWidget(self._caption(f"Bars of {spoken(name)}"), row, 0)
        grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)
        self.days[name] = field

    def _ask_address(self, grid: QGridLayout, address: str) -> QLineEdit:
        row, field = grid.rowCount(), QLineEdit(address, self)
        field.setPlaceholderText("none, or http://host:8086 of an InfluxDB")
        field.setAccessibleName("Address of a shared store")
        field.setToolTip("User, password or token are not kept: they belong into INFLUX_TOKEN")
        grid.addWidget(self._caption("Share bars in"), row, 0)
        grid.addWidget(field, row, 1)
        return field

    def _caption(self, text: str) -> QLabel:
        label = _label(text, self)
        label.setProperty("muted", True)
        return label

    def _save(self) -> None:
        address = self.address.text().strip()
        objection = self._objection(address)
        if objection:
            self.note.setText(objection)
            self.address.setFocus()
            return
        self.keep_days_chosen.emit({name: field.value() for name, field in self.days.items()})
        self.address_chosen.emit(address)
        self.close()


def _size(count: int) -> str:
    if count <= 0:
        return "nothing yet"
    return f"{count / 1e9:,.2f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):,.1f} MB"


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
