"""What time brings: orders arrive and expire, days turn, the equity curve gets a point."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor.engine.paper.day_turn import turn_day
from live_monitor.engine.paper.ending import expire
from live_monitor.engine.paper.engine_core import ARRIVES, EngineCore
from live_monitor.engine.paper.entries import EquityMarked, Warned
from live_monitor.engine.paper.filling import lock
from live_monitor.engine.paper.margin import maintenance_call
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.notes import note_all
from live_monitor.engine.paper.placing import arrive
from live_monitor.engine.paper.snapshots import net_liq

_MINUTE_MS: Final = 60_000
#: Noticed so late, something happens now instead of when it was due: the program was not there.
_LATE_MS: Final = 1_000


def catch_up(core: EngineCore, now: Now) -> None:
    """Does everything that was due by `now`, each at its own time."""
    if now.ms < core.next_ms:
        return
    for due, order in core.take_due(now.ms):
        at_ms = due.at_ms if now.ms - due.at_ms <= _LATE_MS or due.what != ARRIVES else now.ms
        then = Now(at_ms, now.monotonic)
        turn_day(core, then)
        if due.what == ARRIVES:
            arrive(core, order, then)
        else:
            expire(core, order, then)
    turn_day(core, now)


def each_frame(core: EngineCore, now: Now) -> None:
    """What is due, what moved, and a point of the equity curve each minute."""
    core.begin()
    catch_up(core, now)
    if core.moving:
        note_all(core, now)
    _mark_equity(core, now)


def _mark_equity(core: EngineCore, now: Now) -> None:
    """One point a minute, while something is held and all of it has a price; losses are looked at with each.

    After market time went back no point is made until it is there again, and losses are looked at with each frame.
    """
    state = core.state
    last_ms = state.equity[-1].at_ms if state.equity else 0
    if now.ms // _MINUTE_MS == last_ms // _MINUTE_MS or state.archived:
        return
    marks = core.marks(now)
    held = [position.symbol for position in state.held()]
    if not held or any(marks.get(symbol) is None for symbol in held):
        return
    worth: Decimal = net_liq(state, marks)
    if now.ms > last_ms:
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
