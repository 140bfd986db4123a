"""A picture that leaves the program: as a PNG file's bytes, or by the clipboard."""

from __future__ import annotations

from PyQt6.QtCore import QBuffer, QIODevice
from PyQt6.QtGui import QGuiApplication, QImage


def png_bytes(image: QImage) -> bytes:
    """The picture as a PNG file. Raises ValueError where there is nothing to see."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # PyQt 6.11's stubs ask for bytes, Qt takes and documents text.
    if image.isNull() or not image.save(buffer, "PNG"):
        raise ValueError("There is no picture of the chart")
    return buffer.data().data()


def copy_picture(image: QImage) -> None:
    """Puts the picture on the clipboard."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setImage(image)


def copy_text(text: str) -> None:
    """Puts a text on the clipboard."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
