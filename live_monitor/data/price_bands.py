"""Limit up, limit down: the band in which each symbol may trade now. Main thread.

A vendor names a band when it begins to hold; it holds until the next one, at most until the regular session is over
(market rules 4.5).
"""

from __future__ import annotations

from live_monitor.engine.market.sessions import Calendar
from live_monitor.wire.notices import PriceBands


class BandBook:
    """The newest band of each symbol that is followed."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._newest: dict[str, PriceBands] = {}
        #: Rises whenever another band is kept, or one is forgotten.
        self.version = 0

    def take(self, bands: PriceBands) -> None:
        """Keeps `bands`; one that was superseded on its way is left out."""
        before = self._newest.get(bands.symbol)
        if before is None or bands.at_ms >= before.at_ms:
            self._newest[bands.symbol] = bands
            self.version += 1

    def held(self, now_ms: int) -> dict[str, PriceBands]:
        """Every band that holds at `now_ms`, by symbol."""
        found = ((symbol, self.of(symbol, now_ms)) for symbol in self._newest)
        return {symbol: bands for symbol, bands in found if bands is not None}

    def of(self, symbol: str, now_ms: int) -> PriceBands | None:
        """The band that holds for `symbol` at `now_ms` of market time; None where none is known."""
        bands = self._newest.get(symbol)
        if bands is None or self._calendar.market_state(now_ms) != "open":
            return None
        return bands if self._calendar.trade_date(bands.at_ms) == self._calendar.trade_date(now_ms) else None

    def forget(self, symbol: str) -> None:
        """Nobody follows `symbol` any more."""
        self.version += self._newest.pop(symbol, None) is not None

    def clear(self) -> None:
        """Another market: what held in the one before says nothing."""
        self._newest.clear()
        self.version += 1
