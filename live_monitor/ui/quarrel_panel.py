"""A provider quarrel: the symbol in focus from two sources, side by side. Who is first, and how far are they apart?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.quarrel import QuarrelReading
from live_monitor.ui.charts.studies.fields import ChoiceField
from live_monitor.ui.elided_label import ElidedLabel
from live_monitor.ui.quarrel_plot import DistancePlot, QuarrelTable
from live_monitor.ui.quarrel_words import apart_line, lead_line, rows
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_form import name_list

#: From this width on the figures stand beside what they mean, below it else.
_BESIDE_FROM: Final = 860
#: Below one another, the course has room from this height on.
_PLOT_FROM: Final = 300
_NOBODY: Final = "No second source"
_IDLE: Final = (
    "Choose a second source: its prices of the symbol in focus stand here beside those that the window shows."
)
_STATE_WORDS: Final = {
    "idle": "is not connected",
    "connecting": "is connecting",
    "retrying": "is not there and is tried again",
    "stopped": "is not connected",
    "failed": "refused",
}


class QuarrelView(NamedTuple):
    """One look at the quarrel; titles and messages may come from outside."""

    symbol: str
    first: str
    second: str
    link: LinkStatus
    reading: QuarrelReading
    #: Why the second source does not bring the symbol; else empty.
    trouble: str = ""


class QuarrelPanel(QWidget):
    """Compares while it has a second source. Main thread."""

    #: Compare with this provider, or (empty) with none any longer. Payload: its id.
    beside_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offered: list[tuple[str, str]] = []
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.choice = ChoiceField(theme, self)
        self.choice.setAccessibleName("Second source")
        name_list(self.choice, "Second source")
        self.choice.addItem(_NOBODY, "")
        self.link = ElidedLabel(self)
        self.table = QuarrelTable(theme, self)
        self.lead = _line(self)
        self.apart = _line(self)
        self.plot = DistancePlot(theme, self)
        self.idle = QLabel(_IDLE, self)
        self.idle.setTextFormat(Qt.TextFormat.PlainText)
        self.idle.setProperty("muted", True)
        self.idle.setWordWrap(True)
        self.idle.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self.setFocusProxy(self.choice)
        self.choice.activated.connect(lambda _index: self.beside_requested.emit(self.choice.currentData()))
        self.refresh(None, 0.0, lambda _at: "")

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        caption = QLabel("Beside it", self)
        caption.setTextFormat(Qt.TextFormat.PlainText)
        caption.setProperty("muted", True)
        top.addWidget(caption)
        top.addWidget(self.choice)
        top.addWidget(self.link, 1)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(self.lead)
        right.addWidget(self.apart)
        right.addWidget(self.plot, 1)
        inside = QWidget(self)
        inside.setProperty("panel", True)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(24)
        self._body.addWidget(self.table, 0, Qt.AlignmentFlag.AlignTop)
        self._body.addLayout(right, 1)
        # In a low window there is no room for all of it.
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._area, 1)
        column.addWidget(self.idle, 1)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE_FROM
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.BottomToTop
        if self._body.direction() != way:
            self._body.setDirection(way)
            self._body.setSpacing(24 if beside else 8)
        self.plot.setVisible(beside or self.height() >= _PLOT_FROM)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        for painted in (self.choice, self.table, self.plot):
            painted.set_theme(theme)

    def offer(self, providers: Sequence[tuple[str, str]], chosen: str, left_out: str = "") -> None:
        """Which providers (id, title) can stand beside the one that is shown, and which one does; empty for none.

        `left_out`: why others cannot, in words.
        """
        self.idle.setText(f"{_IDLE}\n{left_out}".rstrip())
        offered = [("", _NOBODY), *providers]
        with QSignalBlocker(self.choice):
            if offered != self._offered:
                self._offered = offered
                self.choice.clear()
                for provider, title in offered:
                    self.choice.addItem(title, provider)
            self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))

    def refresh(self, view: QuarrelView | None, now: float, wall_text: Callable[[float], str]) -> None:
        """Takes the comparison over; None while there is none. `wall_text`: a monotonic second as a time of day."""
        busy = view is not None
        self._area.setVisible(busy)
        self.idle.setVisible(not busy)
        if view is None:
            self.link.show_text("")
            return
        self.table.show_rows((view.first, view.second), rows(view.reading, now))
        self.lead.show_text(lead_line(view.reading, view.first, view.second))
        self.apart.show_text(apart_line(view.reading, wall_text))
        self.plot.show_course(view.reading.course, now)
        words = _STATE_WORDS.get(view.link.state, "")
        said = f" {view.link.message}" if view.link.message else ""
        state = f"{view.second} {words}.{said}" if words else f"{view.second}: {view.trouble}" if view.trouble else ""
        self.link.show_text(" · ".join(filter(None, (view.symbol, state))))


def _line(parent: QWidget) -> ElidedLabel:
    label = ElidedLabel(parent)
    label.setProperty("note", False)
    return label
