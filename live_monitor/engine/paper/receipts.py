"""A fill in words: enough to work its price out again."""

from __future__ import annotations

from live_monitor.engine.market.sessions import Calendar, us_equities
from live_monitor.engine.paper.entries import Filled


def receipt_text(filled: Filled, calendar: Calendar | None = None) -> list[str]:
    """Lines for people: the fill, its rule, quote, print, trigger, queue, latency, fees. Times of `calendar`'s zone."""
    calendar = calendar or us_equities()
    raise NotImplementedError
