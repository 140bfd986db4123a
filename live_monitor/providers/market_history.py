"""The past of a market in this process as a source of history, for commands that need no server."""

from __future__ import annotations

from live_monitor.data.models.timeframe import BASES, Timeframe
from live_monitor.engine.market.bar_columns import BarSource
from live_monitor.engine.market.bar_page import columns_of
from live_monitor.errors import HistoryError
from live_monitor.ports import MarketSource, Page


class MarketHistory:
    """`HistorySource` of a `MarketSource`: what is over as of its last `advance`. One thread."""

    timeframes: tuple[Timeframe, ...] = BASES

    def __init__(self, market: MarketSource) -> None:
        self.market = market.market
        self._market = market

    def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
        """As in `HistorySource`."""
        if symbol not in self._market.symbols:
            known = ", ".join(self._market.symbols[:20])
            raise HistoryError(f"{self._market.label} does not have {symbol}.", f"It has {known}.")
        search = self._market.search(symbol, timeframe.nominal_ms, end_ms, limit)
        while not search.step():
            pass
        found = search.page()
        assert found is not None, "a complete search has an answer"
        return Page(columns_of(found.bars, BarSource.HISTORY), min(found.from_ms, end_ms), found.more)

    def close(self) -> None:
        """As in `HistorySource`; a market in this process has no connection to let go."""
