"""Entries with a target and a stop: when children are armed, and what one means to the other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from live_monitor.data.models.orders import Bracket
from live_monitor.engine.paper.entries import OrderReplaced
from tests.engine.paper.acme import CLOSE_MS, SYMBOL, Acme

D = Decimal
BOTH = Bracket(target_price="101.00", stop_price="99.00")


def entry(acme: Acme, quantity: int = 100, **fields: Any) -> None:
    """O1, with its target O2 and its stop O3."""
    fields.setdefault("bracket", BOTH)
    acme.place(1, "BUY", quantity, fields.pop("kind", "MKT"), **fields)


def test_children_are_held_until_the_entry_is_filled_and_then_protect_it() -> None:
    acme = Acme()
    entry(acme, kind="LMT", limit="99.50")
    assert acme.states() == {"O1": "accepted", "O2": "held", "O3": "held"}
    assert "entry" in acme.why(acme.order("O2"))
    # Prices that would have triggered either child mean nothing yet.
    acme.print(2, 101.50)
    acme.print(3, 99.40)
    assert acme.states() == {"O1": "filled", "O2": "accepted", "O3": "accepted"}
    assert (acme.order("O2").quantity, acme.order("O3").quantity) == (D(100), D(100))


def test_a_target_that_is_filled_cancels_the_stop() -> None:
    acme = Acme()
    entry(acme)
    acme.quote(10, 101.02, 101.04)
    assert acme.fills()[-1] == ("O2", 100, "101.02")
    assert acme.order("O3").reason == "sibling_filled"
    assert acme.state.quantity(SYMBOL) == 0
    assert acme.state.open_orders() == []


def test_a_stop_that_is_filled_cancels_the_target() -> None:
    acme = Acme()
    entry(acme)
    acme.print(10, 98.95)
    assert acme.order("O3").stage == "waiting"
    acme.quote(11, 98.40, 98.50)
    # At the gap, not at the stop.
    assert acme.fills()[-1] == ("O3", 100, "98.40")
    assert acme.states() == {"O1": "filled", "O2": "canceled", "O3": "filled"}


def test_a_part_of_the_target_takes_as_much_off_the_stop() -> None:
    acme = Acme()
    entry(acme)
    acme.quote(5, 99.99, 100.01)
    acme.print(10, 101.05, 30)
    assert acme.fills()[-1] == ("O2", 30, "101.00")
    assert (acme.order("O2").remaining, acme.order("O3").remaining) == (D(70), D(70))
    resized = [entry for entry in acme.entries if isinstance(entry, OrderReplaced)]
    assert [(each.order_id, each.quantity, each.reason) for each in resized] == [("O3", D(70), "sibling_filled")]
    acme.print(20, 98.90)
    acme.quote(21, 98.80, 98.90)
    assert acme.fills()[-1] == ("O3", 70, "98.80")
    assert acme.state.quantity(SYMBOL) == 0
    assert acme.order("O2").state == "canceled"


def test_an_entry_that_ends_unfilled_takes_its_children_along() -> None:
    acme = Acme()
    entry(acme, kind="LMT", limit="99.50")
    acme.engine.cancel("O1", acme.now(2))
    assert acme.states() == {"O1": "canceled", "O2": "canceled", "O3": "canceled"}
    assert acme.order("O3").reason == "parent_ended"


def test_an_entry_that_expires_partly_filled_leaves_children_for_that_part() -> None:
    acme = Acme()
    entry(acme, kind="LMT", limit="99.50", tif="DAY", bracket=Bracket(target_price="101.00", stop_price="99.00"))
    acme.print(2, 99.40, 40)
    assert acme.states()["O2"] == "held"
    acme.engine.cancel("O1", acme.now(3))
    assert acme.states() == {"O1": "canceled", "O2": "accepted", "O3": "accepted"}
    assert (acme.order("O2").quantity, acme.order("O3").quantity) == (D(40), D(40))
    acme.time(CLOSE_MS)
    assert acme.states()["O2"] == acme.states()["O3"] == "expired"


def test_with_partial_arm_children_grow_with_the_entry() -> None:
    acme = Acme(partial_arm=True)
    entry(acme, kind="LMT", limit="99.50")
    acme.print(2, 99.40, 40)
    assert (acme.order("O2").state, acme.order("O2").quantity) == ("accepted", D(40))
    # Half of it leaves through the target, then the entry goes on.
    acme.print(3, 101.10, 10)
    acme.print(4, 99.40, 20)
    assert (acme.order("O2").remaining, acme.order("O3").remaining) == (D(50), D(50))
    assert acme.state.quantity(SYMBOL) == 50


def test_with_partial_arm_an_exit_that_is_over_ends_the_entry() -> None:
    acme = Acme(partial_arm=True)
    entry(acme, kind="LMT", limit="99.50")
    acme.print(2, 99.40, 40)
    acme.quote(3, 99.80, 99.90)
    acme.print(4, 101.10, 500)
    assert acme.states() == {"O1": "canceled", "O2": "filled", "O3": "canceled"}
    assert acme.order("O1").reason == "exit_filled"
    assert acme.state.quantity(SYMBOL) == 0


def test_another_quantity_of_the_entry_is_that_of_its_children() -> None:
    acme = Acme()
    entry(acme, kind="LMT", limit="99.50")
    acme.engine.replace("O1", acme.now(2), quantity=60)
    assert (acme.order("O2").quantity, acme.order("O3").quantity) == (D(60), D(60))


def test_held_children_can_be_moved_and_canceled() -> None:
    acme = Acme()
    entry(acme, kind="LMT", limit="99.50")
    acme.engine.replace("O3", acme.now(2), stop_price="98.50")
    acme.engine.cancel("O2", acme.now(3))
    acme.print(4, 99.40)
    assert acme.states() == {"O1": "filled", "O2": "canceled", "O3": "accepted"}
    assert acme.order("O3").stop_price == D("98.5")


def test_a_canceled_child_leaves_its_sibling_at_work() -> None:
    acme = Acme()
    entry(acme)
    acme.engine.cancel("O2", acme.now(5))
    acme.print(6, 98.9)
    acme.quote(7, 98.8, 98.9)
    assert acme.fills()[-1] == ("O3", 100, "98.80")


def test_one_child_alone_is_enough() -> None:
    acme = Acme()
    entry(acme, bracket=Bracket(trail_amount="0.50"))
    assert acme.states() == {"O1": "filled", "O2": "accepted"}
    acme.print(5, 100.40)
    acme.print(6, 99.90)
    acme.quote(7, 99.85, 99.90)
    assert acme.fills()[-1] == ("O2", 100, "99.85")


def test_a_short_bracket_is_the_mirror_image() -> None:
    acme = Acme(margin_enabled=True, allow_short=True)
    acme.place(1, "SELL", 100, bracket=Bracket(target_price="99.00", stop_price="101.00"))
    assert acme.state.quantity(SYMBOL) == -100
    acme.print(2, 101.20)
    acme.quote(3, 101.30, 101.32)
    assert acme.fills() == [("O1", 100, "99.99"), ("O3", 100, "101.32")]
    assert acme.states()["O2"] == "canceled"


def test_a_position_that_was_sold_by_hand_leaves_nothing_for_a_child_to_sell() -> None:
    acme = Acme()
    entry(acme)
    acme.engine.cancel("O2", acme.now(2))
    acme.engine.cancel("O3", acme.now(2))
    acme.place(3, "SELL", 100)
    assert acme.state.quantity(SYMBOL) == 0
    acme.quote(4, 101.5, 101.6)
    assert len(acme.fills()) == 2


def test_children_end_with_everything_else() -> None:
    acme = Acme()
    entry(acme, 600)
    acme.engine.cancel_all(None, acme.now(2))
    assert acme.states() == {"O1": "canceled", "O2": "canceled", "O3": "canceled"}
    assert acme.state.quantity(SYMBOL) == 500


def test_exits_of_what_was_sold_by_hand_end_together() -> None:
    acme = Acme()
    acme.quote(0, 99.99, 100.01, 40.0)
    entry(acme)
    acme.place(2, "SELL", 40)
    acme.quote(3, 99.99, 100.01, 100.0)
    assert (acme.state.quantity(SYMBOL), acme.order("O2").quantity) == (D(60), D(100))
    acme.quote(4, 101.0, 101.02)
    assert acme.fills()[-1] == ("O2", 60, "101.00")
    assert acme.states() == {"O1": "filled", "O2": "canceled", "O3": "canceled", "O4": "filled"}
    assert acme.state.open_orders() == []
    assert acme.state.selling == {}
