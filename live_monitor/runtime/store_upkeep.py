"""What the store of bars does when nobody asks it anything: closed days are packed, old ones forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from live_monitor.clock import Clock
from live_monitor.ports import HistoryStore

#: Retention is looked at so often; it goes by whole days.
_FORGET_EVERY_S = 3_600.0
#: A store with nothing to pack is asked again after so long.
_PACK_EVERY_S = 60.0


@runtime_checkable
class Kept(Protocol):
    """A store that needs upkeep; a shared server looks after itself."""

    def pack(self, now_ms: int) -> bool:
        """Packs some of the days that closed before `now_ms`; True when there is more to do."""
        ...

    def forget(self, keep_days: Mapping[str, int], now_ms: int) -> bool:
        """Lets some bars go that are older than the days given by timeframe; 0 keeps for ever. True: there are more."""
        ...


class StoreUpkeep:
    """`work` is called on the store's thread when it is idle."""

    def __init__(self, keep_days: Mapping[str, int], clock: Clock) -> None:
        self._keep_days = dict(keep_days)
        self._clock = clock
        self._forgot_at = -_FORGET_EVERY_S
        self._packed_at = -_PACK_EVERY_S

    def work(self, store: HistoryStore) -> bool:
        """Does a little; True when it wants to go on at once. Raises StoreError."""
        if not isinstance(store, Kept):
            return False
        now, now_ms = self._clock.monotonic(), self._clock.wall_ms()
        if now - self._forgot_at >= _FORGET_EVERY_S:
            if store.forget(self._keep_days, now_ms):
                return True
            self._forgot_at = now
        if now - self._packed_at < _PACK_EVERY_S:
            return False
        more = store.pack(now_ms)
        if not more:
            self._packed_at = now
        return more
