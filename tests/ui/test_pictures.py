"""Pictures that leave the program."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QApplication

from live_monitor.ui.pictures import copy_picture, copy_text, png_bytes


@pytest.fixture
def image(qapp: QApplication) -> QImage:
    """Two pixels."""
    made = QImage(2, 1, QImage.Format.Format_RGB32)
    made.setPixelColor(0, 0, QColor("#123456"))
    made.setPixelColor(1, 0, QColor("#FEDCBA"))
    return made


def test_a_png_holds_every_pixel_as_it_was(image: QImage) -> None:
    data = png_bytes(image)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert QImage.fromData(data).convertToFormat(image.format()) == image


def test_an_empty_picture_is_none(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="no picture"):
        png_bytes(QImage())


def test_the_clipboard_takes_pictures_and_text(image: QImage) -> None:
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    copy_picture(image)
    assert clipboard.image().convertToFormat(image.format()) == image
    copy_text("187.42")
    assert clipboard.text() == "187.42"
