"""One symbol's simulated day, made block by block when somebody asks.

What the stream passes (quotes, prints) lives in a cache of bounded size that all symbols share;
what a day adds up to (cells of seconds) stays with the day. Both can be made again at any time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from live_monitor.providers.simulated_bars import BarRows, Cells, DayTotals, added, cells_of, emissions, joined
from live_monitor.providers.simulated_flow import FlowBlock, generate_flow
from live_monitor.providers.simulated_path import DayPath, OfficialCloses, day_path, session_shape
from live_monitor.providers.simulated_sessions import Session
from live_monitor.providers.simulated_tape import TapeColumns, tape_columns
from live_monitor.providers.simulated_universe import TickerProfile

#: Blocks begin at multiples of this, so that the open and every close begin a block.
_COARSE_S = 1800
#: Lengths that a block of the scaled stream may have; all divide `_COARSE_S`.
_FINE_S = (900, 600, 300, 120, 60, 30, 20, 10, 5, 2, 1)
#: Events that a block of the busiest symbol, and the blocks of all symbols together, hold at most,
#: about: the one is some 6 ms of work, the others have to fit into the cache twice.
_BLOCK_EVENTS, _MARKET_EVENTS = 60_000, 600_000
#: What a day's prices and a block cost beside the block's events, in events.
_PATH_EVENTS, _BLOCK_OVERHEAD = 50_000, 4_000
#: Memory of the stream's blocks.
_CACHE_BYTES = 48_000_000


class Span(NamedTuple):
    """A block's seconds, half-open, and how much busier than usual it is."""

    first_s: int
    last_s: int
    scale: float


def fine_block_s(busiest_rate: float, market_rate: float) -> int:
    """Seconds of a block when the busiest symbol and the whole market have this many events a second."""
    longest = min(_BLOCK_EVENTS / busiest_rate, _MARKET_EVENTS / market_rate)
    return next((length for length in _FINE_S if length <= longest), _FINE_S[-1])


def day_grid(session: Session, scale: float, live_from_s: int, live_block_s: int) -> list[Span]:
    """The blocks of a day: long and thin outside regular hours, short where the stream is scaled up.

    A scale above 1 holds from `live_from_s` on only: a stress test needs its past neither busier
    nor slower to make.
    """
    edges = {
        *range(0, session.seconds, _COARSE_S),
        *range(session.open_s, session.close_s, _FINE_S[0]),
        session.seconds,
    }
    if scale > 1.0 and live_from_s < session.seconds:
        edges |= set(range(live_from_s, session.seconds, live_block_s))
    return [
        Span(first, last, scale if scale <= 1.0 or first >= live_from_s else 1.0)
        for first, last in pairwise(sorted(edges))
    ]


@dataclass(slots=True)
class _Block:
    flow: FlowBlock
    tape: TapeColumns | None = None
    rows: BarRows | None = None

    @property
    def nbytes(self) -> int:
        rows = 0 if self.rows is None else 100 * len(self.rows.start_ms)
        return self.flow.nbytes + (0 if self.tape is None else self.tape.nbytes) + rows


class BlockCache:
    """Least recently used blocks go when their memory exceeds `limit` bytes."""

    def __init__(self, limit: int = _CACHE_BYTES) -> None:
        self._limit = limit
        self._blocks: OrderedDict[tuple[int, int, int], _Block] = OrderedDict()
        self._sizes: dict[tuple[int, int, int], int] = {}
        self.nbytes = 0

    def get(self, key: tuple[int, int, int]) -> _Block | None:
        """The block of (symbol key, day ordinal, first second), if it is still here."""
        block = self._blocks.get(key)
        if block is not None:
            self._blocks.move_to_end(key)
        return block

    def put(self, key: tuple[int, int, int], block: _Block) -> None:
        """Keeps `block`, also again after it grew; never drops the block just given."""
        self.nbytes += block.nbytes - self._sizes.get(key, 0)
        self._sizes[key] = block.nbytes
        self._blocks[key] = block
        self._blocks.move_to_end(key)
        while self.nbytes > self._limit and len(self._blocks) > 1:
            oldest, _ = self._blocks.popitem(last=False)
            self.nbytes -= self._sizes.pop(oldest)


