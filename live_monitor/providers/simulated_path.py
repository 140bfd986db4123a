"""Price path of a simulated day: official closes from day to day, and one price a second between.

Everything is a pure function of (seed, symbol, date). Official closes are a moving average of
innovations indexed by calendar date, so that any day's close is known without walking there; a
day's path is a bridge from the overnight gap to that close, with a common market factor.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from live_monitor.providers.simulated_universe import POINTS, TickerProfile, generator, round_lot, tick_points

Floats = NDArray[np.float64]

#: Purposes of random streams; part of every key.
LEVELS, PATH = 1, 2
#: Key of the factor that all tickers share; no symbol's CRC is below this in practice.
MARKET_KEY = 1
#: Closes forget an innovation at this rate per calendar day, over this many days.
_MEMORY, _MEMORY_DAYS = 0.98, 400
#: Parts of a day's variance and of its return that fall into the night.
_OVERNIGHT_SPREAD, _OVERNIGHT_SHARE = 0.38, 0.3
#: How nervous one quarter of an hour is beside the next (standard deviation of the log), and the
#: power of it by which trading follows.
_MOOD, _MOOD_IN_TRADING = 0.3, 0.6
#: How much of the average move of the last seconds continues.
_MOMENTUM, _MOMENTUM_S = 0.03, 90

_KERNEL = _MEMORY ** np.arange(_MEMORY_DAYS)[::-1]


@functools.lru_cache(maxsize=512)
def _innovations(seed: int, key: int, year: int) -> Floats:
    """Shape (days of `year`, 2), standard normal: the day's return, its overnight part."""
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return generator(seed, key, year, LEVELS).standard_normal((days, 2))


def _innovation_window(seed: int, key: int, last: date, days: int) -> Floats:
    """The innovations of `days` calendar days up to and including `last`."""
    first = last - timedelta(days=days - 1)
    years = [_innovations(seed, key, year) for year in range(first.year, last.year + 1)]
    offset = (first - date(first.year, 1, 1)).days
    window: Floats = np.concatenate(years)[offset : offset + days]
    return window


class OfficialCloses:
    """Official closing prices of one symbol, a pure function of the date.

    Log prices wander around the profile's price: they are stationary, so a simulated market that
    runs for years neither dies nor explodes. Saturdays and Sundays bring no innovation.
    """

    def __init__(self, seed: int, profile: TickerProfile) -> None:
        self._seed = seed
        self._profile = profile
        self._months: dict[tuple[int, int], int] = {}

    def _shocks(self, last: date, days: int) -> Floats:
        """Returns of `days` calendar days up to `last`, in daily standard deviations; shape (days, 2)."""
        profile, seed = self._profile, self._seed
        weight = profile.market_weight
        market = _innovation_window(seed, MARKET_KEY, last, days)
        own = _innovation_window(seed, profile.key, last, days)
        shocks: Floats = weight * market + np.sqrt(1.0 - weight * weight) * own
        weekday = (last.weekday() - np.arange(days)[::-1]) % 7
        shocks[weekday >= 5] = 0.0
        return shocks

    def close_points(self, day: date) -> int:
        """Official close of `day` in points, on a tick."""
        level = float(_KERNEL @ self._shocks(day, _MEMORY_DAYS)[:, 0])
        price = self._profile.price * float(np.exp(self._profile.daily_volatility * level))
        tick = tick_points(price)
        return max(round(price * POINTS / tick), 1) * tick

    def overnight_return(self, day: date, day_return: float) -> float:
        """Log return from the close before to 04:00 of `day`, whose whole return is `day_return`."""
        noise = float(self._shocks(day, 1)[0, 1])
        return _OVERNIGHT_SHARE * day_return + _OVERNIGHT_SPREAD * self._profile.daily_volatility * noise

    def lot(self, day: date) -> int:
        """Shares of a round lot on `day`, by the average close of the month before."""
        month = (day.year, day.month)
        if month not in self._months:
            last = day.replace(day=1) - timedelta(days=1)
            days = [last - timedelta(days=back) for back in range(last.day)]
            closes = [self.close_points(each) for each in days if each.weekday() < 5]
            self._months[month] = round_lot(sum(closes) / len(closes) / POINTS)
        return self._months[month]


@dataclass(frozen=True, slots=True)
class SessionShape:
    """How a day breathes, per second from 04:00: all arrays float64[seconds].

    `volatility` (standard deviation, 1 = average of regular hours), `activity` (trades, 1 = 10:00),
    `spread` (multiplies the profile's). `open_s`, `close_s`: seconds from the start of the day.
    """

    seconds: int
    open_s: int
    close_s: int
    volatility: Floats
    activity: Floats
    spread: Floats


@functools.lru_cache(maxsize=8)
def session_shape(seconds: int, open_s: int, close_s: int) -> SessionShape:
    """Shape of a day with these hours; busiest after the open, quiet at noon, busy again into the close."""
    volatility, activity, spread = np.empty(seconds), np.empty(seconds), np.empty(seconds)
    pre, regular, post = slice(0, open_s), slice(open_s, close_s), slice(close_s, seconds)

    to_open = open_s - np.arange(open_s)
    volatility[pre] = 0.22 + 0.35 * np.exp(-to_open / 2400.0)
    activity[pre] = 0.006 + 0.03 * np.exp(-to_open / 6000.0) + 0.09 * np.exp(-to_open / 1500.0)
    spread[pre] = 2.5 + 4.0 * (to_open / open_s) ** 2

    since_open = np.arange(close_s - open_s)
    to_close = since_open[::-1]
    volatility[regular] = 0.78 + 1.5 * np.exp(-since_open / 1500.0) + 0.3 * np.exp(-to_close / 1200.0)
    activity[regular] = 0.40 + 1.95 * np.exp(-since_open / 1100.0) + 0.70 * np.exp(-to_close / 1100.0)
    spread[regular] = 1.0 + 2.5 * np.exp(-since_open / 240.0)

    since_close = np.arange(seconds - close_s)
    volatility[post] = 0.16 + 0.4 * np.exp(-since_close / 1800.0)
    activity[post] = 0.010 + 0.22 * np.exp(-since_close / 700.0)
    spread[post] = 3.0 + 2.0 * since_close / max(len(since_close), 1)

    activity /= 0.40 + 1.95 * np.exp(-1800.0 / 1100.0)
    return SessionShape(seconds, open_s, close_s, volatility, activity, spread)


