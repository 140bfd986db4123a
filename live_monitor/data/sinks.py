"""Handing what the hub has folded to those who keep or publish it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from live_monitor.data.models.market_data import Aggregate, Event, Quote, Trade
from live_monitor.ports import MarketSink


def pass_on(events: Sequence[Event], sinks: Iterable[MarketSink]) -> None:
    """Gives every sink every event, in order. Raises what a sink raises."""
    for sink in sinks:
        for event in events:
            if isinstance(event, Trade):
                sink.on_trade(event)
            elif isinstance(event, Quote):
                sink.on_quote(event)
            elif isinstance(event, Aggregate):
                sink.on_aggregate(event)
