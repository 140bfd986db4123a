"""Who listens to level 1 (the paper engine) hears what the hub believes, and nothing else."""

from __future__ import annotations

from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.engine.market.conditions import BAR_LAST, HELD_VOLUME
from live_monitor.wire.relay import FaultNotice, SnapshotFrame
from tests.data.desk import NOW, Desk, trade


class Ear:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.trades: list[tuple[str, float, int, float]] = []
        self.quotes: list[tuple[str, float]] = []
        self.snapshots: list[Snapshot] = []

    def on_trade(self, trade: Trade, flags: int, received: float) -> None:
        self.trades.append((trade.symbol, trade.price, flags, received))

    def on_quote(self, quote: Quote, received: float) -> None:
        self.quotes.append((quote.symbol, quote.bid_price))

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)


def test_a_listener_hears_each_print_once_of_symbols_followed_before_and_after_it_came() -> None:
    desk, ear = Desk(), Ear()
    desk.connect()
    desk.hub.acquire("AAPL", "watchlist")
    desk.hub.listen(ear)
    desk.hub.set_focus("MSFT")
    first = trade("AAPL", 1)
    desk.feed(first, first, trade("MSFT", 1), trade("TSLA", 1))
    assert [(symbol, price) for symbol, price, _, _ in ear.trades] == [("AAPL", 100.0), ("MSFT", 100.0)]
    assert all(received == desk.clock.monotonic() for *_, received in ear.trades)
    desk.hub.listen(None)
    desk.feed(trade("AAPL", 2))
    assert len(ear.trades) == 2


def test_a_listener_hears_of_a_suspect_print_without_its_price() -> None:
    desk, ear = Desk(), Ear()
    desk.connect()
    desk.hub.acquire("AAPL", "watchlist")
    desk.hub.listen(ear)
    desk.feed(trade("AAPL", 1), trade("AAPL", 2, price=200.0))
    (_, _, sound, _), (_, price, held, _) = ear.trades
    assert sound & BAR_LAST
    assert price == 200.0
    assert not held & BAR_LAST
    assert held & HELD_VOLUME


def test_a_listener_hears_no_quote_that_is_older_than_the_one_before() -> None:
    desk, ear = Desk(), Ear()
    desk.connect()
    desk.hub.acquire("AAPL", "watchlist")
    desk.hub.listen(ear)
    desk.feed(Quote("AAPL", NOW + 10, 10.0, 1, 10.1, 1), Quote("AAPL", NOW + 5, 9.0, 1, 9.1, 1))
    assert ear.quotes == [("AAPL", 10.0)]


def test_a_listener_hears_of_snapshots_and_the_hub_tells_of_splits() -> None:
    desk, ear, splits = Desk(), Ear(), list[tuple[str, float]]()
    desk.connect()
    desk.hub.acquire("AAPL", "watchlist")
    desk.hub.listen(ear)
    desk.hub.on_split = lambda symbol, ratio: splits.append((symbol, ratio))
    level_1 = Snapshot("AAPL", NOW, last=99.0)
    desk.tell(SnapshotFrame(level_1))
    assert ear.snapshots == [level_1]
    desk.tell(FaultNotice("split", "AAPL", NOW, ratio=4.0))
    assert splits == [("AAPL", 4.0)]
