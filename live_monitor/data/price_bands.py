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

    def take(self, bands: PriceBands) -> None:
        """Keeps `bands`; one that was superseded on its way is left out."""
        before = self._newest.get(bands.symbol)
        if before is None or bands.at_ms >= before.at_ms:
            self._newest[bands.symbol] = bands

    def of(self, symbol: str, now_ms: int) -> PriceBands | None:
        """The band that holds for `symbol` at `now_ms` of market time; None where none is known."""
        bands = self._newest.get(symbol)
        if bands is None or self._calendar.market_state(now_ms) != "open":
            return None
        return bands if self._calendar.trade_date(bands.at_ms) == self._calendar.trade_date(now_ms) else None

    def forget(self, symbol: str) -> None:
        """Nobody follows `symbol` any more."""
        self._newest.pop(symbol, None)

    def clear(self) -> None:
        """Another market: what held in the one before says nothing."""
        self._newest.clear()
