"""Level 1 of one symbol, folded from trades, quotes, snapshots and bars.

Nothing is invented: no last price before the first eligible print or snapshot, no spread of a
one-sided, locked or crossed quote, no day figure that does not cover the day (`day_complete`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, BAR_VOLUME, DAY_HILO, DAY_LAST, DAY_VOLUME
from live_monitor.engine.market.print_guard import PrintGuard

NAN = float("nan")
#: How many prints back a repeat is still recognised (twice this many at most).
REPEAT_WINDOW = 16_384
#: How many sequence numbers back a repeat is still recognised. The table of them takes 256 KB a symbol, for good; sets
#: of as many numbers took 3 MB.
SEQUENCE_WINDOW = 32_768
_PRICE = BAR_LAST | BAR_HILO | DAY_LAST | DAY_HILO


class Level1Listener(Protocol):
    """Hears of what a `TickerState` took, after it did; `received` is the monotonic second at which it came."""

    def on_trade(self, trade: Trade, flags: int, received: float) -> None:
        """A print that is no repeat, with the flags by which it counts: a suspect one comes without its price's."""
        ...

    def on_quote(self, quote: Quote, received: float) -> None:
        """A quote that is not older than the one before."""
        ...

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Level 1 as the provider says it."""
        ...


class TickerState:
    """Numbers of one symbol; prices in USD, volume in shares, times in ms, NaN where absent. Main thread.

    `version` rises at every change; `received` is the monotonic second of the last event.
    """

    __slots__ = (
        "_recent",
        "_recent_before",
        "_sequences",
        "_settled_sequence",
        "ask",
        "ask_size",
        "bid",
        "bid_size",
        "day_high",
        "day_low",
        "day_open",
        "duplicates",
        "guard",
        "high_guard",
        "last",
        "last_ms",
        "last_size",
        "listener",
        "low_guard",
        "on_last",
        "partial_since_ms",
        "previous_close",
        "quote_ms",
        "received",
        "reference",
        "sequence",
        "symbol",
        "tick",
        "turnover",
        "unsettled_volume",
        "version",
        "volume",
        "vwap_volume",
    )

    def __init__(self, symbol: str, guard: PrintGuard | None = None) -> None:
        """`guard` judges prints that jump; states of one feed share one."""
        self.symbol = symbol
        self.guard = guard or PrintGuard()
        #: Hears of every print that may be a last price, with its price and time (ms), where somebody waits for one.
        self.on_last: Callable[[float, int], None] | None = None
        #: Hears of every print, quote and snapshot; None where nobody does.
        self.listener: Level1Listener | None = None
        self.version = 0
        self.received = 0.0
        self.duplicates = 0
        self.reset_day()

    def reset_day(self) -> None:
        """Forgets everything of the day; day figures are partial until a snapshot or a provider's bar says them."""
        self.last = self.last_size = NAN
        self.last_ms = 0
        self.tick = 0
        #: A price outside of these is for the guard to judge; NaN: any.
        self.low_guard = self.high_guard = NAN
        self.guard.forget(self)
        self.bid = self.bid_size = self.ask = self.ask_size = NAN
        self.quote_ms = 0
        self.day_high = self.day_low = self.day_open = NAN
        self.previous_close = NAN
        #: Where the vendor counts the change from, by what it says of the change; NaN: from the previous close.
        self.reference = NAN
        self.volume = 0.0
        self.turnover = self.vwap_volume = 0.0
        self.sequence = 0
        self._settled_sequence = 0
        #: Since when range, open and vwap count, while they do not cover the day; 0 once they do; -1 unknown.
        self.partial_since_ms = -1
        #: True while the volume may miss prints (joined mid-day, or after a loss), until a provider says it.
        self.unsettled_volume = True
        self._recent: set[str] = set()
        self._recent_before: set[str] = set()
        #: Sequence numbers seen, each in the slot that its remainder names; made for the first that comes.
        self._sequences: array[int] | None = None
        self.version += 1

    def begin(self, now_ms: int, *, whole_day: bool) -> None:
        """Says from when on prints are seen; `whole_day` when nothing of the day can have been missed."""
        self.partial_since_ms = 0 if whole_day else now_ms
        self.unsettled_volume = not whole_day

    def missed(self, until_ms: int) -> None:
        """Prints up to `until_ms` were missed: no day figure is sure until the provider says it."""
        self.unsettled_volume = True
        if self.partial_since_ms == 0:
            self.partial_since_ms = until_ms
        self.version += 1

    def on_trade(self, trade: Trade, flags: int) -> int | None:  # noqa: PLR0912 - a call more would slow every print
        """Folds one print; `flags` are the bits of `conditions` for it. None for a repeat, which changes nothing.

        Returns the flags by which it counts, for bars and tape: a price that is too far off is held back by the guard.
        A repeat is known by its sequence (unique per symbol and day) within `SEQUENCE_WINDOW` numbers, else by
        exchange, TRF and id (market rules 1.7) within `REPEAT_WINDOW` prints. A print with neither cannot be told from
        a repeat and counts.
        """
        sequence = trade.sequence
        if sequence:
            seen = self._sequences or self._make_sequences()
            slot = sequence % SEQUENCE_WINDOW
            if seen[slot] == sequence or sequence <= self._settled_sequence:
                self.duplicates += 1
                return None
            seen[slot] = sequence
        elif trade.id and self._is_known(f"{trade.exchange}/{trade.trf_id}/{trade.id}"):
            self.duplicates += 1
            return None
        price, size, at = trade.price, trade.size, trade.timestamp_ms
        if not self.low_guard <= price <= self.high_guard and flags & _PRICE:
            flags = self.guard.judge(self, trade, flags)
        if flags & BAR_LAST and at >= self.last_ms:
            last = self.last
            if price != last:
                if last == last:
                    self.tick = 1 if price > last else -1
                self.last = price
            self.last_size = size
            self.last_ms = at
            if self.on_last is not None:
                self.on_last(price, at)
        if flags & DAY_HILO:
            if not price <= self.day_high:
                self.day_high = price
            if not price >= self.day_low:
                self.day_low = price
            if flags & DAY_LAST and self.day_open != self.day_open and self.partial_since_ms == 0:
                self.day_open = price
        if flags & DAY_VOLUME:
            self.volume += size
            if flags & BAR_VOLUME:
                self.vwap_volume += size
                self.turnover += price * size
        if sequence > self.sequence:
            self.sequence = sequence
        self.version += 1
        if self.listener is not None:
            self.listener.on_trade(trade, flags, self.received)
        return flags

    def confirm(self, trade: Trade, flags: int) -> None:
        """The price of a print counts that was folded without it; `flags` are those of its conditions."""
        # A print without a name of its own is no repeat.
        self.on_trade(replace(trade, sequence=0, id=""), flags & _PRICE)
        if flags & BAR_VOLUME and flags & DAY_VOLUME:
            self.vwap_volume += trade.size
            self.turnover += trade.price * trade.size

    def _make_sequences(self) -> array[int]:
        self._sequences = array("q", bytes(8 * SEQUENCE_WINDOW))
        return self._sequences

    def _is_known(self, key: str) -> bool:
        """True for a print that was here before; remembers a new one."""
        if key in self._recent or key in self._recent_before:
            return True
        self._recent.add(key)
        if len(self._recent) >= REPEAT_WINDOW:
            self._recent_before, self._recent = self._recent, set()
        return False

    def on_quote(self, quote: Quote) -> None:
        """Takes the quote; an older one than the present is ignored."""
        if quote.timestamp_ms < self.quote_ms:
            return
        self.bid, self.bid_size = quote.bid_price, quote.bid_size
        self.ask, self.ask_size = quote.ask_price, quote.ask_size
        self.quote_ms = quote.timestamp_ms
        self.version += 1
        if self.listener is not None:
            self.listener.on_quote(quote, self.received)

    def on_snapshot(self, snapshot: Snapshot, *, has_prints: bool = True) -> None:
        """Takes a level-1 row: the day figures of the provider are the truth for the day so far.

        `has_prints` False: there are none, so that the last price of level 1 says which way it went.
        """
        if snapshot.last == snapshot.last and (snapshot.last_timestamp_ms or snapshot.timestamp_ms) >= self.last_ms:
            if not has_prints and snapshot.last != self.last == self.last:
                self.tick = 1 if snapshot.last > self.last else -1
            self.last, self.last_size = snapshot.last, snapshot.last_size
            self.last_ms = snapshot.last_timestamp_ms or snapshot.timestamp_ms
        quote_ms = snapshot.quote_timestamp_ms or snapshot.timestamp_ms
        # A time of the quote without its sides says that there is none now; without a time nothing is said of it.
        told = snapshot.quote_timestamp_ms or snapshot.bid == snapshot.bid or snapshot.ask == snapshot.ask
        if told and quote_ms >= self.quote_ms:
            self.bid, self.bid_size = snapshot.bid, snapshot.bid_size
            self.ask, self.ask_size = snapshot.ask, snapshot.ask_size
            self.quote_ms = quote_ms
        if snapshot.previous_close != self.previous_close or snapshot.net_change == snapshot.net_change:
            self._take_close(snapshot)
        self.low_guard = self.high_guard = NAN
        self.day_open, self.day_high, self.day_low = snapshot.open, snapshot.high, snapshot.low
        if snapshot.day_volume == snapshot.day_volume:
            self.settle_volume(snapshot.day_volume)
            if snapshot.day_vwap == snapshot.day_vwap:
                self.vwap_volume = snapshot.day_volume
                self.turnover = snapshot.day_vwap * snapshot.day_volume
        self.sequence = max(self.sequence, snapshot.sequence)
        # What the snapshot counted may still come again after a reconnection.
        self._settled_sequence = max(self._settled_sequence, snapshot.sequence)
        self.partial_since_ms = snapshot.partial_since_ms
        self.version += 1
        if self.listener is not None:
            self.listener.on_snapshot(snapshot)

    def _take_close(self, snapshot: Snapshot) -> None:
        """Where the change counts from.

        A vendor's own change is not to be reckoned anew: last price and change of one row say what it is counted from,
        which holds for every print that follows. A row without it says nothing of it, unless it has another close.
        """
        close, reference = snapshot.previous_close, snapshot.last - snapshot.net_change
        if close == close:
            if close != self.previous_close:
                self.reference = NAN
            self.previous_close = close
        if reference > 0:
            self.reference = reference

    def settle_volume(self, volume: float) -> None:
        """Takes the provider's day volume; it is the truth whatever was counted here."""
        self.volume = volume
        self.unsettled_volume = False
        self.version += 1

    def split(self, ratio: float) -> None:
        """A share has become `ratio` new ones (0.1: ten became one): what is known is said in new shares from now on.

        The previous close too, so that change is that of the market and not of the split (market rules 3.3).
        """
        for name in ("last", "bid", "ask", "day_high", "day_low", "day_open", "previous_close", "reference"):
            setattr(self, name, getattr(self, name) / ratio)
        for name in ("last_size", "bid_size", "ask_size", "volume", "vwap_volume"):
            setattr(self, name, getattr(self, name) * ratio)
        # The price before says nothing about the first one after.
        self.low_guard = self.high_guard = NAN
        self.guard.forget(self)
        self.version += 1

    @property
    def volume_known(self) -> bool:
        """True while `volume` is the volume of the whole day."""
        return not self.unsettled_volume

    @property
    def two_sided(self) -> bool:
        """True for a quote with both sides, sizes that are not 0, and bid below ask."""
        return self.bid < self.ask and self.bid_size != 0 and self.ask_size != 0

    @property
    def spread(self) -> float:
        """Ask minus bid; NaN for a one-sided, locked or crossed quote."""
        return self.ask - self.bid if self.two_sided else NAN

    @property
    def mid(self) -> float:
        """Half-way between bid and ask; NaN where the spread is."""
        return (self.ask + self.bid) / 2 if self.two_sided else NAN

    @property
    def base(self) -> float:
        """What the change is counted from: what the vendor counts from where it says so, else the official close."""
        return self.reference if self.reference == self.reference else self.previous_close

    @property
    def change(self) -> float:
        """Last minus `base`."""
        return self.last - self.base

    @property
    def change_percent(self) -> float:
        """`change` in percent of `base`."""
        return (self.last / self.base - 1) * 100

    @property
    def vwap(self) -> float:
        """Volume-weighted average price of the day (of the time since `partial_since_ms` where that is set)."""
        return self.turnover / self.vwap_volume if self.vwap_volume > 0 else NAN
