"""A bracket that is drawn: its size follows from the stop and the risk, held to what the account may."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.orders import AccountSettings, Bracket, OrderParams, Refusal, RiskLimits
from live_monitor.ui.charts.trading.bracket import draft_lines, sized
from live_monitor.ui.charts.trading.hand import drawn, with_price
from live_monitor.ui.charts.trading.values import DRAFT_ENTRY, DRAFT_STOP, DRAFT_TARGET, Draft
from tests.memory_paper import MemoryPaper, position, working

D = Decimal
LONG = Draft(D(100), D(98), D(104))
SHORT = Draft(D(100), D(102), D(96))


def test_the_size_follows_from_the_distance_of_the_stop() -> None:
    paper = MemoryPaper("100000")
    assert sized(LONG, "AAPL", D("0.5"), 101.0, paper).shares == 250
    assert sized(LONG._replace(stop=D(99)), "AAPL", D("0.5"), 101.0, paper).shares == 500
    assert sized(LONG, "AAPL", D(1), 101.0, paper).shares == 500
    assert sized(SHORT, "AAPL", D("0.5"), 99.0, paper).shares == 250


@pytest.mark.parametrize(
    ("draft", "market", "side", "kind"),
    [
        (LONG, 101.0, "BUY", "LMT"),
        (LONG, 99.0, "BUY", "STP"),
        (SHORT, 99.0, "SELL", "LMT"),
        (SHORT, 101.0, "SELL", "STP"),
    ],
)
def test_the_order_is_a_bracket_whose_entry_waits_on_its_side_of_the_market(
    draft: Draft, market: float, side: str, kind: str
) -> None:
    found = sized(draft, "AAPL", D("0.5"), market, MemoryPaper())
    assert found.params == OrderParams(
        symbol="AAPL", side=side, quantity=D(250), order_type=kind,
        limit_price=draft.entry if kind == "LMT" else None, stop_price=draft.entry if kind == "STP" else None,
        bracket=Bracket(target_price=draft.target, stop_price=draft.stop),
    )  # fmt: skip
    assert found.why == ""


def test_the_size_is_held_to_what_the_account_may() -> None:
    limits = RiskLimits(max_position=D("0.1"), min_cash_reserve=D("0.2"))
    paper = MemoryPaper("100000", AccountSettings(risk=limits))
    found = sized(LONG, "AAPL", D(5), 101.0, paper)
    assert (int(found.shares), found.held_by) == (100, "10% in one symbol")
    paper.held = [position(60, "90", "100")]
    assert sized(LONG, "AAPL", D(5), 101.0, paper).shares == 40
    paper.working = [working("O1", limit_price="99", quantity=D(30)), working("O2", limit_price="99", state="filled")]
    paper.working.append(working("O3", side="SELL", limit_price="120", parent_id="O9"))
    assert sized(LONG, "AAPL", D(5), 101.0, paper).shares == 10
    paper.held = [position(100, "90", "100")]
    full = sized(LONG, "AAPL", D(5), 101.0, paper)
    assert (full.params, full.why) == (None, "no share fits 10% in one symbol")


def test_the_buying_power_less_the_reserve_bounds_the_size() -> None:
    paper = MemoryPaper("100000", AccountSettings(risk=RiskLimits(max_position=None, min_cash_reserve=D("0.2"))))
    found = sized(LONG, "AAPL", D(50), 101.0, paper)
    assert (int(found.shares), found.held_by) == (800, "the buying power")


def test_a_risk_below_one_share_places_nothing_and_says_so() -> None:
    found = sized(LONG, "AAPL", D("0.001"), 101.0, MemoryPaper("1000"))
    assert (found.params, found.why) == (None, "one share loses more than 0.001%")


def test_what_the_desk_would_refuse_cannot_be_placed_and_says_why() -> None:
    paper = MemoryPaper()
    paper.refusal = Refusal("trades_per_day", "10 trades today: no more until Monday.")
    found = sized(LONG, "AAPL", D("0.5"), 101.0, paper)
    entry = draft_lines(found, D("0.5"), D(100_000))[0]
    assert found.why == paper.refusal.text
    assert entry.accept == ""
    assert paper.refusal.text in entry.text


def test_the_lines_say_what_is_risked_and_what_it_may_bring() -> None:
    found = sized(LONG, "AAPL", D("0.5"), 101.0, MemoryPaper("100000"))
    entry, stop, target = draft_lines(found, D("0.5"), D(100_000))
    assert (entry.badge, entry.text, entry.accept) == ("DRAFT BUY 250", "Limit 100.00 · risks 500.00 (0.50%)", "Place")
    assert (stop.badge, stop.text) == ("STOP", "98.00 · −500.00")
    assert (target.badge, target.text) == ("TARGET", "104.00 · +1,000.00 · 2.0 R")
    assert all(line.waiting and line.moves for line in (entry, stop, target))


prices = st.decimals(1, 1000, places=2)


@given(prices, prices)
def test_a_drawn_bracket_has_its_stop_and_target_on_either_side(entry: Decimal, stop: Decimal) -> None:
    found = drawn(entry, stop)
    if entry == stop:
        assert found is None
    else:
        assert found is not None
        assert found.sound
        assert found.side == ("BUY" if stop < entry else "SELL")


@given(st.sampled_from([LONG, SHORT]), st.sampled_from([DRAFT_ENTRY, DRAFT_STOP, DRAFT_TARGET]), prices)
def test_no_drag_turns_a_bracket_inside_out(draft: Draft, line: str, price: Decimal) -> None:
    found = with_price(draft, line, price)
    assert found.sound
    assert found.side == draft.side
