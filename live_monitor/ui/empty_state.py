"""Before there is a provider: three ways to start, each working at once."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from live_monitor.ui import icons
from live_monitor.ui.theme import Theme

_QUESTION: Final = "Where shall prices come from?"
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
        self._buttons: list[tuple[QPushButton, str, str]] = []
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
            if name == "simulated":
                button.setProperty("primary", True)
            self._buttons.append((button, name, "on_accent" if name == "simulated" else "muted"))
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(1)
        layout.addWidget(self.title)
        layout.addWidget(self.detail)
        layout.addSpacing(8)
        layout.addLayout(row)
        layout.addStretch(2)
        self.set_theme(theme)

    def set_reason(self, title: str, reason: str) -> None:
        """Says why there is nothing to see, with the remedy; two empty texts: nothing was chosen yet."""
        self.title.setText(title or _QUESTION)
        self.detail.setText(reason or _OFFER)

    def set_theme(self, theme: Theme) -> None:
        """Icons in the colours of another theme."""
        for button, name, role in self._buttons:
            button.setIcon(icons.icon(name, theme, role))


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
