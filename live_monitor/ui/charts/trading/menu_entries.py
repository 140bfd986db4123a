"""What paper trading can do at a place of the chart, as entries of its menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction

from live_monitor.data.models.orders import OrderParams
from live_monitor.ui.charts.trading.hand import TradeHand
from live_monitor.ui.charts.trading.sides import intent_at
from live_monitor.ui.charts.trading.values import Intent, OrderLine
from live_monitor.ui.number_format import format_price, format_size
from live_monitor.ui.paper_words import TYPE_WORDS, side_word


class MenuDeeds(Protocol):
    """What the entries do."""

    def place(self, intent: Intent, /) -> None: ...
    def look_over(self, order: OrderParams, /) -> None: ...
    def params_of(self, intent: Intent, /) -> OrderParams: ...
    def bracket_at(self, price: float, /, *, long: bool) -> None: ...
    def close(self, line_id: str, /) -> None: ...


def entries_at(
    price: float,
    line: OrderLine | None,
    hand: TradeHand,
    deeds: MenuDeeds,
    still_meant: Callable[[], bool],
    parent: QObject,
) -> list[QAction]:
    """The entries for a price and the order line there, if there is one.

    An order of the menu goes to the ticket to be looked over, and is placed at once only while a click places orders.
    `still_meant`: the chart shows what it showed when the menu was asked for; else an entry does nothing.
    """
    found: list[QAction] = []

    def add(text: str, run: Callable[[], None] | None) -> None:
        # In a menu "&" underlines the letter behind it.
        action = QAction(text.replace("&", "&&"), parent)
        if run is None:
            action.setEnabled(False)
        else:
            action.triggered.connect(lambda _checked=False: run() if still_meant() else None)
        found.append(action)

    if line is not None and line.is_order:
        add(f"Cancel {line.badge} {line.text.partition(' · ')[0]} (paper)", lambda: deeds.close(line.id))
    if hand.notice:
        add(f"Paper: {hand.notice}", None)
        return found
    intents = [intent_at(price, hand.market, stop=stop) for stop in (False, True)]
    for intent in intents:
        if intent is not None:
            add(_words(intent, hand), _run(intent, hand, deeds))
    if intents[0] is None:
        add("Paper: no price of the market yet to tell a limit from a stop", None)
    else:
        at = format_price(float(intents[0].price))
        add(f"Bracket from {at}, long… (paper)", lambda: deeds.bracket_at(price, long=True))
        add(f"Bracket from {at}, short… (paper)", lambda: deeds.bracket_at(price, long=False))
    return found


def _words(intent: Intent, hand: TradeHand) -> str:
    more = "" if hand.armed else "…"
    terms = f"{TYPE_WORDS[intent.order_type].lower()} at {format_price(float(intent.price))}"
    return f"{side_word(intent.side)} {format_size(float(hand.shares))} {terms}{more} (paper)"


def _run(intent: Intent, hand: TradeHand, deeds: MenuDeeds) -> Callable[[], None]:
    if hand.armed:
        return lambda: deeds.place(intent)
    return lambda: deeds.look_over(deeds.params_of(intent))
