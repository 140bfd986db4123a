"""Bad prints: a price that nobody else saw is held back until something confirms it (faults M12, ADR 26).

A print that jumps far away from the last price is an error more often than news, and one such tick makes a day's high,
a stop and a signal. Its shares count at once; its price waits, and with it last, high, low and vwap.

Taken at its word is a price
* within 10 % of the last one, 20 % below 3 USD: the widest bands around the price of the last five minutes within which
  the limit-up limit-down plan lets US stocks trade in the middle of the day, or else pauses them (market rules 4.5).
  From such distances on FINRA also takes a trade for clearly erroneous (rule 11892);
* or within 5 % of a side of the present quote: somebody offers to trade there;
* or of an opening or reopening auction, by its sale condition;
* or after a pause: the first one of the day, or five minutes (the shortest halt) after the last one. What stood before
  says little about it; only a narrow two-sided quote far from it still speaks against it.

Any other is suspect. It is confirmed by a quote that comes near it, or by two further prints near it in a row, unless
a quote younger than it says otherwise; one busy second does that. A print that is plausible and not near it drops it
for good. So a real jump is shown within a frame where quotes come, else with its third print; an error of one tick or
two never is.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from live_monitor.data.models.market_data import Trade
from live_monitor.engine.market.conditions import BAR_LAST, BAR_VOLUME, DAY_VOLUME, HELD_VOLUME

if TYPE_CHECKING:
    from live_monitor.engine.market.ticker_state import TickerState

#: Distance from the last price up to which a print is taken at its word, from `WIDER_BELOW` USD on and below.
BAND: Final = 0.10
WIDE_BAND: Final = 0.20
WIDER_BELOW: Final = 3.0
#: Distance at which a quote, or another print, speaks for a price.
NEAR: Final = 0.05
#: Prints in a row that confirm one another.
CONFIRMING_PRINTS: Final = 3
#: A market that prints so often at one price is there, whatever its quotes say.
MAX_HELD: Final = 50
#: After so long without a print the last price is no measure any more.
PAUSE_MS: Final = 300_000
#: Ids of opening and reopening auctions (market rules 2.1); IQFeed's codes are texts and never equal them.
_AUCTIONS: Final[frozenset[int | str]] = frozenset({17, 18, 25, 28, 55})
#: Suspects that are remembered after they were dropped.
_REMEMBERED: Final = 1_000

NAN = float("nan")


class _Run:
    """Suspect prints near one another, which came one after the other."""

    __slots__ = ("eligible", "price", "prints", "since_ms")

    def __init__(self, trade: Trade) -> None:
        self.price = trade.price
        self.since_ms = trade.timestamp_ms
        self.prints: list[tuple[Trade, int]] = []
        self.eligible = 0


class PrintGuard:
    """Judges the prints that leave the limits of their `TickerState`; one for many symbols. One thread.

    `held`, `confirmed` and `dropped` count prints since the start.
    """

    def __init__(self) -> None:
        self.held = self.confirmed = self.dropped = 0
        self._runs: dict[TickerState, _Run] = {}
        self._suspects: dict[Trade, None] = {}
        self._to_bars: deque[tuple[Trade, int]] = deque(maxlen=_REMEMBERED)

    def judge(self, state: TickerState, trade: Trade, flags: int) -> int:
        """The flags by which a print outside the limits counts now: `flags`, or without its price while it is held."""
        run = self._runs.get(state)
        price = trade.price
        if _plausible(state, trade):
            if flags & BAR_LAST:
                if run is not None:
                    self._end(state, run, confirmed=_near(price, run.price))
                _center(state, price)
            return flags
        if run is None or not _near(price, run.price):
            if run is not None:
                self._end(state, run, confirmed=False)
            run = self._runs[state] = _Run(trade)
            # Until it is settled every print has to come by here.
            state.low_guard = state.high_guard = NAN
        run.eligible += bool(flags & BAR_LAST)
        run.prints.append((trade, flags))
        self.held += 1
        self._remember(trade)
        if len(run.prints) >= MAX_HELD or (run.eligible >= CONFIRMING_PRINTS and not _contradicted(state, run)):
            run.prints.pop()
            self._end(state, run, confirmed=True)
            self.confirmed += 1
            del self._suspects[trade]
            _center(state, price)
            return flags
        return flags & DAY_VOLUME | (HELD_VOLUME if flags & BAR_VOLUME else 0)

    def look_again(self) -> None:
        """Once per frame: a quote may have come near a price that is held."""
        for state, run in list(self._runs.items()):
            if _quoted_near(state, run.price):
                self._end(state, run, confirmed=True)

    def is_suspect(self, trade: Trade) -> bool:
        """True for a print whose price is held back, or was dropped; nothing may be filled at it."""
        return bool(self._suspects) and trade in self._suspects

    def take_confirmed(self) -> list[tuple[Trade, int]]:
        """Prints whose price counts after all, with the flags of their conditions, for `BarBuilder.confirm`; once."""
        if not self._to_bars:
            return []
        taken = list(self._to_bars)
        self._to_bars.clear()
        return taken

    def forget(self, state: TickerState) -> None:
        """What `state` was about begins anew, or ends: what is held of it is dropped."""
        run = self._runs.get(state)
        if run is not None:
            self._end(state, run, confirmed=False)

    def _end(self, state: TickerState, run: _Run, *, confirmed: bool) -> None:
        del self._runs[state]
        if not confirmed:
            self.dropped += len(run.prints)
            state.low_guard = state.high_guard = NAN
            return
        self.confirmed += len(run.prints)
        state.low_guard, state.high_guard = 0.0, float("inf")
        for trade, flags in run.prints:
            state.confirm(trade, flags)
            self._suspects.pop(trade, None)
            self._to_bars.append((trade, flags))
        _center(state, run.price)

    def _remember(self, trade: Trade) -> None:
        if len(self._suspects) >= _REMEMBERED:
            del self._suspects[next(iter(self._suspects))]
        self._suspects[trade] = None


def _center(state: TickerState, price: float) -> None:
    """Puts the limits around `price`; they move on when a print leaves them that is still near the last one."""
    band = _band(price)
    state.low_guard, state.high_guard = price * (1 - band), price * (1 + band)


def _band(price: float) -> float:
    return WIDE_BAND if price < WIDER_BELOW else BAND


def _near(price: float, other: float) -> bool:
    return abs(price - other) <= NEAR * other


def _quoted_near(state: TickerState, price: float) -> bool:
    """Whether a side of the present quote is near `price`; an absent side is near nothing."""
    return _near(price, state.bid) or _near(price, state.ask)


def _quoted_far(state: TickerState, price: float) -> bool:
    """Whether a narrow two-sided quote stands far from `price`; a wide one says nothing."""
    band = _band(state.bid)
    narrow = state.two_sided and state.ask <= state.bid * (1 + band)
    return narrow and not state.bid * (1 - band) <= price <= state.ask * (1 + band)


def _plausible(state: TickerState, trade: Trade) -> bool:
    price, last = trade.price, state.last
    if abs(price - last) <= _band(last) * last or _quoted_near(state, price):
        return True
    if last == last and trade.timestamp_ms - state.last_ms < PAUSE_MS:
        return not _AUCTIONS.isdisjoint(trade.conditions)
    return not _quoted_far(state, price)


def _contradicted(state: TickerState, run: _Run) -> bool:
    """Whether a quote that is younger than the run stands far from it."""
    return state.quote_ms > run.since_ms and _quoted_far(state, run.price)
