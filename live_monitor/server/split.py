"""A share split in the middle of a session, put between a market and its clients.

From one instant on a share is several: prices of all that happens later are divided, sizes multiplied, and a notice
comes first. What happened before stays as it was traded, also when it is reported late or asked for later; only the bar
of the day is told in new shares as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final, NamedTuple

import msgspec

from live_monitor.data.models.market_data import Aggregate, Event, Quote, Snapshot, Status, Trade
from live_monitor.limits import market_name
from live_monitor.ports import MarketSource, PastPage, PastSearch
from live_monitor.wire.relay import FaultNotice

#: New shares for an old one, and how long after the start, in whole minutes.
RATIO: Final = 4.0
AFTER_MINUTES: Final = (1, 3)
_MINUTE_MS: Final = 60_000
_PRICES: Final = {
    Trade: ("price",),
    Quote: ("bid_price", "ask_price"),
    Aggregate: ("open", "high", "low", "close", "vwap", "day_open", "day_vwap"),
    Snapshot: ("last", "bid", "ask", "open", "high", "low", "previous_close", "day_vwap", "net_change"),
}
_SHARES: Final = {
    Trade: ("size",),
    Quote: ("bid_size", "ask_size"),
    Aggregate: ("volume", "day_volume"),
    Snapshot: ("last_size", "bid_size", "ask_size", "day_volume"),
}

Shown = Trade | Quote | Aggregate | Snapshot


class Split(NamedTuple):
    """From `at_ms` on a share of `symbol` is `ratio` shares."""

    symbol: str
    at_ms: int
    ratio: float = RATIO

    @property
    def notice(self) -> FaultNotice:
        """What is said to clients."""
        text = f"{self.symbol} splits: {self.ratio:g} new shares for 1."
        return FaultNotice("split", self.symbol, self.at_ms, message=text, ratio=self.ratio)

    def in_new_shares(self, shown: Shown) -> Shown:
        """The same in new shares."""
        kind = Aggregate if isinstance(shown, Aggregate) else type(shown)
        changes = {name: getattr(shown, name) / self.ratio for name in _PRICES[kind]}
        changes |= {name: getattr(shown, name) * self.ratio for name in _SHARES[kind]}
        # What is absent stays the very default that encoders leave out.
        return msgspec.structs.replace(shown, **{name: n for name, n in changes.items() if n == n})

    def event(self, event: Event) -> Event:
        """The event as it is after the split: in new shares if it happened then."""
        if isinstance(event, Status) or event.symbol != self.symbol:
            return event
        happened_ms = event.start_ms if isinstance(event, Aggregate) else event.timestamp_ms
        return self.in_new_shares(event) if happened_ms >= self.at_ms else event  # type: ignore[return-value]  # same type

    def bar(self, bar: Aggregate) -> Aggregate:
        """A bar of the past: the day of the split is told in new shares, what was over before it as it was traded."""
        return self.in_new_shares(bar) if bar.end_ms > self.at_ms else bar  # type: ignore[return-value]  # same type


class SplitFeed:
    """A market source in which one symbol splits: `AAPL` where it is served, else the busiest. One thread."""

    def __init__(self, source: MarketSource, seed: int) -> None:
        symbol = "AAPL" if "AAPL" in source.symbols else source.symbols[0]
        minutes = Random(f"{seed}/split").randint(*AFTER_MINUTES)
        self.split = Split(symbol, source.start_ms - source.start_ms % _MINUTE_MS + minutes * _MINUTE_MS)
        self.provider, self.label, self.symbols = source.provider, source.label, source.symbols
        self.market = market_name(f"{source.market} split {symbol} {self.split.at_ms}")
        self.start_ms, self.end_ms = source.start_ms, source.end_ms
        self._source = source
        self._now_ms = source.start_ms - 1

    def advance(self, until_ms: int) -> Sequence[Event | FaultNotice]:
        """What happens up to `until_ms`; the notice before anything in new shares."""
        split = self.split
        out: list[Event | FaultNotice] = []
        if self._now_ms < split.at_ms <= until_ms:
            # What still happens in old shares comes before the notice.
            out += self._source.advance(split.at_ms - 1)
            out.append(split.notice)
        self._now_ms = max(until_ms, self._now_ms)
        events = self._source.advance(until_ms)
        if self._now_ms < split.at_ms:
            return events
        return out + [split.event(event) for event in events]

    def snapshot(self, symbol: str) -> Snapshot | None:
        """Level 1 in the shares of now."""
        known = self._source.snapshot(symbol)
        if known is None or symbol != self.split.symbol or self._now_ms < self.split.at_ms:
            return known
        return self.split.in_new_shares(known)  # type: ignore[return-value]  # same type

    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> PastSearch:
        """Bars of the past."""
        search = self._source.search(symbol, timeframe_ms, end_ms, limit)
        return _SplitSearch(search, self.split) if symbol == self.split.symbol else search


class _SplitSearch(NamedTuple):
    search: PastSearch
    split: Split

    def step(self) -> bool:
        return self.search.step()

    def page(self) -> PastPage | None:
        page = self.search.page()
        return None if page is None else page._replace(bars=[self.split.bar(bar) for bar in page.bars])
