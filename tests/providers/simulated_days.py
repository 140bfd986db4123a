"""Whole simulated days at their natural rate, as columns, for the tests of their properties."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.sessions import us_equities
from live_monitor.providers.simulated_day import BlockCache, SymbolDay, day_grid
from live_monitor.providers.simulated_flow import FlowBlock
from live_monitor.providers.simulated_path import OfficialCloses
from live_monitor.providers.simulated_prints import CONDITIONS
from live_monitor.providers.simulated_sessions import Sessions
from live_monitor.providers.simulated_universe import profile_for

FRIDAY = date(2026, 11, 20)
HALF_DAY = date(2026, 11, 27)

Column = NDArray[np.signedinteger]


def symbol_day(symbol: str, seed: int = 5, day: date = FRIDAY) -> SymbolDay:
    """A day of `symbol`, nothing of it made yet."""
    profile, session = profile_for(symbol), Sessions(us_equities()).on(day)
    return SymbolDay(
        seed, profile, OfficialCloses(seed, profile), session, day_grid(session, 1.0, 0, 900), BlockCache(1_000_000_000)
    )


@dataclass(frozen=True)
class WholeDay:
    """All quotes and prints of a day; prints in order of report."""

    day: SymbolDay
    quote_ms: Column
    bid: Column
    ask: Column
    trade_ms: Column
    given_ms: Column
    price: Column
    size: Column
    code: Column
    exchange: Column

    def with_condition(self, condition: int) -> NDArray[np.bool_]:
        """Which prints carry `condition`."""
        return np.array([condition in each for each in CONDITIONS])[self.code]

    @property
    def regular_hours(self) -> NDArray[np.bool_]:
        """Which prints happened between open and close."""
        session = self.day.session
        return (self.trade_ms >= session.open_s * 1000) & (self.trade_ms < session.close_s * 1000)


@functools.lru_cache(maxsize=8)
def whole_day(symbol: str, seed: int = 5, day: date = FRIDAY) -> WholeDay:
    """The day of `symbol`, every block of it."""
    made = symbol_day(symbol, seed, day)
    blocks: list[FlowBlock] = [made.flow(index) for index in range(len(made.grid))]
    names = ("quote_ms", "bid", "ask", "trade_ms", "given_ms", "price", "size", "code", "exchange")
    return WholeDay(made, *(np.concatenate([getattr(block, name) for block in blocks]) for name in names))
