"""The seams between layers: protocols that one side implements and the other uses."""

from __future__ import annotations

from typing import Protocol

from live_monitor.data.models.market_data import Aggregate, Event, Quote, Snapshot, Trade


class MarketSource(Protocol):
    """A market that can be served: the simulated one, or a recorded session.

    Deterministic: the events depend on its arguments only, not on the steps of `advance`.
    Used from one thread.
    """

    #: Names the rules that apply to sale conditions: "simulated", "polygon", "iqfeed".
    provider: str
    #: Painted wherever a price is shown: "SIMULATED", "REPLAY 2021-03-01".
    label: str
    #: Symbols that can be subscribed, busiest first.
    symbols: tuple[str, ...]
    #: Market time (ms) at which the stream starts and ends (`end_ms` 0: never).
    start_ms: int
    end_ms: int

    def advance(self, until_ms: int) -> list[Event]:
        """Every event up to `until_ms` that was not given yet, in order."""
        ...

    def snapshot(self, symbol: str) -> Snapshot | None:
        """Level 1 of `symbol` as of the last `advance`; None before anything is known."""
        ...

    def history(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> tuple[list[Aggregate], bool]:
        """At most `limit` final bars that start before `end_ms`, oldest first; and whether older ones exist."""
        ...


class MarketSink(Protocol):
    """Receives everything that the hub folds: mirror, store, recorder. Called on the main thread; must not block.

    Synthetic events (`test_chart_update`) never reach a sink.
    """

    def on_trade(self, trade: Trade) -> None: ...

    def on_quote(self, quote: Quote) -> None: ...

    def on_aggregate(self, aggregate: Aggregate) -> None: ...
