"""Order flow of one symbol over one block of time: quotes and the prints that hit them.

A block is a pure function of (seed, symbol, date, first second, scale). Orders arrive in bursts
around the day's activity; each leaves one report off exchange or sweeps one or more exchanges at
the quote that prevails then, and stirs quotes. Columns only: objects are made when events are
handed over. Times are ms since 04:00 New York of the day, prices points of 1/10,000 USD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from live_monitor.providers import simulated_prints as prints
from live_monitor.providers.simulated_path import DayPath
from live_monitor.providers.simulated_universe import XNAS, TickerProfile, generator

Ints = NDArray[np.int32]
Codes = NDArray[np.uint8]
Number = TypeVar("Number", np.int32, np.uint8)

#: Purposes of random streams; part of every key.
FLOW, DRESS = 3, 4

#: Part of the orders that trade off exchange, and prints per order that follow from it and SWEEP_PRINTS.
_OFF_EXCHANGE = 0.56
_PRINTS_PER_ORDER = _OFF_EXCHANGE + (1.0 - _OFF_EXCHANGE) * float(prints.SWEEP_PRINTS.mean())
#: Part of the quotes that follow from an order at once.
_PROVOKED = 0.5
#: Shape of the gamma law by which one second is livelier than the next.
_EVENNESS = 5.0
#: Quotes a second that come even when nobody trades.
_IDLE_QUOTES = 0.015
#: Ticks by which makers disagree; part of the quotes whose spread is not that of their second.
_FLICKER, _RESTLESS = 0.5, prints.chance(0.12)
#: A block's first quote comes within this time, so that a block needs no other block.
_FIRST_QUOTE_MS = 30
_LOCKED, _ONE_SIDED = prints.chance(0.0006), prints.chance(0.008)
#: Auctions, as parts of an ordinary day's volume.
_OPENING_SHARE, _CLOSING_SHARE = 0.012, 0.085


@dataclass(frozen=True, slots=True)
class FlowBlock:
    """Quotes in order of time; prints in order of `given_ms`, the time at which they are reported.

    `trade_ms` differs from `given_ms` for late reports only (the print belongs to the earlier
    time). A bid or ask of 0 is absent. `code` indexes `simulated_prints.CONDITIONS`.
    """

    first_s: int
    last_s: int
    quote_ms: Ints
    bid: Ints
    ask: Ints
    trade_ms: Ints
    given_ms: Ints
    price: Ints
    size: Ints
    code: Codes
    exchange: Codes

    @property
    def nbytes(self) -> int:
        """Memory of the columns."""
        return 12 * len(self.quote_ms) + 18 * len(self.trade_ms)


def _spread_times(rng: np.random.Generator, rate: NDArray[np.float64], first_s: int) -> Ints:
    """Unsorted ms at which something happens, at `rate` per second from `first_s` on."""
    count = rng.poisson(rate)
    start = np.arange(first_s * 1000, (first_s + len(rate)) * 1000, 1000, dtype=np.int32)
    times = np.repeat(start, count)
    times += (prints.draw_column(rng, len(times)).astype(np.int32) * 1000) >> 16
    return times


def _provoked(rng: np.random.Generator, orders: Ints, per_order: float) -> Ints:
    """Unsorted times of the quotes that answer `orders`, from none to twice `per_order` each."""
    each = (prints.draw_column(rng, len(orders)) * (per_order * 2.0 / 65_536.0) + 0.5).astype(np.int32)
    times = np.repeat(orders, each)
    times += prints.pick(prints.REACTION_MS, prints.draw_column(rng, len(times)))
    return times


def _quotes(
    rng: np.random.Generator,
    profile: TickerProfile,
    path: DayPath,
    rate: NDArray[np.float64],
    orders: Ints,
    first_s: int,
) -> tuple[Ints, Ints, Ints]:
    """Times, bids and asks of a block whose prints come at `rate` a second; some quotes follow from `orders`."""
    last_ms = (first_s + len(rate)) * 1000 - 1
    provoked_per_order = profile.quotes_per_trade * _PROVOKED * _PRINTS_PER_ORDER
    lone = _spread_times(rng, rate * profile.quotes_per_trade * (1.0 - _PROVOKED) + _IDLE_QUOTES, first_s)
    times = np.concatenate((lone, _provoked(rng, orders, provoked_per_order)))
    opening = np.array([first_s * 1000 + int(rng.integers(_FIRST_QUOTE_MS))], dtype=np.int32)
    times = np.concatenate((opening, np.clip(times, opening[0], last_ms)))
    times.sort()

    seconds = (times // 1000).astype(np.intp)
    draw = prints.draws(rng, len(times))
    fair = path.mid[seconds]
    fair += (path.mid[seconds + 1] - fair) * ((times - seconds * 1000) * 0.001)
    # Makers disagree a little, so that quotes flicker where the price stands between two ticks.
    ticks = fair / path.tick + (draw[:, 0] * (1.0 / 65_536.0) - 0.5) * _FLICKER
    # A spread between two whole numbers of ticks is now the one, now the other, mostly for a whole second.
    between = np.where(draw[:, 3] < _RESTLESS, draw[:, 1] * (1.0 / 65_536.0), rng.random(len(rate))[seconds - first_s])
    wide = (path.spread[seconds] + between).astype(np.int32)
    wide[draw[:, 2] < _LOCKED] = 0
    bid = np.rint(ticks - wide * 0.5).astype(np.int32)
    np.maximum(bid, 1, out=bid)
    ask = (bid + wide) * np.int32(path.tick)
    bid *= np.int32(path.tick)
    lonely = np.flatnonzero((draw[:, 2] > 65_535 - _ONE_SIDED) & (seconds < path.shape.open_s))
    bid[lonely[::2]] = 0
    ask[lonely[1::2]] = 0
    return times, bid, ask


def _prices(style: Ints, buys: NDArray[np.bool_], bid: Ints, ask: Ints, better: Ints, tick: int) -> Ints:
    """Prices inside or at the quote. One-sided quotes trade at the side that is there."""
    touch = np.where(buys, ask, bid)
    away = np.where(buys, bid, ask)
    middle = (bid + ask) >> 1
    room = np.abs(ask - bid) >> 1
    inward = np.where(style == 3, tick, np.minimum(better, room))
    inward = np.minimum(inward, np.abs(ask - bid))
    inward = np.where((style == 0) | (tick == 1), 0, inward)
    price = np.where(style == 1, middle, np.where(buys, touch - inward, touch + inward))
    one_sided = (bid == 0) | (ask == 0)
    price[one_sided] = np.maximum(touch, away)[one_sided]
    return price.astype(np.int32)


def _report_late(rng: np.random.Generator, given: Ints, late: NDArray[np.intp], floor_ms: int) -> Ints:
    """Times of the prints: those at `late` happened up to ten seconds, seldom minutes, before their report."""
    times = given.copy()
    seldom = rng.random(len(late)) < 0.25
    delay = np.exp(rng.uniform(np.log(np.where(seldom, 12e3, 300.0)), np.log(np.where(seldom, 600e3, 9_900.0))))
    times[late] = np.maximum(given[late] - delay.astype(np.int32), floor_ms)
    return times


def _special_prices(
    rng: np.random.Generator, path: DayPath, times: Ints, special: Ints, price: Ints, where: NDArray[np.intp]
) -> None:
    """Reports whose price is not that of the moment: an average, a derivative, an earlier reference."""
    for index in where.tolist():
        kind, second = int(special[index]), int(times[index]) // 1000
        earlier = max(second - int(rng.integers(60, 420)), path.shape.open_s)
        if kind in {prints.AVERAGE_PRICE, prints.QUALIFIED, prints.CONTINGENT}:
            price[index] = round(float(path.mid[min(earlier, second) : second + 1].mean()))
        elif kind == prints.DERIVATIVE:
            price[index] = round(float(path.mid[second]) * (1.0 + 0.0003 * float(rng.standard_normal())))
        elif kind == prints.PRIOR_REFERENCE:
            price[index] = round(float(path.mid[earlier]) / path.tick) * path.tick


class _Prints(NamedTuple):
    """What one order decides for each of its prints; arrays of one length, in order of `given_ms`."""

    given_ms: Ints
    off_exchange: NDArray[np.bool_]
    swept: NDArray[np.bool_]
    buys: NDArray[np.bool_]
    single: NDArray[np.bool_]


def _executions(rng: np.random.Generator, path: DayPath, orders: Ints, floor_ms: int) -> _Prints:
    """Orders that arrive at `orders` become prints: one off exchange, or a sweep of one or more exchanges."""
    draw = prints.draws(rng, len(orders))
    off_exchange = draw[:, 0] < prints.chance(_OFF_EXCHANGE)
    count = np.where(off_exchange, 1, prints.pick(prints.SWEEP_PRINTS, draw[:, 1]))
    swept = (draw[:, 3] < np.where(count > 1, prints.chance(0.58), prints.chance(0.20))) & ~off_exchange
    second = (orders // 1000).astype(np.intp)
    ahead = path.mid[np.minimum(second + 2, path.shape.seconds)] - path.mid[second]
    # Flow leans the way in which the price is about to move: orders are what moves it.
    leaning = 0.5 + 0.4 * np.tanh(ahead / (path.spread[second] * path.tick))
    buys = draw[:, 2] < leaning * 65_536.0
    given = np.maximum(orders, np.int32(floor_ms))
    return _Prints(*(np.repeat(column, count) for column in (given, off_exchange, swept, buys, count == 1)))


def generate_flow(
    seed: int, profile: TickerProfile, path: DayPath, ordinal: int, span: tuple[int, int], scale: float
) -> FlowBlock:
    """The block of the seconds `span` (half-open) of the day `ordinal`. About 0.1 µs per event plus 0.4 ms."""
    first_s, last_s = span
    opens, closes = first_s == path.shape.open_s, first_s == path.shape.close_s
    rng = generator(seed, profile.key, ordinal, FLOW, first_s)
    rate = path.activity[first_s:last_s] * (profile.trades_per_second * scale)
    rate = rate * rng.standard_gamma(_EVENNESS, last_s - first_s) / _EVENNESS
    orders = _spread_times(rng, rate / _PRINTS_PER_ORDER, first_s)
    orders.sort()
    quotes = _quotes(rng, profile, path, rate, orders, first_s)
    auction_ms = first_s * 1000 + 40 + int(rng.integers(400))
    # The listing market's opening cross is the first regular print of the day.
    floor_ms = auction_ms + 1 if opens else int(quotes[0][0])
    block = _report(rng, profile, path, quotes, _executions(rng, path, orders, floor_ms), span, floor_ms)
    if opens:
        return _with_auction(block, path, profile, (auction_ms, auction_ms), path.open)
    if closes:
        official_ms = min(auction_ms + 20 + int(rng.integers(2500)), last_s * 1000 - 1)
        return _with_auction(block, path, profile, (auction_ms, official_ms), path.close)
    return block


def _report(
    rng: np.random.Generator,
    profile: TickerProfile,
    path: DayPath,
    quotes: tuple[Ints, Ints, Ints],
    made: _Prints,
    span: tuple[int, int],
    floor_ms: int,
) -> FlowBlock:
    """Gives the prints time, price, size, conditions and venue; none happens before `floor_ms`."""
    quote_ms, bid, ask = quotes
    regular = path.shape.open_s <= span[0] < path.shape.close_s
    draw, more = prints.draws(rng, len(made.given_ms)), prints.draws(rng, len(made.given_ms))
    special = np.where(made.off_exchange & regular, prints.pick(prints.SPECIAL_REPORT, more[:, 0]), 0)
    is_late = (special == prints.LATE) | (special == prints.LATE_STOPPED)
    times = _report_late(rng, made.given_ms, np.flatnonzero(is_late), floor_ms)

    quote = np.searchsorted(quote_ms, times, "right") - 1
    on_exchange = np.where(made.single, prints.pick(prints.STYLE_EXCHANGE, draw[:, 1]), 0)
    style = np.where(made.off_exchange, prints.pick(prints.STYLE_OFF_EXCHANGE, draw[:, 1]), on_exchange)
    price = _prices(style, made.buys, bid[quote], ask[quote], prints.pick(prints.IMPROVEMENT, more[:, 1]), path.tick)
    unusual = np.flatnonzero((special != 0) & ~is_late)
    _special_prices(rng, path, times, special, price, unusual)

    size = prints.pick(prints.size_table(path.lot, profile.odd_lot_share, profile.size_scale), draw[:, 0])
    size[unusual] *= 12
    exempt = draw[:, 2] < np.where(made.swept, prints.chance(0.85), prints.chance(0.10))
    code = special + np.where(size < path.lot, prints.ODD_LOT, 0) + np.where(made.swept, prints.SWEEP, 0)
    code += np.where(exempt & (special == 0), prints.TRADE_THROUGH_EXEMPT, 0)
    code += 0 if regular else prints.FORM_T
    lit = prints.pick(prints.exchange_table(profile.listing), draw[:, 3])
    venue = np.where(made.off_exchange, prints.OFF_EXCHANGE, lit)
    return FlowBlock(
        *span, quote_ms, bid, ask, times, made.given_ms, price, size, code.astype(np.uint8), venue.astype(np.uint8)
    )


def expected_day_volume(profile: TickerProfile, path: DayPath) -> float:
    """Shares of an ordinary day, auctions left out."""
    sizes = prints.size_table(path.lot, profile.odd_lot_share, profile.size_scale)
    return float(sizes.mean()) * profile.trades_per_second * float(path.shape.activity.sum())


def _with_auction(
    block: FlowBlock, path: DayPath, profile: TickerProfile, at: tuple[int, int], price: int
) -> FlowBlock:
    """The block with the listing market's cross and its official price, reported at the two times `at`."""
    opens = block.first_s == path.shape.open_s
    # Only the UTP plan's tape has prints of its own kind for Nasdaq's crosses (market rules 2.1).
    cta = profile.listing != XNAS
    if opens:
        codes = (prints.OPENING_TRADE if cta else prints.OPENING, prints.OFFICIAL_OPEN)
    else:
        codes = (prints.CLOSING_TRADE if cta else prints.CLOSING, prints.OFFICIAL_CLOSE)
    share = _OPENING_SHARE if opens else _CLOSING_SHARE
    # Auctions clear what was sent to them, which varies; the day's own liveliness stands in for it.
    liveliness = float(path.activity[path.shape.open_s : path.shape.open_s + 600].mean() / 2.5)
    shares = max(round(expected_day_volume(profile, path) * share * liveliness), path.lot)
    given = np.concatenate((np.array(at, dtype=np.int32), block.given_ms))
    order = np.argsort(given, kind="stable")

    return FlowBlock(
        block.first_s,
        block.last_s,
        block.quote_ms,
        block.bid,
        block.ask,
        _inserted(at, block.trade_ms, order),
        given[order],
        _inserted((price, price), block.price, order),
        _inserted((shares, shares), block.size, order),
        _inserted(codes, block.code, order),
        _inserted((profile.listing, profile.listing), block.exchange, order),
    )


def _inserted(values: tuple[int, int], column: NDArray[Number], order: NDArray[np.intp]) -> NDArray[Number]:
    return np.concatenate((np.array(values, dtype=column.dtype), column))[order]
