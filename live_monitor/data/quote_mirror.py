"""Publishes quotes through Redis for other programs: the newest of each symbol in a hash, every one on a channel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from live_monitor.clock import Clock
from live_monitor.data import channels
from live_monitor.data.redis_client import redis_errors

if TYPE_CHECKING:
    from redis import Redis

#: After a failure so long nothing is tried (s): each try may cost a time-out.
PAUSE_S: Final = 2.0
_MAX_TROUBLE: Final = 200


class QuoteMirror:
    """One thread at a time. Quotes are dicts of texts, prices as decimals, with an ISO `timestamp` in UTC."""

    def __init__(self, client: Redis, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._again_at = 0.0
        #: Why nothing is published at present; empty while it is.
        self.trouble = ""
        self.published = 0

    def publish(self, quotes: Sequence[Mapping[str, str]]) -> bool:
        """Puts each into the hash, then on its channel, in one round trip. False when the server cannot be reached.

        Blocks for a time-out of the client at the most. What could not be published is lost; the next one is newer.
        """
        now = self._clock.monotonic()
        if now < self._again_at:
            return False
        try:
            pipe = self._client.pipeline(transaction=False)
            for quote in quotes:
                symbol, text = quote["symbol"].upper(), json.dumps(quote, ensure_ascii=False)
                pipe.hset(channels.LATEST_QUOTES, symbol, text)
                pipe.publish(channels.quotes(symbol), text)
            pipe.execute()
        except redis_errors() as problem:
            self._again_at = self._clock.monotonic() + PAUSE_S
            # What is no Redis may have sent any bytes at all.
            words = "".join(one if one.isprintable() else " " for one in str(problem)[:_MAX_TROUBLE]).strip()
            self.trouble = words or type(problem).__name__
            return False
        self.trouble = ""
        self.published += len(quotes)
        return True
