"""The day journal: what a day brought, and what the person notes about it; kept while it is typed."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QEvent, QObject, QSignalBlocker, Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from live_monitor.data.models.orders import DayFacts
from live_monitor.ui.figure_list import Figure, FigureList
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.paper_words import gain, gain_role, money
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_body import note_label

#: A pause in typing after which a note is written to the ledger: each one is an entry for good.
PAUSE_MS: Final = 2_000
MAX_NOTE: Final = 20_000
_PLACEHOLDER: Final = "What did you plan, what did you do, what would you do again?"
_ABOUT: Final = "Notes are kept in the ledger beside the trades of their day."


class DayJournal(QWidget):
    """Days on the left, figures and the note of the chosen one on the right. Main thread."""

    #: Keep a note. Payload: exchange day (ISO), the whole text.
    note_written = pyqtSignal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paper: PaperView | None = None
        self._seen: tuple[int, str] = (-1, "")
        self._account = ""
        self._day = ""
        self._written = ""
        #: The note before the last one that was written: where that could not be kept, it comes back.
        self._before = ""
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Days of the journal")
        self.list.setFixedWidth(112)
        self.list.setProperty("days", True)
        # Qt's own delegate ignores the height of rows that the style sheet gives.
        self.list.setItemDelegate(QStyledItemDelegate(self.list))
        self.view = self.list
        self.figures = FigureList("What the day brought", theme, self)
        self.text = QPlainTextEdit(self)
        self.text.setAccessibleName("Note of the day")
        self.text.setPlaceholderText(_PLACEHOLDER)
        self.text.setTabChangesFocus(True)
        self.text.installEventFilter(self)
        self.state = note_label(_ABOUT, self)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.flush)
        self.text.textChanged.connect(self._on_typed)
        self.list.currentItemChanged.connect(self._on_day)
        self._lay_out()

    @property
    def day(self) -> str:
        """The chosen day (ISO); empty before there is one."""
        return self._day

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.figures.set_theme(theme)

    def refresh(self, paper: PaperView, now_ms: int) -> None:
        """Takes over days, figures and notes; what is being typed stays."""
        seen = (paper.version, paper.account_id)
        if seen == self._seen:
            return
        self._seen = seen
        if paper.account_id != self._account:
            # Before the notes of another account are read: this one belongs to the one that was shown.
            self._pause.stop()
            self._account, self._day, self._written, self._before = paper.account_id, "", "", ""
            with QSignalBlocker(self.text):
                self.text.clear()
            with QSignalBlocker(self.list):
                self.list.clear()
        self._paper = paper
        self._take_days(paper)
        self._show_day(paper)

    def flush(self) -> None:
        """Writes what is typed and not kept yet; also before the program ends or another account is shown."""
        self._pause.stop()
        text = self.text.toPlainText()
        if self._day and text != self._written:
            self._before, self._written = self._written, text
            self.state.setText("Written.")
            self.note_written.emit(self._day, text)

    def refused(self, reason: str) -> None:
        """The note that was written last is not kept; it stays in its field and is written with the next change."""
        self._written = self._before
        self.state.setText(f"Not kept: {reason}")

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if watched is self.text and event is not None and event.type() == QEvent.Type.FocusOut:
            self.flush()
        return super().eventFilter(watched, event)

    def _take_days(self, paper: PaperView) -> None:
        days = list(paper.days())
        if days == [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.list.count())]:  # type: ignore[union-attr] # rows that exist
            return
        with QSignalBlocker(self.list):
            self.list.clear()
            for day in days:
                item = QListWidgetItem(day, self.list)
                item.setData(Qt.ItemDataRole.UserRole, day)
            at = days.index(self._day) if self._day in days else 0
            self.list.setCurrentRow(at if days else -1)
        if days and days[at] != self._day:
            self._choose(days[at])

    def _show_day(self, paper: PaperView) -> None:
        self.text.setEnabled(bool(self._day))
        if not self._day:
            return
        self.figures.show_figures(day_figures(paper.day_facts(self._day)))
        kept, typed = paper.note(self._day), self.text.toPlainText()
        if kept == self._written or typed != self._written:
            return
        if kept == self._before:
            self.refused("the ledger could not take it. What is typed stays here until it can.")
        else:
            self._put(kept)

    def _choose(self, day: str) -> None:
        self.flush()
        self._day = day
        if self._paper is not None:
            self._put(self._paper.note(day))
            self._show_day(self._paper)
        self.state.setText(_ABOUT)

    def _put(self, note: str) -> None:
        self._written = self._before = note
        with QSignalBlocker(self.text):
            self.text.setPlainText(note)

    def _on_day(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is not None:
            self._choose(str(item.data(Qt.ItemDataRole.UserRole)))

    def _on_typed(self) -> None:
        if len(self.text.toPlainText()) > MAX_NOTE:
            self.text.undo()
            self.state.setText(f"A note has {MAX_NOTE:,} characters at most.")
            return
        self.state.setText("Typing…")
        self._pause.start()

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(12, 8, 12, 8)
        right.setSpacing(8)
        right.addWidget(self.figures)
        right.addWidget(self.text, 1)
        right.addWidget(self.state)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.list)
        layout.addLayout(right, 1)


def day_figures(facts: DayFacts | None) -> tuple[Figure, ...]:
    """What a day brought; nothing where it is not known."""
    if facts is None:
        return ()
    change = facts.net_liq_end - facts.net_liq_start
    return (
        Figure("Net liq", money(facts.net_liq_end)),
        Figure("Day change", gain(change), gain_role(change), bold=True),
        Figure("Realized", gain(facts.realized), gain_role(facts.realized)),
        Figure("Fees", money(facts.fees)),
        Figure("Trades", str(facts.trades)),
    )
