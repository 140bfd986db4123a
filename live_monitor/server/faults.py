"""Faults that real feeds have, put between a market and its clients: seeded, and deterministic in market time.

| fault      | what happens                                                                                 |
|------------|----------------------------------------------------------------------------------------------|
| gap        | 1 % of the prints are missing, in bursts, and nobody says so; bars carry the true volume       |
| duplicate  | 1 % of the prints come a second time, up to 2 s later, with the same id and sequence           |
| late       | 0.5 % of the prints come up to 30 s late, with the time at which they happened                 |
| crossed    | 0.5 % of the quotes have a bid above the ask                                                   |
| silence    | for 15 s nothing comes, of no symbol; what happened meanwhile is never sent                    |
| storm      | for 3 s every quote comes as twenty                                                            |
| halt       | one symbol neither trades nor quotes for 5 minutes; its halt and its resumption are announced  |
| disconnect | every 20 to 60 s (real time) all connections are reset                                         |
| split      | after 1 to 3 minutes one symbol (AAPL) splits four for one, which is announced                 |

Level 1 and history stay the truth of the market: what a client gets when it asks again.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

from live_monitor.data.models.market_data import Event, Quote, Snapshot, Status, Trade
from live_monitor.errors import StartError
from live_monitor.ports import MarketSource, PastSearch
from live_monitor.server.split import SplitFeed
from live_monitor.wire.relay import FaultNotice

KINDS: Final = ("gap", "duplicate", "late", "crossed", "silence", "storm", "halt", "disconnect", "split")

#: Prints that begin a burst of missing ones, and how many then are missing of that symbol: 1 % in all.
GAP_SHARE, GAP_BURST = 0.01, (1, 9)
DUPLICATE_SHARE, DUPLICATE_MS = 0.01, (0, 2_000)
LATE_SHARE, LATE_MS = 0.005, (1_000, 30_000)
CROSSED_SHARE = 0.005
STORM_FACTOR = 20
#: Market ms between two stretches, and how long one lasts.
SILENCE_MS = ((30_000, 90_000), 15_000)
STORM_MS = ((20_000, 60_000), 3_000)
HALT_MS = ((30_000, 120_000), 300_000)
DISCONNECT_S = (20.0, 60.0)
#: The market is asked for its events in steps of this length, however it is advanced: so the same seed injures the
#: same events at every speed.
GRID_MS = 20


class FaultPlan(Struct, frozen=True):
    """Which faults to inject. The same seed on the same market injures the same events."""

    kinds: frozenset[str]
    seed: int = 1

    @classmethod
    def parse(cls, text: str, seed: int = 1) -> FaultPlan:
        """From a list like `gap,late`. Raises StartError for a fault that does not exist."""
        kinds = [kind.strip().lower() for kind in text.split(",")]
        for kind in kinds:
            if kind not in KINDS:
                raise StartError(f"There is no fault “{kind}”.", f"Choose from {', '.join(KINDS)}.")
        return cls(frozenset(kinds), seed)


class Cut(Struct, frozen=True):
    """All connections are to be reset now."""


#: What a feed gives: events, what the feed says about itself, and cuts.
Incident = Event | FaultNotice | Cut


class _Stretches:
    """Stretches of market time, one after the other, at intervals drawn from `wait` ms. Asked in time order."""

    def __init__(self, random: Random, start_ms: int, wait: tuple[int, int], length_ms: int) -> None:
        self._random = random
        self._wait = wait
        self._length_ms = length_ms
        self.from_ms = start_ms + random.randint(*wait)

    @property
    def to_ms(self) -> int:
        """End of the present or next stretch."""
        return self.from_ms + self._length_ms

    def move_on(self, at_ms: int) -> None:
        """Leaves behind what ended by `at_ms`."""
        while self.to_ms <= at_ms:
            self.from_ms = self.to_ms + self._random.randint(*self._wait)

    def hold(self, at_ms: int) -> bool:
        """True inside a stretch."""
        self.move_on(at_ms)
        return self.from_ms <= at_ms


class FaultyFeed:
    """A market source seen through a fault plan (`relay_pace.Feed`). One thread.

    `speed` stretches the time between disconnections, which people perceive in real time.
    """

    def __init__(self, market: MarketSource, plan: FaultPlan, speed: float = 1.0) -> None:
        source = SplitFeed(market, plan.seed) if "split" in plan.kinds else market
        self.provider, self.label, self.market = source.provider, source.label, source.market
        self.symbols = source.symbols
        self.start_ms, self.end_ms = source.start_ms, source.end_ms
        #: How many events each fault has touched.
        self.injured: Counter[str] = Counter()
        self._source = source
        self._kinds = plan.kinds
        # One generator per fault, so that one fault does not move another's events.
        self._random = {kind: Random(f"{plan.seed}/{kind}") for kind in KINDS}
        self._done_ms = source.start_ms - source.start_ms % GRID_MS - GRID_MS
        self._missing: dict[str, int] = {}
        #: Prints that come later: due time, order, event.
        self._held: list[tuple[int, int, Trade]] = []
        self._held_count = 0
        self._silence = _Stretches(self._random["silence"], source.start_ms, *SILENCE_MS)
        self._storm = _Stretches(self._random["storm"], source.start_ms, *STORM_MS)
        self._halts = _Stretches(self._random["halt"], source.start_ms, *HALT_MS)
        self._halted = ""
        self._halt_from_ms = 0
        self._cut_scale_ms = 1000 * max(speed, 1.0)
        self._next_cut_ms = source.start_ms + self._until_cut()

    def snapshot(self, symbol: str) -> Snapshot | None:
        """Level 1 as the market knows it."""
        return self._source.snapshot(symbol)

    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> PastSearch:
        """Bars as the market knows them."""
        return self._source.search(symbol, timeframe_ms, end_ms, limit)

    def advance(self, until_ms: int) -> Sequence[Incident]:
        """What reaches the clients up to `until_ms`, rounded down to whole steps, except at the end."""
        out: list[Incident] = []
        while self._done_ms + GRID_MS <= until_ms:
            self._done_ms += GRID_MS
            self._step(self._done_ms, out)
        if 0 < self.end_ms <= until_ms:
            self._step(until_ms, out)
            out += [entry[2] for entry in sorted(self._held)]
            self._held.clear()
        return out

    def _step(self, at_ms: int, out: list[Incident]) -> None:
        events = self._source.advance(at_ms)
        if "disconnect" in self._kinds and at_ms >= self._next_cut_ms:
            self._next_cut_ms = at_ms + self._until_cut()
            self.injured["disconnect"] += 1
            out.append(Cut())
        if "halt" in self._kinds:
            self._announce_halts(at_ms, out)
        if "silence" in self._kinds and self._silence.hold(at_ms):
            self.injured["silence"] += len(events)
            # What the feed says of itself comes all the same.
            out += [event for event in events if isinstance(event, FaultNotice)]
            return
        while self._held and self._held[0][0] <= at_ms:
            out.append(heapq.heappop(self._held)[2])
        storm = "storm" in self._kinds and self._storm.hold(at_ms)
        for event in events:
            if isinstance(event, FaultNotice):
                self.injured[event.kind] += 1
                out.append(event)
            elif not isinstance(event, Status) and event.symbol == self._halted:
                self.injured["halt"] += 1
            elif type(event) is Trade:
                self._pass_trade(event, at_ms, out)
            elif type(event) is Quote:
                self._pass_quote(event, storm, out)
            else:
                out.append(event)

    def _until_cut(self) -> int:
        return int(self._random["disconnect"].uniform(*DISCONNECT_S) * self._cut_scale_ms)

    def _happens(self, kind: str, share: float) -> bool:
        if kind in self._kinds and self._random[kind].random() < share:
            self.injured[kind] += 1
            return True
        return False

    def _pass_trade(self, trade: Trade, at_ms: int, out: list[Incident]) -> None:
        if self._is_missing(trade.symbol):
            return
        if self._happens("late", LATE_SHARE):
            self._hold(trade, at_ms + self._random["late"].randint(*LATE_MS))
            return
        out.append(trade)
        if self._happens("duplicate", DUPLICATE_SHARE):
            self._hold(trade, at_ms + self._random["duplicate"].randint(*DUPLICATE_MS))

    def _is_missing(self, symbol: str) -> bool:
        if "gap" not in self._kinds:
            return False
        left = self._missing.get(symbol, 0)
        if not left:
            if self._random["gap"].random() >= GAP_SHARE / (sum(GAP_BURST) / 2):
                return False
            left = self._random["gap"].randint(*GAP_BURST)
        self._missing[symbol] = left - 1
        self.injured["gap"] += 1
        return True

    def _hold(self, trade: Trade, due_ms: int) -> None:
        self._held_count += 1
        heapq.heappush(self._held, (due_ms, self._held_count, trade))

    def _pass_quote(self, quote: Quote, storm: bool, out: list[Incident]) -> None:
        if quote.bid_price <= quote.ask_price and self._happens("crossed", CROSSED_SHARE):
            quote = _crossed(quote)
        if storm:
            self.injured["storm"] += STORM_FACTOR - 1
            sizes = self._random["storm"]
            out += [
                msgspec.structs.replace(
                    quote, bid_size=100.0 * sizes.randint(1, 9), ask_size=100.0 * sizes.randint(1, 9)
                )
                for _ in range(STORM_FACTOR - 1)
            ]
        # The market's own quote comes last: after the storm the picture is right.
        out.append(quote)

    def _announce_halts(self, at_ms: int, out: list[Incident]) -> None:
        if self._halted and at_ms >= self._halt_from_ms + HALT_MS[1]:
            text = f"Trading in {self._halted} has resumed."
            out.append(FaultNotice("resume", self._halted, self._halt_from_ms, at_ms, 0, text))
            self._halted = ""
        if self._halts.hold(at_ms) and not self._halted:
            self._halted = self._random["halt"].choice(self.symbols)
            self._halt_from_ms = self._halts.from_ms
            text = f"Trading in {self._halted} is halted."
            out.append(FaultNotice("halt", self._halted, self._halt_from_ms, self._halts.to_ms, 0, text))


def _crossed(quote: Quote) -> Quote:
    """The quote with its sides exchanged; a locked one with a bid a cent too high."""
    higher = quote.ask_price if quote.ask_price > quote.bid_price else quote.bid_price + 0.01
    return msgspec.structs.replace(quote, bid_price=higher, ask_price=quote.bid_price)
