"""A connection to Redis that never holds anybody up: no retries behind our back, and short time-outs.

The library's own defaults block one command for a minute when a server is frozen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from live_monitor.errors import StoreError
from live_monitor.log import redact
from live_monitor.settings import secrets_of, without_secrets

if TYPE_CHECKING:
    from redis import Redis

#: Seconds for one command, and for a connection.
TIMEOUT_S: Final = 0.25


def redis_errors() -> tuple[type[Exception], ...]:
    """What a command may raise. The last of them come from what answers, but is no Redis, or has lost its place.

    Only for who has made a client: the library takes 50 ms to load.
    """
    from redis import RedisError  # noqa: PLC0415 - see above

    return (RedisError, OSError, ValueError, TypeError, AttributeError, RecursionError)


def open_redis(url: str) -> Redis:
    """A client for `url` (redis://, rediss://, unix://); nothing is sent yet. Any thread.

    Raises StoreError for what is no such address.
    """
    # 50 ms that only those pay who use it.
    from redis import Redis  # noqa: PLC0415 - see above
    from redis.backoff import NoBackoff  # noqa: PLC0415 - see above
    from redis.retry import Retry  # noqa: PLC0415 - see above

    for secret in secrets_of(url):
        redact.register(secret)
    try:
        return Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            client_name="live-monitor",
        )
    except ValueError as problem:
        raise StoreError(
            f"{without_secrets(url)} is no address of a Redis server.", "Write it as redis://localhost:6379/0."
        ) from problem