class SymbolDay:
    """Quotes, prints and bars of one symbol on one day. One thread."""

    def __init__(
        self,
        seed: int,
        profile: TickerProfile,
        closes: OfficialCloses,
        session: Session,
        grid: list[Span],
        cache: BlockCache,
    ) -> None:
        self._seed = seed
        self._profile = profile
        self._closes = closes
        self.session = session
        self.grid = grid
        self._firsts = [span.first_s for span in grid]
        self._cache = cache
        self._path: DayPath | None = None
        self._cells: list[Cells] = []
        self._totals: list[DayTotals] = [DayTotals()]
        self.lot = closes.lot(session.day)
        self.previous_close = closes.close_points(session.previous)

    @property
    def close(self) -> int:
        """Official close of the day in points: the last regular print is the closing cross at this price."""
        return self._closes.close_points(self.session.day)

    @property
    def path(self) -> DayPath:
        """The day's prices; made when first needed."""
        if self._path is None:
            session = self.session
            shape = session_shape(session.seconds, session.open_s, session.close_s)
            self._path = day_path(self._seed, self._profile, self._closes, shape, (session.previous, session.day))
        return self._path

    def index_at(self, second: int) -> int:
        """The block that holds `second`; the last one afterwards."""
        return max(bisect_right(self._firsts, second) - 1, 0)

    def _block(self, index: int) -> tuple[tuple[int, int, int], _Block]:
        key = self._key(index)
        block = self._cache.get(key)
        if block is None:
            block = _Block(self._generate(index))
            self._cache.put(key, block)
        return key, block

    def _key(self, index: int) -> tuple[int, int, int]:
        return self._profile.key, self.session.day.toordinal(), self.grid[index].first_s

    def _generate(self, index: int) -> FlowBlock:
        span, ordinal = self.grid[index], self.session.day.toordinal()
        return generate_flow(self._seed, self._profile, self.path, ordinal, (span.first_s, span.last_s), span.scale)

    def flow(self, index: int) -> FlowBlock:
        """Quotes and prints of block `index`."""
        return self._block(index)[1].flow

    def tape(self, index: int) -> TapeColumns:
        """What the stream shows of block `index` besides its flow."""
        key, block = self._block(index)
        if block.tape is None:
            ordinal, scale = self.session.day.toordinal(), self.grid[index].scale
            block.tape = tape_columns(self._seed, self._profile, self.lot, ordinal, block.flow, scale)
            self._cache.put(key, block)
        return block.tape

    def rows(self, index: int) -> BarRows:
        """The bars that the stream gives out because of block `index`."""
        key, block = self._block(index)
        if block.rows is None:
            before = self.totals_before(index)
            minute = block.flow.first_s // 60 * 60
            so_far = joined(self._cells[:index][-60:]).between(minute, block.flow.first_s)
            block.rows = emissions(block.flow, so_far, before, self._profile.key % 97)
            self._cache.put(key, block)
        return block.rows

    def totals_before(self, index: int) -> DayTotals:
        """What the day adds up to before block `index`."""
        while len(self._cells) < index:
            self._add_up(len(self._cells))
        return self._totals[index]

    def cells_before(self, index: int) -> list[Cells]:
        """Final cells of the blocks before `index`."""
        self.totals_before(index)
        return self._cells[:index]

    def _add_up(self, index: int) -> int:
        kept = self._cache.get(self._key(index))
        flow = self._generate(index) if kept is None else kept.flow  # the past is summed up, not kept
        self._cells.append(cells_of(flow.trade_ms, flow.price, flow.size, flow.code))
        self._totals.append(added(self._totals[index], flow, len(flow.price)))
        return len(flow.quote_ms) + len(flow.price)

    @property
    def added_up(self) -> bool:
        """True when every block of the day is summed up."""
        return len(self._cells) == len(self.grid)

    def add_up(self) -> int:
        """Does one piece of summing the day up: its prices, or a block. What it took, in events: 0.1 µs each."""
        if self.added_up:
            return 0
        index = len(self._cells)
        if self._path is None and self._cache.get(self._key(index)) is None:
            _ = self.path
            return _PATH_EVENTS
        return _BLOCK_OVERHEAD + self._add_up(index)

    def cells_until(self, ms: int) -> Cells:
        """Cells of everything reported up to `ms` (since 04:00), the present second's included."""
        if ms >= self.session.seconds * 1000:
            return joined(self.cells_before(len(self.grid)))
        index = self.index_at(ms // 1000)
        flow = self.flow(index)
        reported = int(np.searchsorted(flow.given_ms, ms, "right"))
        window = slice(0, reported)
        present = cells_of(flow.trade_ms[window], flow.price[window], flow.size[window], flow.code[window])
        return joined([*self.cells_before(index), present])

    def forget_path(self) -> None:
        """Frees the prices of a day that is over; they are made again if somebody asks."""
        self._path = None

    def official_open_by(self, ms: int) -> tuple[int, int]:
        """Price in points and time of the official open if it was out by `ms` (since 04:00); (0, 0) before."""
        index = next(index for index, span in enumerate(self.grid) if span.first_s == self.session.open_s)
        if ms < self.session.open_s * 1000:
            return 0, 0
        totals = self.totals_before(index + 1)
        return (totals.open, totals.open_ms) if totals.open_ms <= ms else (0, 0)
