"""Properties of whole generated days, at their natural rate."""

from __future__ import annotations

import numpy as np
import pytest

from live_monitor.providers.simulated_flow import expected_day_volume, generate_flow
from live_monitor.providers.simulated_prints import CONDITIONS
from live_monitor.providers.simulated_universe import UNIVERSE, profile_for
from tests.providers.simulated_days import FRIDAY, HALF_DAY, WholeDay, symbol_day, whole_day

SYMBOLS = ["AAPL", "SPY", "META", "F", "QZPX"]
#: Reports whose price is another moment's or another market's: all others trade at or inside the quote.
ELSEWHERE = {2, 8, 10, 15, 16, 17, 19, 22, 25, 32, 33, 52, 53}


@pytest.fixture(params=SYMBOLS)
def tape(request: pytest.FixtureRequest) -> WholeDay:
    return whole_day(request.param)


def prevailing(tape: WholeDay) -> tuple[np.ndarray, np.ndarray]:
    """Bid and ask at the time of each print."""
    row = np.searchsorted(tape.quote_ms, tape.trade_ms, "right") - 1
    assert row.min() >= 0
    return tape.bid[row], tape.ask[row]


def test_quotes_are_never_crossed_and_seldom_locked(tape: WholeDay) -> None:
    both = (tape.bid > 0) & (tape.ask > 0)
    assert np.all(tape.bid[both] <= tape.ask[both])
    assert 0 < np.mean(tape.bid[both] == tape.ask[both]) < 0.002


def test_quotes_lie_on_the_tick(tape: WholeDay) -> None:
    tick = tape.day.path.tick
    assert tick == (1 if tape.price.max() < 10_000 else 100)
    assert np.all(tape.bid % tick == 0)
    assert np.all(tape.ask % tick == 0)


def test_one_side_is_absent_at_times_before_the_open_only(tape: WholeDay) -> None:
    absent = (tape.bid == 0) | (tape.ask == 0)
    assert np.count_nonzero(absent) > 0
    assert not np.any((tape.bid == 0) & (tape.ask == 0))
    assert tape.quote_ms[absent].max() < tape.day.session.open_s * 1000


def test_spreads_are_widest_outside_regular_hours_and_just_after_the_open(tape: WholeDay) -> None:
    session, spread = tape.day.session, tape.ask - tape.bid
    both = (tape.bid > 0) & (tape.ask > 0)

    def average(first_s: int, last_s: int) -> float:
        window = both & (tape.quote_ms >= first_s * 1000) & (tape.quote_ms < last_s * 1000)
        return float(spread[window].mean())

    noon = average(28_800, 32_400)
    assert average(session.open_s, session.open_s + 120) > 1.5 * noon
    assert average(7_200, 10_800) > 2 * noon
    assert average(session.close_s + 3600, session.seconds) > 2 * noon


def test_regular_prints_happen_at_or_inside_the_quote(tape: WholeDay) -> None:
    elsewhere = np.array([bool(ELSEWHERE & set(conditions)) for conditions in CONDITIONS])[tape.code]
    bid, ask = prevailing(tape)
    inside = (tape.price >= bid) & ((tape.price <= ask) | (ask == 0))
    assert np.all(inside[~elsewhere])
    assert np.mean(elsewhere) < 0.02


def test_reports_from_elsewhere_stay_near_the_quote(tape: WholeDay) -> None:
    bid, ask = prevailing(tape)
    fair = np.where(bid > 0, bid, ask)
    assert np.max(np.abs(tape.price / fair - 1)) < 0.03


def test_prices_between_ticks_are_midpoints_or_happen_off_exchange(tape: WholeDay) -> None:
    bid, ask = prevailing(tape)
    between = tape.price % tape.day.path.tick != 0
    middle = tape.price == (bid + ask) // 2
    assert np.all(middle[between & (tape.exchange != 4)])
    if tape.day.path.tick > 1:
        assert np.mean(between) > 0.1
        assert np.count_nonzero(tape.price % 100 == 50) > 0  # 4 decimals: 12.3450


