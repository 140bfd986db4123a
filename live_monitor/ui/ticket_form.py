"""The fields of the order ticket: only those that the type of order needs are there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, cast

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from live_monitor.data.models.orders import OrderType, Side, TimeInForce
from live_monitor.ui.charts.studies.fields import ChoiceField
from live_monitor.ui.chips import Chip, Chips
from live_monitor.ui.number_field import Kind, NumberField
from live_monitor.ui.paper_words import FORCE_WORDS, TYPE_WORDS, side_text
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_draft import NEEDS, Draft, Sizing, StopKind, TrailUnit, offers_bracket, offers_extended

_SIZINGS: Final = (
    Chip("shares", "Shares", "A number of shares"),
    Chip("cash", "Cash", "As many whole shares as this amount of money buys"),
    Chip("risk", "Risk %", "As many shares as lose this share of the account if the bracket's stop is hit"),
)
_KINDS: Final[dict[Sizing, Kind]] = {"shares": "shares", "cash": "cash", "risk": "percent"}
#: What a person probably means who changes what the number counts.
_USUAL: Final[dict[Sizing, Decimal]] = {"shares": Decimal(100), "cash": Decimal(10_000), "risk": Decimal(1)}
_PRICES: Final = (
    Chip("bid", "Bid", "Take the bid as the limit"),
    Chip("mid", "Mid", "Take the middle between bid and ask as the limit"),
    Chip("ask", "Ask", "Take the ask as the limit"),
)
_TRAILS: Final = (
    Chip("usd", "USD", "Distance in dollars a share"),
    Chip("percent", "%", "Distance in percent of the price"),
)
_STOPS: Final = (
    Chip("stop", "Price", "A stop at this price"),
    Chip("trail_usd", "Trail $", "A stop that follows the price at this distance in dollars"),
    Chip("trail_percent", "Trail %", "A stop that follows the price at this distance in percent"),
)
_NO_EXTENDED: Final = "Only limit orders for the day trade outside the regular session."
_NO_BRACKET: Final = "A bracket begins with a market, limit or stop order for the day or until canceled."


class TicketForm(QWidget):
    """Reads and shows a `Draft`. Main thread."""

    #: Something was changed by hand; no payload: see `draft`.
    edited = pyqtSignal()
    #: A price of the market is wanted as the limit. Payload: `bid`, `mid` or `ask`.
    price_wanted = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, list[QWidget]] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._build_sides()
        self.order_type = self._choice(theme, "type", "T&ype", "Type of order", list(TYPE_WORDS.items()))
        self.amount = self._number("amount", "&Quantity", "Quantity", "shares")
        self.sizing = self._chips("sizing", "Quantity counts", _SIZINGS)
        self.limit = self._number("limit", "&Limit", "Limit price")
        self.prices = self._chips("prices", "Price of the market", _PRICES, push=True)
        self.stop = self._number("stop", "&Stop", "Stop price")
        self.trail = self._number("trail", "T&rail", "Distance of the trailing stop")
        self.trail_unit = self._chips("trail_unit", "Distance counts", _TRAILS)
        self.force = self._choice(theme, "force", "&In force", "Time in force", list(FORCE_WORDS.items()))
        self.extended = self._check("extended", "E&xtended hours")
        self.bracket = self._check("bracket", "Brac&ket")
        self.target = self._number("target", "T&arget", "Target price of the bracket")
        self.protect = self._number("protect", "Stop &out", "Stop of the bracket")
        self.stop_kind = self._chips("stop_kind", "Stop of the bracket is", _STOPS)
        self._connect()
        self.set_draft(Draft())

    @property
    def draft(self) -> Draft:
        """What is set."""
        return Draft(
            side=self.side,
            order_type=cast(OrderType, self.order_type.value()),
            sizing=cast(Sizing, self.sizing.value),
            amount=self.amount.value,
            limit=self.limit.value,
            stop=self.stop.value,
            trail=self.trail.value,
            trail_unit=cast(TrailUnit, self.trail_unit.value),
            time_in_force=cast(TimeInForce, self.force.value()),
            extended_hours=self.extended.isChecked(),
            bracket=self.bracket.isChecked(),
            target=self.target.value,
            stop_kind=cast(StopKind, self.stop_kind.value),
            protect=self.protect.value,
        )

    @property
    def side(self) -> Side:
        """Buy or sell."""
        return "BUY" if self.buy.isChecked() else "SELL"

    @property
    def problem(self) -> str:
        """What is typed but is no number, in words; empty where all can be read."""
        shown = (field for name, field in self._numbers() if not field.isHidden() and name in self._rows)
        return next((f"{field.accessibleName()}: {field.problem}" for field in shown if field.problem), "")

    def set_draft(self, draft: Draft) -> None:
        """Shows a draft; tells nobody."""
        (self.buy if draft.side == "BUY" else self.sell).setChecked(True)
        self.order_type.set_value(draft.order_type)
        self.sizing.set_value(draft.sizing)
        self.amount.kind = _KINDS[draft.sizing]
        self.trail_unit.set_value(draft.trail_unit)
        self.force.set_value(draft.time_in_force)
        self.extended.setChecked(draft.extended_hours)
        self.bracket.setChecked(draft.bracket)
        self.stop_kind.set_value(draft.stop_kind)
        for name, field in self._numbers():
            field.set_value(getattr(draft, name))
        self._fit_rows()

    def set_side(self, side: Side) -> None:
        """Buy or sell, as if it had been chosen by hand."""
        (self.buy if side == "BUY" else self.sell).setChecked(True)
        self.edited.emit()

    def set_origin(self, price: Decimal | None) -> None:
        """Where the arrow keys begin in a price field that is empty: a price of the market."""
        for field in (self.limit, self.stop, self.target, self.protect):
            field.origin = price

    def hold(self, on: bool) -> None:
        """Takes no typing, while a hand may still be typing what was meant for another symbol."""
        for _name, field in self._numbers():
            field.setReadOnly(on)

    @property
    def typed_in(self) -> bool:
        """True while a number is being typed."""
        return any(field.hasFocus() for _name, field in self._numbers())

    def set_theme(self, theme: Theme) -> None:
        """Repaints chevrons."""
        self.order_type.set_theme(theme)
        self.force.set_theme(theme)

    def _numbers(self) -> Sequence[tuple[str, NumberField]]:
        names = ("amount", "limit", "stop", "trail", "target", "protect")
        return [(name, getattr(self, name)) for name in names]

    def _fit_rows(self) -> None:
        """Shows the rows that the order needs; says why a box cannot be ticked."""
        draft = self.draft
        needs, bracket = NEEDS[draft.order_type], offers_bracket(draft)
        shown = {
            "limit": "limit" in needs, "prices": "limit" in needs, "stop": "stop" in needs,
            "trail": "trail" in needs, "trail_unit": "trail" in needs,
        }  # fmt: skip
        shown |= dict.fromkeys(("target", "protect", "stop_kind"), bracket and draft.bracket)
        for name, on in shown.items():
            for widget in self._rows[name]:
                widget.setVisible(on)
        self.trail.kind = "price" if draft.trail_unit == "usd" else "percent"
        self.protect.kind = "percent" if draft.stop_kind == "trail_percent" else "price"
        for box, on, why in (
            (self.extended, offers_extended(draft), _NO_EXTENDED),
            (self.bracket, bracket, _NO_BRACKET),
        ):
            box.setEnabled(on)
            box.setToolTip("" if on else why)
            box.setAccessibleDescription("" if on else why)

    def revise(self) -> None:
        """Shows the rows that the order needs now."""
        self._fit_rows()

    def _on_sizing(self, value: str) -> None:
        sizing = cast(Sizing, value)
        if self.amount.kind != _KINDS[sizing]:
            # 100 shares are not 100 dollars.
            self.amount.kind = _KINDS[sizing]
            self.amount.set_value(_USUAL[sizing])
        self.edited.emit()

    def _connect(self) -> None:
        for choice in (self.order_type, self.force):
            choice.currentIndexChanged.connect(lambda _index: self.edited.emit())
        for box in (self.extended, self.bracket):
            box.clicked.connect(lambda _on: self.edited.emit())
        for _name, field in self._numbers():
            field.edited.connect(self.edited)
        for chips in (self.trail_unit, self.stop_kind):
            chips.chosen.connect(lambda _value: self.edited.emit())
        self.sizing.chosen.connect(self._on_sizing)
        self.prices.chosen.connect(self.price_wanted)
        for button in (self.buy, self.sell):
            button.clicked.connect(lambda _on: self.edited.emit())

    def _build_sides(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.buy, self.sell = (_side_button(side, self) for side in ("BUY", "SELL"))
        for button in (self.buy, self.sell):
            row.addWidget(button)
        self._grid.addLayout(row, 0, 0, 1, 2)

    def _choice(self, theme: Theme, row: str, caption: str, name: str, words: Sequence[tuple[str, str]]) -> ChoiceField:
        field = ChoiceField(theme, self)
        for value, word in words:
            field.addItem(word, value)
        field.setSizeAdjustPolicy(ChoiceField.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        field.setMinimumContentsLength(4)
        self._add(row, caption, name, field)
        name_list(field, name)
        return field

    def _number(self, row: str, caption: str, name: str, kind: Kind = "price") -> NumberField:
        field = NumberField(name, self, kind=kind)
        field.setMinimumWidth(64)
        self._add(row, caption, name, field)
        return field

    def _chips(self, row: str, name: str, chips: Sequence[Chip], *, push: bool = False) -> Chips:
        found = Chips(name, chips, self, push=push)
        self._grid.addWidget(found, self._grid.rowCount(), 0, 1, 2)
        self._rows[row] = [found]
        return found

    def _check(self, row: str, words: str) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setAccessibleName(words.replace("&", ""))
        self._grid.addWidget(box, self._grid.rowCount(), 0, 1, 2)
        self._rows[row] = [box]
        return box

    def _add(self, row: str, caption: str, name: str, field: QWidget) -> None:
        label = QLabel(caption, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("muted", True)
        label.setBuddy(field)
        field.setAccessibleName(name)
        at = self._grid.rowCount()
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(field, at, 1)
        self._rows[row] = [label, field]


def name_list(field: ChoiceField, name: str) -> None:
    """Names the list that a field opens: it takes the keyboard."""
    words = field.view()
    if words is not None:
        words.setAccessibleName(name)


def _side_button(side: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(side_text(side))
    button.setCheckable(True)
    button.setAutoExclusive(True)
    button.setProperty("side", side.lower())
    button.setAccessibleName("Buy" if side == "BUY" else "Sell")
    button.setToolTip("Buy (B)" if side == "BUY" else "Sell (S)")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setMinimumHeight(30)
    policy = button.sizePolicy()
    policy.setHorizontalPolicy(policy.Policy.Expanding)
    button.setSizePolicy(policy)
    return button
