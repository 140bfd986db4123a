"""A connection to Redis: addresses that are refused, and commands that never hang."""

from __future__ import annotations

import signal
import time

import pytest
from redis import RedisError

from live_monitor.data.redis_client import TIMEOUT_S, open_redis
from live_monitor.errors import StoreError
from live_monitor.log import redact
from tests.fakes.redis_server import RedisServer


def test_address_that_is_none_is_refused_without_its_password() -> None:
    with pytest.raises(StoreError) as refused:
        open_redis("http://me:hush-hush@localhost:6379")
    assert "hush" not in str(refused.value)
    assert "hush-hush" not in redact("AUTH hush-hush")


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes are frozen on POSIX only")
def test_command_to_a_frozen_server_fails_at_once() -> None:
    with RedisServer() as server:
        client = open_redis(server.url)
        client.ping()
        server.signal(signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(RedisError):
            client.get("anything")
        assert TIMEOUT_S <= time.monotonic() - began < 3 * TIMEOUT_S
        client.close()
