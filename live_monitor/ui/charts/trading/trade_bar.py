"""The bar of paper trading over the chart: PAPER, whether a click places an order, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QWheelEvent
from PyQt6.QtWidgets import QDoubleSpinBox, QFrame, QHBoxLayout, QSpinBox, QToolButton, QWidget

from live_monitor.settings import MAX_CLICK_SHARES
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.text_keys import typed_letter
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip

#: Logical pixels.
HEIGHT: Final = 30
_SHARES_WIDTH, _RISK_WIDTH = 84, 92
_ARMED: Final = "One-click on"
_SAFE: Final = "One-click"
_CLICK_TIP: Final = (
    "A click below the market buys with a limit, above it sells with a limit; with Ctrl it places a stop. Esc ends it."
)
_BRACKET_TIP: Final = "Drag from the entry to the stop: down for long, up for short. The size follows from the risk."


class _Shares(QSpinBox):
    """Leaves letters to the window: typed anywhere, they begin a symbol.

    The wheel turns it only while it has the keyboard: who zooms the bars and comes over it changes no size.
    """

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        _turn(self, event, super().wheelEvent)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and typed_letter(event):
            event.ignore()
            return
        super().keyPressEvent(event)


class _Percent(QDoubleSpinBox):
    """As `_Shares`."""

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        _turn(self, event, super().wheelEvent)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and typed_letter(event):
            event.ignore()
            return
        super().keyPressEvent(event)


def _turn(field: QWidget, event: QWheelEvent | None, turn: Callable[[QWheelEvent | None], None]) -> None:
    if event is not None and not field.hasFocus():
        event.ignore()
        return
    turn(event)


class TradeBar(QFrame):
    """Stands at the bottom left of the prices, wide only while it has something to say. Main thread."""

    #: A click is to place orders, or no longer.
    one_click_requested = pyqtSignal(bool)
    #: A bracket is to be drawn; no payload.
    bracket_asked = pyqtSignal()
    #: Other sizes. Payload: shares of a click, percent of the account that a bracket may lose (both `Decimal`).
    sizes_changed = pyqtSignal(object, object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._state: tuple[bool, bool, bool, str] | None = None
        self.setObjectName("tradeBar")
        self.setProperty("card", True)
        self.setAutoFillBackground(True)
        self.setAccessibleName("Paper trading on the chart")
        self.setFixedHeight(HEIGHT)
        self.badge = PaperBadge(theme, self)
        self.click = self._button(_SAFE, _CLICK_TIP)
        self.click.setCheckable(True)
        self.bracket = self._button("Bracket", _BRACKET_TIP)
        self.shares, self.risk = _Shares(self), _Percent(self)
        self.shares.setRange(1, MAX_CLICK_SHARES)
        self.shares.setGroupSeparatorShown(True)
        self.shares.setSuffix(" sh")
        self.shares.setAccessibleName("Shares of a click")
        self.risk.setRange(0.01, 100.0)
        self.risk.setSingleStep(0.1)
        self.risk.setSuffix(" %")
        self.risk.setPrefix("risk ")
        self.risk.setAccessibleName("Percent of the account that a bracket may lose")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 4, 2)
        row.setSpacing(4)
        for part in (self.badge, self.click, self.shares, self.bracket, self.risk):
            row.addWidget(part)
        for field, width in ((self.shares, _SHARES_WIDTH), (self.risk, _RISK_WIDTH)):
            field.setKeyboardTracking(False)
            # Not by the wheel, as spin boxes do.
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            field.setFixedHeight(HEIGHT - 8)
            field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            line = field.lineEdit()
            assert line is not None
            line.returnPressed.connect(parent.setFocus)
            field.setStyleSheet("padding: 0 4px;")
            field.setFixedWidth(width)
            field.valueChanged.connect(lambda _value: self._tell_sizes())
        self.click.clicked.connect(self.one_click_requested)
        self.bracket.clicked.connect(lambda _on: self.bracket_asked.emit())
        self.show_state(armed=False, drawing=False, draft=False, notice="")
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.badge.set_theme(theme)

    def set_sizes(self, shares: Decimal, risk_percent: Decimal) -> None:
        """Shows sizes; tells nobody."""
        for field, value in ((self.shares, int(shares)), (self.risk, float(risk_percent))):
            field.blockSignals(True)
            field.setValue(value)  # type: ignore[arg-type]  # a whole number for the one, any for the other
            field.blockSignals(False)

    def show_state(self, *, armed: bool, drawing: bool, draft: bool, notice: str) -> None:
        """Sizes stand only beside what they are the size of; `notice`: why nothing can be placed."""
        state = (armed, drawing, draft, notice)
        if state == self._state:
            return
        self._state = state
        self.click.setChecked(armed)
        self.click.setText(_ARMED if armed else _SAFE)
        self.click.setToolTip(plain_tooltip(notice or _CLICK_TIP))
        self.click.setEnabled(not notice or armed)
        self.bracket.setEnabled(not notice)
        self.bracket.setToolTip(plain_tooltip(notice or _BRACKET_TIP))
        self.bracket.setText("Drag entry to stop" if drawing else "Bracket")
        self.shares.setVisible(armed)
        self.risk.setVisible(drawing or draft)
        if bool(self.property("armed")) != armed:
            self.setProperty("armed", armed)
            style = self.style()
            if style is not None:
                style.unpolish(self)
                style.polish(self)
        self.adjustSize()

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(plain_tooltip(tip))
        button.setProperty("chip", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _tell_sizes(self) -> None:
        self.sizes_changed.emit(Decimal(self.shares.value()), Decimal(f"{self.risk.value():.2f}"))
