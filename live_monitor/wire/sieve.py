"""What msgspec cannot check while it decodes: symbols, times ahead of the clock, exact sizes, bars that contradict.

The rules are those of `wire.loose`: an event that does not pass here is looked at there, which says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import force_setattr

from live_monitor import limits
from live_monitor.data.models.market_data import Aggregate, Quote, SecondAggregate, Status, Trade
from live_monitor.limits import Refused, Rejections
from live_monitor.wire.notices import consistent

_BARS: Final = (Aggregate, SecondAggregate)
_LEAST: Final = limits.MIN_SIZE
#: How whole sizes look in decimals; nearly every print is of one of them.
_WHOLE: Final = {float(shares): str(shares) for shares in range(1, 2_001)}


class Sieve:
    """Looks at events that were decoded fast, 0.1 µs each. One thread; `saw…` describe the last call of `sift`."""

    def __init__(self, rejections: Rejections) -> None:
        self.rejections = rejections
        #: A `Status` was among the events; spares the reader a look at each.
        self.saw_status = False
        #: A quote carried a condition, which hardly one does.
        self.saw_condition = False
        #: An event named no venue, as a sender of other field names would look.
        self.saw_bare = False
        #: How many of the events were prints.
        self.trades = 0
        #: How many letters p the names of their fields hold at least; -1 where that was not counted.
        self._letters = 0
        self._symbols: set[str] = set()

    def sift(self, events: Sequence[Any], received_ms: int, latest_ms: int) -> bool:
        """Stamps prints and quotes with `received_ms`; False as soon as one event of the frame cannot be believed."""
        self.saw_status = self.saw_condition = False
        known, stamp = self._symbols, force_setattr
        trades = others = letters = 0
        bare = False
        sides = 0.0
        for event in events:
            kind = type(event)
            if kind is Quote:
                if event.bid_exchange is None:
                    bare = True
                if event.symbol not in known and not self._learn(event.symbol):
                    return False
                if event.timestamp_ms > latest_ms:
                    return False
                if event.condition is not None:
                    self.saw_condition = True
                sides += event.bid_price + event.ask_price
                stamp(event, "received_ms", received_ms)
            elif kind is Trade:
                trades += 1
                if event.exchange is None:
                    bare = True
                if event.symbol not in known and not self._learn(event.symbol):
                    return False
                size, text = event.size, event.decimal_size
                if event.timestamp_ms > latest_ms or (size < _LEAST and (size or not text)):
                    return False
                if text and text != _WHOLE.get(size) and not _put_exact(event, text):
                    return False
                stamp(event, "received_ms", received_ms)
            else:
                others += 1
                if kind is Status:
                    self.saw_status = True
                    continue
                bare = True
                if not self.other_holds(event, latest_ms):
                    return False
                letters += event.day_open == event.day_open if kind in _BARS else 0
        self.trades, self.saw_bare = trades, bare
        # An absent side makes the sum NaN: such a quote has fewer names, and to count them takes a look at each.
        self._letters = letters + trades + 2 * (len(events) - others - trades) if sides == sides else -1
        return True

    def tells_one_price(self, raw: bytes, more: int = 0) -> bool:
        """False where a print of the frame may say its price twice, of which two readers could see two.

        To count a letter is half the work of finding a name. A frame that holds no letter p but those of the names that
        were read (`p`, `bp`, `ap`, `op`; `more`: outside of the events) has no room for another `"p"`, unless one is
        written as an escape.
        """
        if b"\\" in raw:
            return False
        return raw.count(b"p") == self._letters + more or raw.count(b'"p"') == self.trades

    def other_holds(self, event: Any, latest_ms: int) -> bool:
        """Whether a bar can be believed; a decoder that knows further kinds of events says it of them."""
        return self.bar_holds(event, latest_ms)

    def bar_holds(self, bar: Aggregate, latest_ms: int) -> bool:
        """Whether a bar is of a symbol, began by `latest_ms`, and does not contradict itself."""
        return self.is_symbol(bar.symbol) and bar.start_ms <= latest_ms and consistent(bar)

    def is_symbol(self, symbol: str) -> bool:
        """True for what may be a symbol; remembered, so that it is looked at once."""
        return symbol in self._symbols or self._learn(symbol)

    def _learn(self, symbol: str) -> bool:
        if not limits.valid_symbol(symbol) or len(self._symbols) >= limits.MAX_SYMBOLS:
            return False
        self._symbols.add(symbol)
        return True


def _put_exact(trade: Trade, text: str) -> bool:
    """Makes the exact size in decimals that of the print; False when it is none."""
    try:
        size = limits.decimal_size(text)
    except Refused:
        return False
    if size != trade.size:
        force_setattr(trade, "size", size)
    return True
