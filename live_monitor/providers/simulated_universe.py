"""The tickers of the simulated market: what makes one trade unlike another.

The figures are typical of such names in 2026, rounded by hand; none is a quotation. `QZPX` is
fictional: a stock below one dollar, so that the 0.0001 tick is always on the screen somewhere.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

#: Prices inside the simulation are whole points, 1/10,000 USD: the finest tick of Rule 612.
POINTS = 10_000

XNYS, ARCX, XNAS, FINRA = 10, 11, 12, 4


@dataclass(frozen=True, slots=True)
class TickerProfile:
    """One ticker's character.

    `price`: USD around which its official closes wander. `daily_volatility`: standard deviation of
    a day's log return. `market_weight`: correlation of its returns with the whole market's, 0..1.
    `spread_ticks`: usual spread at midday. `trades_per_second`: prints at 10:00 New York.
    `odd_lot_share`: part of the prints below a round lot. `size_scale`: multiplies round lots and
    displayed sizes. `listing`: exchange id of the auctions (market rules 1.7).
    """

    symbol: str
    price: float
    daily_volatility: float
    market_weight: float
    spread_ticks: float
    trades_per_second: float
    listing: int = XNAS
    odd_lot_share: float = 0.74
    size_scale: float = 1.0
    quotes_per_trade: float = 4.0

    @property
    def key(self) -> int:
        """The symbol as a number for random streams; the same on every machine."""
        return zlib.crc32(self.symbol.encode())

    @property
    def natural_rate(self) -> float:
        """Trades and quotes per second at 10:00 New York."""
        return self.trades_per_second * (1.0 + self.quotes_per_trade)


UNIVERSE: tuple[TickerProfile, ...] = (
    TickerProfile("AAPL", 238.0, 0.015, 0.72, 1.6, 9.0),
    TickerProfile("NVDA", 182.0, 0.026, 0.70, 1.4, 6.5, size_scale=1.3),
    TickerProfile("TSLA", 412.0, 0.031, 0.55, 4.2, 6.0, odd_lot_share=0.72),
    TickerProfile("SPY", 668.0, 0.010, 0.97, 1.5, 5.0, ARCX, odd_lot_share=0.68, size_scale=1.8),
    TickerProfile("QQQ", 604.0, 0.013, 0.94, 2.2, 3.5, odd_lot_share=0.69, size_scale=1.4),
    TickerProfile("AMZN", 226.0, 0.018, 0.68, 1.8, 3.2),
    TickerProfile("AMD", 164.0, 0.030, 0.62, 2.3, 3.0),
    TickerProfile("MSFT", 508.0, 0.013, 0.74, 4.5, 2.8),
    TickerProfile("GOOGL", 196.0, 0.017, 0.68, 1.9, 2.4),
    TickerProfile("META", 702.0, 0.020, 0.66, 9.5, 2.0, odd_lot_share=0.78),
    TickerProfile("F", 12.4, 0.019, 0.55, 1.05, 1.4, XNYS, odd_lot_share=0.62, size_scale=3.0),
    TickerProfile("QZPX", 0.42, 0.032, 0.15, 9.0, 0.6, odd_lot_share=0.48, size_scale=6.0),
)

DEFAULT_SYMBOLS: tuple[str, ...] = tuple(profile.symbol for profile in UNIVERSE)

_BY_SYMBOL = {profile.symbol: profile for profile in UNIVERSE}


def profile_for(symbol: str) -> TickerProfile:
    """The profile of a known ticker, or one derived from the symbol's letters: any ticker can be simulated."""
    known = _BY_SYMBOL.get(symbol)
    if known is not None:
        return known
    draw = np.random.Generator(np.random.PCG64(zlib.crc32(symbol.encode()))).random(6)
    derived = replace(_BY_SYMBOL["AMZN"], symbol=symbol)
    return replace(
        derived,
        price=round(float(12.0 * 30.0 ** draw[0]), 2),
        daily_volatility=float(0.012 + 0.02 * draw[1]),
        market_weight=float(0.3 + 0.45 * draw[2]),
        spread_ticks=float(1.2 + 4.0 * draw[3] * draw[0]),
        trades_per_second=float(0.8 + 2.2 * draw[4]),
        listing=XNAS if draw[5] < 0.55 else XNYS,
    )


def round_lot(month_average: float) -> int:
    """Shares of a round lot by the average close of the month before (market rules 4.4)."""
    if month_average <= 250.0:
        return 100
    if month_average <= 1_000.0:
        return 40
    return 10 if month_average <= 10_000.0 else 1


def tick_points(price: float) -> int:
    """Rule 612: a cent from one dollar up, 0.0001 below."""
    return POINTS // 100 if price >= 1.0 else 1


def generator(seed: int, *key: int) -> np.random.Generator:
    """The random stream of `key`: independent of every other key and of what was drawn before."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *key])))
