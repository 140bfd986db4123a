"""One quiet card for what went wrong in the program itself: never modal, never more than one.

Later problems join the card that is open. What the person has put away does not come back.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from live_monitor.ui.theme import Theme

MAX_ENTRIES: Final = 20
_WIDTH: Final = 460
_MARGIN: Final = 16
#: Above the status bar.
_BOTTOM: Final = 40


class Entry(NamedTuple):
    """A line for the person, and what a developer would want to see ("" when there is nothing more)."""

    text: str
    detail: str


class ProblemPanel(QFrame):
    """Lies over the lower right corner of `window`. Main thread."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._entries: dict[object, Entry] = {}
        self._put_away: set[object] = set()
        self.setProperty("card", True)
        self.setAutoFillBackground(True)
        self.setAccessibleName("Problem")
        self.text = QLabel(self)
        # Messages carry text from outside, which Qt would otherwise take for HTML when it looks like it.
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.detail = QPlainTextEdit(self)
        self.detail.setReadOnly(True)
        self.detail.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.detail.setMinimumHeight(180)
        self.detail.setAccessibleName("Details of the problem")
        self.detail.hide()
        self.more = _button("Details", self)
        self.more.setCheckable(True)
        self.copy = _button("Copy", self)
        self.dismiss = _button("Dismiss", self)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self.more, self.copy, self.dismiss):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.text)
        column.addWidget(self.detail)
        column.addLayout(row)
        self.more.toggled.connect(self._show_detail)
        self.copy.clicked.connect(self._copy)
        self.dismiss.clicked.connect(self.put_away)
        self.set_theme(theme)
        self.hide()
        window.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """The face of the details."""
        self.detail.setFont(theme.font(12))

    def show_problem(self, key: object, text: str, detail: str = "") -> None:
        """Shows `text`, or brings the line of the same `key` up to date; nothing when that key was put away."""
        if key in self._put_away:
            return
        self._entries[key] = Entry(text, detail)
        if len(self._entries) > MAX_ENTRIES:
            del self._entries[next(iter(self._entries))]
        self._fill()

    def put_away(self) -> None:
        """Closes the card; its problems are not shown again in this run."""
        self._put_away |= self._entries.keys()
        self._entries.clear()
        self.more.setChecked(False)
        self.hide()

    @property
    def shown(self) -> list[Entry]:
        """What the card says now, oldest first."""
        return list(self._entries.values())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        # Not `isVisible`: a notice of the start comes before its window is shown, which may still change its size.
        if event is not None and event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def _fill(self) -> None:
        entries = self.shown
        self.text.setText("\n".join(entry.text for entry in entries[-3:]))
        details = "\n\n".join(f"{entry.text}\n{entry.detail}" for entry in entries if entry.detail)
        if details != self.detail.toPlainText():
            self.detail.setPlainText(details)
        self.more.setVisible(bool(details))
        self.setAccessibleDescription(entries[-1].text)
        self._place()
        self.show()
        self.raise_()

    def _show_detail(self, shown: bool) -> None:
        self.detail.setVisible(shown)
        self._place()

    def _place(self) -> None:
        width = min(_WIDTH, self._window.width() - 2 * _MARGIN)
        self.setFixedWidth(width)
        # Before its window is shown, a label measures its text in a font that it will not have.
        self.text.ensurePolished()
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else self.sizeHint().height()
        height = min(height, self._window.height() - _BOTTOM - _MARGIN)
        self.setGeometry(
            self._window.width() - width - _MARGIN, self._window.height() - height - _BOTTOM, width, height
        )

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText("\n\n".join(f"{entry.text}\n{entry.detail}".strip() for entry in self.shown))


def _button(text: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
