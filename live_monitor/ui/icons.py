"""Own line icons (24 px grid, one stroke width), drawn in a colour of the theme."""

from __future__ import annotations

from functools import lru_cache

from PyQt6.QtCore import QByteArray, QRectF, QSize, Qt
from PyQt6.QtGui import QIcon, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from live_monitor.resources import resource_path
from live_monitor.ui.theme import Theme


@lru_cache(maxsize=64)
def _source(name: str) -> bytes:
    return resource_path("icons", f"{name}.svg").read_bytes()


@lru_cache(maxsize=256)
def _pixmap(name: str, colour: str, px: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(QSize(round(px * ratio), round(px * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(_source(name).replace(b"currentColor", colour.encode("ascii"))))
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixmap.width(), pixmap.height()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, theme: Theme, role: str = "muted", px: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon in a colour role, `px` logical pixels square. Cached; raises OSError for a name without a file."""
    return _pixmap(name, theme.hex(role), px, ratio)


def icon(name: str, theme: Theme, role: str = "muted") -> QIcon:
    """A QIcon in a colour role, sharp on screens of single and double density."""
    result = QIcon()
    for ratio in (1.0, 2.0):
        result.addPixmap(pixmap(name, theme, role, 16, ratio))
    return result


def app_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(resource_path("icons", "app.png")))
