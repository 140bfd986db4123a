"""When an exchange day of an account begins."""

from __future__ import annotations

import math
from typing import Final

from live_monitor.engine.paper import risk
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import DayBegan
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.settlement import settles_on
from live_monitor.engine.paper.snapshots import net_liq

#: How long a new day waits for prices of what is held, after a start for example, so that it knows where it begins.
_PATIENCE_MS: Final = 60_000


def turn_day(core: EngineCore, now: Now, *, patient: bool = True) -> None:
    """A new exchange day begins; dates without a session belong to the day before.

    It waits up to a minute for prices of what is held, unless something is to be filled (`patient` False): no fill
    counts for a day that is over.
    """
    if now.ms < core.day_end_ms:
        return
    state, calendar = core.state, core.calendar
    today = calendar.trade_date(now.ms)
    marks = core.marks(now)
    held = {position.symbol: marks.get(position.symbol) for position in state.held()}
    if None in held.values():
        core.turning_ms = min(core.turning_ms, now.ms)
        if patient and now.ms < core.turning_ms + _PATIENCE_MS:
            return
    core.turning_ms = math.inf
    core.day_end_ms = calendar.span(today)[1]
    core.next_ms = min(core.day_end_ms, core.due[0].at_ms if core.due else core.day_end_ms)
    if state.archived or (state.today and calendar.knows(today) and calendar.times(today) is None):
        return
    day = risk.day_turn(state, now.ms, calendar)
    if day is None:
        return
    # Without prices the day begins where the one before was seen last: not at cost.
    before = state.day if None in held.values() else None
    core.write(
        DayBegan(
            account=state.account,
            at_ms=now.ms,
            day=day,
            net_liq=net_liq(state, marks) if before is None else before.net_liq_last,
            settles=settles_on(calendar, today),
            marks={symbol: mark.price for symbol, mark in held.items() if mark is not None},
        )
    )
