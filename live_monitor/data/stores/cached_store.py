"""The embedded store in front of the shared one: reads are cached, writes go to both, an outage loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, Protocol

from live_monitor.clock import Clock, SystemClock
from live_monitor.data.stores.outbox import Outbox
from live_monitor.data.stores.ranked import best_of
from live_monitor.data.stores.shared_side import Fate, SharedSide
from live_monitor.data.stores.stretches import Stretches
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.errors import StoreError
from live_monitor.ports import HistoryStore, SeriesKey

_log = logging.getLogger(__name__)

#: What it was asked for is asked for again after so long: others may have added to it.
FRESH_S: Final = 60.0
#: At the end, what is owed may take so long.
CLOSE_S: Final = 1.5
#: Bars of one delivery.
CHUNK: Final = 5_000
#: How far back a series is compared with the shared store when it is first written to.
CATCH_UP_MS: Final = 7 * 86_400_000
_CATCH_UPS_PER_CALL: Final = 8
_LOOKS_PER_CHUNK: Final = 500
_MAX_ASKED: Final = 1_000
_BEGINNING: Final = -(2**62)
_END: Final = 2**62
_NOTHING: Final = BarColumns.of(())


class EmbeddedStore(HistoryStore, Protocol):
    """What stands in front: a store that also needs upkeep."""

    @property
    def notice(self) -> str: ...

    def pack(self, now_ms: int) -> bool: ...

    def forget(self, keep_days: Mapping[str, int], now_ms: int) -> bool: ...


class CachedStore:
    """Implements `ports.HistoryStore`. One thread at a time; `notice` may be read from any.

    What a write returned from is in the embedded store. The shared one gets it at once, or later: what it missed is
    remembered as stretches and re-read from the embedded store when it answers again. What is owed at the end of the
    program the next one finds out: bars of the last seven days when it first writes to a series, stretches that are
    whole here and not there when it is asked how far they reach.
    """

    def __init__(self, front: EmbeddedStore, behind: HistoryStore, *, clock: Clock | None = None) -> None:
        self.name = f"{front.name}, shared by {behind.name}"
        self._front = front
        self._clock = clock or SystemClock()
        self._shared = SharedSide(behind, self._clock)
        self._outbox = Outbox()
        self._caught_up: set[SeriesKey] = set()
        #: Series of which it refused bars for good.
        self._refused: set[SeriesKey] = set()
        #: When a memory ends, and what it says the shared store was asked for.
        self._asked: dict[SeriesKey, tuple[float, Stretches]] = {}

    @property
    def notice(self) -> str:
        """One line for the person: what is wrong with either store, the one on this machine first; else empty."""
        return self._front.notice or self._shared.notice

    @property
    def owed(self) -> int:
        """Series of which the shared store lacks something that it could not be told yet."""
        return len(self._outbox)

    # -- writing -------------------------------------------------------------------------------

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        """As in `HistoryStore`."""
        try:
            self._front.put(key, bars, covers)
        except StoreError:
            # The shared store may still take them; nothing is remembered that could not be read again.
            self._shared.send(lambda store: store.put(key, bars, covers))
            raise
        self._catch_up((key,))
        # A stretch whose bars partly wait in the outbox is not whole over there.
        waits = self._outbox.owes_bars(key)
        fate = self._shared.send(lambda store: store.put(key, bars, None if waits else covers))
        if fate is Fate.LATER and bars.length:
            self._outbox.add_bars(key, int(bars.start_ms[0]), int(bars.start_ms[-1]) + key.timeframe.nominal_ms)
        if fate is Fate.REFUSED:
            self._refused.add(key)
        elif covers is not None and (waits or fate is Fate.LATER):
            self._outbox.add_cover(key, *covers)
        self.deliver()

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        """As in `HistoryStore`."""
        try:
            self._front.append(rows)
        except StoreError:
            self._shared.send(lambda store: store.append(rows))
            raise
        self._catch_up(key for key, _ in rows)
        if self._shared.send(lambda store: store.append(rows)) is Fate.LATER:
            for key, bar in rows:
                # Its whole window, so that an outage of hours is one stretch and not one of every bar.
                self._outbox.add_bars(key, bar.start_ms, bar.start_ms + key.timeframe.nominal_ms)
        self.deliver()

    def deliver(self) -> bool:
        """Sends the shared store some of what it is owed; True when there is more and it can be sent at once."""
        if self._shared.rests or not self._outbox:
            return False
        bars_owed = self._outbox.next_bars()
        if bars_owed is not None:
            key, from_ms, to_ms = bars_owed
            bars, until_ms = self._chunk(key, from_ms, to_ms)
            fate = self._shared.send(lambda store: store.put(key, bars)) if bars.length else Fate.SENT
            if fate is Fate.LATER:
                return False
            self._outbox.sent_bars(key, from_ms, until_ms)
            if fate is Fate.REFUSED:
                self._refused.add(key)
                self._outbox.sent_cover(key, from_ms, until_ms)
        cover_owed = self._outbox.next_cover()
        if cover_owed is not None:
            key, from_ms, to_ms = cover_owed
            if self._shared.send(lambda store: store.put(key, _NOTHING, (from_ms, to_ms))) is Fate.LATER:
                return False
            self._outbox.sent_cover(key, from_ms, to_ms)
        return len(self._outbox) > 0

    def _owe(self, key: SeriesKey, from_ms: int, to_ms: int) -> None:
        """A whole stretch that the shared store does not have whole: its server was down, or is new."""
        if key not in self._refused:
            self._outbox.add_bars(key, from_ms, to_ms)
            self._outbox.add_cover(key, from_ms, to_ms)

    def _chunk(self, key: SeriesKey, from_ms: int, to_ms: int) -> tuple[BarColumns, int]:
        """The first bars of a stretch, at most `CHUNK`, and the instant up to which there are no others."""
        span_ms = CHUNK * key.timeframe.nominal_ms
        for _ in range(_LOOKS_PER_CHUNK):
            until_ms = min(from_ms + span_ms, to_ms)
            bars = self._front.read(key, from_ms, until_ms)
            if bars.length or until_ms >= to_ms:
                return bars, until_ms
            from_ms = until_ms
        return _NOTHING, from_ms

    def _catch_up(self, keys: Iterable[SeriesKey]) -> None:
        """Finds what an earlier run could not send any more, once for every series."""
        for key in islice((key for key in dict.fromkeys(keys) if key not in self._caught_up), _CATCH_UPS_PER_CALL):
            theirs = self._shared.ask(lambda store, key=key: store.last(key, _END, 1))  # type: ignore[misc]  # the loop's value
            if theirs is None:
                return
            self._caught_up.add(key)
            mine = self._front.last(key, _END, 1)
            if mine.length:
                newest_ms = int(mine.start_ms[-1])
                from_ms = newest_ms - CATCH_UP_MS
                if theirs.length:
                    from_ms = max(from_ms, int(theirs.start_ms[-1]))
                if from_ms < newest_ms:
                    self._outbox.add_bars(key, from_ms, newest_ms + 1)

    # -- reading -------------------------------------------------------------------------------

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        """As in `HistoryStore`; what others wrote within the last minute may be missing."""
        covered_ms = self._front.covered_from(key, to_ms)
        until_ms = to_ms if covered_ms is None else min(covered_ms, to_ms)
        uncached = [
            self._fetch(key, start, end, lambda store, start=start, end=end: store.read(key, start, end))  # type: ignore[misc]  # the loop's values
            for start, end in self._not_asked(key, from_ms, until_ms)
        ]
        return best_of((*uncached, self._front.read(key, from_ms, to_ms)))

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        """As in `HistoryStore`; what others wrote within the last minute may be missing."""
        mine = self._front.last(key, end_ms, limit)
        full = mine.length >= limit
        first_ms = int(mine.start_ms[0]) if full and mine.length else _BEGINNING
        covered_ms = self._front.covered_from(key, end_ms)
        known = limit <= 0 or (full and covered_ms is not None and covered_ms <= first_ms)
        if known or not self._not_asked(key, first_ms, end_ms):
            return mine
        uncached = self._fetch(key, first_ms, end_ms, lambda store: store.last(key, end_ms, limit), limit)
        best = best_of((uncached, self._front.last(key, end_ms, limit)))
        return best.rows(slice(max(0, best.length - limit), None))

    def covered_from(self, key: SeriesKey, end_ms: int) -> int | None:
        """As in `HistoryStore`: what the two cover together. What only this machine has whole is sent from now on."""
        at_ms = end_ms
        while True:
            mine = self._front.covered_from(key, at_ms)
            answer = self._shared.ask(lambda store, at_ms=at_ms: (store.covered_from(key, at_ms),))  # type: ignore[misc]  # the loop's value
            theirs = answer[0] if answer is not None else None
            if mine is not None and answer is not None:
                self._owe(key, mine, at_ms if theirs is None else theirs)
            start_ms = min((start for start in (mine, theirs) if start is not None), default=at_ms)
            if start_ms >= at_ms:
                return at_ms if at_ms < end_ms else None
            at_ms = start_ms

    def series(self) -> list[SeriesKey]:
        """As in `HistoryStore`: what the two keep together."""
        return sorted({*self._front.series(), *(self._shared.ask(lambda store: store.series()) or ())})

    def _not_asked(self, key: SeriesKey, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
        """The parts of a stretch that the shared store was not asked for lately, as long as it answers."""
        if self._shared.rests or from_ms >= to_ms:
            return []
        ends_at, stretches = self._asked.get(key, (0.0, Stretches()))
        if self._clock.monotonic() >= ends_at:
            return [(from_ms, to_ms)]
        return stretches.missing(from_ms, to_ms)

    def _fetch(
        self, key: SeriesKey, from_ms: int, to_ms: int, work: Callable[[HistoryStore], BarColumns], limit: int = 0
    ) -> BarColumns:
        """Asks the shared store, and keeps what it says. Gives the bars that could not be kept; mostly none."""
        # Before the bars: of a stretch that is called whole afterwards some might have come in between.
        covered_ms = self._shared.ask(lambda store: store.covered_from(key, to_ms))
        bars = self._shared.ask(work)
        if bars is None:
            return _NOTHING
        if bars.length and bars.length == limit:
            from_ms = int(bars.start_ms[0])
        now = self._clock.monotonic()
        ends_at, stretches = self._asked.get(key, (0.0, Stretches()))
        if now >= ends_at:
            ends_at, stretches = now + FRESH_S, Stretches()
        stretches.add(from_ms, to_ms)
        if len(self._asked) >= _MAX_ASKED:
            self._asked.clear()
        self._asked[key] = ends_at, stretches
        covers = None if covered_ms is None else (max(covered_ms, from_ms), to_ms)
        if not bars.length and covers is None:
            return bars
        try:
            self._front.put(key, bars, covers)
        except StoreError as error:
            _log.warning("Bars of the shared store could not be cached: %s", error)
            return bars
        return _NOTHING

    # -- upkeep, the end -----------------------------------------------------------------------

    def pack(self, now_ms: int) -> bool:
        """Upkeep of the embedded store, and a delivery; True when there is more to do."""
        packs_on = self._front.pack(now_ms)
        return self.deliver() or packs_on

    def forget(self, keep_days: Mapping[str, int], now_ms: int) -> bool:
        """Retention of the embedded store; the shared one has its own. True when there may be more to do."""
        return self._front.forget(keep_days, now_ms)

    def close(self) -> None:
        """As in `HistoryStore`; what the shared store is owed is sent as far as a moment allows."""
        try:
            until = self._clock.monotonic() + CLOSE_S
            while self.deliver() and self._clock.monotonic() < until:
                pass
            if self.owed or self._outbox.dropped:
                _log.warning(
                    "The shared store lacks bars of %d series; they are kept here, and a later run sends them",
                    self.owed + self._outbox.dropped,
                )
        finally:
            self._outbox = Outbox()
            self._shared.close()
            self._front.close()