def test_odd_lots_are_the_prints_below_a_round_lot_and_most_of_all_prints(tape: WholeDay) -> None:
    odd = tape.with_condition(37)
    auctions = np.isin(tape.exchange, [10, 11, 12]) & (tape.size > 5_000)
    assert np.array_equal(odd[~auctions], (tape.size < tape.day.lot)[~auctions])
    assert np.mean(odd) > (0.6 if tape.price.max() > 10_000 else 0.4)


def test_over_the_whole_market_60_percent_of_the_prints_are_odd_lots() -> None:
    days = [whole_day(symbol) for symbol in SYMBOLS]
    odd = sum(np.count_nonzero(day.with_condition(37)) for day in days)
    shares = sum(int(day.size[day.with_condition(37)].sum()) for day in days)
    assert 0.60 < odd / sum(len(day.price) for day in days) < 0.80
    assert shares / sum(int(day.size.sum()) for day in days) < 0.25


def test_sweeps_and_trade_through_exempt_prints_are_as_common_as_on_a_full_tape(tape: WholeDay) -> None:
    sweep, exempt = tape.with_condition(14), tape.with_condition(41)
    assert 0.25 < np.mean(sweep) < 0.32
    assert 0.27 < np.mean(exempt) < 0.36
    assert not np.any(sweep & (tape.exchange == 4))


def test_form_t_marks_exactly_the_prints_outside_regular_hours_but_the_crosses(tape: WholeDay) -> None:
    crosses = np.isin(tape.code >> 4, [8, 9, 10, 11, 12, 13])
    assert np.array_equal(tape.with_condition(12)[~crosses], ~tape.regular_hours[~crosses])
    assert not np.any(tape.with_condition(12)[crosses])


@pytest.mark.parametrize(
    ("symbol", "opening", "closing"), [("AAPL", 25, 8), ("F", 17, 19), ("SPY", 17, 19), ("QZPX", 25, 8)]
)
def test_the_day_opens_and_closes_with_the_listing_market_s_cross(symbol: str, opening: int, closing: int) -> None:
    tape, listing = whole_day(symbol), profile_for(symbol).listing
    session, path = tape.day.session, tape.day.path
    first = int(np.flatnonzero(tape.given_ms >= session.open_s * 1000)[0])
    assert [CONDITIONS[code] for code in tape.code[first : first + 2]] == [(opening,), (16,)]
    assert tape.given_ms[first] - session.open_s * 1000 < 1_000
    assert set(tape.price[first : first + 2].tolist()) == {path.open}
    (cross,) = np.flatnonzero(tape.with_condition(closing))
    (official,) = np.flatnonzero(tape.with_condition(15))
    assert 0 < tape.given_ms[cross] - session.close_s * 1000 < 1_000
    assert 0 < tape.given_ms[official] - tape.given_ms[cross] < 3_000
    assert tape.price[cross] == tape.price[official] == path.close
    assert tape.size[cross] == tape.size[official]
    assert {int(tape.exchange[row]) for row in (first, first + 1, cross, official)} == {listing}


def test_auctions_are_the_largest_prints_and_a_believable_part_of_the_volume() -> None:
    tape = whole_day("AAPL")
    counted = ~tape.with_condition(15) & ~tape.with_condition(16)
    volume = int(tape.size[counted].sum())
    assert 0.004 < int(tape.size[tape.with_condition(25)][0]) / volume < 0.03
    assert 0.04 < int(tape.size[tape.with_condition(8)][0]) / volume < 0.15
    assert volume == pytest.approx(expected_day_volume(profile_for("AAPL"), tape.day.path), rel=0.35)


def test_late_reports_are_marked_few_and_mostly_within_ten_seconds() -> None:
    tape = whole_day("AAPL")
    late = tape.trade_ms < tape.given_ms
    assert np.array_equal(late | (tape.trade_ms == tape.given_ms), np.ones(len(late), bool))
    marked = tape.with_condition(32) | tape.with_condition(33)
    assert np.all(marked[late])
    assert np.mean(late[marked]) > 0.99
    assert 0.0005 < np.mean(late) < 0.005
    delay = (tape.given_ms - tape.trade_ms)[late]
    assert 0.6 < np.mean(delay <= 10_000) < 0.9
    assert delay.max() <= 600_000
    assert np.all(tape.exchange[late] == 4)
    assert np.all(np.diff(tape.given_ms) >= 0)


