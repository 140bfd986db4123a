"""Pages of the account's settings: how orders fill, what they cost, what the account may, and its limits.

Each shows `AccountSettings` and gives them back with what was changed on it; what cannot be read is said in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal, cast

from msgspec.structs import replace
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QLabel, QPlainTextEdit, QPushButton, QWidget

from live_monitor.data.models.orders import AccountSettings, CostScheme, FillModelName
from live_monitor.limits import valid_symbol
from live_monitor.ui.charts.studies.fields import ChoiceField
from live_monitor.ui.number_field import Kind, NumberField
from live_monitor.ui.paper_words import MODEL_WORDS
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_body import note_label
from live_monitor.ui.ticket_form import name_list

_HUNDRED: Final = Decimal(100)
_SECOND_MS: Final = Decimal(1_000)
_FIELD: Final = 168
_MOST_MS: Final = 60_000
_MOST_SYMBOLS: Final = 10_000
_MODELS: Final = (("simple", "Simple"), ("touch", "Touch"), ("queue", "Queue"))
_COSTS: Final = (("none", "None"), ("per_share", "Per share"), ("us_broker", "US broker"))
_COST_WORDS: Final[Mapping[CostScheme, str]] = {
    "none": "Orders cost nothing.",
    "per_share": "So much a share, and at least the minimum for each order.",
    "us_broker": "What US brokers pass on: on sales the fees of SEC and FINRA, at the rates of their day.",
}
_LIMITS: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("max_position", "One position, % of the account", "percent"),
    ("max_portfolio_risk", "Risk to the stop of a trade, %", "percent"),
    ("min_cash_reserve", "Cash that stays, %", "percent"),
    ("max_trades_per_day", "Trades a day", "shares"),
    ("daily_loss_limit", "Loss of a day, $", "cash"),
    ("losing_streak", "Losses in a row before a pause", "shares"),
)
_SHARES_OF_ONE: Final = frozenset({"max_position", "max_portfolio_risk", "min_cash_reserve"})
_COUNTS: Final = frozenset({"max_trades_per_day", "losing_streak"})


class Page(QWidget):
    """Captions on the left, fields on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(4, 12, 4, 4)
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(8)
        self.grid.setColumnStretch(1, 1)

    def add(self, caption: str, field: QWidget) -> None:
        """A field beside its caption; the ampersand in it is the key that leads there."""
        label = QLabel(caption, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("muted", True)
        label.setBuddy(field)
        field.setAccessibleName(caption.replace("&", ""))
        field.setFixedWidth(_FIELD)
        row = self.grid.rowCount()
        self.grid.addWidget(label, row, 0)
        self.grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)

    def wide(self, widget: QWidget) -> None:
        """A widget across both columns."""
        self.grid.addWidget(widget, self.grid.rowCount(), 0, 1, 2)

    def number(self, caption: str, kind: Kind, empty: str = "") -> NumberField:
        """A field for a number; `empty` says what an empty one means."""
        field = NumberField("", self, kind=kind)
        field.setPlaceholderText(empty)
        self.add(caption, field)
        return field

    def choice(self, theme: Theme, caption: str, words: Sequence[tuple[str, str]]) -> ChoiceField:
        """A list of a few words."""
        field = ChoiceField(theme, self)
        for value, word in words:
            field.addItem(word, value)
        self.add(caption, field)
        name_list(field, field.accessibleName())
        return field

    def check(self, words: str, hint: str = "") -> QCheckBox:
        """A box across both columns."""
        box = QCheckBox(words, self)
        box.setToolTip(hint)
        self.wide(box)
        return box

    def read(self, settings: AccountSettings) -> AccountSettings:
        """The settings with this page's. Raises ValueError in words for people."""
        raise NotImplementedError

    def show_settings(self, settings: AccountSettings) -> None:
        """Shows this page's part of the settings."""
        raise NotImplementedError

    def finish(self) -> None:
        """Room below the last row."""
        self.grid.setRowStretch(self.grid.rowCount(), 1)


