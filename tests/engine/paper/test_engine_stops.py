"""Stops and trailing orders: what triggers them, what does not, and what is written down on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.data.models.orders import RiskLimits
from live_monitor.engine.market.conditions import ALL, BAR_HILO, BAR_LAST, BAR_VOLUME, DAY_LAST, HELD_VOLUME
from live_monitor.engine.paper.entries import OrderTrailed, OrderTriggered
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import Acme

D = Decimal
EARLY_OR_LATE = BAR_LAST | BAR_HILO | BAR_VOLUME


def long(**settings: object) -> Acme:
    """Holds 100 shares; orders begin with O2."""
    acme = Acme(**settings)  # type: ignore[arg-type]  # settings of an account
    acme.hold(100)
    return acme


def test_a_stop_is_triggered_by_a_print_and_filled_by_the_next_quote() -> None:
    acme = long()
    stop = acme.place(5, "SELL", 100, "STP", stop="99.00")
    acme.quote(6, 98.0, 98.1)  # quotes trigger nothing
    acme.print(7, 99.01)
    assert not stop.triggered_ms
    acme.print(8, 99.00, 40)
    assert stop.triggered_ms
    # Neither the quote that stands nor another print fills it.
    acme.print(9, 98.5)
    assert stop.filled == 0
    acme.quote(10, 97.5, 97.6)
    assert acme.fills()[-1] == ("O2", 100, "97.50")
    (triggered,) = [entry for entry in acme.entries if isinstance(entry, OrderTriggered)]
    assert triggered.by is not None
    assert (triggered.by.price, triggered.by.size) == (99, 40)


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(EARLY_OR_LATE, id="extended hours"),
        pytest.param(BAR_VOLUME | DAY_LAST, id="volume only"),
        pytest.param(ALL | HELD_VOLUME, id="held back"),
    ],
)
def test_prints_whose_price_does_not_count_trigger_nothing(flags: int) -> None:
    acme = long()
    stop = acme.place(5, "SELL", 100, "STP", stop="99.00")
    acme.print(6, 98.0, flags=flags)
    assert not stop.triggered_ms


def test_a_print_as_old_as_the_order_triggers_nothing() -> None:
    acme = long()
    stop = acme.place(5, "SELL", 100, "STP", stop="99.00")
    trail = acme.place(5, "BUY", 10, "TRAIL", amount="0.50")
    acme.print(7, 98.0, stamp=5)
    assert not stop.triggered_ms
    assert "100.01" in acme.why(trail)
    acme.print(8, 98.0, stamp=6)
    assert stop.triggered_ms


def test_a_stop_limit_becomes_a_limit() -> None:
    acme = long()
    order = acme.place(5, "SELL", 100, "STP_LMT", stop="99.00", limit="98.80")
    acme.print(6, 98.9)
    acme.quote(7, 98.5, 98.6)
    assert (order.filled, order.stage) == (D(0), "")
    acme.quote(8, 98.9, 99.0)
    assert acme.fills()[-1] == ("O2", 100, "98.80")


def test_stops_may_look_at_quotes() -> None:
    acme = long(stop_trigger="quote")
    stop = acme.place(5, "SELL", 100, "STP", stop="99.00")
    buys = acme.place(5, "BUY", 10, "STP", stop="101.00")
    acme.print(6, 98.0)
    acme.quote(7, 99.01, 99.03)
    assert not stop.triggered_ms
    acme.quote(8, 99.00, 99.02)
    assert stop.triggered_ms
    assert stop.filled == 0
    acme.quote(9, 98.7, 98.8)
    assert acme.fills()[-1] == ("O2", 100, "98.70")
    acme.quote(10, 101.5, 101.4)  # crossed: says nothing
    assert not buys.triggered_ms
    acme.quote(11, 100.98, 101.00)
    acme.quote(12, 100.99, 101.03)
    assert acme.fills()[-1] == ("O3", 10, "101.03")


def test_stops_are_triggered_the_nearest_first() -> None:
    acme = long()
    for number, stop in enumerate(("98.00", "99.00", "98.50")):
        acme.place(5 + number, "SELL", 30, "STP", stop=stop)
    acme.print(10, 97.0)
    triggered = [entry.order_id for entry in acme.taken() if isinstance(entry, OrderTriggered)]
    assert triggered == ["O3", "O4", "O2"]
    # Once touched, the older comes first.
    acme.quote(11, 96.9, 97.0, 40.0)
    assert [(order_id, shares) for order_id, shares, _ in acme.fills()[1:]] == [("O2", 30), ("O3", 10)]


def test_a_trail_follows_the_high_and_is_triggered_below_it() -> None:
    acme = long()
    acme.print(4, 100.0)
    order = acme.place(5, "SELL", 100, "TRAIL", amount="0.50")
    assert order.extreme == D(100)
    for ms, price in ((10, 100.40), (20, 100.10), (30, 100.80), (40, 100.31)):
        acme.print(ms, price)
    assert not order.triggered_ms
    assert "100.30" in acme.why(order)
    acme.print(50, 100.30)
    acme.quote(51, 100.25, 100.28)
    assert acme.fills()[-1] == ("O2", 100, "100.25")
    # The extreme by which it was triggered is in the journal, before the trigger.
    kinds = [(type(entry).__name__, getattr(entry, "extreme", None)) for entry in acme.entries]
    assert ("OrderTrailed", D("100.8")) in kinds
    assert kinds.index(("OrderTrailed", D("100.8"))) < kinds.index(("OrderTriggered", None))


def test_a_trail_in_percent_to_buy_follows_the_low() -> None:
    acme = Acme()
    acme.print(1, 100.0)
    acme.place(5, "BUY", 10, "TRAIL", percent="1")
    acme.print(6, 90.0)
    acme.print(7, 90.89)
    assert acme.fills() == []
    acme.print(8, 90.90)
    acme.quote(9, 90.95, 91.00)
    assert acme.fills() == [("O1", 10, "91.00")]


def test_a_trail_without_any_price_begins_with_the_first_print() -> None:
    acme = Acme()
    acme.hold(100)
    order = acme.place(4_999, "SELL", 100, "TRAIL", amount="0.50")
    assert order.extreme == D("99.99")  # the bid in force
    other = Acme(margin_enabled=True, allow_short=True, risk=RiskLimits(enabled=False))
    short = other.place(60_000, "SELL", 10, "TRAIL", amount="0.50")
    assert short.extreme is None
    other.print(60_001, 105.0)
    other.print(60_002, 104.6)
    assert "104.50" in other.why(short)


def test_extremes_are_written_down_once_a_second_and_at_the_end() -> None:
    acme = long()
    acme.print(4, 100.0)
    order = acme.place(5, "SELL", 100, "TRAIL", amount="5")

    def noted() -> list[tuple[int, str]]:
        found = [entry for entry in acme.taken() if isinstance(entry, OrderTrailed)]
        return [(entry.at_ms - acme.opened.at_ms - 1, str(entry.extreme)) for entry in found]

    for ms in range(10, 2_000, 10):
        acme.print(ms, 100 + ms / 1_000)
        acme.time(ms)
    assert noted() == [(1_010, "101.01")]
    acme.time(2_009)
    assert noted() == []
    acme.time(2_010)
    assert noted() == [(2_010, "101.99")]
    acme.print(2_100, 102.5)
    acme.engine.flush(acme.now(2_101))
    assert noted() == [(2_101, "102.5")]
    acme.time(9_000)
    assert noted() == []
    assert order.extreme == D("102.5")


def test_a_new_trail_keeps_its_extreme() -> None:
    acme = long()
    acme.print(4, 100.0)
    order = acme.place(5, "SELL", 100, "TRAIL", amount="5")
    acme.print(10, 103.0)
    acme.engine.replace(order.order_id, acme.now(11), trail_percent="1")
    assert "101.97" in acme.why(order)
    acme.print(12, 101.97)
    assert order.triggered_ms


def test_a_stop_on_the_wrong_side_is_refused() -> None:
    acme = long()
    acme.print(4, 100.0)
    for side, stop in (("SELL", "100.00"), ("BUY", "99.50")):
        with pytest.raises(InvalidPaperOrder) as told:
            acme.place(5, side, 10, "STP", stop=stop)
        assert told.value.reason == "stop_side"
    order = acme.place(6, "SELL", 10, "STP", stop="99.00")
    with pytest.raises(InvalidPaperOrder):
        acme.engine.replace(order.order_id, acme.now(7), stop_price="100.50")
    assert order.stop_price == D(99)


def test_a_touched_stop_survives_a_halt() -> None:
    acme = long()
    acme.place(5, "SELL", 100, "STP", stop="99.00")
    acme.print(6, 98.9)
    acme.engine.halted("ACME", True, acme.now(7))
    acme.quote(8, 98.0, 98.1)
    assert len(acme.fills()) == 1
    acme.engine.halted("ACME", False, acme.now(9))
    assert len(acme.fills()) == 1
    acme.quote(10, 97.0, 97.1)
    assert acme.fills()[-1] == ("O2", 100, "97.00")
