"""Run as `python -m tests.e2e.paper_subject SCENE [OPTIONS OF THE DESKTOP]`: a day of trading on paper, by hand.

What a scene found is printed as `TOLD` and JSON.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator
from typing import Any

from PyQt6.QtCore import Qt

from live_monitor.data.models.orders import Order
from tests.e2e import desktop_subject
from tests.e2e.chart_subject import run, tell
from tests.e2e.paper_hand import Trader, Wish
from tests.ui.hands import press, type_text

NOTE = "Bought the opening range; the stop was far enough."
#: So often an order is tried whose price the market has left meanwhile.
TRIES = 5
#: Percent of the price that no market of these goes while the day lasts.
FAR = 8.0
Waits = Generator[Callable[[], bool], None, None]
Placing = Generator[Callable[[], bool], None, Order]


def place(person: Trader, wish: Callable[[], Wish]) -> Placing:
    """Writes an order on the ticket, presses Enter and waits until it is kept."""
    before = len(person.desk.orders())
    for _ in range(TRIES):
        yield lambda: person.settled
        person.fill(wish())
        person.send()
        yield lambda: person.settled
        if len(person.desk.orders()) > before:
            return person.newest
    raise AssertionError(f"no order came of it: {person.ticket.place.reason or person.ticket.outcome.text()}")


def by_ticket(person: Trader, made: dict[str, str]) -> Waits:
    """Every type and time in force. Those that are to wait lie far from the market."""
    price = person.price
    wishes: dict[str, Callable[[], Wish]] = {
        "market": lambda: Wish("BUY", 20),
        "good till canceled": lambda: Wish("BUY", 5, "LMT", limit=price("bid", -FAR), force="GTC"),
        "immediate": lambda: Wish("BUY", 5, "LMT", limit=price("bid", -1), force="IOC"),
        "fill or kill": lambda: Wish("BUY", 5, "LMT", limit=price("ask", 0.5), force="FOK"),
        "stop": lambda: Wish("SELL", 3, "STP", stop=price("bid", -FAR)),
        "stop limit": lambda: Wish("SELL", 2, "STP_LMT", stop=price("bid", -FAR), limit=price("bid", -FAR - 1)),
        "trail": lambda: Wish("SELL", 2, "TRAIL", trail=f"{float(price('bid')) * FAR / 100:.2f}"),
        "near trail": lambda: Wish("SELL", 2, "TRAIL", trail="0.01"),
        "bracket": lambda: Wish("BUY", 4, target=price("ask", FAR), protect=price("bid", -FAR)),
        "to be struck": lambda: Wish("SELL", 1, "LMT", limit=price("ask", FAR)),
    }
    for name, wish in wishes.items():
        order = yield from place(person, wish)
        made[name] = order.order_id


def by_table(person: Trader, made: dict[str, str]) -> Waits:
    """Another quantity for one, an end for another, in the table of orders."""
    orders = {order.order_id: order for order in person.desk.orders()}
    person.change_quantity(orders[made["stop"]], 1)
    yield lambda: orders[made["stop"]].quantity == 1 and person.settled
    person.strike(orders[made["to be struck"]])
    yield lambda: not orders[made["to be struck"]].is_open and person.settled


def by_chart(person: Trader, made: dict[str, str]) -> Waits:
    """A click below the market, its line dragged further down, its cross pressed."""
    person.choose("one_click")
    shares = person.on_chart.bar.shares
    shares.selectAll()
    type_text(shares, "2")
    press(shares, Qt.Key.Key_Return)
    before = person.newest.order_id
    person.click_chart(0.88)
    yield lambda: person.newest.order_id != before and person.settled
    person.choose("one_click")
    order = person.newest
    made["click"], clicked = order.order_id, order.limit_price
    yield lambda: person.frame() and any(tag.line.id == order.order_id for tag in person.on_chart.layer.tags())
    person.drag_line(order, 12)
    yield lambda: order.limit_price != clicked and person.settled
    assert clicked is not None
    assert order.limit_price is not None
    assert order.limit_price < clicked
    person.cross_out(order)
    yield lambda: not order.is_open and person.settled


def too_large(person: Trader) -> Waits:
    """An order that the limits refuse, and the number that fits in its place; nothing is sent."""
    person.fill(Wish("BUY", 100_000))
    yield person.ticket.fit_button.isVisible
    assert "Position size" in person.ticket.reason.text()


def trade(person: Trader) -> Waits:
    """The morning: every type of order, in each way there is; then the plug is pulled."""
    made: dict[str, str] = {}
    yield lambda: person.ready
    yield from by_ticket(person, made)
    yield from by_table(person, made)
    yield from by_chart(person, made)
    yield from too_large(person)
    person.note(NOTE)
    orders = {order.order_id: order for order in person.desk.orders()}
    yield lambda: not orders[made["near trail"]].is_open and person.settled and NOTE in person.books()["notes"].values()
    tell({"made": made, "books": person.books(), "screen": person.on_screen()})
    os.kill(os.getpid(), signal.SIGKILL)
    yield lambda: False


def afternoon(person: Trader) -> Waits:
    """After the start: what is there; then everything is closed by Shift+Esc and one confirmation."""
    yield lambda: person.ready
    there: dict[str, Any] = {"books": person.books(), "screen": person.on_screen()}
    person.chart.setFocus()
    person.key(Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    yield person.trade.flatten_card.isVisible
    words = person.trade.flatten_card.words.text()
    person.key(Qt.Key.Key_Return)
    yield lambda: not any(order.is_open for order in person.desk.orders()) and person.settled
    tell({**there, "asked": words, "flat": person.books()})


def look(person: Trader) -> Waits:
    """Says what is there after a start, and reads a receipt as a person does."""
    yield lambda: person.ready
    person.show("fills")
    person.key(Qt.Key.Key_Down)
    card = person.trade.fills.receipt
    tell({"books": person.books(), "card": card.text.toPlainText()})


def to_the_end(scene: Waits) -> Waits:
    """The scene; what goes wrong in it ends the desktop, and is in its log."""
    is_over = False
    try:
        yield from scene
        is_over = True
    finally:
        if not is_over:
            desktop_subject.terminate()


SCENES: dict[str, Callable[[Trader], Waits]] = {"trade": trade, "afternoon": afternoon, "look": look}


if __name__ == "__main__":
    for name, scene in SCENES.items():
        desktop_subject.SCENES[f"paper: {name}"] = lambda stage, scene=scene: run(
            stage, to_the_end(scene(Trader(stage)))
        )  # type: ignore[misc]  # a default binds it
    command = sys.argv[1:]
    raise SystemExit(desktop_subject.main(f"paper: {command[0]}", command[1:]))
