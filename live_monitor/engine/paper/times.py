"""What time brings: orders arrive and expire, days turn, the equity curve gets a point."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from live_monitor.engine.paper import risk
from live_monitor.engine.paper.ending import expire
from live_monitor.engine.paper.engine_core import ARRIVES, EngineCore
from live_monitor.engine.paper.entries import DayBegan, EquityMarked, Warned
from live_monitor.engine.paper.filling import lock
from live_monitor.engine.paper.margin import maintenance_call
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.notes import note_all
from live_monitor.engine.paper.placing import arrive
from live_monitor.engine.paper.settlement import settles_on
from live_monitor.engine.paper.snapshots import net_liq

_MINUTE_MS: Final = 60_000
#: Noticed so late, something happens now instead of when it was due: the program was not there.
_LATE_MS: Final = 1_000
#: How long a new day waits for prices of what is held, after a start for example, so that it knows where it begins.
_PATIENCE_MS: Final = 60_000


def catch_up(core: EngineCore, now: Now) -> None:
    """Does everything that was due by `now`, each at its own time."""
    if now.ms < core.next_ms:
        return
    for due, order in core.take_due(now.ms):
        at_ms = due.at_ms if now.ms - due.at_ms <= _LATE_MS or due.what != ARRIVES else now.ms
        then = Now(at_ms, now.monotonic)
        _turn_day(core, then)
        if due.what == ARRIVES:
            arrive(core, order, then)
        else:
            expire(core, order, then)
    _turn_day(core, now)


def each_frame(core: EngineCore, now: Now) -> None:
    """What is due, what moved, and a point of the equity curve each minute."""
    catch_up(core, now)
    if core.moving:
        note_all(core, now)
    _mark_equity(core, now)


def _turn_day(core: EngineCore, now: Now) -> None:
    """A new exchange day begins; dates without a session belong to the day before."""
    if now.ms < core.day_end_ms:
        return
    state, calendar = core.state, core.calendar
    today = calendar.trade_date(now.ms)
    marks = core.marks(now)
    held = {position.symbol: marks.get(position.symbol) for position in state.held()}
    if None in held.values():
        core.turning_ms = min(core.turning_ms, now.ms)
        if now.ms < core.turning_ms + _PATIENCE_MS:
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


def _mark_equity(core: EngineCore, now: Now) -> None:
    """One point a minute, while something is held and all of it has a price."""
    state = core.state
    last_ms = state.equity[-1].at_ms if state.equity else 0
    if now.ms // _MINUTE_MS == last_ms // _MINUTE_MS or now.ms < last_ms or state.archived:
        return
    marks = core.marks(now)
    held = [position.symbol for position in state.held()]
    if not held or any(marks.get(symbol) is None for symbol in held):
        return
    worth: Decimal = net_liq(state, marks)
    core.write(EquityMarked(account=state.account, at_ms=now.ms, net_liq=worth))
    call = maintenance_call(state, marks)
    if call is not None and not _warned_today(core, call.reason):
        core.write(Warned(account=state.account, at_ms=now.ms, reason=call.reason, text=call.text))
    lock(core, now)


def _warned_today(core: EngineCore, reason: str) -> bool:
    """One warning a day is enough of what lasts."""
    day = core.state.day
    began_ms = 0 if day is None else day.began_ms
    return any(warning.reason == reason and warning.at_ms >= began_ms for warning in core.state.warnings)
