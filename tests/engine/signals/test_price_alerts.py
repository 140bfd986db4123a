"""Prices that are waited for: crossed once, by prints alone, and what is said then."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor import limits
from live_monitor.engine.signals.price_alerts import SILENCE_MS, Crossing, PriceAlert, PriceAlertBook

START = 1_795_185_000_000


class Market:
    """Last prices of symbols, a second apart, told to a book of alerts."""

    def __init__(self) -> None:
        self.book = PriceAlertBook()
        self.ms = START

    def prints(self, *prices: float, symbol: str = "AAPL", gap_ms: int = 1_000) -> list[Crossing]:
        """What the prints have crossed."""
        for price in prices:
            self.ms += gap_ms
            watch = self.book.watch(symbol)
            if watch is not None:
                watch(price, self.ms)
        return self.book.take("here")

    def wait_for(self, price: float, last: float = math.nan, note: str = "", symbol: str = "AAPL") -> PriceAlert:
        return self.book.add(symbol, price, note, last=last, last_ms=0 if math.isnan(last) else self.ms, market="here")


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.mark.parametrize(
    ("last", "prices", "text"),
    [
        (99.0, (99.5, 100.0), "AAPL reached 100.00 from 99.50."),
        (99.0, (99.5, 100.25), "AAPL rose through 100.00: 100.25 from 99.50."),
        (101.0, (100.5, 100.0), "AAPL reached 100.00 from 100.50."),
        (101.0, (99.0,), "AAPL fell through 100.00: 99.00 from 101.00."),
        (0.5, (0.75, 100.001), "AAPL rose through 100.00: 100.0010 from 0.75."),
    ],
)
def test_the_first_print_at_the_price_or_beyond_fires(
    market: Market, last: float, prices: tuple[float, ...], text: str
) -> None:
    market.wait_for(100.0, last)
    assert market.prints(*prices[:-1]) == []
    (crossing,) = market.prints(prices[-1])
    assert (crossing.price, crossing.ms, crossing.gap) == (prices[-1], market.ms, False)
    assert crossing.text() == text
    assert market.book.alerts == ()
    assert market.book.watch("AAPL") is None, "prints cost nothing when nothing is waited for"


def test_it_fires_once_however_often_the_price_comes_back_within_a_batch(market: Market) -> None:
    market.wait_for(100.0, 99.0)
    assert len(market.prints(100.5, 99.0, 100.5, 99.0, 100.0)) == 1
    assert market.prints(101.0, 99.0) == []


def test_what_comes_back_within_a_batch_was_there_all_the_same(market: Market) -> None:
    market.wait_for(100.0, 99.0)
    (crossing,) = market.prints(99.5, 100.0, 99.0)
    assert crossing.price == 100.0


@pytest.mark.parametrize("last", [100.0, math.nan])
def test_an_alert_at_the_price_or_of_an_unheard_symbol_learns_its_side_from_the_next_price(
    market: Market, last: float
) -> None:
    market.wait_for(100.0, last)
    assert market.prints(100.0, 100.0) == [], "it was there when the alert was placed"
    version = market.book.version
    assert market.prints(100.5) == []
    assert market.book.version > version, "what is kept has changed"
    (alert,) = market.book.alerts
    assert (alert.side, alert.since_ms, alert.market) == (1, market.ms, "here")
    (crossing,) = market.prints(100.25, 99.75)
    assert crossing.text() == "AAPL fell through 100.00: 99.75 from 100.25."


def test_alerts_of_other_symbols_and_prices_wait_on(market: Market) -> None:
    kept = [market.wait_for(price, 99.0) for price in (98.0, 101.0, 102.0)]
    other = market.wait_for(100.0, 99.0, symbol="MSFT")
    (crossing,) = market.prints(101.5)
    assert crossing.alert == kept[1]
    assert market.book.alerts == (kept[0], kept[2], other)
    (crossing,) = market.prints(150.0, symbol="MSFT")
    assert crossing.alert == other


def test_one_print_may_cross_several(market: Market) -> None:
    placed = [market.wait_for(price, 99.0) for price in (103.0, 100.0, 101.0)]
    assert [crossing.alert for crossing in market.prints(102.0)] == [placed[1], placed[2]]


def test_a_gap_through_the_price_says_so(market: Market) -> None:
    market.wait_for(100.0, 99.0)
    (crossing,) = market.prints(101.0, gap_ms=SILENCE_MS)
    assert crossing.gap
    assert crossing.text() == "AAPL rose through 100.00: 101.00 from 99.00, in a gap: nothing was heard in between."


def test_prints_that_were_missed_make_a_gap_until_the_next_one(market: Market) -> None:
    market.wait_for(100.0, 99.0)
    market.wait_for(102.0, 99.0)
    market.wait_for(90.0, 99.0, symbol="MSFT")
    market.book.unheard("AAPL")
    assert [crossing.gap for crossing in market.prints(101.0)] == [True]
    assert [crossing.gap for crossing in market.prints(103.0)] == [False]
    assert [crossing.gap for crossing in market.prints(80.0, symbol="MSFT")] == [False]
    market.wait_for(104.0, 103.0)
    market.book.unheard()
    assert [crossing.gap for crossing in market.prints(105.0)] == [True]


def test_a_price_reached_after_a_silence_was_not_passed_unseen(market: Market) -> None:
    market.wait_for(100.0, 99.0)
    assert [crossing.gap for crossing in market.prints(100.0, gap_ms=SILENCE_MS)] == [False]


def test_a_kept_alert_knows_its_side_in_the_same_market_and_no_other(market: Market) -> None:
    kept = PriceAlert("alert-77", "AAPL", 100.0, "sell", -1, START - 1_000, "here")
    market.book.restore(kept)
    market.book.follow_market("elsewhere", START)
    assert market.prints(101.0) == []
    assert market.book.alerts[0].side == 1, "from now on it is waited for from above"
    again = Market()
    again.book.restore(kept)
    again.book.follow_market("elsewhere", START)
    again.book.follow_market("here", START)
    (crossing,) = again.prints(101.0)
    assert crossing.gap
    assert crossing.text() == "AAPL rose through 100.00: 101.00, in a gap: nothing was heard in between · sell"


def test_an_earlier_time_of_the_same_market_is_another_market(market: Market) -> None:
    market.wait_for(100.0, 99.0)
    market.book.follow_market("here", START - 60_000)
    assert market.prints(101.0) == []
    assert len(market.prints(99.0)) == 1


def test_to_hear_of_the_same_market_again_changes_nothing(market: Market) -> None:
    market.wait_for(100.0, 99.0)
    market.prints(99.5)
    version = market.book.version
    market.book.follow_market("here", market.ms)
    assert market.book.version == version
    assert [crossing.before for crossing in market.prints(101.0)] == [99.5]


def test_after_a_split_it_is_waited_for_in_new_shares(market: Market) -> None:
    market.wait_for(1_000.0, 990.0)
    other = market.wait_for(1_000.0, 990.0, symbol="MSFT")
    assert [alert.price for alert in market.book.split("AAPL", 10.0)] == [100.0]
    assert market.prints(99.5) == [], "a tenth of the price is no fall"
    (crossing,) = market.prints(100.5)
    assert crossing.before == 99.5
    assert market.book.alerts == (other,)
    assert market.book.split("NVDA", 10.0) == []


def test_a_split_beyond_all_prices_lets_the_side_be_learnt_anew(market: Market) -> None:
    market.wait_for(2e-6, 1e-6)
    market.book.split("AAPL", 100.0)
    assert market.prints(3e-6, 4e-6) == []


def test_what_is_removed_never_fires(market: Market) -> None:
    alert = market.wait_for(100.0, 99.0)
    assert market.book.remove(alert.id) == alert
    assert market.book.remove(alert.id) is None
    assert market.prints(101.0) == []


@pytest.mark.parametrize(
    ("symbol", "price", "note", "why"),
    [
        ("aapl", 100.0, "", "not a symbol"),
        ("AAPL", math.nan, "", "no price"),
        ("AAPL", math.inf, "", "no price"),
        ("AAPL", 0.0, "", "no price"),
        ("AAPL", -1.0, "", "no price"),
        ("AAPL", 1e9, "", "no price"),
        ("AAPL", 100.0, "x" * (limits.MAX_PRICE_ALERT_NOTE + 1), "at most"),
    ],
)
def test_what_cannot_be_waited_for_is_refused_in_words(
    market: Market, symbol: str, price: float, note: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        market.book.add(symbol, price, note)
    assert market.book.alerts == ()


def test_the_same_is_waited_for_once_and_with_another_note_twice(market: Market) -> None:
    market.book.add("AAPL", 100.0)
    with pytest.raises(ValueError, match=r"AAPL is waited for at 100\.00 already"):
        market.book.add("AAPL", 100.0)
    market.book.add("AAPL", 100.0, "sell")
    market.book.add("MSFT", 100.0)
    assert len(market.book.alerts) == 3


def test_the_number_of_alerts_is_bounded(market: Market) -> None:
    for number in range(limits.MAX_PRICE_ALERTS):
        market.wait_for(1.0 + number)
    with pytest.raises(ValueError, match="remove one first"):
        market.wait_for(0.5)
    assert len({alert.id for alert in market.book.alerts}) == limits.MAX_PRICE_ALERTS


PRICES = st.integers(90, 110).map(float)


@given(
    last=st.one_of(st.just(math.nan), PRICES),
    levels=st.lists(PRICES, max_size=6, unique=True),
    path=st.lists(PRICES, max_size=30),
)
def test_each_fires_with_the_first_print_that_is_not_on_its_side_any_more(
    last: float, levels: list[float], path: list[float]
) -> None:
    market = Market()
    placed = [market.wait_for(level, last) for level in levels]
    fired = {crossing.alert.id: crossing.price for price in path for crossing in market.prints(price)}
    for alert in placed:
        prices = path if math.isnan(last) else [last, *path]
        away = next((at for at, price in enumerate(prices) if price != alert.price), len(prices))
        above = away < len(prices) and prices[away] > alert.price
        met = (price for price in prices[away + 1 :] if (price <= alert.price if above else price >= alert.price))
        assert fired.get(alert.id) == next(met, None)
    assert {alert.id for alert in market.book.alerts} == {alert.id for alert in placed} - fired.keys()
