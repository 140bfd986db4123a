"""The name of a simulated market: equal names have equal bars, so that bars may be kept and found again."""

from __future__ import annotations

import functools
import zlib
from datetime import date
from typing import Final

from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import market_name
from live_monitor.providers.simulated_day import BlockCache, SymbolDay, day_grid
from live_monitor.providers.simulated_path import OfficialCloses
from live_monitor.providers.simulated_sessions import Sessions
from live_monitor.providers.simulated_universe import profile_for

#: What `sample` gives for the market that bars were kept of under the plain name. Leave it alone when the generator
#: changes: its prices are then others, and get another name by themselves.
PLAIN_SAMPLE: Final = 0xAB3FA70B


def market_identity(seed: int, calendar: str, scale: float, live_block_s: int, start_ms: int) -> str:
    """`simulated-86` when nothing but the seed decides; else with a check sum of what else does.

    Neither the start nor the choice of tickers changes a ticker's bars at their natural rate. A scale changes every
    print; above 1 it begins with the minute of the start, in blocks whose length follows from all tickers. A generator,
    a numpy or a machine that draws otherwise makes another market.
    """
    unusual: list[object] = []
    if calendar != us_equities().name:
        unusual.append(calendar)
    if scale != 1.0:
        unusual.append(scale)
    if scale > 1.0:
        unusual += [live_block_s, start_ms // 60_000]
    if sample() != PLAIN_SAMPLE:
        unusual.append(sample())
    return market_name(f"simulated {seed} {zlib.crc32(repr(unusual).encode()):08x}" if unusual else f"simulated {seed}")


@functools.cache
def sample() -> int:
    """Check sum of a morning, an opening, a noon and a close of one ticker; some 30 ms, once a process."""
    profile, session = profile_for("QZPX"), Sessions(us_equities()).on(date(2026, 11, 20))
    day = SymbolDay(1, profile, OfficialCloses(1, profile), session, day_grid(session, 1.0, 0, 900), BlockCache())
    seen = 0
    for second in (session.open_s - 1, session.open_s, 30_000, session.close_s):
        flow = day.flow(day.index_at(second))
        for column in (flow.trade_ms, flow.price, flow.size, flow.code):
            seen = zlib.crc32(column.astype("<i4").tobytes(), seen)
    return seen
