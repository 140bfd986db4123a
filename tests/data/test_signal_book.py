"""The signals of the focus symbol: what a script adds stays, and is bounded."""

from __future__ import annotations

from typing import Any, cast

from live_monitor import limits
from live_monitor.data.signal_book import Signal, SignalBook
from live_monitor.engine.market.bar_series import MINUTE_MS, BarSeries
from live_monitor.engine.market.sessions import us_equities
from tests.engine.signals.sample_bars import ohlc
from tests.engine.signals.test_signal_engine import reclaim

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


def test_a_split_ends_no_position_at_a_loss_that_nobody_had() -> None:
    """Row M16: a LONG is open at 100.60 when one share becomes four."""
    book = SignalBook(us_equities())
    book.start("AAPL")
    arose: list[str] = []
    book.arose = lambda signal, bar_ms: arose.append(str(signal.get("exit_type") or signal.get("signal_type")))
    bars = reclaim()
    minutes = BarSeries("AAPL", MINUTE_MS)
    for bar in bars:
        minutes.put(bar)
        book.bar_closed(bar)
    assert arose == ["LONG"]
    split_ms = bars[-1].start_ms + MINUTE_MS + 20_000
    book.split(split_ms)
    after = [ohlc(31, 100.6, 100.6, 25.0, 25.1), *(ohlc(at, 25.1, 25.2, 25.0, 25.1) for at in range(32, 40))]
    for bar in after:
        minutes.put(bar)
        book.bar_closed(bar)
    assert arose == ["LONG"], "no exit arose"
    book.search(minutes, after[-1].start_ms + MINUTE_MS)
    assert [row.get("signal_type") for row in book.rows] == ["LONG"], "nor does history find one"
    book.split(split_ms)
    assert len(book.rows) == 1, "a notice that comes again changes nothing"


def test_rows_know_whose_bars_they_came_from_and_keep_the_documented_keys() -> None:
    book = SignalBook(us_equities())
    book.start("AAPL")
    book.source = "POLYGON"
    minutes = BarSeries("AAPL", MINUTE_MS)
    bars = reclaim()
    for bar in bars:
        minutes.put(bar)
        book.bar_closed(bar)
    mine = own(1)
    book.add(mine)
    (found, _) = book.rows
    book.source = "SCHWAB"
    assert (book.source_of(found), book.source_of(mine)) == ("POLYGON", "script")
    assert "source" not in found
    # History is the new source's: the rules look again, a script does not.
    book.search(minutes, bars[-1].start_ms + MINUTE_MS)
    assert [book.source_of(row) for row in book.rows] == ["SCHWAB", "script"]


def test_what_rows_came_from_is_forgotten_with_them() -> None:
    book = SignalBook(us_equities())
    book.start("AAPL")
    for number in range(2 * limits.MAX_SIGNALS):
        book.add(own(number))
    assert len(book._sources) == limits.MAX_SIGNALS
    assert {book.source_of(row) for row in book.rows} == {"script"}
