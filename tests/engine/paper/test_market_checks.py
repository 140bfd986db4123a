"""What counts as data, one check at a time; the table of fill cases has them at work."""

from __future__ import annotations

import pytest

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import AccountSettings, Refusal
from live_monitor.engine.market.conditions import BAR_LAST, BAR_VOLUME, DAY_LAST, HELD_VOLUME, rules_for
from live_monitor.engine.market.sessions import cme_equity_futures, us_equities
from live_monitor.engine.paper.market_checks import (
    HALTS,
    NO_LIVE_PRICE,
    NOT_FIRM,
    is_sound,
    market_problem,
    next_opening_ms,
    no_live_price,
    print_counts,
    quote_problem,
    session_problem,
)
from live_monitor.engine.paper.market_view import NAN, MarketView, Now
from tests.engine.paper.entries_of import MONDAY_MS, account, order

CALENDAR = us_equities()
SETTINGS = AccountSettings()
NOW = Now(MONDAY_MS, 1_000.0)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def view(bid: float = 10.0, ask: float = 10.05, received: float = 999.7, **more: object) -> MarketView:
    """A market as a quote left it."""
    made = MarketView("ACME")
    made.bid, made.ask, made.received, made.quote_ms = bid, ask, received, MONDAY_MS
    made.bid_size = made.bid_left = made.ask_size = made.ask_left = 100.0
    for name, value in more.items():
        setattr(made, name, value)
    return made


def problem(made: MarketView | None, now: Now = NOW, *, extended: bool = False, feed_up: bool = True) -> str:
    """The reason, empty where there is none."""
    found = market_problem(made, SETTINGS, CALENDAR, now, side="BUY", extended=extended, feed_up=feed_up)
    return "" if found is None else found.reason


def test_a_sound_quote_of_regular_hours_has_no_problem() -> None:
    assert problem(view()) == ""
    assert is_sound(view())


def test_of_several_problems_the_first_is_told() -> None:
    bad = view(10.1, 10.0, 900.0, halted=True, suspect=True)
    night = Now(MONDAY_MS + 12 * HOUR_MS, 1_000.0)
    assert problem(bad, night, feed_up=False) == "feed_down"
    assert problem(bad, night) == "halted"
    bad.halted = False
    assert problem(bad, night) == "session"
    assert problem(bad) == "crossed"
    bad.ask = 10.2
    assert problem(bad) == "stale"
    bad.received, bad.suspect_received = 999.0, 999.0
    assert problem(bad) == "suspect"


def test_nothing_trades_beyond_limit_up_and_limit_down() -> None:
    assert problem(view(band_low=9.5, band_high=10.05)) == ""
    assert problem(view(band_low=9.5, band_high=10.04)) == "beyond_band"
    # Who buys at the ask does not mind that the bid is too low.
    assert problem(view(band_low=10.01, band_high=11.0)) == ""
    below = market_problem(view(band_low=10.01), SETTINGS, CALENDAR, NOW, side="SELL", extended=False, feed_up=True)
    assert below == Refusal("beyond_band", "the bid 10.00 is below limit down, 10.01")


@pytest.mark.parametrize("received", [995.0, 995.0004])
def test_a_quote_of_five_seconds_to_the_millisecond_is_used(received: float) -> None:
    assert problem(view(received=received)) == ""


def test_one_millisecond_more_is_stale_and_named() -> None:
    found = quote_problem(view(received=994.999), SETTINGS, NOW, side="BUY")
    assert found == Refusal("stale", "the quote 10.00 to 10.05 is 5.001 s old, and 5.0 s are allowed")


def test_an_age_is_never_negative() -> None:
    assert problem(view(received=1_000.5)) == ""


@pytest.mark.parametrize("condition", sorted(HALTS))
def test_quote_conditions_of_a_halt(condition: int) -> None:
    assert problem(view(condition=condition)) == "halted"
    assert not is_sound(view(condition=condition))


