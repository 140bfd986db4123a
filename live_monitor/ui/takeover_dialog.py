"""Asked when another Live Monitor runs here and does not answer: end it, or leave it alone."""

from __future__ import annotations

from PyQt6.QtCore import QEventLoop, Qt
from PyQt6.QtWidgets import QMessageBox


def ask_to_take_over() -> bool:
    """True when the person wants the other one ended. Runs a loop of its own: only before there is any other.

    Needs a Qt application. Main thread.
    """
    box = QMessageBox()
    box.setWindowTitle("Live Monitor")
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("Live Monitor runs already, but does not answer.")
    box.setInformativeText("It may come back by itself. If you end it, what it has not saved yet is lost.")
    end = box.addButton("End it and start", QMessageBox.ButtonRole.DestructiveRole)
    leave = box.addButton("Leave it alone", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(leave)
    box.setEscapeButton(leave)
    loop = QEventLoop()
    box.finished.connect(loop.quit)
    box.open()
    loop.exec()
    return box.clickedButton() is end