@pytest.mark.parametrize("condition", [2, 10, 22, 53, 52])
def test_reports_with_other_prices_are_few_and_off_exchange(condition: int) -> None:
    tape = whole_day("AAPL")
    marked = tape.with_condition(condition)
    assert 0 < np.mean(marked) < 0.005
    assert np.all(tape.exchange[marked] == 4)


def test_four_in_ten_prints_are_reported_off_exchange_and_the_listing_market_leads_the_rest(tape: WholeDay) -> None:
    ids, counts = np.unique(tape.exchange, return_counts=True)
    share = dict(zip(ids.tolist(), (counts / counts.sum()).tolist(), strict=True))
    assert 0.35 < share.pop(4) < 0.45
    listing = max(share, key=lambda venue: share[venue])
    assert listing in {10, 11, 12}
    assert 0.1 < share[listing] < 0.35
    assert len(share) >= 12


def test_there_are_three_to_five_quotes_for_each_print(tape: WholeDay) -> None:
    assert 3 < len(tape.quote_ms) / len(tape.price) < 5


def test_volume_is_u_shaped_and_thin_outside_regular_hours(tape: WholeDay) -> None:
    session = tape.day.session
    half_hours = np.bincount(tape.given_ms // 1_800_000, minlength=32)
    regular = half_hours[session.open_s // 1800 : session.close_s // 1800]
    noon = regular[5:8].mean()
    assert regular[0] > 2 * noon
    assert regular[-1] > 1.15 * noon
    assert half_hours.sum() - regular.sum() < 0.12 * half_hours.sum()
    assert np.all(half_hours > 0)


def test_orders_lean_the_way_in_which_the_price_moves() -> None:
    tape = whole_day("AAPL")
    bid, ask = prevailing(tape)
    side = np.where(tape.price == ask, 1, np.where(tape.price == bid, -1, 0))[tape.regular_hours]
    minute = tape.trade_ms[tape.regular_hours] // 60_000
    first = int(minute.min())
    pressure = np.bincount(minute - first, weights=side * tape.size[tape.regular_hours])
    mid = tape.day.path.mid[::60][first : first + len(pressure) + 1]
    assert np.corrcoef(pressure, np.diff(mid))[0, 1] > 0.2


def test_a_half_day_closes_at_one_and_ends_at_five() -> None:
    tape = whole_day("SPY", 5, HALF_DAY)
    (cross,) = np.flatnonzero(tape.with_condition(19))
    assert tape.given_ms[cross] // 1000 == 9 * 3600
    assert tape.quote_ms.max() < 13 * 3_600_000
    assert np.array_equal(tape.with_condition(12), ~tape.regular_hours & (tape.code >> 4 == 0))


def test_a_block_is_a_function_of_its_key_and_not_of_its_neighbours() -> None:
    day = symbol_day("AMD")
    late = generate_flow(5, profile_for("AMD"), day.path, FRIDAY.toordinal(), (21_600, 22_500), 1.0)
    whole = whole_day("AMD")
    window = (whole.given_ms >= 21_600_000) & (whole.given_ms < 22_500_000)
    assert np.array_equal(late.price, whole.price[window])
    assert np.array_equal(late.size, whole.size[window])


@pytest.mark.parametrize("scale", [0.05, 40.0])
def test_a_scaled_block_is_as_much_busier_and_obeys_the_same_rules(scale: float) -> None:
    profile = profile_for("MSFT")
    path = symbol_day("MSFT").path
    seconds = (21_600, 22_500) if scale < 1 else (21_600, 21_620)
    block = generate_flow(5, profile, path, FRIDAY.toordinal(), seconds, scale)
    expected = profile.natural_rate * scale * float(path.activity[slice(*seconds)].sum())
    assert len(block.price) + len(block.quote_ms) == pytest.approx(expected, rel=0.4)
    assert np.all(block.given_ms < seconds[1] * 1000)
    assert np.all(block.trade_ms >= seconds[0] * 1000)
    assert np.all(block.bid <= block.ask)


def test_every_ticker_trades_every_half_hour_of_regular_hours() -> None:
    for profile in UNIVERSE[-3:]:
        tape = whole_day(profile.symbol)
        counts = np.bincount(tape.trade_ms[tape.regular_hours] // 1_800_000, minlength=24)
        assert np.all(counts[11:24] > 0)
