"""Figures with their captions, painted: they change many times a second, and nothing around them moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from PyQt6.QtCore import QEvent, QSize
from PyQt6.QtGui import QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from live_monitor.ui.text_cache import TextCache
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip

LINE_HEIGHT: Final = 22
#: From this width on there is room for two columns.
TWO_FROM: Final = 440
_GAP: Final = 24.0
_BASELINE: Final = 15.0


class Figure(NamedTuple):
    """A caption and its figure as text; `role` colours the figure, `hint` explains it."""

    caption: str
    value: str
    role: str = "text"
    hint: str = ""
    bold: bool = False


class FigureList(QWidget):
    """Captions on the left, figures on the right; in two columns where there is room for them."""

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None, *, columns: int = 2) -> None:
        super().__init__(parent)
        self._columns = columns
        self._figures: tuple[Figure, ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_theme(theme)

    @property
    def figures(self) -> Sequence[Figure]:
        """What is shown."""
        return self._figures

    def value(self, caption: str) -> str:
        """The figure beside a caption; empty for none."""
        return next((figure.value for figure in self._figures if figure.caption == caption), "")

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._caption = TextCache(theme.font(12))
        self._value = TextCache(theme.font(13, 500))
        self._bold = TextCache(theme.font(13, 600))
        self.update()

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Takes figures over; paints only when one changed."""
        shown = tuple(figures)
        if shown == self._figures:
            return
        fewer = len(shown) != len(self._figures)
        self._figures = shown
        self.setAccessibleDescription(", ".join(f"{figure.caption} {figure.value}" for figure in shown))
        if fewer:
            self._fit()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self._lines() * LINE_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._lines() * LINE_HEIGHT)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            figure = self._figure_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), plain_tooltip(figure.hint) if figure is not None else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        lines, across = self._lines(), self._across()
        width = (self.width() - (across - 1) * _GAP) / across
        for number, figure in enumerate(self._figures):
            column, line = divmod(number, max(1, lines))
            left = column * (width + _GAP)
            self._paint(painter, figure, left, left + width, line * LINE_HEIGHT + _BASELINE)
        painter.end()

    def _paint(self, painter: QPainter, figure: Figure, left: float, right: float, baseline: float) -> None:
        face = self._bold if figure.bold else self._value
        painter.setPen(self._theme.color(figure.role))
        value = face.elided(figure.value, right - left)
        begins = face.right(painter, right, baseline, value)
        painter.setPen(self._theme.color("muted"))
        self._caption.left(painter, left, baseline, self._caption.elided(figure.caption, max(0.0, begins - 8 - left)))

    def _across(self) -> int:
        return self._columns if self.width() >= TWO_FROM else 1

    def _lines(self) -> int:
        return -(-len(self._figures) // self._across())

    def _fit(self) -> None:
        wanted = self._lines() * LINE_HEIGHT
        if self.height() != wanted or self.minimumHeight() != wanted:
            self.setFixedHeight(wanted)

    def _figure_at(self, x: int, y: int) -> Figure | None:
        lines, across = max(1, self._lines()), self._across()
        number = min(across - 1, max(0, x * across // max(1, self.width()))) * lines + y // LINE_HEIGHT
        return self._figures[number] if 0 <= number < len(self._figures) else None
