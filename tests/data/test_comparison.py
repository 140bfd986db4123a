"""A second symbol beside the one in focus: the same rules, its own bars, pages that follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from live_monitor.data.history import ANSWER_WITHIN_S
from live_monitor.data.inbox import Loss
from live_monitor.data.models.market_data import Quote, Snapshot
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_columns import BarSource
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ports import SeriesKey
from live_monitor.wire.relay import Ack, FaultNotice, Hello, HistoryPage, SnapshotFrame
from tests.data.desk import NOW, Desk, minute, trade
from tests.data.kept_desk import MARKET, KeptDesk

FIVE = Timeframe.parse("5m")
ODD_LOT = 37


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.connect("history")
    desk.hub.set_focus("AAPL")
    desk.hub.compare("SPY")
    return desk


def series(desk: Desk, timeframe: Timeframe = MINUTE) -> BarSeries:
    found = desk.hub.compared_series(timeframe)
    assert found is not None
    return found


def asked(desk: Desk, symbol: str, timeframe: str = "1m") -> list[tuple[str, str, int, int, int]]:
    return [page for page in desk.pages if page[:2] == (symbol, timeframe)]


def test_nothing_is_compared_and_nothing_asked_until_somebody_wishes() -> None:
    desk = Desk()
    desk.connect("history")
    desk.hub.set_focus("AAPL")
    assert desk.hub.compared is None
    assert desk.hub.compared_series() is None
    assert {page[0] for page in desk.pages} == {"AAPL"}


def test_it_is_subscribed_like_the_focus_and_let_go_again(desk: Desk) -> None:
    assert desk.wanted[-1]["SPY"] == desk.wanted[-1]["AAPL"]
    desk.hub.compare("QQQ")
    assert set(desk.wanted[-1]) == {"AAPL", "QQQ"}
    desk.hub.compare(None)
    assert set(desk.wanted[-1]) == {"AAPL"}
    assert desk.hub.compared is None
    assert desk.hub.compared_series() is None


def test_what_is_no_symbol_is_refused_and_changes_nothing(desk: Desk) -> None:
    with pytest.raises(ValueError, match="not a symbol"):
        desk.hub.compare("../x")
    assert desk.hub.compared == "SPY"


def test_live_prints_make_bars_beside_those_of_the_focus(desk: Desk) -> None:
    desk.feed(trade("AAPL", 1, 200.0), trade("SPY", 2, 500.0), trade("SPY", 1_500, 501.0), trade("MSFT", 3, 1.0))
    assert desk.hub.tick()
    assert series(desk).close.tolist() == [501.0]
    assert series(desk, SECOND).close.tolist() == [500.0, 501.0]
    assert desk.hub.series().close.tolist() == [200.0]
    assert {row.price for row in desk.hub.tape} == {200.0}, "the tape is that of the focus"


def test_a_script_that_folds_prints_itself_does_not_starve_it(desk: Desk) -> None:
    desk.hub.trade_step = desk.hub.fold_trade
    desk.feed(trade("SPY", 2, 500.0), trade("AAPL", 1, 200.0))
    desk.hub.fold_trade(trade("SPY", 3, 502.0))
    desk.hub.tick()
    assert series(desk).close.tolist() == [502.0]


def test_only_eligible_prints_move_it_and_a_price_that_jumps_waits(desk: Desk) -> None:
    first = trade("SPY", 1, 500.0)
    odd_lot = type(first)("SPY", 499.0, 10, NOW + 2, (ODD_LOT,), 12, "2", 2)
    desk.feed(first, odd_lot, trade("SPY", 3, 900.0))
    desk.hub.tick()
    bar = series(desk).bar(-1)
    assert (bar.high, bar.low, bar.close) == (500.0, 500.0, 500.0)
    desk.feed(Quote("SPY", NOW + 4, 899.9, 100, 900.1, 100))
    desk.hub.tick()
    bar = series(desk).bar(-1)
    assert (bar.high, bar.close) == (900.0, 900.0), "a quote has confirmed it"


def test_a_providers_bar_replaces_the_own_one(desk: Desk) -> None:
    desk.feed(trade("SPY", 1, 500.0))
    desk.hub.tick()
    desk.feed(minute("SPY", 0, 503.0))
    desk.hub.tick()
    assert series(desk).bar(-1).source is BarSource.STREAM
    assert series(desk).close.tolist() == [503.0]


def test_the_volume_of_its_day_is_that_of_the_provider(desk: Desk) -> None:
    desk.tell(Ack("subscribe", ["SPY"]))
    desk.tell(SnapshotFrame(Snapshot("SPY", NOW, last=500.0, day_volume=1_000.0)))
    desk.feed(trade("SPY", 1, 500.0), minute("SPY", 0, 500.0, day_volume=5_000.0))
    state = desk.hub.state("SPY")
    assert state is not None
    assert state.volume == 5_000.0
    assert ("SPY", NOW) in {gap[:2] for gap in desk.hub.counters.gaps}


def test_history_comes_for_both_and_neither_takes_the_others(desk: Desk) -> None:
    numbers = [page[4] for page in desk.pages]
    assert len(set(numbers)) == len(numbers), "answers are told apart by their numbers"
    desk.answer(asked(desk, "SPY")[-1], [minute("SPY", index, 500.0) for index in range(-30, 0)], more=True)
    assert len(series(desk)) == 30
    assert len(desk.hub.series()) == 0
    desk.answer(asked(desk, "AAPL")[-1], [minute("AAPL", index, 200.0) for index in range(-30, 0)], more=True)
    assert set(desk.hub.series().close.tolist()) == {200.0}
    assert set(series(desk).close.tolist()) == {500.0}


def page_back(desk: Desk, symbol: str, first: int, last: int, *, more: bool = True) -> None:
    """Answers the newest question for minutes of `symbol`."""
    price = 200.0 if symbol == "AAPL" else 500.0
    desk.answer(asked(desk, symbol)[-1], [minute(symbol, index, price) for index in range(first, last)], more=more)


def test_pages_follow_those_of_the_focus_until_both_reach_as_far(desk: Desk) -> None:
    page_back(desk, "AAPL", -30, 0)
    page_back(desk, "SPY", -10, 0)
    series(desk)
    assert asked(desk, "SPY")[-1][2] == NOW - 10 * 60_000
    page_back(desk, "SPY", -20, -10)
    assert asked(desk, "SPY")[-1][2] == NOW - 20 * 60_000, "one page was not enough"
    page_back(desk, "SPY", -40, -20)
    assert len(series(desk)) == 40
    desk.hub.history.older(MINUTE)
    page_back(desk, "AAPL", -90, -30)
    page_back(desk, "SPY", -100, -40)
    series(desk)
    assert series(desk).start_ms[0] <= desk.hub.series().start_ms[0]


def test_pages_come_only_while_somebody_looks(desk: Desk) -> None:
    page_back(desk, "SPY", -10, 0)
    page_back(desk, "AAPL", -30, 0)
    questions = len(desk.pages)
    for _ in range(5):
        desk.hub.tick()
    assert len(desk.pages) == questions
    series(desk)
    assert len(desk.pages) == questions + 1


def test_a_silent_feed_is_asked_once(desk: Desk) -> None:
    page_back(desk, "SPY", -10, 0)
    page_back(desk, "AAPL", -30, 0)
    questions = len(desk.pages)
    for _ in range(3):
        series(desk)
        desk.clock.advance(ANSWER_WITHIN_S + 2)
        desk.hub.tick()
    assert len(desk.pages) == questions + 1


def test_where_its_history_begins_nothing_more_is_asked(desk: Desk) -> None:
    page_back(desk, "AAPL", -30, 0)
    page_back(desk, "SPY", -10, 0, more=False)
    questions = len(desk.pages)
    series(desk)
    assert len(desk.pages) == questions


def test_longer_bars_are_made_of_its_own(desk: Desk) -> None:
    page_back(desk, "SPY", -30, 0)
    five = series(desk, FIVE)
    assert five is desk.hub.compared_series(FIVE)
    assert len(five) == 6
    desk.feed(trade("SPY", 1, 510.0))
    desk.hub.tick()
    assert five.close[-1] == 510.0
    series(desk, DAY)
    assert "1D" not in {page[1] for page in desk.pages if page[0] == "SPY"}, "this feed has no days"


def test_a_loss_is_healed_in_it_too(desk: Desk) -> None:
    page_back(desk, "SPY", -30, 0)
    desk.answer(asked(desk, "SPY", "1s")[-1], [], more=True)
    desk.hub.take([Loss("SPY", NOW - 5_000, NOW - 4_000, 5)])
    page_back(desk, "SPY", -5, 0)
    assert [(gap.symbol, gap.healed) for gap in desk.hub.counters.gaps] == [("SPY", False)], "the seconds are missing"
    page = asked(desk, "SPY", "1s")[-1]
    desk.tell(HistoryPage("SPY", "1s", page[4], [], True, NOW - 60_000))
    assert [(gap.symbol, gap.healed) for gap in desk.hub.counters.gaps] == [("SPY", True)]


def test_a_lost_connection_asks_for_its_bars_again(desk: Desk) -> None:
    page_back(desk, "SPY", -10, 0)
    desk.drop()
    desk.clock.advance(600)
    questions = len(asked(desk, "SPY"))
    desk.connect("history")
    assert len(asked(desk, "SPY")) == questions + 1
    assert {gap.symbol for gap in desk.hub.counters.gaps} == {"AAPL", "SPY"}


def test_the_server_says_what_it_lost_of_it(desk: Desk) -> None:
    page_back(desk, "SPY", -10, 0)
    questions = len(asked(desk, "SPY"))
    desk.tell(FaultNotice("gap", "SPY", count=3, from_ms=NOW - 2_000, to_ms=NOW - 1_000))
    assert len(asked(desk, "SPY")) == questions + 1
    assert desk.snapshots[-1] == ["SPY"]


def test_the_turn_of_the_day_goes_on_in_the_same_bars(desk: Desk) -> None:
    desk.feed(trade("SPY", 1, 500.0))
    desk.hub.tick()
    before = series(desk)
    desk.clock.advance(3 * 86_400)
    desk.hub.tick()
    desk.feed(trade("SPY", 3 * 86_400_000, 505.0))
    desk.hub.tick()
    assert series(desk) is before
    assert before.close.tolist() == [500.0, 505.0]


def test_another_market_drops_its_bars_and_goes_on_with_the_symbol(desk: Desk) -> None:
    desk.feed(trade("SPY", 1, 500.0))
    desk.hub.tick()
    old = series(desk)
    desk.tell(Hello(["history"], "live-monitor", "replay", "A replay", market="another"))
    assert series(desk) is not old
    assert len(series(desk)) == 0
    assert desk.hub.compared == "SPY"
    desk.feed(trade("SPY", 2, 600.0))
    desk.hub.tick()
    assert series(desk).close.tolist() == [600.0]


def test_it_rests_where_the_feed_does_not_have_it(desk: Desk) -> None:
    desk.tell(Hello(["history"], "live-monitor", "replay", "A replay", symbols=["AAPL"], market="old"))
    assert desk.hub.compared is None
    assert "SPY" not in desk.wanted[-1]
    desk.tell(Hello(["history"], "live-monitor", "simulated", "SIM", symbols=["AAPL", "SPY"], market="sim"))
    assert desk.hub.compared == "SPY"
    assert asked(desk, "SPY")[-1][4] > 4


def test_it_rests_while_it_is_in_focus_itself(desk: Desk) -> None:
    desk.feed(trade("SPY", 1, 500.0))
    desk.hub.set_focus("SPY")
    assert desk.hub.compared is None
    desk.feed(trade("SPY", 2, 501.0))
    desk.hub.tick()
    assert desk.hub.series().close.tolist() == [501.0]
    desk.hub.set_focus("AAPL")
    assert desk.hub.compared == "SPY"
    desk.feed(trade("SPY", 3, 502.0))
    desk.hub.tick()
    assert series(desk).close.tolist() == [502.0]


def test_f13_a_thousand_switches_of_both_while_data_flows_never_mix_symbols() -> None:
    symbols = [f"S{number}" for number in range(6)]
    prices = {symbol: 10.0 + number for number, symbol in enumerate(symbols)}
    desk, random, sequence = Desk(), Random(32), 0
    desk.connect("history")
    for _ in range(1_000):
        if random.random() < 0.3:
            desk.hub.set_focus(random.choice(symbols))
        if random.random() < 0.3:
            desk.hub.compare(random.choice([*symbols, None]))
        batch = []
        for _ in range(random.randrange(6)):
            sequence += 1
            symbol = random.choice(symbols)
            batch.append(trade(symbol, sequence, prices[symbol]))
        desk.feed(*batch)
        if random.random() < 0.5 and desk.pages:
            page = random.choice(desk.pages)
            if page[1] == "1m":
                desk.answer(page, [minute(page[0], -3, prices[page[0]])], more=random.random() < 0.5)
        desk.hub.tick()
        focus, compared, found = desk.hub.focus, desk.hub.compared, desk.hub.compared_series()
        assert (found is None) == (compared is None)
        assert compared is None or compared != focus
        if found is not None and compared is not None:
            assert set(found.close.tolist()) <= {prices[compared]}
        if focus is not None:
            assert set(desk.hub.bars.minutes.close.tolist()) <= {prices[focus]}
        assert set(desk.hub.subscriptions.wanted()) == {symbol for symbol in (focus, compared) if symbol is not None}


@pytest.fixture
def kept_desk(tmp_path: Path) -> Iterator[KeptDesk]:
    desk = KeptDesk(tmp_path / "bars.sqlite3")
    yield desk
    desk.store.close()


def test_its_pages_and_its_minutes_are_kept_under_its_own_name(kept_desk: KeptDesk) -> None:
    desk, key = kept_desk, SeriesKey(MARKET, "SPY", MINUTE)
    desk.greet("1m")
    desk.hub.set_focus("AAPL")
    desk.hub.compare("SPY")
    page_back(desk, "SPY", -40, 0)
    desk.feed(minute("SPY", 0, 503.0))
    desk.hub.tick()
    desk.clock.advance(2)
    desk.feed(trade("AAPL", 2_000, 200.0))
    desk.hub.tick()
    kept = desk.kept(key)
    assert kept.length == 41
    assert kept.close[-1] == 503.0
