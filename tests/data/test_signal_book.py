"""The signals of the focus symbol: what a script adds stays, and is bounded."""

from __future__ import annotations

from typing import Any, cast

from live_monitor import limits
from live_monitor.data.signal_book import Signal, SignalBook
from live_monitor.engine.market.bar_series import MINUTE_MS, BarSeries
from live_monitor.engine.market.sessions import us_equities

NOW = 1_795_188_600_000  # 2026-11-20 10:30 New York, in a regular session


def own(number: int) -> Signal:
    row: dict[str, Any] = {"time": "10:30:00", "signal_type": "LONG", "symbol": "AAPL", "signal": str(number)}
    return cast("Signal", row)


def test_a_page_of_history_keeps_the_signals_of_a_script() -> None:
    book = SignalBook(us_equities())
    book.start("AAPL")
    book.add(own(1))
    book.search(BarSeries("AAPL", MINUTE_MS), NOW)
    assert book.rows == [own(1)]
    book.start("MSFT")
    book.search(BarSeries("MSFT", MINUTE_MS), NOW)
    assert book.rows == []


def test_a_script_that_signals_without_end_fills_no_memory() -> None:
    book = SignalBook(us_equities())
    book.start("AAPL")
    for number in range(limits.MAX_SIGNALS + 10):
        book.add(own(number))
    assert len(book.rows) == limits.MAX_SIGNALS
    assert book.rows[-1] == own(limits.MAX_SIGNALS + 9)
    assert book.version == limits.MAX_SIGNALS + 11
