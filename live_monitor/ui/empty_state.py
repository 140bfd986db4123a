"""Before there is a provider: three ways to start, each working at once."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from live_monitor.ui import icons
from live_monitor.ui.theme import Theme

_QUESTION: Final = "Where shall prices come from?"
#: The ways to start, in their order.
_WAYS: Final = ("simulated", "replay", "connect")
_OFFER: Final = "Each of the three works at once. You can change it at any time from the menu File."


class EmptyState(QWidget):
    """Stands where the chart will be."""

    #: Start the simulated market; no payload.
    simulated_requested = pyqtSignal()
    #: Choose a recorded session and play it; no payload.
    replay_requested = pyqtSignal()
    #: Connect to a server; no payload.
    connect_requested = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Start")
        self._theme = theme
        self._buttons: dict[str, QPushButton] = {}
        self.title = _label(_QUESTION, self)
        self.title.setProperty("heading", True)
        self.detail = _label(_OFFER, self)
        self.detail.setProperty("muted", True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch(1)
        for text, name, tip, request in (
            ("Simulated market", "simulated", "A believable market; no account needed", self.simulated_requested),
            ("Replay a session", "replay", "Play a recorded day from a file", self.replay_requested),
            ("Connect a provider", "connect", "Connect to a market data server", self.connect_requested),
        ):  # fmt: skip
            button = QPushButton(text, self)
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)
            button.setIconSize(QSize(18, 18))
            button.setMinimumHeight(40)
            button.clicked.connect(request)
            self._buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)
        self._row, self._first = row, "simulated"
        self._buttons[self._first].setProperty("primary", True)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(1)
        layout.addWidget(self.title)
        layout.addWidget(self.detail)
        layout.addSpacing(8)
        layout.addLayout(row)
        layout.addStretch(2)
        self.set_theme(theme)

    def set_reason(self, title: str, reason: str, connect_first: bool = False) -> None:
        """Says why there is nothing to see, with the remedy; two empty texts: nothing was chosen yet.

        `connect_first`: what was chosen needs something that only its page can give, so that this comes first.
        """
        self.title.setText(title or _QUESTION)
        self.detail.setText(reason if title else _OFFER)
        self._put_first("connect" if connect_first else "simulated")

    def _put_first(self, name: str) -> None:
        """Makes one way the main one, and lets it stand before the others."""
        if name == self._first:
            return
        self._first = name
        order = [name, *(other for other in _WAYS if other != name)]
        for other in order:
            button = self._buttons[other]
            button.setProperty("primary", other == name)
            if (style := button.style()) is not None:
                style.unpolish(button)
                style.polish(button)
            self._row.removeWidget(button)
        for place, other in enumerate(order, start=1):
            self._row.insertWidget(place, self._buttons[other])
        for before, after in pairwise(order):
            QWidget.setTabOrder(self._buttons[before], self._buttons[after])
        self.set_theme(self._theme)

    def set_theme(self, theme: Theme) -> None:
        """Icons in the colours of another theme."""
        self._theme = theme
        for name, button in self._buttons.items():
            button.setIcon(icons.icon(name, theme, "on_accent" if name == self._first else "muted"))


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