class FillsPage(Page):
    """How orders fill."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = self.choice(theme, "Fill &model", _MODELS)
        self.about = note_label("", self, lines=3)
        self.wide(self.about)
        self.latency = self.number("&Latency of an order, ms", "shares", "none")
        self.slippage = self.number("S&lippage a share, $", "price", "none")
        self.age = self.number("A quote counts for, s", "percent")
        self.no_price = self.choice(
            theme, "Market order without a &quote", (("refuse", "is refused"), ("wait", "waits for one"))
        )
        self.trigger = self.choice(theme, "Stops are touched by", (("last", "the last price"), ("quote", "the quote")))
        self.at_touch = self.check("A print at the limit fills it too", "Else a print must go through the limit.")
        self.marketable = self.check(
            "Simple: refuse a limit that is not marketable", "Else the simple model fills it at its limit all the same."
        )
        self.partial = self.check(
            "Arm a bracket with each part of its entry", "Else target and stop begin once the entry is filled whole."
        )
        self.finish()
        self.model.currentIndexChanged.connect(lambda _index: self._explain())

    def show_settings(self, settings: AccountSettings) -> None:
        """Shows how an account fills orders."""
        self.model.set_value(settings.fill_model)
        self.latency.set_value(Decimal(settings.latency_ms) or None)
        self.slippage.set_value(settings.slippage or None)
        self.age.set_value(Decimal(settings.max_quote_age_ms) / _SECOND_MS)
        self.no_price.set_value(settings.no_price)
        self.trigger.set_value(settings.stop_trigger)
        self.at_touch.setChecked(settings.fill_at_touch)
        self.marketable.setChecked(settings.marketable_only)
        self.partial.setChecked(settings.partial_arm)
        self._explain()

    def read(self, settings: AccountSettings) -> AccountSettings:
        """The settings with this page's. Raises ValueError in words for people."""
        latency, age = _number(self.latency) or Decimal(0), _number(self.age)
        if latency != latency.to_integral_value() or latency > _MOST_MS:
            raise ValueError(f"Latency is a whole number of milliseconds, {_MOST_MS:,} at most.")
        if age is None or not 0 < age * _SECOND_MS <= _MOST_MS:
            raise ValueError("A quote counts for more than 0 and at most 60 seconds.")
        return replace(
            settings,
            fill_model=cast(FillModelName, self.model.value()),
            latency_ms=int(latency),
            slippage=_number(self.slippage) or Decimal(0),
            max_quote_age_ms=int(age * _SECOND_MS),
            no_price=cast(Literal["refuse", "wait"], self.no_price.value()),
            stop_trigger=cast(Literal["last", "quote"], self.trigger.value()),
            fill_at_touch=self.at_touch.isChecked(),
            marketable_only=self.marketable.isChecked(),
            partial_arm=self.partial.isChecked(),
        )

    def _explain(self) -> None:
        self.about.setText(MODEL_WORDS[cast(FillModelName, self.model.value())])


class AccountPage(Page):
    """What trading costs, and what the account may."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.costs = self.choice(theme, "&Costs", _COSTS)
        self.about = note_label("", self, lines=2)
        self.wide(self.about)
        self.per_share = self.number("A &share, $", "price")
        self.minimum = self.number("&Minimum of an order, $", "price")
        self.margin = self.check("&Trade on margin", "Regulation T: half of a purchase is borrowed.")
        self.short = self.check("Sell s&hort", "Else what is not held cannot be sold.")
        self.note = note_label(
            "A cash account buys with what it has, and what it sells settles on the next trading day.", self, lines=2
        )
        self.wide(self.note)
        self.finish()
        self.costs.currentIndexChanged.connect(lambda _index: self._explain())

    def show_settings(self, settings: AccountSettings) -> None:
        """Shows what an account pays and may."""
        self.costs.set_value(settings.costs)
        self.per_share.set_value(settings.per_share)
        self.minimum.set_value(settings.minimum_fee)
        self.margin.setChecked(settings.margin_enabled)
        self.short.setChecked(settings.allow_short)
        self._explain()

    def read(self, settings: AccountSettings) -> AccountSettings:
        """The settings with this page's. Raises ValueError in words for people."""
        return replace(
            settings,
            costs=cast(CostScheme, self.costs.value()),
            per_share=_number(self.per_share) or Decimal(0),
            minimum_fee=_number(self.minimum) or Decimal(0),
            margin_enabled=self.margin.isChecked(),
            allow_short=self.short.isChecked(),
        )

    def _explain(self) -> None:
        scheme = cast(CostScheme, self.costs.value())
        self.about.setText(_COST_WORDS[scheme])
        for field in (self.per_share, self.minimum):
            field.setEnabled(scheme == "per_share")
            field.setToolTip("" if scheme == "per_share" else f"{_COST_WORDS[scheme]} This counts for Per share only.")


