"""Two feeds of one symbol, heard into a `Quarrel`: what each item says of its prices. Qt-free; main thread."""

from __future__ import annotations

from collections.abc import Iterable

from live_monitor.clock import Clock
from live_monitor.data.inbox import Batch, Item, Noted
from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.conditions import BAR_LAST, ConditionRules, rules_for
from live_monitor.engine.market.quarrel import Quarrel, QuarrelReading
from live_monitor.wire.relay import Hello, SnapshotFrame

#: The two sources: what the desktop shows, and the one beside it.
SHOWN, BESIDE = 0, 1


class QuarrelRun:
    """Compares what the desktop shows of `symbol` with what another feed says of it.

    Arrival is that of the newest frame of a batch: leads are good to the few milliseconds that frames are put together.
    """

    def __init__(self, symbol: str, clock: Clock) -> None:
        self._clock = clock
        self._rules: list[ConditionRules] = [rules_for("polygon"), rules_for("polygon")]
        self.links = [LinkStatus(), LinkStatus()]
        self.begin(symbol)

    def begin(self, symbol: str) -> None:
        """Another symbol: all figures start anew."""
        self.symbol = symbol
        self._quarrel = Quarrel()

    def speaks_for(self, source: int, provider: str) -> None:
        """Whose sale conditions `source` has, until it greets: "simulated", "polygon" (also for an empty name)."""
        self._rules[source] = rules_for(provider or "polygon")

    def take(self, source: int, items: Iterable[Item]) -> None:
        """Hears what came from `source`, in the order of its arrival; of other symbols nothing."""
        for item in items:
            if isinstance(item, Batch):
                self._take_batch(source, item)
            elif isinstance(item, LinkStatus):
                self.links[source] = item
            elif isinstance(item, Noted) and isinstance(item.notice, SnapshotFrame):
                self._take_snapshot(source, item.notice.data, item.received)
            elif isinstance(item, Noted) and isinstance(item.notice, Hello):
                self.speaks_for(source, item.notice.provider)

    def _take_batch(self, source: int, batch: Batch) -> None:
        quarrel, at, wall_ms = self._quarrel, batch.received, self._clock.wall_ms()
        for event in batch.events:
            if event.symbol != self.symbol:  # type: ignore[union-attr]  # links keep status events back
                continue
            if isinstance(event, Quote):
                quarrel.heard(source, at, stamped_ms=event.timestamp_ms, wall_ms=wall_ms)
                quarrel.quote(source, event.bid_price, event.ask_price, at)
            elif isinstance(event, Trade):
                quarrel.heard(source, at, stamped_ms=event.timestamp_ms, wall_ms=wall_ms)
                if self._rules[source].flags(event.conditions) & BAR_LAST:
                    quarrel.last(source, event.price, at)

    def _take_snapshot(self, source: int, row: Snapshot, at: float) -> None:
        if row.symbol != self.symbol:
            return
        stamped = max(row.last_timestamp_ms, row.quote_timestamp_ms) or row.timestamp_ms
        self._quarrel.heard(source, at, stamped_ms=stamped, wall_ms=self._clock.wall_ms())
        self._quarrel.quote(source, row.bid, row.ask, at)
        self._quarrel.last(source, row.last, at)

    def reading(self) -> QuarrelReading:
        """The figures as of now."""
        return self._quarrel.reading(self._clock.monotonic())
