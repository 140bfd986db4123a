"""Connect a provider: a page for each, tested before anything is kept. Not modal: the market goes on behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from live_monitor.data.models.provider_entries import ProviderEntry
from live_monitor.settings import ProviderSettings
from live_monitor.ui.connect_form import Candidate, ConnectPage, PageFacts, label, paint_role
from live_monitor.ui.connect_pages import ExcelPage, PlainPage, PolygonPage, RelayPage, SchwabPage
from live_monitor.ui.theme import Theme

_SIZE: Final = (700, 560)
_LIST: Final = 168
_NO_TEST: Final = frozenset({"sim", "replay"})
_DEEDS: Final = {"sim": "Start", "replay": "Choose a file…"}
_PAGES: Final[dict[str, Callable[[ProviderEntry, Theme, QWidget], ConnectPage]]] = {
    "relay": RelayPage,
    "polygon": PolygonPage,
    "tos_excel": ExcelPage,
    "schwab": SchwabPage,
}


class ConnectDialog(QDialog):
    """Nothing is kept before Connect, and Connect tests first. Main thread."""

    #: Try what is filled in; try it, keep it and use it. Payload: Candidate (as object).
    test_requested = pyqtSignal(object)
    connect_requested = pyqtSignal(object)
    #: Stop what is being tried; no payload.
    cancel_requested = pyqtSignal()
    #: Another page was opened. Payload: the id of its provider.
    page_opened = pyqtSignal(str)
    #: A page was made: whoever serves what it asks connects it. Payload: the id of its provider.
    page_made = pyqtSignal(str)

    def __init__(self, theme: Theme, entries: Sequence[ProviderEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Connect a provider")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Providers")
        self.list.setProperty("days", True)
        self.list.setFixedWidth(_LIST)
        self.stack = QStackedWidget(self)
        self._areas: dict[str, QScrollArea] = {}
        self._theme = theme
        self._entries: dict[str, ProviderEntry] = {entry.id: entry for entry in entries}
        #: Those that were opened, by the id of their provider: all at once would take longer than a frame.
        self.pages: dict[str, ConnectPage] = {}
        for entry in entries:
            item = QListWidgetItem(entry.title, self.list)
            item.setData(Qt.ItemDataRole.UserRole, entry.id)
        self.answer = label("", self)
        self.answer.setWordWrap(True)
        self.answer.setProperty("note", True)
        self.answer.setAccessibleName("Answer")
        self.answer.setMinimumHeight(34)
        self.test = QPushButton("Test", self)
        self.deed = QPushButton("Connect", self)
        self.leave = QPushButton("Close", self)
        self._busy = False
        self._lay_out()
        self.list.currentRowChanged.connect(self._on_page)
        self.test.clicked.connect(lambda _on: self._on_test())
        self.deed.clicked.connect(lambda _on: self._ask(self.connect_requested.emit))
        self.leave.clicked.connect(self.close)
        self.finished.connect(lambda _result: self.cancel_requested.emit())
        self.resize(*_SIZE)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.list)
        top.addWidget(self.stack, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.answer, 1)
        for button in (self.test, self.leave, self.deed):
            button.setAutoDefault(False)
            foot.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        self.deed.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(12)
        layout.addLayout(top, 1)
        layout.addLayout(foot)

    @property
    def page(self) -> ConnectPage:
        """The page in front."""
        names = list(self._entries)
        return self.page_of(names[max(self.list.currentRow(), 0)])

    def page_of(self, provider: str) -> ConnectPage:
        """The page of a provider, made when it is first asked for."""
        found = self.pages.get(provider)
        if found is None:
            found = self.pages[provider] = _PAGES.get(provider, PlainPage)(self._entries[provider], self._theme, self)
            found.edited.connect(self._on_edited)
            area = QScrollArea(self)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setWidgetResizable(True)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            area.setWidget(found)
            self.stack.addWidget(area)
            self._areas[provider] = area
            self.page_made.emit(provider)
        return found

    def open_page(self, provider: str) -> None:
        """Brings the page of a provider to the front."""
        names = list(self._entries)
        self.list.setCurrentRow(names.index(provider) if provider in names else 0)

    def begin(self, provider: str, settings: ProviderSettings) -> None:
        """Shows how a provider was asked for the last time; nothing is typed yet."""
        self.page_of(provider).begin(settings)

    def show_facts(self, provider: str, facts: PageFacts) -> None:
        """Shows what is known of a provider's keys."""
        self.page_of(provider).show_facts(facts)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        for page in self.pages.values():
            page.set_theme(theme)

    def wait(self, text: str) -> None:
        """Something is being tried, which can be cancelled."""
        self._busy = True
        self.test.setText("Cancel")
        self.test.setVisible(True)
        self.deed.setEnabled(False)
        self.list.setEnabled(False)
        self.say(text, "")

    def settle(self, text: str, role: str) -> None:
        """What was tried is over: its answer in a colour role (`up`, `warning`, `down`)."""
        self._busy = False
        self.test.setText("Test")
        self.list.setEnabled(True)
        self._fit_buttons()
        self.say(text, role)

    def say(self, text: str, role: str) -> None:
        """One line, with its remedy; plain text, whoever said it."""
        self.answer.setText(text)
        self.answer.setToolTip("")
        paint_role(self.answer, role)

    def _fit_buttons(self) -> None:
        provider = self.page.entry.id
        self.test.setVisible(self._busy or provider not in _NO_TEST)
        self.deed.setText(_DEEDS.get(provider, "Connect"))
        self.deed.setEnabled(not self._busy)

    def _on_page(self, _row: int) -> None:
        provider = self.page.entry.id
        self.stack.setCurrentWidget(self._areas[provider])
        # A page is made after the buttons, and would come behind them.
        for before, after in pairwise((self.list, *self.page.stops(), self.test, self.leave, self.deed)):
            self.setTabOrder(before, after)
        self._fit_buttons()
        self.say("", "")
        self.page_opened.emit(provider)

    def _on_edited(self) -> None:
        if not self._busy:
            self.say("", "")

    def _on_test(self) -> None:
        if self._busy:
            self.cancel_requested.emit()
        else:
            self._ask(self.test_requested.emit)

    def _ask(self, emit: Callable[[Candidate], object]) -> None:
        try:
            candidate = self.page.candidate()
        except ValueError as error:
            self.say(str(error), "warning")
        else:
            emit(candidate)