class RiskPage(Page):
    """Limits that are checked before every order."""

    #: Symbols are to be read from a workbook; no payload: see `set_symbols`.
    workbook_asked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.enabled = self.check("&Check limits before every order")
        #: Fields by the name of their limit.
        self.limits = {name: self.number(caption, kind, "no limit") for name, caption, kind in _LIMITS}
        self.pause = self.number("The pause lasts, minutes", "percent")
        self.symbols = QPlainTextEdit(self)
        self.symbols.setPlaceholderText("Any symbol")
        self.symbols.setTabChangesFocus(True)
        self.symbols.setFixedHeight(56)
        self.symbols.setProperty("field", True)
        self.add("Only these s&ymbols", self.symbols)
        self.workbook = QPushButton("From a workbook…", self)
        self.workbook.setAutoDefault(False)
        self.workbook.setToolTip("Take the symbols of the workbook that the Excel provider reads")
        self.workbook.clicked.connect(lambda _on: self.workbook_asked.emit())
        self.grid.addWidget(self.workbook, self.grid.rowCount(), 1, Qt.AlignmentFlag.AlignLeft)
        self.wide(
            note_label(
                "Limits count in exchange days and outlast a restart. A lock that was tripped stays until the next"
                " session, whatever is set here. Orders that only close a position are never stopped.",
                self,
                lines=3,
            )
        )
        self.finish()

    def set_symbols(self, symbols: Sequence[str]) -> None:
        """Shows other symbols to trade only."""
        self.symbols.setPlainText(", ".join(symbols))

    def show_settings(self, settings: AccountSettings) -> None:
        """Shows the limits of an account."""
        risk = settings.risk
        self.enabled.setChecked(risk.enabled)
        for name, field in self.limits.items():
            value = getattr(risk, name)
            field.set_value(None if value is None else Decimal(value) * (_HUNDRED if name in _SHARES_OF_ONE else 1))
        self.pause.set_value(Decimal(risk.cool_down_s) / 60)
        self.set_symbols(risk.whitelist)

    def read(self, settings: AccountSettings) -> AccountSettings:
        """The settings with this page's. Raises ValueError in words for people."""
        found: dict[str, Decimal | int | None] = {}
        for name, field in self.limits.items():
            value: Decimal | int | None = _number(field)
            if value is not None and name in _SHARES_OF_ONE:
                if value > _HUNDRED:
                    raise ValueError(f"{field.accessibleName()}: 100 at most.")
                value = Decimal(value) / _HUNDRED
            if value is not None and name in _COUNTS:
                if value != int(value) or value < 1:
                    raise ValueError(f"{field.accessibleName()}: a whole number from 1 on, or nothing.")
                value = int(value)
            found[name] = value
        pause = _number(self.pause) or Decimal(0)
        risk = replace(
            settings.risk,
            enabled=self.enabled.isChecked(),
            cool_down_s=int(pause * 60),
            whitelist=read_symbols(self.symbols.toPlainText()),
            **found,
        )
        return replace(settings, risk=risk)


def read_symbols(text: str) -> tuple[str, ...]:
    """Symbols that are typed with commas or spaces between them, each once. Raises ValueError for what is none."""
    words = dict.fromkeys(text.replace(",", " ").replace(";", " ").upper().split())
    wrong = next((word for word in words if not valid_symbol(word)), None)
    if wrong is not None:
        raise ValueError(f"“{wrong[:40]}” is no symbol.")
    if len(words) > _MOST_SYMBOLS:
        raise ValueError(f"{_MOST_SYMBOLS:,} symbols at most.")
    return tuple(words)


def _number(field: NumberField) -> Decimal | None:
    if field.problem:
        raise ValueError(f"{field.accessibleName()}: {field.problem}.")
    return field.value
