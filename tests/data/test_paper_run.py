"""A what-if: when acts happen, what the account hears, and that the same input makes the same journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Event, Quote, Snapshot, Trade
from live_monitor.data.models.orders import AccountSettings, OrderParams, RiskLimits
from live_monitor.data.order_script import Act, CancelLine, PlaceLine, ReplaceLine
from live_monitor.data.paper_record import Played
from live_monitor.data.paper_run import PaperRun, Terms
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.sessions import us_equities

NEW_YORK = ZoneInfo("America/New_York")


def at(clock: str, day: str = "2026-11-16") -> int:
    return round(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK).timestamp() * 1000)


OPEN = at("10:00:00")
RESTING: dict[str, Any] = {"order_type": "LMT", "limit_price": "9.00"}


class Frame(NamedTuple):
    """What a frame of a session says."""

    at_ms: int
    events: Sequence[Event] = ()
    snapshot: Snapshot | None = None


def quote(ms: int, bid: float, ask: float, bid_size: float = 500, ask_size: float = 500) -> Frame:
    event = Quote("XYZ", OPEN + ms, bid, bid_size, ask, ask_size)
    return Frame(event.timestamp_ms, [event])


def trade(ms: int, price: float, size: float = 100, *, sequence: int = 0) -> Frame:
    event = Trade("XYZ", price, size, OPEN + ms, sequence=sequence or ms + 1)
    return Frame(event.timestamp_ms, [event])


def order(
    ms: int, side: str = "BUY", quantity: int = 100, client: str = "", *, line: int = 1, **terms: Any
) -> PlaceLine:
    params = OrderParams(symbol="XYZ", side=side, quantity=quantity, client_order_id=client, **terms)
    return PlaceLine(line, OPEN + ms, params)


def played(frames: Sequence[Frame], *acts: Act, cash: int = 100_000, start_ms: int = OPEN, **settings: Any) -> Played:
    terms = Terms(
        Decimal(cash), AccountSettings(**{"risk": RiskLimits(enabled=False), **settings}), "REPLAY 2026-11-16", ("XYZ",)
    )
    run = PaperRun(terms, us_equities(), rules_for("polygon"), start_ms)
    return run.play(frames, sorted(acts, key=lambda act: act.at_ms))


def fills(result: Played) -> list[tuple[int, str, str]]:
    return [(fill.at_ms - OPEN, str(fill.quantity), str(fill.price)) for fill in result.fills]


# -- when --------------------------------------------------------------------------------------


def test_everything_stamped_up_to_its_time_is_heard_before_an_act() -> None:
    walk = [quote(0, 10.00, 10.01), quote(1_000, 10.00, 10.02), quote(1_001, 10.00, 10.03)]
    assert fills(played(walk, order(999))) == [(999, "100", "10.01")]
    assert fills(played(walk, order(1_000))) == [(1_000, "100", "10.02")]
    assert fills(played(walk, order(1_001))) == [(1_001, "100", "10.03")]


def test_an_act_between_two_events_of_one_frame_happens_between_them() -> None:
    first, second = quote(0, 10.00, 10.01).events[0], quote(500, 10.10, 10.11).events[0]
    result = played([Frame(OPEN + 500, [first, second])], order(100))
    assert fills(result) == [(100, "100", "10.01")]


def test_an_event_of_the_same_millisecond_as_an_order_never_fills_it_at_rest() -> None:
    walk = [quote(0, 10.00, 10.05), trade(1_000, 9.90, 1_000)]
    result = played(walk, order(1_000, order_type="LMT", limit_price="9.95"))
    assert fills(result) == []
    result = played(walk, order(999, order_type="LMT", limit_price="9.95"))
    assert fills(result) == [(1_000, "100", "9.95")]


def test_what_comes_late_is_heard_late_and_time_never_runs_back() -> None:
    late = Quote("XYZ", OPEN + 500, 10.10, 500, 10.20, 500)
    walk = [quote(0, 10.00, 10.01), trade(2_000, 10.01), Frame(OPEN + 500, [late])]
    result = played(walk, order(1_000), order(2_000, line=2))
    assert fills(result) == [(1_000, "100", "10.01"), (2_000, "100", "10.2")]


def test_a_latency_is_over_when_it_is_over_and_not_with_the_next_event() -> None:
    walk = [quote(0, 10.00, 10.01), quote(10_000, 10.00, 10.50)]
    result = played(walk, order(1_000), latency_ms=250)
    assert fills(result) == [(1_250, "100", "10.01")]
    assert result.fills[0].receipt.latency_ms == 250
    facts = result.fills[0].receipt.quote
    assert facts is not None
    assert facts.age_ms == 1_250


@pytest.mark.parametrize(("after_ms", "state"), [(5_000, "filled"), (5_001, "rejected")])
def test_a_quote_is_as_old_as_market_time_has_passed(after_ms: int, state: str) -> None:
    result = played([quote(0, 10.00, 10.01), trade(20_000, 10.0)], order(after_ms))
    assert result.orders[0].state == state
    if state == "rejected":
        assert "5.001 s" in result.orders[0].text


def test_acts_before_the_first_event_happen_at_the_start() -> None:
    walk = [quote(0, 10.00, 10.01), quote(10, 9.98, 9.99)]
    result = played(walk, order(-60_000), order(-60_000, line=2, order_type="LMT", limit_price="10.00"))
    assert [one.state for one in result.orders] == ["rejected", "filled"]
    assert result.orders[0].placed_ms == OPEN


# -- the end -----------------------------------------------------------------------------------


def test_day_orders_expire_at_the_close_even_when_the_recording_ends_before() -> None:
    result = played([quote(0, 10.00, 10.01)], order(1_000, order_type="LMT", limit_price="9.00"))
    (one,) = result.orders
    assert (one.state, one.closed_ms) == ("expired", at("16:00:00"))


def test_what_is_good_till_canceled_stays_open_and_says_why_it_waits() -> None:
    result = played([quote(0, 10.00, 10.01)], order(1_000, time_in_force="GTC", **RESTING))
    (one,) = result.orders
    assert one.state == "accepted"
    assert result.waiting[one.order_id]


def test_an_act_after_the_last_event_still_happens() -> None:
    walk = [quote(0, 10.00, 10.01)]
    cancel = CancelLine(2, at("12:00:00"), "a", "")
    result = played(walk, order(1_000, client="a", order_type="LMT", limit_price="9.00"), cancel)
    assert (result.orders[0].state, result.orders[0].closed_ms) == ("canceled", at("12:00:00"))


# -- the market --------------------------------------------------------------------------------


def test_a_suspect_print_triggers_nothing_until_it_is_confirmed() -> None:
    walk = [quote(0, 10.00, 10.01), trade(10, 10.00), trade(2_000, 15.00), quote(3_000, 10.00, 10.01)]
    stop = order(1_000, order_type="STP", stop_price="11.00", time_in_force="GTC")
    assert played(walk, stop).orders[0].triggered_ms == 0
    confirmed = [*walk, quote(3_100, 14.98, 15.02), quote(3_200, 14.98, 15.02)]
    (one,) = played(confirmed, stop).orders
    assert one.triggered_ms
    assert one.average_price == Decimal("15.02")


def test_a_print_that_comes_twice_counts_once() -> None:
    walk = [quote(0, 10.00, 10.05), trade(2_000, 9.90, 60, sequence=7), trade(2_000, 9.90, 60, sequence=7)]
    result = played(walk, order(1_000, order_type="LMT", limit_price="9.95"))
    assert fills(result) == [(2_000, "60", "9.95")]


def test_a_print_that_counts_for_nothing_but_volume_fills_nothing() -> None:
    odd = Trade("XYZ", 9.90, 100, OPEN + 2_000, conditions=(2,), sequence=9)
    walk = [quote(0, 10.00, 10.05), Frame(OPEN + 2_000, [odd])]
    assert not played(walk, order(1_000, order_type="LMT", limit_price="9.95")).fills


def test_the_quote_of_a_recorded_snapshot_stands_with_the_age_that_it_has() -> None:
    told = Snapshot("XYZ", OPEN, bid=10.00, bid_size=300, ask=10.02, ask_size=300, quote_timestamp_ms=OPEN - 3_000)
    result = played([Frame(0, snapshot=told), trade(60_000, 10.0)], order(1_000), order(2_001, line=2))
    assert [one.state for one in result.orders] == ["filled", "rejected"]
    facts = result.fills[0].receipt.quote
    assert facts is not None
    assert facts.age_ms == 4_000


def test_prices_of_other_symbols_move_nothing_but_the_time() -> None:
    other = Quote("ABC", OPEN + 5_001, 9.00, 500, 9.01, 500)
    result = played([quote(0, 10.00, 10.01), Frame(OPEN + 5_001, [other])], order(5_001))
    assert result.orders[0].state == "rejected"


def test_another_day_begins_without_yesterdays_prices() -> None:
    next_day = at("10:00:00", "2026-11-17") - OPEN
    walk = [quote(0, 10.00, 10.01), trade(0, 10.0), trade(next_day, 20.0), trade(next_day + 10, 20.0)]
    stop = order(next_day + 5, order_type="STP", stop_price="15.00")
    # No print before it that day: 20 is taken at its word, and the guard does not compare it with yesterday's 10.
    assert played(walk, stop).denied == ()


def test_the_rest_of_a_marketable_limit_never_pays_its_limit_while_the_ask_is_below_it() -> None:
    walk = [
        quote(0, 10.00, 10.01, 500, 60),
        trade(1_500, 10.01),
        quote(2_000, 10.00, 10.02),
        quote(3_000, 10.00, 10.02),
    ]
    result = played(walk, order(1_000, order_type="LMT", limit_price="10.50"))
    assert fills(result) == [(1_000, "60", "10.01"), (2_000, "40", "10.02")]


# -- acts --------------------------------------------------------------------------------------


def test_an_order_is_replaced_and_canceled_by_the_name_that_its_line_gave_it() -> None:
    walk = [quote(0, 10.00, 10.01), quote(5_000, 10.00, 10.01)]
    replace = ReplaceLine(2, OPEN + 2_000, "a", "", {"limit_price": "9.50", "quantity": 50})
    result = played(walk, order(1_000, client="a", **RESTING), replace, CancelLine(3, OPEN + 3_000, "a", ""))
    (one,) = result.orders
    assert (one.limit_price, one.quantity, one.state) == (Decimal("9.5"), Decimal(50), "canceled")
    assert result.lines == {one.order_id: 1}
    assert result.denied == ()


def test_a_refused_order_stands_in_the_result_and_does_not_stop_the_others() -> None:
    walk = [quote(0, 10.00, 10.01)]
    result = played(walk, order(1_000, "SELL"), order(1_000, quantity=-5, line=2), order(1_000, line=3, client="c"))
    refused, filled = result.orders
    assert (refused.state, filled.state) == ("rejected", "filled")
    assert refused.reason
    assert refused.text
    assert result.lines[filled.order_id] == 3
    (unread,) = result.denied
    assert (unread.act.number, unread.order_id) == (2, "")
    assert unread.reason
    assert unread.text


def test_a_cancel_of_nothing_and_one_that_comes_too_late_are_told_with_what_they_are_about() -> None:
    walk = [quote(0, 10.00, 10.01)]
    result = played(
        walk, order(1_000, client="a"), CancelLine(2, OPEN + 2_000, "a", ""), CancelLine(3, OPEN + 2_000, "b", ""),
        ReplaceLine(4, OPEN + 2_000, "", "O9", {"quantity": 1}),
    )  # fmt: skip
    order_id = result.orders[0].order_id
    assert [(one.act.number, one.order_id) for one in result.denied] == [(2, order_id), (3, ""), (4, "")]
    assert result.denied[1].reason == "unknown_order"
    assert "b" in result.denied[1].text


def test_the_same_client_order_id_again_is_answered_with_the_order_it_made() -> None:
    walk = [quote(0, 10.00, 10.01)]
    result = played(walk, order(1_000, client="a"), order(1_500, client="a", line=2, quantity=7))
    assert len(result.orders) == 1
    assert result.repeats == ((2, result.orders[0].order_id),)


def test_children_of_a_bracket_stand_behind_their_entry_with_its_line() -> None:
    from live_monitor.data.models.orders import Bracket

    walk = [quote(0, 10.00, 10.01), quote(2_000, 11.00, 11.01), quote(3_000, 11.00, 11.01)]
    bracket = Bracket(target_price="11.00", stop_price="9.00")
    result = played(walk, order(1_000, client="a", bracket=bracket))
    entry, *children = result.orders
    assert [child.parent_id for child in children] == [entry.order_id] * 2
    assert set(result.lines.values()) == {1}
    assert {child.role: child.state for child in children} == {"target": "filled", "stop": "canceled"}


# -- the account -------------------------------------------------------------------------------


def test_cash_is_what_the_fills_leave_of_it() -> None:
    walk = [quote(0, 10.00, 10.01), quote(2_000, 10.50, 10.51)]
    result = played(walk, order(1_000), order(2_500, "SELL", line=2), cash=5_000)
    assert result.account.cash == Decimal("5000") - Decimal("1001") + Decimal("1050")
    assert result.account.realized == 49
    assert [row for row in result.positions if row.quantity] == []


# -- determinism (L17) -------------------------------------------------------------------------


def test_the_same_input_makes_the_same_journal_and_any_other_another_one() -> None:
    walk = [quote(0, 10.00, 10.01), quote(2_000, 10.50, 10.51)]
    same = [played(walk, order(1_000, client="a")).digest for _ in range(2)]
    assert same[0] == same[1]
    assert len(same[0]) == 64
    assert played(walk, order(1_001, client="a")).digest != same[0]
    assert played(walk, order(1_000, client="b")).digest != same[0]
    assert played(walk, order(1_000, client="a"), slippage=Decimal("0.01")).digest != same[0]


#: Of the run below. It is the same on every Python from 3.11, on every system, with any hash seed. Whoever changes what
#: an entry holds, or what the engine decides, takes the new one over and says so.
DIGEST = "6a7bd74ce50cec6319a491643908c8be3d703a9ac452f1211b9b62aaaf33198f"


def test_l17_the_ledger_is_the_same_on_every_python() -> None:
    walk = [quote(0, 10.00, 10.01, 500, 60), trade(1_500, 9.98), quote(2_000, 10.10, 10.12), trade(4_000, 9.80)]
    result = played(
        walk,
        order(1_000, client="a", quantity=100, order_type="LMT", limit_price="10.05"),
        order(1_200, client="b", line=2, order_type="LMT", limit_price="9.99"),
        order(2_500, "SELL", 30, "c", line=3, order_type="TRAIL", trail_amount="0.05"),
        order(2_500, "SELL", 999, line=4), ReplaceLine(5, OPEN + 3_000, "a", "", {"limit_price": "10.11"}),
        CancelLine(6, OPEN + 3_500, "a", ""), costs="us_broker", slippage=Decimal("0.003"),
    )  # fmt: skip
    assert {one.state for one in result.orders} == {"canceled", "filled", "rejected", "expired"}
    assert result.digest == DIGEST


_step = st.tuples(st.integers(1, 3_000), st.sampled_from([-2, -1, 0, 1, 2]), st.integers(0, 300), st.booleans())
_act = st.tuples(
    st.integers(0, 20_000),
    st.sampled_from(["BUY", "SELL"]),
    st.integers(-1, 400),
    st.sampled_from(["MKT", "LMT", "STP", "STP_LMT", "TRAIL"]),
    st.integers(-4, 4),
    st.sampled_from(["DAY", "GTC", "IOC", "FOK"]),
)


@given(
    st.lists(_step, min_size=1, max_size=30), st.lists(_act, max_size=12), st.sampled_from(["simple", "touch", "queue"])
)
def test_whatever_is_asked_the_run_ends_and_no_money_is_made_of_nothing(
    steps: list[tuple[int, int, int, bool]], asked: list[tuple[int, str, int, str, int, str]], model: str
) -> None:
    frames: list[Frame] = []
    ms = cents = 0
    for step, move, size, printed in steps:
        ms, cents = ms + step, cents + move
        bid = (1_000 + cents) / 100
        frames.append(quote(ms, bid, bid + 0.01, size, 300 - size))
        if printed:
            frames.append(trade(ms, bid, max(size, 1)))
    acts: list[Act] = []
    for line, (when, side, quantity, kind, away, tif) in enumerate(asked, 1):
        price = f"{10 + away / 100:.2f}"
        terms = {
            "LMT": {"limit_price": price}, "STP": {"stop_price": price},
            "STP_LMT": {"limit_price": price, "stop_price": price}, "TRAIL": {"trail_amount": "0.02"},
        }.get(kind, {})  # fmt: skip
        acts.append(order(when, side, quantity, f"c{line}", line=line, order_type=kind, time_in_force=tif, **terms))
    result = played(frames, *acts, cash=5_000, fill_model=model, costs="us_broker")
    cash = Decimal(5_000)
    held = Decimal(0)
    for fill in result.fills:
        sign = 1 if fill.side == "SELL" else -1
        cash += (sign * fill.quantity * fill.price).quantize(Decimal("0.01")) - fill.fees.total
        held -= sign * fill.quantity
        assert held >= 0
        assert fill.receipt.model == model
    assert result.account.cash == cash >= 0
    assert sum((row.quantity for row in result.positions), Decimal(0)) == held
    assert len(result.orders) + sum(not one.order_id for one in result.denied) == len(acts)
    assert all(not one.is_open or one.time_in_force == "GTC" for one in result.orders)
