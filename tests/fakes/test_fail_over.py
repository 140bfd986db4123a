"""The pair of servers does what fail-over tests count on: one address, two providers, one after the other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from live_monitor import limits
from live_monitor.data.models.market_data import Trade
from live_monitor.limits import Rejections
from live_monitor.wire.relay import Ack, ClockFrame, Hello, HistoryPage, RelayDecoder, SnapshotFrame, request_history
from tests.fakes.chaos_server import MARKET_MS, trade
from tests.fakes.fail_over import FailOver, Feed, subscribed

MINUTE = {"ev": "AM", "sym": "AAPL", "o": 1, "h": 2, "l": 1, "c": 2, "v": 300, "s": MARKET_MS, "e": MARKET_MS + 60_000}


def a_pair(**options: Any) -> FailOver:
    first = [trade("AAPL", 100.0 + n, sequence=n + 1, at_ms=MARKET_MS + n * 1_000) for n in range(3)]
    second = [trade("AAPL", 103.0, sequence=4, at_ms=MARKET_MS + 40_000)]
    level1 = {"symbol": "AAPL", "timestamp_ms": MARKET_MS + 35_000, "day_volume": 300.0}
    return FailOver(
        Feed("alpha", first, **options),
        Feed("beta", second, snapshot=level1, pages={"1m": [MINUTE]}, market_ms=MARKET_MS + 35_000),
    )


def read(socket: ClientConnection, count: int) -> list[Any]:
    """The next `count` frames, decoded; none may be refused."""
    rejections = Rejections()
    decoder = RelayDecoder(rejections)
    found = [decoder.decode(socket.recv(timeout=5, decode=False), 0, limits.MAX_TIME_MS) for _ in range(count)]
    assert rejections.total == 0
    return found


def join(socket: ClientConnection) -> Hello:
    (hello,) = read(socket, 1)
    assert isinstance(hello, Hello)
    socket.send(json.dumps({"action": "hello", "features": hello.features}))
    socket.send(json.dumps({"action": "subscribe", "symbols": ["AAPL"], "channels": ["T"]}))
    return hello


def test_the_second_answers_where_the_first_was_and_says_that_it_is_another() -> None:
    with a_pair() as pair:
        url = pair.url.replace("{client_id}", "one")
        with connect(url, proxy=None) as socket:
            hello = join(socket)
            assert (hello.provider, hello.label, hello.market) == ("alpha", "ALPHA", "alpha")
            clock, ack, *events = read(socket, 5)
            assert isinstance(clock, ClockFrame)
            assert isinstance(ack, Ack)
            assert [(type(event), event.price) for (event,) in events] == [(Trade, price) for price in (100, 101, 102)]
            pair.first.wait_for(lambda: subscribed(pair.first))
            pair.switch()
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=5)
        assert not subscribed(pair.second)
        with connect(url, proxy=None) as socket:
            hello = join(socket)
            assert (hello.provider, hello.market, hello.timeframes) == ("beta", "beta", ["1s", "1m", "1D"])
            clock, _, level1, _ = read(socket, 4)
            assert clock == ClockFrame(MARKET_MS + 35_000)
            assert isinstance(level1, SnapshotFrame)
            socket.send(request_history("AAPL", "1m", MARKET_MS + 60_000, 10, 7))
            (page,) = read(socket, 1)
            assert isinstance(page, HistoryPage)
            assert ([bar.volume for bar in page.bars], page.more, page.request_id) == ([300.0], False, 7)
            socket.send(request_history("AAPL", "1m", MARKET_MS, 10, 8))
            (page,) = read(socket, 1)
            assert isinstance(page, HistoryPage)
            assert page.bars == []


def test_the_first_may_die_in_the_middle_of_its_bar() -> None:
    with a_pair(dies_after=2) as pair, connect(pair.url.replace("{client_id}", "one"), proxy=None) as socket:
        join(socket)
        assert len(read(socket, 4)) == 4
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
