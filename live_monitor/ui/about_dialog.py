"""What this program is, its version and its licences."""

from __future__ import annotations

import platform

from PyQt6.QtCore import PYQT_VERSION_STR, QT_VERSION_STR, Qt
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from live_monitor import __version__
from live_monitor.ui import icons
from live_monitor.ui.theme import Theme

LICENCES = (
    "Live Monitor is free software under the GNU General Public License, version 3 or later. "
    "It comes without any warranty.\n\n"
    "Typeface: Inter, © The Inter Project Authors, SIL Open Font License 1.1.\n"
    "Made with Qt and PyQt, pyqtgraph, NumPy, websockets, qasync, msgspec and MCAP."
)


class AboutDialog(QDialog):
    """Not modal: the market goes on behind it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Live Monitor")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        picture = QLabel(self)
        picture.setPixmap(icons.app_icon().pixmap(72, 72))
        picture.setAccessibleName("Icon of Live Monitor")
        title = _label(f"Live Monitor {__version__}", self)
        title.setFont(theme.font(20, 600))
        versions = _label(
            f"Python {platform.python_version()} · Qt {QT_VERSION_STR} · PyQt {PYQT_VERSION_STR} · {platform.system()}",
            self,
        )
        versions.setProperty("muted", True)
        versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text = _label(LICENCES, self)
        text.setWordWrap(True)
        text.setMinimumWidth(420)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout()
        column.setSpacing(8)
        for widget in (title, versions, text):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(row)
        layout.addWidget(buttons)


def _label(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
