"""Settings of a paper account: fills, costs, rights and limits. Not modal: the market goes on behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from live_monitor.data.models.orders import AccountSettings
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.settings_pages import AccountPage, FillsPage, RiskPage
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_body import note_label

_NOTE: Final = "Takes effect at once, for working orders too; what is filled stays as it is."
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_SIZE: Final = (480, 640)
#: So many of what was left out of a list are named.
_MOST_NAMED: Final = 3


class PaperSettingsDialog(QDialog):
    """Three pages; nothing changes before Save. Main thread."""

    #: Let the account trade in this way; who listens closes the dialog, or says with `refused` why not. Payload:
    #: AccountSettings.
    settings_requested = pyqtSignal(object)
    #: Symbols are to be read from a workbook; no payload: see `set_whitelist`.
    workbook_asked = pyqtSignal()
    #: Shift+Esc, which works everywhere: flattening matters more than what is typed here. No payload.
    flatten_asked = pyqtSignal()

    def __init__(self, theme: Theme, name: str, settings: AccountSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(f"Settings of {name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.badge = PaperBadge(theme, self)
        self.fills = FillsPage(theme, self)
        self.account = AccountPage(theme, self)
        self.risk = RiskPage(self)
        self.pages = QTabWidget(self)
        self.pages.setDocumentMode(True)
        for page, title in ((self.fills, "Fills"), (self.account, "Account"), (self.risk, "Risk")):
            page.show_settings(settings)
            area = QScrollArea(self)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidgetResizable(True)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setWidget(page)
            self.pages.addTab(area, title)
        self.note = note_label(_NOTE, self, lines=2)
        self.save = QPushButton("Save", self)
        self.save.setDefault(True)
        self.save.clicked.connect(lambda _on: self._save())
        self.leave = QPushButton("Cancel", self)
        self.leave.setAutoDefault(False)
        self.leave.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.badge)
        foot.addStretch(1)
        foot.addWidget(self.leave)
        foot.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.note)
        layout.addLayout(foot)
        self.risk.workbook_asked.connect(self.workbook_asked)
        self.resize(*_SIZE)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.badge.set_theme(theme)

    def wait_for(self, name: str) -> None:
        """Symbols are being read from a file; ends with `set_whitelist` or `refused`."""
        self.risk.workbook.setEnabled(False)
        self._say(f"{name} is being read.")

    def set_whitelist(self, symbols: Sequence[str], left_out: Sequence[str], name: str) -> None:
        """Shows symbols that were read from a file, kept with Save, and says what is no symbol there."""
        rest = f" Left out, as no symbol: {_named(left_out)}." if left_out else ""
        if not symbols:
            # An empty list would allow every symbol.
            self.refused(f"{name} holds no symbol; the list stays as it is.{rest}")
            return
        self.risk.workbook.setEnabled(True)
        self.risk.set_symbols(symbols)
        count = "1 symbol" if len(symbols) == 1 else f"{len(symbols):,} symbols"
        self._say(f"{count} of {name}; Save keeps them.{rest}")

    def refused(self, text: str) -> None:
        """Says why something cannot be done."""
        self.risk.workbook.setEnabled(True)
        self._say(text)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape and event.modifiers() == _SHIFT:
            self.close()
            self.flatten_asked.emit()
            return
        super().keyPressEvent(event)

    def _save(self) -> None:
        settings = self._settings
        for at, page in enumerate((self.fills, self.account, self.risk)):
            try:
                settings = page.read(settings)
            except ValueError as error:
                self.pages.setCurrentIndex(at)
                self._say(str(error))
                return
        if settings == self._settings:
            self.close()
            return
        self.settings_requested.emit(settings)

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setProperty("role", "warning")
        style = self.note.style()
        if style is not None:
            style.unpolish(self.note)
            style.polish(self.note)


def _named(left_out: Sequence[str]) -> str:
    """The first of what was left out, and how many more."""
    more = len(left_out) - _MOST_NAMED
    return ", ".join(left_out[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
