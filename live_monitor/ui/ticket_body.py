"""The widgets of the order ticket and where they lie; what they do is in `order_ticket`."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Final

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from live_monitor.ui import icons
from live_monitor.ui.figure_list import FigureList
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.paper_words import shares
from live_monitor.ui.place_button import PlaceButton
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_form import TicketForm
from live_monitor.ui.ticket_head import TicketHead
from live_monitor.ui.ticket_words import Said
from live_monitor.ui.tooltips import plain_tooltip

_MARGIN: Final = 12
#: Below this height everything around the fields is as low as it can be, so that side, type and quantity are in sight.
LOW_BELOW: Final = 400
#: Below this one line of the reason has to do; all of it is its tooltip.
_LOWEST: Final = 250
_LINE: Final = 15
_SETTINGS: Final = "Account settings: fills, costs, risk"


class TicketBody(QWidget):
    """Head, fields that scroll where there is little height, and the button, which is always there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Order ticket, paper trading")
        self.badge = PaperBadge(theme, self)
        self.account = note_label("", self)
        self.head = TicketHead(theme, self)
        self.form = TicketForm(theme, self)
        self.sized = note_label("", self)
        self.preview = FigureList("Cost and risk", theme, self, columns=1)
        self.place = PlaceButton(self)
        self.fit_button = QPushButton("&Use", self)
        self._lines = 3
        self.settings_button = QToolButton(self)
        self.reason = note_label("", self, lines=3)
        self.outcome = note_label("", self, lines=2)
        self.outcome.hide()
        self._dress_settings()
        self._dress_fit()
        self._lay_out()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        for painted in (self.badge, self.head, self.form, self.preview):
            painted.set_theme(theme)
        self.settings_button.setIcon(icons.icon("settings", theme))

    def say(self, label: QLabel, said: Said) -> None:
        """Puts a line in place, in the colour of its role."""
        if said.text != label.text():
            label.setText(said.text)
        hint = plain_tooltip(said.full or said.text)
        if hint != label.toolTip():
            label.setToolTip(hint)
        if label.property("role") != said.role:
            label.setProperty("role", said.role)
            style = label.style()
            if style is not None:
                style.unpolish(label)
                style.polish(label)

    def show_lines(self, reason: Said, outcome: Said, *, news: bool) -> None:
        """Why nothing can be placed, and what became of the last order: in one place where there is little height.

        `news`: the order that was sent last is still the one on the ticket; what came of it then has the first line.
        """
        low = self.height() < LOW_BELOW
        self.say(self.outcome, outcome)
        self.outcome.setVisible(bool(outcome.text) and not low)
        one = self._lines == 1
        if low and (not reason.text or (one and news and outcome.text)):
            reason = outcome
        elif low and news and outcome.text:
            # A line for each: an order that was taken must not look as if it were the one that is refused.
            full = f"{outcome.text}\n{reason.full or reason.text}"
            reason = Said(f"{self._one_line(outcome.text)}\n{self._one_line(reason.text)}", reason.role, full)
        if one:
            reason = Said(self._one_line(reason.text), reason.role, reason.full or reason.text)
        self.say(self.reason, reason)

    def show_fit(self, fits: Decimal | None) -> None:
        """Offers another number of shares beside the button, where there is one that would be taken."""
        button = self.fit_button
        if fits is not None:
            words = f"&Use {shares(fits)}"
            if words != button.text():
                button.setText(words)
                told = f"Set the quantity to {shares(fits)}, the most that would be taken"
                button.setToolTip(told)
                button.setAccessibleName(told)
        if button.isHidden() == (fits is not None):
            had_keyboard = button.hasFocus()
            button.setVisible(fits is not None)
            if had_keyboard:
                self.form.amount.setFocus()

    def _one_line(self, text: str) -> str:
        return self.reason.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.reason.width())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        low = self.height() < LOW_BELOW
        self.head.set_low(low)
        self._lines = 3 if not low else 2 if self.height() >= _LOWEST else 1
        self.reason.setFixedHeight(self._lines * _LINE + 2)
        self.outer.setContentsMargins(0, 4 if low else 8, 0, 4 if low else 8)
        self.outer.setSpacing(4 if low else 8)

    def _dress_settings(self) -> None:
        button = self.settings_button
        button.setProperty("bare", True)
        button.setAccessibleName(_SETTINGS)
        button.setToolTip(_SETTINGS)
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(24, 24)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIcon(icons.icon("settings", self._theme))

    def _dress_fit(self) -> None:
        button = self.fit_button
        button.setAutoDefault(False)
        button.setMinimumHeight(self.place.minimumHeight())
        button.hide()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.badge)
        top.addWidget(self.account, 1)
        top.addWidget(self.settings_button)
        self.account.setWordWrap(False)
        self.account.setMinimumWidth(0)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
        column.setSpacing(8)
        for widget in (self.form, self.sized, self.preview):
            column.addWidget(widget)
        column.addStretch(1)
        self.fields = QScrollArea(self)
        # The button is in sight whatever height there is.
        self.fields.setMinimumHeight(24)
        self.fields.setFrameShape(QFrame.Shape.NoFrame)
        self.fields.setWidgetResizable(True)
        self.fields.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.fields.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner.setProperty("panel", True)
        self.fields.setWidget(inner)
        head, foot = QVBoxLayout(), QVBoxLayout()
        for layout in (head, foot):
            layout.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
            layout.setSpacing(4)
        head.addLayout(top)
        head.addWidget(self.head)
        press = QHBoxLayout()
        press.setSpacing(4)
        press.addWidget(self.place, 1)
        press.addWidget(self.fit_button)
        foot.addLayout(press)
        for line in (self.reason, self.outcome):
            foot.addWidget(line)
        # Into the scrolled area they came last; the button is what follows the last field.
        stops = (self.form.stop_kind.buttons["trail_percent"], self.place, self.fit_button, self.settings_button)
        for before, after in pairwise(stops):
            self.setTabOrder(before, after)
        self.outer = QVBoxLayout(self)
        self.outer.addLayout(head)
        self.outer.addWidget(self.fields, 1)
        self.outer.addLayout(foot)


def note_label(text: str, parent: QWidget, *, lines: int = 0) -> QLabel:
    """Plain small text; with `lines`, room for so many, so that nothing moves when it comes."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("note", True)
    label.setWordWrap(True)
    if lines:
        label.setFixedHeight(lines * _LINE + 2)
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
    return label
