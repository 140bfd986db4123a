"""Quotes as other programs find them in Redis, and a server that is not there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from live_monitor.clock import ManualClock
from live_monitor.data.quote_mirror import PAUSE_S, QuoteMirror
from live_monitor.data.redis_client import open_redis
from tests.fakes.babbling_server import GARBAGE, BabblingServer
from tests.fakes.redis_server import RedisServer

QUOTE = {
    "symbol": "VFF",
    "last": "3.00",
    "bid": "2.95",
    "ask": "3.05",
    "open": "2.80",
    "high": "3.10",
    "low": "2.75",
    "volume": "123456",
    "timestamp": "2025-12-08T18:30:00Z",
}


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture
def client(server: RedisServer) -> Iterator[Redis]:
    opened = open_redis(server.url)
    yield opened
    opened.close()


def test_newest_quote_stands_in_the_hash_and_each_one_goes_out_on_its_channel(client: Redis) -> None:
    with client.pubsub() as heard:  # type: ignore[no-untyped-call]  # the library leaves this one untyped
        heard.subscribe("live_data:quotes:VFF")
        mirror = QuoteMirror(client, ManualClock())
        assert mirror.publish([QUOTE | {"last": "2.99"}])
        assert mirror.publish([QUOTE, {"symbol": "/es", "last": "6,000".replace(",", "")}])
        said = [heard.get_message(timeout=2) for _ in range(3)]
    assert mirror.published == 3
    assert json.loads(client.hget("live_data:latest:quotes", "VFF") or "") == QUOTE
    assert json.loads(client.hget("live_data:latest:quotes", "/ES") or "")["last"] == "6000"
    assert client.keys("*") == ["live_data:latest:quotes"]
    assert [message["type"] for message in said if message] == ["subscribe", "message", "message"]
    assert [json.loads(message["data"])["last"] for message in said[1:] if message] == ["2.99", "3.00"]


def test_server_that_is_gone_costs_no_time_and_is_found_again(server: RedisServer, client: Redis) -> None:
    clock = ManualClock()
    mirror = QuoteMirror(client, clock)
    assert mirror.publish([QUOTE])
    server.stop()
    began = time.monotonic()
    for _ in range(100):
        assert not mirror.publish([QUOTE])
    assert time.monotonic() - began < 0.5
    assert mirror.trouble
    server.start()
    assert not mirror.publish([QUOTE]), "each try may cost a time-out"
    clock.advance(PAUSE_S)
    assert mirror.publish([QUOTE])
    assert (mirror.trouble, mirror.published) == ("", 2)


@pytest.mark.parametrize("name", GARBAGE)
def test_what_is_no_redis_is_trouble_in_plain_words_and_no_more(name: str) -> None:
    with BabblingServer(GARBAGE[name]) as server, open_redis(server.url) as client:
        mirror = QuoteMirror(client, ManualClock())
        began = time.monotonic()
        assert not mirror.publish([QUOTE])
        assert time.monotonic() - began < 2.0
        assert mirror.published == 0
        assert mirror.trouble
        assert mirror.trouble.isprintable()
