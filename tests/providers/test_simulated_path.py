from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from live_monitor.engine.market.sessions import us_equities
from live_monitor.providers.simulated_path import OfficialCloses, session_shape
from live_monitor.providers.simulated_universe import POINTS, UNIVERSE, TickerProfile, profile_for
from tests.providers.simulated_days import FRIDAY, HALF_DAY, symbol_day


def closes_of(symbol: str, seed: int, first: date, sessions: int) -> list[int]:
    """Official closes of this many sessions from `first` on, in points."""
    chain, calendar, day = OfficialCloses(seed, profile_for(symbol)), us_equities(), first
    found: list[int] = []
    while len(found) < sessions:
        if calendar.times(day) is not None:
            found.append(chain.close_points(day))
        day += timedelta(days=1)
    return found


def test_a_close_is_a_function_of_seed_symbol_and_date_alone() -> None:
    forwards = [OfficialCloses(3, profile_for("AAPL")).close_points(FRIDAY + timedelta(days=n)) for n in range(5)]
    chain = OfficialCloses(3, profile_for("AAPL"))
    backwards = [chain.close_points(FRIDAY + timedelta(days=n)) for n in reversed(range(5))]
    assert forwards == backwards[::-1]
    assert forwards[0] != OfficialCloses(4, profile_for("AAPL")).close_points(FRIDAY)


@pytest.mark.parametrize("symbol", ["AAPL", "TSLA", "SPY", "QZPX"])
def test_years_of_closes_move_as_much_as_the_profile_says_and_stay_near_its_price(symbol: str) -> None:
    profile = profile_for(symbol)
    closes = np.array(closes_of(symbol, 1, date(2023, 1, 3), 700)) / POINTS
    returns = np.diff(np.log(closes))
    assert np.std(returns) == pytest.approx(profile.daily_volatility, rel=0.15)
    assert np.all((closes > 0.4 * profile.price) & (closes < 2.5 * profile.price))


def test_official_closes_lie_on_a_tick() -> None:
    assert all(close % 100 == 0 for close in closes_of("AAPL", 2, date(2026, 1, 2), 50))
    assert all(close < POINTS for close in closes_of("QZPX", 2, date(2024, 1, 2), 400))


@pytest.mark.parametrize("profile", UNIVERSE, ids=lambda profile: profile.symbol)
def test_a_day_starts_near_the_close_before_and_ends_at_its_own(profile: TickerProfile) -> None:
    path = symbol_day(profile.symbol).path
    gap = np.log(path.mid[0] / path.previous_close)
    assert 0 < abs(gap) < 3 * profile.daily_volatility
    assert path.mid[path.shape.close_s] == path.close
    assert abs(path.mid[path.shape.close_s - 1] / path.close - 1) < 0.002
    assert np.all(path.mid > 0)


def test_the_close_of_a_day_is_the_previous_close_of_the_next_session() -> None:
    friday, monday = symbol_day("MSFT"), symbol_day("MSFT", day=date(2026, 11, 23))
    assert monday.previous_close == friday.path.close == monday.path.previous_close


def test_prices_are_nervous_after_the_open_quiet_at_noon_and_quieter_outside_regular_hours() -> None:
    moves: dict[str, list[float]] = {"pre": [], "open": [], "noon": [], "post": []}
    for seed in range(6):
        path = symbol_day("AAPL", seed).path
        returns = np.abs(np.diff(np.log(path.mid[::10])))
        for name, hour in (("pre", 6), ("open", 9.5), ("noon", 12.5), ("post", 18)):
            start = int((hour - 4) * 360)
            moves[name].append(float(np.median(returns[start : start + 120])))
    pre, opening, noon, post = (np.mean(moves[name]) for name in ("pre", "open", "noon", "post"))
    assert opening > 1.5 * noon > 1.5 * 1.5 * max(pre, post)


def test_a_day_moves_about_as_much_as_its_daily_volatility_says() -> None:
    profile = profile_for("AAPL")
    realized = []
    for seed in range(12):
        path = symbol_day("AAPL", seed).path
        minutes = np.diff(np.log(path.mid[: path.shape.close_s + 1 : 60]))
        realized.append(float(np.sum(minutes**2)))
    assert np.sqrt(np.mean(realized)) == pytest.approx(profile.daily_volatility, rel=0.25)


def test_tickers_move_together_as_much_as_their_share_in_the_market() -> None:
    def minutes(symbol: str) -> np.ndarray:
        path = symbol_day(symbol).path
        return np.diff(np.log(path.mid[path.shape.open_s : path.shape.close_s : 60]))

    spy = minutes("SPY")
    assert np.corrcoef(spy, minutes("QQQ"))[0, 1] > 0.75
    assert 0.4 < np.corrcoef(spy, minutes("AAPL"))[0, 1] < 0.9
    assert abs(np.corrcoef(spy, minutes("QZPX"))[0, 1]) < 0.4


def test_news_shakes_some_days_and_not_others() -> None:
    peaks = []
    for seed in range(20):
        path = symbol_day("AMD", seed).path
        usual = path.shape.activity
        peaks.append(float(np.max((path.activity / usual)[path.shape.open_s : path.shape.close_s])))
    assert sum(peak > 3.5 for peak in peaks) >= 4
    assert sum(peak < 3.0 for peak in peaks) >= 4


def test_activity_is_u_shaped_and_thin_outside_regular_hours() -> None:
    activity = session_shape(57_600, 19_800, 43_200).activity
    opening, noon, close = activity[19_800:21_600], activity[28_800:30_600], activity[41_400:43_200]
    assert opening.mean() > 2.5 * noon.mean()
    assert close.mean() > 1.5 * noon.mean()
    assert activity[:19_800].sum() + activity[43_200:].sum() < 0.1 * activity.sum()


def test_a_half_day_is_shorter_and_still_u_shaped() -> None:
    path = symbol_day("AAPL", day=HALF_DAY).path
    assert (path.shape.open_s, path.shape.close_s, path.shape.seconds) == (19_800, 32_400, 46_800)
    assert len(path.mid) == 46_801
    assert path.mid[32_400] == path.close
    assert path.shape.activity[32_100] > 1.5 * path.shape.activity[27_000]


def test_round_lots_follow_the_price_of_the_month_before() -> None:
    lots = {profile.symbol: symbol_day(profile.symbol).lot for profile in UNIVERSE}
    assert (lots["META"], lots["SPY"], lots["F"], lots["NVDA"]) == (40, 40, 100, 100)
