"""The rules of fills once more, written down as plainly as possible, for one order at a time (market rules 10.1, 10.2).

It shares no code with the engine: prices are whole cents, everything is looked at again at every event. What it says
is compared with the engine on markets made at random, also where an order should have been filled and was not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["quote", "print", "halt", "resume", "down", "up"]
FRESH_MS = 5_000


class Event(NamedTuple):
    """`bid`, `ask`, `price` in cents, 0: absent. `counts`: the print may set the last price."""

    at: int
    kind: Kind
    bid: int = 0
    bid_size: int = 0
    ask: int = 0
    ask_size: int = 0
    price: int = 0
    size: int = 0
    counts: bool = True


class Ask(NamedTuple):
    """An order: `kind` "MKT", "LMT", "STP", "STP_LMT"; in cents, 0: none."""

    at: int
    buys: bool
    shares: int
    kind: str
    stop: int = 0
    limit: int = 0


class Got(NamedTuple):
    """A fill, in cents."""

    at: int
    shares: int
    price: int


@dataclass
class SlowMarket:
    """What becomes of `ask`. `state`: "stop" until it is triggered, "taking" while it meets quotes, then "resting"."""

    ask: Ask
    queue: bool
    got: list[Got] = field(default_factory=list)
    state: str = ""
    refused: bool = False
    quote: Event | None = None
    left: dict[bool, int] = field(default_factory=dict)
    halted: bool = False
    down: bool = False
    ahead: int | None = None
    triggered_at: int = -1

    def play(self, events: list[Event]) -> None:
        """Events of the instant of the order come before it."""
        placed = False
        for event in events:
            if not placed and event.at > self.ask.at:
                placed = True
                self._arrives()
            self._hear(event)
            if placed and self.wanted and not self.refused:
                self._meets(event)
        if not placed:
            self._arrives()

    @property
    def wanted(self) -> int:
        """Shares that are still to come."""
        return self.ask.shares - sum(got.shares for got in self.got)

    def _usable(self, at: int) -> bool:
        quote = self.quote
        if self.down or self.halted or quote is None or not (quote.bid and quote.ask):
            return False
        return quote.bid < quote.ask and at - quote.at <= FRESH_MS and quote.bid_size > 0 and quote.ask_size > 0

    def _hear(self, event: Event) -> None:
        if event.kind == "quote":
            self.quote = event
            self.left = {True: event.ask_size, False: event.bid_size}
        elif event.kind in ("halt", "resume"):
            self.halted = event.kind == "halt"
        elif event.kind == "down":
            self.down = True
        elif event.kind == "up" and self.down:
            self.down, self.quote = False, None

    def _arrives(self) -> None:
        ask = self.ask
        if ask.kind in ("STP", "STP_LMT"):
            self.state = "stop"
            return
        self.state = "taking"
        if self._usable(ask.at):
            self._take(ask.at)
        elif ask.kind == "MKT":
            self.refused = True

    def _meets(self, event: Event) -> None:
        if event.at <= self.ask.at:
            return
        if event.kind == "quote" and self._usable(event.at):
            if self.state == "taking" and event.at >= self.triggered_at:
                self._take(event.at)
            elif self.state == "resting" and self._reaches(self._opposite()):
                self._fill(event.at, min(self.wanted, self.left[self.ask.buys]), self.ask.limit)
                self.ahead = 0
        if event.kind == "print" and event.counts and not self.halted and not self.down:
            self._hears_print(event)

    def _take(self, at: int) -> None:
        """Takes what is displayed, or comes to rest."""
        if not self.ask.limit or self._reaches(self._opposite()):
            taken = min(self.wanted, self.left[self.ask.buys])
            self._fill(at, taken, self._opposite())
            if taken:
                self.left[self.ask.buys] -= taken
            return
        self.state, self.ahead = "resting", self._displayed()

    def _hears_print(self, event: Event) -> None:
        ask, price = self.ask, event.price
        if self.state == "stop":
            if price >= ask.stop if ask.buys else price <= ask.stop:
                self.state, self.triggered_at = "taking", event.at
            return
        if not ask.limit or (self.state == "taking" and (self.got or self._can_take(event.at))):
            # An order that takes what is displayed does not rest: it pays the next quote.
            return
        if price < ask.limit if ask.buys else price > ask.limit:
            self._fill(event.at, min(self.wanted, event.size), ask.limit)
            self.state, self.ahead = "resting", 0
        elif price == ask.limit and self.queue:
            ahead = self.ahead if self.ahead is not None else self._displayed()
            if ahead is not None:
                shares = min(self.wanted, event.size - ahead)
                if shares > 0:
                    self._fill(event.at, shares, ask.limit)
                    self.state = "resting"
                self.ahead = max(ahead - event.size, 0)

    def _can_take(self, at: int) -> bool:
        """Whether the quote that stands meets the limit."""
        quote = self.quote
        return (
            quote is not None and self._usable(at) and quote.at >= self.triggered_at and self._reaches(self._opposite())
        )

    def _opposite(self) -> int:
        assert self.quote is not None
        return self.quote.ask if self.ask.buys else self.quote.bid

    def _reaches(self, price: int) -> bool:
        return price <= self.ask.limit if self.ask.buys else price >= self.ask.limit

    def _displayed(self) -> int | None:
        """Shares at the limit on the order's own side, as far as the quote says."""
        quote, limit = self.quote, self.ask.limit
        best = 0 if quote is None else quote.bid if self.ask.buys else quote.ask
        if quote is None or not best:
            return None
        if limit == best:
            return quote.bid_size if self.ask.buys else quote.ask_size
        return 0 if (limit > best if self.ask.buys else limit < best) else None

    def _fill(self, at: int, shares: int, price: int) -> None:
        if shares > 0:
            self.got.append(Got(at, shares, price))
