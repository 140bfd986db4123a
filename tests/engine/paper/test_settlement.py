"""Cash of sales settles on the next session; what was bought with it before is not sold without a word."""

from __future__ import annotations

from datetime import date

import pytest

from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import AccountChanged, Warned
from live_monitor.engine.paper.settlement import GOOD_FAITH, good_faith_problem, settles_on
from tests.engine.paper.entries_of import AT, MONDAY_MS, D, account, day, trade


def warned(state: AccountState, quantity: int) -> str:
    problem = good_faith_problem(state, "IBM", D(quantity))
    if problem is None:
        return ""
    state.apply(Warned(**AT, reason=problem.reason, text=problem.text))
    return problem.text


@pytest.mark.parametrize(
    ("traded", "settles"),
    [
        (date(2026, 11, 23), "2026-11-24"),
        (date(2026, 11, 25), "2026-11-27"),  # Thanksgiving
        (date(2026, 11, 27), "2026-11-30"),  # a half day settles on Monday
        (date(2026, 7, 2), "2026-07-06"),
        (date(2090, 1, 3), ""),  # no calendar reaches there
    ],
)
def test_trades_settle_on_the_next_session(traded: date, settles: str) -> None:
    assert settles_on(us_equities(), traded) == settles


def test_proceeds_may_be_spent_at_once_and_settle_with_the_next_session() -> None:
    state = account(1_000)
    trade(state, "BUY", 10, "100")
    assert (state.cash, state.settled) == (D(0), D(0))
    trade(state, "SELL", 10, "110")
    assert (state.cash, state.settled) == (D(1_100), D(0))
    trade(state, "BUY", 5, "100", symbol="AAPL")
    assert (state.cash, state.settled) == (D(600), D(0))
    day(state, "2026-11-24")
    assert (state.cash, state.settled, state.proceeds) == (D(600), D(600), [])


def test_settled_cash_is_spent_first_and_then_what_settles_soonest() -> None:
    state = account(1_000)
    trade(state, "BUY", 5, "100")
    trade(state, "SELL", 5, "100")
    trade(state, "BUY", 7, "100")
    held = state.positions["IBM"].lots[0]
    assert (held.unsettled, held.settles_on) == (D(200), "2026-11-24")
    assert state.settled == 0
    assert [waiting.amount for waiting in state.proceeds] == [300]


def test_a_good_faith_violation_is_named_and_settles_away() -> None:
    state = account(1_000)
    trade(state, "BUY", 10, "100")
    trade(state, "SELL", 10, "100")
    trade(state, "BUY", 10, "100")
    assert warned(state, 10).startswith(
        "Good-faith violation: IBM was bought with 1,000.00 USD of proceeds that settle on 2026-11-24"
    )
    assert state.violations == [MONDAY_MS]
    day(state, "2026-11-24")
    assert warned(state, 10) == ""


def test_only_the_shares_that_were_bought_with_unsettled_cash_violate() -> None:
    state = account(1_000)
    trade(state, "BUY", 4, "100")
    trade(state, "SELL", 2, "100")
    trade(state, "BUY", 6, "100")  # settled cash
    trade(state, "BUY", 2, "100")  # proceeds of the sale
    assert warned(state, 8) == ""  # first in, first out: the paid ones go first
    assert "200.00 USD" in warned(state, 9)


def test_a_sale_in_parts_is_one_violation() -> None:
    state = account(1_000)
    trade(state, "BUY", 10, "100")
    trade(state, "SELL", 10, "100")
    trade(state, "BUY", 10, "100")
    for first in (True, False, False):
        assert bool(warned(state, 3)) is first
        trade(state, "SELL", 3, "100")
    assert len(state.violations) == 1


def test_the_third_violation_in_a_year_tells_of_the_ninety_days() -> None:
    state = account(1_000)
    texts = []
    for _ in range(3):
        trade(state, "BUY", 10, "100")
        texts.append(warned(state, 10))
        trade(state, "SELL", 10, "100")
    assert texts[0] == ""
    trade(state, "BUY", 10, "100")
    assert "number 3" in warned(state, 10)
    assert "90 days" in state.warnings[-1].text
    assert "90 days" not in state.warnings[0].text
    late = MONDAY_MS + 366 * 86_400_000
    state.apply(Warned(account=AT["account"], at_ms=late, reason=GOOD_FAITH, text="x"))
    assert state.violations == [late]


def test_a_replay_of_an_earlier_day_begins_with_everything_settled() -> None:
    state = account(1_000)
    day(state, "2026-11-27")
    trade(state, "BUY", 10, "100")
    trade(state, "SELL", 10, "100")
    trade(state, "BUY", 1, "100")
    day(state, "2026-11-23")
    assert (state.settled, state.positions["IBM"].lots[0].unsettled) == (D(900), D(0))


def test_saying_again_which_day_it_is_settles_nothing() -> None:
    state = account(1_000)
    trade(state, "BUY", 10, "100")
    trade(state, "SELL", 10, "100")
    day(state, "2026-11-23")
    assert state.settled == 0


def test_a_margin_account_has_no_such_rules() -> None:
    state = account(1_000)
    trade(state, "BUY", 10, "100")
    trade(state, "SELL", 10, "100")
    trade(state, "BUY", 10, "100")
    settings = account(margin_enabled=True).settings
    state.apply(AccountChanged(**AT, name="Test", settings=settings))
    assert warned(state, 10) == ""
    trade(state, "SELL", 10, "100")
    assert (state.cash, state.settled, state.proceeds) == (D(1_000), D(1_000), [])