@pytest.mark.parametrize("condition", sorted(NOT_FIRM))
def test_quote_conditions_that_are_not_firm(condition: int) -> None:
    assert problem(view(condition=condition)) == "not_firm"
    assert not is_sound(view(condition=condition))


@pytest.mark.parametrize("condition", [None, 1, 3, 10, 12, 13, 14, 16, 17])
def test_quote_conditions_that_may_be_traded_against(condition: int | None) -> None:
    assert problem(view(condition=condition)) == ""


@pytest.mark.parametrize(
    "made",
    [
        view(NAN, 10.05),
        view(10.0, NAN),
        view(NAN, NAN),
        view(10.05, 10.05),
        view(10.06, 10.05),
        view(ask_size=0.0),
        view(bid_size=0.0),
    ],
)
def test_what_is_not_sound_always_has_a_reason(made: MarketView) -> None:
    assert not is_sound(made)
    assert problem(made) in ("one_sided", "no_quote", "locked", "crossed", "no_size")


def test_sizes_that_are_not_displayed_are_no_problem() -> None:
    assert problem(view(bid_size=NAN, ask_size=NAN)) == ""


def test_extended_hours_are_for_orders_that_say_so() -> None:
    early = MONDAY_MS - 2 * HOUR_MS
    assert session_problem(CALENDAR, early, extended=True) is None
    assert session_problem(CALENDAR, early, extended=False) == Refusal(
        "session", "the regular session begins at 09:30 (New York time)"
    )
    night = session_problem(CALENDAR, MONDAY_MS + 11 * HOUR_MS, extended=True)
    assert night == Refusal("session", "the market is closed; trading begins at 04:00 on Tue 24 Nov (New York time)")


def test_a_weekend_ends_on_monday_and_an_unknown_day_is_told() -> None:
    found = session_problem(CALENDAR, MONDAY_MS - 2 * DAY_MS, extended=False)
    assert found is not None
    assert found.text == "the market is closed; the regular session begins at 09:30 on Mon 23 Nov (New York time)"
    unknown = session_problem(CALENDAR, 4_070_908_800_000, extended=False)
    assert unknown == Refusal("session", "nobody knows the hours of this day")


def test_a_pause_in_the_session_ends_where_it_ends() -> None:
    # CME Globex paused from 16:15 to 16:30 New York time until June 2021; this is Wednesday 2021-03-10, 16:20.
    paused = 1_615_411_200_000
    assert next_opening_ms(cme_equity_futures(), paused, extended=False) == paused + 600_000


@pytest.mark.parametrize(
    ("flags", "regular", "extended"),
    [
        (rules_for("polygon").flags(()), True, True),
        (rules_for("polygon").flags((12,)), False, True),
        (rules_for("polygon").flags((37,)), False, False),
        (rules_for("polygon").flags((10,)), False, False),
        (BAR_LAST | DAY_LAST, True, True),
        (BAR_VOLUME | HELD_VOLUME, False, False),
        (BAR_LAST | DAY_LAST | HELD_VOLUME, False, False),
    ],
)
def test_a_print_counts_by_its_flags(flags: int, regular: bool, extended: bool) -> None:
    resting = order(account(), "BUY", 100, "10")
    resting.accepted_ms = resting.active_ms = MONDAY_MS
    trade = Trade("IBM", 9.9, 100.0, MONDAY_MS + 1)
    assert print_counts(resting, trade, flags) is regular
    resting.extended_hours = True
    assert print_counts(resting, trade, flags) is extended
    assert not print_counts(resting, trade, flags, suspect=True)
    assert not print_counts(resting, Trade("IBM", 9.9, 100.0, MONDAY_MS), flags)


def test_a_market_order_is_refused_in_the_documented_words() -> None:
    told = no_live_price(Refusal("stale", "the quote is old"))
    assert told == Refusal("stale", f"{NO_LIVE_PRICE}: the quote is old.")
    assert NO_LIVE_PRICE == "Cannot fill market order: no live market price available"
