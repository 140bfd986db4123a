"""What an account is worth, by prices that say whose they are; a split changes none of it (row M16)."""

from __future__ import annotations

import pytest

from live_monitor.data.models.orders import AccountSnapshot, PositionRow
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import RiskLocked, Warned
from live_monitor.engine.paper.market_view import NAN, MarketView, Now
from live_monitor.engine.paper.snapshots import (
    Mark,
    mark_of,
    net_liq,
    position_row,
    position_rows,
    snapshot,
    split_view,
)
from tests.engine.paper.entries_of import AT, MONDAY_MS, D, account, day, split, trade, working

NOW = Now(MONDAY_MS, 1_000.0)


def view(bid: float = NAN, ask: float = NAN, last: float = NAN, close: float = NAN) -> MarketView:
    found = MarketView("IBM")
    found.bid, found.ask, found.last, found.close = bid, ask, last, close
    found.received, found.last_received = 999.5, 990.0
    return found


def mark(price: str) -> dict[str, Mark]:
    return {"IBM": Mark(D(price), "mid", 0)}


def test_the_middle_of_a_sane_quote_marks_and_says_its_age() -> None:
    assert mark_of(view(150.20, 150.25, last=140.0), NOW) == Mark(D("150.225"), "mid", 500)
    assert mark_of(view(97.5, 102.5, last=140.0), NOW) == Mark(D(100), "mid", 500)


@pytest.mark.parametrize(
    ("bid", "ask"),
    [(NAN, 150.25), (150.20, NAN), (150.30, 150.20), (100.0, 200.0), (97.4, 102.6), (0.0, 1.0), (-1.0, 1.0)],
)
def test_without_a_sane_quote_the_last_print_marks(bid: float, ask: float) -> None:
    assert mark_of(view(bid, ask, last=140.0, close=139.0), NOW) == Mark(D("140.0"), "last", 10_000)


def test_a_suspect_quote_and_one_in_a_halt_do_not_mark() -> None:
    for name in ("suspect", "halted"):
        doubtful = view(150.20, 150.25, last=140.0)
        setattr(doubtful, name, True)
        assert mark_of(doubtful, NOW) == Mark(D("140.0"), "last", 10_000)


def test_the_close_before_is_the_last_resort_and_nothing_is_invented() -> None:
    assert mark_of(view(close=139.0), NOW) == Mark(D("139.0"), "close", 0)
    assert mark_of(view(), NOW) is None
    assert mark_of(None, NOW) is None


def test_sums_of_an_account_add_up() -> None:
    state = account(10_000)
    trade(state, "BUY", 100, "50", "1")
    trade(state, "SELL", 40, "52", "1")
    working(state, "BUY", 10, "40")
    found = snapshot(state, mark("51.005"), MONDAY_MS)
    assert (found.cash, found.reserved, found.market_value) == (D(7_078), D(400), D("3060.30"))
    assert found.net_liq == found.cash + found.market_value == D("10138.30")
    assert (found.realized, found.unrealized, found.fees) == (D(80), D("60.30"), D(2))
    assert found.day_pnl == found.realized + found.unrealized - found.fees
    assert found.stock_buying_power == found.option_buying_power == found.day_trading_buying_power == D(6_678)
    assert (found.settled_cash, found.trades_today, found.unmarked) == (D(4_999), 1, ())
    assert found.net_liq == net_liq(state, mark("51.005"))


def test_a_position_without_a_mark_counts_at_cost_and_is_named() -> None:
    state = account(10_000)
    trade(state, "BUY", 100, "50")
    found = snapshot(state, {}, MONDAY_MS)
    assert (found.net_liq, found.unrealized, found.unmarked) == (D(10_000), D(0), ("IBM",))
    row = position_row(state, "IBM", None)
    assert row is not None
    assert (row.mark, row.market_value, row.unrealized, row.day_pnl) == (None, None, None, None)
    assert position_row(state, "AAPL", None) is None


def test_the_profit_of_a_day_begins_where_the_day_began() -> None:
    state = account(10_000)
    trade(state, "BUY", 100, "50")
    day(state, "2026-11-24", {"IBM": D(55)})
    trade(state, "SELL", 50, "56", "1")
    row = position_rows(state, mark("57"))[0]
    assert row.day_pnl == D(50) * 1 + D(50) * 2 - 1
    assert (row.realized, row.unrealized) == (D(300), D(350))
    day(state, "2026-11-25", {"IBM": D(57)})
    assert position_rows(state, mark("57"))[0].day_pnl == 0


