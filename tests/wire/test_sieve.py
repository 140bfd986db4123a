"""What decoding cannot check: symbols, times ahead of the clock, exact sizes, bars that contradict themselves."""

from __future__ import annotations

import pytest

from live_monitor import limits
from live_monitor.data.models.market_data import Aggregate, Event, Quote, Status, Trade
from live_monitor.limits import Rejections
from live_monitor.wire.sieve import Sieve

NOW = 1_795_188_600_000
TRADE = Trade("AAPL", 10.0, 12.0, NOW, (), 12, "1", 1)
QUOTE = Quote("AAPL", NOW, 10.0, 1.0, 10.1, 1.0, 12, 11)
BAR = Aggregate("AAPL", NOW, NOW + 60_000, 10.0, 11.0, 9.0, 10.5, 100.0)


def sift(*events: Event) -> tuple[bool, Sieve]:
    sieve = Sieve(Rejections())
    return sieve.sift(events, NOW + 7, NOW), sieve


def test_prints_and_quotes_are_stamped_and_bars_are_let_through() -> None:
    trade, quote = Trade("AAPL", 10.0, 12.0, NOW), Quote("AAPL", NOW)
    holds, sieve = sift(trade, BAR, quote, Status("connected"))
    assert (holds, sieve.trades, sieve.saw_status, sieve.saw_bare) == (True, 1, True, True)
    assert (trade.received_ms, quote.received_ms) == (NOW + 7, NOW + 7)


def test_events_that_name_their_venues_are_not_bare() -> None:
    assert not sift(TRADE, QUOTE)[1].saw_bare


@pytest.mark.parametrize(
    "bad",
    [
        Trade("../x", 10.0, 12.0, NOW),
        Trade("AAPL", 10.0, 12.0, NOW + 1),
        Trade("AAPL", 10.0, 0.0, NOW),
        Trade("AAPL", 10.0, 1e-9, NOW, decimal_size="0.5"),
        Trade("AAPL", 10.0, 12.0, NOW, decimal_size="1_2"),
        Quote("aapl", NOW),
        Quote("AAPL", NOW + 1),
        Aggregate("AAPL", NOW + 1, NOW + 60_001, 10.0, 11.0, 9.0, 10.5, 100.0),
        Aggregate("AAPL", NOW, NOW + 60_000, 10.0, 10.2, 9.0, 10.5, 100.0),
        Aggregate("A L", NOW, NOW + 60_000, 10.0, 11.0, 9.0, 10.5, 100.0),
    ],
)
def test_one_event_that_cannot_be_makes_the_frame_go_the_slow_way(bad: Event) -> None:
    assert not sift(TRADE, bad, QUOTE)[0]


@pytest.mark.parametrize(
    ("text", "size"), [("12", 12.0), ("12.0", 12.0), ("12.25", 12.25), ("2500", 2_500.0), ("", 12.0)]
)
def test_decimals_are_the_size(text: str, size: float) -> None:
    trade = Trade("AAPL", 10.0, 12.0, NOW, decimal_size=text)
    assert sift(trade)[0]
    assert trade.size == size


def test_a_condition_is_told_of_quotes_only_and_of_the_last_frame_only() -> None:
    _, sieve = sift(Quote("AAPL", NOW, condition=43))
    assert sieve.saw_condition
    sieve.sift([Trade("AAPL", 10.0, 12.0, NOW, (14, 41)), QUOTE], NOW, NOW)
    assert not sieve.saw_condition


def test_only_so_many_symbols_are_believed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SYMBOLS", 2)
    holds, sieve = sift(*(Quote(symbol, NOW) for symbol in ("AAPL", "MSFT", "AAPL")))
    assert holds
    assert not sieve.sift([Quote("NVDA", NOW)], NOW, NOW)
    assert sieve.sift([Quote("MSFT", NOW)], NOW, NOW)