@dataclass(frozen=True, slots=True)
class DayPath:
    """One symbol's day before any order arrives. Prices in points.

    `mid`: float64[seconds + 1], the fair price at each whole second from 04:00. `activity`:
    float64[seconds], arrival of orders (1 = usual at 10:00). `spread`: float64[seconds] in ticks.
    """

    shape: SessionShape
    mid: Floats
    activity: Floats
    spread: Floats
    tick: int
    lot: int
    previous_close: int
    open: int
    close: int


def _trailing_mean(values: Floats, width: int) -> Floats:
    """Mean of the last `width` values at each place (fewer at the start), scaled to unit variance for white noise."""
    total = np.cumsum(values)
    total[width:] -= total[:-width].copy()
    total /= np.sqrt(width)
    return total


@functools.lru_cache(maxsize=4)
def _market_noise(seed: int, ordinal: int, seconds: int) -> tuple[Floats, Floats]:
    """What all tickers share: innovations per second, and of the mood per minute."""
    rng = generator(seed, MARKET_KEY, ordinal, PATH)
    return rng.standard_normal(seconds), rng.standard_normal(seconds // 60 + 1)


def _news(
    rng: np.random.Generator, shape: SessionShape, news: float, own_volatility: float
) -> tuple[Floats, Floats, Floats]:
    """Bursts after news, on about every second day of a single stock, seldom in a fund; arrays float64[seconds].

    The log return that they add, and what they multiply volatility and activity by. `news`: bursts a
    day on average. `own_volatility`: daily standard deviation of what the market does not explain.
    """
    seconds = shape.seconds
    jumps, nervous, busy = np.zeros(seconds), np.ones(seconds), np.ones(seconds)
    for _ in range(int(rng.poisson(news))):
        at = int(rng.integers(shape.open_s - 7200, shape.close_s - 900))
        jump = float(rng.normal(0.0, 0.65 * own_volatility))
        since = np.arange(seconds - at)
        jumps[at:] += jump * (0.05 * np.exp(-since / 20.0) - 0.0006 * np.exp(-since / 500.0))
        nervous[at:] += 1.8 * np.exp(-since / 240.0)
        busy[at:] += 3.5 * np.exp(-since / 300.0)
    return jumps, nervous, busy


def day_path(
    seed: int, profile: TickerProfile, closes: OfficialCloses, shape: SessionShape, days: Sequence[date]
) -> DayPath:
    """The path of `days[1]`, a session whose previous session is `days[0]`. About 5 ms."""
    before, day = days
    previous_close, close = closes.close_points(before), closes.close_points(day)
    day_return = float(np.log(close / previous_close))
    gap = closes.overnight_return(day, day_return)
    seconds, ordinal = shape.seconds, day.toordinal()
    rng = generator(seed, profile.key, ordinal, PATH)

    weight = profile.market_weight
    own = float(np.sqrt(1.0 - weight * weight))
    shared, shared_mood = _market_noise(seed, ordinal, seconds)
    moods = weight * shared_mood + own * rng.standard_normal(len(shared_mood))
    mood = np.exp(_MOOD * np.repeat(_trailing_mean(moods, 15), 60)[:seconds])
    jumps, nervous, busy = _news(rng, shape, 0.8 * own, profile.daily_volatility * own)
    volatility = shape.volatility * mood * nervous
    usual = float(np.sqrt(np.sum(shape.volatility[: shape.close_s] ** 2)))
    step = profile.daily_volatility * np.sqrt(1.0 - _OVERNIGHT_SPREAD**2 - 0.05) / usual * volatility

    noise = weight * shared + own * rng.standard_normal(seconds)
    # A little momentum over a minute and a half, without more variance over a day.
    noise += _MOMENTUM * _trailing_mean(noise, _MOMENTUM_S)
    noise /= 1.0 + _MOMENTUM * np.sqrt(_MOMENTUM_S)
    walk = np.cumsum(step * noise + jumps)
    variance = np.cumsum(step * step)
    pull = np.minimum(variance / variance[shape.close_s - 1], 1.0)
    level = gap + walk + (day_return - gap - walk[shape.close_s - 1]) * pull
    flutter = 0.9 * step * _trailing_mean(rng.standard_normal(seconds), 4)

    mid = np.empty(seconds + 1)
    mid[0] = previous_close * np.exp(gap)
    mid[1:] = previous_close * np.exp(level + flutter)
    mid[shape.close_s] = close
    tick = tick_points(previous_close / POINTS)
    wide = np.exp(0.22 * np.repeat(_trailing_mean(rng.standard_normal(seconds // 10 + 1), 6), 10)[:seconds])
    spread = profile.spread_ticks * shape.spread * wide * np.sqrt(nervous)
    opening = max(round(float(mid[shape.open_s]) / tick), 1) * tick
    return DayPath(
        shape=shape,
        mid=mid,
        activity=shape.activity * mood**_MOOD_IN_TRADING * busy,
        spread=np.maximum(spread, 1.0),
        tick=tick,
        lot=closes.lot(day),
        previous_close=previous_close,
        open=opening,
        close=close,
    )
