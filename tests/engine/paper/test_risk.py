"""What limits say of an order, and of the account that asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.orders import Bracket, Order, RiskLimits
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper import risk
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.bracket_rules import children_of
from live_monitor.engine.paper.entries import RiskLocked
from live_monitor.engine.paper.risk_measures import distance_to_stop
from tests.engine.paper import entries_of as make
from tests.engine.paper.trader import at

CALENDAR = us_equities()


class Mark(NamedTuple):
    price: Decimal
    source: str = "mid"


def account(cash: int = 100_000, **limits: Any) -> AccountState:
    return make.account(cash, risk=RiskLimits(**limits))


def refused(
    state: AccountState, order: Order, price: str | None = "100", children: tuple[Order, ...] = (), **marks: str
) -> str:
    """The code by which the limits refuse an order; empty when they do not."""
    known = {symbol: Mark(Decimal(mark)) for symbol, mark in marks.items()}
    found = risk.check(
        state, order, children, None if price is None else Decimal(price), known, make.MONDAY_MS, CALENDAR
    )
    return "" if found is None else found.reason


def lines(
    state: AccountState, order: Order, price: str | None = "100", children: tuple[Order, ...] = ()
) -> dict[str, risk.RiskLine]:
    found = risk.lines(state, order, children, None if price is None else Decimal(price), {}, make.MONDAY_MS, CALENDAR)
    return {line.name: line for line in found}


def test_the_default_limits_at_their_edges() -> None:
    state = account()
    assert refused(state, make.order(state, "BUY", 100, "100")) == ""
    assert refused(state, make.order(state, "BUY", 101, "100")) == "max_position"


def test_the_preview_says_each_limit_in_the_words_of_traders() -> None:
    state = account(50_000)
    make.trade(state, "BUY", 20, "100")
    entry = make.order(state, "BUY", 40, "100")
    stops = children_of(entry, Bracket(stop_price=95))
    said = {name: line[1:5] for name, line in lines(state, entry, children=stops).items()}
    assert said == {
        "Trades today": ("1", "2", "10", True),
        "Losing streak": ("0", "–", "3", True),
        "Day loss": ("–", "prices are missing", "1,000.00", True),
        "Position size": ("4.00 %", "12.00 %", "10.00 %", False),
        "Risk to the stop": ("–", "0.40 %", "2.00 %", True),
        "Cash reserve": ("96.00 %", "88.00 %", "at least 20.00 %", True),
    }


def test_the_preview_has_the_numbers_too() -> None:
    state = account()
    measured = lines(state, make.order(state, "BUY", 50, "100"))["Position size"].measured
    assert [measured.value, measured.after, measured.allowed] == [Decimal(number) for number in (0, 5_000, 10_000)]
    assert measured.fits == 100


def test_without_a_stop_nothing_says_what_is_at_risk_and_the_preview_says_so() -> None:
    state = account()
    line = lines(state, make.order(state, "BUY", 100, "100"))["Risk to the stop"]
    assert (line.would_be, line.limit, line.ok) == ("no stop", "2.00 %", True)


def test_while_a_price_of_what_is_held_is_missing_the_loss_of_the_day_is_not_known() -> None:
    state = account()
    make.trade(state, "BUY", 20, "100")
    order = make.order(state, "BUY", 1, "10", symbol="AAPL")
    for marks in ({}, {"IBM": Mark(Decimal(10), "close")}):
        found = risk.lines(state, order, (), Decimal(10), marks, make.MONDAY_MS, CALENDAR)
        line = next(line for line in found if line.name == "Day loss")
        assert (line.now, line.would_be, line.ok) == ("–", "prices are missing", True)
    (line,) = [
        line
        for line in risk.lines(state, order, (), Decimal(10), {"IBM": Mark(Decimal(40))}, make.MONDAY_MS, CALENDAR)
        if line.name == "Day loss"
    ]
    assert (line.now, line.would_be, line.ok) == ("1,200.00", "1,200.00", False)


def test_without_limits_there_are_no_lines_but_for_a_lock() -> None:
    state = account(enabled=False)
    assert lines(state, make.order(state, "BUY", 1, "100")) == {}
    state.apply(RiskLocked(**make.AT, reason="daily_loss", text="Lost.", until_ms=make.MONDAY_MS + 1))
    assert list(lines(state, make.order(state, "BUY", 1, "100"))) == ["Locked"]
    assert refused(state, make.order(state, "BUY", 1, "100")) == "locked"


def test_an_order_that_closes_is_refused_by_nothing_and_one_that_turns_round_by_what_it_opens() -> None:
    state = make.account(100_000, margin_enabled=True, allow_short=True, risk=RiskLimits(max_trades_per_day=1))
    make.trade(state, "BUY", 100, "100")
    assert refused(state, make.order(state, "SELL", 100)) == ""
    assert refused(state, make.order(state, "SELL", 101)) == "max_trades"
    assert all(line.ok for line in lines(state, make.order(state, "SELL", 100)).values())


def test_shares_that_working_orders_close_already_cannot_be_closed_twice() -> None:
    state = make.account(100_000, margin_enabled=True, allow_short=True, risk=RiskLimits(max_trades_per_day=1))
    make.trade(state, "BUY", 100, "100")
    make.working(state, "SELL", 60, "120")
    assert refused(state, make.order(state, "SELL", 40)) == ""
    assert refused(state, make.order(state, "SELL", 41)) == "max_trades"


def test_children_of_a_bracket_close_what_is_held_once_and_open_where_nothing_is() -> None:
    state = make.account(100_000, margin_enabled=True, allow_short=True, risk=RiskLimits(max_trades_per_day=1))
    make.trade(state, "BUY", 100, "100")
    target = make.working(state, "SELL", 100, "120", role="target", parent_id="O1", sibling_id="O3")
    stop = make.working(state, "SELL", 100, order_type="STP", stop_price=Decimal(90), role="stop", sibling_id=target)
    lock = RiskLocked(**make.AT, reason="daily_loss", text="Lost.", until_ms=make.MONDAY_MS + 1)
    assert risk.to_cancel(state, lock) == []
    assert refused(state, state.orders[target]) == refused(state, state.orders[stop]) == ""
    assert refused(state, make.order(state, "SELL", 1)) == "max_trades"
    # What they protect is gone: each of them would go short.
    make.trade(state, "SELL", 100, "100")
    assert [order.order_id for order in risk.to_cancel(state, lock)] == [target, stop]
    assert refused(state, state.orders[stop]) == "max_trades"


def test_working_orders_count_as_if_they_were_filled() -> None:
    state = account(max_trades_per_day=None)
    make.working(state, "BUY", 60, "100")
    assert refused(state, make.order(state, "BUY", 40, "100")) == ""
    assert refused(state, make.order(state, "BUY", 41, "100")) == "max_position"
    assert refused(state, make.order(state, "BUY", 41, "100", symbol="AAPL")) == ""


def test_an_order_in_new_terms_is_not_counted_beside_itself() -> None:
    state = account(max_trades_per_day=1)
    order_id = make.working(state, "BUY", 60, "100")
    wanted = state.orders[order_id]
    assert refused(state, wanted) == ""
    assert refused(state, make.order(state, "BUY", 1, "100")) == "max_trades"


def test_the_cash_reserve_counts_what_working_orders_hold_back_and_what_the_order_costs() -> None:
    state = account(max_position=None, max_trades_per_day=None)
    make.working(state, "BUY", 300, "100", symbol="AAPL")
    assert refused(state, make.order(state, "BUY", 500, "100")) == ""
    assert refused(state, make.order(state, "BUY", 501, "100")) == "cash_reserve"
    order = make.order(state, "BUY", 500, "100")
    found = risk.check(state, order, (), Decimal(100), {}, make.MONDAY_MS, CALENDAR, fees=Decimal("0.01"))
    assert found is not None
    assert found.text.endswith("At most 499 shares fit.")


def test_without_any_price_the_size_cannot_be_checked() -> None:
    state = account()
    assert refused(state, make.order(state, "BUY", 1), price=None) == "no_price"
    assert refused(state, make.order(state, "BUY", 1), price=None, IBM="100") == ""
    assert refused(state, make.order(state, "BUY", 101), price=None, IBM="100") == "max_position"


@pytest.mark.parametrize(
    ("bracket", "distance"),
    [
        (Bracket(stop_price=95), "5"),
        (Bracket(trail_amount=2), "2"),
        (Bracket(trail_percent=3), "3"),
        (Bracket(target_price=120), None),
    ],
)
def test_the_distance_to_the_stop_of_a_bracket(bracket: Bracket, distance: str | None) -> None:
    entry = make.order(account(), "BUY", 1, "100")
    found = distance_to_stop(children_of(entry, bracket), Decimal(100))
    assert found == (None if distance is None else Decimal(distance))


def test_a_day_begins_once_and_never_goes_back() -> None:
    state = account()
    assert risk.day_turn(state, make.MONDAY_MS, CALENDAR) is None
    assert risk.day_turn(state, at("2026-11-23 23:59"), CALENDAR) is None
    assert risk.day_turn(state, at("2026-11-24 00:00"), CALENDAR) == "2026-11-24"
    assert risk.day_turn(state, at("2026-11-20 10:00"), CALENDAR) is None


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-20 10:00", "2026-11-23 04:00"),
        ("2026-11-21 10:00", "2026-11-23 04:00"),
        ("2026-11-23 00:30", "2026-11-24 04:00"),
        ("2030-12-31 10:00", "2031-01-01 00:00"),
        ("2035-03-02 10:00", "2035-03-05 00:00"),
    ],
)
def test_the_next_session_begins_with_its_pre_market(now: str, begins: str) -> None:
    assert risk.next_session_ms(at(now), CALENDAR) == at(begins)


@given(
    st.decimals("0.0001", "0.5", places=4),
    st.decimals(1, 1_000, places=2),
    st.decimals(1, 1_000, places=2),
    st.decimals(1, 10**7, places=2),
)
def test_the_size_for_a_risk_is_the_largest_that_does_not_lose_more(
    fraction: Decimal, entry: Decimal, stop: Decimal, worth: Decimal
) -> None:
    size = risk.size_for(fraction, entry, stop, worth)
    if entry == stop:
        assert size == 0
        return
    distance = abs(entry - stop)
    assert size * distance <= fraction * worth < (size + 1) * distance


@pytest.mark.parametrize(
    ("symbols", "words"), [(("F",), "list of 1 symbol that"), (("F", "GE"), "list of 2 symbols that")]
)
def test_a_symbol_that_is_not_on_the_list_is_refused_in_words(symbols: tuple[str, ...], words: str) -> None:
    state = account(whitelist=symbols)
    found = risk.check(state, make.order(state, "BUY", 1, "100"), (), Decimal(100), {}, make.MONDAY_MS, CALENDAR)
    assert found is not None
    assert words in found.text
