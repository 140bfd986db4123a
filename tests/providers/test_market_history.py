"""The past of a market in this process, page by page."""

from __future__ import annotations

import pytest

from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND
from live_monitor.engine.market.bar_columns import BarSource
from live_monitor.errors import HistoryError
from live_monitor.providers.market_history import MarketHistory
from live_monitor.providers.simulated import SimulatedMarket
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute


def test_pages_lead_back_to_the_beginning() -> None:
    past = [a_minute("AAPL", number) for number in range(-7, 0)]
    history = MarketHistory(ScriptedMarket(past=past))
    starts: list[int] = []
    end_ms, more = START_MS, True
    while more:
        page = history.page("AAPL", MINUTE, end_ms, 3)
        assert set(page.bars.source) == {BarSource.HISTORY}
        starts = page.bars.start_ms.tolist() + starts
        end_ms, more = page.from_ms, page.more
    assert starts == [bar.start_ms for bar in past]
    history.close()
    history.close()


def test_a_page_is_what_the_market_says_of_its_past() -> None:
    market = SimulatedMarket(7, ["QZPX"])
    history = MarketHistory(market)
    assert history.market == market.market
    for timeframe, limit in ((SECOND, 50), (MINUTE, 50), (DAY, 2)):
        page = history.page("QZPX", timeframe, START_MS, limit)
        bars, more = SimulatedMarket(7, ["QZPX"]).history("QZPX", timeframe.nominal_ms, START_MS, limit)
        assert page.bars.start_ms.tolist() == [bar.start_ms for bar in bars]
        assert page.bars.volume.tolist() == [bar.volume for bar in bars]
        assert page.more == more
        assert page.from_ms <= page.bars.start_ms[0]


def test_a_symbol_that_is_not_there_is_told() -> None:
    with pytest.raises(HistoryError, match=r"SCRIPTED does not have ZZZ. It has AAPL, MSFT"):
        MarketHistory(ScriptedMarket()).page("ZZZ", MINUTE, START_MS, 3)
