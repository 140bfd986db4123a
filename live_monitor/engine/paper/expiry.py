"""When the time in force of an order is over (market rules 10.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from live_monitor.data.models.orders import Order
from live_monitor.engine.market.sessions import Calendar, SessionTimes

#: How long after the bell the print of an auction is waited for. Openings of single stocks are delayed at times.
OPENING_WAIT_MS: Final = 30 * 60_000
CLOSING_WAIT_MS: Final = 15 * 60_000


def end_of(order: Order, calendar: Calendar, now_ms: int) -> int:
    """Market ms at which `order`, working from `now_ms` on, expires; 0: never.

    DAY ends with the regular session, with `extended_hours` after the late one; an order placed after that works in
    the next session. Where the calendar knows no session, DAY ends with the date. OPG and CLS end when their auction
    can be waited for no longer. IOC and FOK never rest.
    """
    kind = order.time_in_force
    if kind in ("GTC", "IOC", "FOK"):
        return 0
    if kind == "DAY" and not order.extended_hours:
        today = calendar.session_bounds(now_ms)
        if today is not None and now_ms < today.close_ms:
            return today.close_ms
    for times in _sessions(calendar, now_ms):
        if kind == "OPG":
            end = times.open_ms + OPENING_WAIT_MS
        elif kind == "CLS":
            end = times.close_ms + CLOSING_WAIT_MS
        else:
            end = times.post_ms if order.extended_hours else times.close_ms
        if now_ms < end:
            return end
    return calendar.span(calendar.trade_date(now_ms))[1]


def _sessions(calendar: Calendar, now_ms: int) -> Iterator[SessionTimes]:
    """The session of the trade date of `now_ms`, where it has one, and the next."""
    today = calendar.session_bounds(now_ms)
    if today is not None:
        yield today
    following = calendar.next_session(calendar.trade_date(now_ms))
    times = None if following is None else calendar.times(following)
    if times is not None:
        yield times