def test_lots_are_told_beside_the_average() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "BUY", 10, "50")
    trade(state, "BUY", 10, "60")
    trade(state, "SELL", 15, "70")
    row = position_rows(state, mark("70"))[0]
    assert (row.average_cost, row.realized, row.unrealized) == (D(55), D(225), D(75))
    assert (row.realized_fifo, row.lots) == (D(250), ((MONDAY_MS, D(5), D(300)),))
    assert snapshot(state, {}, MONDAY_MS).realized_fifo == 250
    trade(state, "SELL", 25, "70")
    assert position_rows(state, mark("70"))[0].lots == ((MONDAY_MS, D(-20), D(1400)),)


def test_a_position_that_was_closed_today_is_still_listed_and_gone_tomorrow() -> None:
    state = account(10_000)
    trade(state, "BUY", 10, "50")
    trade(state, "SELL", 10, "51")
    row = position_rows(state, {})[0]
    assert (row.quantity, row.market_value, row.unrealized, row.day_pnl, row.realized) == (
        D(0),
        D(0),
        D(0),
        D(10),
        D(10),
    )
    day(state, "2026-11-24")
    assert position_rows(state, {}) == []
    assert state.realized == 10


def test_locks_and_warnings_are_shown_while_they_hold() -> None:
    state = account()
    state.apply(RiskLocked(**AT, reason="losing_streak", text="A pause.", until_ms=MONDAY_MS + 1_000))
    state.apply(RiskLocked(**AT, reason="daily_loss", text="Until tomorrow.", until_ms=MONDAY_MS + 9_000))
    state.apply(Warned(**AT, reason="r", text="Mind this."))
    assert snapshot(state, {}, MONDAY_MS).locked == "Until tomorrow."
    assert snapshot(state, {}, MONDAY_MS + 9_000).locked == ""
    assert snapshot(state, {}, MONDAY_MS).warnings == ("Mind this.",)


def shown(state: AccountState, market: MarketView) -> tuple[AccountSnapshot, PositionRow]:
    """The account and its only position, at the mark of `market`."""
    found = mark_of(market, NOW)
    assert found is not None
    row = position_row(state, "IBM", found)
    assert row is not None
    return snapshot(state, {"IBM": found}, MONDAY_MS), row


@pytest.mark.parametrize(("ratio", "bid", "ask"), [("4", 600.20, 600.60), ("0.1", 3.11, 3.13), ("1.5", 100.0, 100.01)])
def test_m16_a_split_leaves_every_profit_where_it_was(ratio: str, bid: float, ask: float) -> None:
    state = account(100_000)
    trade(state, "BUY", 100, "99.99", "1")
    trade(state, "SELL", 30, "101.33", "1")
    market = view(bid, ask, last=bid, close=ask)
    before, row_before = shown(state, market)
    split(state, ratio)
    split_view(market, D(ratio))
    in_new_shares = view(bid / float(ratio), ask / float(ratio))
    for seen in (market, in_new_shares):  # before the first quote after the split, and with it
        after, row = shown(state, seen)
        for name in ("cash", "net_liq", "unrealized", "realized", "day_pnl", "market_value", "fees"):
            assert abs(getattr(after, name) - getattr(before, name)) <= D("0.01")
        for name in ("market_value", "unrealized", "day_pnl", "realized"):
            assert abs(getattr(row, name) - getattr(row_before, name)) <= D("0.01")


def test_m16_open_orders_go_on_in_new_shares_and_hold_back_no_more() -> None:
    state = account(100_000)
    trade(state, "BUY", 100, "100")
    buy = working(state, "BUY", 10, "90.00")
    sell = working(state, "SELL", 100, order_type="STP", stop_price=D("95.01"))
    reserved = state.reserved
    split(state, "3")
    assert (state.orders[buy].quantity, state.orders[buy].limit_price) == (D(30), D("30.00"))
    assert (state.orders[sell].quantity, state.orders[sell].stop_price) == (D(300), D("31.67"))
    assert state.selling == {"IBM": D(300)}
    assert state.reserved == reserved


def test_m16_a_halt_makes_no_profit_and_no_loss() -> None:
    state = account(100_000)
    trade(state, "BUY", 100, "100")
    market = view(99.99, 100.01, last=100.0)
    market.halted = True
    market.bid, market.ask = 60.0, 61.0  # what is quoted in a halt binds nobody
    held = mark_of(market, NOW)
    assert held is not None
    assert snapshot(state, {"IBM": held}, MONDAY_MS).net_liq == 100_000
